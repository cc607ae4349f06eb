//! A broker that was killed, and damage beyond what a kill leaves: the next start mends it and says what it did.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use logbus::log::files::{RECOVERY_POINT_CHECKPOINT, write_offsets};
use logbus::model::{Offset, TopicName, TopicPartition};
use logbus::wire::compression::Codec;

use crate::harness::Broker;
use crate::talk::{Talk, batch_of};

/// Files of a kind in a partition's directory, by offset.
fn files(partition: &Path, suffix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(partition).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(suffix)).collect();
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Lines in which the broker told of something it mended.
fn mended(broker: &Broker) -> Vec<String> {
    broker.log().lines().filter(|line| line.contains("recovery:")).map(str::to_owned).collect()
}

#[test]
fn planted_damage_of_every_kind_is_mended_and_named_and_no_record_is_lost() {
    let mut broker = Broker::start();
    let values: Vec<Vec<u8>> = (0..5000).map(|n| format!("{n:01000}").into_bytes()).collect();
    let talk = Talk::with(&broker.bootstrap());
    talk.create("orders", 1, &["segment.bytes=1048576"]);
    talk.produce_all("orders", 0, Codec::None, values.clone());
    broker.kill();

    let partition = broker.data().join("orders-0");
    let logs = files(&partition, ".log");
    assert!(logs.len() >= 4, "{logs:?}");
    let torn_tail = logs.last().unwrap();
    let half = batch_of(b"never acknowledged", logbus::model::TimestampMs(0));
    OpenOptions::new().append(true).open(torn_tail).unwrap().write_all(&half[..half.len() / 2]).unwrap();
    let missing_index = logs[1].with_extension("index");
    fs::remove_file(&missing_index).unwrap();
    let half_written = files(&partition, ".snapshot").pop().unwrap();
    let whole = fs::read(&half_written).unwrap();
    fs::write(&half_written, &whole[..whole.len() / 2]).unwrap();
    let orders = TopicPartition::new(TopicName::new("orders").unwrap(), 0);
    let boastful = [(orders, Offset(1_000_000))].into();
    write_offsets(&broker.data().join(RECOVERY_POINT_CHECKPOINT), &boastful).unwrap();

    broker.start_again();
    let talk = Talk::with(&broker.bootstrap());
    assert!(talk.read("orders", 0, values.len()) == values, "every record is there, in order, once");
    for (thing, what) in [
        (name(torn_tail), "was cut"),
        (name(&missing_index), "was missing: rebuilt"),
        (name(&half_written), "was discarded"),
        ("recovery point".to_owned(), "1000000, past the log's end"),
    ] {
        broker.log_with(what);
        let told = mended(&broker);
        let lines: Vec<_> = told.iter().filter(|line| line.contains(&thing) && line.contains(what)).collect();
        assert_eq!(lines.len(), 1, "one line says that {thing} {what}; it said\n{}", told.join("\n"));
        assert!(lines[0].contains("WARN") && lines[0].contains("orders-0"), "{}", lines[0]);
    }

    talk.produce_all("orders", 0, Codec::None, [b"after".to_vec()]);
    assert_eq!(talk.read("orders", 0, values.len() + 1).pop().unwrap(), b"after");
    broker.terminate();
    broker.start_again();
    assert_eq!(mended(&broker), [""; 0], "what was mended stays so");
}
