//! What a metadata log tells of the past: who led a partition, with which ISR, replicas and settings, and why that
//! changed; which brokers were there. Offline, from Kafka's files and from ours.

mod files;
mod state;
mod why;

use serde::Serialize;

pub use files::{HistoryError, read};
pub use state::{Broker, History, Partition};

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A partition.
    Partition {
        /// Its topic.
        topic: String,
        /// Its number.
        partition: i32,
    },
    /// A topic as a whole.
    Topic {
        /// Its name.
        topic: String,
    },
    /// A broker.
    Broker {
        /// Its id.
        broker: i32,
    },
}

/// One change.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// When, in milliseconds.
    pub time_ms: i64,
    /// The record's offset in the metadata log.
    pub offset: i64,
    /// The term of the controller that wrote it.
    pub controller_epoch: i32,
    /// What it is about.
    #[serde(flatten)]
    pub subject: Subject,
    /// How the partition is from here on; `None` for what is none, or is gone.
    pub partition_state: Option<Partition>,
    /// How the broker is from here on; `None` for what is none, or is gone.
    pub broker_state: Option<Broker>,
    /// The setting that changed, and its value; `None` for its default.
    pub config: Option<(String, Option<String>)>,
    /// What changed.
    pub what: String,
    /// Why, as far as the records tell; empty if they do not.
    pub why: String,
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The changes of this topic; of the brokers if there is none.
    pub topic: Option<String>,
    /// Of this partition alone.
    pub partition: Option<i32>,
    /// From this time on, in milliseconds.
    pub from_ms: Option<i64>,
    /// Up to this time.
    pub to_ms: Option<i64>,
}

impl Wanted {
    /// Whether a change is asked for.
    pub fn takes(&self, change: &Change) -> bool {
        let in_time =
            self.from_ms.is_none_or(|from| change.time_ms >= from) && self.to_ms.is_none_or(|to| change.time_ms <= to);
        let by_subject = match (&change.subject, &self.topic) {
            (Subject::Broker { .. }, None) => true,
            (Subject::Topic { topic }, Some(wanted)) => topic == wanted,
            (Subject::Partition { topic, partition }, Some(wanted)) => {
                topic == wanted && self.partition.is_none_or(|wanted| wanted == *partition)
            }
            _ => false,
        };
        in_time && by_subject
    }
}

#[cfg(test)]
mod tests;
