//! The files of a partition are Kafka's: Apache Kafka serves what logbus wrote, and logbus reads what that became.

use std::fs;

use logbus::log::files::PARTITION_METADATA_FILE;
use logbus::model::{ErrorCode, TimestampMs};
use logbus::wire::compression::Codec;

use crate::apache_kafka::{ApacheKafka, class_path};
use crate::harness::{Broker, logbus, wait_until};
use crate::talk::{Talk, batch_of, code};

#[test]
fn apache_kafka_serves_a_copy_of_a_partition_directory_and_appends_to_it() {
    let test = "Apache Kafka on a partition of logbus";
    if class_path(test).is_none() {
        return;
    }
    let mut broker = Broker::start();
    let talk = Talk::with(&broker.bootstrap());
    talk.create("orders", 1, &["segment.bytes=1048576"]);
    let mut values: Vec<Vec<u8>> = Vec::new();
    for codec in Codec::ALL {
        let of_codec = (0..6000).map(|n| format!("{} {n} {}", codec.name(), "x".repeat(n % 1000)).into_bytes());
        let of_codec: Vec<_> = of_codec.collect();
        talk.produce_all("orders", 0, codec, of_codec.clone());
        values.extend(of_codec);
    }
    broker.terminate();

    let Some(mut kafka) = ApacheKafka::start(test) else { return };
    Talk::with(&kafka.bootstrap()).create("orders", 1, &["segment.bytes=1048576"]);
    // It makes the directory some time after it has told of the topic.
    assert!(wait_until(|| kafka.data().join("orders-0").join(PARTITION_METADATA_FILE).exists()));
    // A killed Kafka trusts nothing: it reads every batch of the copy before it serves it.
    kafka.kill_and_start_again_after(|data| {
        let (from, to) = (broker.data().join("orders-0"), data.join("orders-0"));
        for entry in fs::read_dir(&to).unwrap().map(Result::unwrap) {
            // The topic's id is the cluster's own.
            if entry.file_name() != PARTITION_METADATA_FILE {
                fs::remove_file(entry.path()).unwrap();
            }
        }
        let mut segments = 0;
        for entry in fs::read_dir(&from).unwrap().map(Result::unwrap) {
            let name = entry.file_name();
            if name != PARTITION_METADATA_FILE {
                fs::copy(entry.path(), to.join(&name)).unwrap();
                segments += usize::from(name.to_string_lossy().ends_with(".log"));
            }
        }
        assert!(segments > 1, "more than one segment");
    });
    let talk = Talk::with(&kafka.bootstrap());
    assert!(talk.read("orders", 0, values.len()) == values, "Apache Kafka gives back what logbus wrote");
    let appended: Vec<Vec<u8>> = (0..500).map(|n| format!("appended {n}").into_bytes()).collect();
    // One by one: the producer ids of the two clusters begin at the same number, and the copy knows those of logbus.
    for value in &appended {
        assert_eq!(code(&talk.produce("orders", 0, batch_of(value, TimestampMs::now()))), ErrorCode::None);
    }
    values.extend(appended);
    assert!(talk.read("orders", 0, values.len()) == values, "and what it appended itself");

    let logs = kafka.data().join("orders-0");
    let dumped = logbus(["dump-log", "--print-data-log"]).arg(&logs).output().unwrap();
    let (text, said) = (String::from_utf8_lossy(&dumped.stdout), String::from_utf8_lossy(&dumped.stderr));
    assert!(dumped.status.success(), "{said}");
    for value in values.iter().step_by(97).chain(values.last()) {
        let value = String::from_utf8_lossy(value);
        assert!(text.contains(&*value), "{value} is not in the dump of {}", logs.display());
    }
}
