//! A cluster in memory for the tests of this room.

use std::collections::BTreeMap;

use super::{BrokerSessions, ConfigRules, Context, Defaults, Refusal, broker_heartbeat, create_topics, offsets_taken};
use crate::broker::state::metadata::{
    ConfigKind, ConfigResource, LogPosition, MetadataChanges, MetadataImage, SUPPORTED_FEATURES, bootstrap_records,
};
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset, TimestampMs, Uuid};
use crate::wire::messages::broker_heartbeat::BrokerHeartbeatRequest;
use crate::wire::messages::broker_registration::{BrokerRegistrationRequest, Feature, Listener};
use crate::wire::messages::create_topics::{CreatableTopic, CreatableTopicConfigs, CreateTopicsRequest};
use crate::wire::records::metadata::{ConfigRecord, MetadataRecord, RegisterBrokerRecord};

pub(super) const CLUSTER: &str = "MkU3OEVBNTcwNTJENDM2Qg";

/// Knows two settings: a number and a list.
pub(super) struct Rules;

impl ConfigRules for Rules {
    fn validate(&self, _: &ConfigResource, values: &BTreeMap<String, String>) -> Result<(), Refusal> {
        match values.get("retention.ms") {
            Some(value) if value.parse::<i64>().is_err() => Err(Refusal::new(ErrorCode::InvalidConfig, "not a number")),
            _ => Ok(()),
        }
    }
    fn is_list(&self, _: ConfigKind, name: &str) -> bool {
        name == "cleanup.policy"
    }
    fn default_value(&self, _: ConfigKind, name: &str) -> Option<String> {
        (name == "cleanup.policy").then(|| "delete".to_owned())
    }
    fn topic_configs(&self, _: &MetadataImage, _: &BTreeMap<String, String>) -> Vec<CreatableTopicConfigs> {
        Vec::new()
    }
}

pub(super) struct Cluster {
    pub(super) image: MetadataImage,
    pub(super) sessions: BrokerSessions,
}

impl Cluster {
    /// Bootstrapped, with unfenced brokers 1 to `brokers`.
    pub(super) fn of(brokers: i32) -> Cluster {
        let mut cluster = Cluster { image: MetadataImage::default(), sessions: BrokerSessions::new(9_000) };
        cluster.apply(&bootstrap_records());
        for id in 1..=brokers {
            let epoch = cluster.next_offset().get();
            cluster.apply(&[MetadataRecord::RegisterBrokerRecord(RegisterBrokerRecord {
                broker_id: id,
                incarnation_id: Uuid(700 + id as u128),
                broker_epoch: epoch,
                rack: None,
                fenced: false,
                log_dirs: vec![Uuid(800 + id as u128)],
                ..Default::default()
            })]);
        }
        cluster
    }

    pub(super) fn ctx(&self) -> Context<'_> {
        let defaults = Defaults { num_partitions: 1, replication_factor: 1 };
        Context { image: &self.image, rules: &Rules, defaults }
    }

    pub(super) fn next_offset(&self) -> Offset {
        self.image.offset().next()
    }

    /// Moves on by one offset, as a transaction marker does.
    pub(super) fn skip(&mut self) {
        let offset = self.next_offset();
        let image = std::mem::take(&mut self.image);
        self.image = image.at(LogPosition { offset, epoch: LeaderEpoch(1) });
    }

    pub(super) fn apply(&mut self, records: &[MetadataRecord]) {
        for record in records {
            self.image.apply(record, &mut MetadataChanges::default()).unwrap();
            self.skip();
        }
    }

    /// Applies a command's records as the log would hold them: several stand between transaction markers.
    pub(super) fn commit(&mut self, records: &[MetadataRecord]) {
        let next = self.next_offset() + offsets_taken(records.len());
        if records.len() > 1 {
            self.skip();
        }
        self.apply(records);
        while self.next_offset() < next {
            self.skip();
        }
    }

    /// A heartbeat that unfences a fenced broker.
    pub(super) fn unfence(&mut self, id: i32) {
        let request = BrokerHeartbeatRequest {
            broker_id: id,
            broker_epoch: self.image.broker(BrokerId(id)).unwrap().epoch,
            current_metadata_offset: self.image.offset().get(),
            ..BrokerHeartbeatRequest::default()
        };
        let mut sessions = self.sessions.clone();
        let decision = broker_heartbeat(&self.ctx(), &mut sessions, &request, self.next_offset(), TimestampMs(0));
        self.sessions = sessions;
        self.apply(&decision.unwrap().records);
    }

    pub(super) fn set_topic_config(&mut self, topic: &str, name: &str, value: &str) {
        self.apply(&[MetadataRecord::ConfigRecord(ConfigRecord {
            resource_type: ConfigKind::Topic.code(),
            resource_name: topic.into(),
            name: name.into(),
            value: Some(value.into()),
        })]);
    }

    pub(super) fn create(&mut self, name: &str, num_partitions: i32, replication_factor: i16) {
        let id = 9_000 + self.image.topic_count() as u128;
        self.create_as(name, num_partitions, replication_factor, id);
    }

    pub(super) fn create_as(&mut self, name: &str, num_partitions: i32, replication_factor: i16, id: u128) {
        let topic = CreatableTopic { name: name.into(), num_partitions, replication_factor, ..Default::default() };
        let request = CreateTopicsRequest { topics: vec![topic], ..Default::default() };
        let decision = create_topics(&self.ctx(), &request, &mut || Uuid(id), 5);
        assert_eq!(decision.answer.topics[0].error_code, 0, "{:?}", decision.answer.topics[0].error_message);
        self.apply(&decision.records);
    }
}

pub(super) fn registration(id: i32, incarnation: u128) -> BrokerRegistrationRequest {
    BrokerRegistrationRequest {
        broker_id: id,
        cluster_id: CLUSTER.into(),
        incarnation_id: Uuid(incarnation),
        listeners: vec![Listener {
            name: "PLAINTEXT".into(),
            host: "127.0.0.1".into(),
            port: 9092,
            security_protocol: 0,
        }],
        features: SUPPORTED_FEATURES
            .iter()
            .map(|f| Feature { name: f.name.into(), min_supported_version: f.min, max_supported_version: f.max })
            .collect(),
        rack: None,
        log_dirs: vec![Uuid(800 + id as u128)],
        previous_broker_epoch: -1,
        ..Default::default()
    }
}
