//! `logbus bench`: its load reaches the broker whole, and its yardsticks answer.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::harness::{Broker, free_port, logbus};

/// Runs `logbus bench …` and gives its JSON.
fn bench(words: &str) -> Value {
    let out = logbus(["bench"]).args(words.split_whitespace()).args(["-o", "json"]).output().unwrap();
    let stderr = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "bench {words}: {stderr}");
    assert_eq!(stderr, "", "no noise in pipes");
    serde_json::from_slice::<Value>(&out.stdout).unwrap()["data"].take()
}

fn broker_with(topic: &str, partitions: u32) -> Broker {
    let broker = Broker::start();
    let create = ["topics", "create", topic, "--partitions", &partitions.to_string(), "-b", &broker.bootstrap()];
    assert!(logbus(create).output().unwrap().status.success());
    broker
}

#[test]
fn what_bench_produces_bench_consumes_over_any_number_of_connections() {
    let broker = broker_with("load", 3);
    let (at, pid) = (broker.bootstrap(), broker.pid());
    let mut all = 0;
    for (connections, acks, codec) in [(1, "all", "none"), (2, "1", "lz4"), (7, "all", "zstd"), (2, "0", "none")] {
        let made = bench(&format!(
            "produce load -n 3000 -s 100 --batch-records 30 --acks {acks} -z {codec} --connections {connections} \
             --broker-pid {pid} -b {at}"
        ));
        assert_eq!((made["records"].as_u64(), made["bytes"].as_u64()), (Some(3000), Some(300_000)));
        assert!(made["broker"]["rss_bytes"].as_u64() > Some(1 << 20), "{made}");
        assert_eq!(
            made["latency"]["p50_ms"].as_f64() > Some(0.0),
            acks != "0",
            "an answer that never comes has no time"
        );
        all += 3000;
    }
    for connections in [1, 2, 5] {
        let read = bench(&format!("consume load --connections {connections} -b {at}"));
        assert_eq!(read["records"].as_u64(), Some(all));
    }
}

#[test]
fn a_rate_is_kept_and_latency_counts_every_record_both_ways() {
    let broker = broker_with("paced", 1);
    let at = broker.bootstrap();
    let made = bench(&format!("produce paced -n 400 --batch-records 1 --rate 2000 --connections 4 -b {at}"));
    assert_eq!(made["records"].as_u64(), Some(400));
    assert!(made["seconds"].as_f64() >= Some(0.19), "400 records at 2,000 a second: {made}");
    let timed = bench(&format!("latency paced --rate 500 --duration 500ms -b {at}"));
    assert_eq!((timed["sent"].as_u64(), timed["received"].as_u64()), (Some(250), Some(250)));
    for way in ["ack", "end_to_end"] {
        let (p50, max) = (timed[way]["p50_ms"].as_f64().unwrap(), timed[way]["max_ms"].as_f64().unwrap());
        assert!(0.0 < p50 && p50 <= max, "{timed}");
    }
}

#[test]
fn idle_connections_and_partitions_are_counted_and_let_go() {
    let broker = Broker::start();
    let (at, pid) = (broker.bootstrap(), broker.pid());
    let held = bench(&format!("connections 100 --hold 100ms --broker-pid {pid} -b {at}"));
    assert_eq!(held["connections"].as_u64(), Some(100));
    assert!(held["broker"]["rss_after_bytes"].is_u64(), "{held}");
    let made = bench(&format!("partitions 25 --topics 4 --hold 0s --broker-pid {pid} -b {at}"));
    assert_eq!((made["partitions"].as_u64(), made["topics"].as_u64()), (Some(25), Some(4)));
    let left = logbus(["topics", "list", "-o", "name", "-b", &at]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&left.stdout), "", "its topics are gone again");
}

#[test]
fn the_floor_is_measured_in_the_directory_that_was_named() {
    let directory = tempfile::tempdir().unwrap();
    let floor = bench(&format!("floor --bytes 4MiB --dir {}", directory.path().display()));
    for way in ["in", "out"] {
        assert_eq!(floor[way]["bytes"].as_u64(), Some(4 << 20));
        assert!(floor[way]["cpu_seconds_per_gb"].as_f64() > Some(0.0), "{floor}");
    }
}

/// A null broker that ends with its test.
struct Null(Child);

impl Drop for Null {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_null_broker_takes_produce_from_bench_and_from_the_ordinary_producer() {
    let at = format!("127.0.0.1:{}", free_port());
    let mut command = logbus(["bench", "null-broker", "--partitions", "2", "--listener", &at]);
    let mut null = Null(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut ready = String::new();
    BufReader::new(null.0.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    assert_eq!(ready, format!("logbus null broker ready: kafka {at}\n"));
    let made = bench(&format!("produce anything -n 5000 --connections 2 -b {at}"));
    assert_eq!(made["records"].as_u64(), Some(5000));
    let timed = bench(&format!("latency anything --rate 500 --duration 100ms --ack-only -b {at}"));
    assert_eq!((timed["sent"].as_u64(), timed["received"].as_u64()), (Some(50), Some(0)));
    let mut produce = logbus(["produce", "anything", "-b", &at]);
    let mut child = produce.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), b"one\ntwo\n").unwrap();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
