//! The broker as the APIs see it: its partitions, the metadata image, and what it was told to be.

use std::sync::Arc;

use parking_lot::Mutex;

use super::answers::{AnswerCache, Stamp};
use super::controller_link::ControllerLink;
use super::directories::DirectoryNews;
use super::groups::GroupCoordinator;
use super::inbox::Inbox;
use super::log_dirs::LogDir;
use super::metadata::MetadataCache;
use super::metrics::Metrics;
use super::moves::mover::Mover;
use super::partition::{Partition, PartitionConfig};
use super::producer_ids::ProducerIdStock;
use super::replicas::{Placement, Replicas};
use super::replication::{IsrContext, Replication};
use crate::broker::state::fetch_session::FetchSessions;
use crate::broker::state::metadata::{
    ConfigKind, ConfigResource, DirectoryId, KRAFT_FEATURE, LocalChange, MetadataImage, MetadataUpdate, PartitionImage,
};
use crate::broker::state::partition::{Assignment, Standing};
use crate::config::{BrokerConfig, TopicConfig};
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, TimestampMs, TopicPartition, Uuid};
use crate::wire::messages::api_versions::{ApiVersionsResponse, FinalizedFeatureKey, SupportedFeatureKey};

/// The topic that holds groups and their offsets.
pub const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// The settings that the hot path reads, taken out of the table once.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `fetch.max.bytes`.
    pub fetch_max_bytes: usize,
    /// `replica.selector.class` is [`RACK_AWARE_SELECTOR`]: consumers are sent to replicas in their rack (KIP-392).
    pub rack_aware: bool,
}

/// The one rule that sends consumers to a replica near them.
pub const RACK_AWARE_SELECTOR: &str = "org.apache.kafka.common.replica.RackAwareReplicaSelector";

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
    pub replicas: Arc<Replicas>,
    /// Those of them that follow another broker.
    pub replication: Arc<Replication>,
    /// The metadata image, replaced whole at every change.
    pub metadata: Arc<MetadataCache>,
    /// The way to the controller.
    pub controller: ControllerLink,
    /// What the controller is to be told of directories.
    pub directories: Arc<DirectoryNews>,
    /// Moves replicas between log directories.
    pub mover: Mover,
    /// Groups and their offsets.
    pub groups: GroupCoordinator,
    /// Producer ids in stock.
    pub producer_ids: ProducerIdStock,
    /// When the broker started.
    pub started: TimestampMs,
    /// Fetch sessions.
    pub fetch_sessions: Mutex<FetchSessions<Arc<Inbox>>>,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// Encoded answers that many ask for.
    pub answers: AnswerCache,
}

impl Broker {
    /// The newest image, and the stamp of what is answered from it.
    pub fn stamped_image(&self) -> (Arc<MetadataImage>, Stamp) {
        let controller = self.controller.quorum().leadership().borrow().leader;
        let image = self.metadata.image();
        let stamp = Stamp { image: image.position(), controller };
        (image, stamp)
    }

    /// NOT_LEADER_OR_FOLLOWER when the metadata knows the partition, though this broker does not hold it.
    pub fn leader_elsewhere(&self, topic: &str, topic_id: Uuid, partition: i32) -> Option<ErrorCode> {
        self.leader_of(topic, topic_id, partition).map(|_| ErrorCode::NotLeaderOrFollower)
    }

    /// The leader of a partition, named by topic or by id.
    pub fn leader_of(&self, topic: &str, topic_id: Uuid, partition: i32) -> Option<(BrokerId, LeaderEpoch)> {
        let image = self.metadata.peek();
        let topic = if topic_id.is_zero() { image.topic(topic) } else { image.topic_by_id(topic_id) }?;
        topic.partition(partition).map(|p| (p.leader, p.leader_epoch))
    }

    /// What the task needs that takes in-sync sets to the controller ([`super::replication::isr::run`]).
    pub fn isr_context(&self) -> IsrContext {
        IsrContext {
            me: self.id,
            replicas: Arc::clone(&self.replicas),
            metadata: Arc::clone(&self.metadata),
            max_lag_ms: self.config.replica_lag_time_max_ms(),
        }
    }

    /// What the metadata says of a broker now.
    pub fn standing(&self, id: BrokerId) -> Standing {
        standing(&self.metadata.peek(), id)
    }

    /// Host, port and rack of a broker, as clients of `listener` reach it.
    pub fn endpoint_of(&self, node_id: i32, listener: &str) -> Option<(String, i32, Option<String>)> {
        let image = self.metadata.peek();
        let broker = image.broker(BrokerId(node_id))?;
        let endpoint = broker.endpoint(listener)?;
        Some((endpoint.host.to_string(), i32::from(endpoint.port), broker.rack.as_deref().map(str::to_owned)))
    }

    /// Adds supported and finalized features. Clients before version 4 reject a lowest level of zero (KIP-584).
    pub fn describe_features(image: &MetadataImage, version: i16, response: &mut ApiVersionsResponse) {
        response.supported_features = crate::broker::state::metadata::SUPPORTED_FEATURES
            .iter()
            .filter(|f| version >= 4 || f.min > 0)
            .map(|f| SupportedFeatureKey { name: f.name.to_owned(), min_version: f.min, max_version: f.max })
            .collect();
        let finalized = |name: &str, level: i16| FinalizedFeatureKey {
            name: name.to_owned(),
            max_version_level: level,
            min_version_level: level,
        };
        // Zero is what clients take a feature for that is not named.
        let kraft_version = Some(image.kraft_version()).filter(|level| *level > 0);
        let kraft_version = kraft_version.map(|level| finalized(KRAFT_FEATURE, level));
        response.finalized_features_epoch = image.offset().get();
        response.finalized_features =
            image.features().iter().map(|(name, level)| finalized(name, level)).chain(kraft_version).collect();
    }

    /// The effective settings of a topic.
    pub fn topic_config(&self, image: &MetadataImage, topic: &str) -> TopicConfig {
        let overrides = image.config(&ConfigResource::topic(topic));
        let pairs = overrides.iter().flat_map(|map| map.iter().map(|(k, v)| (k.as_str(), v.as_str())));
        TopicConfig::new(&self.config, pairs)
    }

    /// Has the controller told where a replica lies, if it thinks otherwise.
    fn tell_of_directory(&self, topic_id: Uuid, partition: i32, known: Option<Uuid>) {
        let Ok(held) = self.replicas.by_id(topic_id, partition) else { return };
        let Some(dir) = self.replicas.dirs().at(&held.log_dir()).map(LogDir::id) else { return };
        if let Some(future) = self.replicas.futures().of((topic_id, partition))
            && (known == Some(dir) || known == Some(future.to()))
        {
            // It is on its way there: the one who moves it tells, and waits for this.
            self.replicas.futures().nudge((topic_id, partition));
            return;
        }
        if known == Some(dir) {
            self.directories.forget((topic_id, partition));
        } else {
            self.directories.submit((topic_id, partition), dir);
        }
    }

    /// Deals with a replica whose log is damaged. While it is in sync and another one is too, the controller is told that
    /// it is lost, which takes it out of the in-sync set and the lead; then it fetches anew what is damaged. The last one
    /// in sync keeps what it has. Whether another one can serve instead.
    pub fn damaged(&self, partition: &Arc<Partition>) -> bool {
        self.damaged_under(&self.metadata.peek(), partition)
    }

    fn damaged_under(&self, image: &MetadataImage, partition: &Arc<Partition>) -> bool {
        let (topic_id, index) = partition.key();
        let Some(state) = image.topic_by_id(topic_id).and_then(|topic| topic.partition(index)) else { return false };
        let has_other = state.isr.iter().any(|id| *id != self.id && image.is_active(*id));
        if state.isr.contains(&self.id) {
            if has_other {
                self.directories.submit((topic_id, index), DirectoryId::LOST);
            }
        } else if partition.is_broken() && partition.reopen() {
            self.replicas.note_cut(partition);
            self.replication.leave((topic_id, index));
            self.set_source(topic_id, index, state);
        }
        has_other
    }

    /// Brings the partitions of this broker to what a new image says.
    pub fn apply(&self, update: &MetadataUpdate) {
        let mut configs: std::collections::HashMap<String, Arc<PartitionConfig>> = std::collections::HashMap::new();
        let mut config_of = |topic: &str| {
            if let Some(made) = configs.get(topic) {
                return Arc::clone(made);
            }
            let made = Arc::new(PartitionConfig::from_topic(&self.topic_config(&update.new, topic), &self.config));
            configs.insert(topic.to_owned(), Arc::clone(&made));
            made
        };
        let mut deleted = Vec::new();
        if let Some(offsets) = update.new.topic(OFFSETS_TOPIC) {
            self.groups.set_partition_count(i32::try_from(offsets.partitions.len()).unwrap_or(i32::MAX));
        }
        for change in update.changes.for_broker(self.id, &update.old, &update.new) {
            match change {
                LocalChange::Lead { topic, topic_id, partition, state, .. }
                | LocalChange::Follow { topic, topic_id, partition, state } => {
                    let config = config_of(topic.as_str());
                    let directory = state.directory_of(self.id);
                    let assignment = assignment(&state);
                    let leads = state.leader == self.id;
                    let is_offsets = topic.as_str() == OFFSETS_TOPIC;
                    let name = TopicPartition::new(topic, partition);
                    self.replicas.place(Placement { name, topic_id, assignment, directory, config });
                    self.tell_of_directory(topic_id, partition, directory);
                    self.set_source(topic_id, partition, &state);
                    self.look_after_broken(&update.new, topic_id, partition);
                    if is_offsets && leads {
                        self.groups.on_leadership(partition, state.leader_epoch);
                    } else if is_offsets {
                        self.groups.on_resign(partition);
                    }
                }
                LocalChange::Remove { topic, topic_id, partition, topic_deleted } => {
                    if topic.as_str() == OFFSETS_TOPIC {
                        self.groups.on_resign(partition);
                    }
                    if topic_deleted && partition == 0 {
                        deleted.push(topic.as_str().to_owned());
                    }
                    self.replication.leave((topic_id, partition));
                    self.directories.forget((topic_id, partition));
                    // Also what was reassigned to others: a replica that is none any more takes no room.
                    self.replicas.remove(topic_id, partition, true);
                }
            }
        }
        if !deleted.is_empty() {
            self.groups.on_topics_deleted(&deleted);
        }
        self.tell_of_brokers(update);
        if update.changes.configs.iter().any(|resource| resource.kind == ConfigKind::Broker) {
            self.replication.configure(&update.new);
            self.configure_directories(&update.new);
        }
        for resource in &update.changes.configs {
            if *resource == ConfigResource::topic(&resource.name) {
                self.replicas.configure(&resource.name, &config_of(&resource.name));
            }
        }
    }
}

impl Broker {
    /// Has a partition follow its leader, if there is one and it is another broker.
    fn set_source(&self, topic_id: Uuid, partition: i32, state: &PartitionImage) {
        let leads_or_waits = state.leader == self.id || state.leader == BrokerId::NONE;
        match self.replicas.by_id(topic_id, partition) {
            Ok(follower) if !leads_or_waits => {
                self.replication.follow(&follower, state.leader, state.leader_epoch);
            }
            _ => self.replication.leave((topic_id, partition)),
        }
    }

    /// A log that could not be opened may be made anew once this replica is not in sync any more.
    fn look_after_broken(&self, image: &MetadataImage, topic_id: Uuid, partition: i32) {
        if let Ok(broken) = self.replicas.by_id(topic_id, partition)
            && broken.is_broken()
        {
            self.damaged_under(image, &broken);
        }
    }

    /// Puts in force what the settings say of the log directories, for this broker or for all.
    pub fn configure_directories(&self, image: &MetadataImage) {
        let of = |resource, name: &str| image.config(&resource).and_then(|all| all.get(name).cloned());
        let dynamic =
            |name: &str| of(ConfigResource::broker(self.id), name).or_else(|| of(ConfigResource::all_brokers(), name));
        let rate = dynamic("replica.alter.log.dirs.io.max.bytes.per.second").and_then(|text| text.trim().parse().ok());
        let rate = rate.unwrap_or_else(|| self.config.replica_alter_log_dirs_io_max_bytes_per_second());
        self.replicas.futures().throttle().lock().set_rate(rate, TimestampMs::now());
        let cordoned: Vec<String> = match dynamic("cordoned.log.dirs") {
            Some(text) => text.split(',').map(|path| path.trim().to_owned()).filter(|path| !path.is_empty()).collect(),
            None => self.config.cordoned_log_dirs().to_vec(),
        };
        self.replicas.dirs().cordon(&cordoned);
    }

    /// Tells leaders of followers that were fenced, or are back.
    fn tell_of_brokers(&self, update: &MetadataUpdate) {
        let others: Vec<_> = update.changes.brokers.iter().filter(|id| **id != self.id).collect();
        if others.is_empty() {
            return;
        }
        let now = TimestampMs::now();
        for partition in self.replicas.all() {
            for id in &others {
                partition.broker_changed(**id, standing(&update.new, **id), now);
            }
        }
    }
}

fn standing(image: &MetadataImage, id: BrokerId) -> Standing {
    image.broker(id).map_or_else(Standing::default, |registration| Standing {
        epoch: Some(registration.epoch),
        active: registration.is_active(),
    })
}

fn assignment(state: &PartitionImage) -> Assignment {
    Assignment {
        leader: state.leader,
        leader_epoch: state.leader_epoch,
        partition_epoch: state.partition_epoch,
        replicas: state.replicas.clone(),
        isr: state.isr.clone(),
    }
}
