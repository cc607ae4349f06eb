//! A tail that a crash tore, at every byte of it: cut off there or in zeros from there, beside indexes that are half
//! written. What is left is the log up to its last whole batch, and nothing else.
//!
//! A usual run looks around every batch's edges and at a stride between them; `LOGBUS_TORN_TAILS=all` at every byte.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::*;

/// Bytes that may be torn.
const TAIL: usize = 64 << 10;
/// Bytes between two looks of a usual run.
const STRIDE: usize = 97;
const LOG: &str = "00000000000000000000.log";
const INDEX: &str = "00000000000000000000.index";
const TIME_INDEX: &str = "00000000000000000000.timeindex";
const EPOCHS: &str = "leader-epoch-checkpoint";
const PRODUCER: ProducerId = ProducerId(1);

fn config() -> LogConfig {
    LogConfig { index_interval_bytes: 1500, ..LogConfig::default() }
}

/// A batch that ends at a position, and what a log knows that ends with it.
#[derive(Clone, Copy)]
struct Edge {
    position: usize,
    offset: Offset,
    epoch: LeaderEpoch,
    sequence: Option<Sequence>,
}

/// A log as it would be without the crash: one segment, with a mark and a checkpoint where the tail begins.
struct Whole {
    log: Vec<u8>,
    index: Vec<u8>,
    times: Vec<u8>,
    epochs: Vec<u8>,
    snapshot: (String, Vec<u8>),
    marked: Offset,
    /// After each batch, the one before the first included.
    edges: Vec<Edge>,
}

impl Whole {
    fn write() -> Whole {
        let dir = tempfile::tempdir().unwrap();
        let mut log = open(dir.path(), config());
        let mut edges = vec![Edge { position: 0, offset: Offset(0), epoch: LeaderEpoch(-1), sequence: None }];
        let (mut sequence, mut marked) = (0, None);
        for n in 0.. {
            let last = edges[edges.len() - 1];
            if last.position > 20_000 && marked.is_none() {
                log.mark().unwrap();
                marked = Some((log.marked(), last.position));
            }
            if marked.is_some_and(|(_, from)| last.position > from + TAIL) {
                break;
            }
            let epoch = LeaderEpoch(n / 9 * 2);
            // Of all sizes: some end within a page, some span several.
            let (count, size) = (1 + n as usize % 4, [10, 90, 700, 40, 2500][n as usize % 5]);
            let own = n % 3 == 0;
            let options = BuilderOptions {
                producer_id: if own { PRODUCER } else { ProducerId::NONE },
                producer_epoch: if own { ProducerEpoch(0) } else { ProducerEpoch::NONE },
                base_sequence: if own { Sequence(sequence) } else { Sequence::NONE },
                ..BuilderOptions::default()
            };
            sequence += if own { count as i32 } else { 0 };
            let bytes = batch_with(options, count, size, NOW.0 + i64::from(n % 7));
            let header = BatchHeader::parse(&bytes).unwrap();
            let info = log.append(&[BatchToAppend { header, bytes: &bytes }], epoch, NOW, &AppendOptions::default());
            edges.push(Edge {
                position: last.position + bytes.len(),
                offset: info.unwrap().last_offset.next(),
                epoch,
                sequence: if own { Some(Sequence(sequence)) } else { last.sequence },
            });
        }
        log.release_idle().unwrap();
        drop(log);
        let read = |name: &str| fs::read(dir.path().join(name)).unwrap();
        let (marked, _) = marked.unwrap();
        let snapshot = format!("{:020}.snapshot", marked.0);
        Whole {
            log: read(LOG),
            index: read(INDEX),
            times: read(TIME_INDEX),
            epochs: read(EPOCHS),
            snapshot: (snapshot.clone(), read(&snapshot)),
            marked,
            edges,
        }
    }

    /// Where tails are torn: in order, each once.
    fn positions(&self) -> BTreeSet<usize> {
        let (from, to) = (self.log.len() - TAIL, self.log.len());
        if std::env::var("LOGBUS_TORN_TAILS").is_ok_and(|which| which == "all") {
            return (from..=to).collect();
        }
        // The first bytes of a batch are its header: what a torn one claims about itself is to be believed in nothing.
        let edges = self.edges.iter().flat_map(|edge| edge.position.saturating_sub(2)..=edge.position + 70);
        edges.chain((from..to).step_by(STRIDE)).filter(|at| (from..=to).contains(at)).collect()
    }

    fn last_whole(&self, at: usize) -> Edge {
        self.edges[self.edges.partition_point(|edge| edge.position <= at) - 1]
    }
}

/// How a tail is torn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Torn {
    /// The file ends there.
    Cut,
    /// Zeros to the end of the page: the file's length was written, and not all of its bytes.
    ZerosInPage,
    /// Zeros as far as the file went.
    ZerosToEnd,
}

/// What is left of an index: any number of its bytes, perhaps none, perhaps with zeros where the rest was.
fn half_written(whole: &[u8], dice: usize) -> Option<Vec<u8>> {
    let len = dice / 4 % (whole.len() + 1);
    match dice % 4 {
        0 => Some(whole.to_vec()),
        1 => Some(whole[..len].to_vec()),
        2 => Some(whole.iter().take(len).copied().chain(std::iter::repeat(0)).take(whole.len()).collect()),
        _ => None,
    }
}

fn put(path: PathBuf, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => fs::write(path, bytes).unwrap(),
        None => drop(fs::remove_file(path)),
    }
}

fn try_one(dir: &Path, whole: &Whole, at: usize, torn: Torn, recovery: RecoverySpec) {
    let what = format!("torn at {at}, {torn:?}, {recovery:?}");
    let mut bytes = whole.log[..at].to_vec();
    match torn {
        Torn::Cut => {}
        Torn::ZerosInPage => bytes.resize(at.next_multiple_of(4096), 0),
        Torn::ZerosToEnd => bytes.resize(whole.log.len(), 0),
    }
    put(dir.join(LOG), Some(&bytes));
    put(dir.join(INDEX), half_written(&whole.index, at.wrapping_mul(31)).as_deref());
    put(dir.join(TIME_INDEX), half_written(&whole.times, at.wrapping_mul(17) / 3).as_deref());
    put(dir.join(EPOCHS), Some(&whole.epochs));
    put(dir.join(&whole.snapshot.0), Some(&whole.snapshot.1));

    // Zeros may be what stood there.
    let intact = bytes.iter().zip(&whole.log).take_while(|(left, was)| left == was).count();
    let last = whole.last_whole(intact);
    let (mut log, report) = reopen(dir, config(), recovery);
    assert_eq!(log.end_offset(), last.offset, "{what}: {:?}", report.notes);
    assert!(fs::read(dir.join(LOG)).unwrap() == whole.log[..last.position], "{what}: other bytes than were written");
    assert_eq!(report.truncated_bytes, (bytes.len() - last.position) as u64, "{what}");
    let told = report.notes.iter().any(|note| note.contains(&format!("cut at position {}", last.position)));
    assert_eq!(told, bytes.len() > last.position, "{what}: {:?}", report.notes);
    assert_eq!(log.latest_epoch(), Some(last.epoch), "{what}");
    let producer = log.producer_states().get(PRODUCER).map(|entry| entry.next_sequence());
    assert_eq!(producer, last.sequence, "{what}");
    // Every offset is found, by whatever is left of the index.
    for edge in whole.edges.iter().filter(|edge| edge.offset < last.offset).step_by(7) {
        let slice = log.read(edge.offset, 1, last.offset, true).unwrap().unwrap();
        assert_eq!(slice.position, edge.position as u64, "{what}: offset {}", edge.offset);
    }
    let bytes = batch(1, 1);
    let one = BatchToAppend { header: BatchHeader::parse(&bytes).unwrap(), bytes: &bytes };
    let info = log.append(&[one], last.epoch, NOW, &AppendOptions::default()).unwrap();
    assert_eq!(info.first_offset, last.offset, "{what}");
    drop(log);
    // What was mended stays so.
    let (log, report) = reopen(dir, config(), RecoverySpec::default());
    assert_eq!((log.end_offset(), report.truncated_bytes), (last.offset.next(), 0), "{what}: {:?}", report.notes);
    drop(log);
    for entry in fs::read_dir(dir).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
}

/// Memory is faster than a disk, and wears nothing out.
fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

#[test]
fn a_tail_that_is_torn_at_any_byte_of_64_kib_is_cut_to_its_last_whole_batch() {
    let whole = Whole::write();
    let dir = scratch();
    let none = RecoverySpec::default();
    let checkpointed = RecoverySpec { recovery_point: whole.marked, ..none };
    let marked = RecoverySpec { written: whole.marked, ..none };
    for (n, at) in whole.positions().into_iter().enumerate() {
        for torn in [Torn::Cut, Torn::ZerosInPage, Torn::ZerosToEnd] {
            try_one(dir.path(), &whole, at, torn, [none, checkpointed, marked][n % 3]);
        }
    }
}
