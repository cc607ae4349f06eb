//! Transactions on an Apache Kafka, by both protocols (KIP-890): committed by our producer, left open by one that was
//! killed, hanging because their coordinator never heard of them; found and ended.

use std::process::Stdio;
use std::time::Duration;

use logbus::client::{ClientConfig, Cluster, Target};
use logbus::model::{ProducerEpoch, ProducerId, Sequence, TimestampMs};
use logbus::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite};
use logbus::wire::messages::init_producer_id::InitProducerIdRequest;
use logbus::wire::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use serde_json::Value;

use super::apache_kafka::ApacheKafka;
use super::harness::{logbus, ran, wait_until};

fn run(kafka: &ApacheKafka, words: &str) -> String {
    let words = words.replace("@B", &kafka.bootstrap());
    let ran = ran(logbus(words.split(' ')).env("LOGBUS_BOOTSTRAP_SERVER", kafka.bootstrap()).output().unwrap());
    assert_eq!(ran.code, 0, "{words}\n{}{}", ran.out, ran.err);
    ran.out
}

/// The transactions in the files of the topic's partitions.
fn in_files(kafka: &ApacheKafka) -> Vec<Value> {
    let told = run(kafka, &format!("dump-log {}/txn-* --summary transactions -o json", kafka.data().display()));
    serde_json::from_str::<Value>(&told).unwrap()["data"].as_array().unwrap().clone()
}

fn count(all: &[Value], state: &str) -> (usize, u64) {
    let of: Vec<_> = all.iter().filter(|t| t["state"] == state).collect();
    (of.len(), of.iter().filter_map(|t| t["records"].as_u64()).sum())
}

/// Writes to a transaction as producers did before leaders asked the coordinator: it never hears of it.
fn leave_hanging(kafka: &ApacheKafka) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let cluster = Cluster::new(ClientConfig::new(vec![kafka.bootstrap()]));
        let request = InitProducerIdRequest {
            transactional_id: Some("lost".into()),
            transaction_timeout_ms: 60_000,
            ..Default::default()
        };
        let given = cluster.request(Target::Transaction("lost"), &request).await.unwrap();
        assert_eq!(given.error_code, 0);
        let mut batch = BatchBuilder::new(BuilderOptions {
            producer_id: ProducerId(given.producer_id),
            producer_epoch: ProducerEpoch(given.producer_epoch),
            base_sequence: Sequence(0),
            transactional: true,
            ..BuilderOptions::default()
        });
        batch.append(&RecordToWrite { timestamp: TimestampMs::now(), value: Some(b"v"), ..Default::default() });
        let records = Some(batch.build().unwrap().into());
        let topic = TopicProduceData {
            name: "txn".into(),
            partition_data: vec![PartitionProduceData { index: 1, records }],
            ..Default::default()
        };
        let request = ProduceRequest {
            transactional_id: Some("lost".into()),
            acks: -1,
            timeout_ms: 10_000,
            topic_data: vec![topic],
        };
        let connection = cluster.connection(Target::Any).await.unwrap();
        let answer = connection.send_in(&request, 11, Duration::from_secs(10)).await.unwrap();
        assert_eq!(answer.responses[0].partition_responses[0].error_code, 0);
    });
}

#[test]
fn transactions_are_committed_left_open_found_and_ended() {
    let directory = tempfile::tempdir().unwrap();
    let more = ["transaction.partition.verification.enable=false"];
    let Some(kafka) = ApacheKafka::start_in("transactional producer", directory, &more) else { return };
    run(&kafka, "topics create txn -p 2");
    let perf = "kafka-producer-perf-test --bootstrap-server @B --topic txn --record-size 10";
    for (round, level) in [(1, 2), (2, 0)] {
        if level == 0 {
            run(&kafka, "kafka-features --bootstrap-server @B downgrade --feature transaction.version=0");
        }
        let id = format!("perf-{level}");
        let said = run(
            &kafka,
            &format!("{perf} --num-records 300 --throughput 300 --transactional-id {id} --transaction-duration-ms 200"),
        );
        assert!(said.contains("300 records sent, "), "{said}");
        let mut committed = (0, 0);
        assert!(
            wait_until(|| {
                committed = count(&in_files(&kafka), "committed");
                committed.1 == 300 * round
            }),
            "{committed:?} at transaction.version {level}"
        );
        assert!(committed.0 as u64 >= 3 * round, "{committed:?}: a transaction every 200 ms");
        assert_eq!(count(&in_files(&kafka), "open").0, 0);
    }

    // A producer that is gone, whose transaction the coordinator would keep for long.
    let slow =
        format!("{perf} --num-records 1000 --throughput 20 --transactional-id gone --transaction-duration-ms 600000");
    let slow = slow.replace("@B", &kafka.bootstrap());
    let mut child = logbus(slow.split(' ')).stdout(Stdio::null()).spawn().unwrap();
    let state = || {
        let listed: Value = serde_json::from_str(&run(&kafka, "transactions list -o json")).unwrap();
        let all = listed["data"].as_array().unwrap().clone();
        all.iter().find(|t| t["transactional_id"] == "gone").map(|t| t["state"].as_str().unwrap().to_owned())
    };
    assert!(wait_until(|| state().as_deref() == Some("Ongoing")));
    child.kill().unwrap();
    child.wait().unwrap();
    let nothing = run(&kafka, "transactions find-hanging --older-than 0s");
    assert_eq!(nothing, "No transaction hangs in 52 partitions.\n".replace("52", nothing.split(' ').nth(4).unwrap()));
    run(&kafka, "transactions abort --transactional-id gone --yes");
    assert!(wait_until(|| matches!(state().as_deref(), Some("CompleteAbort" | "Empty"))), "{:?}", state());

    leave_hanging(&kafka);
    let found: Value =
        serde_json::from_str(&run(&kafka, "transactions find-hanging --topic txn --older-than 0s -o json")).unwrap();
    assert_eq!((found["data"].as_array().unwrap().len(), found["data"][0]["partition"].as_i64()), (1, Some(1)));
    let start = found["data"][0]["transaction_start"].as_i64().unwrap();
    let abort =
        format!("kafka-transactions --bootstrap-server @B abort --topic txn --partition 1 --start-offset {start}");
    run(&kafka, &abort);
    let nothing = run(&kafka, "transactions find-hanging --topic txn --older-than 0s");
    assert_eq!(nothing, "No transaction hangs in 2 partitions.\n");
    let last = in_files(&kafka);
    assert_eq!((count(&last, "open").0, count(&last, "aborted").0 >= 2), (0, true), "{last:?}");

    leave_hanging(&kafka);
    let found = run(&kafka, "transactions find-hanging --topic txn --older-than 0s");
    let next = found.lines().find_map(|line| line.strip_prefix("next: logbus ")).expect("the next command");
    run(&kafka, &format!("{next} --yes"));
    assert_eq!(run(&kafka, "transactions find-hanging --topic txn --older-than 0s"), nothing);
}
