//! What a run of records touched, and what that means for one broker.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::image::{ConfigResource, MetadataImage};
use super::topics::PartitionImage;
use crate::model::{BrokerId, PartitionId, TopicName, Uuid};

/// The parts of an image that differ from the image before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataChanges {
    topics: BTreeMap<Uuid, (Option<TopicName>, BTreeSet<PartitionId>)>,
    /// Resources whose dynamic configuration changed or went.
    pub configs: BTreeSet<ConfigResource>,
    /// Brokers that were registered, changed or unregistered.
    pub brokers: BTreeSet<BrokerId>,
    /// Whether a controller registered.
    pub controllers: bool,
    /// Whether a feature's level changed.
    pub features: bool,
    /// Whether client quotas changed.
    pub quotas: bool,
    /// Whether access control entries changed.
    pub acls: bool,
    /// Whether SCRAM credentials or delegation tokens changed.
    pub credentials: bool,
}

/// What one broker must do about one partition.
#[derive(Clone, Debug, PartialEq)]
pub enum LocalChange {
    /// It leads the partition, with new facts. `new_epoch` says that its leadership is new or was renewed: then it
    /// begins a leader epoch at its log end offset.
    Lead {
        /// Topic name.
        topic: TopicName,
        /// Topic id.
        topic_id: Uuid,
        /// Partition index.
        partition: PartitionId,
        /// The partition as decided.
        state: Arc<PartitionImage>,
        /// Whether the leader epoch is new to this broker.
        new_epoch: bool,
    },
    /// It follows another broker, or waits for a leader.
    Follow {
        /// Topic name.
        topic: TopicName,
        /// Topic id.
        topic_id: Uuid,
        /// Partition index.
        partition: PartitionId,
        /// The partition as decided.
        state: Arc<PartitionImage>,
    },
    /// It no longer holds a replica.
    Remove {
        /// Topic name.
        topic: TopicName,
        /// Topic id.
        topic_id: Uuid,
        /// Partition index.
        partition: PartitionId,
        /// Whether the whole topic is gone, so that its data is to be deleted and not only let go.
        topic_deleted: bool,
    },
}

impl MetadataChanges {
    pub(super) fn topic(&mut self, id: Uuid, name: &TopicName) {
        self.topics.entry(id).or_default().0 = Some(name.clone());
    }

    pub(super) fn partition(&mut self, id: Uuid, name: &TopicName, partition: PartitionId) {
        let entry = self.topics.entry(id).or_default();
        if entry.0.is_none() {
            entry.0 = Some(name.clone());
        }
        entry.1.insert(partition);
    }

    /// Whether nothing that a broker acts on changed.
    pub fn is_empty(&self) -> bool {
        *self == MetadataChanges::default()
    }

    /// Topics that were created, deleted or changed.
    pub fn topics(&self) -> impl Iterator<Item = Uuid> {
        self.topics.keys().copied()
    }

    /// Partitions of a topic that were created or changed.
    pub fn partitions_of(&self, topic: Uuid) -> impl Iterator<Item = PartitionId> {
        self.topics.get(&topic).into_iter().flat_map(|(_, partitions)| partitions.iter().copied())
    }

    /// Adds what later records touched.
    pub fn merge(&mut self, later: MetadataChanges) {
        for (id, (name, partitions)) in later.topics {
            let entry = self.topics.entry(id).or_default();
            entry.0 = name.or(entry.0.take());
            entry.1.extend(partitions);
        }
        self.configs.extend(later.configs);
        self.brokers.extend(later.brokers);
        self.controllers |= later.controllers;
        self.features |= later.features;
        self.quotas |= later.quotas;
        self.acls |= later.acls;
        self.credentials |= later.credentials;
    }

    /// Everything that differs between two images, for a broker that skips from one to the other by a snapshot.
    pub fn between(old: &MetadataImage, new: &MetadataImage) -> MetadataChanges {
        let mut changes = MetadataChanges::default();
        for (id, topic) in new.topics.differences(&old.topics).chain(old.topics.differences(&new.topics)) {
            changes.topic(*id, &topic.name);
            let before = old.topics.get(id);
            for (index, partition) in topic.iter() {
                if before.and_then(|t| t.partition(index)) != Some(partition) {
                    changes.partition(*id, &topic.name, index);
                }
            }
        }
        for (resource, _) in new.configs.differences(&old.configs).chain(old.configs.differences(&new.configs)) {
            changes.configs.insert(resource.clone());
        }
        for id in old.brokers.keys().chain(new.brokers.keys()) {
            if old.brokers.get(id) != new.brokers.get(id) {
                changes.brokers.insert(*id);
            }
        }
        changes.controllers = old.controllers != new.controllers;
        changes.features = old.features != new.features;
        changes.quotas = old.quotas != new.quotas;
        changes.acls = old.acls != new.acls;
        changes.credentials = old.scram != new.scram || old.tokens != new.tokens;
        changes
    }

    /// What `broker` must do to go from `old` to `new`, where `self` is what changed between them. Removals come first,
    /// so that a topic deleted and created again under one name finds its directory's name free.
    pub fn for_broker(&self, broker: BrokerId, old: &MetadataImage, new: &MetadataImage) -> Vec<LocalChange> {
        let mut removals = Vec::new();
        let mut rest = Vec::new();
        for (id, (_, partitions)) in &self.topics {
            match (old.topic_by_id(*id), new.topic_by_id(*id)) {
                (Some(gone), None) => {
                    removals.extend(gone.iter().filter(|(_, p)| p.has_replica(broker)).map(|(partition, _)| {
                        LocalChange::Remove { topic: gone.name.clone(), topic_id: *id, partition, topic_deleted: true }
                    }))
                }
                (before, Some(topic)) => {
                    for partition in partitions.iter().copied() {
                        let Some(state) = topic.partition(partition) else { continue };
                        let was = before.and_then(|t| t.partition(partition));
                        let (topic, topic_id) = (topic.name.clone(), *id);
                        if !state.has_replica(broker) {
                            if was.is_some_and(|p| p.has_replica(broker)) {
                                removals.push(LocalChange::Remove { topic, topic_id, partition, topic_deleted: false });
                            }
                        } else if state.leader == broker {
                            let new_epoch = was.is_none_or(|p| p.leader_epoch != state.leader_epoch);
                            let state = Arc::clone(state);
                            rest.push(LocalChange::Lead { topic, topic_id, partition, state, new_epoch });
                        } else {
                            rest.push(LocalChange::Follow { topic, topic_id, partition, state: Arc::clone(state) });
                        }
                    }
                }
                (None, None) => {} // created and deleted in between
            }
        }
        removals.append(&mut rest);
        removals
    }
}
