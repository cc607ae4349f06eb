//! Produce (API 0): split by partition, append, and answer when the acks asked for are there.

use std::sync::Arc;

use smallvec::SmallVec;
use tokio::time::{Duration, Instant, timeout};

use super::dispatch::{Answer, Call, Dispatched};
use super::produce_codec::{PartitionAnswer, PartitionView, ProduceView, TopicView, write_answer};
use crate::broker::runtime::broker::Broker;
use crate::broker::runtime::partition::{Appended, Appending, Partition, Produced};
use crate::broker::runtime::waiters::Settled;
use crate::broker::state::partition::Acks;
use crate::broker::state::produce::ProduceRefusal;
use crate::model::{ErrorCode, TimestampMs, Uuid};
use crate::wire::messages::produce::{
    BatchIndexAndErrorMessage, LeaderIdAndEpoch, NodeEndpoint, PartitionProduceResponse,
};

/// A client that writes to internal topics must say that it is an administrator (`Topic.isInternal`).
const ADMIN_CLIENT_ID: &str = "__admin_client";

/// A batch whose part of the answer is not settled: where that stands, and what it waits for.
struct Waiting {
    at: usize,
    handle: Arc<Partition>,
    wait: Wait,
}

enum Wait {
    /// Another appends it.
    Append { topic: usize, size: u64, appending: Appending },
    /// It is not durable or not committed yet.
    Safety(Safety),
}

/// What resolves when an append is durable, and when it is committed.
struct Safety {
    durable: Option<Settled>,
    commit: Option<Settled>,
}

/// Stands in the answer where the outcome is not known yet.
const PENDING: PartitionAnswer =
    PartitionAnswer::Accepted { index: -1, base_offset: -1, log_append_time_ms: -1, log_start_offset: -1 };

/// The answer as far as it is known.
#[derive(Default)]
struct Results {
    topics: SmallVec<[TopicView; 2]>,
    partitions: SmallVec<[PartitionAnswer; 4]>,
    nodes: Vec<NodeEndpoint>,
}

/// Serves a produce. Before this returns everything is appended, or has its place behind what came earlier; only the
/// answer may come later.
pub fn handle(broker: &Arc<Broker>, call: &Call, request: ProduceView) -> Dispatched {
    let now = TimestampMs::now();
    let acks = match Acks::from_wire(request.acks) {
        // Transactions come with the transaction coordinator; until then nobody may be led to believe in one.
        Ok(_) if request.transactional => Err(ErrorCode::TransactionalIdAuthorizationFailed),
        acks => acks,
    };
    let ProduceView { topics, partitions, timeout_ms, .. } = request;
    let mut results = Results { topics, ..Default::default() };
    let mut waiting: SmallVec<[Waiting; 4]> = SmallVec::new();
    let mut parts = partitions.into_iter();
    for t in 0..results.topics.len() {
        for part in parts.by_ref().take(results.topics[t].partitions) {
            let index = part.index;
            let size = part.records.len() as u64;
            let outcome = match acks {
                Ok(acks) => append(broker, call, &results.topics[t], part, acks, now),
                Err(code) => Err(ProduceRefusal::new(code, "")),
            };
            let at = results.partitions.len();
            let answer = match outcome {
                Ok((handle, Produced::Now(appended))) => {
                    broker.metrics.produced(size, appended.records as u64);
                    let answer = accepted(index, &appended);
                    if let Some(safety) = Safety::of(appended) {
                        waiting.push(Waiting { at, handle, wait: Wait::Safety(safety) });
                    }
                    answer
                }
                Ok((handle, Produced::Soon(appending))) => {
                    waiting.push(Waiting { at, handle, wait: Wait::Append { topic: t, size, appending } });
                    PENDING
                }
                Err(refusal) => {
                    broker.metrics.produce_failed();
                    PartitionAnswer::Refused(Box::new(results.refused(broker, call, t, index, refusal)))
                }
            };
            results.partitions.push(answer);
        }
    }
    if waiting.is_empty() {
        return Dispatched::Now(results.answer(call, acks));
    }
    let (broker, call) = (Arc::clone(broker), call.clone());
    let wait = Duration::from_millis(u64::try_from(timeout_ms).unwrap_or(0));
    Dispatched::Later(Box::pin(async move {
        // First the own log and disk, however long they take; the client's limit is for the other replicas.
        let mut durable: SmallVec<[(usize, Arc<Partition>, Settled); 4]> = SmallVec::new();
        for Waiting { at, handle, wait } in waiting {
            let safety = match wait {
                Wait::Safety(safety) => Some(safety),
                Wait::Append { topic, size, appending } => {
                    let outcome = appending.await.unwrap_or_else(|_| Err(refusal_of(ErrorCode::NotLeaderOrFollower)));
                    results.appended(&broker, &call, at, topic, size, &handle, outcome)
                }
            };
            let Some(Safety { durable: sync, commit }) = safety else { continue };
            match (settled(sync).await, commit) {
                (Ok(()), Some(commit)) => durable.push((at, handle, commit)),
                (Ok(()), None) => {}
                (Err(code), _) => results.refuse(at, code),
            }
        }
        let deadline = Instant::now() + wait;
        for (at, handle, commit) in durable {
            let left = deadline.saturating_duration_since(Instant::now());
            let outcome = match timeout(left, settled(Some(commit))).await {
                Ok(Ok(())) => handle.judge_committed(),
                Ok(Err(code)) => Err(code),
                Err(_) => Err(ErrorCode::RequestTimedOut),
            };
            if let Err(code) = outcome {
                results.refuse(at, code);
            }
        }
        results.answer(&call, acks)
    }))
}

/// Waits for what is left of an append.
async fn settled(wait: Option<Settled>) -> Result<(), ErrorCode> {
    match wait {
        None => Ok(()),
        Some(wait) => wait.await.unwrap_or(Err(ErrorCode::NotLeaderOrFollower)),
    }
}

impl Safety {
    /// What an append still waits for, if anything.
    fn of(Appended { durable, commit, .. }: Appended) -> Option<Safety> {
        (durable.is_some() || commit.is_some()).then_some(Safety { durable, commit })
    }
}

impl Results {
    fn answer(&self, call: &Call, acks: Result<Acks, ErrorCode>) -> Answer {
        let Results { topics, partitions, nodes } = self;
        if acks == Ok(Acks::None) {
            // There is no answer to carry an error: closing the connection is how the client learns of it.
            return match partitions.iter().find_map(PartitionAnswer::refused) {
                None => Answer::Nothing,
                Some(p) => Answer::Close(format!("produce with acks=0 failed: {}", ErrorCode::from_code(p.error_code))),
            };
        }
        Answer::Send(write_answer(call.version, call.correlation_id, topics, partitions, nodes))
    }

    /// Fills in what became of a batch that was left to another to append, and gives what it still waits for.
    #[allow(clippy::too_many_arguments)] // the places of one batch in request and answer
    fn appended(
        &mut self,
        broker: &Broker,
        call: &Call,
        at: usize,
        topic: usize,
        size: u64,
        handle: &Partition,
        outcome: Result<Appended, ProduceRefusal>,
    ) -> Option<Safety> {
        let index = handle.name().partition;
        match outcome {
            Ok(appended) => {
                broker.metrics.produced(size, appended.records as u64);
                self.partitions[at] = accepted(index, &appended);
                Safety::of(appended)
            }
            Err(refusal) => {
                tell_of_failure(broker, handle, &refusal);
                broker.metrics.produce_failed();
                let refused = self.refused(broker, call, topic, index, refusal);
                self.partitions[at] = PartitionAnswer::Refused(Box::new(refused));
                None
            }
        }
    }

    /// Takes back what was accepted: it did not become durable or committed.
    fn refuse(&mut self, at: usize, code: ErrorCode) {
        let answer = &mut self.partitions[at];
        *answer = PartitionAnswer::Refused(Box::new(refused(answer.index(), ProduceRefusal::new(code, ""))));
    }

    /// A refusal, with the way to the leader where that is what the client lacks (KIP-951).
    fn refused(
        &mut self,
        broker: &Broker,
        call: &Call,
        topic: usize,
        index: i32,
        refusal: ProduceRefusal,
    ) -> PartitionProduceResponse {
        let mut answer = refused(index, refusal);
        if answer.error_code == ErrorCode::NotLeaderOrFollower.code() {
            let topic = &self.topics[topic];
            answer.current_leader = current_leader(broker, topic.name(), topic.id, index);
            let node_id = answer.current_leader.leader_id;
            if self.nodes.iter().all(|n| n.node_id != node_id)
                && let Some((host, port, rack)) = broker.endpoint_of(node_id, &call.listener)
            {
                self.nodes.push(NodeEndpoint { node_id, host, port, rack });
            }
        }
        answer
    }
}

fn append(
    broker: &Arc<Broker>,
    call: &Call,
    topic: &TopicView,
    data: PartitionView,
    acks: Acks,
    now: TimestampMs,
) -> Result<(Arc<Partition>, Produced), ProduceRefusal> {
    let found = if call.version >= 13 {
        broker.replicas.by_id(topic.id, data.index)
    } else {
        broker.replicas.by_name(topic.name(), data.index)
    };
    let partition = found
        .map_err(|code| refusal_of(broker.leader_elsewhere(topic.name(), topic.id, data.index).unwrap_or(code)))?;
    if partition.name().topic.is_internal() && call.client_id.as_deref() != Some(ADMIN_CLIENT_ID) {
        return Err(refusal_of(ErrorCode::InvalidTopicException));
    }
    match partition.produce(data.records, acks, call.version, now) {
        Ok(produced) => Ok((partition, produced)),
        Err(refusal) => {
            tell_of_failure(broker, &partition, &refusal);
            Err(refusal)
        }
    }
}

/// A fault of the disk takes the whole directory out of service.
fn tell_of_failure(broker: &Broker, partition: &Partition, refusal: &ProduceRefusal) {
    if refusal.code == ErrorCode::KafkaStorageError {
        broker.replicas.partition_failed(partition);
    }
}

fn refusal_of(code: ErrorCode) -> ProduceRefusal {
    ProduceRefusal::new(code, "")
}

fn accepted(index: i32, appended: &Appended) -> PartitionAnswer {
    PartitionAnswer::Accepted {
        index,
        base_offset: appended.base_offset.get(),
        log_append_time_ms: appended.log_append_time.get(),
        log_start_offset: appended.log_start.get(),
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

/// Where the client finds the leader (KIP-951).
fn current_leader(broker: &Broker, topic: &str, topic_id: Uuid, partition: i32) -> LeaderIdAndEpoch {
    broker.leader_of(topic, topic_id, partition).map_or_else(LeaderIdAndEpoch::default, |(id, epoch)| {
        LeaderIdAndEpoch { leader_id: id.get(), leader_epoch: epoch.get() }
    })
}
