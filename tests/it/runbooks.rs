//! The runbooks of `docs/runbooks`: each brings a cluster back from the state that it is for, which is seen on the
//! cluster and not only in how the script ends, and each leaves a cluster that is well as it is, and says so.
//!
//! One cluster of three brokers is brought from one trouble to the next; a full disk has a broker of its own, and
//! transactions an Apache Kafka, which has a coordinator for them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use logbus::model::{ErrorCode, ProducerEpoch, ProducerId, Sequence, TimestampMs};
use logbus::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite};
use logbus::wire::messages::add_partitions_to_txn::{AddPartitionsToTxnRequest, AddPartitionsToTxnTopic};
use logbus::wire::messages::find_coordinator::FindCoordinatorRequest;
use logbus::wire::messages::init_producer_id::InitProducerIdRequest;
use logbus::wire::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use serde_json::Value;

use crate::apache_kafka::ApacheKafka;
use crate::cluster_harness::LocalCluster;
use crate::harness::{Ran, TinyDisk, feed, logbus, logbus_bin, ran, repository, skip, wait_until};
use crate::talk::{Talk, batch_of, code};

/// An operator at a shell: the scripts, `logbus` on the PATH, and a place for the ways back.
struct Operator {
    bootstrap: String,
    desk: tempfile::TempDir,
}

impl Operator {
    /// `None`, and a line on stderr, without `jq`.
    fn of(test: &str, bootstrap: &str) -> Option<Operator> {
        if Command::new("jq").arg("--version").stdout(Stdio::null()).status().is_err() {
            skip(test, "no jq");
            return None;
        }
        let desk = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(logbus_bin(), desk.path().join("logbus")).unwrap();
        Some(Operator { bootstrap: bootstrap.to_owned(), desk })
    }

    /// Runs a script.
    fn run(&self, script: &str, words: &[&str]) -> Ran {
        let mut command = Command::new(repository().join(format!("docs/runbooks/{script}.sh")));
        let path = std::env::var("PATH").unwrap_or_default();
        command.args(words).env("PATH", format!("{}:{path}", self.desk.path().display()));
        command.env("LOGBUS_BOOTSTRAP_SERVER", &self.bootstrap).env("LOGBUS_UNDO_DIR", self.desk.path());
        command.env_remove("LOGBUS_PROFILE").env_remove("LOGBUS").env("XDG_CONFIG_HOME", "/dev/null/config");
        ran(command.stdin(Stdio::null()).output().unwrap())
    }

    /// Runs a script that must end with a code and a verdict.
    fn ends(&self, script: &str, words: &[&str], code: i32, verdict: &str) -> Ran {
        let ran = self.run(script, words);
        let last = ran.out.lines().last().unwrap_or_default();
        let as_it_should = ran.code == code && last.starts_with(&format!("{verdict}: "));
        assert!(
            as_it_should,
            "{script} {words:?} ended with {}, not {code} {verdict}\n{}{}",
            ran.code, ran.out, ran.err
        );
        ran
    }

    /// Runs a native command that must go well, and gives what it says.
    fn logbus(&self, words: &str) -> String {
        let mut command = logbus(words.split_whitespace());
        let ran = ran(command.args(["-b", &self.bootstrap, "--timeout", "90s"]).output().unwrap());
        assert_eq!(ran.code, 0, "{words}\n{}{}", ran.out, ran.err);
        ran.out
    }

    fn json(&self, words: &str) -> Value {
        let document: Value = serde_json::from_str(&self.logbus(&format!("{words} -o json"))).unwrap();
        document["data"].clone()
    }

    fn produce(&self, topic: &str, lines: &str) {
        let mut command = logbus(["produce", topic, "--key-separator", ":", "-b", &self.bootstrap]);
        let ran = feed(&mut command, lines);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }

    /// Records of a topic that a reader of committed ones gets.
    fn committed_records(&self, topic: &str) -> usize {
        self.logbus(&format!("consume {topic} --from-beginning --until end --read-committed --quiet")).lines().count()
    }

    /// What a script might change: topics with leaders, replicas and settings, throttles, and where a group stands.
    fn picture(&self, group: &str) -> String {
        let words = ["topics describe", "brokers throttle", "partitions reassign status --sample 0s"];
        let cluster: Vec<String> = words.iter().map(|words| self.json(words).to_string()).collect();
        let offsets = self.positions(group);
        format!("{}\n{offsets:?}", cluster.join("\n"))
    }

    /// Where a group stands, and the start and the end of the log, by topic and partition.
    fn positions(&self, group: &str) -> BTreeMap<(String, i64), [i64; 3]> {
        let described = self.json(&format!("groups describe {group}"));
        let row = |row: &Value| {
            let at = (row["topic"].as_str().unwrap().to_owned(), row["partition"].as_i64().unwrap());
            (at, ["committed", "start", "end"].map(|name| row[name].as_i64().unwrap_or(-1)))
        };
        described[0]["offsets"].as_array().unwrap().iter().map(row).collect()
    }

    /// Every script but some finds the cluster well, and leaves it as it is.
    fn leaves_alone_but(&self, group: &str, topic: &str, not: &[&str]) {
        let before = self.picture(group);
        for (script, words) in [
            ("under-replicated-partitions", &["--start-with", "exit 9"][..]),
            ("consumer-lag", &[group, "--sample", "200ms", "--start-with", "exit 9"]),
            ("disk-full", &["--limit", "100", "--move", "--restart-with", "exit 9"]),
            ("broker-restart", &["1"]),
            ("lost-controller", &["--start-with", "exit 9"]),
            ("hanging-transaction", &["--open"]),
            ("offset-reset", &[group]),
            ("skewed-partitions", &["--topic", topic]),
        ]
        .into_iter()
        .filter(|(script, _)| !not.contains(script))
        {
            let ran = self.ends(script, words, 0, "well");
            assert!(!ran.out.contains("do: "), "{script} did something:\n{}", ran.out);
        }
        assert_eq!(self.picture(group), before);
    }
}

/// Keyed lines, as evenly spread as can be.
fn lines(count: usize) -> String {
    (0..count).map(|n| format!("key{n}:value{n}\n")).collect()
}

/// Partitions that each broker has a replica of, and that it leads.
fn shares(operator: &Operator) -> BTreeMap<i64, (i64, i64)> {
    let brokers = operator.json("brokers list");
    let share = |b: &Value| {
        let number = |name: &str| b[name].as_i64().unwrap();
        (number("id"), (number("replicas"), number("leaders")))
    };
    brokers["brokers"].as_array().unwrap().iter().map(share).collect()
}

#[test]
fn three_brokers_are_brought_back_from_one_trouble_after_the_other() {
    let settings = ["broker.session.timeout.ms=5000", "replica.lag.time.max.ms=5000", "offsets.topic.num.partitions=3"];
    let cluster = LocalCluster::start(3, &settings);
    let Some(operator) = Operator::of("runbooks on three brokers", cluster.bootstrap()) else { return };
    operator.logbus("topics create clicks -p 6 -r 3");
    operator.produce("clicks", &lines(1_200));
    operator.logbus("groups reset-offsets billing --topic clicks --to-latest --execute");
    operator.logbus("wait --until in-sync");
    operator.leaves_alone_but("billing", "clicks", &[]);

    consumer_lag(&operator);
    offset_reset(&operator);
    skewed_partitions(&operator);
    under_replicated_partitions(&operator, &cluster);
    broker_restart(&operator, &cluster);
    lost_controller(&operator, &cluster);
}

/// A group that nobody reads for.
fn consumer_lag(operator: &Operator) {
    operator.produce("clicks", &lines(600));
    let before = operator.picture("billing");
    let told = operator.ends("consumer-lag", &["billing", "--max", "100", "--sample", "200ms"], 5, "broken");
    assert!(
        told.out.contains("found: billing on clicks: 600 records left, ") && told.out.contains(" stopped"),
        "{}",
        told.out
    );
    assert!(told.out.contains("\nleft: start consumers of billing, up to 6 more"), "{}", told.out);
    let start = format!("logbus consume clicks --group $GROUP --idle 3s -b {} >/dev/null 2>&1 &", operator.bootstrap);
    let words = ["billing", "--max", "100", "--sample", "200ms", "--start-with", &start];
    operator.ends("consumer-lag", &[&words[..], &["--dry-run"]].concat(), 5, "broken");
    assert_eq!(operator.picture("billing"), before, "a dry run changes nothing");
    operator.ends("consumer-lag", &words, 0, "mended");
    let behind: i64 = operator.positions("billing").values().map(|[committed, _, end]| end - committed).sum();
    assert!(behind <= 100, "{behind} records are left");
    // It leaves the group by itself.
    operator.logbus("wait --until group-empty billing");
}

/// A group that stands before the start of its log, and one that shall read again while it has a member.
fn offset_reset(operator: &Operator) {
    operator.logbus("groups reset-offsets billing --topic clicks --to-earliest --execute");
    operator.logbus("topics trim clicks --offset 100 --yes");
    let lost = operator.positions("billing");
    assert!(lost.values().all(|[committed, start, _]| (*committed, *start) == (0, 100)), "{lost:?}");
    operator.ends("offset-reset", &["billing", "--dry-run"], 5, "broken");
    assert_eq!(operator.positions("billing"), lost);
    let mended = operator.ends("offset-reset", &["billing"], 0, "mended");
    assert!(operator.positions("billing").values().all(|[committed, start, _]| committed == start), "{}", mended.out);

    let back = mended.out.lines().find_map(|line| line.strip_prefix("undo: logbus ")).expect("a way back");
    operator.logbus(back);
    assert_eq!(operator.positions("billing"), lost, "{back}");

    let mut member = logbus(["consume", "clicks", "--group", "billing", "-b", &operator.bootstrap]);
    let mut member = member.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    operator.logbus("wait --until group-stable billing");
    let blocked = operator.ends("offset-reset", &["billing", "--to-earliest"], 5, "broken");
    assert!(blocked.out.contains("left: stop its consumers"), "{}", blocked.out);
    let stop = format!("kill -INT {}", member.id());
    operator.ends("offset-reset", &["billing", "--to-earliest", "--stop-with", &stop], 0, "mended");
    member.wait().unwrap();
    assert!(operator.positions("billing").values().all(|[committed, start, _]| committed == start));
    operator.logbus("groups reset-offsets billing --topic clicks --to-latest --execute");
}

/// A topic that is on two of three brokers, with one leader for all, and a key that is hot.
fn skewed_partitions(operator: &Operator) {
    operator.logbus("topics create hot --assignment 1:2,1:2,1:2,1:2,1:2,1:2");
    operator.produce("hot", &lines(600));
    let told = operator.ends("skewed-partitions", &["--dry-run"], 5, "broken");
    assert!(told.out.contains("\nfound: ") && told.out.contains(" partitions to even out"), "{}", told.out);
    operator.ends("skewed-partitions", &[], 0, "mended");
    let even = |values: Vec<i64>| values.iter().max().unwrap() - values.iter().min().unwrap() <= 1;
    let shares = shares(operator);
    assert!(even(shares.values().map(|share| share.0).collect()), "replicas: {shares:?}");
    assert!(even(shares.values().map(|share| share.1).collect()), "leaderships: {shares:?}");
    assert_eq!(operator.committed_records("hot"), 600);
    assert_eq!(operator.json("brokers throttle")["brokers"], serde_json::json!({}), "the throttle is off again");

    operator.logbus("topics create keyed -p 3 -r 3");
    operator.produce("keyed", &"one:v\n".repeat(900));
    operator.produce("keyed", &lines(90));
    operator.logbus("wait --until in-sync");
    let before = operator.picture("billing");
    let told = operator.ends("skewed-partitions", &["--topic", "keyed"], 5, "broken");
    assert!(told.out.contains(" % of them have the key one"), "{}", told.out);
    assert_eq!(operator.picture("billing"), before);
    operator.logbus("topics delete hot keyed --yes");
}

/// A broker that died, and a throttle that somebody left behind.
fn under_replicated_partitions(operator: &Operator, cluster: &LocalCluster) {
    cluster.done("kill 3");
    let is_out = || operator.json("isr").as_array().unwrap().iter().any(|out| out["why"] == "fenced");
    assert!(wait_until(is_out), "broker 3 is down, and in sync");
    operator.logbus("brokers throttle --rate 1");
    operator.produce("clicks", &lines(600));
    let told = operator.ends("under-replicated-partitions", &["--dry-run"], 5, "broken");
    assert!(told.out.contains("left: start broker 3 "), "{}", told.out);
    assert_ne!(operator.json("brokers throttle")["brokers"], serde_json::json!({}), "a dry run changes nothing");
    let start = format!("logbus cluster start $ID --timeout 3m --dir {}", cluster.directory().display());
    operator.ends("under-replicated-partitions", &["--start-with", &start], 0, "mended");
    assert_eq!(operator.json("isr"), serde_json::json!([]));
    assert_eq!(operator.json("brokers throttle")["brokers"], serde_json::json!({}));
    for topic in operator.json("topics describe").as_array().unwrap() {
        for partition in topic["partitions"].as_array().unwrap() {
            assert_eq!(partition["leader"], partition["replicas"][0], "{}: {partition}", topic["name"]);
        }
    }
    assert_eq!(cluster.states(), ["ok"; 3]);
}

/// A broker that hangs, and one that nobody can do without.
fn broker_restart(operator: &Operator, cluster: &LocalCluster) {
    let pid = |id: usize| cluster.status()[id - 1]["pid"].clone();
    let directory = cluster.directory().display().to_string();
    let restart =
        format!("logbus cluster kill $ID --dir {directory}; logbus cluster start $ID --timeout 3m --dir {directory}");
    operator.logbus("topics create lone --assignment 1");
    let (first, second) = (pid(1), pid(2));
    let needed = operator.ends("broker-restart", &["1", "--restart-with", &restart, "--timeout", "1s"], 5, "broken");
    assert!(needed.out.contains("found: only-replica: lone-0"), "{}", needed.out);
    assert_eq!(pid(1), first, "it was not restarted");
    operator.logbus("topics delete lone --yes");

    cluster.done("pause 2");
    let hangs = || operator.run("broker-restart", &["2"]).out.contains("found: broker 2 is fenced\n");
    assert!(wait_until(hangs), "broker 2 hangs, and nobody says so");
    operator.ends("broker-restart", &["2", "--restart-with", &restart], 0, "mended");
    assert_ne!(pid(2), second);
    assert_eq!(operator.json("isr"), serde_json::json!([]));
    assert_eq!(cluster.states(), ["ok"; 3]);
}

/// Two of three controllers, the active one among them.
fn lost_controller(operator: &Operator, cluster: &LocalCluster) {
    let active = cluster.controller();
    let other = active % 3 + 1;
    let properties = std::fs::read_to_string(cluster.node(1).join("server.properties")).unwrap();
    let voters = properties.lines().find_map(|line| line.strip_prefix("controller.quorum.voters=")).expect("voters");
    cluster.done(&format!("kill {active} {other}"));
    let lost = operator.ends("lost-controller", &["--controllers", voters], 5, "broken");
    assert!(lost.out.contains(&format!("found: controller {active} is silent")), "{}", lost.out);
    assert!(lost.out.contains(&format!("found: controller {other} is silent")), "{}", lost.out);
    let start = format!("logbus cluster start $ID --timeout 3m --dir {}", cluster.directory().display());
    operator.ends("lost-controller", &["--controllers", voters, "--start-with", &start], 0, "mended");
    operator.logbus("topics create after -r 3");
    operator.logbus("wait --until in-sync");
    assert_eq!(cluster.states(), ["ok"; 3]);
}

#[test]
fn a_full_disk_is_grown_and_emptied() {
    let test = "the runbook of a full disk";
    let Some((small, large)) = TinyDisk::mount(test, 8).zip(TinyDisk::mount(test, 64)) else { return };
    let log_dirs = format!("log.dirs={},{}", large.path().display(), small.path().display());
    let settings = [
        log_dirs.as_str(),
        "log.retention.check.interval.ms=200",
        "log.segment.bytes=1048576",
        "log.segment.delete.delay.ms=200",
    ];
    let cluster = LocalCluster::start(1, &settings);
    let Some(operator) = Operator::of(test, cluster.bootstrap()) else { return };
    operator.logbus("topics create spread -p 4 -r 1");
    let talk = Talk::with(cluster.bootstrap());
    let value = vec![b'x'; 300_000];
    // A partition has no directory before its first record.
    let mut written = [1; 4];
    for partition in 0..4 {
        assert_eq!(code(&talk.produce("spread", partition, batch_of(&value, TimestampMs::now()))), ErrorCode::None);
    }
    operator.ends("disk-full", &["--move"], 0, "well");
    let on_small: Vec<i32> = (0..4).filter(|p| small.path().join(format!("spread-{p}")).is_dir()).collect();
    assert_eq!(on_small.len(), 2, "partitions are spread over the directories");
    for turn in 0.. {
        let partition = on_small[turn % 2];
        match code(&talk.produce("spread", partition, batch_of(&value, TimestampMs::now()))) {
            ErrorCode::None => written[usize::try_from(partition).unwrap()] += 1,
            ErrorCode::KafkaStorageError => break,
            other => panic!("{other:?}"),
        }
        assert!(turn < 60, "more than the disk can hold");
    }

    let told = operator.ends("disk-full", &[], 5, "broken");
    assert!(told.out.contains(&format!("found: {} of broker 1 is offline", small.path().display())), "{}", told.out);
    let directory = cluster.directory().display().to_string();
    let restart =
        format!("logbus cluster stop $ID --dir {directory}; logbus cluster start $ID --timeout 3m --dir {directory}");
    // Not enough alone: what was written has to go elsewhere.
    let grow = "mount -o remount,size=9m \"$DIR\"";
    operator.ends("disk-full", &["--grow-with", grow, "--restart-with", &restart, "--move"], 0, "mended");
    for dir in operator.json("brokers log-dirs").as_array().unwrap() {
        let free = dir["usable_bytes"].as_f64().unwrap() / dir["total_bytes"].as_f64().unwrap();
        assert!(dir["error"] == "NONE" && free >= 0.15, "{dir}");
    }
    assert!(on_small.iter().any(|p| large.path().join(format!("spread-{p}")).is_dir()), "nothing was moved");
    let talk = Talk::with(cluster.bootstrap());
    for (partition, count) in (0..).zip(written) {
        assert_eq!(talk.read("spread", partition, count).len(), count, "records of spread-{partition}");
        assert_eq!(code(&talk.produce("spread", partition, batch_of(b"more", TimestampMs::now()))), ErrorCode::None);
    }

    // What nobody needs any more is deleted, where that is said.
    let fullest = |operator: &Operator| {
        let dirs = operator.json("brokers log-dirs");
        let used = |d: &Value| 100.0 - d["usable_bytes"].as_f64().unwrap() * 100.0 / d["total_bytes"].as_f64().unwrap();
        dirs.as_array().unwrap().iter().map(used).fold(0.0, f64::max)
    };
    let limit = format!("{:.0}", fullest(&operator) - 10.0);
    operator.ends("disk-full", &["--limit", &limit], 5, "broken");
    operator.ends("disk-full", &["--limit", &limit, "--trim", "spread", "--keep", "0s"], 0, "mended");
    assert!(fullest(&operator) <= limit.parse::<f64>().unwrap());
}

/// One batch of a transaction, as a client writes it that does not ask the coordinator on the way.
fn write_in_transaction(talk: &Talk, topic: &str, id: &str, producer: (i64, i16)) -> ErrorCode {
    let options = BuilderOptions {
        producer_id: ProducerId(producer.0),
        producer_epoch: ProducerEpoch(producer.1),
        base_sequence: Sequence(0),
        transactional: true,
        ..BuilderOptions::default()
    };
    let mut batch = BatchBuilder::new(options);
    batch.append(&RecordToWrite { timestamp: TimestampMs::now(), value: Some(b"open"), ..RecordToWrite::default() });
    let data = PartitionProduceData { index: 0, records: Some(batch.build().unwrap().into()) };
    let topic_data =
        vec![TopicProduceData { name: topic.to_owned(), partition_data: vec![data], ..TopicProduceData::default() }];
    let request = ProduceRequest { transactional_id: Some(id.to_owned()), acks: -1, timeout_ms: 30_000, topic_data };
    // From version 12 on the broker adds the partition to the transaction.
    code(&talk.ask_in(&request, 11).responses[0].partition_responses[0])
}

/// A transaction that its coordinator knows: begun, written to, and left alone.
fn begin_and_die(talk: &Talk, topic: &str, id: &str) {
    let init = InitProducerIdRequest {
        transactional_id: Some(id.to_owned()),
        transaction_timeout_ms: 900_000,
        ..InitProducerIdRequest::default()
    };
    let mut producer = (-1, -1);
    let find = FindCoordinatorRequest { key: id.to_owned(), key_type: 1, ..FindCoordinatorRequest::default() };
    let begun = wait_until(|| {
        // The first to ask for it makes the topic that coordinators keep.
        talk.ask_in(&find, 3);
        let answer = talk.ask_in(&init, 4);
        producer = (answer.producer_id, answer.producer_epoch);
        answer.error_code == 0
    });
    assert!(begun, "the coordinator gives no producer id");
    let add = AddPartitionsToTxnRequest {
        v3_and_below_transactional_id: id.to_owned(),
        v3_and_below_producer_id: producer.0,
        v3_and_below_producer_epoch: producer.1,
        v3_and_below_topics: vec![AddPartitionsToTxnTopic { name: topic.to_owned(), partitions: vec![0] }],
        ..AddPartitionsToTxnRequest::default()
    };
    let added = wait_until(|| {
        let answer = talk.ask_in(&add, 3);
        answer.results_by_topic_v3_and_below[0].results_by_partition[0].partition_error_code == 0
    });
    assert!(added, "the coordinator does not take the partition");
    assert_eq!(write_in_transaction(talk, topic, id, producer), ErrorCode::None);
}

#[test]
fn apache_kafka_is_left_alone_when_it_is_well_and_its_open_transactions_are_ended() {
    let settings = ["transaction.partition.verification.enable=false", "transaction.state.log.num.partitions=1"];
    let directory = tempfile::tempdir().unwrap();
    let Some(kafka) = ApacheKafka::start_in("runbooks on Apache Kafka", directory, &settings) else { return };
    let Some(operator) = Operator::of("runbooks on Apache Kafka", &kafka.bootstrap()) else { return };
    operator.logbus("topics create payments");
    operator.logbus("topics create orders");
    operator.produce("payments", &lines(10));
    operator.logbus("groups reset-offsets billing --topic payments --to-latest --execute");
    operator.ends("broker-restart", &["1"], 5, "broken");
    operator.leaves_alone_but("billing", "payments", &["broker-restart"]);

    // One that no coordinator knows of, and one that its coordinator waits for.
    let talk = Talk::with(&kafka.bootstrap());
    assert_eq!(write_in_transaction(&talk, "payments", "nobody", (4_242, 0)), ErrorCode::None);
    begin_and_die(&talk, "orders", "shop");
    operator.produce("payments", &lines(5));
    operator.produce("orders", &lines(5));
    let seen = || (operator.committed_records("payments"), operator.committed_records("orders"));
    assert_eq!(seen(), (10, 0), "readers of committed records stand still");
    std::thread::sleep(std::time::Duration::from_millis(1_100));

    let before = operator.picture("billing");
    let told = operator.ends("hanging-transaction", &["--older-than", "1s", "--dry-run"], 5, "broken");
    assert!(told.out.contains("found: payments-0: producer 4242 hangs since offset 10"), "{}", told.out);
    assert_eq!((seen(), operator.picture("billing")), ((10, 0), before), "a dry run changes nothing");
    let told = operator.ends("hanging-transaction", &["--older-than", "1s"], 4, "broken");
    assert!(told.out.contains("left: shop ends at its transaction.timeout.ms"), "{}", told.out);
    assert_eq!(seen(), (15, 0), "what hung is aborted");
    operator.ends("hanging-transaction", &["--older-than", "1s", "--open"], 0, "mended");
    assert_eq!(seen(), (15, 5), "so is what was open");
    operator.ends("hanging-transaction", &["--older-than", "1s", "--open"], 0, "well");
}

#[test]
fn every_runbook_has_a_page_and_a_script_that_tells_its_exit_codes() {
    let folder = repository().join("docs/runbooks");
    let mut names: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|end| end == "sh") && !path.ends_with("common.sh"));
    assert_eq!(names.len(), 8, "{names:?}");
    let index = std::fs::read_to_string(folder.join("README.md")).unwrap();
    for script in names {
        let page = script.with_extension("md");
        let name = page.file_name().unwrap().to_string_lossy().into_owned();
        assert!(page.is_file() && index.contains(&format!("]({name})")), "{name}");
        let text = std::fs::read_to_string(&page).unwrap();
        let parts = ["## Symptom", "## Look", "## Decide", "## Run", "## Over when", "## Undo"];
        let at: Vec<Option<usize>> = parts.iter().map(|part| text.find(part)).collect();
        assert!(
            at.iter().all(Option::is_some) && at.is_sorted(),
            "{name} lacks a part, or has them in another order: {at:?}"
        );
        let help = ran(Command::new(&script).env("LOGBUS", logbus_bin()).arg("--help").output().unwrap());
        assert!(
            help.code == 0 && help.out.contains("\nusage: ") && help.out.contains("\nexit codes: 0 "),
            "{}",
            help.out
        );
        let strange = ran(Command::new(&script).env("LOGBUS", logbus_bin()).arg("--no-such-option").output().unwrap());
        assert_eq!(strange.code, 2, "{}{}", strange.out, strange.err);
        let checked = ran(Command::new("sh").arg("-n").arg(&script).output().unwrap());
        assert_eq!((checked.code, checked.err.as_str()), (0, ""), "{}", script.display());
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&script).unwrap().permissions());
        assert_eq!(mode & 0o111, 0o111, "{} cannot be run", script.display());
    }
}

#[test]
fn shellcheck_finds_nothing_in_the_runbooks() {
    let folder = repository().join("docs/runbooks");
    let installed = repository().join(".cache/venv/bin/shellcheck");
    let mut command = Command::new(if installed.exists() { installed } else { "shellcheck".into() });
    let mut scripts: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    scripts.retain(|path| path.extension().is_some_and(|end| end == "sh"));
    match command.arg("-x").args(scripts).current_dir(repository()).output() {
        Ok(output) => {
            let ran = ran(output);
            assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        }
        Err(_) => skip("the runbooks under shellcheck", "no shellcheck"),
    }
}
