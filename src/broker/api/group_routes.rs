//! The part of the table that leads to the group coordinator, and what the coordinator's handlers ask of the broker.

use std::sync::Arc;

use tracing::{info, warn};

use super::dispatch::{Answer, Call, Dispatched, later};
use super::group_context::{Endpoint, InternalTopics, RequestContext, TopicLookup};
use super::{coordinators, groups, offsets};
use crate::broker::runtime::broker::{Broker, OFFSETS_TOPIC};
use crate::model::{ErrorCode, PartitionId, Uuid};
use crate::wire::api::ApiKey;
use crate::wire::codec::Reader;
use crate::wire::messages::create_topics::{CreatableTopic, CreatableTopicConfig, CreateTopicsRequest};

/// How long the controller may take to create the offsets topic.
const CREATE_TIMEOUT_MS: i32 = 30_000;

/// Serves groups, offsets and coordinators.
pub fn table(broker: &Arc<Broker>, call: Call, input: Reader) -> Dispatched {
    match call.key {
        ApiKey::FindCoordinator => later(broker, call, input, async |broker: Arc<Broker>, call: Call, request| {
            let topics = Topics { broker: &broker, listener: &call.listener };
            coordinators::find_coordinator(&topics, call.version, request)
        }),
        ApiKey::JoinGroup => later(broker, call, input, async |broker: Arc<Broker>, call: Call, request| {
            groups::join_group(&broker.groups, &context(&call), request).await
        }),
        ApiKey::SyncGroup => later(broker, call, input, async |broker: Arc<Broker>, call: Call, request| {
            groups::sync_group(&broker.groups, &context(&call), request).await
        }),
        ApiKey::Heartbeat => later(broker, call, input, async |broker: Arc<Broker>, _: Call, request| {
            groups::heartbeat(&broker.groups, request).await
        }),
        ApiKey::LeaveGroup => later(broker, call, input, async |broker: Arc<Broker>, call: Call, request| {
            groups::leave_group(&broker.groups, &context(&call), request).await
        }),
        ApiKey::DescribeGroups => later(broker, call, input, async |broker: Arc<Broker>, call: Call, request| {
            groups::describe_groups(&broker.groups, &context(&call), request)
        }),
        ApiKey::ListGroups => later(broker, call, input, async |broker: Arc<Broker>, _: Call, request| {
            groups::list_groups(&broker.groups, request)
        }),
        ApiKey::DeleteGroups => later(broker, call, input, async |broker: Arc<Broker>, _: Call, request| {
            groups::delete_groups(&broker.groups, request).await
        }),
        ApiKey::OffsetCommit => later(broker, call, input, async |broker: Arc<Broker>, call: Call, request| {
            offsets::offset_commit(&broker.groups, &*broker, &context(&call), request).await
        }),
        ApiKey::OffsetFetch => later(broker, call, input, async |broker: Arc<Broker>, call: Call, request| {
            offsets::offset_fetch(&broker.groups, &*broker, &context(&call), request).await
        }),
        ApiKey::OffsetDelete => later(broker, call, input, async |broker: Arc<Broker>, _: Call, request| {
            offsets::offset_delete(&broker.groups, &*broker, request).await
        }),
        key => Dispatched::Now(Answer::Close(format!("{key} is not served"))),
    }
}

fn context(call: &Call) -> RequestContext {
    RequestContext::new(call.version, call.client_id.as_deref(), call.peer.ip())
}

impl TopicLookup for Broker {
    fn topic_id(&self, name: &str) -> Option<Uuid> {
        self.metadata.peek().topic_id(name)
    }

    fn topic_name(&self, id: Uuid) -> Option<Arc<str>> {
        self.metadata.peek().topic_by_id(id).map(|topic| Arc::from(topic.name.as_str()))
    }

    fn has_partition(&self, name: &str, partition: PartitionId) -> bool {
        self.metadata.peek().partition(name, partition).is_some()
    }
}

/// The coordinators' topics, as clients of one listener reach them.
struct Topics<'a> {
    broker: &'a Arc<Broker>,
    listener: &'a str,
}

impl InternalTopics for Topics<'_> {
    fn partitions(&self, topic: &str) -> Option<i32> {
        self.broker.metadata.peek().topic(topic).and_then(|t| i32::try_from(t.partitions.len()).ok())
    }

    fn leader(&self, topic: &str, partition: PartitionId) -> Option<Endpoint> {
        let (leader, _) = self.broker.leader_of(topic, Uuid::ZERO, partition)?;
        let (host, port, _) = self.broker.endpoint_of(leader.get(), self.listener)?;
        Some(Endpoint { node_id: leader.get(), host, port })
    }

    fn request_creation(&self, topic: &str) {
        if topic != OFFSETS_TOPIC {
            return;
        }
        let broker = Arc::clone(self.broker);
        tokio::spawn(async move {
            let answer = broker.controller.create_topics(offsets_topic(&broker)).await;
            match answer.map(|a| a.answer.topics.into_iter().next()) {
                Ok(Some(topic)) => match ErrorCode::from_code(topic.error_code) {
                    ErrorCode::None => info!(topic = OFFSETS_TOPIC, "internal topic created"),
                    ErrorCode::TopicAlreadyExists => {}
                    code => {
                        warn!(topic = OFFSETS_TOPIC, %code, message = topic.error_message, "cannot create the internal topic")
                    }
                },
                Ok(None) => {}
                Err(refusal) => {
                    warn!(topic = OFFSETS_TOPIC, reason = %refusal.text(), "cannot create the internal topic")
                }
            }
        });
    }
}

/// The offsets topic as `AutoTopicCreationManager` makes it.
fn offsets_topic(broker: &Broker) -> CreateTopicsRequest {
    let config = &broker.config;
    let set = |name: &str, value: String| CreatableTopicConfig { name: name.to_owned(), value: Some(value) };
    CreateTopicsRequest {
        topics: vec![CreatableTopic {
            name: OFFSETS_TOPIC.to_owned(),
            num_partitions: config.offsets_topic_num_partitions(),
            replication_factor: i16::try_from(config.offsets_topic_replication_factor()).unwrap_or(1),
            configs: vec![
                set("compression.type", "producer".to_owned()),
                set("cleanup.policy", "compact".to_owned()),
                set("segment.bytes", config.offsets_topic_segment_bytes().to_string()),
            ],
            ..Default::default()
        }],
        timeout_ms: CREATE_TIMEOUT_MS,
        ..Default::default()
    }
}
