//! The image itself.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::cluster::BrokerRegistration;
use super::features::METADATA_VERSION_FEATURE;
use super::shards::Shards;
use super::topics::{PartitionImage, TopicImage};
use crate::model::{BrokerId, LeaderEpoch, Offset, PartitionId, TopicName, Uuid};
use crate::wire::records::metadata::{
    AccessControlEntryRecord, DelegationTokenRecord, EntityData, RegisterControllerRecord, UserScramCredentialRecord,
};

/// What a dynamic configuration belongs to (`ConfigResource.Type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConfigKind {
    /// A topic.
    Topic,
    /// A broker, or all of them when the name is empty.
    Broker,
    /// A client metrics subscription (KIP-714).
    ClientMetrics,
    /// A group (KIP-848).
    Group,
}

impl ConfigKind {
    /// Every kind that can be stored.
    pub const ALL: [ConfigKind; 4] =
        [ConfigKind::Topic, ConfigKind::Broker, ConfigKind::ClientMetrics, ConfigKind::Group];

    /// The number in requests and records.
    pub const fn code(self) -> i8 {
        match self {
            ConfigKind::Topic => 2,
            ConfigKind::Broker => 4,
            ConfigKind::ClientMetrics => 16,
            ConfigKind::Group => 32,
        }
    }

    /// The kind for a number, when it is one that can be stored (broker loggers, 8, cannot).
    pub fn from_code(code: i8) -> Option<ConfigKind> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// `ConfigResource.Type.name`.
    pub const fn name(self) -> &'static str {
        match self {
            ConfigKind::Topic => "TOPIC",
            ConfigKind::Broker => "BROKER",
            ConfigKind::ClientMetrics => "CLIENT_METRICS",
            ConfigKind::Group => "GROUP",
        }
    }
}

/// The owner of dynamic configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigResource {
    /// What it is.
    pub kind: ConfigKind,
    /// Its name; empty for the defaults of all brokers.
    pub name: Arc<str>,
}

impl ConfigResource {
    /// Pairs the two.
    pub fn new(kind: ConfigKind, name: impl AsRef<str>) -> ConfigResource {
        ConfigResource { kind, name: Arc::from(name.as_ref()) }
    }

    /// A topic's configuration.
    pub fn topic(name: &str) -> ConfigResource {
        Self::new(ConfigKind::Topic, name)
    }

    /// One broker's dynamic configuration.
    pub fn broker(id: BrokerId) -> ConfigResource {
        Self::new(ConfigKind::Broker, id.to_string())
    }

    /// The dynamic defaults of all brokers.
    pub fn all_brokers() -> ConfigResource {
        Self::new(ConfigKind::Broker, "")
    }
}

impl fmt::Display for ConfigResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConfigResource(type={}, name='{}')", self.kind.name(), self.name)
    }
}

/// Finalized feature levels; a feature at level 0 is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features {
    pub(super) levels: BTreeMap<String, i16>,
}

impl Features {
    /// The level of a feature, 0 when it is not enabled.
    pub fn level(&self, name: &str) -> i16 {
        self.levels.get(name).copied().unwrap_or(0)
    }

    /// The level of `metadata.version`, 0 before the cluster is bootstrapped.
    pub fn metadata_version(&self) -> i16 {
        self.level(METADATA_VERSION_FEATURE)
    }

    /// All enabled features by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, i16)> {
        self.levels.iter().map(|(name, level)| (name.as_str(), *level))
    }
}

/// How far an image has come in the metadata log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogPosition {
    /// Offset of the last record in it; -1 for none.
    pub offset: Offset,
    /// Epoch of that record.
    pub epoch: LeaderEpoch,
}

impl Default for LogPosition {
    fn default() -> Self {
        LogPosition { offset: Offset::NONE, epoch: LeaderEpoch(0) }
    }
}

/// A client quota's entity: its parts sorted by type, a `None` name meaning the default of the type.
pub type QuotaEntity = Vec<(String, Option<String>)>;

pub(super) fn quota_entity(parts: &[EntityData]) -> QuotaEntity {
    let mut entity: QuotaEntity = parts.iter().map(|p| (p.entity_type.clone(), p.entity_name.clone())).collect();
    entity.sort();
    entity
}

/// Everything that the metadata log says, at one offset. Cloning takes a few reference counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetadataImage {
    pub(super) position: LogPosition,
    pub(super) features: Arc<Features>,
    pub(super) kraft_version: i16,
    pub(super) brokers: Arc<BTreeMap<BrokerId, Arc<BrokerRegistration>>>,
    pub(super) controllers: Arc<BTreeMap<BrokerId, RegisterControllerRecord>>,
    pub(super) topics: Shards<Uuid, Arc<TopicImage>>,
    pub(super) topic_ids: Shards<TopicName, Uuid>,
    pub(super) configs: Shards<ConfigResource, Arc<BTreeMap<String, String>>>,
    pub(super) quotas: Arc<BTreeMap<QuotaEntity, BTreeMap<String, f64>>>,
    pub(super) acls: Arc<BTreeMap<Uuid, AccessControlEntryRecord>>,
    pub(super) scram: Arc<BTreeMap<(String, i8), UserScramCredentialRecord>>,
    pub(super) tokens: Arc<BTreeMap<String, DelegationTokenRecord>>,
    pub(super) next_producer_id: i64,
    pub(super) partition_count: usize,
}

impl MetadataImage {
    /// How far this image has come in the log.
    pub fn position(&self) -> LogPosition {
        self.position
    }

    /// The offset of the last record in this image.
    pub fn offset(&self) -> Offset {
        self.position.offset
    }

    /// Finalized features.
    pub fn features(&self) -> &Features {
        &self.features
    }

    /// The level of `kraft.version`, which control records settle and no record of the metadata: 1 once the log names the
    /// voters with their directories.
    pub fn kraft_version(&self) -> i16 {
        self.kraft_version
    }

    /// Registered brokers by id.
    pub fn brokers(&self) -> impl Iterator<Item = &Arc<BrokerRegistration>> {
        self.brokers.values()
    }

    /// One broker's registration.
    pub fn broker(&self, id: BrokerId) -> Option<&Arc<BrokerRegistration>> {
        self.brokers.get(&id)
    }

    /// Whether a broker is registered, unfenced and not shutting down.
    pub fn is_active(&self, id: BrokerId) -> bool {
        self.broker(id).is_some_and(|broker| broker.is_active())
    }

    /// Registered controllers by id.
    pub fn controllers(&self) -> impl Iterator<Item = &RegisterControllerRecord> {
        self.controllers.values()
    }

    /// One controller's registration.
    pub fn controller(&self, id: BrokerId) -> Option<&RegisterControllerRecord> {
        self.controllers.get(&id)
    }

    /// A topic by name.
    pub fn topic(&self, name: &str) -> Option<&Arc<TopicImage>> {
        self.topics.get(self.topic_ids.get(name)?)
    }

    /// A topic by id.
    pub fn topic_by_id(&self, id: Uuid) -> Option<&Arc<TopicImage>> {
        self.topics.get(&id)
    }

    /// A topic's id.
    pub fn topic_id(&self, name: &str) -> Option<Uuid> {
        self.topic_ids.get(name).copied()
    }

    /// One partition of a topic by name.
    pub fn partition(&self, topic: &str, index: PartitionId) -> Option<&Arc<PartitionImage>> {
        self.topic(topic)?.partition(index)
    }

    /// Every topic, in no order a person would expect.
    pub fn topics(&self) -> impl Iterator<Item = &Arc<TopicImage>> {
        self.topics.values()
    }

    /// How many topics there are.
    pub fn topic_count(&self) -> usize {
        self.topics.len()
    }

    /// How many partitions there are.
    pub fn partition_count(&self) -> usize {
        self.partition_count
    }

    /// The dynamic configuration of a resource: what was set on it, nothing inherited.
    pub fn config(&self, resource: &ConfigResource) -> Option<&Arc<BTreeMap<String, String>>> {
        self.configs.get(resource)
    }

    /// Resources with dynamic configuration.
    pub fn configs(&self) -> impl Iterator<Item = (&ConfigResource, &Arc<BTreeMap<String, String>>)> {
        self.configs.iter()
    }

    /// Client quotas by entity.
    pub fn quotas(&self) -> impl Iterator<Item = (&QuotaEntity, &BTreeMap<String, f64>)> {
        self.quotas.iter()
    }

    /// Access control entries.
    pub fn acls(&self) -> impl Iterator<Item = &AccessControlEntryRecord> {
        self.acls.values()
    }

    /// SCRAM credentials.
    pub fn scram_credentials(&self) -> impl Iterator<Item = &UserScramCredentialRecord> {
        self.scram.values()
    }

    /// Delegation tokens.
    pub fn delegation_tokens(&self) -> impl Iterator<Item = &DelegationTokenRecord> {
        self.tokens.values()
    }

    /// The first producer id of the next block to be given out.
    pub fn next_producer_id(&self) -> i64 {
        self.next_producer_id
    }
}
