//! One bit of one file of a log is another one. Nobody is given anything else than what was written: the damage is mended
//! from what else stands there, or the range is refused, by file and position.
//!
//! `LOGBUS_FLIPS` says how many bits are tried, one at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use logbus::log::{AppendOptions, BatchToAppend, Log, LogConfig, LogError, ReadError, RecoverySpec};
use logbus::model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, TimestampMs};
use logbus::wire::batch::{BatchBuilder, BatchHeader, BuilderOptions, RecordToWrite, batches};

use crate::hostile::Dice;

const NOW: TimestampMs = TimestampMs(1_700_000_000_000);
const KINDS: [&str; 5] = [".log", ".index", ".timeindex", ".snapshot", "leader-epoch-checkpoint"];

fn config() -> Arc<LogConfig> {
    Arc::new(LogConfig { segment_bytes: 6000, index_interval_bytes: 400, ..LogConfig::default() })
}

/// What was written, and where it stands.
struct Written {
    files: BTreeMap<String, Vec<u8>>,
    /// Batches by first offset, as they stand in the log.
    batches: BTreeMap<i64, Vec<u8>>,
    /// Timestamp and offset of every record.
    times: Vec<(i64, i64)>,
    end: Offset,
    epochs: Vec<(LeaderEpoch, Offset)>,
    next_sequence: Sequence,
}

fn write() -> Written {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _) = Log::open(dir.path(), config(), RecoverySpec::default(), NOW).unwrap();
    let (mut sequence, mut times) = (0, Vec::new());
    for n in 0..60 {
        let count = 1 + n % 4;
        let mut builder = BatchBuilder::new(BuilderOptions {
            producer_id: ProducerId(7),
            producer_epoch: ProducerEpoch(0),
            base_sequence: Sequence(sequence),
            ..BuilderOptions::default()
        });
        for record in 0..count {
            let timestamp = NOW + i64::from(sequence + record);
            let value = format!("{n}/{record} ").repeat(5 + n as usize % 30);
            let value = Some(value.as_bytes());
            builder.append(&RecordToWrite { timestamp, key: Some(b"key"), value, headers: &[] });
            times.push((timestamp.0, i64::from(sequence + record)));
        }
        sequence += count;
        let bytes = builder.build().unwrap();
        let header = BatchHeader::parse(&bytes).unwrap();
        let batch = BatchToAppend { header, bytes: &bytes };
        log.append(&[batch], LeaderEpoch(n / 13), NOW, &AppendOptions::default()).unwrap();
    }
    log.close_clean(NOW).unwrap();
    let (end, epochs) = (log.end_offset(), log.leader_epochs().to_vec());
    let mut stand = BTreeMap::new();
    let mut next = Offset(0);
    while let Some(slice) = log.read(next, 1 << 20, end, true).unwrap() {
        let mut bytes = vec![0; slice.len];
        slice.read_exact_at(&mut bytes, 0).unwrap();
        for batch in batches(&bytes) {
            let (header, bytes) = batch.unwrap();
            stand.insert(header.base_offset.0, bytes.to_vec());
            next = header.next_offset();
        }
    }
    drop(log);
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir.path()).unwrap().map(Result::unwrap) {
        files.insert(entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
    }
    for kind in KINDS {
        assert!(files.iter().any(|(name, bytes)| name.ends_with(kind) && !bytes.is_empty()), "no {kind}");
    }
    Written { files, batches: stand, times, end, epochs, next_sequence: Sequence(sequence) }
}

/// What flips came to.
#[derive(Debug, Default)]
struct Tally {
    flips: u64,
    /// Nobody could see a difference.
    unseen: u64,
    /// Mended at the start, and said so.
    mended: u64,
    /// Records after the damage are gone, as after a crash, and it was said so.
    cut: u64,
    /// A range was refused, the rest was served.
    refused: u64,
    /// The log did not open, and said why.
    not_opened: u64,
}

/// Says where: the file, and for a segment the position.
fn names_the_place(fault: &LogError, what: &str) {
    let text = fault.to_string();
    let named = KINDS.iter().any(|kind| text.contains(kind)) && matches!(fault, LogError::Corrupt { .. });
    assert!(named && (!text.contains(".log") || text.contains("position")), "{what}: {text}");
}

/// Where a batch has its leader epoch, which no checksum covers, nor anything else that stands beside it.
const TERM: std::ops::Range<usize> = 12..16;

/// Whether a batch is what was written, but for its term.
fn is_same(read: &[u8], wrote: &[u8]) -> bool {
    read.len() == wrote.len() && read[..TERM.start] == wrote[..TERM.start] && read[TERM.end..] == wrote[TERM.end..]
}

/// Whether a byte of a segment belongs to the term of a batch.
fn is_term(segment: &[u8], byte: usize) -> bool {
    let mut at = 0;
    while let Ok(header) = BatchHeader::parse(&segment[at..]) {
        if byte < at + header.size_in_bytes() {
            return TERM.contains(&(byte - at));
        }
        at += header.size_in_bytes();
    }
    false
}

/// Reads everything as a broker does for a client. Gives the offsets that were refused.
fn read_all(log: &mut Log, written: &Written, dice: &mut Dice, what: &str) -> BTreeSet<i64> {
    let mut refused = BTreeSet::new();
    let end = log.end_offset();
    assert!(end <= written.end, "{what}: the log ends at {end}, and {} were written", written.end);
    for (&base, whole) in written.batches.range(..end.0) {
        let offset = Offset(base + dice.roll(written.batch_len(base)) as i64);
        let most = 1 + dice.roll(3000);
        let slice = match log.read(offset, most, end, true) {
            Ok(Some(slice)) => slice,
            Ok(None) => panic!("{what}: nothing at {offset}"),
            Err(ReadError::Log(fault)) => {
                names_the_place(&fault, what);
                refused.insert(base);
                continue;
            }
            Err(error) => panic!("{what}: {error}"),
        };
        let slice = match slice.check(log.dir()) {
            Ok(bytes) => slice.first(bytes),
            Err(fault) => {
                names_the_place(&fault, what);
                refused.insert(base);
                continue;
            }
        };
        log.checked(&slice);
        let mut bytes = vec![0; slice.len];
        slice.read_exact_at(&mut bytes, 0).unwrap();
        assert!(bytes.get(..whole.len()).is_some_and(|first| is_same(first, whole)), "{what}: other bytes at {offset}");
        for batch in batches(&bytes) {
            let (header, bytes) = batch.unwrap_or_else(|e| panic!("{what}: {e}"));
            let known = written.batches.get(&header.base_offset.0);
            assert!(known.is_some_and(|known| is_same(bytes, known)), "{what}: other bytes at {}", header.base_offset);
        }
    }
    refused
}

impl Written {
    fn batch_len(&self, base: i64) -> usize {
        let next = self.batches.range(base + 1..).next().map_or(self.end.0, |(next, _)| *next);
        (next - base) as usize
    }
}

fn flip_one(dir: &Path, written: &Written, dice: &mut Dice, tally: &mut Tally) {
    // Each kind of file as often as the others, and each of its bits.
    let kind = KINDS[dice.roll(KINDS.len())];
    let of_kind: Vec<_> =
        written.files.iter().filter(|(name, bytes)| name.ends_with(kind) && !bytes.is_empty()).collect();
    let (name, bytes) = of_kind[dice.roll(of_kind.len())];
    let (byte, bit) = (dice.roll(bytes.len()), dice.roll(8));
    let end = written.end;
    let none = RecoverySpec::default();
    let spec = match dice.roll(4) {
        0 => none,
        1 => RecoverySpec { recovery_point: end, ..none },
        2 => RecoverySpec { written: Offset(end.0 / 2), ..none },
        _ => RecoverySpec { recovery_point: end, clean_shutdown: true, ..none },
    };
    let what = format!("bit {bit} of byte {byte} of {} in {name}, {spec:?}", bytes.len());

    for entry in fs::read_dir(dir).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    for (name, bytes) in &written.files {
        fs::write(dir.join(name), bytes).unwrap();
    }
    let mut damaged = bytes.clone();
    damaged[byte] ^= 1 << bit;
    fs::write(dir.join(name), damaged).unwrap();
    tally.flips += 1;

    let (mut log, report) = match Log::open(dir, config(), spec, NOW) {
        Ok(opened) => opened,
        Err(fault) => {
            names_the_place(&fault, &what);
            tally.not_opened += 1;
            return;
        }
    };
    let refused = read_all(&mut log, written, dice, &what);
    assert!(refused.len() <= 20, "{what}: {} batches are refused for one bit", refused.len());
    let is_cut = log.end_offset() < end;
    assert!(!is_cut || !report.notes.is_empty(), "{what}: records are gone, and nothing is said");
    for _ in 0..3 {
        let (timestamp, offset) = written.times[dice.roll(written.times.len())];
        match log.offset_for_timestamp(TimestampMs(timestamp)) {
            Ok(Some(found)) => assert_eq!((found.timestamp.0, found.offset.0), (timestamp, offset), "{what}"),
            Ok(None) => assert!(is_cut && offset >= log.end_offset().0, "{what}: nothing at {timestamp}"),
            Err(fault) => names_the_place(&fault, &what),
        }
    }
    if !is_cut && refused.is_empty() {
        let is_term = kind == ".log" && is_term(bytes, byte);
        assert!(is_term || log.leader_epochs() == written.epochs, "{what}: {:?}", report.notes);
        let producer = log.producer_states().get(ProducerId(7)).map(|entry| entry.next_sequence());
        assert_eq!(producer, Some(written.next_sequence), "{what}: {:?}", report.notes);
    }
    match (refused.is_empty(), is_cut, report.notes.is_empty()) {
        (false, ..) => tally.refused += 1,
        (_, true, _) => tally.cut += 1,
        (.., false) => tally.mended += 1,
        _ => tally.unseen += 1,
    }
}

#[test]
fn a_flipped_bit_in_any_file_of_a_log_is_mended_or_refused_and_never_read() {
    let count = std::env::var("LOGBUS_FLIPS").ok().and_then(|n| n.parse().ok()).unwrap_or(1000);
    let written = write();
    let memory = Path::new("/dev/shm");
    let dir = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let mut tally = Tally::default();
    let mut dice = Dice(0xb17_f11b5);
    while tally.flips < count {
        flip_one(dir.path(), &written, &mut dice, &mut tally);
    }
    println!("{tally:?}");
    // Neither all refused nor all mended away: then nothing would have been tried.
    assert!(tally.refused > 0 && tally.mended > 0 && tally.cut > 0, "{tally:?}");
}
