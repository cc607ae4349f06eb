//! Partitions move from brokers to brokers (KIP-455).
//!
//! A reassignment first adds the new replicas to the old ones, and notes both in the partition. Once everyone who is to
//! stay is in sync, whichever edit comes next takes the old ones away (`Target` in `elections`).

use std::collections::BTreeSet;

use super::decision::{Context, Decision, MAX_RECORDS, Refusal};
use super::edits::{TopicEdits, may_lead};
use super::elections::Target;
use super::partitions::{check_manual, default_directory};
use crate::broker::state::metadata::{MetadataImage, PartitionImage, Replicas, TopicImage};
use crate::model::{BrokerId, ErrorCode, PartitionId};
use crate::wire::messages::alter_partition_reassignments::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, ReassignablePartition,
    ReassignablePartitionResponse, ReassignableTopicResponse,
};
use crate::wire::messages::list_partition_reassignments::{
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse, OngoingPartitionReassignment,
    OngoingTopicReassignment,
};
use crate::wire::records::metadata::{MetadataRecord, PartitionChangeRecord};

/// Decides an AlterPartitionReassignments request; every partition has its own result.
pub fn alter_partition_reassignments(
    ctx: &Context<'_>,
    request: &AlterPartitionReassignmentsRequest,
) -> Decision<AlterPartitionReassignmentsResponse> {
    let allow_factor = request.allow_replication_factor_change;
    let mut records = Vec::new();
    let mut responses = Vec::new();
    for asked in &request.topics {
        let topic = ctx.image.topic(&asked.name);
        let edits = topic.map(|topic| TopicEdits::of(ctx, topic));
        let partitions = asked.partitions.iter().map(|wish| {
            let mut decide = || {
                let (Some(topic), Some(edits)) = (topic, &edits) else {
                    let text = format!("Unable to find a topic named {}.", asked.name);
                    return Err(Refusal::new(ErrorCode::UnknownTopicOrPartition, text));
                };
                let record = one(ctx, topic, edits, wish, allow_factor)?;
                if record.is_some() && records.len() >= MAX_RECORDS {
                    return Err(Refusal::too_large());
                }
                records.extend(record.map(MetadataRecord::PartitionChangeRecord));
                Ok(())
            };
            let refusal = decide().err();
            ReassignablePartitionResponse {
                partition_index: wish.partition_index,
                error_code: refusal.as_ref().map_or(ErrorCode::None, |refusal| refusal.code).code(),
                error_message: refusal.and_then(|refusal| refusal.message),
            }
        });
        responses.push(ReassignableTopicResponse { name: asked.name.clone(), partitions: partitions.collect() });
    }
    let answer = AlterPartitionReassignmentsResponse {
        allow_replication_factor_change: allow_factor,
        error_message: None,
        responses,
        ..AlterPartitionReassignmentsResponse::default()
    };
    Decision { records, answer }
}

fn one(
    ctx: &Context<'_>,
    topic: &TopicImage,
    edits: &TopicEdits,
    wish: &ReassignablePartition,
    allow_factor: bool,
) -> Result<Option<PartitionChangeRecord>, Refusal> {
    let index = wish.partition_index;
    let partition = topic.partition(index).ok_or_else(|| {
        let text = format!("Unable to find partition {}:{index}.", topic.name);
        Refusal::new(ErrorCode::UnknownTopicOrPartition, text)
    })?;
    match &wish.replicas {
        Some(replicas) => {
            let replicas = replicas.iter().copied().map(BrokerId).collect();
            change(ctx.image, edits, index, partition, replicas, allow_factor)
        }
        None => cancel(ctx.image, topic, edits, index, partition),
    }
}

/// In ascending order, as Kafka writes them.
fn without(ids: &[BrokerId], others: &[BrokerId]) -> Replicas {
    let rest: BTreeSet<BrokerId> = ids.iter().copied().filter(|id| !others.contains(id)).collect();
    rest.into_iter().collect()
}

fn change(
    image: &MetadataImage,
    edits: &TopicEdits,
    index: PartitionId,
    partition: &PartitionImage,
    replicas: Replicas,
    allow_factor: bool,
) -> Result<Option<PartitionChangeRecord>, Refusal> {
    check_manual(image, &replicas, None)?;
    let staying = without(&partition.replicas, partition.removing()).len();
    if !allow_factor && staying != replicas.len() {
        let text = format!("The replication factor is changed from {staying} to {}", replicas.len());
        return Err(Refusal::new(ErrorCode::InvalidReplicationFactor, text));
    }
    let removing = without(&partition.replicas, &replicas);
    let adding = without(&replicas, &partition.replicas);
    let mut target = Target::of(partition);
    target.directories = adding.iter().map(|id| (*id, default_directory(image, *id))).collect();
    target.replicas = replicas;
    target.replicas.extend(removing.iter().copied());
    if !removing.is_empty() {
        target.removing = removing;
    }
    // Replicas that an unfinished reassignment adds go on being added: a cancellation must know them as new.
    if !adding.is_empty() {
        target.adding = adding;
    }
    let acceptable = |partition: &PartitionImage, id: BrokerId| may_lead(image, partition, id);
    let mut edit = edits.edit(index, partition, &acceptable);
    edit.election = super::Election::Online;
    Ok(edit.change(target))
}

/// Takes back what a reassignment added and keeps what it would have taken away (`PartitionReassignmentRevert`).
fn cancel(
    image: &MetadataImage,
    topic: &TopicImage,
    edits: &TopicEdits,
    index: PartitionId,
    partition: &PartitionImage,
) -> Result<Option<PartitionChangeRecord>, Refusal> {
    if !partition.is_reassigning() {
        return Err(ErrorCode::NoReassignmentInProgress.into());
    }
    let kept =
        |ids: &Replicas| -> Replicas { ids.iter().copied().filter(|id| !partition.adding().contains(id)).collect() };
    let (replicas, mut isr) = (kept(&partition.replicas), kept(&partition.isr));
    let Some(first) = replicas.first() else {
        let text = "Invalid replica assignment: addingReplicas contains all replicas.";
        return Err(Refusal::new(ErrorCode::InvalidReplicaAssignment, text));
    };
    if isr.is_empty() {
        if !edits.unclean() {
            let text = format!(
                "Unable to revert partition assignment for {}:{index} because it would require an unclean leader election.",
                topic.name
            );
            return Err(Refusal::new(ErrorCode::InvalidReplicaAssignment, text));
        }
        isr.push(*first);
    }
    let target = Target { isr, replicas, removing: Replicas::new(), adding: Replicas::new(), ..Target::of(partition) };
    let acceptable = |partition: &PartitionImage, id: BrokerId| may_lead(image, partition, id);
    Ok(edits.edit(index, partition, &acceptable).change(target))
}

/// The reassignments that go on: all of them, or those among the partitions asked for. What is unknown is left out.
pub fn list_partition_reassignments(
    image: &MetadataImage,
    request: &ListPartitionReassignmentsRequest,
) -> ListPartitionReassignmentsResponse {
    let ongoing = |topic: &TopicImage, index: PartitionId| {
        let partition = topic.partition(index).filter(|partition| partition.is_reassigning())?;
        let numbers = |ids: &[BrokerId]| ids.iter().map(|id| id.get()).collect();
        Some(OngoingPartitionReassignment {
            partition_index: index,
            replicas: numbers(&partition.replicas),
            adding_replicas: numbers(partition.adding()),
            removing_replicas: numbers(partition.removing()),
        })
    };
    let mut topics: Vec<OngoingTopicReassignment> = match &request.topics {
        Some(asked) => asked
            .iter()
            .filter_map(|asked| {
                let topic = image.topic(&asked.name)?;
                let partitions = asked.partition_indexes.iter().filter_map(|index| ongoing(topic, *index)).collect();
                Some(OngoingTopicReassignment { name: asked.name.clone(), partitions })
            })
            .collect(),
        None => {
            let all = image.topics().map(|topic| OngoingTopicReassignment {
                name: topic.name.to_string(),
                partitions: topic.iter().filter_map(|(index, _)| ongoing(topic, index)).collect(),
            });
            all.collect()
        }
    };
    topics.retain(|topic| !topic.partitions.is_empty());
    topics.sort_by(|a, b| a.name.cmp(&b.name));
    ListPartitionReassignmentsResponse { error_message: None, topics, ..ListPartitionReassignmentsResponse::default() }
}

#[cfg(test)]
mod tests;
