//! Indexes made anew from the batches are those that were written with them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::*;
use crate::log::files::FileKind;

const INTERVAL: u32 = 300;

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
    };
    fs::read_dir(dir).unwrap().map(read).collect()
}

/// Three segments and more, with transactions across their edges.
fn written(dir: &Path) {
    let config = LogConfig { segment_bytes: 3000, index_interval_bytes: INTERVAL, ..LogConfig::default() };
    let mut log = open(dir, config);
    for round in 0..12 {
        append(&mut log, &of_producer(1, 0, round * 4, 4, true));
        append(&mut log, &of_producer(2, 0, round * 9, 9, true));
        append(&mut log, &marker(1, 0, round % 3 == 0));
        append(&mut log, &batch_at(5, 60, NOW.0 + i64::from(round) * 10));
        append(&mut log, &marker(2, 0, round % 2 == 0));
    }
    log.close_clean(NOW).unwrap();
}

fn states(dir: &Path) -> Vec<(FileKind, IndexState)> {
    let checked = check_indexes(dir, INTERVAL, &mut |_| ()).unwrap();
    checked.into_iter().flat_map(|segment| segment.indexes).map(|index| (index.kind, index.state)).collect()
}

fn mend(dir: &Path) -> usize {
    let bad = check_indexes(dir, INTERVAL, &mut |_| ()).unwrap().into_iter().flat_map(|segment| segment.indexes);
    let bad: Vec<_> = bad.filter(|index| index.state != IndexState::Good).collect();
    bad.iter().for_each(|index| index.write().unwrap());
    bad.len()
}

fn of(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found: Vec<_> = files(dir).into_keys().filter(|n| n.ends_with(extension)).map(|n| dir.join(n)).collect();
    found.sort();
    found
}

#[test]
fn what_was_lost_is_made_again_byte_for_byte() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path());
    let before = files(dir.path());
    assert!(of(dir.path(), ".log").len() > 3 && of(dir.path(), ".txnindex").len() > 2, "{:?}", before.keys());
    assert!(states(dir.path()).iter().all(|(_, state)| *state == IndexState::Good));
    for kind in ["index", "timeindex", "txnindex"] {
        of(dir.path(), &format!(".{kind}")).iter().for_each(|file| fs::remove_file(file).unwrap());
    }
    assert!(states(dir.path()).iter().filter(|(_, state)| *state == IndexState::Missing).count() > 8);
    mend(dir.path());
    assert_eq!(files(dir.path()), before);
}

#[test]
fn entries_that_name_no_batch_are_found_and_others_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path());
    let before = files(dir.path());
    let (offsets, times) = (of(dir.path(), ".index")[1].clone(), of(dir.path(), ".timeindex")[0].clone());
    let mut bytes = fs::read(&offsets).unwrap();
    bytes[7] ^= 1;
    fs::write(&offsets, bytes).unwrap();
    let mut bytes = fs::read(&times).unwrap();
    bytes.pop();
    fs::write(&times, bytes).unwrap();
    let wrong: Vec<_> = states(dir.path()).into_iter().filter(|(_, state)| *state != IndexState::Good).collect();
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    assert!(wrong.contains(&(FileKind::OffsetIndex, IndexState::Wrong("entry 0 names no batch".into()))), "{wrong:?}");
    assert_eq!(mend(dir.path()), 2);
    assert_eq!(files(dir.path()), before);
}

#[test]
fn the_zeros_of_a_preallocated_index_are_no_fault_and_a_torn_log_is_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path());
    let index = of(dir.path(), ".index").pop().unwrap();
    let mut bytes = fs::read(&index).unwrap();
    bytes.extend([0; 80]);
    fs::write(&index, &bytes).unwrap();
    assert!(states(dir.path()).iter().all(|(_, state)| *state == IndexState::Good));
    let log = of(dir.path(), ".log").pop().unwrap();
    let mut bytes = fs::read(&log).unwrap();
    bytes.extend([7; 30]);
    fs::write(&log, &bytes).unwrap();
    let last = check_indexes(dir.path(), INTERVAL, &mut |_| ()).unwrap().pop().unwrap();
    assert_eq!(last.torn.as_ref().map(|(at, _)| *at), Some(bytes.len() as u64 - 30));
    assert_eq!(fs::read(&log).unwrap(), bytes);
}

/// Kafka's own segments, and the indexes that Kafka wrote with them.
#[test]
fn kafkas_indexes_are_made_again_byte_for_byte() {
    let kafkas = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/segments/kafka-log/t-0");
    let dir = tempfile::tempdir().unwrap();
    let mut before = BTreeMap::new();
    for (name, bytes) in files(&kafkas).into_iter() {
        if name.ends_with(".log") || name.ends_with(".snapshot") {
            fs::write(dir.path().join(&name), &bytes).unwrap();
        }
        before.insert(name, bytes);
    }
    mend(dir.path());
    let after = files(dir.path());
    let indexes = |files: &BTreeMap<String, Vec<u8>>| -> BTreeMap<String, Vec<u8>> {
        files.iter().filter(|(n, _)| n.ends_with("index")).map(|(n, b)| (n.clone(), b.clone())).collect()
    };
    assert!(!indexes(&before).is_empty());
    assert_eq!(indexes(&after), indexes(&before));
}
