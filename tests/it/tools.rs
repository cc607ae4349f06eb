//! The native commands against a running broker: answers, exit codes, hints.

use serde_json::Value;

use super::apache_kafka::ApacheKafka;
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
fn a_topic_is_trimmed_to_an_offset_a_time_or_its_end() {
    let broker = Broker::start();
    done(&broker, "topics create t -p 2");
    assert_eq!(produce(&broker, "produce t -k :", &(0..40).map(|n| format!("k{n}:v\n")).collect::<String>()).code, 0);
    let starts = || -> i64 {
        let rows = json(&broker, "offsets get t --at earliest");
        rows.as_array().unwrap().iter().map(|row| row["offset"].as_i64().unwrap()).sum()
    };
    let plan = done(&broker, "topics trim t -p 0 --offset 3");
    assert!(
        plan.ends_with("would delete 3 records in 1 partitions. Nothing was changed: add --yes to delete.\n"),
        "{plan}"
    );
    assert_eq!(starts(), 0);
    let trimmed = json(&broker, "topics trim t -p 0 --offset 3 --yes");
    assert_eq!((&trimmed[0]["start"], &trimmed[0]["to"], starts()), (&Value::from(0), &Value::from(3), 3));
    // Nothing is older than an hour, and everything is older than the far future.
    done(&broker, "topics trim t --time -1h --yes");
    assert_eq!(starts(), 3);
    let beyond = run(&broker, "topics trim t --offset 1000 --yes");
    assert_eq!(beyond.code, 2, "{}", beyond.err);
    done(&broker, "topics trim t --all --yes");
    assert_eq!(starts(), 40);
}

#[test]
fn a_tool_answers_to_its_java_class_too() {
    let broker = Broker::start();
    done(&broker, "topics create t -p 1");
    assert_eq!(produce(&broker, "produce t", "a\nb\n").code, 0);
    let at = broker.bootstrap();
    let by_class =
        done(&broker, &format!("kafka-run-class kafka.tools.GetOffsetShell --bootstrap-server {at} --topic t"));
    assert_eq!(by_class, "t:0:2\n");
    assert_eq!(done(&broker, &format!("kafka-get-offsets.sh --bootstrap-server {at} --topic t")), by_class);
    let unknown = run(&broker, "kafka-run-class com.example.Tool --list");
    assert_eq!((unknown.code, unknown.err.lines().count()), (1, 1), "{}", unknown.err);
}

#[test]
fn quotas_and_passwords_live_from_set_to_unset() {
    // The broker here has no quotas and no users yet; the commands speak to any cluster that has.
    let Some(kafka) = ApacheKafka::start("quotas_and_passwords_live_from_set_to_unset") else { return };
    let run = |words: &str| ran(logbus(words.split(' ')).args(["-b", &kafka.bootstrap()]).output().unwrap());
    let done = |words: &str| {
        let ran = run(words);
        assert_eq!(ran.code, 0, "{words}\n{}{}", ran.out, ran.err);
        ran.out
    };
    let set = "quotas set --user alice --default-client producer_byte_rate=1MiB request_percentage=50";
    assert_eq!(done(set), "changed producer_byte_rate, request_percentage of user alice, client (default)\n");
    let listed: Value = serde_json::from_str(&done("quotas list -o json")).unwrap();
    assert_eq!(listed["data"][0]["values"][0], serde_json::json!({"name": "producer_byte_rate", "value": 1_048_576.0}));
    assert!(done("quotas describe --user alice --default-client").contains("alice  (default)  -   producer_byte_rate"));
    assert_eq!(run("quotas describe --user alice").code, 1);
    assert_eq!(run("quotas set --user alice nonsense=1").code, 1);
    done("quotas unset --user alice --default-client producer_byte_rate request_percentage");
    assert_eq!(run("quotas describe --user alice --default-client").code, 1);

    let words = ["users", "set-scram", "alice", "--iterations", "8192", "-b", &kafka.bootstrap()];
    let given = feed(&mut logbus(words), "secret\n");
    assert_eq!((given.code, given.out.as_str()), (0, "alice can log in with SCRAM-SHA-512\n"), "{}", given.err);
    assert_eq!(done("users list"), "USER   MECHANISM      ITERATIONS\nalice  SCRAM-SHA-512        8192\n");
    assert_eq!(run("users list alice bob").code, 4);
    assert_eq!(run("users delete-scram alice -m sha-256").code, 1);
    done("users delete-scram alice");
    assert_eq!(done("users list"), "");
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

#[test]
fn a_group_with_members_is_moved_when_they_may_be_sent_away() {
    let broker = Broker::start();
    done(&broker, "topics create clicks");
    produce(&broker, "produce clicks", "a\nb\n");
    let mut consumer = logbus(["consume", "clicks", "-g", "live", "--from-beginning", "-b", &broker.bootstrap()])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let joined = || json(&broker, "groups list").as_array().unwrap().iter().any(|group| group["state"] == "Stable");
    assert!(super::harness::wait_until(joined), "the consumer never joined");
    let reset = "groups reset-offsets live --topic clicks --to-offset 1 --execute";
    let refused = run(&broker, reset);
    assert!(refused.code == 1 && refused.err.contains("has 1 member"), "{}", refused.err);
    let asked = done(&broker, &format!("{reset} --evict"));
    assert!(asked.contains("would be sent away from live. Nothing was changed"), "{asked}");
    let moved = run(&broker, &format!("{reset} --evict --yes -o json"));
    assert_eq!(moved.code, 0, "{}", moved.err);
    assert!(moved.err.contains("sent away "), "{}", moved.err);
    let plan: Value = serde_json::from_str(&moved.out).unwrap();
    assert_eq!(plan["data"]["moves"][0]["new"], 1);
    consumer.kill().unwrap();
    consumer.wait().unwrap();
}

#[test]
fn a_cluster_its_directories_and_its_metrics_are_shown() {
    let broker = Broker::start();
    done(&broker, "topics create clicks -p 3");
    let cluster = json(&broker, "cluster describe");
    assert_eq!(done(&broker, "cluster id").trim(), cluster["cluster_id"]);
    // How much is free on the disk changes meanwhile.
    let paths = |words: &str| {
        json(&broker, words).as_array().unwrap().iter().map(|dir| dir["path"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(paths("log-dirs describe"), paths("brokers log-dirs"));
    let count = "kafka_server_replicamanager_partitioncount";
    let metrics = |words: &str| run(&broker, &format!("metrics {words} --admin {}", broker.admin()));
    let got: Value = serde_json::from_str(&metrics(&format!("get {count} -o json")).out).unwrap();
    assert_eq!(got["data"][0]["value"], 3.0);
    let listed = metrics("list");
    assert!(listed.out.contains(count), "{}{}", listed.out, listed.err);
    let watched = metrics(&format!("watch {count} -n 2 -i 100ms"));
    assert!(watched.code == 0 && watched.out.lines().nth(1).unwrap().ends_with("+0.0/s"), "{}", watched.out);
    let missing = metrics("get nothing");
    assert!(missing.code == 1 && missing.err.contains("hint: `logbus metrics list`"), "{}", missing.err);
    assert_eq!(run(&broker, "metrics list --admin http://127.0.0.1:1").code, 3);
}
