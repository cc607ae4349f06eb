//! The operator's runbook: every command line that Kafka's documents show, row by row, typed as it stands there, and
//! the native form of each. Against a logbus broker, and against Apache Kafka where its jars are.
//!
//! The tools run through links of Kafka's names, with and without `.sh`, on a PATH of the test's own; only the address
//! of the cluster is another one. Both clusters have one node, so that a replication factor of 3 is refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::apache_kafka::{self, ApacheKafka};
use crate::harness::{Broker, Ran, collect, feed, logbus_bin, ran, wait_for_exit, wait_until};

/// A cluster, and a shell beside it.
struct Site {
    bootstrap: String,
    data: PathBuf,
    directory: tempfile::TempDir,
}

impl Site {
    fn new(bootstrap: String, data: PathBuf) -> Site {
        let directory = tempfile::tempdir().unwrap();
        let links = directory.path().join("bin");
        fs::create_dir(&links).unwrap();
        std::os::unix::fs::symlink(logbus_bin(), links.join("logbus")).unwrap();
        for tool in logbus::cli::kafka::names() {
            for name in [tool.to_owned(), format!("{tool}.sh")] {
                std::os::unix::fs::symlink(logbus_bin(), links.join(name)).unwrap();
            }
        }
        Site { bootstrap, data, directory }
    }

    /// The line as a shell would run it, with this cluster's address and directory for those of the documents.
    fn shell(&self, line: &str) -> Command {
        let line = line.replace("localhost:9092", &self.bootstrap).replace('…', &self.data.display().to_string());
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("exec {line}")).current_dir(self.directory.path());
        command.env("PATH", format!("{}:{path}", self.directory.path().join("bin").display()));
        command.env("LOGBUS_BOOTSTRAP_SERVER", &self.bootstrap);
        command
    }

    fn run(&self, line: &str) -> Ran {
        ran(self.shell(line).stdin(Stdio::null()).output().unwrap())
    }

    /// Runs a line that must go well, and gives what it says.
    fn done(&self, line: &str) -> Ran {
        let ran = self.run(line);
        assert_eq!(ran.code, 0, "{line}\n{}{}", ran.out, ran.err);
        ran
    }

    fn feed(&self, line: &str, input: &str) -> Ran {
        feed(&mut self.shell(line), input)
    }

    fn json(&self, line: &str) -> Value {
        let document: Value = serde_json::from_str(&self.done(&format!("{line} -o json")).out).unwrap();
        document["data"].clone()
    }

    /// Every record of a topic, as `logbus consume` has it in JSON.
    fn records(&self, topic: &str) -> Vec<Value> {
        let read = self.done(&format!("logbus consume {topic} --from-beginning --until end -f json --quiet"));
        read.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The first segment of the lowest partition that has records.
    fn segment(&self, topic: &str) -> PathBuf {
        let files = (0..6).map(|p| self.data.join(format!("{topic}-{p}/00000000000000000000.log")));
        let mut written = files.filter(|file| fs::metadata(file).is_ok_and(|meta| meta.len() > 0));
        written.next().unwrap_or_else(|| panic!("no partition of {topic} has records"))
    }
}

/// A tool that runs until it is told to stop.
struct Running {
    child: Child,
    out: Arc<Mutex<String>>,
    err: Arc<Mutex<String>>,
}

impl Running {
    fn start(mut command: Command) -> Running {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = collect(child.stdout.take().unwrap());
        let err = collect(child.stderr.take().unwrap());
        Running { child, out, err }
    }

    fn lines(&self) -> Vec<String> {
        self.out.lock().unwrap().lines().map(str::to_owned).collect()
    }

    fn wait_for_lines(&self, count: usize) -> Vec<String> {
        let came = wait_until(|| self.lines().len() >= count);
        assert!(came, "{count} lines awaited, came:\n{}{}", self.out.lock().unwrap(), self.err.lock().unwrap());
        self.lines()
    }

    /// Ctrl-C.
    fn interrupt(mut self) -> (Option<i32>, String) {
        let pid = rustix::process::Pid::from_raw(self.child.id().cast_signed()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        let status = wait_for_exit(&mut self.child).expect("Ctrl-C ends it");
        (status.code(), self.err.lock().unwrap().clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_row_holds_against_logbus() {
    let broker = Broker::start();
    let site = Site::new(broker.bootstrap(), broker.data());
    kafka_dialect(&site);
    native_dialect(&site);
}

#[test]
fn every_row_holds_against_apache_kafka() {
    let Some(kafka) = ApacheKafka::start("runbook against Apache Kafka") else { return };
    let site = Site::new(kafka.bootstrap(), kafka.data());
    kafka_dialect(&site);
    native_dialect(&site);
}

/// Keyed lines enough for every one of six partitions.
fn keyed_lines() -> String {
    (0..60).map(|n| format!("user{n}:{{\"page\":{n}}}\n")).collect()
}

/// Keyless lines, as a file of events has them.
fn write_events(site: &Site) -> usize {
    let lines: String = (0..300).map(|n| format!("{{\"event\":{n},\"kind\":\"click\"}}\n")).collect();
    fs::write(site.directory.path().join("clickstream.jsonl"), &lines).unwrap();
    lines.lines().count()
}

/// Keyed records stand where murmur2 puts them, as the Java client's do.
fn check_partitions(site: &Site) {
    let records = site.records("clicks");
    for record in records.iter().filter(|record| record["key"].is_string()) {
        let expected = logbus::model::partition_for_key(record["key"].as_str().unwrap().as_bytes(), 6);
        assert_eq!(record["partition"], expected, "{record}");
    }
    let used: std::collections::BTreeSet<i64> = records.iter().filter_map(|r| r["partition"].as_i64()).collect();
    assert_eq!(used.len(), 6, "60 keys reach every partition");
}

/// Row 16: the files of a partition are those that Kafka has.
fn check_files(site: &Site) {
    let listed = site.done("ls -l …/clicks-0/").out;
    for suffix in ["log", "index", "timeindex"] {
        assert!(listed.contains(&format!(" 00000000000000000000.{suffix}\n")), "{listed}");
    }
}

/// Kafka's own tool on the same segment, where it is installed.
fn check_dump_against_kafka(segment: &Path, ours: &str) {
    let Some(class_path) = apache_kafka::class_path("kafka-dump-log beside Apache Kafka's") else { return };
    let mut theirs = apache_kafka::java(&class_path);
    theirs.arg("org.apache.kafka.tools.DumpLogSegments").arg("--files").arg(segment).arg("--print-data-log");
    let Output { stdout, .. } = theirs.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&stdout), ours);
}

fn kafka_dialect(site: &Site) {
    // 1
    let refused = site.run(
        "kafka-topics.sh --bootstrap-server localhost:9092 --create --topic clicks --partitions 6 --replication-factor 3",
    );
    assert_eq!(refused.code, 1);
    assert!(refused.out.starts_with("Error while executing topic command : "), "{}", refused.out);
    assert!(refused.err.contains("InvalidReplicationFactorException"), "{}", refused.err);
    let created = site.done(
        "kafka-topics.sh --bootstrap-server localhost:9092 --create --topic clicks --partitions 6 --replication-factor 1",
    );
    assert_eq!(created.out, "Created topic clicks.\n");
    // 2
    let described = site.done("kafka-topics.sh --bootstrap-server localhost:9092 --describe --topic clicks").out;
    let lines: Vec<&str> = described.lines().collect();
    assert_eq!(lines.len(), 7, "{described}");
    assert!(lines[0].starts_with("Topic: clicks\tTopicId: "), "{described}");
    assert!(lines[0].contains("\tPartitionCount: 6\tReplicationFactor: 1\tConfigs: "), "{described}");
    for (p, line) in lines[1..].iter().enumerate() {
        let expected =
            format!("\tTopic: clicks\tPartition: {p}\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \tLastKnownElr: ");
        assert_eq!(*line, expected);
    }
    // 3
    assert_eq!(site.done("kafka-topics --bootstrap-server localhost:9092 --describe --under-replicated").out, "");
    // 4
    let keyed = "kafka-console-producer.sh --bootstrap-server localhost:9092 --topic clicks --property parse.key=true --property key.separator=:";
    let sent = site.feed(keyed, &keyed_lines());
    assert_eq!(sent.code, 0, "{}", sent.err);
    let bad = site.feed(keyed, "k:v\nno separator here\n");
    assert_eq!(bad.code, 1);
    assert!(bad.err.contains("No key separator found on line number 2: 'no separator here'"), "{}", bad.err);
    // 5
    let events = write_events(site);
    site.done("kafka-console-producer.sh --bootstrap-server localhost:9092 --topic clicks < clickstream.jsonl");
    check_partitions(site);
    assert_eq!(site.records("clicks").len(), 60 + 1 + events);
    // 6
    site.done("kafka-topics.sh --bootstrap-server localhost:9092 --create --topic packed");
    let packed = "kafka-console-producer.sh --bootstrap-server localhost:9092 --topic packed --producer-property batch.size=16384 --producer-property linger.ms=5 --producer-property compression.type=lz4";
    let sent = site.feed(packed, &"the same line again and again\n".repeat(100));
    assert_eq!(sent.code, 0, "{}", sent.err);
    let dumped = site.done("kafka-dump-log.sh --files …/packed-0/00000000000000000000.log").out;
    assert!(dumped.contains(" compresscodec: lz4 "), "{dumped}");
    // 7, as somebody types: each line arrives while the next is not yet written
    site.done("kafka-topics --bootstrap-server localhost:9092 --create --topic orders");
    type_lines(site, "kafka-console-producer --bootstrap-server localhost:9092 --topic orders", "orders");
    // 8
    let all = 60 + 1 + events;
    let consumer = Running::start(site.shell(
        "kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic clicks --group click-analytics --from-beginning --property print.key=true --property print.timestamp=true",
    ));
    // A line more: the option that is called otherwise now.
    let lines = consumer.wait_for_lines(all + 1);
    assert!(lines[0].starts_with("Option --property is deprecated"), "{}", lines[0]);
    check_printed(&lines[1..]);
    // 9
    let listed = site.done("kafka-consumer-groups.sh --bootstrap-server localhost:9092 --list").out;
    assert!(listed.lines().any(|group| group == "click-analytics"), "{listed}");
    // 10 and 11, while the group has a member
    let describe = "kafka-consumer-groups.sh --bootstrap-server localhost:9092 --describe --group click-analytics";
    let active = site.done(describe);
    assert!(!active.err.contains("has no active members"), "{}", active.err);
    assert!(active.out.contains(" console-consumer"), "{}", active.out);
    let reset = "kafka-consumer-groups.sh --bootstrap-server localhost:9092 --group click-analytics --topic clicks --reset-offsets --to-earliest --execute";
    let blocked = site.run(reset);
    let said = format!("{}{}", blocked.out, blocked.err);
    assert!(said.contains("is inactive, but the current state is Stable."), "{said}");
    let (_, err) = consumer.interrupt();
    assert!(err.contains(&format!("Processed a total of {all} messages")), "{err}");
    // 10, when nobody reads any more
    let described = site.done(describe);
    let said = format!("{}{}", described.out, described.err);
    assert!(said.contains("Consumer group 'click-analytics' has no active members."), "{said}");
    let rows = table(&described.out);
    let header = "GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID";
    assert_eq!(rows[0].join(" "), header, "{}", described.out);
    assert_eq!(rows.len(), 7, "{}", described.out);
    for row in &rows[1..] {
        assert_eq!((row[3].as_str(), row[5].as_str()), (row[4].as_str(), "0"), "all is read: {}", described.out);
    }
    // 11
    let moved = table(&site.done(reset).out);
    check_reset(&moved, |_| 0);
    // 12
    let ends: BTreeMap<String, String> = rows[1..].iter().map(|row| (row[2].clone(), row[4].clone())).collect();
    site.done("kafka-consumer-groups.sh --bootstrap-server localhost:9092 --group click-analytics --topic clicks --reset-offsets --to-latest --execute");
    let dated = "kafka-consumer-groups.sh --bootstrap-server localhost:9092 --group click-analytics --topic clicks --reset-offsets --to-datetime";
    let moved = table(&site.done(&format!("{dated} 2024-01-01T00:00:00.000 --execute")).out);
    check_reset(&moved, |_| 0);
    let moved = table(&site.done(&format!("{dated} 2099-01-01T00:00:00.000 --execute")).out);
    check_reset(&moved, |partition| ends[partition].parse().unwrap());
    // 13 and 14
    kafka_configs(site);
    // 15 and 16
    let segment = site.segment("clicks");
    let dumped = site.done(&format!("kafka-dump-log.sh --files {} --print-data-log", segment.display())).out;
    assert!(dumped.contains("\nbaseOffset: 0 lastOffset: "), "{dumped}");
    assert!(dumped.contains("\n| offset: 0 CreateTime: "), "{dumped}");
    assert!(dumped.contains(" key: user") && dumped.contains(" payload: {\"page\":"), "{dumped}");
    check_dump_against_kafka(&segment, &dumped);
    check_files(site);
    // 17
    kafka_storage(site);
    // 18
    kafka_metadata(site);
    // 19
    kafka_broker_api_versions(site);
    // 20
    zookeeper_shell(site);
    for topic in ["clicks", "packed", "orders"] {
        site.done(&format!("kafka-topics.sh --bootstrap-server localhost:9092 --delete --topic {topic}"));
    }
    site.done("kafka-consumer-groups.sh --bootstrap-server localhost:9092 --delete --group click-analytics");
}

fn native_dialect(site: &Site) {
    // 1
    let refused = site.run("logbus topics create clicks --partitions 6 --replication-factor 3");
    assert_eq!(refused.code, 1);
    assert!(refused.err.starts_with("error: cannot create clicks: "), "{}", refused.err);
    assert!(refused.err.contains("\nhint: "), "{}", refused.err);
    let created = site.done("logbus topics create clicks --partitions 6 --replication-factor 1");
    assert_eq!(created.out, "created clicks: 6 partitions, RF 1\n");
    // 2
    let described = site.done("logbus topics describe clicks").out;
    assert!(described.contains("6 partitions   RF 1"), "{described}");
    assert_eq!(site.json("logbus topics describe clicks")[0]["partitions"].as_array().unwrap().len(), 6);
    // 3
    assert_eq!(site.done("logbus topics describe --under-replicated").out, "");
    // 4
    let sent = site.feed("logbus produce clicks --key-separator :", &keyed_lines());
    assert_eq!(sent.code, 0, "{}", sent.err);
    let bad = site.feed("logbus produce clicks --key-separator :", "k:v\nno separator here\n");
    assert_eq!(bad.code, 1);
    assert!(bad.err.contains("line 2 has no key"), "{}", bad.err);
    // 5
    let kept = site.records("clicks").len();
    let events = write_events(site);
    site.done("logbus produce clicks < clickstream.jsonl");
    check_partitions(site);
    let all = site.records("clicks").len();
    assert_eq!(all, kept + events);
    // 6
    site.done("logbus topics create packed");
    let packed = "logbus produce packed --compression lz4 --linger 5ms --batch-size 16KiB";
    assert_eq!(site.feed(packed, &"the same line again and again\n".repeat(100)).code, 0);
    let dumped = site.done("logbus dump-log …/packed-0/00000000000000000000.log").out;
    assert!(dumped.contains(" compresscodec: lz4 "), "{dumped}");
    // 7
    site.done("logbus topics create orders");
    type_lines(site, "logbus produce orders", "orders");
    // 8
    let consumer = Running::start(site.shell(
        r"logbus consume clicks --group click-analytics --from-beginning --format 'CreateTime:{timestamp}\t{key}\t{value}'",
    ));
    check_printed(&consumer.wait_for_lines(all));
    // 9
    assert_eq!(site.done("logbus groups list -o name").out, "click-analytics\n");
    // 10 and 11, while the group has a member
    let active = site.json("logbus groups describe click-analytics");
    assert!(active.to_string().contains("\"Stable\""), "{active}");
    let reset = "logbus groups reset-offsets click-analytics --topic clicks --to-earliest --execute";
    let blocked = site.run(reset);
    assert_eq!(blocked.code, 1);
    assert!(blocked.err.contains("group click-analytics has 1 member"), "{}", blocked.err);
    assert!(blocked.err.contains("\nhint: "), "{}", blocked.err);
    let (code, _) = consumer.interrupt();
    assert_eq!(code, Some(0));
    // 10, when nobody reads any more
    let described = site.done("logbus groups describe click-analytics").out;
    assert!(described.starts_with("click-analytics   Empty   "), "{described}");
    assert!(described.contains("   lag 0   "), "{described}");
    // 11
    assert!(site.done(reset).out.contains(&format!("replay {all} records in 6 partitions")));
    let lag = |site: &Site| site.json("logbus lag click-analytics --sample 0")[0]["lag"].clone();
    assert_eq!(lag(site), all);
    // 12
    site.done("logbus groups reset-offsets click-analytics --topic clicks --to-latest --execute");
    assert_eq!(lag(site), 0);
    site.done(
        "logbus groups reset-offsets click-analytics --topic clicks --to-datetime 2024-01-01T00:00:00.000 --execute",
    );
    assert_eq!(lag(site), all);
    // 13
    site.done("logbus configs set --topic clicks min.insync.replicas=2");
    let settings = site.json("logbus configs describe --topic clicks");
    let set = settings.as_array().unwrap().iter().find(|entry| entry["name"] == "min.insync.replicas").unwrap();
    assert_eq!((&set["value"], &set["source"]), (&Value::from("2"), &Value::from("topic")));
    // 14: the rate is on every broker, and holds for every topic
    site.done("logbus brokers throttle --rate 50MB");
    let limits = site.json("logbus brokers throttle");
    assert_eq!(limits["brokers"]["1"], 50_000_000);
    assert!(limits["whole_topics"].as_array().unwrap().contains(&Value::from("clicks")), "{limits}");
    site.done("logbus brokers throttle --clear");
    assert_eq!(site.json("logbus brokers throttle")["brokers"], serde_json::json!({}));
    // 15 and 16
    let segment = site.segment("clicks");
    let dumped = site.done(&format!("logbus dump-log {} --print-data-log", segment.display())).out;
    assert!(dumped.contains("\n| offset: 0 CreateTime: ") && dumped.contains(" payload: {\"page\":"), "{dumped}");
    check_files(site);
    // 17
    format_storage(site);
    // 18
    let shell = "logbus metadata shell --snapshot …/__cluster_metadata-0/00000000000000000000.log";
    assert_eq!(site.done(&format!("{shell} cat /image/topics/byName/clicks/name")).out, "clicks\n");
    assert_eq!(
        site.json(&format!("{shell} tree /image/topics/byName/clicks/name"))["/image/topics/byName/clicks/name"],
        "clicks"
    );
    // 20
    assert_eq!(site.done("logbus brokers list -o name").out, "1\n");
    assert_eq!(site.json("logbus brokers describe 1")["id"], 1);
    assert_eq!(site.json("logbus quorum describe")["leader_id"], 1);
    // 19
    let apis = site.json("logbus brokers api-versions");
    let produce = apis.as_array().unwrap().iter().find(|api| api["name"] == "Produce").unwrap();
    assert_eq!((&produce["key"], &produce["max"]), (&Value::from(0), &Value::from(13)));
    for topic in ["clicks", "packed", "orders"] {
        assert_eq!(site.done(&format!("logbus topics delete {topic} --yes")).out, format!("deleted {topic}\n"));
    }
    assert_eq!(site.done("logbus groups delete click-analytics --yes").out, "deleted click-analytics\n");
}

/// Row 7: lines arrive one by one while the producer's stdin stays open, and its end ends the producer.
fn type_lines(site: &Site, line: &str, topic: &str) {
    let before = site.records(topic).len();
    let mut command = site.shell(line);
    let mut producer = Running::start({
        command.stdin(Stdio::piped());
        command
    });
    let mut stdin = producer.child.stdin.take().unwrap();
    for (typed, order) in ["order one", "order two"].into_iter().enumerate() {
        use std::io::Write as _;
        stdin.write_all(format!("{order}\n").as_bytes()).unwrap();
        let arrived = wait_until(|| site.records(topic).len() == before + typed + 1);
        assert!(arrived, "{order} did not arrive: {}", producer.err.lock().unwrap());
    }
    drop(stdin);
    let status = wait_for_exit(&mut producer.child).expect("the end of stdin ends it");
    assert!(status.success(), "{}", producer.err.lock().unwrap());
    assert_eq!(site.records(topic).last().unwrap()["value"], "order two");
}

/// Row 8: time, key and value, parted by tabs.
fn check_printed(lines: &[String]) {
    for line in lines {
        let parts: Vec<&str> = line.split('\t').collect();
        assert_eq!(parts.len(), 3, "{line}");
        let time = parts[0].strip_prefix("CreateTime:").and_then(|ms| ms.parse::<i64>().ok());
        assert!(time.is_some_and(|ms| ms > 1_700_000_000_000), "{line}");
    }
    assert!(lines.iter().any(|line| line.ends_with("\tuser7\t{\"page\":7}")), "a key and its value stand together");
}

/// The rows of a table, without the notices above it.
fn table(text: &str) -> Vec<Vec<String>> {
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    text.lines().map(words).filter(|row| row.len() > 3 && !["Consumer", "Warn:"].contains(&row[0].as_str())).collect()
}

/// Rows 11 and 12: where each of the six partitions went.
fn check_reset(rows: &[Vec<String>], expected: impl Fn(&str) -> i64) {
    assert_eq!(rows[0].join(" "), "GROUP TOPIC PARTITION NEW-OFFSET");
    assert_eq!(rows.len(), 7, "{rows:?}");
    for row in &rows[1..] {
        assert_eq!((row[0].as_str(), row[1].as_str()), ("click-analytics", "clicks"));
        assert_eq!(row[3], expected(&row[2]).to_string(), "{rows:?}");
    }
}

/// Rows 13 and 14: settings of a topic and of a broker, the rate of replication in the form that Kafka takes.
fn kafka_configs(site: &Site) {
    let configs = "kafka-configs.sh --bootstrap-server localhost:9092";
    let topic = format!("{configs} --alter --entity-type topics --entity-name clicks");
    let set = site.done(&format!("{topic} --add-config min.insync.replicas=2")).out;
    assert_eq!(set, "Completed updating config for topic clicks.\n");
    let described = site.done(&format!("{configs} --describe --entity-type topics --entity-name clicks")).out;
    assert!(described.starts_with("Dynamic configs for topic clicks are:\n"), "{described}");
    assert!(
        described.contains(
            "\n  min.insync.replicas=2 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:min.insync.replicas=2, "
        ),
        "{described}"
    );
    site.done(&format!("{topic} --delete-config min.insync.replicas"));

    let alone = site.run("kafka-configs --alter --add-config replica.throttle.rate=50000000");
    assert_eq!(alone.code, 1, "the documents' shorthand names no cluster");
    let broker = format!("{configs} --alter --entity-type brokers --entity-name 1");
    let rates = "leader.replication.throttled.rate=50000000,follower.replication.throttled.rate=50000000";
    assert_eq!(site.done(&format!("{broker} --add-config {rates}")).out, "Completed updating config for broker 1.\n");
    let replicas = "leader.replication.throttled.replicas=*,follower.replication.throttled.replicas=*";
    site.done(&format!("{topic} --add-config '{replicas}'"));
    let limits = site.json("logbus brokers throttle");
    assert_eq!(limits["brokers"]["1"], 50_000_000);
    assert!(limits["whole_topics"].as_array().unwrap().contains(&Value::from("clicks")), "{limits}");
    site.done(&format!(
        "{broker} --delete-config leader.replication.throttled.rate,follower.replication.throttled.rate"
    ));
    site.done(&format!(
        "{topic} --delete-config leader.replication.throttled.replicas,follower.replication.throttled.replicas"
    ));
    let cleared = site.json("logbus brokers throttle");
    assert_eq!((&cleared["brokers"], &cleared["whole_topics"]), (&serde_json::json!({}), &serde_json::json!([])));
}

/// Row 19 under Kafka's own name.
fn kafka_broker_api_versions(site: &Site) {
    let versions = site.done("kafka-broker-api-versions.sh --bootstrap-server localhost:9092").out;
    let head = format!("{} (id: 1 rack: null isFenced: false) -> (\n", site.bootstrap);
    assert!(versions.starts_with(&head), "{versions}");
    assert!(versions.contains("\n\tProduce(0): 0 to 13 [usable: 13],\n") && versions.ends_with("\n)\n"), "{versions}");
}

/// Row 17 under Kafka's own name.
fn kafka_storage(site: &Site) {
    let id = site.done("kafka-storage.sh random-uuid").out;
    assert_eq!(id.trim().len(), 22, "{id}");
    let data = site.directory.path().join("formatted-by-kafka-storage");
    let text = format!(
        "process.roles=broker,controller\nnode.id=1\nlog.dirs={}\nlisteners=PLAINTEXT://:9092,CONTROLLER://:9093\n\
         controller.listener.names=CONTROLLER\ncontroller.quorum.voters=1@localhost:9093\n",
        data.display()
    );
    fs::write(site.directory.path().join("kafka-storage.properties"), text).unwrap();
    let line = format!("kafka-storage.sh format --config kafka-storage.properties --cluster-id {id}");
    let formatted = site.done(&line).out;
    let told = format!("\nFormatting metadata directory {} with metadata.version 4.3-IV0.\n", data.display());
    assert!(formatted.ends_with(&told), "{formatted}");
    let again = site.run(&line);
    assert_eq!(again.code, 1);
    assert!(
        again.err.contains(" is already formatted. Use --ignore-formatted to ignore this directory"),
        "{}",
        again.err
    );
}

/// Row 18: the state that the metadata log comes to, under both names of the tool.
fn kafka_metadata(site: &Site) {
    let file = "--snapshot …/__cluster_metadata-0/00000000000000000000.log";
    for tool in ["kafka-metadata.sh", "kafka-metadata-shell"] {
        assert_eq!(site.done(&format!("{tool} {file} ls /")).out, "image\nlocal\n");
        let names = site.done(&format!("{tool} {file} ls /image/topics/byName")).out;
        assert!(names.lines().any(|name| name == "clicks"), "{names}");
        let partition = site.done(&format!("{tool} {file} cat /image/topics/byName/clicks/5")).out;
        assert!(partition.starts_with("PartitionRegistration(replicas=[1], directories=["), "{partition}");
        let found = site.done(&format!("{tool} {file} find /image/cluster")).out;
        assert!(found.starts_with("/image/cluster\n/image/cluster/brokers\n/image/cluster/brokers/1\n"), "{found}");
        let tree = site.done(&format!("{tool} {file} tree /image/topics/byName")).out;
        assert!(tree.contains("clicks:\n  0:\n    PartitionRegistration("), "{tree}");
    }
    let talk = site.feed(&format!("kafka-metadata-shell.sh {file}"), "cd /image/topics\npwd\nls\nexit\n");
    let expected = "Loading...\nStarting...\n[ Kafka Metadata Shell ]\n>> >> /image/topics\n>> byId\nbyName\n>> ";
    assert_eq!((talk.code, talk.out.as_str()), (0, expected), "{}", talk.err);
}

/// Row 20: the JSON that ZooKeeper held.
fn zookeeper_shell(site: &Site) {
    let shell = |words: &str| {
        let said = site.done(&format!("zookeeper-shell.sh localhost:9092 {words}")).out;
        assert!(said.starts_with("Connecting to "), "{said}");
        said.lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(shell("ls /brokers/ids"), "[1]");
    let broker: Value = serde_json::from_str(&shell("get /brokers/ids/1")).unwrap();
    let (host, port) = site.bootstrap.rsplit_once(':').unwrap();
    assert_eq!((broker["host"].as_str(), broker["port"].to_string().as_str()), (Some(host), port));
    assert_eq!(broker["endpoints"][0], format!("PLAINTEXT://{}", site.bootstrap));
    assert_eq!(broker["listener_security_protocol_map"]["PLAINTEXT"], "PLAINTEXT");
    let state: Value = serde_json::from_str(&shell("get /brokers/topics/clicks/partitions/0/state")).unwrap();
    assert_eq!((&state["leader"], &state["isr"]), (&Value::from(1), &serde_json::json!([1])));
    let controller: Value = serde_json::from_str(&shell("get /controller")).unwrap();
    assert_eq!(controller["brokerid"], 1);
    let missing = site.run("zookeeper-shell.sh localhost:9092 get /brokers/ids/9");
    assert_eq!((missing.code, missing.err.as_str()), (1, "Node does not exist: /brokers/ids/9\n"));
}

/// Row 17, with the `server.properties` that Apache Kafka 4.3 ships.
fn format_storage(site: &Site) {
    let id = site.done("logbus storage random-uuid").out;
    assert_eq!(id.trim().len(), 22, "{id}");
    let data = site.directory.path().join("kraft-combined-logs");
    let text = format!(
        "# as Apache Kafka ships it, but for log.dirs\n\
         process.roles=broker,controller\nnode.id=1\ncontroller.quorum.bootstrap.servers=localhost:9093\n\
         listeners=PLAINTEXT://:9092,CONTROLLER://:9093\ninter.broker.listener.name=PLAINTEXT\n\
         advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093\n\
         controller.listener.names=CONTROLLER\n\
         listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL\n\
         num.network.threads=3\nnum.io.threads=8\nsocket.send.buffer.bytes=102400\nsocket.receive.buffer.bytes=102400\n\
         socket.request.max.bytes=104857600\nlog.dirs={}\nnum.partitions=1\nnum.recovery.threads.per.data.dir=1\n\
         offsets.topic.replication.factor=1\nshare.coordinator.state.topic.replication.factor=1\n\
         share.coordinator.state.topic.min.isr=1\ntransaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\nlog.retention.hours=168\nlog.segment.bytes=1073741824\n\
         log.retention.check.interval.ms=300000\n",
        data.display()
    );
    fs::write(site.directory.path().join("server.properties"), text).unwrap();
    let formatted = site.done(&format!("logbus storage format --config server.properties --cluster-id {id}"));
    assert!(formatted.out.starts_with(&format!("formatted {} for node 1", data.display())), "{}", formatted.out);
    let meta = fs::read_to_string(data.join("meta.properties")).unwrap();
    assert!(meta.contains(&format!("cluster.id={id}")) && meta.contains("node.id=1\n"), "{meta}");
    let again = site.run(&format!("logbus storage format --config server.properties --cluster-id {id}"));
    assert_eq!(again.code, 1, "{}{}", again.out, again.err);
    assert!(again.err.contains("\nhint: --ignore-formatted"), "{}", again.err);
    fs::remove_dir_all(data).unwrap();
}
