//! Disks that fill up: one takes down its own partitions and no other, and a bound on its use keeps it from filling.

use std::collections::BTreeSet;

use logbus::model::{ErrorCode, TimestampMs};

use crate::harness::{Broker, TinyDisk, wait_until};
use crate::talk::{Talk, batch_of, code};

#[test]
fn a_full_disk_takes_its_own_partitions_out_of_service_and_no_other() {
    let Some(disk) = TinyDisk::mount("a full disk", 4) else { return };
    let sound = tempfile::tempdir().unwrap();
    let log_dirs = format!("log.dirs={},{}", sound.path().display(), disk.path().display());
    let broker = Broker::with(&[&log_dirs]);
    let talk = Talk::with(&broker.bootstrap());
    talk.create("spread", 4, &[]);
    let now = TimestampMs::now();
    // A partition has no directory before its first record.
    for partition in 0..4 {
        assert_eq!(code(&talk.produce("spread", partition, batch_of(b"first", now))), ErrorCode::None);
    }
    let (full, other): (Vec<i32>, Vec<i32>) =
        (0..4).partition(|partition| disk.path().join(format!("spread-{partition}")).is_dir());
    assert_eq!((full.len(), other.len()), (2, 2), "partitions are spread over the directories");

    let value = vec![b'x'; 500_000];
    let mut written = 0;
    let failed = loop {
        match code(&talk.produce("spread", full[0], batch_of(&value, now))) {
            ErrorCode::None => written += 1,
            other => break other,
        }
        assert!(written < 20, "more than the disk can hold");
    };
    assert!(written > 0);
    assert_eq!(failed, ErrorCode::KafkaStorageError);
    for partition in full {
        let produced = code(&talk.produce("spread", partition, batch_of(b"more", now)));
        assert_eq!(produced, ErrorCode::KafkaStorageError, "produce to spread-{partition}");
        let fetched = talk.fetch("spread", partition, 0).error_code;
        assert_eq!(ErrorCode::from_code(fetched), ErrorCode::KafkaStorageError, "fetch of spread-{partition}");
    }
    for partition in other {
        assert_eq!(code(&talk.produce("spread", partition, batch_of(b"served", now))), ErrorCode::None);
        assert_eq!(talk.read("spread", partition, 2), [&b"first"[..], b"served"]);
    }
    talk.create("later", 2, &[]);
    for partition in 0..2 {
        let produced = code(&talk.produce("later", partition, batch_of(b"served", now)));
        assert_eq!(produced, ErrorCode::None, "new partitions go to the directory that is left");
    }
    let log = broker.log_with("out of service until a restart");
    let told = log.lines().filter(|line| line.contains("out of service until a restart"));
    assert_eq!(told.count(), 1, "one line for the directory; log:\n{log}");
}

#[test]
fn past_its_usage_bound_a_disk_loses_the_oldest_closed_segments_of_all_its_partitions() {
    let Some(disk) = TinyDisk::mount("a bound on disk usage", 16) else { return };
    let metadata = tempfile::tempdir().unwrap();
    let broker = Broker::with(&[
        &format!("log.dirs={}", disk.path().display()),
        &format!("metadata.log.dir={}", metadata.path().display()),
        "log.retention.disk.usage.percent=50",
        "log.retention.check.interval.ms=100",
    ]);
    let talk = Talk::with(&broker.bootstrap());
    talk.create("orders", 1, &["segment.bytes=1048576"]);
    talk.create("clicks", 1, &["segment.bytes=1048576"]);
    // Turn by turn, so that the two are as old as each other; in all, more than the bound and less than the disk.
    let value = vec![b'x'; 200_000];
    let start = TimestampMs::now() + -3_600_000;
    let mut turns = 0;
    for turn in 0..30 {
        for topic in ["orders", "clicks"] {
            assert_eq!(code(&talk.produce(topic, 0, batch_of(&value, start + turn))), ErrorCode::None);
        }
        turns += 1;
    }
    let used = || {
        let stat = rustix::fs::statvfs(disk.path()).unwrap();
        (stat.f_blocks - stat.f_bfree) * 100 / stat.f_blocks
    };
    assert!(wait_until(|| used() <= 50), "{} percent used; log:\n{}", used(), broker.log());

    let files = |topic: &str| {
        let files = std::fs::read_dir(disk.path().join(format!("{topic}-0"))).unwrap();
        files.filter(|f| f.as_ref().unwrap().file_name().to_string_lossy().ends_with(".log")).count()
    };
    let lines = || broker.log().lines().filter(|line| line.contains("disk usage is over")).count();
    // Five records fit in a segment. The lines come through a pipe, some time after what they tell of.
    let all_told = || files("orders") + files("clicks") + lines() == 2 * (turns / 5);
    assert!(wait_until(all_told), "each deleted segment has its line; log:\n{}", broker.log());
    let log = broker.log();
    let deleted: Vec<&str> = log.lines().filter(|line| line.contains("disk usage is over")).collect();
    let field = |line: &str, name: &str| {
        let tail = line.split(&format!("{name}=")).nth(1).unwrap_or_else(|| panic!("no {name} in {line}"));
        tail.split(' ').next().unwrap().to_owned()
    };
    // Each record is one offset, so that a segment's base tells how old it is.
    let order: Vec<(i64, String)> =
        deleted.iter().map(|line| (field(line, "base_offset").parse().unwrap(), field(line, "partition"))).collect();
    assert!(order.windows(2).all(|pair| pair[0].0 <= pair[1].0), "the oldest goes first: {order:?}");
    let each_once: BTreeSet<_> = order.iter().collect();
    assert_eq!(each_once.len(), order.len(), "one line for each segment: {order:?}");
    for topic in ["orders", "clicks"] {
        let gone = order.iter().filter(|(_, partition)| *partition == format!("{topic}-0")).count();
        assert!(gone > 0, "both partitions give: {order:?}");
        assert_eq!(files(topic) + gone, turns / 5, "each deleted segment has its line: {order:?}");
        let last = talk.fetch(topic, 0, turns as i64 - 1);
        assert_eq!((last.error_code, last.high_watermark), (0, turns as i64), "the newest records stay");
    }
}
