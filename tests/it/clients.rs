//! Other people's clients against a broker: real records through each of them, in and out.
//!
//! `LOGBUS_FLIGHTS` says how many flights go through (40,000 unless told), and `LOGBUS_CLIENTS_ON=apache-kafka` runs the
//! same tests on Apache Kafka: what fails there too is a wrong test.

use std::collections::HashMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use logbus::model::partition_for_key;

use crate::apache_kafka::{ApacheKafka, class_path, java};
use crate::harness::{Broker, logbus, repository, skip};

const PARTITIONS: i32 = 6;

/// The cluster under test.
enum Cluster {
    Logbus(Broker),
    Kafka(ApacheKafka),
}

impl Cluster {
    fn start(test: &str) -> Option<Cluster> {
        match std::env::var("LOGBUS_CLIENTS_ON").as_deref() {
            Ok("apache-kafka") => ApacheKafka::start(test).map(Cluster::Kafka),
            _ => Some(Cluster::Logbus(Broker::with(&["group.initial.rebalance.delay.ms=0"]))),
        }
    }

    fn bootstrap(&self) -> String {
        match self {
            Cluster::Logbus(broker) => broker.bootstrap(),
            Cluster::Kafka(kafka) => kafka.bootstrap(),
        }
    }

    fn restart(&mut self) {
        match self {
            Cluster::Logbus(broker) => {
                broker.terminate();
                broker.start_again();
            }
            Cluster::Kafka(kafka) => kafka.kill_and_start_again(),
        }
    }
}

/// The clients that this machine has.
struct Clients {
    kcat: bool,
    python: Option<PathBuf>,
    kafka: Option<String>,
}

impl Clients {
    fn find(test: &str) -> Clients {
        let kcat = Command::new("kcat").arg("-V").output().is_ok();
        if !kcat {
            skip(test, "no kcat");
        }
        Clients { kcat, python: python(test), kafka: class_path(test) }
    }

    fn names(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        if logbus(["produce", "--help"]).output().is_ok_and(|output| output.status.success()) {
            names.push("logbus");
        }
        if self.kcat {
            names.push("kcat");
        }
        if self.python.is_some() {
            names.extend(["confluent-kafka", "kafka-python"]);
        }
        if self.kafka.is_some() {
            names.push("java-console");
        }
        names
    }

    /// Produces `key<TAB>value` lines.
    fn produce(&self, client: &str, bootstrap: &str, topic: &str, lines: &Path) {
        let mut command = match client {
            "kcat" => {
                let mut kcat = Command::new("kcat");
                // librdkafka's own default is another hash than the Java client's.
                kcat.args(["-P", "-b", bootstrap, "-t", topic, "-K", "\t", "-X", "partitioner=murmur2_random", "-l"]);
                kcat.arg(lines);
                kcat
            }
            "confluent-kafka" | "kafka-python" => {
                let mut python = self.script(client);
                python.args(["produce", bootstrap, topic]).arg(lines);
                python
            }
            "java-console" => {
                let mut tool = java(self.kafka.as_deref().expect("found"));
                tool.args([
                    "org.apache.kafka.tools.ConsoleProducer",
                    "--bootstrap-server",
                    bootstrap,
                    "--topic",
                    topic,
                ]);
                tool.args(["--reader-property", "parse.key=true", "--reader-property", "key.separator=\t"]);
                tool.stdin(File::open(lines).expect("the file is ours"));
                tool
            }
            _ => {
                let mut tool = logbus(["produce", topic, "-b", bootstrap, "--key-separator", "\t"]);
                tool.stdin(File::open(lines).expect("the file is ours"));
                tool
            }
        };
        run(client, &mut command, Stdio::null());
    }

    /// Consumes so many records of the topics in a group, commits, and gives them back as read.
    fn consume(&self, client: &str, bootstrap: &str, group: &str, topics: &[String], count: usize) -> Vec<Record> {
        let number = count.to_string();
        let mut command = match client {
            "kcat" => {
                let mut kcat = Command::new("kcat");
                kcat.args([
                    "-b",
                    bootstrap,
                    "-X",
                    "auto.offset.reset=earliest",
                    "-f",
                    "%t\t%p\t%k\t%s\n",
                    "-c",
                    &number,
                ]);
                kcat.args(["-G", group]).args(topics);
                kcat
            }
            "confluent-kafka" | "kafka-python" => {
                let mut python = self.script(client);
                python.args(["consume", bootstrap, group, &number]).args(topics);
                python
            }
            "java-console" => {
                let mut tool = java(self.kafka.as_deref().expect("found"));
                tool.args(["org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", bootstrap]);
                tool.args(["--include", &topics.join("|"), "--group", group, "--from-beginning"]);
                tool.args(["--max-messages", &number, "--timeout-ms", "60000"]);
                tool.args(["--formatter-property", "print.partition=true", "--formatter-property", "print.key=true"]);
                tool
            }
            _ => return consume_with_logbus(bootstrap, group, topics, count / topics.len()),
        };
        let output = tempfile::NamedTempFile::new().expect("a temporary file");
        run(client, &mut command, Stdio::from(output.reopen().expect("the file is ours")));
        let lines = BufReader::new(output.reopen().expect("the file is ours")).lines();
        lines.map(|line| Record::read(client, &line.expect("text"))).collect()
    }

    fn script(&self, client: &str) -> Command {
        let mut python = Command::new(self.python.as_deref().expect("found"));
        let name = if client == "kafka-python" { "kafka_python_client.py" } else { "confluent_client.py" };
        python.arg(repository().join("tests/clients").join(name));
        python
    }

    fn create_topic(&self, bootstrap: &str, topic: &str, partitions: i32) {
        let mut python = self.script("confluent-kafka");
        run("create", python.args(["create", bootstrap, topic, &partitions.to_string()]), Stdio::null());
    }
}

/// `logbus consume` reads one topic at a time.
fn consume_with_logbus(bootstrap: &str, group: &str, topics: &[String], of_each: usize) -> Vec<Record> {
    let mut read = Vec::new();
    for topic in topics {
        let mut tool = logbus(["consume", topic, "-b", bootstrap, "--group", group, "--from-beginning"]);
        tool.args(["--max-messages", &of_each.to_string(), "--format", r"{topic}\t{partition}\t{key}\t{value}\n"]);
        let output = tool.stdin(Stdio::null()).output().expect("the binary is built");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("text");
        read.extend(text.lines().map(|line| Record::read("logbus", line)));
    }
    read
}

/// Python with the clients; `None`, and a line on stderr, when they are not installed.
fn python(test: &str) -> Option<PathBuf> {
    let venv = repository().join(".cache/venv");
    if !venv.join("wanted").exists() {
        skip(test, "no Python clients");
        return None;
    }
    Some(venv.join("bin/python"))
}

/// One record as a consumer printed it.
struct Record {
    /// `None` where the client does not say.
    topic: Option<String>,
    /// `partition<TAB>key<TAB>value`.
    text: String,
}

impl Record {
    fn read(client: &str, line: &str) -> Record {
        if client == "java-console" {
            let text = line.strip_prefix("Partition:").unwrap_or_else(|| panic!("{line:?}")).to_owned();
            return Record { topic: None, text };
        }
        let (topic, text) = line.split_once('\t').unwrap_or_else(|| panic!("{client}: {line:?}"));
        Record { topic: Some(topic.to_owned()), text: text.to_owned() }
    }
}

fn run(client: &str, command: &mut Command, stdout: Stdio) {
    let output = command.stdout(stdout).stderr(Stdio::piped()).output().unwrap_or_else(|e| panic!("{client}: {e}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{client}: {}\n{command:?}\n{said}", output.status);
}

/// The first flights of the data set, as `key<TAB>value` lines.
fn flights(python: &Path, count: usize) -> PathBuf {
    let path = repository().join(format!(".cache/flights-{count}.tsv"));
    if !path.exists() {
        let half_written = tempfile::NamedTempFile::new_in(repository().join(".cache")).expect("a temporary file");
        let mut script = Command::new(python);
        script.arg(repository().join("tests/clients/flights.py")).arg(count.to_string()).arg(half_written.path());
        run("flights.py", &mut script, Stdio::null());
        half_written.persist(&path).expect("the same folder");
    }
    path
}

fn flight_count(unless_told: usize) -> usize {
    std::env::var("LOGBUS_FLIGHTS").ok().and_then(|text| text.parse().ok()).unwrap_or(unless_told)
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Each line with the partition where the Java client puts its key.
fn expected(lines: &Path) -> Vec<String> {
    let lines = BufReader::new(File::open(lines).expect("the file is ours")).lines();
    lines
        .map(|line| {
            let line = line.expect("text");
            let key = line.split('\t').next().unwrap_or_default();
            format!("{}\t{line}", partition_for_key(key.as_bytes(), PARTITIONS))
        })
        .collect()
}

/// The same multiset of records, each in its partition, and the rows of one topic's partition in the order of sending.
fn check(client: &str, read: &[Record], expected: &[String], copies: i64) {
    let mut balance: HashMap<u64, i64> = HashMap::with_capacity(expected.len());
    for line in expected {
        *balance.entry(hash(line)).or_default() += copies;
    }
    for record in read {
        *balance.entry(hash(&record.text)).or_default() -= 1;
    }
    let missing: i64 = balance.values().filter(|n| **n > 0).sum();
    let extra: i64 = -balance.values().filter(|n| **n < 0).sum::<i64>();
    let lost = expected.iter().find(|line| balance[&hash(line)] > 0);
    let odd = read.iter().map(|record| &record.text).find(|text| balance[&hash(text)] < 0);
    assert!(
        missing == 0 && extra == 0,
        "{client}: {missing} records missing, such as {lost:?}; {extra} that should not be there, such as {odd:?}"
    );
    let mut last: HashMap<(&str, &str), u64> = HashMap::new();
    for record in read {
        let Some(topic) = &record.topic else { continue };
        let partition = record.text.split('\t').next().unwrap_or_default();
        let row = record.text.split("\"row\":").nth(1).and_then(|tail| tail.split(',').next()?.parse().ok());
        let row: u64 = row.unwrap_or_else(|| panic!("{client}: no row in {}", record.text));
        if let Some(before) = last.insert((topic, partition), row) {
            assert!(before < row, "{client}: row {row} of {topic}-{partition} came after row {before}");
        }
    }
}

#[test]
fn flights_go_in_and_come_out_through_every_client_and_commits_outlive_a_restart() {
    let test = "flights through every client";
    let clients = Clients::find(test);
    let Some(python) = clients.python.clone() else { return };
    let Some(mut cluster) = Cluster::start(test) else { return };
    let lines = flights(&python, flight_count(40_000));
    let expected = expected(&lines);
    let bootstrap = cluster.bootstrap();
    let names = clients.names();
    let topics: Vec<String> = names.iter().map(|name| format!("flights-{name}")).collect();
    for (name, topic) in names.iter().zip(&topics) {
        clients.create_topic(&bootstrap, topic, PARTITIONS);
        clients.produce(name, &bootstrap, topic, &lines);
    }
    let total = expected.len() * topics.len();
    // A multiple of the topics, so that a client that reads them one by one reads as much as the others.
    let first = expected.len() * 2 / 5 * topics.len();
    let group = |name: &str| format!("group-{name}");
    let mut read: HashMap<&str, Vec<Record>> = HashMap::new();
    for name in &names {
        read.insert(name, clients.consume(name, &bootstrap, &group(name), &topics, first));
    }
    cluster.restart();
    for name in &names {
        let rest = clients.consume(name, &bootstrap, &group(name), &topics, total - first);
        let all = read.get_mut(name).expect("inserted above");
        all.extend(rest);
        check(name, all, &expected, i64::try_from(topics.len()).expect("few"));
    }
}

#[test]
fn a_java_consumer_commits_by_hand_while_a_cooperative_group_rebalances() {
    let test = "Java consumer with CooperativeStickyAssignor";
    let clients = Clients::find(test);
    let (Some(python), Some(libs)) = (&clients.python, &clients.kafka) else { return };
    let Some(cluster) = Cluster::start(test) else { return };
    let lines = flights(python, 10_000);
    clients.create_topic(&cluster.bootstrap(), "clicks", PARTITIONS);
    clients.produce("confluent-kafka", &cluster.bootstrap(), "clicks", &lines);
    let output = java_program(libs, "ManualCommit", &[&cluster.bootstrap(), "by-hand", "clicks", "10000"]);
    let read: Vec<Record> = output.lines().map(|line| Record { topic: None, text: line.to_owned() }).collect();
    check("ManualCommit", &read, &expected(&lines), 1);
}

#[test]
fn automatic_synchronous_and_asynchronous_commits_of_the_java_client_all_reach_the_end() {
    let test = "Java commit modes";
    let clients = Clients::find(test);
    let (Some(python), Some(libs)) = (&clients.python, &clients.kafka) else { return };
    let Some(cluster) = Cluster::start(test) else { return };
    clients.create_topic(&cluster.bootstrap(), "orders", 3);
    clients.produce("confluent-kafka", &cluster.bootstrap(), "orders", &flights(python, 10_000));
    let output = java_program(libs, "CommitModes", &[&cluster.bootstrap(), "orders", "10000"]);
    assert_eq!(output, "auto 10000 10000\nsync 10000 10000\nasync 10000 10000\n");
}

#[test]
fn an_idempotent_java_producer_gets_dense_offsets_in_order_with_every_codec() {
    let test = "Java idempotent producer";
    let clients = Clients::find(test);
    let (Some(_), Some(libs)) = (&clients.python, &clients.kafka) else { return };
    let Some(cluster) = Cluster::start(test) else { return };
    clients.create_topic(&cluster.bootstrap(), "payments", 1);
    let output = java_program(libs, "IdempotentProducer", &[&cluster.bootstrap(), "payments", "2000"]);
    let offsets: Vec<usize> = output.lines().map(|line| line.parse().expect("an offset")).collect();
    assert_eq!(offsets, (0..10_000).collect::<Vec<_>>());
}

/// Runs a program of `tests/clients/java` from its source.
fn java_program(libs: &str, name: &str, args: &[&str]) -> String {
    let source = repository().join(format!("tests/clients/java/{name}.java"));
    let mut command = java(libs);
    command.arg(source).args(args).stdin(Stdio::null());
    let output = command.output().expect("java runs");
    if !output.status.success() {
        let _ = std::io::stderr().write_all(&output.stderr);
        panic!("{name}: {}", output.status);
    }
    String::from_utf8(output.stdout).expect("text")
}
