//! A log on the disk of a real broker that does not hold what was written: no client is given any of it. Where others have
//! it, they serve, and the broker fetches it anew; where nobody has, the rest is served, and the log says what is not.

use std::fs;
use std::path::{Path, PathBuf};

use logbus::model::{ErrorCode, TimestampMs};
use logbus::wire::batch::BatchHeader;

use crate::cluster_harness::LocalCluster;
use crate::harness::{Broker, wait_until};
use crate::talk::{Talk, batch_of, code};

const SESSION: &[&str] = &["broker.session.timeout.ms=3000", "broker.heartbeat.interval.ms=500"];

/// The `.log` files of a partition, by offset.
fn segments(partition: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(partition).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = entries.filter(|path| path.extension().is_some_and(|kind| kind == "log")).collect();
    found.sort();
    found
}

/// Where the batches of a segment begin.
fn batch_positions(segment: &Path) -> Vec<usize> {
    let bytes = fs::read(segment).unwrap();
    let mut positions = Vec::new();
    let mut at = 0;
    while let Ok(header) = BatchHeader::parse(&bytes[at..]) {
        positions.push(at);
        at += header.size_in_bytes();
    }
    positions
}

fn flip(path: &Path, byte: usize, bit: u8) {
    let mut bytes = fs::read(path).unwrap();
    bytes[byte] ^= 1 << bit;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_single_broker_refuses_the_damaged_batch_says_where_and_serves_the_rest() {
    let mut broker = Broker::start();
    let talk = Talk::with(&broker.bootstrap());
    talk.create("orders", 1, &["index.interval.bytes=250"]);
    for n in 0..40 {
        let batch = batch_of(format!("{n:0200}").as_bytes(), TimestampMs::now());
        assert_eq!(code(&talk.produce("orders", 0, batch)), ErrorCode::None);
    }
    broker.terminate();
    let segment = segments(&broker.data().join("orders-0")).remove(0);
    let positions = batch_positions(&segment);
    // In the values of two, and in the offset of a third, which no checksum covers.
    flip(&segment, positions[7] + 100, 3);
    flip(&segment, positions[20] + 130, 0);
    flip(&segment, positions[30] + 7, 5);
    broker.start_again();

    let talk = Talk::with(&broker.bootstrap());
    let refused: Vec<i64> = (0..40)
        .filter(|n| match ErrorCode::from_code(talk.fetch_at_most("orders", 0, *n, 1).error_code) {
            ErrorCode::None => false,
            ErrorCode::CorruptMessage => true,
            other => panic!("offset {n}: {other:?}"),
        })
        .collect();
    for damaged in [7, 20, 30] {
        assert!(refused.contains(&damaged), "{refused:?}");
    }
    assert!(refused.len() <= 5, "the rest is served: {refused:?}");
    let log = broker.log_with("damage in the log");
    for position in [positions[7], positions[20]] {
        assert!(log.contains("orders-0/00000000000000000000.log"), "{log}");
        assert!(log.contains(&format!("position {position} ")), "position {position}:\n{log}");
    }
    assert_eq!(code(&talk.produce("orders", 0, batch_of(b"more", TimestampMs::now()))), ErrorCode::None);
}

#[test]
fn a_killed_broker_with_damage_before_sound_batches_does_not_cut_them_off() {
    let mut broker = Broker::start();
    let talk = Talk::with(&broker.bootstrap());
    talk.create("orders", 1, &[]);
    for n in 0..20 {
        let batch = batch_of(format!("{n:0200}").as_bytes(), TimestampMs::now());
        assert_eq!(code(&talk.produce("orders", 0, batch)), ErrorCode::None);
    }
    broker.kill();
    let segment = segments(&broker.data().join("orders-0")).remove(0);
    let positions = batch_positions(&segment);
    let size = fs::metadata(&segment).unwrap().len();
    flip(&segment, positions[7] + 100, 3);
    broker.start_again();
    let log = broker.log_with("is damaged");
    assert!(log.contains(&format!("the batch at position {}, offset 7, is damaged", positions[7])), "{log}");
    assert_eq!(fs::metadata(&segment).unwrap().len(), size, "nothing is cut off");
    // With the bit as it was, everything is there.
    broker.kill();
    flip(&segment, positions[7] + 100, 3);
    broker.start_again();
    assert_eq!(Talk::with(&broker.bootstrap()).read("orders", 0, 20).len(), 20);
}

/// Three brokers with a partition of some records on all of them; broker 1 is stopped, in order or by force.
fn one_stopped(word: &str) -> (LocalCluster, PathBuf, u64) {
    let cluster = LocalCluster::start(3, SESSION);
    cluster.tool("topics create clicks --assignment 1:2:3");
    cluster.wait_until_in_sync();
    let load = cluster.load("clicks", 0);
    load.wait_for_more(60);
    let records = load.stop().records;
    cluster.done(&format!("{word} 1"));
    let partition = cluster.node(1).join("data/clicks-0");
    (cluster, partition, records)
}

/// Whether broker 1 has the same bytes as broker 2.
fn is_healed(cluster: &LocalCluster) -> bool {
    let of = |id: i32| segments(&cluster.node(id).join("data/clicks-0")).iter().flat_map(fs::read).collect::<Vec<_>>();
    of(1).concat() == of(2).concat()
}

#[test]
fn a_leader_that_finds_damage_hands_over_and_fetches_it_anew() {
    let (cluster, partition, records) = one_stopped("stop");
    let logs = segments(&partition);
    let positions = batch_positions(&logs[0]);
    flip(&logs[0], positions[positions.len() / 2] + 70, 2);
    cluster.done("start");
    cluster.wait_until_in_sync();
    cluster.tool("partitions elect clicks:0");
    assert!(wait_until(|| cluster.leader("clicks", 0) == 1));
    assert_eq!(cluster.read("clicks", 0), (0..records).collect::<Vec<_>>());
    let log = || fs::read_to_string(cluster.node(1).join("broker.log")).unwrap();
    assert!(wait_until(|| log().contains("fetched anew from the leader")), "{}", log());
    cluster.wait_until_in_sync();
    assert!(wait_until(|| is_healed(&cluster)), "{}", log());
    cluster.tool("partitions elect clicks:0");
    assert!(wait_until(|| cluster.leader("clicks", 0) == 1));
    assert_eq!(cluster.read("clicks", 0), (0..records).collect::<Vec<_>>());
}

#[test]
fn a_replica_whose_log_does_not_open_or_has_an_impossible_term_is_filled_by_the_others() {
    // The length of a batch behind the last one that the index names: the end of the log is not found by walking. And the
    // term of the last batch, of which a leader knows nothing.
    for (word, from_the_end, byte) in [("stop", 2, 9), ("kill", 2, 9), ("kill", 1, 13)] {
        let (cluster, partition, records) = one_stopped(word);
        let last = segments(&partition).pop().unwrap();
        let positions = batch_positions(&last);
        flip(&last, positions[positions.len() - from_the_end] + byte, 6);
        cluster.done("start");
        cluster.wait_until_in_sync();
        assert!(wait_until(|| is_healed(&cluster)), "after {word}, byte {byte}");
        cluster.tool("partitions elect clicks:0");
        assert!(wait_until(|| cluster.leader("clicks", 0) == 1));
        assert_eq!(cluster.read("clicks", 0), (0..records).collect::<Vec<_>>(), "after {word}");
    }
}
