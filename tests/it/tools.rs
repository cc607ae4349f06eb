//! The native commands against a running broker: answers, exit codes, hints.

use serde_json::Value;

use super::harness::{Broker, Ran, feed, free_port, logbus, ran};

fn run(broker: &Broker, words: &str) -> Ran {
    let args: Vec<&str> = words.split(' ').collect();
    ran(logbus(args).env("LOGBUS_BOOTSTRAP_SERVER", broker.bootstrap()).output().unwrap())
}

fn done(broker: &Broker, words: &str) -> String {
    let ran = run(broker, words);
    assert_eq!(ran.code, 0, "{words}\n{}{}", ran.out, ran.err);
    ran.out
}

fn json(broker: &Broker, words: &str) -> Value {
    let document: Value = serde_json::from_str(&done(broker, &format!("{words} -o json"))).unwrap();
    assert_eq!(document["schema"], 1);
    document["data"].clone()
}

fn produce(broker: &Broker, words: &str, lines: &str) -> Ran {
    let args: Vec<&str> = words.split(' ').collect();
    feed(logbus(args).env("LOGBUS_BOOTSTRAP_SERVER", broker.bootstrap()), lines)
}

#[test]
fn a_topic_lives_from_create_to_delete() {
    let broker = Broker::start();
    assert_eq!(
        done(&broker, "topics create clicks -p 3 -c retention.ms=60000"),
        "created clicks: 3 partitions, RF 1\n"
    );
    let again = run(&broker, "topics create clicks");
    assert_eq!(again.code, 1);
    assert!(again.err.starts_with("error: cannot create clicks: "), "{}", again.err);
    assert!(again.err.contains("\nhint: "), "{}", again.err);
    assert_eq!(run(&broker, "topics create clicks --if-not-exists").code, 0);
    assert_eq!(done(&broker, "topics list -o name"), "clicks\n");
    let described = json(&broker, "topics describe clicks");
    assert_eq!(described[0]["partitions"].as_array().unwrap().len(), 3);
    done(&broker, "topics alter clicks -p 6");
    assert!(done(&broker, "topics describe clicks").contains("6 partitions   RF 1"));
    done(&broker, "configs set --topic clicks min.insync.replicas=2");
    assert!(done(&broker, "configs describe --topic clicks").contains("min.insync.replicas"));
    let below = done(&broker, "topics describe clicks --under-min-isr");
    assert_eq!(below.lines().count(), 7, "{below}");
    done(&broker, "configs unset --topic clicks min.insync.replicas");
    assert!(done(&broker, "topics delete clicks").contains("Nothing was changed"));
    assert_eq!(done(&broker, "topics list -o name"), "clicks\n");
    assert_eq!(done(&broker, "topics delete clicks --yes"), "deleted clicks\n");
    assert_eq!(run(&broker, "topics describe clicks").code, 1);
}

#[test]
fn records_come_back_as_they_were_sent() {
    let broker = Broker::start();
    done(&broker, "topics create clicks -p 6");
    let lines: String = (0..2_000).map(|n| format!("k{}:v{n}\n", n % 50)).collect();
    let sent = produce(&broker, "produce clicks --key-separator : --compression lz4", &lines);
    assert_eq!(sent.code, 0, "{}", sent.err);
    let read = done(&broker, "consume clicks --from-beginning --until end --format {key}:{value}");
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&read), sorted(&lines));
    for line in done(&broker, "consume clicks --from-beginning --until end -f json").lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let expected = logbus::model::partition_for_key(record["key"].as_str().unwrap().as_bytes(), 6);
        assert_eq!(record["partition"], expected);
    }
    let last = done(&broker, "consume clicks -p 0 --from -1 --until end");
    assert_eq!(last.lines().count(), 1);
    let bad = produce(&broker, "produce clicks --key-separator :", "a:b\nplain\n");
    assert_eq!(bad.code, 1);
    assert!(bad.err.contains("line 2 has no key"), "{}", bad.err);
}

#[test]
fn a_group_commits_resumes_and_is_moved() {
    let broker = Broker::start();
    done(&broker, "topics create orders -p 2");
    let lines: String = (0..100).map(|n| format!("k{n}:v{n}\n")).collect();
    assert_eq!(produce(&broker, "produce orders -k :", &lines).code, 0);
    let first = done(&broker, "consume orders --group billing --from-beginning -n 30");
    let rest = done(&broker, "consume orders --group billing --from-beginning -n 70");
    let mut all: Vec<&str> = first.lines().chain(rest.lines()).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 100, "each record once over both runs");
    assert_eq!(done(&broker, "groups list -o name"), "billing\n");
    let lag = json(&broker, "lag billing --sample 0");
    assert_eq!((&lag[0]["lag"], &lag[0]["topic"]), (&Value::from(0), &Value::from("orders")));

    let plan = done(&broker, "groups reset-offsets billing --topic orders --to-earliest");
    assert!(
        plan.ends_with("would replay 100 records in 2 partitions. Nothing was changed: add --execute to apply.\n"),
        "{plan}"
    );
    assert_eq!(json(&broker, "lag billing --sample 0")[0]["lag"], 0);
    done(&broker, "groups reset-offsets billing --topic orders --to-earliest --execute");
    assert_eq!(json(&broker, "lag billing --sample 0")[0]["lag"], 100);
    assert_eq!(run(&broker, "lag billing --sample 0 --max 50").code, 5);
    done(&broker, "groups reset-offsets billing --topic orders --to-datetime 2024-01-01T00:00:00.000 --execute");
    assert_eq!(json(&broker, "lag billing --sample 0")[0]["lag"], 100);
    done(&broker, "groups reset-offsets billing --topic orders:0 --to-latest --execute");
    assert!(json(&broker, "lag billing --sample 0")[0]["lag"].as_i64().unwrap() < 100);
    let exported = done(&broker, "groups reset-offsets billing --all-topics --to-current --export");
    assert_eq!(exported.lines().count(), 2, "{exported}");

    done(&broker, "groups delete-offsets billing --topic orders:1 --yes");
    assert_eq!(done(&broker, "groups delete billing --yes"), "deleted billing\n");
    assert_eq!(run(&broker, "groups describe billing").code, 1);
}

#[test]
fn offsets_are_found_at_the_ends_and_by_time() {
    let broker = Broker::start();
    done(&broker, "topics create t -p 1");
    assert_eq!(produce(&broker, "produce t", "a\nb\nc\n").code, 0);
    let end = json(&broker, "offsets get t");
    assert_eq!(end[0]["offset"], 3);
    assert_eq!(json(&broker, "offsets get t --at earliest")[0]["offset"], 0);
    assert_eq!(json(&broker, "offsets get t --at -1h")[0]["offset"], 0);
    assert_eq!(json(&broker, "offsets get t --at @4000000000")[0]["offset"], Value::Null);
}

#[test]
fn the_broker_says_who_it_is_and_what_it_speaks() {
    let broker = Broker::start();
    assert_eq!(done(&broker, "brokers list -o name"), "1\n");
    let apis = json(&broker, "brokers api-versions");
    assert!(apis.as_array().unwrap().iter().any(|row| row["name"] == "Produce" && row["max"] == 13));
}

#[test]
fn a_cluster_that_is_not_there_is_exit_code_3_with_a_hint() {
    let address = format!("127.0.0.1:{}", free_port());
    let ran = ran(logbus(["topics", "list", "-b", &address]).output().unwrap());
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert_eq!(ran.err.lines().next().unwrap(), format!("error: cannot reach {address} (connection refused)"));
    assert!(ran.err.lines().nth(1).unwrap().starts_with("hint: "), "{}", ran.err);
}

#[test]
fn a_wrong_command_line_is_exit_code_2() {
    for words in [&["topics", "frobnicate"][..], &["topics", "list", "-b", "nowhere"], &["consume"]] {
        assert_eq!(ran(logbus(words).output().unwrap()).code, 2, "{words:?}");
    }
}
