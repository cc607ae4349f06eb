//! Replicas that move between the log directories of a broker (KIP-113, KIP-858), under load, with `kill -9` in the
//! middle: the move goes on after the start, and every record is there once and in order.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use logbus::client::{
    ClientConfig, Cluster, Consumer, ConsumerConfig, Producer, ProducerConfig, ProducerRecord, StartAt,
};

use crate::harness::{Broker, Ran, logbus, ran, wait_until};

const VALUE: usize = 1000;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// A broker with two log directories.
struct Site {
    broker: Broker,
    dirs: [String; 2],
    root: tempfile::TempDir,
}

impl Site {
    fn start(settings: &[&str]) -> Site {
        let root = tempfile::tempdir().unwrap();
        let dirs = ["a", "b"].map(|name| root.path().join(name).to_string_lossy().into_owned());
        let log_dirs = format!("log.dirs={},{}", dirs[0], dirs[1]);
        let settings: Vec<&str> = settings.iter().copied().chain([log_dirs.as_str()]).collect();
        Site { broker: Broker::with(&settings), dirs, root }
    }

    fn tool(&self, args: &[&str]) -> Ran {
        let bootstrap = self.broker.bootstrap();
        let args = args.iter().copied().chain(["--bootstrap-server", &bootstrap]);
        ran(logbus(args).output().unwrap())
    }

    /// The directory of a partition, where its copy is, and how many records that lacks.
    fn found(&self, topic: &str, partition: i32) -> (Option<String>, Option<(String, i64)>) {
        let described = self.tool(&["kafka-log-dirs", "--describe", "--topic-list", topic]);
        assert_eq!(described.code, 0, "{}", described.err);
        let json = described.out.lines().find(|line| line.starts_with('{')).unwrap();
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        let (mut current, mut future) = (None, None);
        for dir in json["brokers"][0]["logDirs"].as_array().unwrap() {
            let path = dir["logDir"].as_str().unwrap().to_owned();
            for replica in dir["partitions"].as_array().unwrap() {
                if replica["partition"] == format!("{topic}-{partition}").as_str() {
                    let lag = replica["offsetLag"].as_i64().unwrap();
                    match replica["isFuture"].as_bool().unwrap() {
                        true => future = Some((path.clone(), lag)),
                        false => current = Some(path.clone()),
                    }
                }
            }
        }
        (current, future)
    }

    /// The directory that a partition does not lie in.
    fn other_dir(&self, topic: &str, partition: i32) -> String {
        let (current, _) = self.found(topic, partition);
        self.dirs.iter().find(|dir| Some(*dir) != current.as_ref()).unwrap().clone()
    }

    fn plan(&self, topic: &str, partition: i32, dir: &str) -> String {
        let plan = self.root.path().join("plan.json");
        let entry = format!(r#"{{"topic":"{topic}","partition":{partition},"replicas":[1],"log_dirs":["{dir}"]}}"#);
        std::fs::write(&plan, format!(r#"{{"version":1,"partitions":[{entry}]}}"#)).unwrap();
        plan.to_string_lossy().into_owned()
    }
}

/// The directories under `dir` that are of this topic.
fn names(dir: &str, topic: &str) -> Vec<String> {
    let entries = std::fs::read_dir(Path::new(dir)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(&format!("{topic}-"))).collect()
}

#[test]
fn a_replica_moves_to_another_directory_under_load_and_through_kill_9() {
    let mut site = Site::start(&[]);
    let made = site.tool(&["topics", "create", "load", "--partitions", "1", "--config", "file.delete.delay.ms=1000"]);
    assert_eq!(made.code, 0, "{}", made.err);

    let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let load = std::thread::spawn({
        let (bootstrap, stop, sent) = (site.broker.bootstrap(), Arc::clone(&stop), Arc::clone(&sent));
        move || runtime().block_on(produce(&bootstrap, &stop, &sent))
    });
    assert!(wait_until(|| sent.load(Ordering::Acquire) >= 10_000), "the load is on");
    let to = site.other_dir("load", 0);
    let plan = site.plan("load", 0, &to);

    // Slow enough for the kill to come in the middle.
    let reassign = ["kafka-reassign-partitions", "--reassignment-json-file", &plan];
    let begun = site.tool(&[&reassign[..], &["--execute", "--replica-alter-log-dirs-throttle", "3000000"]].concat());
    assert_eq!(begun.code, 0, "{}{}", begun.out, begun.err);
    assert!(begun.out.contains("The replica-alter-dir throttle limit was set to 3000000 B/s"), "{}", begun.out);
    let started = format!("Successfully started moving log directory to {to} for replica load-0 with broker 1");
    assert!(begun.out.contains(&started), "{}", begun.out);
    assert!(wait_until(|| site.found("load", 0).1.is_some_and(|(dir, lag)| dir == to && lag > 0)), "its copy is shown");
    let verified = site.tool(&[&reassign[..], &["--verify", "--preserve-throttles"]].concat());
    assert!(verified.out.contains("Reassignment of replica load-0-1 is still in progress"), "{}", verified.out);

    site.broker.kill();
    assert!(names(&to, "load").iter().all(|name| name.ends_with("-future")), "{:?}", names(&to, "load"));
    site.broker.start_again();
    assert!(wait_until(|| site.found("load", 0).1.is_some_and(|(dir, _)| dir == to)), "the move goes on");

    let faster = site.tool(
        &[&reassign[..], &["--execute", "--additional", "--replica-alter-log-dirs-throttle", "500000000"]].concat(),
    );
    assert_eq!(faster.code, 0, "{}{}", faster.out, faster.err);
    assert!(wait_until(|| site.found("load", 0) == (Some(to.clone()), None)), "{:?}", site.found("load", 0));
    // It serves from there.
    let before = sent.load(Ordering::Acquire);
    assert!(wait_until(|| sent.load(Ordering::Acquire) > before + 1000));
    let verified = site.tool(&[&reassign[..], &["--verify"]].concat());
    assert!(verified.out.contains("Reassignment of replica load-0-1 completed successfully."), "{}", verified.out);
    assert!(verified.out.contains("Clearing broker-level throttles on broker 1"), "{}", verified.out);

    site.broker.kill();
    site.broker.start_again();
    stop.store(true, Ordering::Release);
    let sent = load.join().unwrap();
    assert_eq!(runtime().block_on(read_all(&site.broker.bootstrap())), sent);
    assert_eq!(names(&to, "load"), ["load-0"]);
    let from = site.dirs.iter().find(|dir| **dir != to).unwrap();
    assert!(wait_until(|| names(from, "load").is_empty()), "{:?}", names(from, "load"));
}

#[test]
fn a_move_can_be_cancelled_and_answers_are_kafkas() {
    let site = Site::start(&["replica.alter.log.dirs.io.max.bytes.per.second=0"]);
    let made = site.tool(&["topics", "create", "stay", "--partitions", "1"]);
    assert_eq!(made.code, 0, "{}", made.err);
    runtime().block_on(async {
        let cluster = Cluster::new(ClientConfig::new(vec![site.broker.bootstrap()]));
        let mut producer = Producer::new(cluster, ProducerConfig::default());
        let value = vec![b'x'; VALUE];
        for _ in 0..3000 {
            let record = ProducerRecord { topic: "stay", value: Some(&value), ..ProducerRecord::default() };
            producer.send(&record).await.unwrap();
        }
        producer.flush().await.unwrap();
    });
    let to = site.other_dir("stay", 0);
    let plan = site.plan("stay", 0, &to);
    let reassign = ["kafka-reassign-partitions", "--reassignment-json-file", &plan];
    let begun = site.tool(&[&reassign[..], &["--execute"]].concat());
    assert_eq!(begun.code, 0, "{}{}", begun.out, begun.err);
    assert!(wait_until(|| site.found("stay", 0).1 == Some((to.clone(), 3000))), "{:?}", site.found("stay", 0));
    let stopped = site.tool(&[&reassign[..], &["--cancel"]].concat());
    assert_eq!(stopped.code, 0, "{}{}", stopped.out, stopped.err);
    assert_eq!(site.found("stay", 0).1, None);
    assert!(names(&to, "stay").iter().all(|name| name.ends_with("-delete")), "{:?}", names(&to, "stay"));

    let nowhere = site.plan("stay", 0, "/nowhere");
    let refused = site.tool(&["kafka-reassign-partitions", "--reassignment-json-file", &nowhere, "--execute"]);
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("Failed to alter dir for"), "{}{}", refused.out, refused.err);
}

/// Produces with idempotence until it is told to stop; gives how many records there are.
async fn produce(bootstrap: &str, stop: &AtomicBool, sent: &AtomicU64) -> u64 {
    let cluster = Cluster::new(ClientConfig::new(vec![bootstrap.to_owned()]));
    let mut producer = Producer::new(cluster, ProducerConfig::default());
    let mut n = 0u64;
    while !stop.load(Ordering::Acquire) {
        let mut value = format!("{n:020}").into_bytes();
        value.resize(VALUE, b'.');
        let record =
            ProducerRecord { topic: "load", partition: Some(0), value: Some(&value), ..ProducerRecord::default() };
        producer.send(&record).await.unwrap();
        n += 1;
        sent.store(n, Ordering::Release);
        if n.is_multiple_of(200) {
            let pause = if n < 10_000 { 1 } else { 50 };
            let until = tokio::time::Instant::now() + Duration::from_millis(pause);
            while tokio::time::timeout_at(until, producer.drive()).await.is_ok_and(|driven| driven.is_ok()) {}
        }
    }
    producer.flush().await.unwrap();
    assert_eq!(producer.delivered(), n, "every record was acknowledged in the end");
    n
}

/// Reads the partition to its end: values must count up from 0 without a gap or a repeat. Gives their count.
async fn read_all(bootstrap: &str) -> u64 {
    let cluster = Cluster::new(ClientConfig::new(vec![bootstrap.to_owned()]));
    let at = [(("load".to_owned(), 0), StartAt::Earliest)].into_iter().collect();
    let mut consumer = Consumer::assign(cluster, ConsumerConfig::default(), at).await.unwrap();
    let mut expected = 0u64;
    loop {
        let polled = consumer.poll(Duration::from_millis(1500)).await.unwrap();
        if polled.is_empty() {
            return expected;
        }
        for records in polled {
            let after = records
                .for_each(|record| {
                    let n: u64 = std::str::from_utf8(&record.value.unwrap()[..20]).unwrap().parse().unwrap();
                    assert_eq!(n, expected, "at offset {}", record.offset);
                    expected += 1;
                    true
                })
                .unwrap();
            consumer.used_until(&records.topic, records.partition, after);
        }
    }
}
