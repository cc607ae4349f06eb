use super::*;
use std::fs;

fn bases(log: &Log) -> Vec<i64> {
    log.segments().map(|(base, _)| base.0).collect()
}

fn why(deleted: &[DeletedSegment]) -> Vec<(i64, DeleteReason)> {
    deleted.iter().map(|d| (d.segment.base.0, d.reason)).collect()
}

/// Ten segments of one batch each, a second apart.
fn ten(dir: &Path, config: LogConfig) -> Log {
    let mut log = open(dir, LogConfig { segment_bytes: batch(1, 100).len() as u64, ..config });
    (0..10).for_each(|i| assert!(append(&mut log, &batch_at(1, 100, NOW.0 + i * 1000)).bytes > 0));
    log
}

#[test]
fn size_takes_whole_segments_from_the_oldest_and_keeps_at_least_the_bound() {
    let dir = tempfile::tempdir().unwrap();
    let size = batch(1, 100).len() as u64;
    let config = LogConfig { retention_bytes: Some(3 * size + 1), retention_ms: None, ..LogConfig::default() };
    let mut log = ten(dir.path(), config);
    let deleted = log.delete_old_segments(Offset(10), NOW).unwrap();
    assert_eq!(why(&deleted), (0..6).map(|i| (i, DeleteReason::Size)).collect::<Vec<_>>());
    assert_eq!((log.start_offset(), log.size()), (Offset(6), 4 * size));
    assert!(log.read(Offset(5), 1, Offset(10), true).is_err());
    assert_eq!(contents(&log).len(), 4);
}

#[test]
fn time_counts_from_the_largest_timestamp_and_stops_at_the_high_watermark() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = ten(dir.path(), LogConfig { retention_ms: Some(5_000), ..LogConfig::default() });
    let later = NOW + 10_000;
    assert_eq!(
        why(&log.delete_old_segments(Offset(2), later).unwrap()),
        [(0, DeleteReason::Time), (1, DeleteReason::Time)]
    );
    assert_eq!(log.delete_old_segments(Offset(10), later).unwrap().len(), 3);
    assert_eq!(bases(&log), [5, 6, 7, 8, 9]);
}

#[test]
fn when_all_is_old_the_written_segment_goes_too_and_the_log_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = ten(dir.path(), LogConfig { retention_ms: Some(5_000), ..LogConfig::default() });
    let later = NOW + 1_000_000;
    assert_eq!(log.delete_old_segments(Offset(10), later).unwrap().len(), 10);
    assert_eq!((bases(&log), log.start_offset(), log.end_offset()), (vec![10], Offset(10), Offset(10)));
    assert!(log.delete_old_segments(Offset(10), later).unwrap().is_empty());
    assert_eq!(append(&mut log, &batch(1, 1)).first_offset, Offset(10));
}

#[test]
fn records_below_the_log_start_go_even_where_nothing_else_is_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let config = LogConfig { retention_ms: None, delete_old_segments: false, ..LogConfig::default() };
    let mut log = ten(dir.path(), config);
    assert!(log.delete_records(Offset(4)).unwrap());
    assert!(!log.delete_records(Offset(3)).unwrap());
    let deleted = log.delete_old_segments(Offset(10), NOW).unwrap();
    assert_eq!(why(&deleted), (0..4).map(|i| (i, DeleteReason::LogStart)).collect::<Vec<_>>());
    assert_eq!(log.leader_epochs(), [(LeaderEpoch(0), Offset(4))]);
}

#[test]
fn files_are_renamed_at_once_and_removed_after_the_delay() {
    let dir = tempfile::tempdir().unwrap();
    let config = LogConfig { retention_ms: Some(5_000), file_delete_delay_ms: 60_000, ..LogConfig::default() };
    let mut log = ten(dir.path(), config);
    let slice = log.read(Offset(0), 1 << 20, Offset(10), true).unwrap().unwrap();
    log.delete_old_segments(Offset(1), NOW + 10_000).unwrap();
    let renamed = dir.path().join("00000000000000000000.log.deleted");
    assert!(renamed.exists());
    assert_eq!(log.purge_retired(NOW + 69_999).unwrap(), Some(NOW + 70_000));
    assert!(renamed.exists());
    assert_eq!(log.purge_retired(NOW + 70_000).unwrap(), None);
    assert!(!renamed.exists());
    assert_eq!(batches_of(&slice), [0], "a reader keeps what it was given");
}

#[test]
fn disk_usage_takes_the_oldest_closed_segment_and_frees_it_now() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = ten(dir.path(), LogConfig::default());
    assert_eq!(log.oldest_closed_segment(Offset(0)).unwrap(), None);
    let oldest = log.oldest_closed_segment(Offset(10)).unwrap().unwrap();
    assert_eq!((oldest.base, oldest.end, oldest.timestamp), (Offset(0), Offset(1), NOW));
    let deleted = log.delete_oldest_closed(Offset(10)).unwrap().unwrap();
    assert_eq!(deleted.reason, DeleteReason::DiskUsage);
    assert!(
        fs::read_dir(dir.path()).unwrap().all(|e| !e
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with("00000000000000000000."))
    );
    assert_eq!(log.start_offset(), Offset(1));
    while log.delete_oldest_closed(Offset(10)).unwrap().is_some() {}
    assert_eq!(bases(&log), [9], "the written segment stays");
}
