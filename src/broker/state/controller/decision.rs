//! What every decision of the controller takes and gives.

use std::collections::BTreeMap;

use super::super::metadata::{ConfigKind, ConfigResource, MetadataImage};
use crate::model::ErrorCode;
use crate::wire::messages::create_topics::CreatableTopicConfigs;
use crate::wire::records::metadata::MetadataRecord;

/// How many records one request of a user may lead to (`QuorumController.MAX_RECORDS_PER_USER_OP`): one command must not
/// fill memory.
pub const MAX_RECORDS: usize = 10_000;

/// A correct no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", code.name(), message.as_deref().unwrap_or_else(|| code.message()))]
pub struct Refusal {
    /// The error on the wire.
    pub code: ErrorCode,
    /// What to tell the client beside the code; `None` leaves the code's own message.
    pub message: Option<String>,
}

impl Refusal {
    /// A refusal with its reason.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Refusal {
        Refusal { code, message: Some(message.into()) }
    }

    /// A refusal that says no more than its code.
    pub const fn bare(code: ErrorCode) -> Refusal {
        Refusal { code, message: None }
    }

    /// The refusal of a request that would lead to more than [`MAX_RECORDS`] records.
    pub fn too_large() -> Refusal {
        Refusal::new(ErrorCode::PolicyViolation, "Unable to perform excessively large batch operation.")
    }

    /// The message that Kafka's `ApiError` would carry: the reason, or the code's own text.
    pub fn text(&self) -> String {
        self.message.clone().unwrap_or_else(|| self.code.message().to_owned())
    }
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Refusal {
        Refusal::bare(code)
    }
}

/// Records to write, and the answer once they are committed.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision<A> {
    /// What to append, as one atomic unit.
    pub records: Vec<MetadataRecord>,
    /// What to answer then.
    pub answer: A,
}

/// How many offsets a command of `records` records takes: several are wrapped in a transaction's two markers (KIP-868),
/// because a leader may fall between any two records.
pub const fn offsets_taken(records: usize) -> i64 {
    match records {
        0 | 1 => records as i64,
        n => n as i64 + 2,
    }
}

impl<A> Decision<A> {
    /// An answer that changes nothing.
    pub const fn only(answer: A) -> Decision<A> {
        Decision { records: Vec::new(), answer }
    }

    /// The same answer without its records, for requests that only ask whether it would work.
    #[must_use]
    pub fn dry(mut self, validate_only: bool) -> Decision<A> {
        if validate_only {
            self.records.clear();
        }
        self
    }
}

/// What the table of settings knows and the controller needs. The controller's own room may not read the table.
pub trait ConfigRules: Send + Sync {
    /// Whether a resource may have exactly these settings.
    ///
    /// # Errors
    /// The refusal to answer, `INVALID_CONFIG` for a bad value.
    fn validate(&self, resource: &ConfigResource, values: &BTreeMap<String, String>) -> Result<(), Refusal>;

    /// Whether a setting is a list, so that APPEND and SUBTRACT make sense.
    fn is_list(&self, kind: ConfigKind, name: &str) -> bool;

    /// The value that holds where nobody set one dynamically: from the properties file, or the default.
    fn default_value(&self, kind: ConfigKind, name: &str) -> Option<String>;

    /// Every topic setting as it would hold for a topic with these overrides, with sources, sorted by name.
    fn topic_configs(&self, image: &MetadataImage, overrides: &BTreeMap<String, String>) -> Vec<CreatableTopicConfigs>;
}

/// Settings of the controller that requests fall back on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// `num.partitions`.
    pub num_partitions: i32,
    /// `default.replication.factor`.
    pub replication_factor: i16,
}

/// What decisions are made upon.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The newest state, proposals that are not committed yet included.
    pub image: &'a MetadataImage,
    /// The table of settings.
    pub rules: &'a dyn ConfigRules,
    /// Fallbacks.
    pub defaults: Defaults,
}

impl Context<'_> {
    /// A topic setting as it holds: set on the topic, on all brokers, in the properties file, or by default. (Settings
    /// of one broker cannot count: replicas on other brokers must agree.)
    pub fn topic_setting(&self, topic: &str, name: &str) -> Option<String> {
        let set_on = |resource: &ConfigResource| self.image.config(resource)?.get(name).cloned();
        set_on(&ConfigResource::topic(topic))
            .or_else(|| set_on(&ConfigResource::all_brokers()))
            .or_else(|| self.rules.default_value(ConfigKind::Topic, name))
    }
}
