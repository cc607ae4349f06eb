//! The bound on what the log keeps in the page cache (`log.cache.bytes`): a thread that lets go of the pages that came
//! in first.
//!
//! The kernel would keep them until memory runs short, which costs more where pages are dear to come by: on a virtual
//! machine whose host takes free memory back, and in a container whose limit counts them.

use std::collections::VecDeque;
use std::path::Path;

use parking_lot::Mutex;

use super::workers::Workers;
use crate::log::CachedRange;

/// The bound where free memory goes back to the host, as a part of all memory: a page that the guest frees and fills
/// again soon costs a fifth of another one from the host. A smaller part saves no more, once it is full, and leaves
/// less to readers that are a little behind.
const PART_WHERE_THE_HOST_TAKES_BACK: u64 = 4;
/// What readers that catch up may keep of the bound: they read everything once, and what they read stands behind them.
const PART_FOR_READERS: u64 = 16;
/// What is asked to go a second time: it is mostly gone already, and little of the bound is wasted on it.
const PART_GOING: u64 = 16;
/// The virtio device id of a memory balloon, and the feature bit by which the guest tells it of free pages
/// (`VIRTIO_BALLOON_F_REPORTING`, Virtio 1.2 §5.5.3).
const BALLOON: &str = "0x0005";
const REPORTS_FREE_PAGES: usize = 5;

/// The bound that `log.cache.bytes` asks for. -1 asks for one only where the machine's memory is dear to come by.
pub fn bound(setting: i64, host_takes_back: bool, memory: u64) -> Option<u64> {
    match u64::try_from(setting) {
        Ok(0) => None,
        Ok(bytes) => Some(bytes),
        Err(_) => host_takes_back.then_some(memory / PART_WHERE_THE_HOST_TAKES_BACK),
    }
}

/// All memory of the machine.
pub fn machine_memory() -> u64 {
    let info = rustix::system::sysinfo();
    info.totalram.saturating_mul(u64::from(info.mem_unit))
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

/// What is kept of what came in.
#[derive(Debug)]
struct Kept {
    read: Fifo,
    written: Fifo,
    /// Pages that a busy disk has not taken when their range goes are asked to go once more, somewhat later.
    going: Fifo,
}

impl Kept {
    const fn new(bytes: u64) -> Kept {
        let (for_readers, again) = (bytes / PART_FOR_READERS, bytes / PART_GOING);
        Kept { read: Fifo::new(for_readers), written: Fifo::new(bytes - for_readers - again), going: Fifo::new(again) }
    }

    fn take(&mut self, came_in: CameIn) {
        match came_in {
            CameIn::Read(range) => self.read.push(range).iter().for_each(CachedRange::release),
            CameIn::Written(range) => {
                range.write_out();
                for range in self.written.push(range) {
                    range.release();
                    self.going.push(range).iter().for_each(CachedRange::release);
                }
            }
        }
    }
}

impl PageCacheBound {
    /// Keeps `bytes` of what it is told of.
    pub fn new(bytes: u64) -> PageCacheBound {
        let kept = Mutex::new(Kept::new(bytes));
        // One thread: the order is the point.
        PageCacheBound { worker: Workers::new(1, move |came_in| kept.lock().take(came_in)) }
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
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::log::FileSlice;
    use crate::model::Offset;

    fn slice(file: &Arc<std::fs::File>, position: u64, len: usize) -> FileSlice {
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

    /// What this thread has to fetch from the disk, bytes, to read a range. `is_resident` cannot judge here: it asks
    /// with a read that does not wait, which starts read-ahead, and a fast disk has that done before the answer.
    fn read_from_disk(range: &FileSlice) -> u64 {
        let fetched = || {
            let counters = std::fs::read_to_string("/proc/thread-self/io").unwrap();
            let line = counters.lines().find_map(|line| line.strip_prefix("read_bytes: ")).unwrap();
            line.parse::<u64>().unwrap()
        };
        let before = fetched();
        let mut bytes = vec![0; range.len];
        std::os::unix::fs::FileExt::read_exact_at(&*range.file, &mut bytes, range.position).unwrap();
        fetched() - before
    }

    #[test]
    fn the_bound_is_what_is_set_or_what_the_machine_asks_for() {
        assert_eq!([bound(0, true, 400), bound(5, true, 400), bound(-1, false, 400)], [None, Some(5), None]);
        assert_eq!(bound(-1, true, 400), Some(100));
        assert!(machine_memory() > 1 << 28);
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
        let ranges: Vec<FileSlice> = (0..5).map(|n| slice(&file, n * TELL_EVERY, TELL_EVERY as usize)).collect();
        let mut kept = Kept::new(3 * TELL_EVERY * PART_FOR_READERS);
        ranges.iter().for_each(|range| kept.take(CameIn::Read(range.into())));
        // From the end: what is read ahead then lies in a range that was judged already.
        let kept: Vec<bool> = ranges.iter().rev().map(|range| read_from_disk(range) == 0).collect();
        assert_eq!(kept, [true, true, true, false, false]);
    }

    #[test]
    fn what_is_within_the_bound_stays_also_where_the_disk_has_it_already() {
        let file = Arc::new(tempfile::tempfile_in(env!("CARGO_MANIFEST_DIR")).unwrap());
        let mut kept = Kept::new(100 * TELL_EVERY);
        let ranges: Vec<FileSlice> = (0..4).map(|n| slice(&file, n * TELL_EVERY, TELL_EVERY as usize)).collect();
        for range in &ranges {
            std::os::unix::fs::FileExt::write_all_at(&*file, &vec![7; range.len], range.position).unwrap();
            kept.take(CameIn::Written(range.into()));
            // A fast disk: the pages are clean when the next range comes.
            file.sync_data().unwrap();
        }
        let middle =
            |range: &FileSlice| FileSlice { position: range.position + 4096, len: range.len - 8192, ..range.clone() };
        assert!(ranges.iter().all(|range| middle(range).is_resident()), "a reader at the tail finds it");
    }

    #[test]
    fn what_was_written_is_kept_apart_from_what_readers_bring_in() {
        let file = Arc::new(tempfile::tempfile().unwrap());
        let range = |len| CachedRange::from(&slice(&file, 0, len));
        let mut kept = Kept::new(1600);
        (0..100).for_each(|_| kept.take(CameIn::Written(range(50))));
        assert_eq!((kept.written.bytes, kept.going.bytes, kept.read.bytes), (1400, 100, 0));
        (0..100).for_each(|_| kept.take(CameIn::Read(range(50))));
        let kept = (kept.written.bytes, kept.going.bytes, kept.read.bytes);
        assert_eq!(kept, (1400, 100, 100), "a reader that catches up takes nothing from the tail");
    }
}
