//! AlterPartition: a leader tells who is in sync (KIP-497, and KIP-841 and KIP-903 for who may not be).

use super::brokers::check_epoch;
use super::decision::{Context, Decision, Refusal};
use super::edits::{TopicEdits, may_lead};
use super::elections::Target;
use crate::broker::state::metadata::{MetadataImage, PartitionImage, RecoveryState, Replicas};
use crate::model::{BrokerId, ErrorCode};
use crate::wire::messages::alter_partition::{
    AlterPartitionRequest, AlterPartitionRequestPartitionData, AlterPartitionResponse,
    AlterPartitionResponsePartitionData, AlterPartitionResponseTopicData,
};
use crate::wire::records::metadata::MetadataRecord;

/// Brokers with the epochs under which the leader knows them; `None` where it does not say.
type Members = Vec<(BrokerId, Option<i64>)>;

/// Decides an AlterPartition request (`ReplicationControlManager.alterPartition`). A change that completes a
/// reassignment and thereby moves the lead away is answered `NEW_LEADER_ELECTED` although it is made.
///
/// # Errors
/// 102 and 77 when the sender is not the broker it says; every partition has its own result otherwise.
pub fn alter_partition(
    ctx: &Context<'_>,
    request: &AlterPartitionRequest,
) -> Result<Decision<AlterPartitionResponse>, Refusal> {
    let sender = BrokerId(request.broker_id);
    check_epoch(ctx.image, sender, request.broker_epoch)?;
    let acceptable = |partition: &PartitionImage, id: BrokerId| may_lead(ctx.image, partition, id);
    let mut records = Vec::new();
    let mut topics = Vec::new();
    for asked in &request.topics {
        let topic = ctx.image.topic_by_id(asked.topic_id);
        let edits = topic.map(|topic| TopicEdits::of(ctx, topic));
        let mut partitions = Vec::new();
        for change in &asked.partitions {
            let mut decide = || {
                let (Some(topic), Some(edits)) = (topic, &edits) else { return Err(ErrorCode::UnknownTopicId) };
                let index = change.partition_index;
                let partition = topic.partition(index).ok_or(ErrorCode::UnknownTopicOrPartition)?;
                let target = checked(ctx.image, sender, partition, change)?;
                let Some(record) = edits.edit(index, partition, &acceptable).change(target) else {
                    return Ok((**partition).clone());
                };
                let after = partition.merged(&record).map_err(|_| ErrorCode::UnknownServerError)?;
                let new_leader = ![request.broker_id, PartitionImage::NO_LEADER_CHANGE].contains(&record.leader);
                records.push(MetadataRecord::PartitionChangeRecord(record));
                if new_leader { Err(ErrorCode::NewLeaderElected) } else { Ok(after) }
            };
            partitions.push(match decide() {
                Ok(partition) => AlterPartitionResponsePartitionData {
                    partition_index: change.partition_index,
                    error_code: ErrorCode::None.code(),
                    leader_id: partition.leader.get(),
                    leader_epoch: partition.leader_epoch.get(),
                    isr: partition.isr.iter().map(|id| id.get()).collect(),
                    leader_recovery_state: partition.recovery.code(),
                    partition_epoch: partition.partition_epoch,
                },
                Err(code) => AlterPartitionResponsePartitionData {
                    partition_index: change.partition_index,
                    error_code: code.code(),
                    ..AlterPartitionResponsePartitionData::default()
                },
            });
        }
        topics.push(AlterPartitionResponseTopicData { topic_id: asked.topic_id, partitions });
    }
    let answer = AlterPartitionResponse { topics, ..AlterPartitionResponse::default() };
    Ok(Decision { records, answer })
}

/// What the leader wants, when it may want it (`validateAlterPartitionData`, in its order).
fn checked(
    image: &MetadataImage,
    sender: BrokerId,
    partition: &PartitionImage,
    change: &AlterPartitionRequestPartitionData,
) -> Result<Target, ErrorCode> {
    let (leader_epoch, partition_epoch) = (partition.leader_epoch.get(), partition.partition_epoch);
    // A leader that knows more than this controller has heard from a newer one.
    if change.leader_epoch > leader_epoch || change.partition_epoch > partition_epoch {
        return Err(ErrorCode::NotController);
    }
    if change.leader_epoch < leader_epoch {
        return Err(ErrorCode::FencedLeaderEpoch);
    }
    if sender != partition.leader {
        return Err(ErrorCode::InvalidRequest);
    }
    if change.partition_epoch < partition_epoch {
        return Err(ErrorCode::InvalidUpdateVersion);
    }
    let members = members(change);
    let mut sorted: Vec<BrokerId> = members.iter().map(|(id, _)| *id).collect();
    sorted.sort();
    let twice = sorted.windows(2).any(|pair| pair[0] == pair[1]);
    if twice || !sorted.iter().all(|id| partition.has_replica(*id)) || !sorted.contains(&partition.leader) {
        return Err(ErrorCode::InvalidRequest);
    }
    let recovery = match change.leader_recovery_state {
        0 => RecoveryState::Recovered,
        // A leader that recovers has nobody in sync but itself, and none begins to recover on its own.
        1 if members.len() == 1 && partition.recovery == RecoveryState::Recovering => RecoveryState::Recovering,
        _ => return Err(ErrorCode::InvalidRequest),
    };
    if !members.iter().all(|(id, epoch)| is_eligible(image, *id, *epoch)) {
        return Err(ErrorCode::IneligibleReplica);
    }
    let isr: Replicas = members.iter().map(|(id, _)| *id).collect();
    Ok(Target { isr, recovery, ..Target::of(partition) })
}

/// The proposed in-sync set: version 3 has it with epochs, version 2 without.
fn members(change: &AlterPartitionRequestPartitionData) -> Members {
    if change.new_isr_with_epochs.is_empty() {
        return change.new_isr.iter().map(|id| (BrokerId(*id), None)).collect();
    }
    let states = change.new_isr_with_epochs.iter();
    states.map(|state| (BrokerId(state.broker_id), (state.broker_epoch != -1).then_some(state.broker_epoch))).collect()
}

/// Whether a broker may stand in an in-sync set: active, and still the incarnation that the leader saw catch up.
fn is_eligible(image: &MetadataImage, id: BrokerId, epoch: Option<i64>) -> bool {
    image.broker(id).is_some_and(|broker| broker.is_active() && epoch.is_none_or(|epoch| epoch == broker.epoch))
}

#[cfg(test)]
mod tests;
