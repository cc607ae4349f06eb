//! The state that a metadata log comes to, as a tree: what `kafka-metadata-shell` shows under `/image`.

use std::collections::BTreeMap;

use super::java_text;
use super::node::Node;
use crate::model::Uuid;
use crate::ops::features::{METADATA_VERSION, level_text};
use crate::wire::records::metadata::{
    AccessControlEntryRecord, BrokerRegistrationChangeRecord, ClientQuotaRecord, ConfigRecord, DelegationTokenRecord,
    MetadataRecord, PartitionChangeRecord, PartitionRecord, RegisterBrokerRecord, RegisterControllerRecord,
    UserScramCredentialRecord,
};

/// `DirectoryId.MIGRATING`: the directory of replicas from before directories had ids.
const MIGRATING: Uuid = Uuid(2);
/// `PartitionChangeRecord.leader` that leaves the leader as it is.
const NO_LEADER_CHANGE: i32 = -2;

/// Where the image comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Provenance {
    pub offset: i64,
    pub epoch: i32,
    pub time: i64,
}

#[derive(Debug, Default)]
struct Topic {
    name: String,
    partitions: BTreeMap<i32, PartitionRecord>,
}

/// The image, record after record.
#[derive(Debug, Default)]
pub(super) struct Image {
    pub provenance: Option<Provenance>,
    features: BTreeMap<String, i16>,
    brokers: BTreeMap<i32, RegisterBrokerRecord>,
    controllers: BTreeMap<i32, RegisterControllerRecord>,
    topics: BTreeMap<Uuid, Topic>,
    configs: BTreeMap<String, BTreeMap<String, String>>,
    quotas: BTreeMap<String, BTreeMap<String, f64>>,
    next_producer_id: Option<i64>,
    acls: BTreeMap<Uuid, AccessControlEntryRecord>,
    scram: BTreeMap<(i8, String), UserScramCredentialRecord>,
    tokens: BTreeMap<String, DelegationTokenRecord>,
    /// Records of a transaction that has not ended yet (KIP-868).
    held_back: Option<Vec<MetadataRecord>>,
}

impl Image {
    /// Takes a record in. What it names and nobody made is passed over: a segment of a log may begin in its middle.
    pub fn replay(&mut self, record: MetadataRecord) {
        match record {
            MetadataRecord::BeginTransactionRecord(_) => self.held_back = Some(Vec::new()),
            MetadataRecord::EndTransactionRecord(_) => {
                self.held_back.take().into_iter().flatten().for_each(|record| self.apply(record));
            }
            MetadataRecord::AbortTransactionRecord(_) => self.held_back = None,
            record => match &mut self.held_back {
                Some(held_back) => held_back.push(record),
                None => self.apply(record),
            },
        }
    }

    fn apply(&mut self, record: MetadataRecord) {
        match record {
            MetadataRecord::RegisterBrokerRecord(r) => drop(self.brokers.insert(r.broker_id, r)),
            MetadataRecord::UnregisterBrokerRecord(r) => drop(self.brokers.remove(&r.broker_id)),
            MetadataRecord::FenceBrokerRecord(r) => self.fence(r.id, true),
            MetadataRecord::UnfenceBrokerRecord(r) => self.fence(r.id, false),
            MetadataRecord::BrokerRegistrationChangeRecord(r) => self.change_broker(r),
            MetadataRecord::RegisterControllerRecord(r) => drop(self.controllers.insert(r.controller_id, r)),
            MetadataRecord::TopicRecord(r) => self.topics.entry(r.topic_id).or_default().name = r.name,
            MetadataRecord::RemoveTopicRecord(r) => {
                if let Some(topic) = self.topics.remove(&r.topic_id) {
                    self.configs.remove(&format!("TOPIC:{}", topic.name));
                }
            }
            MetadataRecord::PartitionRecord(mut r) => {
                if r.directories.is_empty() {
                    r.directories = vec![MIGRATING; r.replicas.len()];
                }
                self.topics.entry(r.topic_id).or_default().partitions.insert(r.partition_id, r);
            }
            MetadataRecord::PartitionChangeRecord(r) => self.change_partition(r),
            MetadataRecord::ClearElrRecord(r) => self.clear_elr(&r.topic_name),
            MetadataRecord::ConfigRecord(r) => self.set_config(r),
            MetadataRecord::FeatureLevelRecord(r) if r.feature_level == 0 => drop(self.features.remove(&r.name)),
            MetadataRecord::FeatureLevelRecord(r) => drop(self.features.insert(r.name, r.feature_level)),
            MetadataRecord::ClientQuotaRecord(r) => self.set_quota(&r),
            MetadataRecord::ProducerIdsRecord(r) => self.next_producer_id = Some(r.next_producer_id),
            MetadataRecord::AccessControlEntryRecord(r) => drop(self.acls.insert(r.id, r)),
            MetadataRecord::RemoveAccessControlEntryRecord(r) => drop(self.acls.remove(&r.id)),
            MetadataRecord::UserScramCredentialRecord(r) => {
                self.scram.insert((r.mechanism, r.name.clone()), r);
            }
            MetadataRecord::RemoveUserScramCredentialRecord(r) => drop(self.scram.remove(&(r.mechanism, r.name))),
            MetadataRecord::DelegationTokenRecord(r) => drop(self.tokens.insert(r.token_id.clone(), r)),
            MetadataRecord::RemoveDelegationTokenRecord(r) => drop(self.tokens.remove(&r.token_id)),
            MetadataRecord::NoOpRecord(_)
            | MetadataRecord::ZkMigrationStateRecord(_)
            | MetadataRecord::BeginTransactionRecord(_)
            | MetadataRecord::EndTransactionRecord(_)
            | MetadataRecord::AbortTransactionRecord(_) => {}
        }
    }

    fn fence(&mut self, id: i32, fenced: bool) {
        if let Some(broker) = self.brokers.get_mut(&id) {
            broker.fenced = fenced;
        }
    }

    fn change_broker(&mut self, r: BrokerRegistrationChangeRecord) {
        let Some(broker) = self.brokers.get_mut(&r.broker_id) else { return };
        let turned = |was: bool, change: i8| match change {
            1 => true,
            -1 => false,
            _ => was,
        };
        broker.fenced = turned(broker.fenced, r.fenced);
        broker.in_controlled_shutdown = turned(broker.in_controlled_shutdown, r.in_controlled_shutdown);
        if !r.log_dirs.is_empty() {
            broker.log_dirs = r.log_dirs;
        }
        if r.cordoned_log_dirs.is_some() {
            broker.cordoned_log_dirs = r.cordoned_log_dirs;
        }
    }

    fn change_partition(&mut self, r: PartitionChangeRecord) {
        let topic = self.topics.get_mut(&r.topic_id);
        if let Some(p) = topic.and_then(|topic| topic.partitions.get_mut(&r.partition_id)) {
            merge(p, r);
        }
    }

    fn clear_elr(&mut self, name: &str) {
        for topic in self.topics.values_mut().filter(|topic| name.is_empty() || topic.name == name) {
            for p in topic.partitions.values_mut() {
                p.eligible_leader_replicas = None;
                p.last_known_elr = None;
            }
        }
    }

    fn set_config(&mut self, r: ConfigRecord) {
        let kind = match r.resource_type {
            2 => "TOPIC",
            4 => "BROKER",
            8 => "BROKER_LOGGER",
            16 => "CLIENT_METRICS",
            32 => "GROUP",
            _ => "UNKNOWN",
        };
        let resource = if r.resource_name.is_empty() { kind.to_owned() } else { format!("{kind}:{}", r.resource_name) };
        let configs = self.configs.entry(resource.clone()).or_default();
        match r.value {
            Some(value) => drop(configs.insert(r.name, value)),
            None => drop(configs.remove(&r.name)),
        }
        if configs.is_empty() {
            self.configs.remove(&resource);
        }
    }

    fn set_quota(&mut self, r: &ClientQuotaRecord) {
        let escape = |text: &str| text.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        let part = |kind: &str, shown: &str| {
            let entity = r.entity.iter().find(|entity| entity.entity_type == kind)?;
            Some(format!("{shown}({})", escape(entity.entity_name.as_deref().unwrap_or_default())))
        };
        let parts = [part("client-id", "clientId"), part("ip", "ip"), part("user", "user")];
        let entity = parts.into_iter().flatten().collect::<Vec<_>>().join("_");
        let quotas = self.quotas.entry(entity.clone()).or_default();
        if r.remove {
            quotas.remove(&r.key);
        } else {
            quotas.insert(r.key.clone(), r.value);
        }
        if quotas.is_empty() {
            self.quotas.remove(&entity);
        }
    }

    /// The tree under `/image`.
    pub fn tree(&self) -> Node {
        let mut root = Node::directory();
        let file = |text: String| Node::File(text);
        let Provenance { offset, epoch, time } =
            self.provenance.unwrap_or(Provenance { offset: -1, epoch: -1, time: -1 });
        let time = java_text::time(time);
        root.put(&["provenance"], file(format!("offset {offset}, epoch {epoch}, time {time}")));
        let metadata_version = match self.features.get(METADATA_VERSION) {
            Some(level) => format!("Optional[{}]", level_text(METADATA_VERSION, *level)),
            None => "Optional.empty".to_owned(),
        };
        root.put(&["features", "metadataVersion"], file(metadata_version));
        for (name, level) in self.features.iter().filter(|(name, _)| *name != METADATA_VERSION) {
            root.put(&["features", &format!("finalized_{name}")], file(level.to_string()));
        }
        for directory in
            [&["cluster", "brokers"], &["cluster", "controllers"], &["topics", "byName"], &["topics", "byId"]]
        {
            root.put(directory, Node::directory());
        }
        for (id, broker) in &self.brokers {
            root.put(&["cluster", "brokers", &id.to_string()], file(java_text::broker(broker)));
        }
        for (id, controller) in &self.controllers {
            root.put(&["cluster", "controllers", &id.to_string()], file(java_text::controller(controller)));
        }
        for (id, topic) in &self.topics {
            let node = topic_node(*id, topic);
            root.put(&["topics", "byName", &topic.name], node.clone());
            root.put(&["topics", "byId", &id.to_string()], node);
        }
        for directory in ["configs", "clientQuotas", "delegationToken"] {
            root.put(&[directory], Node::directory());
        }
        for (resource, configs) in &self.configs {
            for (name, value) in configs {
                root.put(&["configs", resource, name], file(value.clone()));
            }
        }
        for (entity, quotas) in &self.quotas {
            for (key, value) in quotas {
                root.put(&["clientQuotas", entity, key], file(java_text::double(*value)));
            }
        }
        let next = self.next_producer_id.unwrap_or(-1);
        root.put(&["producerIds", "nextProducerId"], file(next.to_string()));
        root.put(&["acls", "byId"], Node::directory());
        for (id, acl) in &self.acls {
            root.put(&["acls", "byId", &id.to_string()], file(java_text::acl(acl)));
        }
        for (mechanism, name) in [(1, "SCRAM-SHA-256"), (2, "SCRAM-SHA-512")] {
            root.put(&["scram", name], Node::directory());
            for ((_, user), credential) in self.scram.iter().filter(|((m, _), _)| *m == mechanism) {
                root.put(&["scram", name, user], file(java_text::scram(credential)));
            }
        }
        for (id, token) in &self.tokens {
            root.put(&["delegationToken", id], file(java_text::token(token)));
        }
        root
    }
}

/// Takes a change into a partition (`PartitionRegistration.merge`).
pub(in crate::ops) fn merge(p: &mut PartitionRecord, r: PartitionChangeRecord) {
    if let Some(replicas) = r.replicas {
        let before: BTreeMap<i32, Uuid> = p.replicas.iter().copied().zip(p.directories.iter().copied()).collect();
        p.directories = replicas.iter().map(|id| before.get(id).copied().unwrap_or(Uuid::ZERO)).collect();
        p.replicas = replicas;
    }
    if let Some(directories) = r.directories {
        p.directories = directories;
    }
    p.isr = r.isr.unwrap_or_else(|| std::mem::take(&mut p.isr));
    p.removing_replicas = r.removing_replicas.unwrap_or_else(|| std::mem::take(&mut p.removing_replicas));
    p.adding_replicas = r.adding_replicas.unwrap_or_else(|| std::mem::take(&mut p.adding_replicas));
    if r.eligible_leader_replicas.is_some() {
        p.eligible_leader_replicas = r.eligible_leader_replicas;
    }
    if r.last_known_elr.is_some() {
        p.last_known_elr = r.last_known_elr;
    }
    if r.leader != NO_LEADER_CHANGE {
        p.leader = r.leader;
        p.leader_epoch += 1;
    }
    if r.leader_recovery_state >= 0 {
        p.leader_recovery_state = r.leader_recovery_state;
    }
    p.partition_epoch += 1;
}

fn topic_node(id: Uuid, topic: &Topic) -> Node {
    let mut node = Node::directory();
    node.put(&["name"], Node::File(topic.name.clone()));
    node.put(&["id"], Node::File(id.to_string()));
    for (index, partition) in &topic.partitions {
        node.put(&[&index.to_string()], Node::File(java_text::partition(partition)));
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::records::metadata::{
        BeginTransactionRecord, EndTransactionRecord, RemoveTopicRecord, TopicRecord,
    };

    fn text(image: &Image, path: &str) -> Option<String> {
        let tree = image.tree();
        let components: Vec<String> = path.split('/').map(str::to_owned).collect();
        match tree.glob(&components).first() {
            Some((_, Node::File(text))) => Some(text.clone()),
            _ => None,
        }
    }

    fn topic(image: &mut Image) {
        image.replay(TopicRecord { name: "t".into(), topic_id: Uuid(9) }.into());
        image.replay(
            PartitionRecord {
                partition_id: 0,
                topic_id: Uuid(9),
                replicas: vec![1, 2],
                isr: vec![1, 2],
                leader: 1,
                leader_epoch: 3,
                partition_epoch: 4,
                ..Default::default()
            }
            .into(),
        );
    }

    #[test]
    fn a_change_of_leader_raises_the_epoch_and_keeps_the_rest() {
        let mut image = Image::default();
        topic(&mut image);
        let change = PartitionChangeRecord {
            partition_id: 0,
            topic_id: Uuid(9),
            leader: 2,
            isr: Some(vec![2]),
            ..Default::default()
        };
        image.replay(change.into());
        let shown = text(&image, "topics/byName/t/0").unwrap();
        assert!(
            shown.contains("replicas=[1, 2], directories=[AAAAAAAAAAAAAAAAAAAAAg, AAAAAAAAAAAAAAAAAAAAAg], isr=[2]"),
            "{shown}"
        );
        assert!(
            shown.ends_with("leader=2, leaderRecoveryState=RECOVERED, leaderEpoch=4, partitionEpoch=5)"),
            "{shown}"
        );
    }

    #[test]
    fn a_topic_goes_with_its_settings_and_a_transaction_counts_when_it_ends() {
        let mut image = Image::default();
        topic(&mut image);
        let config = ConfigRecord {
            resource_type: 2,
            resource_name: "t".into(),
            name: "retention.ms".into(),
            value: Some("5".into()),
        };
        image.replay(config.into());
        assert_eq!(text(&image, "configs/TOPIC:t/retention.ms").as_deref(), Some("5"));
        image.replay(BeginTransactionRecord::default().into());
        image.replay(RemoveTopicRecord { topic_id: Uuid(9) }.into());
        assert_eq!(text(&image, "topics/byName/t/name").as_deref(), Some("t"), "not decided yet");
        image.replay(EndTransactionRecord::default().into());
        assert_eq!(text(&image, "topics/byName/t/name"), None);
        assert_eq!(text(&image, "configs/TOPIC:t/retention.ms"), None);
    }
}
