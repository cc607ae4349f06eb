//! What stands in a log and is not what was written.

use super::*;
use std::fs;

const LOG: &str = "00000000000000000000.log";
const TORN_ONLY: RecoverySpec = RecoverySpec { only_torn: true, ..CLEAN_NOT };
const CLEAN_NOT: RecoverySpec = RecoverySpec { clean_shutdown: false, ..CLEAN };

/// A log of so many batches of one record. Gives the bytes of one.
fn written(dir: &Path, batches: usize) -> usize {
    let mut log = open(dir, LogConfig { index_interval_bytes: 1, ..LogConfig::default() });
    let one = batch(1, 600);
    (0..batches).for_each(|_| assert!(append(&mut log, &one).bytes > 0));
    log.close_clean(NOW).unwrap();
    one.len()
}

fn change(dir: &Path, edit: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(dir.join(LOG)).unwrap();
    edit(&mut bytes);
    fs::write(dir.join(LOG), bytes).unwrap();
}

#[test]
fn sound_batches_behind_a_damaged_one_are_not_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let one = written(dir.path(), 9);
    change(dir.path(), |bytes| bytes[4 * one + 100] ^= 4);
    let before = fs::read(dir.path().join(LOG)).unwrap();
    let refused = Log::open(dir.path(), Arc::default(), TORN_ONLY, NOW).unwrap_err().to_string();
    let expected = format!("the batch at position {}, offset 4, is damaged", 4 * one);
    assert!(refused.contains(&expected) && refused.contains(&format!("follow at position {}", 5 * one)), "{refused}");
    assert!(fs::read(dir.path().join(LOG)).unwrap() == before, "nothing is changed");
    let (log, _) = reopen(dir.path(), LogConfig::default(), CLEAN_NOT);
    assert_eq!(log.end_offset(), Offset(4), "where others have the rest, it may go");
}

#[test]
fn what_a_crash_tore_is_cut_off_also_where_a_later_page_came_to_the_disk() {
    for (name, edit) in [
        ("nothing behind", (|bytes, one| bytes[8 * one + 100] ^= 4) as fn(&mut Vec<u8>, usize)),
        ("half a batch", |bytes, one| bytes.truncate(8 * one + one / 2)),
        ("zeros behind", |bytes, one| bytes[4 * one + 100..].fill(0)),
        ("zeros between", |bytes, _| bytes[4096..8192].fill(0)),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let one = written(dir.path(), 20);
        change(dir.path(), |bytes| {
            bytes.truncate(if name == "zeros between" { bytes.len() } else { 9 * one });
            edit(bytes, one);
        });
        let (log, report) = reopen(dir.path(), LogConfig::default(), TORN_ONLY);
        assert_eq!(report.notes.len(), 1, "{name}: {:?}", report.notes);
        assert!(log.end_offset() < Offset(9), "{name}: {}", log.end_offset());
    }
}

#[test]
fn a_range_is_checked_once_after_a_start_and_what_is_written_never() {
    let dir = tempfile::tempdir().unwrap();
    let one = written(dir.path(), 9);
    let (mut log, _) = reopen(dir.path(), LogConfig::default(), CLEAN);
    append(&mut log, &batch(1, 600));
    let read = |log: &Log, offset: i64, batches: usize| {
        log.read(Offset(offset), batches * one, log.end_offset(), true).unwrap().unwrap()
    };
    assert!(!read(&log, 9, 1).is_unchecked(), "written by this process");
    for (offset, batches) in [(0, 3), (8, 1), (3, 2)] {
        let slice = read(&log, offset, batches);
        assert!(slice.is_unchecked(), "{offset}");
        assert_eq!(slice.check(dir.path()).unwrap(), slice.len);
        log.checked(&slice);
        assert!(!read(&log, offset, batches).is_unchecked(), "{offset}");
    }
    assert!(read(&log, 6, 1).is_unchecked(), "5 to 7 are left");
    drop(log);
    let (log, _) = reopen(dir.path(), LogConfig::default(), CLEAN_NOT);
    assert!(!read(&log, 0, 9).is_unchecked(), "scanned");
}

#[test]
fn a_wrong_checksum_or_offset_is_found_and_the_batches_around_it_are_served() {
    type Edit = fn(&mut Vec<u8>, usize);
    let cases: [(&str, Edit); 4] = [
        ("value", |bytes, one| bytes[4 * one + 300] ^= 1),
        ("checksum", |bytes, one| bytes[4 * one + 18] ^= 1),
        ("offset up", |bytes, one| bytes[4 * one + 6] ^= 1),
        ("offset down", |bytes, one| bytes[4 * one + 7] ^= 4),
    ];
    for (name, edit) in cases {
        let dir = tempfile::tempdir().unwrap();
        let one = written(dir.path(), 9);
        change(dir.path(), |bytes| edit(bytes, one));
        let (log, _) = reopen(dir.path(), LogConfig { index_interval_bytes: 1, ..LogConfig::default() }, CLEAN);
        let refused: Vec<i64> = (0..9)
            .filter(|offset| match log.read(Offset(*offset), 1, log.end_offset(), true) {
                Ok(Some(slice)) => slice.check(dir.path()).is_err(),
                Ok(None) => panic!("{name}: nothing at {offset}"),
                Err(ReadError::Log(LogError::Corrupt { .. })) => true,
                Err(error) => panic!("{name}: {error}"),
            })
            .collect();
        assert!(refused.contains(&4) && refused.len() <= 2, "{name}: {refused:?}");
    }
}

#[test]
fn damage_below_a_checkpoint_leaves_no_hole_before_later_segments() {
    let dir = tempfile::tempdir().unwrap();
    let config = LogConfig { segment_bytes: 5000, index_interval_bytes: 1, ..LogConfig::default() };
    let mut log = open(dir.path(), config.clone());
    let one = batch(1, 600);
    (0..20).for_each(|_| assert!(append(&mut log, &one).bytes > 0));
    assert!(log.segment_count() >= 3);
    log.close_clean(NOW).unwrap();
    // The last batch that the checkpoint vouches for, in the first segment of several.
    let trusted = Offset(5);
    change(dir.path(), |bytes| bytes[4 * one.len() + 100] ^= 4);
    let (log, report) = reopen(dir.path(), config, RecoverySpec { recovery_point: trusted, ..CLEAN_NOT });
    assert_eq!((log.end_offset(), log.segment_count()), (Offset(4), 1), "{:?}", report.notes);
    assert_eq!(contents(&log).len(), 4);
}
