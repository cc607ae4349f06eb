//! Where a record goes.

use crate::client::At;
use crate::model::partition_for_key;
use crate::wire::batch::Record;

/// The topic that records go to.
#[derive(Clone, Debug)]
pub enum Route {
    /// One for all.
    Topic(String),
    /// The one that the first of these headers names, as those who write dead-letter topics note it.
    Header(Vec<String>),
}

/// The partition that records go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partitioning {
    /// The one they came from.
    Keep,
    /// By key, as producers choose it; without key, by the partition they came from.
    ByKey,
}

impl Route {
    /// The topic for a record; `None` when its headers do not say.
    pub(super) fn topic(&self, record: &Record<'_>) -> Option<String> {
        match self {
            Route::Topic(topic) => Some(topic.clone()),
            Route::Header(names) => names.iter().find_map(|name| {
                let mut headers = record.headers;
                let header = headers.find(|header| header.key == name.as_bytes())?;
                let topic = std::str::from_utf8(header.value?).ok()?;
                (!topic.is_empty()).then(|| topic.to_owned())
            }),
        }
    }
}

impl Partitioning {
    /// The same for the same record, whenever it is asked: what was copied before a kill is found by it.
    pub(super) fn target(self, topic: String, count: i32, from: i32, key: Option<&[u8]>) -> At {
        let partition = match (self, key) {
            (Partitioning::Keep, _) => from,
            (Partitioning::ByKey, Some(key)) => partition_for_key(key, count),
            (Partitioning::ByKey, None) => from % count.max(1),
        };
        (topic, partition)
    }
}
