//! The operator's commands on an Apache Kafka: what they say and do there is what they say and do on logbus.

use serde_json::Value;

use super::apache_kafka::ApacheKafka;
use super::harness::{Ran, feed, logbus, ran};

fn run(kafka: &ApacheKafka, words: &str) -> Ran {
    let mut command = logbus(words.split(' '));
    command.env("LOGBUS_BOOTSTRAP_SERVER", kafka.bootstrap()).env("ALICE_PASSWORD", "alice-secret");
    ran(command.output().unwrap())
}

fn done(kafka: &ApacheKafka, words: &str) -> Ran {
    let ran = run(kafka, words);
    assert_eq!(ran.code, 0, "{words}\n{}{}", ran.out, ran.err);
    ran
}

fn json(ran: &Ran) -> Value {
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    document["data"].clone()
}

const FILE: &str = "
owns: [team.]
topics:
  team.orders: {partitions: 3, replication_factor: 1, configs: {retention.ms: 60000}}
configs:
  all_brokers: {log.cleaner.threads: 2}
quotas:
  - entity: {user: alice}
    limits: {producer_byte_rate: 1048576, consumer_byte_rate: 2097152}
  - entity: {user: null, client-id: app}
    limits: {request_percentage: 50.5}
users:
  alice: {SCRAM-SHA-512: {iterations: 4096, password_env: ALICE_PASSWORD}}
";

#[test]
fn everything_that_can_be_declared_is_applied_once_and_exported_as_it_is() {
    let Some(kafka) = ApacheKafka::start("everything_that_can_be_declared") else { return };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("cluster.yaml");
    std::fs::write(&file, FILE).unwrap();
    let file = file.display();
    let applied = done(&kafka, &format!("apply -f {file}"));
    assert!(applied.out.ends_with("done: 6 of 6 changes\n"), "{}", applied.out);
    assert_eq!(done(&kafka, &format!("apply -f {file}")).out, "Nothing has to change.\n");
    let text = done(&kafka, "export").out;
    let exported = dir.path().join("exported.yaml");
    std::fs::write(&exported, &text).unwrap();
    assert!(
        text.contains("consumer_byte_rate: 2097152\n")
            && text.contains("request_percentage: 50.5\n")
            && text.contains("SCRAM-SHA-512:\n"),
        "{text}"
    );
    assert!(!text.contains("secret") && !text.contains("password"), "{text}");
    assert_eq!(done(&kafka, &format!("plan -f {}", exported.display())).out, "Nothing has to change.\n");

    std::fs::write(dir.path().join("cluster.yaml"), "quotas: []\nusers: {}\ntopics: {}\nowns: [team.]\n").unwrap();
    done(&kafka, &format!("apply -f {file} --prune --yes"));
    let rest = done(&kafka, "export").out;
    assert!(rest.contains("quotas: []\n") && rest.contains("users: {}\n") && !rest.contains("team."), "{rest}");
}

#[test]
fn health_waits_resets_copies_and_reports_are_the_same_there() {
    let Some(kafka) = ApacheKafka::start("health_waits_resets_copies_and_reports") else { return };
    done(&kafka, "topics create from -p 3 -r 1");
    done(&kafka, "topics create to -p 3 -r 1");
    done(&kafka, "wait --until topic-ready from to");
    let lines: String = (0..2_000).map(|n| format!("k{}:v{n}\n", n % 40)).collect();
    let sent = feed(&mut logbus(["produce", "from", "-k", ":", "-b", &kafka.bootstrap()]), &lines);
    assert_eq!(sent.code, 0, "{}", sent.err);

    done(&kafka, "groups reset-offsets g --topic from --to-latest --execute");
    let reset = done(&kafka, "groups reset-offsets g --topic from --to-earliest --execute");
    let line = reset.err.lines().find_map(|line| line.strip_prefix("the way back: logbus ")).unwrap().to_owned();
    let health = run(&kafka, "health --disk 100 --p99 10s -o json");
    let checks = json(&health);
    let lag = checks.as_array().unwrap().iter().find(|check| check["check"] == "consumer lag").unwrap();
    assert_eq!((health.code, &lag["level"], &lag["value"]), (0, &"warn".into(), &2000.0.into()), "{}", health.err);
    let unknown = checks.as_array().unwrap().iter().filter(|check| check["level"] == "unknown").count();
    assert_eq!(unknown, 1, "only the capacity of the network is not told: {checks}");
    done(&kafka, &line);
    assert_eq!(run(&kafka, "wait --until lag-below=0 g --timeout 5s").code, 0);
    assert_eq!(json(&done(&kafka, "groups clone g h --execute -o json"))["moves"].as_array().unwrap().len(), 3);

    let copied = json(&done(&kafka, "copy from to --group mirror -o json"));
    assert_eq!(copied["copied"], 2_000);
    let again = json(&done(&kafka, "copy from to --group mirror -o json"));
    assert_eq!((&again["copied"], &again["resumed"]), (&0.into(), &true.into()));
    assert_eq!(json(&done(&kafka, "report capacity from -o json"))["topics"][0]["replication_factor"], 1);
    assert_eq!(json(&done(&kafka, "topics skew from -o json"))["sampled"], 2_000);
    let stale = json(&done(&kafka, "report stale --older-than 0s -o json"));
    assert!(stale.as_array().unwrap().iter().any(|row| row["name"] == "from"), "{stale}");
}
