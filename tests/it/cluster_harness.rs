//! A cluster of real processes for a test, made and broken by `logbus cluster`, and a load that notices gaps.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use logbus::client::{
    ClientConfig, Cluster, Consumer, ConsumerConfig, Metadata, Producer, ProducerConfig, ProducerRecord, StartAt,
    Topics,
};
use serde_json::Value;

use crate::harness::{Ran, logbus, ran, wait_until};

/// A cluster in a directory of its own. Dropping it kills its processes and removes the directory.
pub struct LocalCluster {
    directory: tempfile::TempDir,
    bootstrap: String,
}

impl LocalCluster {
    /// Makes and starts one, with settings as `name=value`.
    pub fn start(nodes: usize, settings: &[&str]) -> LocalCluster {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut cluster = LocalCluster { directory, bootstrap: String::new() };
        let overrides = settings.iter().map(|setting| format!(" --override {setting}")).collect::<String>();
        cluster.done(&format!("start --nodes {nodes} -o json{overrides}"));
        let addresses: Vec<String> = cluster.status().iter().map(|node| text(&node["kafka"])).collect();
        cluster.bootstrap = addresses.join(",");
        cluster
    }

    /// Every broker, as a list to begin with.
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// The directory of the cluster, as `--dir` takes it.
    pub fn directory(&self) -> PathBuf {
        self.directory.path().join("c")
    }

    /// The directory of a node.
    pub fn node(&self, id: i32) -> PathBuf {
        self.directory.path().join(format!("c/node-{id}"))
    }

    /// Runs a `logbus cluster` command on it.
    pub fn run(&self, words: &str) -> Ran {
        let mut command = logbus(["cluster"]);
        command.args(words.split_whitespace()).arg("--dir").arg(self.directory());
        ran(command.output().expect("the binary is built"))
    }

    /// Runs a `logbus cluster` command that must go well.
    pub fn done(&self, words: &str) -> Ran {
        let ran = self.run(words);
        assert_eq!(ran.code, 0, "cluster {words}\n{}{}", ran.out, ran.err);
        ran
    }

    /// Runs a command of the toolbox against it.
    pub fn try_tool(&self, words: &str) -> Ran {
        let mut command = logbus(words.split_whitespace());
        ran(command.args(["-b", &self.bootstrap]).output().expect("the binary is built"))
    }

    /// Runs a command of the toolbox against it; it must go well.
    pub fn tool(&self, words: &str) -> Ran {
        let ran = self.try_tool(words);
        assert_eq!(ran.code, 0, "{words}\n{}{}", ran.out, ran.err);
        ran
    }

    /// How each node is, as `logbus cluster status -o json` has it.
    pub fn status(&self) -> Vec<Value> {
        let document: Value = serde_json::from_str(&self.done("status -o json").out).expect("a JSON document");
        document["data"].as_array().expect("a list of nodes").clone()
    }

    /// The states of the nodes, in order.
    pub fn states(&self) -> Vec<String> {
        self.status().iter().map(|node| text(&node["state"])).collect()
    }

    /// The node whose controller is active, once there is one.
    pub fn controller(&self) -> i32 {
        let mut found = None;
        wait_until(|| {
            let status = self.status();
            found = status.iter().find(|node| node["quorum"] == "leader").and_then(|node| node["id"].as_i64());
            found.is_some()
        });
        i32::try_from(found.expect("an active controller")).expect("an id")
    }

    /// The cluster's metadata as any broker that answers has it.
    pub fn metadata(&self) -> Option<Metadata> {
        let mut config = self.client();
        config.set_timeout(Duration::from_secs(5));
        runtime().block_on(Cluster::new(config).metadata(Topics::All)).ok()
    }

    /// Settings of a client that knows every broker.
    pub fn client(&self) -> ClientConfig {
        ClientConfig::new(self.bootstrap.split(',').map(str::to_owned).collect())
    }

    /// Who leads a partition, once somebody does.
    pub fn leader(&self, topic: &str, partition: usize) -> i32 {
        let mut leader = -1;
        wait_until(|| {
            let metadata = self.metadata();
            let found = metadata.and_then(|m| Some(m.topics.get(topic)?.partitions.get(partition)?.leader));
            leader = found.unwrap_or(-1);
            leader >= 0
        });
        assert!(leader >= 0, "{topic}-{partition} has no leader");
        leader
    }

    /// Waits until every replica of every partition is in sync.
    pub fn wait_until_in_sync(&self) {
        let is_in_sync = |metadata: Metadata| {
            let mut partitions = metadata.topics.values().flat_map(|topic| &topic.partitions);
            partitions.all(|p| p.leader >= 0 && p.isr.len() == p.replicas.len() && p.offline.is_empty())
        };
        assert!(wait_until(|| self.metadata().is_some_and(is_in_sync)), "replicas stay out of sync{}", self.logs());
    }

    /// Keeps one of a time on its way to a partition until the load is stopped.
    pub fn load(&self, topic: &str, partition: i32) -> Load {
        Load::start(self.client(), topic.to_owned(), partition)
    }

    /// The values in a partition, from its start to its end.
    pub fn read(&self, topic: &str, partition: i32) -> Vec<u64> {
        runtime().block_on(async {
            let at = vec![((topic.to_owned(), partition), StartAt::Earliest)];
            let cluster = Cluster::new(self.client());
            let mut consumer = Consumer::assign(cluster, ConsumerConfig::default(), at).await.expect("a consumer");
            let mut values = Vec::new();
            loop {
                let polled = consumer.poll(Duration::from_millis(1500)).await.expect("the broker answers");
                if polled.is_empty() {
                    return values;
                }
                for records in polled {
                    let after = records.for_each(|record| {
                        let value = record.value.and_then(|value| std::str::from_utf8(value).ok()?.parse().ok());
                        values.push(value.expect("a number"));
                        true
                    });
                    consumer.used_until(topic, partition, after.expect("whole records"));
                }
            }
        })
    }

    fn logs(&self) -> String {
        let log = |id| std::fs::read_to_string(self.node(id).join("broker.log")).unwrap_or_default();
        (1..=5).map(|id| format!("\n--- log of node {id}\n{}", log(id))).filter(|log| log.len() > 30).collect()
    }
}

impl Drop for LocalCluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = writeln!(std::io::stderr(), "{}\n---", self.logs());
        }
        let ids: Vec<String> = (1..=5).filter(|id| self.node(*id).exists()).map(|id| id.to_string()).collect();
        if !ids.is_empty() {
            self.run(&format!("kill {}", ids.join(" ")));
        }
    }
}

/// One record at a time, acknowledged by all in sync, each with the number of those before it.
pub struct Load {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    thread: JoinHandle<Sent>,
}

/// What a load came to.
#[derive(Debug)]
pub struct Sent {
    /// Records acknowledged, numbered from 0.
    pub records: u64,
    /// When each record was handed over, and how long its acknowledgement took.
    pub took: Vec<(Instant, Duration)>,
}

impl Sent {
    /// The longest time that a record waited which was sent between two moments, or waited at the first of them.
    pub fn longest(&self, from: Instant, until: Instant) -> Duration {
        let at = self.took.iter().filter(|(sent, took)| *sent + *took >= from && *sent <= until);
        at.map(|(_, took)| *took).max().unwrap_or_default()
    }
}

impl Load {
    fn start(config: ClientConfig, topic: String, partition: i32) -> Load {
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let thread = std::thread::spawn({
            let (stop, sent) = (Arc::clone(&stop), Arc::clone(&sent));
            move || runtime().block_on(produce(config, &topic, partition, &stop, &sent))
        });
        let load = Load { stop, sent, thread };
        load.wait_for_more(20);
        load
    }

    /// Waits until so many more records are acknowledged.
    pub fn wait_for_more(&self, records: u64) {
        let target = self.sent.load(Ordering::Acquire) + records;
        let has_come = wait_until(|| self.sent.load(Ordering::Acquire) >= target || self.thread.is_finished());
        assert!(has_come && !self.thread.is_finished(), "the load stands still");
    }

    /// Ends the load. It fails the test if one record could not be delivered.
    pub fn stop(self) -> Sent {
        self.stop.store(true, Ordering::Release);
        self.thread.join().expect("every record is acknowledged in the end")
    }
}

async fn produce(config: ClientConfig, topic: &str, partition: i32, stop: &AtomicBool, sent: &AtomicU64) -> Sent {
    let settings = ProducerConfig { linger: Duration::ZERO, ..ProducerConfig::default() };
    let mut producer = Producer::new(Cluster::new(config), settings);
    let mut took = Vec::new();
    while !stop.load(Ordering::Acquire) {
        let value = sent.load(Ordering::Acquire).to_string().into_bytes();
        let record =
            ProducerRecord { topic, partition: Some(partition), value: Some(&value), ..ProducerRecord::default() };
        let from = Instant::now();
        producer.send(&record).await.expect("a record is taken");
        producer.flush().await.expect("a record is acknowledged");
        took.push((from, from.elapsed()));
        sent.fetch_add(1, Ordering::AcqRel);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Sent { records: producer.delivered(), took }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
