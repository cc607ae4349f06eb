//! Byte for byte against files that Apache Kafka wrote (`tests/fixtures/segments`, made by `Generate.java` there).

use super::*;
use crate::log::inspect::{IndexReader, LoadedBatch, SegmentReader, SegmentStep, read_snapshot};
use crate::log::producers::{AppendOrigin, ProducerRules};
use crate::wire::compression::DEFAULT_DECOMPRESSED_LIMIT;
use std::fs;
use std::path::PathBuf;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/segments")
}

fn config() -> LogConfig {
    LogConfig {
        segment_bytes: 3000,
        index_interval_bytes: 300,
        segment_index_bytes: 1200,
        retention_ms: None,
        producer_id_expiration_ms: i64::MAX,
        ..LogConfig::default()
    }
}

/// Appends what Kafka was given.
fn append_input(log: &mut Log) {
    let input = fs::read(fixtures().join("kafka-log/input.bin")).unwrap();
    let mut rest = input.as_slice();
    while let Some((head, tail)) = rest.split_first_chunk::<9>() {
        let int = |at: usize| i32::from_be_bytes(head[at..at + 4].try_into().unwrap());
        let (bytes, tail) = tail.split_at(int(5) as usize);
        let origin = if head[4] == 1 { AppendOrigin::Coordinator } else { AppendOrigin::Client };
        let options =
            AppendOptions { producers: ProducerRules { origin, transaction_v2: false }, ..AppendOptions::default() };
        let header = crate::wire::batch::validate_crc(bytes).unwrap();
        log.append(&[BatchToAppend { header, bytes }], LeaderEpoch(int(0)), NOW, &options).unwrap();
        rest = tail;
    }
}

fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn assert_same_files(ours: &Path, kafkas: &Path) {
    let (ours, kafkas) = (files(ours), files(kafkas));
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&ours), names(&kafkas));
    for ((name, ours), (_, kafkas)) in ours.iter().zip(&kafkas) {
        assert_eq!(ours, kafkas, "{name}");
    }
}

fn copy_of_kafkas_log(to: &Path) {
    for (name, bytes) in files(&fixtures().join("kafka-log/t-0")) {
        fs::write(to.join(name), bytes).unwrap();
    }
}

#[test]
fn every_file_is_byte_for_byte_what_kafka_makes_of_the_same_batches() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), config());
    append_input(&mut log);
    log.close_clean(NOW).unwrap();
    assert_same_files(dir.path(), &fixtures().join("kafka-log/t-0"));
}

#[test]
fn idle_releases_and_checkpoints_on_the_way_change_no_record_and_no_index_lookup() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), config());
    append_input(&mut log);
    let expected = contents(&log);
    log.release_idle().unwrap();
    log.checkpoint(NOW).unwrap();
    assert_eq!(contents(&log), expected);
}

#[test]
fn kafkas_log_is_opened_after_a_clean_stop_and_left_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    copy_of_kafkas_log(dir.path());
    let (mut log, report) = reopen(dir.path(), config(), CLEAN);
    assert_eq!(report, RecoveryReport::default());
    let reference = tempfile::tempdir().unwrap();
    let mut ours = open(reference.path(), config());
    append_input(&mut ours);
    assert_eq!(contents(&log), contents(&ours));
    assert_eq!(log.producers().count(), 3);
    let end = log.end_offset();
    assert_eq!(log.last_stable_offset(end), ours.last_stable_offset(end));
    assert_eq!(log.aborted_transactions(Offset(0), end).unwrap(), ours.aborted_transactions(Offset(0), end).unwrap());
    log.close_clean(NOW).unwrap();
    assert_same_files(dir.path(), &fixtures().join("kafka-log/t-0"));
}

#[test]
fn what_is_rebuilt_from_the_segments_alone_is_what_kafka_wrote() {
    let dir = tempfile::tempdir().unwrap();
    copy_of_kafkas_log(dir.path());
    for (name, _) in files(dir.path()) {
        if !name.ends_with(".log") {
            fs::remove_file(dir.path().join(name)).unwrap();
        }
    }
    let (mut log, _) = reopen(dir.path(), config(), RecoverySpec::default());
    log.close_clean(NOW).unwrap();
    // Kafka keeps the snapshot of every segment; one that is gone is not made again but for the end.
    for (name, kafkas) in files(&fixtures().join("kafka-log/t-0")) {
        let ours = fs::read(dir.path().join(&name));
        if !name.ends_with(".snapshot") || name.starts_with("00000000000000000208") {
            assert!(ours.unwrap() == kafkas, "{name}");
        }
    }
}

fn digest(bytes: Option<&[u8]>) -> String {
    bytes.map_or_else(
        || "null".to_owned(),
        |bytes| {
            let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32IsoHdlc, bytes);
            format!("{}:{crc:x}", bytes.len())
        },
    )
}

#[test]
fn records_of_every_magic_and_codec_are_read_as_kafka_reads_them() {
    for magic in 0..3 {
        let dir = fixtures().join(format!("magic{magic}"));
        let mut lines = Vec::new();
        let mut reader = SegmentReader::open(&dir.join("00000000000000000000.log")).unwrap();
        loop {
            let batch = match reader.next_batch().unwrap() {
                SegmentStep::Batch(batch) => batch,
                SegmentStep::End => break,
                SegmentStep::Torn { reason, .. } => panic!("{reason}"),
            };
            assert!(batch.is_valid);
            let codec = batch.codec.unwrap().name();
            let loaded = reader.load(&batch, DEFAULT_DECOMPRESSED_LIMIT).unwrap().unwrap();
            for record in loaded.records().into_iter().flatten() {
                let r = record.unwrap();
                let headers: String =
                    r.headers.map(|h| format!(" {}={}", String::from_utf8_lossy(h.key), digest(h.value))).collect();
                let (key, value) = (digest(r.key), digest(r.value));
                lines.push(format!("{magic} {codec} {} {} {key} {value}{headers}", r.offset, r.timestamp));
            }
            if let LoadedBatch::Legacy(records) = loaded {
                for r in records {
                    let (key, value) = (digest(r.key.as_deref()), digest(r.value.as_deref()));
                    lines.push(format!("{magic} {codec} {} {} {key} {value}", r.offset, r.timestamp));
                }
            }
        }
        let expected = fs::read_to_string(dir.join("records.txt")).unwrap();
        assert_eq!(lines, expected.lines().collect::<Vec<_>>(), "magic {magic}");
    }
}

#[test]
fn a_log_of_old_messages_is_recovered_read_and_searched_by_time() {
    for magic in 0..2 {
        let dir = tempfile::tempdir().unwrap();
        let from = fixtures().join(format!("magic{magic}/00000000000000000000.log"));
        fs::copy(from, dir.path().join("00000000000000000000.log")).unwrap();
        let (mut log, report) = reopen(dir.path(), LogConfig::default(), RecoverySpec::default());
        assert!(report.notes.is_empty(), "{:?}", report.notes);
        let end = if magic == 0 { 16 } else { 32 };
        assert_eq!(log.end_offset(), Offset(end));
        for offset in 0..end {
            assert!(log.read(Offset(offset), 1 << 20, Offset(end), true).unwrap().is_some());
        }
        let found = log.offset_for_timestamp(TimestampMs(1_700_000_000_015)).unwrap();
        // 20 ms after the first record of each set of four is its third.
        assert_eq!(found.map(|f| f.offset.0), (magic == 1).then_some(2));
        // A batch of today may follow.
        assert_eq!(append(&mut log, &batch(1, 10)).first_offset, Offset(end));
    }
}

#[test]
fn indexes_and_snapshots_of_kafka_are_read_entry_by_entry() {
    let dir = fixtures().join("kafka-log/t-0");
    let mut log = SegmentReader::open(&dir.join("00000000000000000000.log")).unwrap();
    let mut batches = Vec::new();
    while let SegmentStep::Batch(batch) = log.next_batch().unwrap() {
        batches.push(batch.entry);
    }
    for entry in IndexReader::offsets(&dir.join("00000000000000000000.index")).unwrap() {
        let entry = entry.unwrap();
        let batch = batches.iter().find(|b| b.position == u64::from(entry.position)).unwrap();
        assert_eq!(batch.last_offset.0, i64::from(entry.offset));
    }
    for entry in IndexReader::times(&dir.join("00000000000000000000.timeindex")).unwrap() {
        let entry = entry.unwrap();
        let batch = batches.iter().find(|b| b.last_offset.0 == i64::from(entry.offset)).unwrap();
        assert_eq!(batch.max_timestamp.0, entry.timestamp);
    }
    let producers = read_snapshot(&dir.join("00000000000000000208.snapshot")).unwrap();
    assert_eq!(producers.iter().map(|p| p.producer_id.0).collect::<Vec<_>>(), [101, 102, 103]);
}
