//! Limits on replication traffic, as the bytes that arrive have it: at most a tenth over the rate, whatever the machine
//! does meanwhile. That a quiet one keeps the rate from below too is asked with `LOGBUS_STRICT=1`.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::cluster_harness::LocalCluster;
use crate::harness::wait_until;

/// Bytes a second.
const RATE: f64 = 10e6;
/// What is moved: 60 MB of values, in six partitions that one broker leads.
const RECORDS: u64 = 60_000;
const PARTITIONS: usize = 6;

fn fill(cluster: &LocalCluster, topic: &str) {
    cluster.tool(&format!("bench produce {topic} -n {RECORDS} -s 1000 --batch-records 100 --acks 1"));
}

/// Bytes of a topic's logs on a node.
fn bytes_on(cluster: &LocalCluster, node: i32, topic: &str) -> u64 {
    let log = |p: usize| cluster.node(node).join(format!("data/{topic}-{p}/00000000000000000000.log"));
    (0..PARTITIONS).filter_map(|p| fs::metadata(log(p)).ok()).map(|meta| meta.len()).sum()
}

/// Watches a node take a topic from `from` bytes on; holds the rate of it against the limit.
fn check_rate(cluster: &LocalCluster, node: i32, topic: &str, from: u64) {
    let all = bytes_on(cluster, 1, topic);
    assert!(all > 60_000_000, "{all}");
    let mut seen: Option<(Instant, u64)> = None;
    let mut arrived = from;
    let whole = wait_until(|| {
        arrived = bytes_on(cluster, node, topic);
        if arrived > from {
            seen.get_or_insert_with(|| (Instant::now(), arrived));
        }
        arrived == all
    });
    assert!(whole, "{arrived} of {all} bytes arrived");
    let (began, first) = seen.unwrap();
    let rate = (all - first) as f64 / began.elapsed().as_secs_f64();
    eprintln!("{topic}: {} bytes arrived at {rate:.0} a second", all - first);
    assert!(all - first > 20_000_000, "the watch began late: {first} bytes were there");
    assert!(rate <= 1.1 * RATE, "{rate:.0} bytes a second");
    assert!(rate >= if std::env::var_os("LOGBUS_STRICT").is_some() { 0.9 } else { 0.1 } * RATE, "{rate:.0}");
}

#[test]
fn a_reassignment_keeps_to_its_throttle() {
    let cluster = LocalCluster::start(3, &[]);
    let assignment = ["1:2"; PARTITIONS].join(",");
    cluster.tool(&format!("topics create moved --assignment {assignment}"));
    fill(&cluster, "moved");
    cluster.wait_until_in_sync();
    let moves = (0..PARTITIONS).map(|p| json!({"topic": "moved", "partition": p, "replicas": [1, 3]}));
    let plan = json!({"version": 1, "partitions": moves.collect::<Vec<_>>()});
    let (file, undo) = (cluster.node(1).join("plan.json"), cluster.node(1).join("undo.json"));
    fs::write(&file, plan.to_string()).unwrap();
    let (file, undo) = (file.display(), undo.display());
    cluster.tool(&format!("partitions reassign apply {file} --throttle 10MB --undo {undo} --no-wait"));
    check_rate(&cluster, 3, "moved", 0);
    // The throttle goes with the move.
    assert!(wait_until(|| cluster.tool("partitions reassign status -o json").out.contains("\"partitions\": []")));
    assert!(wait_until(|| !cluster.tool("brokers throttle").out.contains("broker ")));
}

#[test]
fn a_node_that_comes_back_catches_up_no_faster_than_the_brokers_throttle() {
    let cluster = LocalCluster::start(3, &[]);
    let assignment = ["1:2:3"; PARTITIONS].join(",");
    cluster.tool(&format!("topics create missed --assignment {assignment}"));
    cluster.tool("brokers throttle --rate 10MB");
    cluster.done("stop 3");
    fill(&cluster, "missed");
    cluster.done("start 3");
    check_rate(&cluster, 3, "missed", 0);
    cluster.wait_until_in_sync();
    // In sync, nothing is held back any more.
    let began = Instant::now();
    cluster.tool("bench produce missed -n 30000 -s 1000 --batch-records 100 --acks all");
    eprintln!("30 MB more were copied in {:?}", began.elapsed());
    assert!(std::env::var_os("LOGBUS_STRICT").is_none() || began.elapsed() < Duration::from_secs(2));
}
