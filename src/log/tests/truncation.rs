use super::*;

#[test]
fn truncation_leaves_what_a_log_written_so_far_would_be() {
    let root = tempfile::tempdir().unwrap();
    let config = LogConfig { segment_bytes: 2_000, index_interval_bytes: 200, ..LogConfig::default() };
    let fill = |log: &mut Log, upto: i64| {
        for i in 0..upto {
            append(log, &batch_at(1, 20 + (i as usize * 37) % 90, NOW.0 + (i * 7) % 50));
        }
    };
    for upto in [0, 1, 17, 18, 19, 50, 99, 100] {
        let dir = root.path().join(format!("a{upto}"));
        let mut log = open(&dir, config.clone());
        fill(&mut log, 100);
        assert_eq!(log.truncate_to(Offset(upto), NOW).unwrap(), upto < 100);
        let reference = root.path().join(format!("b{upto}"));
        let mut expected = open(&reference, config.clone());
        fill(&mut expected, upto);
        assert_eq!(contents(&log), contents(&expected));
        assert_eq!(log.end_offset(), Offset(upto));
        assert_eq!(log.offset_of_max_timestamp().unwrap(), expected.offset_of_max_timestamp().unwrap());
        // It goes on, and stands a restart.
        append(&mut log, &batch(3, 10));
        let after = contents(&log);
        log.close_clean(NOW).unwrap();
        let (log, report) = reopen(&dir, config.clone(), CLEAN);
        assert!(report.notes.is_empty(), "{:?}", report.notes);
        assert_eq!(contents(&log), after);
    }
}

#[test]
fn truncation_cuts_epochs_producers_and_aborted_transactions() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig { segment_bytes: 400, ..LogConfig::default() });
    append(&mut log, &of_producer(1, 0, 0, 2, true)); // 0-1
    append(&mut log, &marker(1, 0, false)); // 2
    append(&mut log, &of_producer(1, 0, 2, 2, true)); // 3-4
    append(&mut log, &marker(1, 0, false)); // 5
    append(&mut log, &of_producer(2, 0, 0, 2, false)); // 6-7
    log.assign_epoch_start(LeaderEpoch(7), Offset(8)).unwrap();
    log.truncate_to(Offset(5), NOW).unwrap();
    assert_eq!(log.leader_epochs(), [(LeaderEpoch(0), Offset(0))]);
    assert_eq!(log.last_stable_offset(Offset(5)), Offset(3), "the second transaction is open again");
    assert_eq!(log.aborted_transactions(Offset(0), Offset(9)).unwrap().len(), 1);
    assert_eq!(log.producers().count(), 1);
    assert!(append(&mut log, &of_producer(1, 0, 2, 2, true)).duplicate);
    append(&mut log, &marker(1, 0, false));
    assert_eq!(log.aborted_transactions(Offset(0), Offset(9)).unwrap().len(), 2);
}

#[test]
fn a_log_can_begin_anew_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), LogConfig { segment_bytes: 400, ..LogConfig::default() });
    (0..9).for_each(|i| assert!(append(&mut log, &of_producer(1, 0, i, 1, false)).bytes > 0));
    log.truncate_fully_and_start_at(Offset(1000), NOW).unwrap();
    assert_eq!((log.start_offset(), log.end_offset(), log.size()), (Offset(1000), Offset(1000), 0));
    assert!(log.leader_epochs().is_empty() && log.producers().next().is_none());
    assert_eq!(append(&mut log, &batch(2, 10)).first_offset, Offset(1000));
    assert!(log.truncate_to(Offset(500), NOW).unwrap());
    assert_eq!((log.start_offset(), log.end_offset()), (Offset(500), Offset(500)));
}
