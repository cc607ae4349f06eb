//! Mutated files of a partition: the log opens or says why not, reads what is there, and goes on.
//!
//! `LOGBUS_FUZZ` says how many mutated files there are in all, as for requests and batches in `hostile`. A long run by
//! hand does well to bound the memory too: `(ulimit -v 4000000; LOGBUS_FUZZ=3400000 cargo test --test it -- fuzz mutated)`.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use logbus::log::files::{parse_leader_epochs, parse_offsets};
use logbus::log::inspect::{SegmentReader, SegmentStep};
use logbus::log::producers::{AppendOrigin, ProducerRules, ProducerStates};
use logbus::log::{AppendOptions, BatchToAppend, Log, LogConfig, LogError, RecoverySpec};
use logbus::model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, TimestampMs};
use logbus::wire::batch::{
    BatchBuilder, BatchHeader, BuilderOptions, EndTxnMarker, RecordToWrite, batches, compute_crc, end_txn_batch,
};
use logbus::wire::compression::{Codec, Compression};

use crate::hostile::{Dice, fuzz_rounds, mutate};

const NOW: TimestampMs = TimestampMs(1_700_000_000_000);
const DAY_MS: i64 = 24 * 3_600_000;

fn config() -> Arc<LogConfig> {
    Arc::new(LogConfig { segment_bytes: 900, index_interval_bytes: 150, ..LogConfig::default() })
}

fn data(codec: Codec, producer: i64, sequence: i32) -> Vec<u8> {
    let mut builder = BatchBuilder::new(BuilderOptions {
        compression: Compression::of(codec),
        producer_id: ProducerId(producer),
        producer_epoch: ProducerEpoch(0),
        base_sequence: Sequence(sequence),
        transactional: true,
        ..BuilderOptions::default()
    });
    for n in 0..2 {
        let timestamp = NOW + i64::from(sequence) + n;
        builder.append(&RecordToWrite { timestamp, key: Some(b"key"), value: Some(&[7; 20]), headers: &[] });
    }
    builder.build().unwrap()
}

fn append(log: &mut Log, bytes: &[u8], epoch: i32) -> bool {
    let Ok(header) = BatchHeader::parse(bytes) else { return false };
    let producers = ProducerRules { origin: AppendOrigin::Coordinator, ..ProducerRules::default() };
    let options = AppendOptions { producers, ..AppendOptions::default() };
    log.append(&[BatchToAppend { header, bytes }], LeaderEpoch(epoch), NOW, &options).is_ok()
}

/// The files of a sound log that has everything: three segments with indexes, committed and aborted transactions,
/// producer snapshots, several leader epochs; and a checkpoint of its log directory.
fn sound_files() -> BTreeMap<String, Vec<u8>> {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _) = Log::open(dir.path(), config(), RecoverySpec::default(), NOW).unwrap();
    for n in 0..5 {
        let codec = Codec::ALL[n as usize];
        assert!(append(&mut log, &data(codec, 1, n * 2), n / 2));
        assert!(append(&mut log, &data(Codec::None, 2, n * 2), n / 2));
        let marker = EndTxnMarker { committed: n % 2 == 0, coordinator_epoch: 0 };
        let marker = end_txn_batch(ProducerId(1), ProducerEpoch(0), marker, NOW, Offset(0), LeaderEpoch(0));
        assert!(append(&mut log, &marker, n / 2));
    }
    log.close_clean(NOW).unwrap();
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir.path()).unwrap().map(Result::unwrap) {
        files.insert(entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
    }
    let kinds = [".log", ".index", ".timeindex", ".txnindex", ".snapshot", "leader-epoch-checkpoint"];
    for kind in kinds {
        assert!(files.iter().any(|(name, bytes)| name.ends_with(kind) && !bytes.is_empty()), "no {kind}");
    }
    files
}

/// Makes checksums right again, so that what stands behind them is looked at.
fn mend_checksums(name: &str, bytes: &mut [u8]) {
    if name.ends_with(".snapshot") && bytes.len() > 6 {
        let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, &bytes[6..]) as u32;
        bytes[2..6].copy_from_slice(&crc.to_be_bytes());
    }
    let mut at = 0;
    while name.ends_with(".log")
        && let Ok(header) = BatchHeader::parse(&bytes[at..])
        && let Some(batch) = bytes[at..].get_mut(..header.size_in_bytes())
    {
        let crc = compute_crc(batch);
        batch[17..21].copy_from_slice(&crc.to_be_bytes());
        at += header.size_in_bytes();
    }
}

/// What a run came to.
#[derive(Debug, Default)]
struct Tally {
    files: u64,
    logs: u64,
    opened: u64,
    noted: u64,
    records: u64,
}

/// Everything that a broker asks of a log, on whatever it is.
fn use_log(dir: &Path, spec: RecoverySpec, dice: &mut Dice, tally: &mut Tally) -> Result<(), LogError> {
    let (mut log, report) = Log::open(dir, config(), spec, NOW)?;
    tally.opened += 1;
    tally.noted += u64::from(!report.notes.is_empty());
    let (start, end) = (log.start_offset(), log.end_offset());
    assert!(start <= end, "start {start}, end {end}");
    let most = 1 + dice.roll(2000);
    let mut next = start;
    while let Ok(Some(slice)) = log.read(next, most, end, true) {
        assert!(slice.len > 0 && slice.len as u64 <= log.size(), "a slice of {} bytes", slice.len);
        let mut bytes = vec![0; slice.len];
        slice.file.read_exact_at(&mut bytes, slice.position).unwrap();
        let before = next;
        for batch in batches(&bytes) {
            let Ok((header, _)) = batch else { break };
            tally.records += 1;
            next = next.max(header.next_offset());
        }
        if next == before {
            // A batch that is none: only where the checkpoints vouched for it, and no client reads past that.
            let vouched = spec.recovery_point.max(spec.written) > Offset(0);
            assert!(spec.clean_shutdown || vouched, "a reader at {before} stands still");
            break;
        }
    }
    for time in [TimestampMs(0), NOW + 5, TimestampMs(i64::MAX)] {
        let _ = log.offset_for_timestamp(time);
    }
    let _ = log.offset_of_max_timestamp();
    let _ = log.aborted_transactions(start, end);
    let _ = (log.last_stable_offset(end), log.end_offset_for_epoch(LeaderEpoch(1)), log.epoch_at(end));
    let appended = append(&mut log, &data(Codec::None, 9, 0), 9);
    match dice.roll(4) {
        0 => drop(log.truncate_to(Offset(dice.roll(20) as i64), NOW)),
        1 => drop(log.delete_old_segments(log.end_offset(), NOW)),
        2 => drop(log.checkpoint(NOW)),
        _ => {}
    }
    log.close_clean(NOW)?;
    // What it closed, it opens again without a word.
    let clean = RecoverySpec { clean_shutdown: true, ..RecoverySpec::default() };
    if appended && dice.roll(8) == 0 {
        let _ = Log::open(dir, config(), clean, NOW)?;
    }
    Ok(())
}

/// The readers that take bytes, and the one of `dump-log`.
fn use_file(path: &Path, name: &str, bytes: &[u8]) {
    if name.ends_with(".snapshot") {
        let _ = ProducerStates::from_snapshot(bytes, NOW, DAY_MS);
    }
    let text = String::from_utf8_lossy(bytes);
    if name == "leader-epoch-checkpoint" {
        let _ = (parse_leader_epochs(&text), parse_offsets(&text));
    }
    if name.ends_with(".log")
        && let Ok(mut reader) = SegmentReader::open(path)
    {
        loop {
            match reader.next_batch() {
                Ok(SegmentStep::Batch(batch)) => drop(reader.load(&batch, 1 << 20)),
                Ok(SegmentStep::Torn { .. }) => {}
                Ok(SegmentStep::End) | Err(_) => break,
            }
        }
    }
}

fn run(sound: &BTreeMap<String, Vec<u8>>, count: u64, mut dice: Dice) -> Tally {
    // Memory is faster than a disk, and wears nothing out.
    let memory = Path::new("/dev/shm");
    let dir = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let mut tally = Tally::default();
    while tally.files < count {
        for entry in fs::read_dir(dir.path()).unwrap().map(Result::unwrap) {
            // What is of the right name is written over.
            if !sound.contains_key(&*entry.file_name().to_string_lossy()) {
                fs::remove_file(entry.path()).unwrap();
            }
        }
        let mends = dice.roll(2) == 0;
        for (name, bytes) in sound {
            let path = dir.path().join(name);
            if dice.roll(3) > 0 {
                fs::write(&path, bytes).unwrap();
                continue;
            }
            let mut bytes = bytes.clone();
            mutate(&mut dice, &mut bytes);
            if mends {
                mend_checksums(name, &mut bytes);
            }
            fs::write(&path, &bytes).unwrap();
            use_file(&path, name, &bytes);
            tally.files += 1;
        }
        let any_offset = |dice: &mut Dice| {
            let far = [0, 30, i64::MAX, 1 << 40];
            if dice.roll(2) == 0 { Offset(dice.roll(30) as i64) } else { Offset(far[dice.roll(far.len())]) }
        };
        let spec = RecoverySpec {
            recovery_point: any_offset(&mut dice),
            log_start_offset: if dice.roll(8) == 0 { any_offset(&mut dice) } else { Offset(0) },
            written: if dice.roll(2) == 0 { any_offset(&mut dice) } else { Offset(0) },
            clean_shutdown: dice.roll(3) == 0,
            only_torn: dice.roll(2) == 0,
        };
        tally.logs += 1;
        let _ = use_log(dir.path(), spec, &mut dice, &mut tally);
    }
    tally
}

#[test]
fn mutated_files_are_mended_or_refused_without_panic_or_endless_reads() {
    let count = fuzz_rounds(10_000);
    let sound = sound_files();
    // A long run takes every core; a short one is the same everywhere.
    let threads = if count > 100_000 { std::thread::available_parallelism().map_or(1, |n| n.get() as u64) } else { 1 };
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let seeded = |n: u64| Dice(0x10c_f11e5 + n * 0x9e37_79b9);
        let runs: Vec<_> = (0..threads)
            .map(|n| {
                scope.spawn({
                    let sound = &sound;
                    move || run(sound, count / threads, seeded(n))
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    println!("{tallies:?}");
    let sum = |of: fn(&Tally) -> u64| tallies.iter().map(of).sum::<u64>();
    // Neither all refused nor all mended away: then nothing would have been tried.
    assert!(sum(|t| t.opened) > sum(|t| t.logs) / 2, "{tallies:?}");
    assert!(sum(|t| t.records) > sum(|t| t.logs), "{tallies:?}");
}
