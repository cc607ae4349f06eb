use super::*;
use crate::wire::compression::{Codec, Compression};

fn find(log: &Log, timestamp: i64) -> Option<(i64, i64)> {
    log.offset_for_timestamp(TimestampMs(timestamp)).unwrap().map(|found| (found.timestamp.0, found.offset.0))
}

#[test]
fn the_first_record_at_or_after_a_time_is_found_whatever_the_order_of_times() {
    let dir = tempfile::tempdir().unwrap();
    let config = LogConfig { segment_bytes: 3_000, index_interval_bytes: 200, ..LogConfig::default() };
    let mut log = open(dir.path(), config);
    let mut all = Vec::new();
    for i in 0..120i64 {
        let codec = Codec::from_id((i % 5) as i16).unwrap();
        let start = 1_000 + i * 10 + (i * 31 % 17) * 9;
        let options = BuilderOptions { compression: Compression::of(codec), ..BuilderOptions::default() };
        let info = append(&mut log, &batch_with(options, 4, 10, start));
        (0..4).for_each(|j| all.push((start + j, info.first_offset.0 + j)));
    }
    for released in [false, true] {
        if released {
            log.release_idle().unwrap();
        }
        for timestamp in (990..2_400).step_by(3) {
            let expected = all.iter().find(|(t, _)| *t >= timestamp).copied();
            assert_eq!(find(&log, timestamp), expected, "{timestamp}");
        }
        let max = all.iter().map(|(t, _)| *t).max().unwrap();
        let first = all.iter().find(|(t, _)| *t == max).unwrap();
        let found = log.offset_of_max_timestamp().unwrap().unwrap();
        assert_eq!((found.timestamp.0, found.offset.0, found.epoch), (first.0, first.1, Some(LeaderEpoch(0))));
    }
}

#[test]
fn records_below_the_log_start_are_not_found() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig::default());
    append(&mut log, &batch_at(10, 10, 100));
    log.delete_records(Offset(6)).unwrap();
    assert_eq!(find(&log, 100), Some((106, 6)));
}

#[test]
fn an_empty_log_has_no_times() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), LogConfig::default());
    assert_eq!(find(&log, 0), None);
    assert_eq!(log.offset_of_max_timestamp().unwrap(), None);
}
