//! The broker as the APIs see it: its partitions, the metadata image, and what it was told to be.

use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::metrics::Metrics;
use super::partition::PartitionConfig;
use super::replicas::{Placement, Replicas};
use crate::broker::state::fetch_session::FetchSessions;
use crate::broker::state::metadata::{ConfigResource, LocalChange, MetadataImage, MetadataUpdate, PartitionImage};
use crate::broker::state::partition::Assignment;
use crate::config::{BrokerConfig, TopicConfig};
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, TopicPartition, Uuid};
use crate::wire::messages::api_versions::{ApiVersionsResponse, FinalizedFeatureKey, SupportedFeatureKey};

/// The settings that the hot path reads, taken out of the table once.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `fetch.max.bytes`.
    pub fetch_max_bytes: usize,
}

/// One broker.
#[derive(Debug)]
pub struct Broker {
    /// `node.id`.
    pub id: BrokerId,
    /// The cluster's id.
    pub cluster_id: String,
    /// Settings as started; dynamic ones live in the image.
    pub config: Arc<BrokerConfig>,
    /// Settings of the hot path.
    pub settings: Settings,
    /// Partitions.
    pub replicas: Replicas,
    /// The metadata, replaced whole at every change.
    pub image: Arc<ArcSwap<MetadataImage>>,
    /// Fetch sessions.
    pub fetch_sessions: Mutex<FetchSessions>,
    /// Counters.
    pub metrics: Arc<Metrics>,
}

impl Broker {
    /// NOT_LEADER_OR_FOLLOWER when the metadata knows the partition, though this broker does not hold it.
    pub fn leader_elsewhere(&self, topic: &str, topic_id: Uuid, partition: i32) -> Option<ErrorCode> {
        self.leader_of(topic, topic_id, partition).map(|_| ErrorCode::NotLeaderOrFollower)
    }

    /// The leader of a partition, named by topic or by id.
    pub fn leader_of(&self, topic: &str, topic_id: Uuid, partition: i32) -> Option<(BrokerId, LeaderEpoch)> {
        let image = self.image.load();
        let topic = if topic_id.is_zero() { image.topic(topic) } else { image.topic_by_id(topic_id) }?;
        topic.partition(partition).map(|p| (p.leader, p.leader_epoch))
    }

    /// Host, port and rack of a broker, as clients of `listener` reach it.
    pub fn endpoint_of(&self, node_id: i32, listener: &str) -> Option<(String, i32, Option<String>)> {
        let image = self.image.load();
        let broker = image.broker(BrokerId(node_id))?;
        let endpoint = broker.endpoint(listener)?;
        Some((endpoint.host.to_string(), i32::from(endpoint.port), broker.rack.as_deref().map(str::to_owned)))
    }

    /// Adds supported and finalized features. Clients before version 4 reject a lowest level of zero (KIP-584).
    pub fn describe_features(&self, version: i16, response: &mut ApiVersionsResponse) {
        let image = self.image.load();
        response.supported_features = crate::broker::state::metadata::SUPPORTED_FEATURES
            .iter()
            .filter(|f| version >= 4 || f.min > 0)
            .map(|f| SupportedFeatureKey { name: f.name.to_owned(), min_version: f.min, max_version: f.max })
            .collect();
        response.finalized_features_epoch = image.offset().get();
        response.finalized_features = image
            .features()
            .iter()
            .map(|(name, level)| FinalizedFeatureKey {
                name: name.to_owned(),
                max_version_level: level,
                min_version_level: level,
            })
            .collect();
    }

    /// The effective settings of a topic.
    pub fn topic_config(&self, image: &MetadataImage, topic: &str) -> TopicConfig {
        let overrides = image.config(&ConfigResource::topic(topic));
        let pairs = overrides.iter().flat_map(|map| map.iter().map(|(k, v)| (k.as_str(), v.as_str())));
        TopicConfig::new(&self.config, pairs)
    }

    /// Brings the partitions of this broker to what a new image says.
    pub fn apply(&self, update: &MetadataUpdate) {
        let mut configs: std::collections::HashMap<String, Arc<PartitionConfig>> = std::collections::HashMap::new();
        let mut config_of = |topic: &str| {
            let made = || Arc::new(PartitionConfig::from_topic(&self.topic_config(&update.new, topic), &self.config));
            Arc::clone(configs.entry(topic.to_owned()).or_insert_with(made))
        };
        for change in update.changes.for_broker(self.id, &update.old, &update.new) {
            match change {
                LocalChange::Lead { topic, topic_id, partition, state, .. }
                | LocalChange::Follow { topic, topic_id, partition, state } => {
                    let config = config_of(topic.as_str());
                    let directory = state.directory_of(self.id);
                    let name = TopicPartition::new(topic, partition);
                    let assignment = assignment(&state);
                    self.replicas.place(Placement { name, topic_id, assignment, directory, config });
                }
                LocalChange::Remove { topic_id, partition, topic_deleted, .. } => {
                    self.replicas.remove(topic_id, partition, topic_deleted);
                }
            }
        }
        for resource in &update.changes.configs {
            if *resource == ConfigResource::topic(&resource.name) {
                self.replicas.configure(&resource.name, &config_of(&resource.name));
            }
        }
    }
}

fn assignment(state: &PartitionImage) -> Assignment {
    Assignment {
        leader: state.leader,
        leader_epoch: state.leader_epoch,
        partition_epoch: state.partition_epoch,
        replicas: state.replicas.to_vec(),
        isr: state.isr.to_vec(),
    }
}
