//! `logbus copy` and `logbus redrive`: what arrives, what a kill leaves, what is sent back.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use super::harness::{Broker, Ran, feed, logbus, ran, wait_until};

fn run(broker: &Broker, words: &str) -> Ran {
    ran(logbus(words.split(' ')).env("LOGBUS_BOOTSTRAP_SERVER", broker.bootstrap()).output().unwrap())
}

fn done(broker: &Broker, words: &str) -> Ran {
    let ran = run(broker, words);
    assert_eq!(ran.code, 0, "{words}\n{}{}", ran.out, ran.err);
    ran
}

fn fill(broker: &Broker, topic: &str, records: usize, more: &[&str]) {
    let lines: String = (0..records).map(|n| format!("k{}:v{n}\n", n % 40)).collect();
    let bootstrap = broker.bootstrap();
    let words = [&["produce", topic, "-k", ":", "-b", &bootstrap], more].concat();
    let sent = feed(&mut logbus(words), &lines);
    assert_eq!(sent.code, 0, "{}", sent.err);
}

/// Everything of a topic but offsets, in the order of each partition.
fn content(broker: &Broker, topic: &str) -> Vec<String> {
    let text = done(broker, &format!("consume {topic} --from-beginning --until end -f json -q")).out;
    let mut rows: Vec<(i64, i64, String)> = Vec::new();
    for line in text.lines() {
        let mut record: Value = serde_json::from_str(line).unwrap();
        let (partition, offset) = (record["partition"].as_i64().unwrap(), record["offset"].as_i64().unwrap());
        let fields = record.as_object_mut().unwrap();
        fields.remove("offset");
        fields.remove("topic");
        rows.push((partition, offset, record.to_string()));
    }
    rows.sort();
    rows.into_iter().map(|(.., record)| record).collect()
}

fn counts(ran: &Ran) -> Value {
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    document["data"].clone()
}

#[test]
fn a_copy_keeps_partition_time_key_value_and_headers() {
    let broker = Broker::start();
    let other = Broker::start();
    done(&broker, "topics create from -p 3");
    done(&other, "topics create from -p 4");
    fill(&broker, "from", 500, &["-H", "trace=abc"]);
    std::thread::sleep(Duration::from_millis(20));
    done(&broker, &format!("copy from from --to-bootstrap-server {}", other.bootstrap()));
    assert_eq!(content(&other, "from"), content(&broker, "from"));

    done(&broker, "topics create narrow -p 2");
    let narrow = run(&broker, "copy from narrow");
    assert!(narrow.code == 1 && narrow.err.starts_with("error: narrow: it has 2 partitions"), "{}", narrow.err);
    done(&broker, "copy from narrow --by-key");
    assert_eq!(content(&broker, "narrow").len(), 500);
    let itself = run(&broker, "copy from from");
    assert!(itself.code != 0 && itself.err.contains("into itself"), "{}", itself.err);
}

#[test]
fn only_what_is_asked_for_is_copied_and_not_faster_than_allowed() {
    let broker = Broker::start();
    for topic in ["from", "keyed", "headed", "few", "slow"] {
        done(&broker, &format!("topics create {topic} -p 2"));
    }
    fill(&broker, "from", 400, &[]);
    fill(&broker, "from", 40, &["-H", "error=timeout"]);
    let keyed = counts(&done(&broker, "copy from keyed --key-regex ^k[12]$ -o json"));
    assert_eq!((&keyed["copied"], &keyed["filtered"]), (&22.into(), &418.into()));
    assert_eq!(counts(&done(&broker, "copy from headed --header error=timeout -o json"))["copied"], 40);
    assert_eq!(counts(&done(&broker, "copy from headed --header error=other -o json"))["copied"], 0);
    assert_eq!(counts(&done(&broker, "copy from headed --before -1h -o json"))["copied"], 0);
    assert_eq!(counts(&done(&broker, "copy from few -n 7 -o json"))["copied"], 7);
    assert_eq!(content(&broker, "few").len(), 7);
    let slow = counts(&done(&broker, "copy from slow -n 50 --rate 100 -o json"));
    assert!(slow["took_ms"].as_i64().unwrap() >= 450, "{slow}");
    let dry = done(&broker, "copy from slow --dry-run");
    assert!(dry.out.starts_with("would copy 440 records"), "{}", dry.out);
    assert_eq!(content(&broker, "slow").len(), 50);
}

/// Killed in the middle, and run again: by file and by group.
#[test]
fn a_copy_that_is_killed_goes_on_and_loses_and_doubles_nothing() {
    let broker = Broker::start();
    let dir = tempfile::tempdir().unwrap();
    done(&broker, "topics create from -p 3");
    fill(&broker, "from", 6_000, &[]);
    let expected = content(&broker, "from");
    let state = format!("--state {}", dir.path().join("copy.json").display());
    for (to, keep) in [("by-file", state.as_str()), ("by-group", "--group mirror")] {
        done(&broker, &format!("topics create {to} -p 3"));
        let words = format!("copy from {to} {keep} -o json");
        let paced = format!("{words} --rate 2500 -b {}", broker.bootstrap());
        let mut child = logbus(paced.split(' ')).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let copied = || content(&broker, to).len();
        assert!(wait_until(|| copied() > 500), "the copy does not begin");
        child.kill().unwrap();
        child.wait().unwrap();
        let before = copied();
        assert!(before < expected.len(), "it was killed too late to tell anything");
        let rest = counts(&done(&broker, &words));
        assert_eq!(rest["resumed"], true);
        assert_eq!(content(&broker, to), expected, "{to}: {rest}, {before} before");
        let again = counts(&done(&broker, &words));
        assert_eq!((&again["copied"], &again["already_there"]), (&0.into(), &0.into()));
    }
}

#[test]
fn dead_letters_go_back_to_where_they_came_from_and_only_once() {
    let broker = Broker::with(&["auto.create.topics.enable=false"]);
    for topic in ["orders", "bills", "dead"] {
        done(&broker, &format!("topics create {topic} -p 2"));
    }
    fill(&broker, "dead", 10, &["-H", "kafka_dlt-original-topic=orders"]);
    fill(&broker, "dead", 5, &["-H", "kafka_dlt-original-topic=bills"]);
    fill(&broker, "dead", 3, &[]);
    let dry = counts(&run(&broker, "redrive dead --dry-run -o json"));
    assert_eq!((&dry["copied"], &dry["unrouted"]), (&15.into(), &3.into()));
    let first = run(&broker, "redrive dead -o json");
    assert_eq!(first.code, 4, "three have no home: {}", first.err);
    assert!(first.err.starts_with("error: 3 records have no header that says where they came from\nhint: "));
    assert_eq!((content(&broker, "orders").len(), content(&broker, "bills").len()), (10, 5));
    assert_eq!(counts(&done(&broker, "redrive dead -o json"))["copied"], 0, "not twice");
    fill(&broker, "dead", 4, &["-H", "kafka_dlt-original-topic=bills"]);
    assert_eq!(counts(&done(&broker, "redrive dead -o json"))["copied"], 4);
    assert_eq!(counts(&done(&broker, "redrive dead orders --group once-more -o json"))["copied"], 22);
}
