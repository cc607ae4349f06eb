//! The bound on what the log keeps in the page cache (`log.cache.bytes`): a thread that lets go of the pages that came
//! in first.
//!
//! The kernel would keep them until memory runs short, which costs more where pages are dear to come by: on a virtual
//! machine whose host takes free memory back, and in a container whose limit counts them.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::workers::Workers;
use crate::log::CachedRange;

/// The bound where free memory goes back to the host: a page that the guest frees and fills again soon is had for a
/// tenth of what it costs to have another from the host, and at once.
const WHERE_THE_HOST_TAKES_BACK: u64 = 1 << 30;
/// The virtio device id of a memory balloon, and the feature bit by which the guest tells it of free pages
/// (`VIRTIO_BALLOON_F_REPORTING`, Virtio 1.2 §5.5.3).
const BALLOON: &str = "0x0005";
const REPORTS_FREE_PAGES: usize = 5;

/// The bound that `log.cache.bytes` asks for. -1 asks for one only where the machine's memory is dear to come by.
pub fn bound(setting: i64, host_takes_back: bool) -> Option<u64> {
    match u64::try_from(setting) {
        Ok(0) => None,
        Ok(bytes) => Some(bytes),
        Err(_) => host_takes_back.then_some(WHERE_THE_HOST_TAKES_BACK),
    }
}

/// Whether this is a virtual machine that tells its host of free memory, as it is seen under `/sys/bus/virtio/devices`.
pub fn host_takes_back_free_memory(devices: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(devices) else { return false };
    entries.filter_map(Result::ok).any(|device| {
        let read = |name: &str| std::fs::read_to_string(device.path().join(name)).unwrap_or_default();
        read("device").trim() == BALLOON && read("features").as_bytes().get(REPORTS_FREE_PAGES) == Some(&b'1')
    })
}

/// What a partition appends before the bound is told of it: few calls, and writes that are worth a disk's while.
pub const TELL_EVERY: u64 = 4 << 20;
/// What a partition that appends slowly must have appended for a look in between to tell of it.
pub const TELL_SOMETIMES: u64 = 64 << 10;

/// The ranges in the page cache, in the order in which they came there.
#[derive(Debug)]
pub struct PageCacheBound {
    worker: Workers<CameIn>,
    held: Arc<AtomicU64>,
}

/// How pages came into the page cache.
enum CameIn {
    /// Not on the disk yet.
    Written(CachedRange),
    /// From the disk.
    Read(CachedRange),
}

/// Ranges of at most so many bytes, the oldest first.
#[derive(Debug)]
struct Fifo {
    most: u64,
    bytes: u64,
    ranges: VecDeque<CachedRange>,
}

impl Fifo {
    const fn new(most: u64) -> Fifo {
        Fifo { most, bytes: 0, ranges: VecDeque::new() }
    }

    /// Takes a range in, and gives the oldest that are too many now.
    fn push(&mut self, range: CachedRange) -> Vec<CachedRange> {
        self.bytes += range.len();
        self.ranges.push_back(range);
        let mut over = Vec::new();
        while self.bytes > self.most
            && let Some(oldest) = self.ranges.pop_front()
        {
            self.bytes -= oldest.len();
            over.push(oldest);
        }
        over
    }
}

impl PageCacheBound {
    /// Keeps `bytes` of what it is told of.
    pub fn new(bytes: u64) -> PageCacheBound {
        let held = Arc::new(AtomicU64::new(0));
        // Pages that a busy disk has not taken when their range goes are asked to go once more, somewhat later.
        let again = bytes / 4;
        let state = Mutex::new((Fifo::new(bytes - again), Fifo::new(again)));
        let shown = Arc::clone(&held);
        let work = move |came_in: CameIn| {
            let range = match came_in {
                CameIn::Read(range) => range,
                CameIn::Written(range) => {
                    // Begins to write it out, so that its pages can go when their turn comes.
                    range.release();
                    range
                }
            };
            let (kept, going) = &mut *state.lock();
            for range in kept.push(range) {
                range.release();
                going.push(range).iter().for_each(CachedRange::release);
            }
            shown.store(kept.bytes + going.bytes, Ordering::Relaxed);
        };
        // One thread: the order is the point.
        PageCacheBound { worker: Workers::new(1, work), held }
    }

    /// Takes in what was appended.
    pub fn written(&self, ranges: impl IntoIterator<Item = CachedRange>) {
        for range in ranges.into_iter().filter(|range| !range.is_empty()) {
            self.worker.submit("page-cache", CameIn::Written(range));
        }
    }

    /// Takes in what is read from the disk.
    pub fn read(&self, range: CachedRange) {
        self.worker.submit("page-cache", CameIn::Read(range));
    }

    /// Bytes that are kept now.
    pub fn held(&self) -> u64 {
        self.held.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::log::FileSlice;
    use crate::model::Offset;

    fn slice(file: &Arc<std::fs::File>, position: u64, len: usize) -> FileSlice {
        let (segment_base, upper_bound) = (Offset(0), Offset(1));
        FileSlice { file: Arc::clone(file), position, len, segment_base, is_active: false, hot: false, upper_bound }
    }

    #[test]
    fn the_bound_is_what_is_set_or_what_the_machine_asks_for() {
        assert_eq!([bound(0, true), bound(5, true), bound(-1, false)], [None, Some(5), None]);
        assert_eq!(bound(-1, true), Some(1 << 30));
    }

    #[test]
    fn a_balloon_that_is_told_of_free_pages_means_that_the_host_takes_them() {
        let devices = tempfile::tempdir().unwrap();
        let device = |name: &str, id: &str, features: &str| {
            let path = devices.path().join(name);
            std::fs::create_dir_all(&path).unwrap();
            std::fs::write(path.join("device"), format!("{id}\n")).unwrap();
            std::fs::write(path.join("features"), features).unwrap();
        };
        assert!(!host_takes_back_free_memory(&devices.path().join("none")));
        device("virtio0", "0x0002", "0000010000\n");
        device("virtio1", "0x0005", "0100000000\n");
        assert!(!host_takes_back_free_memory(devices.path()), "a disk with that bit, and a balloon without");
        device("virtio1", "0x0005", "0110010100\n");
        assert!(host_takes_back_free_memory(devices.path()));
    }

    #[test]
    fn what_came_in_first_goes_once_there_is_too_much() {
        let file = Arc::new(tempfile::tempfile().unwrap());
        let range = |len| CachedRange::from(&slice(&file, 0, len));
        let mut fifo = Fifo::new(100);
        assert!(fifo.push(range(60)).is_empty());
        assert!(fifo.push(range(40)).is_empty(), "up to the bound");
        let over = fifo.push(range(50));
        assert_eq!((over.len(), over[0].len(), fifo.bytes), (1, 60, 90));
        let over = fifo.push(range(500));
        assert_eq!((over.len(), fifo.bytes), (3, 0), "what is larger than the bound is not kept at all");
    }

    #[test]
    fn pages_over_the_bound_leave_the_page_cache_and_the_others_stay() {
        // In the tree that is built: what holds temporary files may live in memory, where pages never go.
        let file = Arc::new(tempfile::tempfile_in(env!("CARGO_MANIFEST_DIR")).unwrap());
        std::os::unix::fs::FileExt::write_all_at(&*file, &vec![7; 5 * TELL_EVERY as usize], 0).unwrap();
        file.sync_data().unwrap();
        let bound = PageCacheBound::new(4 * TELL_EVERY);
        let ranges: Vec<FileSlice> = (0..5).map(|n| slice(&file, n * TELL_EVERY, TELL_EVERY as usize)).collect();
        ranges.iter().for_each(|range| bound.read(range.into()));
        let until = Instant::now() + Duration::from_secs(20);
        while bound.held() != 4 * TELL_EVERY && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        // Asked once: the question brings pages in.
        let resident: Vec<bool> = ranges.iter().map(FileSlice::is_resident).collect();
        assert_eq!(resident, [false, false, true, true, true], "the second is asked to go a last time later");
    }
}
