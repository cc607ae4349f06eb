//! `flush.messages` and `flush.ms`: records are forced to disk when the topic says so, and the recovery point tells.

use logbus::model::{ErrorCode, TimestampMs};

use crate::admin::get;
use crate::harness::{Broker, wait_until};
use crate::talk::{Talk, batch_of, code};

/// How far a partition was forced to disk.
fn recovery_point(broker: &Broker, topic: &str) -> i64 {
    let page = get(broker, "/metrics").body;
    let name = format!("logbus_log_recoverypoint{{topic=\"{topic}\",partition=\"0\"}} ");
    let line = page.lines().find_map(|line| line.strip_prefix(&name)).unwrap_or_else(|| panic!("{page}"));
    line.parse().unwrap()
}

#[test]
fn a_topic_with_flush_messages_1_is_on_disk_with_every_answer_and_others_are_not() {
    let broker = Broker::start();
    let talk = Talk::with(&broker.bootstrap());
    talk.create("careful", 1, &["flush.messages=1"]);
    talk.create("every-third", 1, &["flush.messages=3"]);
    talk.create("easy", 1, &[]);
    for n in 1..=4 {
        for topic in ["careful", "every-third", "easy"] {
            let answer = talk.produce(topic, 0, batch_of(b"value", TimestampMs::now()));
            assert_eq!(code(&answer), ErrorCode::None);
        }
        assert_eq!(recovery_point(&broker, "careful"), n);
        assert_eq!(recovery_point(&broker, "every-third"), n / 3 * 3);
    }
    assert_eq!(recovery_point(&broker, "easy"), 0, "the operating system has the time that it wants");
}

#[test]
fn a_topic_with_flush_ms_is_on_disk_after_that_time_without_another_record() {
    let broker = Broker::start();
    let talk = Talk::with(&broker.bootstrap());
    talk.create("timed", 1, &["flush.ms=50"]);
    assert_eq!(code(&talk.produce("timed", 0, batch_of(b"value", TimestampMs::now()))), ErrorCode::None);
    assert!(wait_until(|| recovery_point(&broker, "timed") == 1), "log:\n{}", broker.log());
}
