//! `kill -9` under load: what was acknowledged before it is there after it, once and in order.
//!
//! `LOGBUS_KILLS` says how often (3 unless told), `LOGBUS_KILL_MB` how much is produced in all (48 unless told).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use logbus::client::{
    ClientConfig, Cluster, Consumer, ConsumerConfig, Producer, ProducerConfig, ProducerRecord, StartAt,
};

use crate::harness::{Broker, logbus};

const PARTITIONS: i32 = 6;
const VALUE: usize = 1000;

fn from_env(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// The value of the `n`th record of a partition: its number, and bytes to give it weight.
fn value(n: u64) -> Vec<u8> {
    let mut value = format!("{n:020}").into_bytes();
    value.resize(VALUE, b'.');
    value
}

#[test]
fn nothing_acknowledged_is_lost_doubled_or_reordered_by_kill_9() {
    kill_under_load(&[]);
}

#[test]
fn nor_when_every_append_is_synced_before_it_is_acknowledged() {
    kill_under_load(&["log.flush.interval.messages=1"]);
}

fn kill_under_load(settings: &[&str]) {
    let kills = from_env("LOGBUS_KILLS", 3);
    let records = from_env("LOGBUS_KILL_MB", 48) * 1_000_000 / VALUE as u64;
    let mut broker = Broker::with(settings);
    let bootstrap = broker.bootstrap();
    let made = logbus(["topics", "create", "load", "--partitions", "6", "-b", &bootstrap]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));

    let done = Arc::new(AtomicBool::new(false));
    let load = std::thread::spawn({
        let (bootstrap, done) = (bootstrap.clone(), Arc::clone(&done));
        move || {
            let sent = runtime().block_on(produce(&bootstrap, records, kills));
            done.store(true, Ordering::Release);
            sent
        }
    });
    let mut killed = 0;
    while !done.load(Ordering::Acquire) && killed < kills {
        // Another moment each time, so that kills fall into appends, rolls, checkpoints and starts.
        std::thread::sleep(Duration::from_millis(150 + killed * 61 % 400));
        broker.kill();
        broker.start_again();
        killed += 1;
    }
    let sent = load.join().unwrap();
    assert_eq!(killed, kills, "the load ended before the kills did; raise LOGBUS_KILL_MB");
    broker.kill();
    broker.start_again();
    assert_eq!(runtime().block_on(read_all(&broker.bootstrap())), sent);
}

/// Produces with idempotence, paced so that the load outlasts the kills; gives the number of records of each partition.
async fn produce(bootstrap: &str, records: u64, kills: u64) -> Vec<u64> {
    let cluster = Cluster::new(ClientConfig::new(vec![bootstrap.to_owned()]));
    let mut producer = Producer::new(cluster, ProducerConfig::default());
    let mut sent = vec![0u64; PARTITIONS as usize];
    let pause = Duration::from_millis(kills * 900) / u32::try_from(records / 1000 + 1).unwrap();
    for n in 0..records {
        let partition = (n / 100 % PARTITIONS as u64) as usize;
        let value = value(sent[partition]);
        let record = ProducerRecord {
            topic: "load",
            partition: Some(partition as i32),
            value: Some(&value),
            ..ProducerRecord::default()
        };
        producer.send(&record).await.unwrap();
        sent[partition] += 1;
        if n % 1000 == 999 {
            let until = tokio::time::Instant::now() + pause;
            while tokio::time::timeout_at(until, producer.drive()).await.is_ok_and(|driven| driven.is_ok()) {}
        }
    }
    producer.flush().await.unwrap();
    assert_eq!(producer.delivered(), records, "every record was acknowledged in the end");
    sent
}

/// Reads every partition to its end: values must count up from 0 without a gap or a repeat. Gives their counts.
async fn read_all(bootstrap: &str) -> Vec<u64> {
    let cluster = Cluster::new(ClientConfig::new(vec![bootstrap.to_owned()]));
    let at = (0..PARTITIONS).map(|p| (("load".to_owned(), p), StartAt::Earliest)).collect();
    let mut consumer = Consumer::assign(cluster, ConsumerConfig::default(), at).await.unwrap();
    let mut next = vec![0u64; PARTITIONS as usize];
    loop {
        let polled = consumer.poll(Duration::from_millis(1500)).await.unwrap();
        if polled.is_empty() {
            return next;
        }
        for records in polled {
            let expected = &mut next[records.partition as usize];
            let after = records
                .for_each(|record| {
                    let n: u64 = std::str::from_utf8(&record.value.unwrap()[..20]).unwrap().parse().unwrap();
                    assert_eq!(n, *expected, "partition {} at offset {}", records.partition, record.offset);
                    *expected += 1;
                    true
                })
                .unwrap();
            consumer.used_until(&records.topic, records.partition, after);
        }
    }
}
