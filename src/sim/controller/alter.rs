//! AlterPartition at the simulated controller.

use super::super::controller::TOPIC;
use crate::broker::state::controller::{Context, Decision, Election, PartitionEdit, Refusal};
use crate::broker::state::metadata::{ELR_FEATURE, MetadataImage, Replicas};
use crate::model::{BrokerId, ErrorCode};
use crate::wire::messages::alter_partition::{
    AlterPartitionRequest, AlterPartitionRequestPartitionData, AlterPartitionResponse,
    AlterPartitionResponsePartitionData, AlterPartitionResponseTopicData,
};
use crate::wire::records::metadata::MetadataRecord;

/// Decides a request.
pub(super) fn alter_partition(
    ctx: &Context<'_>,
    request: &AlterPartitionRequest,
) -> Result<Decision<AlterPartitionResponse>, Refusal> {
    let me = BrokerId(request.broker_id);
    match ctx.image.broker(me) {
        Some(broker) if broker.epoch == request.broker_epoch => {}
        _ => return Err(ErrorCode::StaleBrokerEpoch.into()),
    }
    let mut decision = Decision::only(AlterPartitionResponse::default());
    for topic in &request.topics {
        let mut data = AlterPartitionResponseTopicData { topic_id: topic.topic_id, ..Default::default() };
        for asked in &topic.partitions {
            let mut answer =
                AlterPartitionResponsePartitionData { partition_index: asked.partition_index, ..Default::default() };
            match one(ctx, me, topic.topic_id, asked, &mut answer) {
                Ok(record) => decision.records.extend(record),
                Err(code) => answer.error_code = code as i16,
            }
            data.partitions.push(answer);
        }
        decision.answer.topics.push(data);
    }
    Ok(decision)
}

fn one(
    ctx: &Context<'_>,
    me: BrokerId,
    topic: crate::model::Uuid,
    asked: &AlterPartitionRequestPartitionData,
    answer: &mut AlterPartitionResponsePartitionData,
) -> Result<Option<MetadataRecord>, ErrorCode> {
    let image = ctx.image.topic_by_id(topic).ok_or(ErrorCode::UnknownTopicId)?;
    let partition = image.partition(asked.partition_index).ok_or(ErrorCode::UnknownTopicOrPartition)?;
    let (epoch, version) = (partition.leader_epoch.get(), partition.partition_epoch);
    if asked.leader_epoch > epoch || asked.partition_epoch > version {
        return Err(ErrorCode::NotController);
    }
    if asked.leader_epoch < epoch {
        return Err(ErrorCode::FencedLeaderEpoch);
    }
    if partition.leader != me {
        return Err(ErrorCode::InvalidRequest);
    }
    if asked.partition_epoch < version {
        return Err(ErrorCode::InvalidUpdateVersion);
    }
    let isr: Replicas = asked.new_isr_with_epochs.iter().map(|state| BrokerId(state.broker_id)).collect();
    if !isr.contains(&me) || isr.iter().any(|id| !partition.has_replica(*id)) {
        return Err(ErrorCode::InvalidRequest);
    }
    for state in &asked.new_isr_with_epochs {
        let id = BrokerId(state.broker_id);
        let known = ctx.image.broker(id).filter(|broker| broker.is_active());
        if known.is_none_or(|broker| state.broker_epoch != -1 && broker.epoch != state.broker_epoch) {
            return Err(ErrorCode::IneligibleReplica);
        }
    }
    let min_isr = ctx.topic_setting(TOPIC, "min.insync.replicas").and_then(|v| v.parse().ok()).unwrap_or(1);
    let edit = PartitionEdit {
        topic,
        index: asked.partition_index,
        partition,
        acceptable: &|id| id == me,
        min_isr,
        elr_enabled: ctx.image.features().level(ELR_FEATURE) > 0,
        election: Election::Online,
        unclean_shutdown: None,
    };
    let record = edit.record(isr.clone());
    (answer.leader_id, answer.leader_epoch) = (me.get(), epoch);
    answer.isr = isr.iter().map(|id| id.get()).collect();
    answer.partition_epoch = version + i32::from(record.is_some());
    Ok(record.map(MetadataRecord::PartitionChangeRecord))
}

/// Makes a request look as if it came from the present: what a controller without checks would take.
pub(super) fn pretend_current(image: &MetadataImage, request: &mut AlterPartitionRequest) {
    let epoch_of = |id: i32| image.broker(BrokerId(id)).map_or(-1, |broker| broker.epoch);
    request.broker_epoch = epoch_of(request.broker_id);
    for topic in &mut request.topics {
        let Some(known) = image.topic_by_id(topic.topic_id) else { continue };
        for asked in &mut topic.partitions {
            let Some(partition) = known.partition(asked.partition_index) else { continue };
            asked.leader_epoch = partition.leader_epoch.get();
            asked.partition_epoch = partition.partition_epoch;
            for state in &mut asked.new_isr_with_epochs {
                state.broker_epoch = epoch_of(state.broker_id);
            }
        }
    }
}
