//! Replicas and the directories they lie in (KIP-858).

use super::brokers::check_epoch;
use super::decision::{Context, Decision, Refusal};
use super::edits::{TopicEdits, may_lead};
use super::elections::Target;
use crate::broker::state::metadata::{BrokerRegistration, PartitionImage};
use crate::model::{BrokerId, ErrorCode, Uuid};
use crate::wire::messages::assign_replicas_to_dirs::{
    AssignReplicasToDirsRequest, AssignReplicasToDirsResponse, AssignReplicasToDirsResponseDirectoryData,
    AssignReplicasToDirsResponsePartitionData, AssignReplicasToDirsResponseTopicData,
};
use crate::wire::records::metadata::{BrokerRegistrationChangeRecord, MetadataRecord};

/// `IBP_3_7_IV2`: from here on records can name directories.
const DIRECTORIES_ASSIGNED: i16 = 17;
/// `IBP_4_3_IV0`: from here on a broker can keep new replicas from a directory (KIP-1066).
const DIRECTORIES_CORDONED: i16 = 30;

/// Decides AssignReplicasToDirs: a broker tells where it has put its replicas. A replica that it puts into a directory
/// that is offline leaves the in-sync set, and the lead.
///
/// # Errors
/// 35 while the cluster's `metadata.version` has no directories, 102 and 77 when the sender is not the broker it says;
/// every partition has its own result otherwise.
pub fn assign_replicas_to_dirs(
    ctx: &Context<'_>,
    request: &AssignReplicasToDirsRequest,
) -> Result<Decision<AssignReplicasToDirsResponse>, Refusal> {
    if ctx.image.features().metadata_version() < DIRECTORIES_ASSIGNED {
        return Err(Refusal::new(ErrorCode::UnsupportedVersion, "Directory assignment is not supported yet."));
    }
    let id = BrokerId(request.broker_id);
    let broker = check_epoch(ctx.image, id, request.broker_epoch)?;
    let mut records = Vec::new();
    let mut directories = Vec::new();
    for asked in &request.directories {
        let online = broker.has_online_dir(asked.id);
        let acceptable = |partition: &PartitionImage, other: BrokerId| {
            (online || other != id) && may_lead(ctx.image, partition, other)
        };
        let mut topics = Vec::new();
        for asked_topic in &asked.topics {
            let topic = ctx.image.topic_by_id(asked_topic.topic_id);
            let edits = topic.map(|topic| TopicEdits::of(ctx, topic));
            let partitions = asked_topic.partitions.iter().map(|asked_partition| {
                let index = asked_partition.partition_index;
                let mut decide = || {
                    let (Some(topic), Some(edits)) = (topic, &edits) else { return Err(ErrorCode::UnknownTopicId) };
                    let partition = topic.partition(index).ok_or(ErrorCode::UnknownTopicOrPartition)?;
                    if !partition.has_replica(id) {
                        return Err(ErrorCode::NotLeaderOrFollower);
                    }
                    let mut target = Target::of(partition);
                    target.directories.push((id, asked.id));
                    if !online {
                        target.isr.retain(|member| *member != id);
                    }
                    let record = edits.edit(index, partition, &acceptable).change(target);
                    records.extend(record.map(MetadataRecord::PartitionChangeRecord));
                    Ok(())
                };
                let code = decide().err().unwrap_or(ErrorCode::None);
                AssignReplicasToDirsResponsePartitionData { partition_index: index, error_code: code.code() }
            });
            topics.push(AssignReplicasToDirsResponseTopicData {
                topic_id: asked_topic.topic_id,
                partitions: partitions.collect(),
            });
        }
        directories.push(AssignReplicasToDirsResponseDirectoryData { id: asked.id, topics });
    }
    let answer = AssignReplicasToDirsResponse { directories, ..AssignReplicasToDirsResponse::default() };
    Ok(Decision { records, answer })
}

/// What follows from the directories that a heartbeat names: replicas in newly failed ones leave the in-sync sets and the
/// lead, and the registration says which are left; cordoned ones are noted.
pub(super) fn heartbeat_directories(
    ctx: &Context<'_>,
    broker: &BrokerRegistration,
    offline: &[Uuid],
    cordoned: Option<&[Uuid]>,
) -> Vec<MetadataRecord> {
    let level = ctx.image.features().metadata_version();
    let mut records = Vec::new();
    let change = BrokerRegistrationChangeRecord {
        broker_id: broker.id.get(),
        broker_epoch: broker.epoch,
        ..BrokerRegistrationChangeRecord::default()
    };
    let failed: Vec<Uuid> = broker.log_dirs.iter().copied().filter(|dir| offline.contains(dir)).collect();
    if level >= DIRECTORIES_ASSIGNED && !failed.is_empty() {
        records = without_replicas_in(ctx, broker.id, &failed);
        let log_dirs = broker.log_dirs.iter().copied().filter(|dir| !failed.contains(dir)).collect();
        records.push(MetadataRecord::BrokerRegistrationChangeRecord(BrokerRegistrationChangeRecord {
            log_dirs,
            ..change.clone()
        }));
    }
    if let Some(cordoned) = cordoned.filter(|_| level >= DIRECTORIES_CORDONED) {
        let sorted = |dirs: &[Uuid]| {
            let mut dirs = dirs.to_vec();
            dirs.sort();
            dirs
        };
        if sorted(cordoned) != sorted(broker.cordoned_log_dirs.as_deref().unwrap_or_default()) {
            records.push(MetadataRecord::BrokerRegistrationChangeRecord(BrokerRegistrationChangeRecord {
                cordoned_log_dirs: Some(cordoned.to_vec()),
                ..change
            }));
        }
    }
    records
}

fn without_replicas_in(ctx: &Context<'_>, id: BrokerId, failed: &[Uuid]) -> Vec<MetadataRecord> {
    let acceptable = |partition: &PartitionImage, other: BrokerId| other != id && may_lead(ctx.image, partition, other);
    let lies_there = |partition: &PartitionImage| partition.directory_of(id).is_some_and(|dir| failed.contains(&dir));
    let mut records = Vec::new();
    for topic in ctx.image.topics() {
        if !topic.partitions.iter().any(|partition| lies_there(partition)) {
            continue;
        }
        let edits = TopicEdits::of(ctx, topic);
        for (index, partition) in topic.iter().filter(|(_, partition)| lies_there(partition)) {
            let isr = partition.isr.iter().copied().filter(|other| *other != id).collect();
            let record = edits.edit(index, partition, &acceptable).record(isr);
            records.extend(record.map(MetadataRecord::PartitionChangeRecord));
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::super::{BrokerSessions, broker_heartbeat};
    use super::*;
    use crate::broker::state::metadata::DirectoryId;
    use crate::model::TimestampMs;
    use crate::wire::messages::assign_replicas_to_dirs::{
        AssignReplicasToDirsRequestDirectoryData, AssignReplicasToDirsRequestPartitionData,
        AssignReplicasToDirsRequestTopicData,
    };
    use crate::wire::messages::broker_heartbeat::BrokerHeartbeatRequest;
    use crate::wire::records::metadata::PartitionChangeRecord;

    const SECOND: Uuid = Uuid(901);

    /// Brokers 1 and 2; broker 1 has a second directory. `orders` has two partitions on both, led by 1: partition 0 in
    /// its first directory there, partition 1 in its second.
    fn cluster() -> Cluster {
        let mut cluster = Cluster::of(2);
        let broker_epoch = epoch(&cluster, 1);
        cluster.apply(&[MetadataRecord::BrokerRegistrationChangeRecord(BrokerRegistrationChangeRecord {
            broker_id: 1,
            broker_epoch,
            log_dirs: vec![Uuid(801), SECOND],
            ..BrokerRegistrationChangeRecord::default()
        })]);
        cluster.create("orders", 2, 2);
        let topic_id = cluster.image.topic_id("orders").unwrap();
        for (partition_id, dir) in [(0, Uuid(801)), (1, SECOND)] {
            cluster.apply(&[MetadataRecord::PartitionChangeRecord(PartitionChangeRecord {
                topic_id,
                partition_id,
                replicas: Some(vec![1, 2]),
                directories: Some(vec![dir, Uuid(802)]),
                leader: 1,
                ..PartitionChangeRecord::default()
            })]);
        }
        cluster
    }

    fn epoch(cluster: &Cluster, id: i32) -> i64 {
        cluster.image.broker(BrokerId(id)).unwrap().epoch
    }

    fn assign(cluster: &mut Cluster, dir: Uuid, topic_id: Uuid, index: i32) -> ErrorCode {
        let partitions = vec![AssignReplicasToDirsRequestPartitionData { partition_index: index }];
        let request = AssignReplicasToDirsRequest {
            broker_id: 1,
            broker_epoch: epoch(cluster, 1),
            directories: vec![AssignReplicasToDirsRequestDirectoryData {
                id: dir,
                topics: vec![AssignReplicasToDirsRequestTopicData { topic_id, partitions }],
            }],
        };
        let decision = assign_replicas_to_dirs(&cluster.ctx(), &request).unwrap();
        cluster.apply(&decision.records);
        ErrorCode::from_code(decision.answer.directories[0].topics[0].partitions[0].error_code)
    }

    fn beat(cluster: &mut Cluster, id: i32, offline: Vec<Uuid>, cordoned: Option<Vec<Uuid>>) {
        let request = BrokerHeartbeatRequest {
            broker_id: id,
            broker_epoch: epoch(cluster, id),
            current_metadata_offset: cluster.image.offset().get(),
            offline_log_dirs: offline,
            cordoned_log_dirs: cordoned,
            ..BrokerHeartbeatRequest::default()
        };
        let mut sessions = BrokerSessions::new(9_000);
        let end = cluster.next_offset();
        let decision = broker_heartbeat(&cluster.ctx(), &mut sessions, &request, end, TimestampMs(0)).unwrap();
        cluster.apply(&decision.records);
    }

    fn partition(cluster: &Cluster, index: i32) -> PartitionImage {
        (**cluster.image.partition("orders", index).unwrap()).clone()
    }

    #[test]
    fn a_replica_goes_into_the_directory_that_its_broker_names() {
        let mut cluster = cluster();
        let topic = cluster.image.topic_id("orders").unwrap();
        let before = partition(&cluster, 0);
        assert_eq!(assign(&mut cluster, SECOND, topic, 0), ErrorCode::None);
        let after = partition(&cluster, 0);
        assert_eq!(after.directories.as_slice(), [SECOND, Uuid(802)]);
        assert_eq!((after.leader, after.leader_epoch), (before.leader, before.leader_epoch));
    }

    #[test]
    fn what_is_not_the_brokers_to_put_anywhere_is_refused() {
        let mut cluster = cluster();
        cluster.create("single", 1, 1);
        let (orders, single) = (cluster.image.topic_id("orders").unwrap(), cluster.image.topic_id("single").unwrap());
        cluster.apply(&[MetadataRecord::PartitionChangeRecord(PartitionChangeRecord {
            topic_id: single,
            partition_id: 0,
            replicas: Some(vec![2]),
            directories: Some(vec![Uuid(802)]),
            isr: Some(vec![2]),
            leader: 2,
            ..PartitionChangeRecord::default()
        })]);
        assert_eq!(assign(&mut cluster, SECOND, Uuid(404), 0), ErrorCode::UnknownTopicId);
        assert_eq!(assign(&mut cluster, SECOND, orders, 7), ErrorCode::UnknownTopicOrPartition);
        assert_eq!(assign(&mut cluster, SECOND, single, 0), ErrorCode::NotLeaderOrFollower);
        let stale = AssignReplicasToDirsRequest { broker_id: 1, broker_epoch: -5, directories: vec![] };
        let refused = assign_replicas_to_dirs(&cluster.ctx(), &stale).unwrap_err();
        assert_eq!(refused.code, ErrorCode::StaleBrokerEpoch);
    }

    #[test]
    fn a_replica_in_a_directory_that_is_lost_no_longer_leads() {
        let mut cluster = cluster();
        let topic = cluster.image.topic_id("orders").unwrap();
        assert_eq!(assign(&mut cluster, DirectoryId::LOST, topic, 0), ErrorCode::None);
        let after = partition(&cluster, 0);
        assert_eq!((after.leader, after.isr.as_slice()), (BrokerId(2), &[BrokerId(2)][..]));
        assert_eq!(after.directories.as_slice(), [DirectoryId::LOST, Uuid(802)]);
    }

    #[test]
    fn a_failed_directory_costs_its_replicas_the_lead_and_no_others() {
        let mut cluster = cluster();
        beat(&mut cluster, 1, vec![SECOND], None);
        let (kept, moved) = (partition(&cluster, 0), partition(&cluster, 1));
        assert_eq!((kept.leader, kept.isr.len()), (BrokerId(1), 2));
        assert_eq!((moved.leader, moved.isr.as_slice()), (BrokerId(2), &[BrokerId(2)][..]));
        assert_eq!(cluster.image.broker(BrokerId(1)).unwrap().log_dirs, [Uuid(801)]);
        let before = cluster.image.clone();
        beat(&mut cluster, 1, vec![SECOND], None);
        assert_eq!(cluster.image, before, "it is told once");
        let decision = super::super::fence_broker(&cluster.ctx(), BrokerId(2));
        cluster.apply(&decision.records);
        assert_eq!(partition(&cluster, 1).leader, BrokerId::NONE, "its last replica in sync is gone, and 1's is lost");
        assert_eq!(partition(&cluster, 0).leader, BrokerId(1));
    }

    #[test]
    fn cordoned_directories_are_noted_when_they_change() {
        let mut cluster = cluster();
        let cordoned = |cluster: &Cluster| cluster.image.broker(BrokerId(1)).unwrap().cordoned_log_dirs.clone();
        beat(&mut cluster, 1, vec![], Some(vec![SECOND]));
        assert_eq!(cordoned(&cluster), Some(vec![SECOND]));
        let before = cluster.image.clone();
        beat(&mut cluster, 1, vec![], Some(vec![SECOND]));
        assert_eq!(cluster.image, before);
        beat(&mut cluster, 1, vec![], Some(vec![]));
        assert_eq!(cordoned(&cluster), Some(vec![]));
    }
}
