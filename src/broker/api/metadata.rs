//! What clients ask about brokers, topics and partitions: Metadata (3) and DescribeTopicPartitions (75).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dispatch::{Answer, Call, Dispatched};
use super::response::Response;
use super::topics::create_on_demand;
use crate::broker::runtime::answers::Stamp;
use crate::broker::runtime::broker::Broker;
use crate::broker::state::metadata::{MetadataImage, PartitionImage, TopicImage};
use crate::model::{BrokerId, ErrorCode, TopicName, Uuid};
use crate::wire::codec::Reader;
use crate::wire::messages::describe_topic_partitions::{
    DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, DescribeTopicPartitionsResponseCursor,
    DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use crate::wire::messages::metadata::{
    MetadataRequest, MetadataRequestTopic, MetadataResponse, MetadataResponseBroker, MetadataResponsePartition,
    MetadataResponseTopic,
};
use crate::wire::schema::Message as _;

/// What a client may do to the cluster where no authorizer restricts it (a bit for each operation).
pub(super) const ALL_CLUSTER_OPERATIONS: i32 = 8096;
/// The same for a topic.
pub(super) const ALL_TOPIC_OPERATIONS: i32 = 3576;
/// "Not asked for".
pub(super) const NO_OPERATIONS: i32 = i32::MIN;

/// The broker to send controller requests to: the active controller where it is a broker, else any live one.
pub(super) fn controller_of(broker: &Broker, image: &MetadataImage, listener: &str) -> i32 {
    let leader = broker.controller.quorum().leadership().borrow().leader;
    reachable_controller(image, leader, listener)
}

fn reachable_controller(image: &MetadataImage, leader: Option<BrokerId>, listener: &str) -> i32 {
    let reachable = |id: &BrokerId| is_alive(image, *id, listener);
    let any = || image.brokers().map(|b| b.id).find(reachable);
    leader.filter(reachable).or_else(any).unwrap_or(BrokerId::NONE).get()
}

fn is_alive(image: &MetadataImage, id: BrokerId, listener: &str) -> bool {
    image.broker(id).is_some_and(|broker| !broker.fenced && broker.endpoint(listener).is_some())
}

fn raw(ids: impl IntoIterator<Item = BrokerId>) -> Vec<i32> {
    ids.into_iter().map(BrokerId::get).collect()
}

/// Replicas that no client can reach now: their broker is away, or their directory is offline.
fn offline(image: &MetadataImage, partition: &PartitionImage, listener: &str) -> Vec<i32> {
    let gone = |id: &BrokerId| {
        let dir = partition.directory_of(*id);
        let lost = image.broker(*id).is_some_and(|broker| {
            dir.is_some_and(|dir| dir.0 >= 100 && !broker.log_dirs.is_empty() && !broker.log_dirs.contains(&dir))
        });
        lost || !is_alive(image, *id, listener)
    };
    raw(partition.replicas.iter().copied().filter(gone))
}

/// Why a partition's leader cannot be used; nothing when it can.
fn leader_error(image: &MetadataImage, leader: BrokerId, listener: &str, knows_listeners: bool) -> ErrorCode {
    match image.broker(leader) {
        Some(broker) if !broker.fenced && broker.endpoint(listener).is_some() => ErrorCode::None,
        Some(broker) if !broker.fenced && knows_listeners => ErrorCode::ListenerNotFound,
        _ => ErrorCode::LeaderNotAvailable,
    }
}

fn topic_answer(image: &MetadataImage, topic: &TopicImage, call: &Call, operations: i32) -> MetadataResponseTopic {
    let partitions = topic.iter().map(|(index, partition)| {
        let error = leader_error(image, partition.leader, &call.listener, call.version >= 6);
        MetadataResponsePartition {
            error_code: error.code(),
            partition_index: index,
            leader_id: if error == ErrorCode::None { partition.leader.get() } else { BrokerId::NONE.get() },
            leader_epoch: partition.leader_epoch.get(),
            replica_nodes: raw(partition.replicas.iter().copied()),
            isr_nodes: raw(partition.isr.iter().copied()),
            offline_replicas: offline(image, partition, &call.listener),
        }
    });
    MetadataResponseTopic {
        error_code: ErrorCode::None.code(),
        name: Some(topic.name.to_string()),
        topic_id: topic.id,
        is_internal: topic.name.is_internal(),
        partitions: partitions.collect(),
        topic_authorized_operations: operations,
    }
}

fn topic_error(name: Option<String>, topic_id: Uuid, error: ErrorCode) -> MetadataResponseTopic {
    let is_internal = name.as_deref().and_then(|name| TopicName::new(name).ok()).is_some_and(|name| name.is_internal());
    MetadataResponseTopic { error_code: error.code(), name, topic_id, is_internal, ..MetadataResponseTopic::default() }
}

/// Serves Metadata: from the kept answers where one was made from the same image, and keeps what it had to make.
pub fn answer(broker: &Arc<Broker>, call: Call, mut input: Reader) -> Dispatched {
    let broker = Arc::clone(broker);
    // Looked up when the requests before it are answered, not now: one of them may create the topic.
    Dispatched::Later(Box::pin(async move {
        let (key, version, correlation_id) = (call.key, call.version, call.correlation_id);
        let question = call.question(input.rest());
        if let Some(body) = broker.answers.get(broker.stamped_image().1, &question) {
            return Answer::Send(Response::of_body(body, key, version, correlation_id));
        }
        let request = match MetadataRequest::read(&mut input, version) {
            Ok(request) => request,
            Err(e) => return Answer::Close(format!("{key} version {version}: {e}")),
        };
        let (response, stamp) = metadata(&broker, call, request).await;
        let body = response.to_bytes(version);
        // What is wrong with a topic now may be right without a step of the image: created on demand.
        if response.topics.iter().all(|topic| topic.error_code == ErrorCode::None.code()) {
            broker.answers.put(stamp, &question, body.clone());
        }
        Answer::Send(Response::of_body(body, key, version, correlation_id))
    }))
}

/// Makes the answer, and says from what.
async fn metadata(broker: &Arc<Broker>, call: Call, request: MetadataRequest) -> (MetadataResponse, Stamp) {
    let wanted = match request.topics {
        None => None,
        // Version 0 has no null: an empty list is "all".
        Some(topics) if topics.is_empty() && call.version == 0 => None,
        Some(topics) => Some(topics),
    };
    let operations = if request.include_topic_authorized_operations { ALL_TOPIC_OPERATIONS } else { NO_OPERATIONS };
    let mut errors = BTreeMap::new();
    if let Some(wanted) = wanted.as_deref().filter(|_| request.allow_auto_topic_creation) {
        errors = create_missing(broker, wanted).await;
    }
    let (image, stamp) = broker.stamped_image();
    let topics = match &wanted {
        None => image.topics().map(|topic| topic_answer(&image, topic, &call, operations)).collect(),
        Some(wanted) => wanted.iter().map(|topic| wanted_topic(&image, topic, &call, operations, &errors)).collect(),
    };
    let brokers = image.brokers().filter(|b| !b.fenced).filter_map(|b| {
        let endpoint = b.endpoint(&call.listener)?;
        Some(MetadataResponseBroker {
            node_id: b.id.get(),
            host: endpoint.host.to_string(),
            port: i32::from(endpoint.port),
            rack: b.rack.as_deref().map(str::to_owned),
        })
    });
    let response = MetadataResponse {
        brokers: brokers.collect(),
        cluster_id: Some(broker.metadata.cluster_id().to_owned()),
        controller_id: reachable_controller(&image, stamp.controller, &call.listener),
        topics,
        cluster_authorized_operations: if request.include_cluster_authorized_operations {
            ALL_CLUSTER_OPERATIONS
        } else {
            NO_OPERATIONS
        },
        ..MetadataResponse::default()
    };
    (response, stamp)
}

fn wanted_topic(
    image: &MetadataImage,
    wanted: &MetadataRequestTopic,
    call: &Call,
    operations: i32,
    errors: &BTreeMap<String, ErrorCode>,
) -> MetadataResponseTopic {
    let by_id = !wanted.topic_id.is_zero();
    match &wanted.name {
        // Ids came with version 10 and could be used from 12 on (KIP-516).
        _ if by_id && call.version < 12 => topic_error(wanted.name.clone(), wanted.topic_id, ErrorCode::InvalidRequest),
        None if !by_id && call.version < 12 => topic_error(Some(String::new()), Uuid::ZERO, ErrorCode::InvalidRequest),
        _ if by_id => match image.topic_by_id(wanted.topic_id) {
            Some(topic) => topic_answer(image, topic, call, operations),
            None => topic_error(None, wanted.topic_id, ErrorCode::UnknownTopicId),
        },
        None => topic_error(None, Uuid::ZERO, ErrorCode::UnknownTopicId),
        Some(name) => match image.topic(name) {
            Some(topic) => topic_answer(image, topic, call, operations),
            None if TopicName::new(name).is_err() => {
                topic_error(Some(name.clone()), Uuid::ZERO, ErrorCode::InvalidTopicException)
            }
            None => {
                let error = errors.get(name).copied().unwrap_or(ErrorCode::UnknownTopicOrPartition);
                topic_error(Some(name.clone()), Uuid::ZERO, error)
            }
        },
    }
}

/// Creates the topics that are asked for and missing, where settings allow it, and says why not where not.
async fn create_missing(broker: &Arc<Broker>, wanted: &[MetadataRequestTopic]) -> BTreeMap<String, ErrorCode> {
    if !broker.config.auto_create_topics() {
        return BTreeMap::new();
    }
    let missing: Vec<String> = {
        let image = broker.metadata.peek();
        let names = wanted.iter().filter_map(|topic| topic.name.as_ref());
        names.filter(|name| TopicName::new(name).is_ok() && image.topic(name).is_none()).cloned().collect()
    };
    if missing.is_empty() { BTreeMap::new() } else { create_on_demand(broker, missing).await }
}

/// Serves DescribeTopicPartitions (KIP-966): topics by name, as many partitions as the limit allows, and where to go on.
pub async fn describe_topic_partitions(
    broker: Arc<Broker>,
    call: Call,
    request: DescribeTopicPartitionsRequest,
) -> DescribeTopicPartitionsResponse {
    let image = broker.metadata.image();
    let mut names: Vec<String> = if request.topics.is_empty() {
        image.topics().map(|topic| topic.name.to_string()).collect()
    } else {
        request.topics.into_iter().map(|topic| topic.name).collect()
    };
    names.sort();
    names.dedup();
    let (from_topic, from_partition) =
        request.cursor.map_or((String::new(), 0), |cursor| (cursor.topic_name, cursor.partition_index));
    let most = broker.config.max_request_partition_size_limit().min(request.response_partition_limit).max(1);
    let mut left = usize::try_from(most).unwrap_or(1);
    let mut response = DescribeTopicPartitionsResponse::default();
    for name in names.into_iter().filter(|name| *name >= from_topic) {
        let first = if name == from_topic { usize::try_from(from_partition).unwrap_or(0) } else { 0 };
        if left == 0 {
            response.next_cursor =
                Some(DescribeTopicPartitionsResponseCursor { topic_name: name, partition_index: first as i32 });
            break;
        }
        let Some(topic) = image.topic(&name) else {
            let error = match TopicName::new(&name) {
                Ok(_) => ErrorCode::UnknownTopicOrPartition,
                Err(_) => ErrorCode::InvalidTopicException,
            };
            response.topics.push(DescribeTopicPartitionsResponseTopic {
                error_code: error.code(),
                name: Some(name),
                ..DescribeTopicPartitionsResponseTopic::default()
            });
            continue;
        };
        let end = topic.partitions.len().min(first.saturating_add(left));
        let partitions =
            (first..end).map(|at| partition_description(&image, at, &topic.partitions[at], &call.listener));
        let partitions: Vec<_> = partitions.collect();
        left -= partitions.len();
        response.topics.push(DescribeTopicPartitionsResponseTopic {
            error_code: ErrorCode::None.code(),
            name: Some(name.clone()),
            topic_id: topic.id,
            is_internal: topic.name.is_internal(),
            partitions,
            topic_authorized_operations: ALL_TOPIC_OPERATIONS,
        });
        if end < topic.partitions.len() {
            response.next_cursor =
                Some(DescribeTopicPartitionsResponseCursor { topic_name: name, partition_index: end as i32 });
            break;
        }
    }
    response
}

fn partition_description(
    image: &MetadataImage,
    at: usize,
    partition: &PartitionImage,
    listener: &str,
) -> DescribeTopicPartitionsResponsePartition {
    let error = leader_error(image, partition.leader, listener, true);
    DescribeTopicPartitionsResponsePartition {
        error_code: error.code(),
        partition_index: at as i32,
        leader_id: if error == ErrorCode::None { partition.leader.get() } else { BrokerId::NONE.get() },
        leader_epoch: partition.leader_epoch.get(),
        replica_nodes: raw(partition.replicas.iter().copied()),
        isr_nodes: raw(partition.isr.iter().copied()),
        eligible_leader_replicas: Some(raw(partition.elr().iter().copied())),
        last_known_elr: Some(raw(partition.last_known_elr().iter().copied())),
        offline_replicas: offline(image, partition, listener),
    }
}
