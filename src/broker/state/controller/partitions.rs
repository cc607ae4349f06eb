//! New partitions: of new topics, and of old ones that grow.

use std::collections::BTreeMap;

use super::decision::{Context, Decision, Refusal};
use super::placement::{Placer, UsableBroker};
use crate::broker::state::metadata::{DirectoryId, MetadataImage, PartitionImage, Replicas};
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, PartitionId, Uuid};
use crate::wire::messages::create_partitions::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitionsTopic, CreatePartitionsTopicResult,
};
use crate::wire::records::metadata::MetadataRecord;

pub(super) fn placer(image: &MetadataImage, seed: u64) -> Placer {
    let usable = image.brokers().filter(|broker| !broker.in_controlled_shutdown && !broker.is_cordoned());
    let usable = usable.map(|broker| UsableBroker {
        id: broker.id,
        rack: broker.rack.as_deref().map(str::to_owned),
        fenced: broker.fenced,
    });
    Placer::new(usable, seed)
}

pub(super) fn active_of(image: &MetadataImage, replicas: &Replicas) -> Replicas {
    replicas.iter().copied().filter(|id| image.is_active(*id)).collect()
}

/// The directory that a new replica on `broker` begins with: its only one where there is no choice, else its own to make.
pub(super) fn default_directory(image: &MetadataImage, broker: BrokerId) -> Uuid {
    match image.broker(broker).map(|b| b.log_dirs.as_slice()) {
        Some([only]) => *only,
        _ => DirectoryId::UNASSIGNED,
    }
}

pub(super) fn new_partition(
    image: &MetadataImage,
    topic: Uuid,
    index: PartitionId,
    replicas: &Replicas,
    isr: &Replicas,
) -> MetadataRecord {
    let partition = PartitionImage {
        replicas: replicas.clone(),
        directories: replicas.iter().map(|id| default_directory(image, *id)).collect(),
        isr: isr.clone(),
        leader: isr.first().copied().unwrap_or(BrokerId::NONE),
        leader_epoch: LeaderEpoch(0),
        ..PartitionImage::default()
    };
    MetadataRecord::PartitionRecord(partition.to_record(topic, index))
}

/// Checks one list of replicas that a person chose.
pub(super) fn check_manual(
    image: &MetadataImage,
    replicas: &Replicas,
    replication_factor: Option<usize>,
) -> Result<(), Refusal> {
    let bad = |what: String| {
        let text = format!("The manual partition assignment includes {what}");
        Err(Refusal::new(ErrorCode::InvalidReplicaAssignment, text))
    };
    if replicas.is_empty() {
        return bad("an empty replica list.".to_owned());
    }
    let mut sorted = replicas.clone();
    sorted.sort();
    for (at, id) in sorted.iter().enumerate() {
        if image.broker(*id).is_none() {
            return bad(format!("broker {id}, but no such broker is registered."));
        }
        if at > 0 && sorted[at - 1] == *id {
            return bad(format!("the broker {id} more than once."));
        }
    }
    match replication_factor {
        Some(factor) if factor != replicas.len() => bad(format!(
            "a partition with {} replica(s), but this is not consistent with previous partitions, which have {factor} replica(s).",
            replicas.len()
        )),
        _ => Ok(()),
    }
}

/// Decides a CreatePartitions request.
pub fn create_partitions(
    ctx: &Context<'_>,
    request: &CreatePartitionsRequest,
    seed: u64,
) -> Decision<CreatePartitionsResponse> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for topic in &request.topics {
        *times.entry(&topic.name).or_default() += 1;
    }
    let mut records = Vec::new();
    let mut results = Vec::new();
    let mut result = |name: &str, refusal: Option<Refusal>| {
        results.push(CreatePartitionsTopicResult {
            name: name.to_owned(),
            error_code: refusal.as_ref().map_or(0, |r| r.code as i16),
            error_message: refusal.map(|r| r.text()),
        });
    };
    for (name, _) in times.iter().filter(|(_, times)| **times > 1) {
        result(name, Some(Refusal::new(ErrorCode::InvalidRequest, "Duplicate topic name.")));
    }
    for topic in request.topics.iter().filter(|topic| times[topic.name.as_str()] == 1) {
        match grow(ctx, topic, seed) {
            Ok(mut new) => {
                records.append(&mut new);
                result(&topic.name, None);
            }
            Err(refusal) => result(&topic.name, Some(refusal)),
        }
    }
    let answer = CreatePartitionsResponse { results, ..CreatePartitionsResponse::default() };
    Decision { records, answer }.dry(request.validate_only)
}

fn grow(ctx: &Context<'_>, request: &CreatePartitionsTopic, seed: u64) -> Result<Vec<MetadataRecord>, Refusal> {
    let topic = ctx.image.topic(&request.name).ok_or(ErrorCode::UnknownTopicOrPartition)?;
    let have = topic.partitions.len() as i32;
    if request.count == have {
        let text = format!("Topic already has {have} partition(s).");
        return Err(Refusal::new(ErrorCode::InvalidPartitions, text));
    }
    if request.count < have {
        let (name, count) = (&request.name, request.count);
        let text = format!("The topic {name} currently has {have} partition(s); {count} would not be an increase.");
        return Err(Refusal::new(ErrorCode::InvalidPartitions, text));
    }
    let additional = request.count - have;
    if additional > 10_000 {
        let text = "Excessively large number of partitions per request.";
        return Err(Refusal::new(ErrorCode::PolicyViolation, text));
    }
    let factor = topic.partitions.first().map_or(0, |p| p.replicas.len());
    let none_active = |index: i32| {
        let text = format!(
            "All brokers specified in the manual partition assignment for partition {index} are fenced or in controlled shutdown."
        );
        Refusal::new(ErrorCode::InvalidReplicaAssignment, text)
    };
    let mut assignment = Vec::new();
    if let Some(lists) = &request.assignments {
        if lists.len() as i32 != additional {
            let text = format!(
                "Attempted to add {additional} additional partition(s), but only {} assignment(s) were specified.",
                lists.len()
            );
            return Err(Refusal::new(ErrorCode::InvalidReplicaAssignment, text));
        }
        for (at, list) in lists.iter().enumerate() {
            let replicas: Replicas = list.broker_ids.iter().copied().map(BrokerId).collect();
            check_manual(ctx.image, &replicas, Some(factor))?;
            let isr = active_of(ctx.image, &replicas);
            if isr.is_empty() {
                return Err(none_active(have + at as i32));
            }
            assignment.push((replicas, isr));
        }
    } else {
        let mut placer = placer(ctx.image, seed);
        for _ in 0..additional {
            let replicas = placer.place(factor as i16)?;
            let isr = active_of(ctx.image, &replicas);
            if isr.is_empty() {
                let text = format!(
                    "Unable to replicate the partition {factor} time(s): All brokers are currently fenced or in controlled shutdown."
                );
                return Err(Refusal::new(ErrorCode::InvalidReplicationFactor, text));
            }
            assignment.push((replicas, isr));
        }
    }
    let records = assignment.iter().enumerate();
    Ok(records
        .map(|(at, (replicas, isr))| new_partition(ctx.image, topic.id, have + at as i32, replicas, isr))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::wire::messages::create_partitions::CreatePartitionsAssignment;

    fn ask(cluster: &Cluster, count: i32, assignments: Option<Vec<Vec<i32>>>) -> Decision<CreatePartitionsResponse> {
        let assignments = assignments.map(|lists| {
            lists.into_iter().map(|broker_ids| CreatePartitionsAssignment { broker_ids }).collect::<Vec<_>>()
        });
        let topic = CreatePartitionsTopic { name: "orders".into(), count, assignments };
        let request = CreatePartitionsRequest { topics: vec![topic], ..CreatePartitionsRequest::default() };
        create_partitions(&cluster.ctx(), &request, 3)
    }

    #[test]
    fn a_topic_grows_and_never_shrinks() {
        let mut cluster = Cluster::of(2);
        cluster.create("orders", 2, 2);
        let text = |d: Decision<CreatePartitionsResponse>| {
            (d.answer.results[0].error_code, d.answer.results[0].error_message.clone().unwrap_or_default())
        };
        assert_eq!(text(ask(&cluster, 2, None)), (37, "Topic already has 2 partition(s).".into()));
        assert_eq!(
            text(ask(&cluster, 1, None)),
            (37, "The topic orders currently has 2 partition(s); 1 would not be an increase.".into())
        );
        assert_eq!(text(ask(&cluster, 4, Some(vec![vec![1, 2]]))).0, 39);
        let decision = ask(&cluster, 4, Some(vec![vec![2, 1], vec![1, 2]]));
        cluster.apply(&decision.records);
        assert_eq!(cluster.image.partition("orders", 2).unwrap().leader, BrokerId(2));
        let decision = ask(&cluster, 6, None);
        cluster.apply(&decision.records);
        assert_eq!(cluster.image.topic("orders").unwrap().partitions.len(), 6);
        assert_eq!(cluster.image.partition_count(), 6);
    }

    #[test]
    fn an_unknown_topic_is_named_by_its_code() {
        let decision = ask(&Cluster::of(1), 4, None);
        assert_eq!(decision.answer.results[0].error_code, 3);
    }
}
