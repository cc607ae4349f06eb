//! Partitions in number: what they cost before they are used, how a start finds them, and what clients are told of them.

use std::time::Duration;

use logbus::client::{
    ClientConfig, Cluster, Consumer, ConsumerConfig, Producer, ProducerConfig, ProducerRecord, StartAt, Topics,
};

use crate::harness::{Broker, PATIENCE, logbus};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn cluster(broker: &Broker) -> Cluster {
    Cluster::new(ClientConfig::new(vec![broker.bootstrap()]))
}

fn run(broker: &Broker, args: &[&str]) {
    let done = logbus(args).args(["-b", &broker.bootstrap()]).output().unwrap();
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Directories of a topic's partitions.
fn directories(broker: &Broker, topic: &str) -> usize {
    let prefix = format!("{topic}-");
    let entries = std::fs::read_dir(broker.data()).unwrap();
    entries.filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with(&prefix)).count()
}

async fn produce(broker: &Broker, topic: &str, partition: i32, records: usize, bytes: usize) {
    let mut producer = Producer::new(cluster(broker), ProducerConfig::default());
    let value = vec![b'x'; bytes];
    for _ in 0..records {
        let partition = Some(partition);
        producer
            .send(&ProducerRecord { topic, partition, value: Some(&value), ..ProducerRecord::default() })
            .await
            .unwrap();
    }
    producer.flush().await.unwrap();
    assert_eq!(producer.delivered(), records as u64);
}

/// Offsets of the records of a partition, which must count up from 0.
async fn count(broker: &Broker, topic: &str, partition: i32) -> i64 {
    let at = vec![((topic.to_owned(), partition), StartAt::Earliest)];
    let mut consumer = Consumer::assign(cluster(broker), ConsumerConfig::default(), at).await.unwrap();
    let mut next = 0;
    loop {
        let polled = consumer.poll(Duration::from_millis(1500)).await.unwrap();
        if polled.is_empty() {
            return next;
        }
        for records in polled {
            let after = records
                .for_each(|record| {
                    assert_eq!(record.offset.get(), next);
                    next += 1;
                    true
                })
                .unwrap();
            consumer.used_until(&records.topic, records.partition, after);
        }
    }
}

/// The partitions of each topic, as two clients hear of them: the second of the same question.
async fn partitions_of(one: &Cluster, two: &Cluster, topic: &str) -> Option<usize> {
    let mut heard = Vec::new();
    for cluster in [one, two, one] {
        let metadata = cluster.metadata(Topics::All).await.unwrap();
        heard.push(metadata.topics.get(topic).map(|topic| topic.partitions.len()));
    }
    assert!(heard.windows(2).all(|two| two[0] == two[1]), "{heard:?}");
    heard[0]
}

#[test]
fn a_changed_cluster_is_never_answered_with_what_it_was_before() {
    let broker = Broker::start();
    let (one, two) = (cluster(&broker), cluster(&broker));
    let runtime = runtime();
    let told = |what: &str| runtime.block_on(partitions_of(&one, &two, what));
    assert_eq!(told("t"), None);
    for round in 0..3 {
        run(&broker, &["topics", "create", "t", "--partitions", "2"]);
        assert_eq!(told("t"), Some(2), "round {round}");
        run(&broker, &["topics", "create", "other", "--partitions", "1"]);
        assert_eq!((told("t"), told("other")), (Some(2), Some(1)));
        run(&broker, &["topics", "delete", "t", "other", "--yes"]);
        assert_eq!((told("t"), told("other")), (None, None));
    }
}

#[test]
fn a_topic_that_was_asked_for_before_it_was_there_is_found_when_it_is() {
    let broker = Broker::with(&["auto.create.topics.enable=false"]);
    let cluster = cluster(&broker);
    let runtime = runtime();
    for name in ["a", "b"] {
        assert!(runtime.block_on(cluster.topic(name, true)).is_err());
        run(&broker, &["topics", "create", name, "--partitions", "3"]);
        assert_eq!(runtime.block_on(cluster.topic(name, true)).unwrap().partitions.len(), 3);
    }
}

#[test]
fn partitions_take_room_on_the_disk_with_their_first_record_and_outlive_every_stop() {
    let mut broker = Broker::start();
    run(&broker, &["topics", "create", "many", "--partitions", "300"]);
    assert_eq!(directories(&broker, "many"), 0);
    let runtime = runtime();
    for partition in [7, 299] {
        runtime.block_on(produce(&broker, "many", partition, 5, 100));
    }
    assert_eq!(directories(&broker, "many"), 2);
    for round in 0..3 {
        if round % 2 == 0 {
            broker.kill();
        } else {
            assert!(broker.terminate().success());
        }
        broker.start_again();
        for partition in [7, 299] {
            assert_eq!(runtime.block_on(count(&broker, "many", partition)), 5, "round {round}");
        }
        assert_eq!(runtime.block_on(count(&broker, "many", 8)), 0);
        let topic = runtime.block_on(cluster(&broker).topic("many", true)).unwrap();
        assert_eq!(topic.partitions.len(), 300);
        assert_eq!(directories(&broker, "many"), 2);
    }
    runtime.block_on(produce(&broker, "many", 7, 5, 100));
    assert_eq!(runtime.block_on(count(&broker, "many", 7)), 10);
}

#[test]
fn a_long_log_is_marked_while_it_is_written_and_nothing_of_it_is_lost_by_a_kill() {
    let mut broker = Broker::start();
    run(&broker, &["topics", "create", "long", "--partitions", "1"]);
    let runtime = runtime();
    let (records, bytes) = (180, 500_000);
    runtime.block_on(produce(&broker, "long", 0, records, bytes));
    let file = broker.data().join("logbus-written-offset-checkpoint");
    let end = std::time::Instant::now() + PATIENCE;
    let marked = loop {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        if let Some(offset) = text.lines().find_map(|line| line.strip_prefix("long 0 ")) {
            break offset.parse::<usize>().unwrap();
        }
        assert!(std::time::Instant::now() < end, "no mark after more than 64 MiB");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert!(marked > 100 && marked <= records, "{marked}");
    for _ in 0..2 {
        broker.kill();
        broker.start_again();
        assert_eq!(runtime.block_on(count(&broker, "long", 0)), records as i64);
    }
    assert!(broker.terminate().success());
    let recovery_points = std::fs::read_to_string(broker.data().join("recovery-point-offset-checkpoint")).unwrap();
    assert!(recovery_points.contains(&format!("long 0 {records}")), "{recovery_points}");
}
