//! Produce (API 0): split by partition, append, and answer when the acks asked for are there.

use std::sync::Arc;

use tokio::time::{Duration, Instant, timeout};

use super::dispatch::{Answer, Call, Dispatched};
use super::response::Response;
use crate::broker::runtime::broker::Broker;
use crate::broker::runtime::partition::{Appended, Partition};
use crate::broker::runtime::waiters::Settled;
use crate::broker::state::partition::Acks;
use crate::broker::state::produce::ProduceRefusal;
use crate::model::{ErrorCode, TimestampMs, Uuid};
use crate::wire::messages::produce::{
    BatchIndexAndErrorMessage, LeaderIdAndEpoch, NodeEndpoint, PartitionProduceData, PartitionProduceResponse,
    ProduceRequest, ProduceResponse, TopicProduceData, TopicProduceResponse,
};

/// A client that writes to internal topics must say that it is an administrator (`Topic.isInternal`).
const ADMIN_CLIENT_ID: &str = "__admin_client";

/// An append that is not durable or not committed yet: where it stands in the answer, and what resolves when it is.
struct Waiting {
    topic: usize,
    partition: usize,
    handle: Arc<Partition>,
    durable: Option<Settled>,
    commit: Option<Settled>,
}

/// Serves a produce. Everything is appended before this returns; only the answer may come later.
pub fn handle(broker: &Arc<Broker>, call: &Call, request: ProduceRequest) -> Dispatched {
    let acks = Acks::from_wire(request.acks);
    let now = TimestampMs::now();
    let mut waiting = Vec::new();
    let mut response = ProduceResponse::default();
    if request.transactional_id.is_some() {
        // Transactions come with the transaction coordinator; until then nobody may be led to believe in one.
        refuse_all(&request, ErrorCode::TransactionalIdAuthorizationFailed, &mut response);
        return finish(acks, call, &response);
    }
    for (t, topic) in request.topic_data.into_iter().enumerate() {
        let mut out = TopicProduceResponse { name: topic.name.clone(), topic_id: topic.topic_id, ..Default::default() };
        for (p, data) in topic.partition_data.into_iter().enumerate() {
            let (index, outcome) = match acks {
                Ok(acks) => append(broker, call, &topic.name, topic.topic_id, data, acks, now),
                Err(code) => (data.index, Err(ProduceRefusal::new(code, ""))),
            };
            match outcome {
                Ok((handle, mut appended)) => {
                    let (durable, commit) = (appended.durable.take(), appended.commit.take());
                    if durable.is_some() || commit.is_some() {
                        waiting.push(Waiting { topic: t, partition: p, handle, durable, commit });
                    }
                    out.partition_responses.push(accepted(index, &appended));
                }
                Err(refusal) => {
                    broker.metrics.produce_failed();
                    let mut answer = refused(index, refusal);
                    if answer.error_code == ErrorCode::NotLeaderOrFollower.code() {
                        answer.current_leader = current_leader(broker, &topic.name, topic.topic_id, index);
                        add_endpoint(broker, call, &mut response, answer.current_leader.leader_id);
                    }
                    out.partition_responses.push(answer);
                }
            }
        }
        response.responses.push(out);
    }
    if waiting.is_empty() {
        return finish(acks, call, &response);
    }
    let call = call.clone();
    let wait = Duration::from_millis(u64::try_from(request.timeout_ms).unwrap_or(0));
    Dispatched::Later(Box::pin(async move {
        let mut refuse = |topic: usize, partition: usize, code| {
            let answer = &mut response.responses[topic].partition_responses[partition];
            *answer = refused(answer.index, ProduceRefusal::new(code, ""));
        };
        // First the own disk, however long it takes; the client's limit is for the other replicas.
        let mut durable = Vec::with_capacity(waiting.len());
        for mut one in waiting {
            match settled(one.durable.take()).await {
                Ok(()) => durable.push(one),
                Err(code) => refuse(one.topic, one.partition, code),
            }
        }
        let deadline = Instant::now() + wait;
        for Waiting { topic, partition, handle, commit, .. } in durable.into_iter().filter(|one| one.commit.is_some()) {
            let left = deadline.saturating_duration_since(Instant::now());
            let outcome = match timeout(left, settled(commit)).await {
                Ok(Ok(())) => handle.judge_committed(),
                Ok(Err(code)) => Err(code),
                Err(_) => Err(ErrorCode::RequestTimedOut),
            };
            if let Err(code) = outcome {
                refuse(topic, partition, code);
            }
        }
        Answer::Send(Response::encode(&response, call.key, call.version, call.correlation_id))
    }))
}

/// Waits for what is left of an append.
async fn settled(wait: Option<Settled>) -> Result<(), ErrorCode> {
    match wait {
        None => Ok(()),
        Some(wait) => wait.await.unwrap_or(Err(ErrorCode::NotLeaderOrFollower)),
    }
}

fn finish(acks: Result<Acks, ErrorCode>, call: &Call, response: &ProduceResponse) -> Dispatched {
    if acks == Ok(Acks::None) {
        // There is no answer to carry an error: closing the connection is how the client learns of it.
        let failed = |p: &PartitionProduceResponse| p.error_code != ErrorCode::None.code();
        let first = response.responses.iter().flat_map(|t| &t.partition_responses).find(|p| failed(p));
        return Dispatched::Now(match first {
            None => Answer::Nothing,
            Some(p) => Answer::Close(format!("produce with acks=0 failed: {}", ErrorCode::from_code(p.error_code))),
        });
    }
    Dispatched::Now(Answer::Send(Response::encode(response, call.key, call.version, call.correlation_id)))
}

fn append(
    broker: &Arc<Broker>,
    call: &Call,
    topic: &str,
    topic_id: Uuid,
    data: PartitionProduceData,
    acks: Acks,
    now: TimestampMs,
) -> (i32, Result<(Arc<Partition>, Appended), ProduceRefusal>) {
    let found = if call.version >= 13 {
        broker.replicas.by_id(topic_id, data.index)
    } else {
        broker.replicas.by_name(topic, data.index)
    };
    let refuse = |code| ProduceRefusal::new(code, "");
    let partition = match found {
        Ok(partition) => partition,
        Err(code) => {
            return (data.index, Err(refuse(broker.leader_elsewhere(topic, topic_id, data.index).unwrap_or(code))));
        }
    };
    if partition.name().topic.is_internal() && call.client_id.as_deref() != Some(ADMIN_CLIENT_ID) {
        return (data.index, Err(refuse(ErrorCode::InvalidTopicException)));
    }
    let records = data.records.unwrap_or_default();
    let size = records.len() as u64;
    let result = partition.produce(records, acks, call.version, now).map(|(appended, header)| {
        broker.metrics.produced(size, header.record_count as u64);
        (Arc::clone(&partition), appended)
    });
    if result.as_ref().is_err_and(|refusal| refusal.code == ErrorCode::KafkaStorageError) {
        broker.replicas.partition_failed(&partition);
    }
    (data.index, result)
}

fn accepted(index: i32, appended: &Appended) -> PartitionProduceResponse {
    PartitionProduceResponse {
        index,
        base_offset: appended.base_offset.get(),
        log_append_time_ms: appended.log_append_time.get(),
        log_start_offset: appended.log_start.get(),
        ..Default::default()
    }
}

fn refused(index: i32, refusal: ProduceRefusal) -> PartitionProduceResponse {
    let records = refusal.records.into_iter().map(|(batch_index, message)| BatchIndexAndErrorMessage {
        batch_index,
        batch_index_error_message: Some(message),
    });
    PartitionProduceResponse {
        index,
        error_code: refusal.code.code(),
        base_offset: -1,
        log_append_time_ms: -1,
        log_start_offset: -1,
        record_errors: records.collect(),
        error_message: (!refusal.message.is_empty()).then_some(refusal.message),
        ..Default::default()
    }
}

fn refuse_all(request: &ProduceRequest, code: ErrorCode, response: &mut ProduceResponse) {
    response.responses = request
        .topic_data
        .iter()
        .map(|TopicProduceData { name, topic_id, partition_data, .. }| TopicProduceResponse {
            name: name.clone(),
            topic_id: *topic_id,
            partition_responses: partition_data
                .iter()
                .map(|data| refused(data.index, ProduceRefusal::new(code, "")))
                .collect(),
        })
        .collect();
}

/// Where the client finds the leader (KIP-951).
fn current_leader(broker: &Broker, topic: &str, topic_id: Uuid, partition: i32) -> LeaderIdAndEpoch {
    broker.leader_of(topic, topic_id, partition).map_or_else(LeaderIdAndEpoch::default, |(id, epoch)| {
        LeaderIdAndEpoch { leader_id: id.get(), leader_epoch: epoch.get() }
    })
}

fn add_endpoint(broker: &Broker, call: &Call, response: &mut ProduceResponse, node_id: i32) {
    if response.node_endpoints.iter().any(|n| n.node_id == node_id) {
        return;
    }
    if let Some((host, port, rack)) = broker.endpoint_of(node_id, &call.listener) {
        response.node_endpoints.push(NodeEndpoint { node_id, host, port, rack });
    }
}
