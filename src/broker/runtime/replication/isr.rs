//! The way of in-sync sets from this broker's leaders to the controller, and back.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tracing::{debug, warn};

use super::super::metadata::MetadataCache;
use super::super::replicas::Replicas;
use crate::broker::state::controller::Refusal;
use crate::broker::state::metadata::{RecoveryState, Replicas as ReplicaList};
use crate::broker::state::partition::{AlterOutcome, Altered, IsrProposal};
use crate::broker::state::replication::{AlterQueue, ReplicaKey};
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, TimestampMs};
use crate::wire::messages::alter_partition::{
    AlterPartitionRequest, AlterPartitionRequestPartitionData, AlterPartitionRequestTopicData, AlterPartitionResponse,
    BrokerState,
};

/// How long the controller may take; a change that it makes later is told by the metadata.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// The controller's answer.
pub type AlterReply<'a> = Pin<Box<dyn Future<Output = Result<AlterPartitionResponse, Refusal>> + Send + 'a>>;

/// Who decides on in-sync sets: the active controller, wherever it is.
pub trait AlterPartitions: Send + Sync + 'static {
    /// Sends AlterPartition.
    fn alter_partition(&self, request: AlterPartitionRequest) -> AlterReply<'_>;
}

/// What this broker's leaders ask for.
#[derive(Debug, Default)]
pub struct IsrProposals {
    queue: Mutex<AlterQueue>,
    wake: Notify,
}

impl IsrProposals {
    /// Adds a proposal. Callers may hold a partition's lock.
    pub fn submit(&self, key: ReplicaKey, proposal: IsrProposal) {
        self.queue.lock().submit(key, proposal);
        self.wake.notify_one();
    }

    /// What waits, as if it were sent and lost.
    #[cfg(test)]
    pub(super) fn take(&self) -> BTreeMap<ReplicaKey, IsrProposal> {
        let mut queue = std::mem::take(&mut *self.queue.lock());
        queue.next(TimestampMs(0)).cloned().unwrap_or_default()
    }
}

/// What the task knows of the broker.
#[derive(Clone, Debug)]
pub struct IsrContext {
    /// This broker.
    pub me: BrokerId,
    /// Its partitions.
    pub replicas: Arc<Replicas>,
    /// The cluster.
    pub metadata: Arc<MetadataCache>,
    /// `replica.lag.time.max.ms`.
    pub max_lag_ms: i64,
}

/// Carries proposals to the controller, and looks for followers that lag. Ends only with the task.
pub async fn run(context: IsrContext, controller: Arc<dyn AlterPartitions>) {
    let every = Duration::from_millis(u64::try_from(context.max_lag_ms / 2).unwrap_or(0).max(1));
    let mut look = interval_at(Instant::now() + every, every);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let proposals = Arc::clone(context.replicas.proposals());
    loop {
        let request = context.next_request(&proposals);
        if let Some(request) = request {
            // Lag is looked for meanwhile: the partitions of the request have their change under way.
            let mut answer = std::pin::pin!(timeout(ANSWER_WITHIN, controller.alter_partition(request)));
            let answer = loop {
                tokio::select! {
                    answer = &mut answer => break answer,
                    _ = look.tick() => context.shrink(),
                }
            };
            context.answered(&proposals, answer.unwrap_or_else(|_| Err(ErrorCode::RequestTimedOut.into())));
            continue;
        }
        let deadline = proposals.queue.lock().next_deadline();
        let pause =
            deadline.map(|at| Duration::from_millis(u64::try_from(at - TimestampMs::now()).unwrap_or(0).max(1)));
        tokio::select! {
            () = proposals.wake.notified() => {}
            _ = look.tick() => context.shrink(),
            () = tokio::time::sleep(pause.unwrap_or(Duration::MAX)), if pause.is_some() => {}
        }
    }
}

impl IsrContext {
    fn shrink(&self) {
        let now = TimestampMs::now();
        for partition in self.replicas.all() {
            partition.shrink_isr(now);
        }
    }

    /// The next request, if there is something to ask and none is under way.
    fn next_request(&self, proposals: &IsrProposals) -> Option<AlterPartitionRequest> {
        let mut queue = proposals.queue.lock();
        let waiting = queue.next(TimestampMs::now())?;
        let broker_epoch = self.metadata.peek().broker(self.me).map_or(-1, |registration| registration.epoch);
        Some(request(self.me, broker_epoch, waiting))
    }

    fn answered(&self, proposals: &IsrProposals, answer: Result<AlterPartitionResponse, Refusal>) {
        let now = TimestampMs::now();
        let refusal = match answer {
            Ok(response) if response.error_code == 0 => {
                let settled = proposals.queue.lock().answered(outcomes(response), now);
                for (key, sent, outcome) in settled {
                    debug!(topic_id = %key.0, partition = key.1, ?sent, ?outcome, "AlterPartition answered");
                    let Ok(partition) = self.replicas.by_id(key.0, key.1) else { continue };
                    if partition.altered(&sent, &outcome, now) == Altered::Retry {
                        proposals.queue.lock().retry(key, sent, now);
                    }
                }
                return;
            }
            Ok(response) => Refusal::bare(ErrorCode::from_code(response.error_code)),
            Err(refusal) => refusal,
        };
        warn!(error = %refusal, "the controller did not take changes of in-sync sets; asking again");
        proposals.queue.lock().failed(now);
    }
}

fn request(me: BrokerId, broker_epoch: i64, proposals: &BTreeMap<ReplicaKey, IsrProposal>) -> AlterPartitionRequest {
    let mut topics: Vec<AlterPartitionRequestTopicData> = Vec::new();
    for ((topic_id, partition_index), proposal) in proposals {
        let epoch_of = |id: BrokerId, epoch: i64| if id == me { broker_epoch } else { epoch };
        let with_epochs = proposal
            .isr
            .iter()
            .map(|&(id, epoch)| BrokerState { broker_id: id.get(), broker_epoch: epoch_of(id, epoch) });
        let partition = AlterPartitionRequestPartitionData {
            partition_index: *partition_index,
            leader_epoch: proposal.leader_epoch.get(),
            new_isr: proposal.isr.iter().map(|(id, _)| id.get()).collect(),
            new_isr_with_epochs: with_epochs.collect(),
            leader_recovery_state: RecoveryState::Recovered.code(),
            partition_epoch: proposal.partition_epoch,
        };
        match topics.last_mut().filter(|topic| topic.topic_id == *topic_id) {
            Some(topic) => topic.partitions.push(partition),
            None => topics.push(AlterPartitionRequestTopicData { topic_id: *topic_id, partitions: vec![partition] }),
        }
    }
    AlterPartitionRequest { broker_id: me.get(), broker_epoch, topics }
}

fn outcomes(response: AlterPartitionResponse) -> BTreeMap<ReplicaKey, AlterOutcome> {
    let mut outcomes = BTreeMap::new();
    for topic in response.topics {
        for partition in topic.partitions {
            let outcome = match ErrorCode::from_code(partition.error_code) {
                ErrorCode::None => AlterOutcome::Accepted {
                    leader_epoch: LeaderEpoch(partition.leader_epoch),
                    partition_epoch: partition.partition_epoch,
                    isr: partition.isr.into_iter().map(BrokerId).collect::<ReplicaList>(),
                },
                code => AlterOutcome::Refused(code),
            };
            outcomes.insert((topic.topic_id, partition.partition_index), outcome);
        }
    }
    outcomes
}
