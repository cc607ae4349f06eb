//! CreateTopics (19), DeleteTopics (20) and CreatePartitions (37): to the controller, and back once it is done here too.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::dispatch::Call;
use crate::broker::runtime::broker::Broker;
use crate::broker::state::controller::Refusal;
use crate::model::{ErrorCode, Offset};
use crate::wire::messages::create_partitions::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitionsTopicResult,
};
use crate::wire::messages::create_topics::{
    CreatableTopic, CreatableTopicResult, CreateTopicsRequest, CreateTopicsResponse,
};
use crate::wire::messages::delete_topics::{DeletableTopicResult, DeleteTopicsRequest, DeleteTopicsResponse};

/// How long a request may take whose client names no sensible time.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Waits until this broker serves what is committed up to `offset`, but no longer than the client does: the topic is
/// there in any case, so that a late opening of its logs is no error.
async fn served(broker: &Broker, offset: Offset, timeout_ms: i32) {
    let wait = u64::try_from(timeout_ms).map_or(Duration::ZERO, Duration::from_millis).min(LONGEST_WAIT);
    let _ = tokio::time::timeout(wait, broker.metadata.wait_served(offset)).await;
}

/// Serves CreateTopics. A produce right after the answer finds the partitions open.
pub async fn create(broker: Arc<Broker>, _: Call, request: CreateTopicsRequest) -> CreateTopicsResponse {
    let names: Vec<String> = request.topics.iter().map(|topic| topic.name.clone()).collect();
    let timeout = request.timeout_ms;
    match broker.controller.create_topics(request).await {
        Ok(done) => {
            served(&broker, done.offset, timeout).await;
            done.answer
        }
        Err(refusal) => {
            let topics = names.into_iter().map(|name| CreatableTopicResult {
                name,
                error_code: refusal.code.code(),
                error_message: Some(refusal.text()),
                ..CreatableTopicResult::default()
            });
            CreateTopicsResponse { topics: topics.collect(), ..CreateTopicsResponse::default() }
        }
    }
}

/// Serves DeleteTopics.
pub async fn delete(broker: Arc<Broker>, call: Call, request: DeleteTopicsRequest) -> DeleteTopicsResponse {
    let named: Vec<_> = request
        .topics
        .iter()
        .map(|topic| (topic.name.clone(), topic.topic_id))
        .chain(request.topic_names.iter().map(|name| (Some(name.clone()), crate::model::Uuid::ZERO)))
        .collect();
    let refuse = |refusal: Refusal| {
        let responses = named.iter().map(|(name, topic_id)| DeletableTopicResult {
            name: name.clone(),
            topic_id: *topic_id,
            error_code: refusal.code.code(),
            error_message: Some(refusal.text()),
        });
        DeleteTopicsResponse { responses: responses.collect(), ..DeleteTopicsResponse::default() }
    };
    if !broker.config.delete_topic_enable() {
        let code = if call.version < 3 { ErrorCode::InvalidRequest } else { ErrorCode::TopicDeletionDisabled };
        return refuse(code.into());
    }
    let timeout = request.timeout_ms;
    match broker.controller.delete_topics(request).await {
        Ok(done) => {
            served(&broker, done.offset, timeout).await;
            done.answer
        }
        Err(refusal) => refuse(refusal),
    }
}

/// Serves CreatePartitions.
pub async fn create_partitions(
    broker: Arc<Broker>,
    _: Call,
    request: CreatePartitionsRequest,
) -> CreatePartitionsResponse {
    let names: Vec<String> = request.topics.iter().map(|topic| topic.name.clone()).collect();
    let timeout = request.timeout_ms;
    match broker.controller.create_partitions(request).await {
        Ok(done) => {
            served(&broker, done.offset, timeout).await;
            done.answer
        }
        Err(refusal) => {
            let results = names.into_iter().map(|name| CreatePartitionsTopicResult {
                name,
                error_code: refusal.code.code(),
                error_message: Some(refusal.text()),
            });
            CreatePartitionsResponse { results: results.collect(), ..CreatePartitionsResponse::default() }
        }
    }
}

/// Creates topics that somebody asked for before anyone made them, internal ones with their own settings. Returns the
/// errors by name; a topic that another request made meanwhile is none.
pub async fn create_on_demand(broker: &Arc<Broker>, names: Vec<String>) -> BTreeMap<String, ErrorCode> {
    let topics = names.into_iter().map(|name| on_demand(broker, name)).collect();
    let request = CreateTopicsRequest { topics, timeout_ms: 30_000, validate_only: false };
    let wanted: Vec<String> = request.topics.iter().map(|topic| topic.name.clone()).collect();
    match broker.controller.create_topics(request).await {
        Ok(done) => {
            served(broker, done.offset, 30_000).await;
            let failed = done.answer.topics.into_iter().filter_map(|topic| {
                let error = ErrorCode::from_code(topic.error_code);
                let fine = matches!(error, ErrorCode::None | ErrorCode::TopicAlreadyExists);
                // Clients come again for an unknown topic; what cannot be is said as it is (`AutoTopicCreationManager`).
                let told = match error {
                    ErrorCode::InvalidReplicationFactor | ErrorCode::InvalidTopicException => error,
                    _ => ErrorCode::UnknownTopicOrPartition,
                };
                (!fine).then_some((topic.name, told))
            });
            failed.collect()
        }
        Err(_) => wanted.into_iter().map(|name| (name, ErrorCode::LeaderNotAvailable)).collect(),
    }
}

fn on_demand(broker: &Broker, name: String) -> CreatableTopic {
    let config = &broker.config;
    let factor = |name: &str| config.raw(name).and_then(|text| text.trim().parse().ok()).unwrap_or(-1);
    let (num_partitions, replication_factor, configs): (i32, i16, &[(&str, String)]) = match name.as_str() {
        "__consumer_offsets" => (
            config.offsets_topic_num_partitions(),
            factor("offsets.topic.replication.factor"),
            &[
                ("cleanup.policy", "compact".to_owned()),
                ("compression.type", "producer".to_owned()),
                ("segment.bytes", config.raw("offsets.topic.segment.bytes").unwrap_or("104857600").to_owned()),
            ],
        ),
        "__transaction_state" => (
            config.transaction_topic_num_partitions(),
            factor("transaction.state.log.replication.factor"),
            &[
                ("cleanup.policy", "compact".to_owned()),
                ("compression.type", "uncompressed".to_owned()),
                ("unclean.leader.election.enable", "false".to_owned()),
                ("segment.bytes", config.raw("transaction.state.log.segment.bytes").unwrap_or("104857600").to_owned()),
                ("min.insync.replicas", config.raw("transaction.state.log.min.isr").unwrap_or("2").to_owned()),
            ],
        ),
        _ => (-1, -1, &[]),
    };
    CreatableTopic {
        name,
        num_partitions,
        replication_factor,
        configs: configs
            .iter()
            .map(|(name, value)| crate::wire::messages::create_topics::CreatableTopicConfig {
                name: (*name).to_owned(),
                value: Some(value.clone()),
            })
            .collect(),
        ..CreatableTopic::default()
    }
}
