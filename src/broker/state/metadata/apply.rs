//! One record after another turns an image into the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::changes::MetadataChanges;
use super::cluster::BrokerRegistration;
use super::image::{ConfigKind, ConfigResource, MetadataImage, quota_entity};
use super::topics::{PartitionImage, TopicImage};
use crate::model::{BrokerId, PartitionId, TopicName, TopicNameError, Uuid};
use crate::wire::records::metadata::{
    BrokerRegistrationChangeRecord, ClearElrRecord, ClientQuotaRecord, ConfigRecord, FeatureLevelRecord,
    MetadataRecord, PartitionChangeRecord, PartitionRecord, RegisterBrokerRecord, TopicRecord,
};

/// A record that does not fit the image it is applied to. The log is wrong, or was read from the wrong place: a broker
/// must not go on with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// A topic that the image has not.
    #[error("metadata record names topic id {0}, which does not exist")]
    UnknownTopic(Uuid),
    /// A partition that the topic has not, or one that would leave a gap.
    #[error("metadata record names partition {partition} of topic id {topic}, which has {count} partitions")]
    UnknownPartition {
        /// The topic.
        topic: Uuid,
        /// The partition.
        partition: PartitionId,
        /// How many there are.
        count: usize,
    },
    /// A broker that is not registered, or not with that epoch.
    #[error("metadata record names broker {id} with epoch {epoch}, which is not registered")]
    UnknownBroker {
        /// The broker.
        id: i32,
        /// Its epoch in the record.
        epoch: i64,
    },
    /// A topic record whose name or id is taken.
    #[error("metadata record creates topic {0}, which already exists")]
    TopicExists(String),
    /// A name that no topic may have.
    #[error("metadata record names a topic badly: {0}")]
    TopicName(#[from] TopicNameError),
    /// Another number of directories than replicas.
    #[error(
        "metadata record gives partition {partition} of topic id {topic} another number of directories than replicas"
    )]
    Directories {
        /// The topic.
        topic: Uuid,
        /// The partition.
        partition: PartitionId,
    },
    /// A kind of configuration this build does not know.
    #[error("metadata record sets configuration of resource type {0}, which this version does not know")]
    ConfigKind(i8),
    /// A cluster that is still moving away from ZooKeeper.
    #[error(
        "the metadata log belongs to a cluster in migration from ZooKeeper (state {0}); finish the migration with Apache Kafka 3.9 first"
    )]
    ZkMigration(i8),
}

impl MetadataImage {
    /// Applies one record, noting in `changes` what it touched. Transaction markers change nothing here: the loader
    /// keeps a transaction's records back until it ends.
    ///
    /// # Errors
    /// When the record contradicts the image; the image is then worth nothing.
    pub fn apply(&mut self, record: &MetadataRecord, changes: &mut MetadataChanges) -> Result<(), ApplyError> {
        match record {
            MetadataRecord::RegisterBrokerRecord(r) => self.register_broker(r, changes),
            MetadataRecord::UnregisterBrokerRecord(r) => {
                self.registration(r.broker_id, r.broker_epoch)?;
                Arc::make_mut(&mut self.brokers).remove(&BrokerId(r.broker_id));
                changes.brokers.insert(BrokerId(r.broker_id));
            }
            MetadataRecord::TopicRecord(r) => self.create_topic(r, changes)?,
            MetadataRecord::PartitionRecord(r) => self.set_partition(r, changes)?,
            MetadataRecord::PartitionChangeRecord(r) => self.change_partition(r, changes)?,
            MetadataRecord::RemoveTopicRecord(r) => self.remove_topic(r.topic_id, changes)?,
            MetadataRecord::ConfigRecord(r) => self.set_config(r, changes)?,
            MetadataRecord::FenceBrokerRecord(r) => self.change_registration(
                &BrokerRegistrationChangeRecord {
                    broker_id: r.id,
                    broker_epoch: r.epoch,
                    fenced: 1,
                    ..Default::default()
                },
                changes,
            )?,
            MetadataRecord::UnfenceBrokerRecord(r) => self.change_registration(
                &BrokerRegistrationChangeRecord {
                    broker_id: r.id,
                    broker_epoch: r.epoch,
                    fenced: -1,
                    ..Default::default()
                },
                changes,
            )?,
            MetadataRecord::BrokerRegistrationChangeRecord(r) => self.change_registration(r, changes)?,
            MetadataRecord::FeatureLevelRecord(r) => self.set_feature(r, changes),
            MetadataRecord::ClientQuotaRecord(r) => self.set_quota(r, changes),
            MetadataRecord::ProducerIdsRecord(r) => self.next_producer_id = r.next_producer_id,
            MetadataRecord::AccessControlEntryRecord(r) => {
                Arc::make_mut(&mut self.acls).insert(r.id, r.clone());
                changes.acls = true;
            }
            MetadataRecord::RemoveAccessControlEntryRecord(r) => {
                Arc::make_mut(&mut self.acls).remove(&r.id);
                changes.acls = true;
            }
            MetadataRecord::UserScramCredentialRecord(r) => {
                Arc::make_mut(&mut self.scram).insert((r.name.clone(), r.mechanism), r.clone());
                changes.credentials = true;
            }
            MetadataRecord::RemoveUserScramCredentialRecord(r) => {
                Arc::make_mut(&mut self.scram).remove(&(r.name.clone(), r.mechanism));
                changes.credentials = true;
            }
            MetadataRecord::DelegationTokenRecord(r) => {
                Arc::make_mut(&mut self.tokens).insert(r.token_id.clone(), r.clone());
                changes.credentials = true;
            }
            MetadataRecord::RemoveDelegationTokenRecord(r) => {
                Arc::make_mut(&mut self.tokens).remove(&r.token_id);
                changes.credentials = true;
            }
            MetadataRecord::RegisterControllerRecord(r) => {
                Arc::make_mut(&mut self.controllers).insert(BrokerId(r.controller_id), r.clone());
                changes.controllers = true;
            }
            MetadataRecord::ClearElrRecord(r) => self.clear_elr(r, changes)?,
            MetadataRecord::ZkMigrationStateRecord(r) if !matches!(r.zk_migration_state, 0 | 3) => {
                return Err(ApplyError::ZkMigration(r.zk_migration_state));
            }
            MetadataRecord::ZkMigrationStateRecord(_)
            | MetadataRecord::NoOpRecord(_)
            | MetadataRecord::BeginTransactionRecord(_)
            | MetadataRecord::EndTransactionRecord(_)
            | MetadataRecord::AbortTransactionRecord(_) => {}
        }
        Ok(())
    }

    fn register_broker(&mut self, record: &RegisterBrokerRecord, changes: &mut MetadataChanges) {
        let id = BrokerId(record.broker_id);
        Arc::make_mut(&mut self.brokers).insert(id, Arc::new(BrokerRegistration::from_record(record)));
        changes.brokers.insert(id);
    }

    fn registration(&mut self, id: i32, epoch: i64) -> Result<&mut BrokerRegistration, ApplyError> {
        match Arc::make_mut(&mut self.brokers).get_mut(&BrokerId(id)) {
            Some(broker) if broker.epoch == epoch => Ok(Arc::make_mut(broker)),
            _ => Err(ApplyError::UnknownBroker { id, epoch }),
        }
    }

    fn change_registration(
        &mut self,
        record: &BrokerRegistrationChangeRecord,
        changes: &mut MetadataChanges,
    ) -> Result<(), ApplyError> {
        let broker = self.registration(record.broker_id, record.broker_epoch)?;
        match record.fenced {
            1 => broker.fenced = true,
            -1 => broker.fenced = false,
            _ => {}
        }
        if record.in_controlled_shutdown == 1 {
            broker.in_controlled_shutdown = true;
        }
        if !record.log_dirs.is_empty() {
            broker.log_dirs.clone_from(&record.log_dirs);
        }
        if record.cordoned_log_dirs.is_some() {
            broker.cordoned_log_dirs.clone_from(&record.cordoned_log_dirs);
        }
        changes.brokers.insert(BrokerId(record.broker_id));
        Ok(())
    }

    fn create_topic(&mut self, record: &TopicRecord, changes: &mut MetadataChanges) -> Result<(), ApplyError> {
        let name = TopicName::new(&record.name)?;
        if self.topic_ids.contains_key(&name) || self.topics.contains_key(&record.topic_id) {
            return Err(ApplyError::TopicExists(record.name.clone()));
        }
        let topic = TopicImage { name: name.clone(), id: record.topic_id, partitions: Vec::new() };
        self.topics.insert(record.topic_id, Arc::new(topic));
        self.topic_ids.insert(name.clone(), record.topic_id);
        changes.topic(record.topic_id, &name);
        Ok(())
    }

    fn topic_mut(&mut self, id: Uuid) -> Result<&mut TopicImage, ApplyError> {
        self.topics.get_mut(&id).map(Arc::make_mut).ok_or(ApplyError::UnknownTopic(id))
    }

    fn set_partition(&mut self, record: &PartitionRecord, changes: &mut MetadataChanges) -> Result<(), ApplyError> {
        let image = Arc::new(PartitionImage::from_record(record)?);
        let topic = self.topic_mut(record.topic_id)?;
        let count = topic.partitions.len();
        changes.partition(record.topic_id, &topic.name, record.partition_id);
        match usize::try_from(record.partition_id) {
            Ok(at) if at < count => topic.partitions[at] = image,
            Ok(at) if at == count => {
                topic.partitions.push(image);
                self.partition_count += 1;
            }
            _ => {
                let (topic, partition) = (record.topic_id, record.partition_id);
                return Err(ApplyError::UnknownPartition { topic, partition, count });
            }
        }
        Ok(())
    }

    fn change_partition(
        &mut self,
        record: &PartitionChangeRecord,
        changes: &mut MetadataChanges,
    ) -> Result<(), ApplyError> {
        let topic = self.topic_mut(record.topic_id)?;
        let count = topic.partitions.len();
        let slot = usize::try_from(record.partition_id)
            .ok()
            .and_then(|at| topic.partitions.get_mut(at))
            .ok_or(ApplyError::UnknownPartition { topic: record.topic_id, partition: record.partition_id, count })?;
        *slot = Arc::new(slot.merged(record)?);
        changes.partition(record.topic_id, &topic.name, record.partition_id);
        Ok(())
    }

    fn remove_topic(&mut self, id: Uuid, changes: &mut MetadataChanges) -> Result<(), ApplyError> {
        let topic = self.topics.remove(&id).ok_or(ApplyError::UnknownTopic(id))?;
        self.topic_ids.remove(&topic.name);
        self.partition_count -= topic.partitions.len();
        let resource = ConfigResource::topic(topic.name.as_str());
        if self.configs.remove(&resource).is_some() {
            changes.configs.insert(resource);
        }
        changes.topic(id, &topic.name);
        Ok(())
    }

    fn clear_elr(&mut self, record: &ClearElrRecord, changes: &mut MetadataChanges) -> Result<(), ApplyError> {
        let ids: Vec<Uuid> = if record.topic_name.is_empty() {
            self.topics.keys().copied().collect()
        } else {
            vec![self.topic_id(&record.topic_name).ok_or(ApplyError::UnknownTopic(Uuid::ZERO))?]
        };
        for id in ids {
            let has_elr = |p: &Arc<PartitionImage>| !p.elr().is_empty() || !p.last_known_elr().is_empty();
            if !self.topics.get(&id).is_some_and(|topic| topic.partitions.iter().any(has_elr)) {
                continue;
            }
            let topic = self.topic_mut(id)?;
            for (index, partition) in topic.partitions.iter_mut().enumerate().filter(|(_, p)| has_elr(p)) {
                Arc::make_mut(partition).clear_elr();
                changes.partition(id, &topic.name, index as PartitionId);
            }
        }
        Ok(())
    }

    fn set_config(&mut self, record: &ConfigRecord, changes: &mut MetadataChanges) -> Result<(), ApplyError> {
        let kind = ConfigKind::from_code(record.resource_type).ok_or(ApplyError::ConfigKind(record.resource_type))?;
        let resource = ConfigResource::new(kind, &record.resource_name);
        let mut values = self.configs.get(&resource).map_or_else(BTreeMap::new, |values| (**values).clone());
        match &record.value {
            Some(value) => values.insert(record.name.clone(), value.clone()),
            None => values.remove(&record.name),
        };
        if values.is_empty() {
            self.configs.remove(&resource);
        } else {
            self.configs.insert(resource.clone(), Arc::new(values));
        }
        changes.configs.insert(resource);
        Ok(())
    }

    fn set_feature(&mut self, record: &FeatureLevelRecord, changes: &mut MetadataChanges) {
        let levels = &mut Arc::make_mut(&mut self.features).levels;
        if record.feature_level == 0 {
            levels.remove(&record.name);
        } else {
            levels.insert(record.name.clone(), record.feature_level);
        }
        changes.features = true;
    }

    fn set_quota(&mut self, record: &ClientQuotaRecord, changes: &mut MetadataChanges) {
        let entity = quota_entity(&record.entity);
        let quotas = Arc::make_mut(&mut self.quotas);
        if record.remove {
            if let Some(values) = quotas.get_mut(&entity) {
                values.remove(&record.key);
                if values.is_empty() {
                    quotas.remove(&entity);
                }
            }
        } else {
            quotas.entry(entity).or_default().insert(record.key.clone(), record.value);
        }
        changes.quotas = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::records::metadata::RemoveTopicRecord;

    const TOPIC: Uuid = Uuid(1000);

    fn created(partitions: i32) -> MetadataImage {
        let mut image = MetadataImage::default();
        let mut changes = MetadataChanges::default();
        let topic = TopicRecord { name: "orders".into(), topic_id: TOPIC };
        image.apply(&MetadataRecord::TopicRecord(topic), &mut changes).unwrap();
        for partition_id in 0..partitions {
            let record = PartitionRecord {
                partition_id,
                topic_id: TOPIC,
                replicas: vec![1, 2],
                isr: vec![1, 2],
                leader: 1,
                leader_epoch: 0,
                partition_epoch: 0,
                directories: vec![Uuid(500), Uuid(501)],
                ..Default::default()
            };
            image.apply(&MetadataRecord::PartitionRecord(record), &mut changes).unwrap();
        }
        image
    }

    fn apply(image: &mut MetadataImage, record: MetadataRecord) -> Result<MetadataChanges, ApplyError> {
        let mut changes = MetadataChanges::default();
        image.apply(&record, &mut changes).map(|()| changes)
    }

    #[test]
    fn a_change_of_leader_raises_both_epochs_and_leaves_the_older_image_alone() {
        let before = created(3);
        let mut after = before.clone();
        let record = PartitionChangeRecord { partition_id: 1, topic_id: TOPIC, leader: 2, ..Default::default() };
        let changes = apply(&mut after, MetadataRecord::PartitionChangeRecord(record)).unwrap();

        let partition = after.partition("orders", 1).unwrap();
        assert_eq!((partition.leader, partition.leader_epoch.get(), partition.partition_epoch), (BrokerId(2), 1, 1));
        assert_eq!(before.partition("orders", 1).unwrap().leader, BrokerId(1));
        assert!(Arc::ptr_eq(before.partition("orders", 0).unwrap(), after.partition("orders", 0).unwrap()));
        assert_eq!(changes.partitions_of(TOPIC).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn an_isr_change_keeps_the_leader_epoch() {
        let mut image = created(1);
        let record =
            PartitionChangeRecord { topic_id: TOPIC, partition_id: 0, isr: Some(vec![1]), ..Default::default() };
        apply(&mut image, MetadataRecord::PartitionChangeRecord(record)).unwrap();
        let partition = image.partition("orders", 0).unwrap();
        assert_eq!((partition.leader_epoch.get(), partition.partition_epoch), (0, 1));
        assert_eq!(partition.isr.as_slice(), [BrokerId(1)]);
    }

    #[test]
    fn removing_a_topic_removes_its_configuration() {
        let mut image = created(2);
        let config = ConfigRecord {
            resource_type: 2,
            resource_name: "orders".into(),
            name: "retention.ms".into(),
            value: Some("1".into()),
        };
        apply(&mut image, MetadataRecord::ConfigRecord(config)).unwrap();
        assert!(image.config(&ConfigResource::topic("orders")).is_some());
        apply(&mut image, MetadataRecord::RemoveTopicRecord(RemoveTopicRecord { topic_id: TOPIC })).unwrap();
        assert!(image.topic("orders").is_none());
        assert!(image.config(&ConfigResource::topic("orders")).is_none());
        assert_eq!((image.topic_count(), image.partition_count()), (0, 0));
    }

    #[test]
    fn records_that_contradict_the_image_are_refused() {
        let mut image = created(1);
        let gap = PartitionRecord { partition_id: 5, topic_id: TOPIC, ..Default::default() };
        let twice = TopicRecord { name: "orders".into(), topic_id: Uuid(2000) };
        let nowhere = PartitionChangeRecord { partition_id: 0, topic_id: Uuid(7777), ..Default::default() };
        assert!(matches!(
            apply(&mut image, MetadataRecord::PartitionRecord(gap)),
            Err(ApplyError::UnknownPartition { .. })
        ));
        assert!(matches!(apply(&mut image, MetadataRecord::TopicRecord(twice)), Err(ApplyError::TopicExists(_))));
        assert!(matches!(
            apply(&mut image, MetadataRecord::PartitionChangeRecord(nowhere)),
            Err(ApplyError::UnknownTopic(_))
        ));
    }
}
