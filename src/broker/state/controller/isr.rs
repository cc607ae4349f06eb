//! Leaders ask for other in-sync sets (AlterPartition; `ReplicationControlManager.alterPartition`, KIP-497, 841, 903).

use super::brokers::{TopicRules, check_epoch};
use super::decision::{Context, Decision, Refusal};
use super::elections::PartitionEdit;
use crate::broker::state::metadata::{ELR_FEATURE, PartitionImage, RecoveryState, Replicas, TopicImage};
use crate::model::{BrokerId, ErrorCode};
use crate::wire::messages::alter_partition::{
    AlterPartitionRequest, AlterPartitionRequestPartitionData, AlterPartitionRequestTopicData, AlterPartitionResponse,
    AlterPartitionResponsePartitionData, AlterPartitionResponseTopicData,
};
use crate::wire::records::metadata::MetadataRecord;

/// Decides AlterPartition; each partition has its own result.
///
/// # Errors
/// 77 an older incarnation of the broker asks, 102 one that is not registered.
pub fn alter_partition(
    ctx: &Context<'_>,
    request: &AlterPartitionRequest,
) -> Result<Decision<AlterPartitionResponse>, Refusal> {
    let asker = BrokerId(request.broker_id);
    check_epoch(ctx.image, asker, request.broker_epoch)?;
    let mut records = Vec::new();
    let mut topics = Vec::with_capacity(request.topics.len());
    for asked in &request.topics {
        let topic = ctx.image.topic_by_id(asked.topic_id);
        let partitions = match topic {
            Some(topic) => alter_topic(ctx, asker, topic, asked, &mut records),
            None => asked.partitions.iter().map(|p| refused(p, ErrorCode::UnknownTopicId)).collect(),
        };
        topics.push(AlterPartitionResponseTopicData { topic_id: asked.topic_id, partitions });
    }
    let answer = AlterPartitionResponse { topics, ..AlterPartitionResponse::default() };
    Ok(Decision { records, answer })
}

fn refused(asked: &AlterPartitionRequestPartitionData, code: ErrorCode) -> AlterPartitionResponsePartitionData {
    AlterPartitionResponsePartitionData {
        partition_index: asked.partition_index,
        error_code: code.code(),
        ..AlterPartitionResponsePartitionData::default()
    }
}

fn alter_topic(
    ctx: &Context<'_>,
    asker: BrokerId,
    topic: &TopicImage,
    asked: &AlterPartitionRequestTopicData,
    records: &mut Vec<MetadataRecord>,
) -> Vec<AlterPartitionResponsePartitionData> {
    let rules = TopicRules::of(ctx, topic.name.as_str());
    let elr_enabled = ctx.image.features().level(ELR_FEATURE) > 0;
    let alter = |asked: &AlterPartitionRequestPartitionData| {
        let partition =
            topic.partition(asked.partition_index).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        let isr = judge(ctx, asker, partition, asked)?;
        let acceptable = |id: BrokerId| ctx.image.is_active(id);
        let edit = PartitionEdit {
            topic: topic.id,
            index: asked.partition_index,
            partition,
            acceptable: &acceptable,
            min_isr: rules.min_isr,
            elr_enabled,
            election: rules.election,
            unclean_shutdown: None,
        };
        let mut record = edit.record(isr);
        if partition.recovery == RecoveryState::Recovering && asked.leader_recovery_state == RecoveryState::Recovered.code()
        {
            let recovered = record.get_or_insert_with(|| edit.unchanged());
            recovered.leader_recovery_state = RecoveryState::Recovered.code();
        }
        // A record that our own rules made applies.
        let now = match &record {
            Some(record) => partition.merged(record).map_err(|_| ErrorCode::UnknownServerError)?,
            None => PartitionImage::clone(partition),
        };
        records.extend(record.map(MetadataRecord::PartitionChangeRecord));
        if now.leader != asker {
            // The set is taken, and with it another leader came: a reassignment ended.
            return Err(ErrorCode::NewLeaderElected);
        }
        Ok(AlterPartitionResponsePartitionData {
            partition_index: asked.partition_index,
            error_code: 0,
            leader_id: now.leader.get(),
            leader_epoch: now.leader_epoch.get(),
            isr: now.isr.iter().map(|id| id.get()).collect(),
            leader_recovery_state: now.recovery.code(),
            partition_epoch: now.partition_epoch,
        })
    };
    let mut alter = alter;
    asked.partitions.iter().map(|p| alter(p).unwrap_or_else(|code| refused(p, code))).collect()
}

/// The set asked for, if it may be (`validateAlterPartitionData`).
fn judge(
    ctx: &Context<'_>,
    asker: BrokerId,
    partition: &PartitionImage,
    asked: &AlterPartitionRequestPartitionData,
) -> Result<Replicas, ErrorCode> {
    // A leader that knows more than this node: another controller must have taken over.
    if asked.leader_epoch > partition.leader_epoch.get() || asked.partition_epoch > partition.partition_epoch {
        return Err(ErrorCode::NotController);
    }
    if asked.leader_epoch < partition.leader_epoch.get() {
        return Err(ErrorCode::FencedLeaderEpoch);
    }
    if asker != partition.leader {
        return Err(ErrorCode::InvalidRequest);
    }
    if asked.partition_epoch < partition.partition_epoch {
        return Err(ErrorCode::InvalidUpdateVersion);
    }
    let members: Vec<(BrokerId, i64)> = if asked.new_isr_with_epochs.is_empty() {
        asked.new_isr.iter().map(|id| (BrokerId(*id), -1)).collect()
    } else {
        asked.new_isr_with_epochs.iter().map(|m| (BrokerId(m.broker_id), m.broker_epoch)).collect()
    };
    let isr: Replicas = members.iter().map(|(id, _)| *id).collect();
    let mut sorted = isr.clone();
    sorted.sort();
    let is_set = sorted.windows(2).all(|pair| pair[0] != pair[1]);
    if !is_set || !isr.iter().all(|id| partition.has_replica(*id)) || !isr.contains(&partition.leader) {
        return Err(ErrorCode::InvalidRequest);
    }
    let recovering = RecoveryState::from_code(asked.leader_recovery_state) == RecoveryState::Recovering;
    if recovering && (isr.len() > 1 || partition.recovery == RecoveryState::Recovered) {
        return Err(ErrorCode::InvalidRequest);
    }
    // A broker that is leaving, or fetched in an earlier life, must not count (KIP-841, KIP-903).
    let is_eligible = |(id, epoch): &(BrokerId, i64)| {
        let registered = ctx.image.broker(*id);
        ctx.image.is_active(*id) && registered.is_some_and(|broker| *epoch == -1 || broker.epoch == *epoch)
    };
    if !members.iter().all(is_eligible) {
        return Err(ErrorCode::IneligibleReplica);
    }
    Ok(isr)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Cluster;
    use super::*;
    use crate::model::Uuid;
    use crate::wire::messages::alter_partition::BrokerState;

    struct Asked {
        cluster: Cluster,
        topic: Uuid,
        leader: BrokerId,
    }

    fn cluster() -> Asked {
        let mut cluster = Cluster::of(3);
        cluster.create("t", 1, 3);
        let topic = cluster.image.topic("t").unwrap();
        let (id, leader) = (topic.id, topic.partitions[0].leader);
        Asked { cluster, topic: id, leader }
    }

    impl Asked {
        fn partition(&self) -> &PartitionImage {
            self.cluster.image.topic("t").unwrap().partition(0).unwrap()
        }

        fn members(&self, ids: &[BrokerId]) -> Vec<BrokerState> {
            let epoch = |id: &BrokerId| self.cluster.image.broker(*id).map_or(-1, |broker| broker.epoch);
            ids.iter().map(|id| BrokerState { broker_id: id.get(), broker_epoch: epoch(id) }).collect()
        }

        fn request(&self, ids: &[BrokerId]) -> AlterPartitionRequestPartitionData {
            AlterPartitionRequestPartitionData {
                partition_index: 0,
                leader_epoch: self.partition().leader_epoch.get(),
                new_isr_with_epochs: self.members(ids),
                partition_epoch: self.partition().partition_epoch,
                ..AlterPartitionRequestPartitionData::default()
            }
        }

        fn ask(&mut self, asked: AlterPartitionRequestPartitionData) -> (ErrorCode, Vec<i32>) {
            let request = AlterPartitionRequest {
                broker_id: self.leader.get(),
                broker_epoch: self.cluster.image.broker(self.leader).unwrap().epoch,
                topics: vec![AlterPartitionRequestTopicData { topic_id: self.topic, partitions: vec![asked] }],
            };
            let decision = alter_partition(&self.cluster.ctx(), &request).unwrap();
            self.cluster.commit(&decision.records);
            let told = &decision.answer.topics[0].partitions[0];
            assert_eq!(told.error_code != 0 || told.partition_epoch == self.partition().partition_epoch, true);
            (ErrorCode::from_code(told.error_code), told.isr.clone())
        }

        fn others(&self) -> Vec<BrokerId> {
            self.partition().replicas.iter().copied().filter(|id| *id != self.leader).collect()
        }
    }

    #[test]
    fn a_leader_shrinks_its_set_and_grows_it_again() {
        let mut asked = cluster();
        let (leader, other) = (asked.leader, asked.others()[0]);
        let epoch = asked.partition().leader_epoch;
        let shrink = asked.request(&[leader, other]);
        assert_eq!(asked.ask(shrink), (ErrorCode::None, vec![leader.get(), other.get()]));
        let all: Vec<BrokerId> = asked.partition().replicas.to_vec();
        let grow = asked.request(&all);
        assert_eq!(asked.ask(grow).0, ErrorCode::None);
        assert_eq!((asked.partition().isr.len(), asked.partition().leader_epoch), (3, epoch));
    }

    #[test]
    fn the_same_set_again_changes_nothing() {
        let mut asked = cluster();
        let isr = asked.partition().isr.to_vec();
        let before = asked.partition().partition_epoch;
        let same = asked.request(&isr);
        assert_eq!(asked.ask(same).0, ErrorCode::None);
        assert_eq!(asked.partition().partition_epoch, before);
    }

    #[test]
    fn who_is_behind_ahead_or_not_the_leader_is_told() {
        let mut asked = cluster();
        let leader = asked.leader;
        let with = |asked: &Asked, change: &dyn Fn(&mut AlterPartitionRequestPartitionData)| {
            let mut request = asked.request(&[leader]);
            change(&mut request);
            request
        };
        let cases: [(&dyn Fn(&mut AlterPartitionRequestPartitionData), ErrorCode); 6] = [
            (&|r| r.leader_epoch += 1, ErrorCode::NotController),
            (&|r| r.partition_epoch += 1, ErrorCode::NotController),
            (&|r| r.leader_epoch -= 1, ErrorCode::FencedLeaderEpoch),
            (&|r| r.partition_epoch -= 1, ErrorCode::InvalidUpdateVersion),
            (&|r| r.partition_index = 7, ErrorCode::UnknownTopicOrPartition),
            (&|r| r.new_isr_with_epochs[0].broker_id = 9, ErrorCode::InvalidRequest),
        ];
        for (change, code) in cases {
            let request = with(&asked, change);
            assert_eq!(asked.ask(request).0, code);
        }
        let other = asked.others()[0];
        let request = asked.request(&[leader]);
        asked.leader = other;
        assert_eq!(asked.ask(request).0, ErrorCode::InvalidRequest);
    }

    #[test]
    fn an_earlier_life_of_a_broker_cannot_be_in_sync() {
        let mut asked = cluster();
        let (leader, other) = (asked.leader, asked.others()[0]);
        let mut request = asked.request(&[leader, other]);
        request.new_isr_with_epochs[1].broker_epoch -= 1;
        assert_eq!(asked.ask(request).0, ErrorCode::IneligibleReplica);
    }
}
