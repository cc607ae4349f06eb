use super::*;
use std::fs;

const LOG: &str = "00000000000000000000.log";

fn written(dir: &Path, batches: usize) -> Vec<(i64, i32)> {
    let mut log = open(dir, LogConfig::default());
    (0..batches).for_each(|i| assert!(append(&mut log, &batch(1 + i % 3, 50)).bytes > 0));
    contents(&log)
}

#[test]
fn a_clean_close_needs_no_scan() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig { segment_bytes: 2000, ..LogConfig::default() });
    (0..50).for_each(|i| assert!(append(&mut log, &of_producer(1, 0, i * 2, 2, false)).bytes > 0));
    let before = contents(&log);
    assert_eq!(log.close_clean(NOW).unwrap(), Offset(100));
    let (mut log, report) = reopen(dir.path(), LogConfig::default(), CLEAN);
    assert_eq!(report, RecoveryReport::default());
    assert_eq!((log.end_offset(), log.recovery_point()), (Offset(100), Offset(100)));
    assert_eq!(contents(&log), before);
    assert!(append(&mut log, &of_producer(1, 0, 98, 2, false)).duplicate);
    assert!(!append(&mut log, &of_producer(1, 0, 100, 2, false)).duplicate);
}

#[test]
fn a_producers_last_five_batches_are_known_after_a_start_and_after_a_cut() {
    let dir = tempfile::tempdir().unwrap();
    // Small segments, so that the five stand in two of them.
    let config = LogConfig { segment_bytes: 400, ..LogConfig::default() };
    let mut log = open(dir.path(), config.clone());
    for i in 0..12 {
        append(&mut log, &of_producer(1, 0, i * 2, 2, false));
        append(&mut log, &of_producer(2, 0, i, 1, false));
    }
    log.close_clean(NOW).unwrap();
    let (mut log, _) = reopen(dir.path(), config, CLEAN);
    for i in 7..12 {
        assert!(append(&mut log, &of_producer(1, 0, i * 2, 2, false)).duplicate, "batch {i} of producer 1");
        assert!(append(&mut log, &of_producer(2, 0, i, 1, false)).duplicate, "batch {i} of producer 2");
    }
    assert!(try_append(&mut log, &of_producer(1, 0, 12, 2, false)).is_err(), "the sixth is forgotten");
    log.truncate_to(Offset(33), NOW).unwrap();
    assert!(append(&mut log, &of_producer(1, 0, 14, 2, false)).duplicate, "what is left is known after a cut");
}

#[test]
fn a_torn_tail_is_cut_at_whatever_byte_it_ends() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p");
    let before = written(&path, 4);
    let whole = fs::read(path.join(LOG)).unwrap();
    let last = batch(1, 50).len();
    for cut in 1..=last {
        fs::remove_dir_all(&path).unwrap();
        fs::create_dir(&path).unwrap();
        fs::write(path.join(LOG), &whole[..whole.len() - cut]).unwrap();
        let (mut log, report) = reopen(&path, LogConfig::default(), RecoverySpec::default());
        assert_eq!(contents(&log), before[..3], "cut by {cut}");
        assert_eq!(report.truncated_bytes, (last - cut) as u64);
        assert_eq!(report.notes.len(), usize::from(cut < last), "{:?}", report.notes);
        append(&mut log, &batch(1, 50));
        assert_eq!(contents(&log), before);
    }
}

#[test]
fn garbage_and_zeros_at_the_end_are_cut() {
    let dir = tempfile::tempdir().unwrap();
    for (name, tail) in [("zeros", vec![0u8; 5000]), ("ones", vec![0xff; 300]), ("text", b"hello world".repeat(9))] {
        let path = dir.path().join(name);
        let before = written(&path, 10);
        let mut bytes = fs::read(path.join(LOG)).unwrap();
        let good = bytes.len();
        bytes.extend_from_slice(&tail);
        fs::write(path.join(LOG), &bytes).unwrap();
        let (log, report) = reopen(&path, LogConfig::default(), RecoverySpec::default());
        assert_eq!(contents(&log), before);
        assert_eq!(report.truncated_bytes, tail.len() as u64);
        assert!(report.notes[0].contains(&format!("cut at position {good}")), "{:?}", report.notes);
        assert_eq!(fs::metadata(path.join(LOG)).unwrap().len(), good as u64);
    }
}

#[test]
fn a_flipped_bit_ends_the_log_before_it_and_later_segments_go() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig { segment_bytes: 1000, ..LogConfig::default() });
    (0..40).for_each(|_| assert!(append(&mut log, &batch(1, 50)).bytes > 0));
    assert!(log.segment_count() > 3);
    let second = log.segments().nth(1).unwrap().0;
    drop(log);
    let path = dir.path().join(format!("{:020}.log", second.0));
    let mut bytes = fs::read(&path).unwrap();
    bytes[batch(1, 50).len() + 80] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let (mut log, report) = reopen(dir.path(), LogConfig::default(), RecoverySpec::default());
    assert_eq!(log.end_offset(), second + 1);
    assert_eq!(report.notes.len(), 2, "{:?}", report.notes);
    assert!(report.notes[0].contains("checksum") && report.notes[1].contains("later segments"));
    assert_eq!(log.segment_count(), 2);
    append(&mut log, &batch(1, 50));
    assert_eq!(contents(&log).len() as i64, log.end_offset().0);
}

#[test]
fn a_missing_index_is_rebuilt_byte_for_byte() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig { segment_bytes: 60_000, ..LogConfig::default() });
    (0..60).for_each(|i| assert!(append(&mut log, &batch_at(1, 2000, i * 7 % 31)).bytes > 0));
    log.close_clean(NOW).unwrap();
    for name in ["00000000000000000000.index", "00000000000000000000.timeindex"] {
        let path = dir.path().join(name);
        let original = fs::read(&path).unwrap();
        assert!(!original.is_empty());
        fs::remove_file(&path).unwrap();
        let (mut log, report) = reopen(dir.path(), LogConfig::default(), CLEAN);
        assert_eq!(report.notes, [format!("{name} was missing: rebuilt")]);
        assert_eq!(fs::read(&path).unwrap(), original);
        log.close_clean(NOW).unwrap();
    }
}

#[test]
fn only_what_came_after_the_checkpoint_is_scanned() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig::default());
    let size = batch(1, 2000).len() as u64;
    (0..100).for_each(|i| assert!(append(&mut log, &batch_at(1, 2000, i)).bytes > 0));
    let recovery_point = log.checkpoint(NOW).unwrap();
    assert_eq!(recovery_point, Offset(100));
    (100..110).for_each(|i| assert!(append(&mut log, &batch_at(1, 2000, i)).bytes > 0));
    let before = contents(&log);
    drop(log);
    let spec = RecoverySpec { recovery_point, ..RecoverySpec::default() };
    let (log, report) = reopen(dir.path(), LogConfig::default(), spec);
    assert!(report.notes.is_empty(), "{:?}", report.notes);
    assert!(report.scanned_bytes <= 14 * size, "{} of {}", report.scanned_bytes, 110 * size);
    assert_eq!(contents(&log), before);
    assert_eq!(log.recovery_point(), recovery_point);
    // What is rebuilt is what a scan of the whole gives.
    let index = fs::read(dir.path().join("00000000000000000000.index")).unwrap();
    let times = fs::read(dir.path().join("00000000000000000000.timeindex")).unwrap();
    drop(log);
    let _ = reopen(dir.path(), LogConfig::default(), RecoverySpec::default());
    assert_eq!(fs::read(dir.path().join("00000000000000000000.index")).unwrap(), index);
    assert_eq!(fs::read(dir.path().join("00000000000000000000.timeindex")).unwrap(), times);
}

#[test]
fn a_stale_or_a_boastful_checkpoint_does_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    let before = written(dir.path(), 200);
    for point in [0, 7, 399, 100_000] {
        let spec = RecoverySpec { recovery_point: Offset(point), ..RecoverySpec::default() };
        let (log, report) = reopen(dir.path(), LogConfig::default(), spec);
        assert_eq!(contents(&log), before);
        let boastful = point > log.end_offset().0;
        assert_eq!(report.notes.iter().any(|note| note.contains("ignored")), boastful, "{:?}", report.notes);
        if boastful {
            assert!(report.scanned_bytes >= log.size(), "the whole segment is scanned");
            assert_eq!(log.recovery_point(), log.end_offset());
        }
    }
}

#[test]
fn a_checkpoint_past_a_torn_tail_is_found_out() {
    let dir = tempfile::tempdir().unwrap();
    let before = written(dir.path(), 200);
    let path = dir.path().join(LOG);
    let spec = RecoverySpec { recovery_point: Offset(399), ..RecoverySpec::default() };
    drop(reopen(dir.path(), LogConfig::default(), spec));
    let len = fs::metadata(&path).unwrap().len();
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(len - 10).unwrap();
    let (log, report) = reopen(dir.path(), LogConfig::default(), spec);
    assert_eq!(contents(&log), before[..199]);
    assert!(report.notes.iter().any(|note| note.contains("not trusted")), "{:?}", report.notes);
}

#[test]
fn a_half_written_snapshot_is_discarded_and_the_state_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig { segment_bytes: 500, ..LogConfig::default() });
    (0..20).for_each(|i| assert!(append(&mut log, &of_producer(1, 0, i * 2, 2, false)).bytes > 0));
    log.close_clean(NOW).unwrap();
    let path = dir.path().join("00000000000000000040.snapshot");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 20]).unwrap();
    let (mut log, report) = reopen(dir.path(), LogConfig::default(), CLEAN);
    assert_eq!(report.notes.len(), 1);
    assert!(report.notes[0].starts_with("00000000000000000040.snapshot was discarded"), "{:?}", report.notes);
    assert!(append(&mut log, &of_producer(1, 0, 38, 2, false)).duplicate);
    log.close_clean(NOW).unwrap();
}

#[test]
fn a_half_written_snapshot_is_named_even_where_a_full_scan_makes_do_without_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig { segment_bytes: 500, ..LogConfig::default() });
    (0..20).for_each(|i| assert!(append(&mut log, &of_producer(1, 0, i * 2, 2, false)).bytes > 0));
    let newest = log.active_base_offset();
    drop(log);
    let name = format!("{:020}.snapshot", newest.0);
    let path = dir.path().join(&name);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let (mut log, report) = reopen(dir.path(), LogConfig::default(), RecoverySpec::default());
    assert_eq!(report.notes.len(), 1, "{:?}", report.notes);
    assert!(report.notes[0].starts_with(&format!("{name} was discarded")), "{:?}", report.notes);
    assert!(!path.exists());
    assert!(append(&mut log, &of_producer(1, 0, 38, 2, false)).duplicate);
    // The newest one that is left is good, so that a clean stop is followed by a start without a word.
    log.close_clean(NOW).unwrap();
    assert_eq!(reopen(dir.path(), LogConfig::default(), CLEAN).1, RecoveryReport::default());
}

#[test]
fn producers_and_aborted_transactions_survive_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let config = LogConfig { segment_bytes: 600, ..LogConfig::default() };
    let mut log = open(dir.path(), config.clone());
    for i in 0..10 {
        append(&mut log, &of_producer(1, 0, i * 2, 2, true));
        append(&mut log, &of_producer(2, 0, i, 1, true));
        append(&mut log, &marker(1, 0, i % 2 == 0));
        append(&mut log, &marker(2, 0, i % 3 == 0));
    }
    append(&mut log, &of_producer(1, 0, 20, 2, true));
    let end = log.end_offset();
    let aborted = log.aborted_transactions(Offset(0), end).unwrap();
    assert_eq!(aborted.len(), 5 + 6);
    let stable = log.last_stable_offset(end);
    assert_eq!(stable, end + -2);
    let point = Offset(17);
    drop(log);
    for recovery_point in [Offset(0), point, end] {
        let spec = RecoverySpec { recovery_point, ..RecoverySpec::default() };
        let (mut log, report) = reopen(dir.path(), config.clone(), spec);
        assert!(report.notes.is_empty(), "{:?}", report.notes);
        assert_eq!(log.aborted_transactions(Offset(0), end).unwrap(), aborted);
        assert_eq!(log.last_stable_offset(end), stable);
        assert!(append(&mut log, &of_producer(1, 0, 20, 2, true)).duplicate);
    }
}

#[test]
fn leader_epochs_are_rebuilt_if_their_file_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig::default());
    for epoch in [0, 0, 3, 4] {
        let bytes = batch(2, 10);
        let header = BatchHeader::parse(&bytes).unwrap();
        let batch = BatchToAppend { header, bytes: &bytes };
        log.append(&[batch], LeaderEpoch(epoch), NOW, &AppendOptions::default()).unwrap();
    }
    let epochs = log.leader_epochs().to_vec();
    assert_eq!(epochs.len(), 3);
    log.close_clean(NOW).unwrap();
    fs::write(dir.path().join("leader-epoch-checkpoint"), "0\n9\n").unwrap();
    let (log, report) = reopen(dir.path(), LogConfig::default(), CLEAN);
    assert_eq!(log.leader_epochs(), epochs);
    assert_eq!(report.notes.len(), 1);
    assert_eq!(fs::read_to_string(dir.path().join("leader-epoch-checkpoint")).unwrap(), "0\n3\n0 0\n3 4\n4 6\n");
}

#[test]
fn a_log_below_its_start_offset_begins_anew_there() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), 5);
    let spec = RecoverySpec { log_start_offset: Offset(500), ..RecoverySpec::default() };
    let (mut log, report) = reopen(dir.path(), LogConfig::default(), spec);
    assert_eq!((log.start_offset(), log.end_offset()), (Offset(500), Offset(500)));
    assert!(report.notes.iter().any(|note| note.contains("begun anew")), "{:?}", report.notes);
    assert_eq!(append(&mut log, &batch(1, 1)).first_offset, Offset(500));
}

#[test]
fn leftovers_of_deletion_compaction_and_replacement_are_cleared() {
    let dir = tempfile::tempdir().unwrap();
    let before = written(dir.path(), 5);
    let log_bytes = fs::read(dir.path().join(LOG)).unwrap();
    for name in [
        "00000000000000000000.log.deleted",
        "00000000000000000003.log.cleaned",
        "00000000000000000003.log.swap",
        "leader-epoch-checkpoint.tmp",
        "00000000000000000777.timeindex",
    ] {
        fs::write(dir.path().join(name), b"x").unwrap();
    }
    let (log, _) = reopen(dir.path(), LogConfig::default(), RecoverySpec::default());
    assert_eq!(contents(&log), before);
    drop(log);
    let mut names: Vec<_> =
        fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let kept = ["00000000000000000000.index", LOG, "00000000000000000000.timeindex", "leader-epoch-checkpoint"];
    assert_eq!(names, kept);

    // A finished compaction replaces what it covers.
    fs::write(dir.path().join("00000000000000000000.log.swap"), &log_bytes[..batch(1, 50).len()]).unwrap();
    let (log, report) = reopen(dir.path(), LogConfig::default(), RecoverySpec::default());
    assert_eq!(contents(&log), before[..1]);
    assert!(report.notes[0].contains("finished a compaction"), "{:?}", report.notes);
}

#[test]
fn a_lying_index_is_found_out_when_it_is_used() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig { index_interval_bytes: 300, ..LogConfig::default() });
    (0..50).for_each(|_| assert!(append(&mut log, &batch(2, 50)).bytes > 0));
    let before = contents(&log);
    log.close_clean(NOW).unwrap();
    let path = dir.path().join("00000000000000000000.index");
    let whole = fs::read(&path).unwrap();
    let mut shifted = whole.clone();
    shifted.chunks_exact_mut(8).for_each(|entry| entry[7] ^= 4);
    for lie in [vec![0; whole.len()], vec![0xff; 64], shifted] {
        fs::write(&path, &lie).unwrap();
        let (log, _) = reopen(dir.path(), LogConfig::default(), CLEAN);
        assert_eq!(log.end_offset(), Offset(100));
        for &(base, _) in &before {
            let slice = log.read(Offset(base + 1), 1, Offset(100), true).unwrap().unwrap();
            assert_eq!(bytes_of(&slice)[..8], base.to_be_bytes());
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(100))]
    #[test]
    fn a_mangled_segment_opens_to_a_prefix_of_itself_and_goes_on(
        at in proptest::prelude::any::<proptest::sample::Index>(),
        with in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..40),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let before = written(dir.path(), 20);
        let path = dir.path().join(LOG);
        let mut bytes = fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        let n = with.len().min(bytes.len() - at);
        bytes[at..at + n].copy_from_slice(&with[..n]);
        fs::write(&path, &bytes).unwrap();
        // Offline readers tell where it ends, and never more than that.
        let mut reader = inspect::SegmentReader::open(&path).unwrap();
        loop {
            match reader.next_batch().unwrap() {
                inspect::SegmentStep::Batch(batch) => drop(reader.load(&batch, 1 << 20).unwrap()),
                inspect::SegmentStep::Torn { .. } => {}
                inspect::SegmentStep::End => break,
            }
        }
        let (mut log, _) = reopen(dir.path(), LogConfig::default(), RecoverySpec::default());
        let after = contents(&log);
        // Base offset and leader epoch stand outside the checksum: a lie there may pass, but not out of order.
        proptest::prop_assert!(after.len() <= before.len());
        proptest::prop_assert!(after.windows(2).all(|w| w[0].0 < w[1].0));
        let end = log.end_offset();
        proptest::prop_assert_eq!(append(&mut log, &batch(1, 1)).first_offset, end);
    }
}

/// How the system would find a log that was killed: everything written is there.
fn killed(log: Log) -> Offset {
    let end = log.end_offset();
    drop(log);
    end
}

#[test]
fn after_a_kill_only_what_came_behind_the_mark_is_scanned() {
    let dir = tempfile::tempdir().unwrap();
    let config = LogConfig { segment_bytes: 20_000, index_interval_bytes: 200, ..LogConfig::default() };
    let mut log = open(dir.path(), config.clone());
    let mut sequence = 0;
    let mut write = |log: &mut Log, n: i32| {
        for _ in 0..n {
            append(log, &of_producer(1, 0, sequence, 2, false));
            sequence += 2;
        }
    };
    write(&mut log, 600);
    assert!(log.segment_count() > 2 && log.unmarked_bytes() > 0);
    log.mark().unwrap();
    let written = log.marked();
    assert_eq!((log.unmarked_bytes(), written, log.recovery_point()), (0, log.end_offset(), Offset(0)));
    write(&mut log, 5);
    let behind = log.unmarked_bytes();
    let before = contents(&log);
    let end = killed(log);

    let (mut log, report) = reopen(dir.path(), config.clone(), RecoverySpec { written, ..RecoverySpec::default() });
    assert!(report.notes.is_empty(), "{:?}", report.notes);
    assert!((behind..behind + 1000).contains(&report.scanned_bytes), "{} for {behind}", report.scanned_bytes);
    assert_eq!((log.end_offset(), log.recovery_point()), (end, Offset(0)), "nothing is said of the disk");
    assert_eq!(log.unmarked_bytes(), report.scanned_bytes, "what was scanned is to be marked some time");
    assert_eq!(contents(&log), before);
    let again = of_producer(1, 0, sequence - 2, 2, false);
    assert!(append(&mut log, &again).duplicate, "producers are remembered");

    let whole = killed(log);
    let (log, report) = reopen(dir.path(), config, RecoverySpec::default());
    assert_eq!(log.end_offset(), whole);
    assert!(report.scanned_bytes > 20 * behind, "without the word of a mark all is scanned");
}

#[test]
fn a_torn_append_behind_the_mark_is_cut_and_nothing_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig::default());
    (0..50).for_each(|_| assert!(append(&mut log, &batch(1, 50)).bytes > 0));
    log.mark().unwrap();
    let written = log.marked();
    append(&mut log, &batch(1, 50));
    let before = contents(&log);
    append(&mut log, &batch(1, 50));
    drop(log);
    let path = dir.path().join(LOG);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let (log, report) = reopen(dir.path(), LogConfig::default(), RecoverySpec { written, ..RecoverySpec::default() });
    assert_eq!(contents(&log), before);
    assert_eq!(report.notes.len(), 1, "{:?}", report.notes);
}

#[test]
fn a_mark_that_the_files_contradict_counts_for_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let config = LogConfig { segment_bytes: 1000, ..LogConfig::default() };
    let mut log = open(dir.path(), config.clone());
    (0..40).for_each(|_| assert!(append(&mut log, &batch(1, 50)).bytes > 0));
    log.mark().unwrap();
    let written = log.marked();
    let last = log.active_base_offset();
    let second = log.segments().nth(1).unwrap().0;
    drop(log);
    // The last segment is gone, and a byte of an earlier one is not what was written: no kill does that.
    for kind in ["log", "index", "timeindex"] {
        fs::remove_file(dir.path().join(format!("{:020}.{kind}", last.0))).unwrap();
    }
    let path = dir.path().join(format!("{:020}.log", second.0));
    let mut bytes = fs::read(&path).unwrap();
    bytes[batch(1, 50).len() + 80] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let (log, report) = reopen(dir.path(), config, RecoverySpec { written, ..RecoverySpec::default() });
    assert_eq!(log.end_offset(), second + 1, "{:?}", report.notes);
    assert!(report.notes[0].contains("said to be written"), "{:?}", report.notes);
}

#[test]
fn a_log_without_a_directory_touches_no_disk_before_its_first_append() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("t-0");
    let mut log = Log::unborn(&dir, Arc::new(LogConfig::default()), Offset(0), NOW);
    log.assign_epoch_start(LeaderEpoch(3), Offset(0)).unwrap();
    log.mark().unwrap();
    log.release_idle().unwrap();
    assert!(log.delete_old_segments(Offset(0), NOW).unwrap().is_empty());
    assert_eq!(log.close_clean(NOW).unwrap(), Offset(0));
    assert_eq!((log.latest_epoch(), dir.exists()), (Some(LeaderEpoch(3)), false));
    let bytes = batch(2, 10);
    let header = BatchHeader::parse(&bytes).unwrap();
    log.append(&[BatchToAppend { header, bytes: &bytes }], LeaderEpoch(3), NOW, &AppendOptions::default()).unwrap();
    let before = contents(&log);
    log.close_clean(NOW).unwrap();
    let (log, report) = reopen(&dir, LogConfig::default(), CLEAN);
    assert_eq!((contents(&log), report), (before, RecoveryReport::default()));
    assert_eq!(log.leader_epochs(), [(LeaderEpoch(3), Offset(0))]);
}

#[test]
fn a_term_is_written_down_with_its_first_record() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("leader-epoch-checkpoint");
    let mut log = open(dir.path(), LogConfig::default());
    append(&mut log, &batch(2, 10));
    let before = fs::read_to_string(&file).unwrap();
    log.assign_epoch_start(LeaderEpoch(4), Offset(2)).unwrap();
    assert_eq!(log.latest_epoch(), Some(LeaderEpoch(4)));
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    let bytes = batch(1, 10);
    let header = BatchHeader::parse(&bytes).unwrap();
    log.append(&[BatchToAppend { header, bytes: &bytes }], LeaderEpoch(4), NOW, &AppendOptions::default()).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "0\n2\n0 0\n4 2\n");
}

#[test]
fn a_producer_is_remembered_by_batches_that_delete_records_has_hidden() {
    let dir = tempfile::tempdir().unwrap();
    let config = LogConfig { segment_bytes: 1500, ..LogConfig::default() };
    let mut log = open(dir.path(), config.clone());
    (0..12).for_each(|i| assert!(append(&mut log, &of_producer(1, 0, i * 2, 2, false)).bytes > 0));
    let (end, next) = (log.end_offset(), log.producer_states().get(ProducerId(1)).unwrap().next_sequence());
    assert!(log.delete_records(end).unwrap());
    drop(log);
    // Killed: the last segment is scanned in whole, so that the snapshot before it is what replay begins with.
    let spec = RecoverySpec { log_start_offset: end, ..RecoverySpec::default() };
    let (mut log, _) = reopen(dir.path(), config, spec);
    assert_eq!((log.start_offset(), log.end_offset()), (end, end));
    assert_eq!(log.producer_states().get(ProducerId(1)).map(|entry| entry.next_sequence()), Some(next));
    assert!(append(&mut log, &of_producer(1, 0, 22, 2, false)).duplicate, "the last batch, sent again");
    assert!(!append(&mut log, &of_producer(1, 0, 24, 2, false)).duplicate);
}
