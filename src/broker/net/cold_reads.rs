//! Ranges of old segments on their way from the disk into the page cache, so that sending them holds up no async
//! worker. A few threads, whatever the number of consumers that catch up: more would only make the disk seek.

use std::cell::RefCell;
use std::io;
use std::sync::Arc;

use tokio::sync::{Semaphore, oneshot};

use crate::broker::runtime::page_cache::PageCacheBound;
use crate::broker::runtime::workers::Workers;
use crate::log::{CachedRange, FileSlice};

/// Threads that read.
const THREADS: usize = 4;
/// Ranges that may wait for a thread; who comes later waits for a place.
const PLACES: usize = 64;
/// Bytes of one read.
const CHUNK: usize = 128 * 1024;

struct Job {
    slice: FileSlice,
    done: oneshot::Sender<io::Result<()>>,
}

/// The threads and their queue. A connection hands in one short range and waits, so all get their turn.
#[derive(Debug)]
pub(super) struct ColdReads {
    workers: Workers<Job>,
    places: Semaphore,
    page_cache: Option<Arc<PageCacheBound>>,
}

impl ColdReads {
    pub(super) fn new(page_cache: Option<Arc<PageCacheBound>>) -> ColdReads {
        ColdReads { workers: Workers::new(THREADS, read), places: Semaphore::new(PLACES), page_cache }
    }

    /// Reads the range from the disk.
    pub(super) async fn warm(&self, slice: FileSlice) -> io::Result<()> {
        // Places are given in the order of asking.
        let _place = self.places.acquire().await.map_err(io::Error::other)?;
        if let Some(page_cache) = &self.page_cache {
            page_cache.read(CachedRange::from(&slice));
        }
        let (done, finished) = oneshot::channel();
        self.workers.submit("cold-read", Job { slice, done });
        finished.await.map_err(io::Error::other)?
    }
}

fn read(job: Job) {
    thread_local! {
        static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    if job.done.is_closed() {
        return; // the client left
    }
    let result = BUFFER.with_borrow_mut(|buffer| {
        buffer.resize(CHUNK, 0);
        job.slice.warm(buffer)
    });
    let _ = job.done.send(result);
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::sync::Arc;

    use super::*;
    use crate::model::Offset;

    fn slice(file: &Arc<File>, position: u64, len: usize) -> FileSlice {
        let (segment_base, upper_bound) = (Offset(0), Offset(1));
        FileSlice {
            file: Arc::clone(file),
            position,
            len,
            segment_base,
            is_active: false,
            hot: false,
            upper_bound,
            unchecked: None,
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn more_ranges_than_threads_and_places_are_all_read() {
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, &vec![7; 1 << 20]).unwrap();
        let (file, cold) = (Arc::new(file), Arc::new(ColdReads::new(None)));
        let readers: Vec<_> = (0..PLACES as u64 * 3)
            .map(|n| {
                let (cold, slice) = (Arc::clone(&cold), slice(&file, n * 1000, 300_000));
                tokio::spawn(async move { cold.warm(slice).await })
            })
            .collect();
        for reader in readers {
            reader.await.unwrap().unwrap();
        }
        assert_eq!(cold.workers.waiting(), 0);
    }

    #[tokio::test]
    async fn a_range_that_the_file_does_not_have_is_an_error() {
        let file = Arc::new(tempfile::tempfile().unwrap());
        assert!(ColdReads::new(None).warm(slice(&file, 0, 10)).await.is_err());
    }
}
