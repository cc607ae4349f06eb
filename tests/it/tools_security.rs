//! The commands about rights and transactions, against an Apache Kafka that has an authorizer and a coordinator of
//! transactions.

use serde_json::Value;

use super::apache_kafka::{ApacheKafka, java};
use super::harness::{Ran, feed, logbus, ran};

const AUTHORIZER: &[&str] =
    &["authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer", "super.users=User:ANONYMOUS"];

fn kafka(test: &str) -> Option<ApacheKafka> {
    ApacheKafka::start_in(test, tempfile::tempdir().unwrap(), AUTHORIZER)
}

fn run(kafka: &ApacheKafka, words: &str) -> Ran {
    let args: Vec<&str> = words.split(' ').collect();
    ran(logbus(args).env("LOGBUS_BOOTSTRAP_SERVER", kafka.bootstrap()).output().unwrap())
}

fn done(kafka: &ApacheKafka, words: &str) -> String {
    let ran = run(kafka, words);
    assert_eq!(ran.code, 0, "{words}\n{}{}", ran.out, ran.err);
    ran.out
}

fn json(kafka: &ApacheKafka, words: &str) -> Value {
    let document: Value = serde_json::from_str(&done(kafka, &format!("{words} -o json"))).unwrap();
    assert_eq!(document["schema"], 1);
    document["data"].clone()
}

#[test]
fn rights_are_given_seen_and_taken_in_both_dialects() {
    let Some(kafka) = kafka("rights_are_given_seen_and_taken_in_both_dialects") else { return };
    assert_eq!(
        done(&kafka, "acls add --topic clicks --allow User:alice --operation read,describe"),
        "added allow User:alice Read on topic clicks\nadded allow User:alice Describe on topic clicks\n"
    );
    done(&kafka, "acls add --topic clicks --producer --allow User:bob");
    done(&kafka, "acls add --topic cl --prefixed --deny User:eve --host 10.0.0.1");
    let listed = json(&kafka, "acls list --topic clicks");
    assert_eq!(listed.as_array().unwrap().len(), 5);
    let applying = json(&kafka, "acls list --topic clicks --applying --principal User:eve");
    assert_eq!(applying[0]["resource_name"], "cl");
    assert_eq!(applying[0]["permission"], "DENY");

    let server = format!("--bootstrap-server {}", kafka.bootstrap());
    assert_eq!(
        done(&kafka, &format!("kafka-acls {server} --list --topic clicks --principal User:alice")),
        "ACLs for principal `User:alice`\n\
         Current ACLs for resource `ResourcePattern(resourceType=TOPIC, name=clicks, patternType=LITERAL)`:\n\
         \t(principal=User:alice, host=*, operation=READ, permissionType=ALLOW)\n\
         \t(principal=User:alice, host=*, operation=DESCRIBE, permissionType=ALLOW)\n\n"
    );
    // The question is answered on standard input, and anything but y is a no.
    let ask = |answer: &str| {
        let words =
            format!("kafka-acls {server} --remove --topic clicks --allow-principal User:alice --operation read");
        let asked = feed(&mut logbus(words.split(' ')), answer);
        assert_eq!(asked.code, 0, "{}{}", asked.out, asked.err);
        assert!(
            asked.out.starts_with("Are you sure you want to remove ACLs: \n \t(principal=User:alice,"),
            "{}",
            asked.out
        );
        json(&kafka, "acls list --topic clicks").as_array().unwrap().len()
    };
    assert_eq!((ask("n\n"), ask(""), ask("Y\n")), (5, 5, 4));

    let shown = done(&kafka, "acls remove --topic clicks --principal User:bob");
    assert!(shown.ends_with("Nothing was changed: add --yes to remove.\n"), "{shown}");
    assert_eq!(done(&kafka, "acls remove --topic clicks --principal User:bob --yes").lines().count(), 3);
    assert_eq!(json(&kafka, "acls list --topic clicks").as_array().unwrap().len(), 1);
    let wrong = run(&kafka, "acls add --topic clicks --allow User:alice --operation idempotent-write");
    assert_eq!((wrong.code, wrong.err.starts_with("error: a Topic has no operation IdempotentWrite")), (2, true));
}

#[test]
fn transactions_are_listed_and_described_and_ended() {
    let Some(kafka) = kafka("transactions_are_listed_and_described_and_ended") else { return };
    done(&kafka, "topics create clicks");
    let sent = java(kafka.class_path())
        .args(["org.apache.kafka.tools.ProducerPerformance", "--topic", "clicks", "--num-records", "10"])
        .args(["--throughput", "-1", "--record-size", "10", "--transactional-id", "one"])
        .args(["--producer-props", &format!("bootstrap.servers={}", kafka.bootstrap())])
        .output()
        .unwrap();
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    let listed = json(&kafka, "transactions list");
    assert_eq!((&listed[0]["transactional_id"], listed.as_array().unwrap().len()), (&"one".into(), 1));
    assert_eq!(json(&kafka, "transactions list --state Ongoing").as_array().unwrap().len(), 0);
    let described = json(&kafka, "transactions describe one");
    assert_eq!(described[0]["producer_id"], listed[0]["producer_id"]);
    let producers = json(&kafka, "producers list clicks");
    assert_eq!(producers[0]["producer_id"], listed[0]["producer_id"]);
    assert_eq!(producers[0]["transaction_start"], Value::Null);
    assert!(
        done(&kafka, "transactions find-hanging --topic clicks").starts_with("No transaction hangs in 1 partition")
    );

    let epoch = |v: &Value| v[0]["producer_epoch"].as_i64().unwrap();
    let shown = done(&kafka, "transactions abort --transactional-id one");
    assert!(shown.starts_with("would end the transaction of one "), "{shown}");
    assert_eq!(epoch(&json(&kafka, "transactions describe one")), epoch(&described));
    done(&kafka, "transactions abort --transactional-id one --yes");
    assert!(epoch(&json(&kafka, "transactions describe one")) > epoch(&described), "the old producer is fenced");
    let nobody = run(&kafka, "transactions abort clicks:0 --start-offset 3 --yes");
    assert_eq!(nobody.code, 1);
    assert!(nobody.err.starts_with("error: clicks-0: no open transaction begins at offset 3"), "{}", nobody.err);
    assert_eq!(run(&kafka, "transactions describe two").code, 1);
}
