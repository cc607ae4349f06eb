use super::*;
use crate::log::producers::ProducerRefusal;
use crate::wire::batch::{TimestampType, validate_crc};

#[test]
fn offsets_and_epoch_are_stamped_and_bodies_are_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig::default());
    let sent = batch(3, 20);
    let header = BatchHeader::parse(&sent).unwrap();
    let info = log
        .append(
            &[BatchToAppend { header, bytes: &sent }, BatchToAppend { header, bytes: &sent }],
            LeaderEpoch(5),
            NOW,
            &AppendOptions::default(),
        )
        .unwrap();
    assert_eq!((info.first_offset.0, info.last_offset.0, info.bytes), (0, 5, 2 * sent.len() as u64));
    let slice = log.read(Offset(0), 1 << 20, Offset(6), true).unwrap().unwrap();
    let bytes = bytes_of(&slice);
    let second = &bytes[sent.len()..];
    let stored = validate_crc(second).unwrap();
    assert_eq!((stored.base_offset.0, stored.leader_epoch.0), (3, 5));
    assert_eq!(second[16..], sent[16..]);
    assert_eq!(log.leader_epochs(), [(LeaderEpoch(5), Offset(0))]);
}

#[test]
fn log_append_time_is_stamped_with_a_good_checksum() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig::default());
    let sent = batch(3, 20);
    let header = BatchHeader::parse(&sent).unwrap();
    let options = AppendOptions { log_append_time: Some(TimestampMs(99)), ..AppendOptions::default() };
    log.append(&[BatchToAppend { header, bytes: &sent }], LeaderEpoch(0), NOW, &options).unwrap();
    let bytes = bytes_of(&log.read(Offset(0), 1 << 20, Offset(3), true).unwrap().unwrap());
    let stored = validate_crc(&bytes).unwrap();
    assert_eq!((stored.timestamp_type(), stored.max_timestamp.0), (TimestampType::LogAppendTime, 99));
}

#[test]
fn a_read_returns_whole_batches_from_the_one_that_holds_the_offset_and_none_past_the_bound() {
    let dir = tempfile::tempdir().unwrap();
    for released in [false, true] {
        let mut log =
            open(&dir.path().join(released.to_string()), LogConfig { segment_bytes: 20_000, ..LogConfig::default() });
        let size = batch(10, 20).len();
        (0..200).for_each(|_| assert!(append(&mut log, &batch(10, 20)).bytes > 0));
        if released {
            log.release_idle().unwrap();
        }
        assert!(log.segment_count() > 2);
        for offset in [0, 5, 9, 10, 555, 1999] {
            let slice = log.read(Offset(offset), 3 * size, Offset(2000), true).unwrap().unwrap();
            let found = batches_of(&slice);
            assert_eq!(found[0], offset / 10 * 10, "starts with the batch of {offset}");
            assert!(found.len() <= 3);
            assert!(found.last().unwrap() + 10 <= slice.upper_bound.0);
        }
        let slice = log.read(Offset(40), 1 << 20, Offset(60), true).unwrap().unwrap();
        assert_eq!(batches_of(&slice), [40, 50]);
        assert_eq!(slice.upper_bound, Offset(60));
        // A bound within a batch leaves the batch out.
        assert_eq!(batches_of(&log.read(Offset(40), 1 << 20, Offset(65), true).unwrap().unwrap()), [40, 50]);
        assert!(log.read(Offset(2000), 100, Offset(2000), true).unwrap().is_none());
        assert!(log.read(Offset(60), 100, Offset(60), true).unwrap().is_none());
        assert!(log.read(Offset(0), size - 1, Offset(2000), false).unwrap().is_none());
        let first = log.read(Offset(0), 1, Offset(2000), true).unwrap().unwrap();
        assert_eq!(batches_of(&first), [0]);
        assert!(matches!(log.read(Offset(2001), 1, Offset(2000), true), Err(ReadError::OutOfRange { .. })));
        assert_eq!(contents(&log).len(), 200);
    }
}

#[test]
fn every_offset_is_found_however_the_index_lies() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig { index_interval_bytes: 300, ..LogConfig::default() });
    let mut bases = Vec::new();
    for i in 0..300 {
        let info = append(&mut log, &batch(1 + i % 7, 5 + i * 13 % 200));
        bases.push((info.first_offset.0, info.last_offset.0));
    }
    for released in [false, true] {
        if released {
            log.release_idle().unwrap();
        }
        for &(base, last) in &bases {
            for offset in [base, last] {
                let slice = log.read(Offset(offset), 700, log.end_offset(), true).unwrap().unwrap();
                assert_eq!(batches_of(&slice)[0], base);
            }
        }
    }
}

#[test]
fn an_index_entry_comes_when_more_than_the_interval_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let overhead = batch(1, 2000).len() - 2000;
    for (first, entries) in [(4096, 0), (4097, 1)] {
        let dir = dir.path().join(first.to_string());
        let mut log = open(&dir, LogConfig::default());
        append(&mut log, &batch(1, first - overhead));
        append(&mut log, &batch(1, 100));
        log.close_clean(NOW).unwrap();
        let index = std::fs::read(dir.join("00000000000000000000.index")).unwrap();
        assert_eq!(index.len(), entries * 8, "after {first} bytes");
        if entries == 1 {
            assert_eq!(index[..], [0, 0, 0, 1, 0, 0, 0x10, 0x01]);
        }
    }
}

#[test]
fn segments_roll_by_size_time_index_and_offset_span() {
    let dir = tempfile::tempdir().unwrap();
    let size = batch(1, 100).len() as u64;
    let mut log = open(&dir.path().join("size"), LogConfig { segment_bytes: 2 * size, ..LogConfig::default() });
    (0..5).for_each(|_| assert!(append(&mut log, &batch(1, 100)).bytes > 0));
    assert_eq!(log.segments().map(|s| s.0.0).collect::<Vec<_>>(), [0, 2, 4]);
    assert!(matches!(try_append(&mut log, &batch(1, 1000)), Err(AppendError::TooLarge { .. })));

    let mut log = open(&dir.path().join("time"), LogConfig { segment_ms: 1000, ..LogConfig::default() });
    for timestamp in [0, 1000, 1001, 1500, 2002] {
        append(&mut log, &batch_at(1, 10, timestamp));
    }
    assert_eq!(log.segments().map(|s| s.0.0).collect::<Vec<_>>(), [0, 2, 4]);

    let config = LogConfig { segment_index_bytes: 24, index_interval_bytes: 0, ..LogConfig::default() };
    let mut log = open(&dir.path().join("index"), config);
    (0..6).for_each(|i| assert!(append(&mut log, &batch_at(1, 10, i)).bytes > 0));
    assert_eq!(log.segments().map(|s| s.0.0).collect::<Vec<_>>(), [0, 2, 4]);

    let mut log = open(&dir.path().join("span"), LogConfig::default());
    append(&mut log, &batch(1, 10));
    let far = batch_with(BuilderOptions { base_offset: Offset(1 << 31), ..BuilderOptions::default() }, 1, 10, NOW.0);
    let header = BatchHeader::parse(&far).unwrap();
    log.append_as_follower(&[BatchToAppend { header, bytes: &far }], NOW).unwrap();
    assert_eq!(log.segments().map(|s| s.0.0).collect::<Vec<_>>(), [0, 1 << 31]);
    assert_eq!(log.end_offset().0, (1 << 31) + 1);
    assert_eq!(contents(&log), [(0, 1), (1 << 31, 1)]);
}

#[test]
fn a_follower_keeps_offsets_and_refuses_those_below_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig::default());
    let at = |offset| {
        batch_with(
            BuilderOptions { base_offset: Offset(offset), leader_epoch: LeaderEpoch(3), ..BuilderOptions::default() },
            2,
            10,
            NOW.0,
        )
    };
    let mut follow = |offset| {
        let bytes = at(offset);
        let header = BatchHeader::parse(&bytes).unwrap();
        log.append_as_follower(&[BatchToAppend { header, bytes: &bytes }], NOW)
    };
    follow(100).unwrap();
    follow(110).unwrap();
    assert!(matches!(follow(111), Err(AppendError::OutOfOrderOffset { expected: Offset(112), .. })));
    assert_eq!(log.end_offset(), Offset(112));
    assert_eq!(log.leader_epochs(), [(LeaderEpoch(3), Offset(100))]);
    // An offset in the gap is answered with the next batch there is.
    assert_eq!(batches_of(&log.read(Offset(105), 1 << 20, Offset(112), true).unwrap().unwrap()), [110]);
}

#[test]
fn an_idempotent_batch_sent_again_is_answered_with_its_first_offsets() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig::default());
    append(&mut log, &batch(5, 10));
    append(&mut log, &of_producer(1, 0, 0, 3, false));
    append(&mut log, &of_producer(1, 0, 3, 2, false));
    let again = append(&mut log, &of_producer(1, 0, 0, 3, false));
    assert!(again.duplicate);
    assert_eq!((again.first_offset.0, again.last_offset.0), (5, 7));
    assert_eq!(log.end_offset(), Offset(10));
    assert!(matches!(try_append(&mut log, &of_producer(1, 0, 9, 1, false)), Err(AppendError::Producer(_))));
    assert!(append(&mut log, &batch(1, 1)).bytes > 0, "a refusal does not fence the log");
}

#[test]
fn aborted_transactions_are_found_by_the_range_that_they_touch() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig { segment_bytes: 400, ..LogConfig::default() });
    append(&mut log, &of_producer(1, 0, 0, 2, true)); // 0-1
    append(&mut log, &of_producer(2, 0, 0, 2, true)); // 2-3
    assert_eq!(log.last_stable_offset(Offset(4)), Offset(0));
    append(&mut log, &marker(1, 0, false)); // 4
    append(&mut log, &marker(2, 0, true)); // 5
    append(&mut log, &of_producer(1, 0, 2, 2, true)); // 6-7
    append(&mut log, &marker(1, 0, false)); // 8
    assert_eq!(log.last_stable_offset(Offset(9)), Offset(9));
    assert_eq!(log.last_stable_offset(Offset(8)), Offset(6));
    let aborted = |from, to| -> Vec<(i64, i64, i64)> {
        let found = log.aborted_transactions(Offset(from), Offset(to)).unwrap();
        found.iter().map(|t| (t.first_offset.0, t.last_offset.0, t.last_stable_offset.0)).collect()
    };
    assert_eq!(aborted(0, 9), [(0, 4, 2), (6, 8, 9)]);
    assert_eq!(aborted(0, 6), [(0, 4, 2)]);
    assert_eq!(aborted(5, 9), [(6, 8, 9)]);
    assert_eq!(aborted(5, 6), []);
}

#[test]
fn a_failed_write_fences_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("gone");
    let mut log = open(&path, LogConfig::default());
    std::fs::remove_dir_all(&path).unwrap();
    let error = try_append(&mut log, &batch(1, 1)).unwrap_err();
    assert!(matches!(&error, AppendError::Log(LogError::Io { .. })), "{error}");
    std::fs::create_dir(&path).unwrap();
    let error = try_append(&mut log, &batch(1, 1)).unwrap_err();
    assert!(matches!(&error, AppendError::Log(LogError::Fenced { .. })), "{error}");
    assert!(log.flush(Offset(1), NOW).is_err());
}

/// The batches as [`Log::append_each`] takes them.
fn each<'a>(batches: &'a [Vec<u8>], options: &AppendOptions) -> Vec<(BatchToAppend<'a>, AppendOptions)> {
    let header = |bytes: &[u8]| BatchHeader::parse(bytes).unwrap();
    batches.iter().map(|bytes| (BatchToAppend { header: header(bytes), bytes }, *options)).collect()
}

fn append_each(log: &mut Log, batches: &[Vec<u8>]) -> Vec<Result<AppendInfo, AppendError>> {
    log.append_each(&each(batches, &AppendOptions::default()), LeaderEpoch(0), NOW).unwrap()
}

#[test]
fn of_batches_that_are_written_together_each_is_judged_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig { flush_messages: Some(8), ..LogConfig::default() });
    append(&mut log, &of_producer(1, 0, 0, 2, false));
    append(&mut log, &of_producer(2, 0, 0, 1, false));
    let outcomes = append_each(
        &mut log,
        &[
            batch(3, 5),
            of_producer(1, 0, 0, 2, false), // repeated
            of_producer(2, 0, 5, 1, false), // out of order
            of_producer(3, 0, 0, 2, false),
            of_producer(1, 0, 2, 1, false), // what was repeated leaves its producer where it was
            batch(1, 5),
        ],
    );
    let told: Vec<_> = outcomes
        .iter()
        .map(|o| o.as_ref().ok().map(|info| (info.first_offset.0, info.last_offset.0, info.duplicate)))
        .collect();
    let new = |first, last| Some((first, last, false));
    assert_eq!(told, [new(3, 5), Some((0, 1, true)), None, new(6, 7), new(8, 8), new(9, 9)]);
    assert!(matches!(outcomes[2], Err(AppendError::Producer(ProducerRefusal::OutOfOrderSequence { .. }))));
    let due: Vec<_> = outcomes.iter().flatten().map(|info| info.flush_due).collect();
    assert_eq!(due, [false, false, true, true, true], "the eighth message is in the third that was written");
    let slice = log.read(Offset(0), 1 << 20, Offset(10), true).unwrap().unwrap();
    assert_eq!(batches_of(&slice), [0, 2, 3, 6, 8, 9]);
    let repeated = append(&mut log, &of_producer(3, 0, 0, 2, false));
    assert_eq!((repeated.first_offset.0, repeated.duplicate), (6, true), "it is in the books");
}

#[test]
fn a_producers_second_batch_waits_for_the_write_of_its_first() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig::default());
    let first = of_producer(1, 0, 0, 1, false);
    let all = [batch(1, 1), first.clone(), batch(1, 1), of_producer(1, 0, 1, 1, false), batch(1, 1)];
    assert_eq!(append_each(&mut log, &all).len(), 3);
    assert_eq!(append_each(&mut log, &all[3..]).len(), 2);
    assert_eq!(log.end_offset(), Offset(5));
    assert_eq!(append_each(&mut log, &[first.clone(), first]).len(), 2, "what is not written holds nobody up");
    assert_eq!(log.end_offset(), Offset(5));
}

#[test]
fn batches_that_are_written_together_fill_segments_as_single_ones_do() {
    let dir = tempfile::tempdir().unwrap();
    let config = LogConfig { segment_bytes: 1000, ..LogConfig::default() };
    let sizes = [100, 300, 500, 50, 700, 10, 900, 900, 20, 20, 20, 400, 450, 1];
    let batches: Vec<_> = sizes.iter().map(|&bytes| batch(1, bytes)).collect();
    let mut alone = open(&dir.path().join("alone"), config.clone());
    for one in &batches {
        append(&mut alone, one);
    }
    let mut together = open(&dir.path().join("together"), config);
    let mut rest = &batches[..];
    let mut rolled = 0;
    while !rest.is_empty() {
        let outcomes = append_each(&mut together, rest);
        rest = &rest[outcomes.len()..];
        rolled += outcomes.iter().flatten().filter(|info| info.rolled).count();
    }
    assert_eq!(together.segments().collect::<Vec<_>>(), alone.segments().collect::<Vec<_>>());
    assert_eq!(rolled, together.segment_count() - 1);
}

#[test]
fn one_write_takes_a_mebibyte_or_one_batch() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig::default());
    let batches = vec![batch(1, 300_000); 8];
    assert_eq!(append_each(&mut log, &batches).len(), 3);
    assert_eq!(append_each(&mut log, &[batch(1, 2_000_000), batch(1, 1)]).len(), 1);
}

#[test]
fn a_batch_too_large_for_a_segment_is_refused_alone() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig { segment_bytes: 1000, ..LogConfig::default() });
    let outcomes = append_each(&mut log, &[batch(1, 2000), batch(1, 10)]);
    assert!(matches!(outcomes[0], Err(AppendError::TooLarge { segment_bytes: 1000, .. })));
    assert_eq!(outcomes[1].as_ref().unwrap().first_offset, Offset(0));
}

#[test]
fn each_of_the_batches_that_are_written_together_has_its_own_log_append_time() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig::default());
    let batches = [batch(1, 5), batch(1, 5), batch(1, 5)];
    let mut stamped = each(&batches, &AppendOptions::default());
    stamped[0].1.log_append_time = Some(TimestampMs(98));
    stamped[2].1.log_append_time = Some(TimestampMs(99));
    let outcomes = log.append_each(&stamped, LeaderEpoch(4), NOW).unwrap();
    let told: Vec<_> = outcomes.iter().map(|o| o.as_ref().unwrap().log_append_time.map(|time| time.0)).collect();
    assert_eq!(told, [Some(98), None, Some(99)]);
    let bytes = bytes_of(&log.read(Offset(0), 1 << 20, Offset(3), true).unwrap().unwrap());
    let stored = crate::wire::batch::batches(&bytes).map(|found| validate_crc(found.unwrap().1).unwrap());
    let stored: Vec<_> = stored.map(|header| (header.max_timestamp.0, header.leader_epoch.0)).collect();
    assert_eq!(stored, [(98, 4), (NOW.0, 4), (99, 4)]);
}

#[test]
fn a_failed_write_of_many_fails_them_all_and_fences_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("gone");
    let mut log = open(&path, LogConfig::default());
    std::fs::remove_dir_all(&path).unwrap();
    let batches = [batch(1, 1), batch(1, 1)];
    let batches = each(&batches, &AppendOptions::default());
    let error = log.append_each(&batches, LeaderEpoch(0), NOW).unwrap_err();
    assert!(matches!(&error, AppendError::Log(LogError::Io { .. })), "{error}");
    std::fs::create_dir(&path).unwrap();
    let error = log.append_each(&batches, LeaderEpoch(0), NOW).unwrap_err();
    assert!(matches!(&error, AppendError::Log(LogError::Fenced { .. })), "{error}");
}

#[test]
fn an_idle_log_has_no_file_open_and_none_made() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig::default());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    append(&mut log, &batch(1, 1));
    let open_files = || {
        let fds = std::fs::read_dir("/proc/self/fd").unwrap();
        fds.filter(|fd| std::fs::read_link(fd.as_ref().unwrap().path()).is_ok_and(|to| to.starts_with(dir.path())))
            .count()
    };
    assert_eq!(open_files(), 1);
    log.release_idle().unwrap();
    assert_eq!(open_files(), 0);
    append(&mut log, &batch(1, 1));
    assert_eq!(contents(&log), [(0, 1), (1, 1)]);
    drop(log);
    let (log, _) = reopen(dir.path(), LogConfig::default(), RecoverySpec::default());
    assert_eq!(open_files(), 0, "nor has one that was opened only");
    assert_eq!(contents(&log), [(0, 1), (1, 1)]);
}

#[test]
fn a_failed_sync_fences_the_log_and_is_not_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig { flush_messages: Some(3), ..LogConfig::default() });
    assert!(!append(&mut log, &batch(2, 1)).flush_due);
    assert!(append(&mut log, &batch(1, 1)).flush_due);
    let ticket = log.flush_ticket().unwrap().unwrap();
    assert_eq!(ticket.up_to(), Offset(3));
    let failure =
        LogError::Io { action: "sync", path: dir.path().into(), source: std::io::Error::other("disk on fire") };
    assert!(log.flushed(&ticket, Err(failure), NOW).is_err());
    assert_eq!(log.recovery_point(), Offset(0));
    assert!(log.fence_cause().is_some_and(|cause| cause.contains("disk on fire")));
    assert!(matches!(log.flush_ticket(), Err(LogError::Fenced { .. })));
    assert!(matches!(try_append(&mut log, &batch(1, 1)), Err(AppendError::Log(LogError::Fenced { .. }))));
    assert_eq!(contents(&log), [(0, 2), (2, 1)], "what was written can still be read");
}

#[test]
fn of_two_syncs_the_one_that_succeeds_does_not_hide_the_failure_of_the_other() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig::default());
    append(&mut log, &batch(1, 1));
    let (first, second) = (log.flush_ticket().unwrap().unwrap(), log.flush_ticket().unwrap().unwrap());
    let failure = LogError::Io { action: "sync", path: dir.path().into(), source: std::io::Error::other("lost") };
    assert!(log.flushed(&first, Err(failure), NOW).is_err());
    assert!(matches!(log.flushed(&second, second.sync(), NOW), Err(LogError::Fenced { .. })));
    assert_eq!(log.recovery_point(), Offset(0));
}

#[test]
fn a_new_segments_name_is_synced_by_every_flush_until_one_succeeded() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig::default());
    append(&mut log, &batch(1, 1));
    let under_way = log.flush_ticket().unwrap().unwrap();
    let later = log.flush_ticket().unwrap().unwrap();
    assert!(under_way.syncs_directory() && later.syncs_directory());
    log.flushed(&under_way, under_way.sync(), NOW).unwrap();
    append(&mut log, &batch(1, 1));
    assert!(!log.flush_ticket().unwrap().unwrap().syncs_directory());
}

#[test]
fn a_sync_that_began_before_a_cut_claims_nothing_about_what_came_after() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig::default());
    append(&mut log, &batch(2, 1));
    append(&mut log, &batch(2, 1));
    let ticket = log.flush_ticket().unwrap().unwrap();
    log.truncate_to(Offset(2), NOW).unwrap();
    append(&mut log, &batch(2, 1));
    log.flushed(&ticket, ticket.sync(), NOW).unwrap();
    assert_eq!(log.recovery_point(), Offset(0));
}

#[test]
fn an_idle_log_takes_less_than_a_kibibyte() {
    assert!(size_of::<Log>() + size_of::<crate::log::segment::Segment>() < 768);
}

#[test]
fn what_was_written_lately_is_hot_and_what_was_found_at_the_start_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let config = LogConfig { segment_bytes: 20 << 20, ..LogConfig::default() };
    let mut log = open(dir.path(), config.clone());
    let one = batch(1, 1 << 20);
    (0..10).for_each(|_| assert!(append(&mut log, &one).bytes > 0));
    log.close_clean(NOW).unwrap();
    drop(log);
    let (mut log, _) = reopen(dir.path(), config, CLEAN);
    let hot = |log: &Log, offset: i64| log.read(Offset(offset), 1, log.end_offset(), true).unwrap().unwrap().hot;
    assert!(!hot(&log, 0) && !hot(&log, 9));
    append(&mut log, &one);
    assert!(!hot(&log, 9) && hot(&log, 10));
    (11..70).for_each(|_| assert!(append(&mut log, &one).bytes > 0));
    assert!(hot(&log, 10), "60 MiB back, three segments ago");
    (70..80).for_each(|_| assert!(append(&mut log, &one).bytes > 0));
    assert!(!hot(&log, 10) && hot(&log, 30));
}

#[test]
fn the_bytes_of_a_range_come_at_once_when_they_are_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig::default());
    append(&mut log, &batch(3, 100));
    let slice = log.read(Offset(0), 1 << 20, log.end_offset(), true).unwrap().unwrap();
    assert!(slice.is_resident());
    assert_eq!(slice.read_if_resident().unwrap().unwrap(), bytes_of(&slice));
    assert_eq!(slice.first(10).len, 10);
    slice.warm(&mut [0; 7]).unwrap();
}

#[test]
fn a_range_of_an_old_segment_with_a_gap_in_the_page_cache_is_not_resident() {
    // In the tree that is built: what holds temporary files may live in memory, where pages never go.
    let file = Arc::new(tempfile::tempfile_in(env!("CARGO_MANIFEST_DIR")).unwrap());
    // Pages of what is written at once may be kept, and let go of, in pieces of 2 MiB.
    let len = 16 << 20;
    std::os::unix::fs::FileExt::write_all_at(&*file, &vec![7; len], 0).unwrap();
    file.sync_data().unwrap();
    let (segment_base, upper_bound) = (Offset(0), Offset(1));
    let old =
        FileSlice { file, position: 0, len, segment_base, is_active: false, hot: false, upper_bound, unchecked: None };
    let let_go = |from: usize, len: usize| {
        rustix::fs::fadvise(
            &*old.file,
            from as u64,
            std::num::NonZeroU64::new(len as u64),
            rustix::fs::Advice::DontNeed,
        )
    };
    assert!(old.is_resident());
    // The look itself makes the kernel read ahead, and a fast disk has that done before the answer: so several tries.
    let gap_is_seen = (0..50).any(|_| {
        let_go(len / 4, len / 2).unwrap();
        !old.is_resident()
    });
    assert!(gap_is_seen);
}

#[test]
fn appended_ranges_are_told_once_and_over_segments() {
    let root = tempfile::tempdir().unwrap();
    let one = batch(1, 1000);
    let size = one.len() as u64;
    let mut log = open(root.path(), LogConfig { segment_bytes: 3 * size, ..LogConfig::default() });
    append(&mut log, &one);
    assert!(log.take_appended(2 * size).unwrap().is_empty(), "not yet so much");
    (0..4).for_each(|_| _ = append(&mut log, &one));
    assert_eq!(log.segment_count(), 2);
    let lengths = |log: &mut Log| log.take_appended(1).unwrap().iter().map(CachedRange::len).collect::<Vec<_>>();
    assert_eq!(lengths(&mut log), [3 * size, 2 * size]);
    assert_eq!(lengths(&mut log), [0; 0]);
    append(&mut log, &one);
    assert_eq!(lengths(&mut log), [size]);
    log.truncate_to(Offset(4), NOW).unwrap();
    append(&mut log, &one);
    assert_eq!(lengths(&mut log), [size], "what was cut off and written anew");
}
