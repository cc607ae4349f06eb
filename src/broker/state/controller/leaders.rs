//! Elections that somebody asks for, and those that the controller holds by itself from time to time.

use super::decision::{Context, Decision, MAX_RECORDS, Refusal};
use super::edits::{TopicEdits, may_lead};
use super::elections::{Election, PartitionEdit};
use crate::broker::state::metadata::{PartitionImage, TopicImage};
use crate::model::{BrokerId, ErrorCode, PartitionId};
use crate::wire::messages::elect_leaders::{
    ElectLeadersRequest, ElectLeadersResponse, PartitionResult, ReplicaElectionResult,
};
use crate::wire::records::metadata::{MetadataRecord, PartitionChangeRecord};

/// How many elections one look at the balance may hold (`QuorumController.MAX_ELECTIONS_PER_IMBALANCE`): the next look
/// follows at once when there are more.
pub const MAX_ELECTIONS: usize = 1_000;

fn has_preferred_leader(partition: &PartitionImage) -> bool {
    partition.replicas.first() == Some(&partition.leader)
}

/// Decides an ElectLeaders request (KIP-460). When it names no partitions, all of them take part, and those that need no
/// election are left out of the answer.
///
/// # Errors
/// `INVALID_REQUEST` for a kind of election that does not exist, `POLICY_VIOLATION` for more elections than one request
/// may hold; every partition has its own result otherwise.
pub fn elect_leaders(
    ctx: &Context<'_>,
    request: &ElectLeadersRequest,
) -> Result<Decision<ElectLeadersResponse>, Refusal> {
    let election = match request.election_type {
        0 => Election::Preferred,
        1 => Election::Unclean,
        other => return Err(Refusal::new(ErrorCode::InvalidRequest, format!("Unknown election type {other}"))),
    };
    let mut records = Vec::new();
    let results = match &request.topic_partitions {
        Some(asked) => asked
            .iter()
            .map(|asked| {
                let mut voters = Voters::of(ctx, &asked.topic, ctx.image.topic(&asked.topic).map(|topic| &**topic));
                let results = asked.partitions.iter().map(|index| voters.elect(*index, election, &mut records));
                ReplicaElectionResult { topic: asked.topic.clone(), partition_result: results.collect() }
            })
            .collect(),
        None => {
            let mut topics: Vec<&TopicImage> = ctx.image.topics().map(|topic| &**topic).collect();
            topics.sort_by(|a, b| a.name.cmp(&b.name));
            let everyone = topics.into_iter().map(|topic| {
                let mut voters = Voters::of(ctx, topic.name.as_str(), Some(topic));
                let results = topic.iter().map(|(index, _)| voters.elect(index, election, &mut records));
                let needed = results.filter(|result| result.error_code != ErrorCode::ElectionNotNeeded.code());
                ReplicaElectionResult { topic: topic.name.to_string(), partition_result: needed.collect() }
            });
            everyone.collect()
        }
    };
    if records.len() > MAX_RECORDS {
        return Err(Refusal::too_large());
    }
    let answer = ElectLeadersResponse { replica_election_results: results, ..ElectLeadersResponse::default() };
    Ok(Decision { records, answer })
}

/// Elections in one topic.
struct Voters<'a> {
    ctx: &'a Context<'a>,
    name: &'a str,
    topic: Option<&'a TopicImage>,
    edits: Option<TopicEdits>,
}

impl<'a> Voters<'a> {
    fn of(ctx: &'a Context<'a>, name: &'a str, topic: Option<&'a TopicImage>) -> Voters<'a> {
        Voters { ctx, name, topic, edits: None }
    }

    fn elect(&mut self, index: PartitionId, election: Election, records: &mut Vec<MetadataRecord>) -> PartitionResult {
        let refusal = match self.record(index, election) {
            Ok(record) => {
                records.push(MetadataRecord::PartitionChangeRecord(record));
                None
            }
            Err(refusal) => Some(refusal),
        };
        PartitionResult {
            partition_id: index,
            error_code: refusal.as_ref().map_or(ErrorCode::None, |refusal| refusal.code).code(),
            error_message: refusal.map(|refusal| refusal.text()),
        }
    }

    fn record(&mut self, index: PartitionId, election: Election) -> Result<PartitionChangeRecord, Refusal> {
        let unknown = |what: String| Refusal::new(ErrorCode::UnknownTopicOrPartition, what);
        let topic = self.topic.ok_or_else(|| unknown(format!("No such topic as {}", self.name)))?;
        let partition =
            topic.partition(index).ok_or_else(|| unknown(format!("No such partition as {}-{index}", self.name)))?;
        let (needed, otherwise) = match election {
            Election::Preferred => (!has_preferred_leader(partition), ErrorCode::PreferredLeaderNotAvailable),
            _ => (partition.leader == BrokerId::NONE, ErrorCode::EligibleLeadersNotAvailable),
        };
        if !needed {
            return Err(ErrorCode::ElectionNotNeeded.into());
        }
        let image = self.ctx.image;
        let acceptable = |partition: &PartitionImage, id: BrokerId| may_lead(image, partition, id);
        // Most partitions of a large request need no election: the topic's settings are looked up for the first that does.
        let edits = self.edits.get_or_insert_with(|| TopicEdits::of(self.ctx, topic));
        let edit = PartitionEdit { election, ..edits.edit(index, partition, &acceptable) };
        edit.record(partition.isr.clone()).ok_or_else(|| otherwise.into())
    }
}

/// Holds up to [`MAX_ELECTIONS`] elections by `election` in the partitions that `wants` picks out of topics that
/// `takes_part` lets in; the answer says whether more may be to do.
fn sweep(
    ctx: &Context<'_>,
    election: Election,
    wants: impl Fn(&PartitionImage) -> bool,
    takes_part: impl Fn(&TopicEdits) -> bool,
) -> Decision<bool> {
    let acceptable = |partition: &PartitionImage, id: BrokerId| may_lead(ctx.image, partition, id);
    let mut records = Vec::new();
    for topic in ctx.image.topics() {
        if !topic.partitions.iter().any(|partition| wants(partition)) {
            continue;
        }
        let edits = TopicEdits::of(ctx, topic);
        if !takes_part(&edits) {
            continue;
        }
        for (index, partition) in topic.iter().filter(|(_, partition)| wants(partition)) {
            let edit = PartitionEdit { election, ..edits.edit(index, partition, &acceptable) };
            records.extend(edit.record(partition.isr.clone()).map(MetadataRecord::PartitionChangeRecord));
            if records.len() >= MAX_ELECTIONS {
                return Decision { records, answer: true };
            }
        }
    }
    Decision { records, answer: false }
}

/// Gives the lead back to preferred replicas that can take it (`auto.leader.rebalance.enable`). The answer says whether
/// there may be more to do.
pub fn balance_leaders(ctx: &Context<'_>) -> Decision<bool> {
    sweep(ctx, Election::Preferred, |partition| !has_preferred_leader(partition), |_| true)
}

/// Finds leaders for partitions that have none, at the price of records, where the topic allows it
/// (`unclean.leader.election.enable`, set perhaps after the leader was lost). The answer says whether there may be more
/// to do.
pub fn elect_unclean_leaders(ctx: &Context<'_>) -> Decision<bool> {
    sweep(ctx, Election::Unclean, |partition| partition.leader == BrokerId::NONE, TopicEdits::unclean)
}

#[cfg(test)]
mod tests {
    use super::super::fence_broker;
    use super::super::testing::*;
    use super::*;
    use crate::broker::state::metadata::RecoveryState;
    use crate::model::Uuid;
    use crate::wire::messages::elect_leaders::TopicPartitions;

    /// `orders` with `partitions` partitions on brokers 1 and 2, all in sync and led by 2.
    fn led_by_the_second(partitions: i32) -> Cluster {
        let mut cluster = Cluster::of(2);
        cluster.create("orders", partitions, 1);
        let topic_id = cluster.image.topic_id("orders").unwrap();
        for partition_id in 0..partitions {
            cluster.apply(&[MetadataRecord::PartitionChangeRecord(PartitionChangeRecord {
                topic_id,
                partition_id,
                replicas: Some(vec![1, 2]),
                directories: Some(vec![Uuid(801), Uuid(802)]),
                isr: Some(vec![1, 2]),
                leader: 2,
                ..PartitionChangeRecord::default()
            })]);
        }
        cluster
    }

    fn fence(cluster: &mut Cluster, id: i32) {
        let decision = fence_broker(&cluster.ctx(), BrokerId(id));
        cluster.apply(&decision.records);
    }

    fn ask(cluster: &mut Cluster, election_type: i8, asked: Option<&[(&str, i32)]>) -> Vec<(i32, ErrorCode)> {
        let one = |(topic, index): &(&str, i32)| TopicPartitions { topic: (*topic).into(), partitions: vec![*index] };
        let request = ElectLeadersRequest {
            election_type,
            topic_partitions: asked.map(|asked| asked.iter().map(one).collect()),
            ..ElectLeadersRequest::default()
        };
        let decision = elect_leaders(&cluster.ctx(), &request).unwrap();
        cluster.apply(&decision.records);
        let results = decision.answer.replica_election_results.into_iter().flat_map(|topic| topic.partition_result);
        results.map(|result| (result.partition_id, ErrorCode::from_code(result.error_code))).collect()
    }

    fn leader(cluster: &Cluster, index: i32) -> i32 {
        cluster.image.partition("orders", index).unwrap().leader.get()
    }

    #[test]
    fn preferred_leaders_lead_once_they_are_asked_for() {
        let mut cluster = led_by_the_second(2);
        assert_eq!(ask(&mut cluster, 0, Some(&[("orders", 1)])), [(1, ErrorCode::None)]);
        assert_eq!((leader(&cluster, 0), leader(&cluster, 1)), (2, 1));
        assert_eq!(ask(&mut cluster, 0, Some(&[("orders", 1)])), [(1, ErrorCode::ElectionNotNeeded)]);
        fence(&mut cluster, 1);
        assert_eq!(ask(&mut cluster, 0, Some(&[("orders", 0)])), [(0, ErrorCode::PreferredLeaderNotAvailable)]);
    }

    #[test]
    fn all_partitions_are_meant_by_none_and_those_that_need_nothing_are_left_out() {
        let mut cluster = led_by_the_second(3);
        assert_eq!(ask(&mut cluster, 0, Some(&[("orders", 1)])), [(1, ErrorCode::None)]);
        assert_eq!(ask(&mut cluster, 0, None), [(0, ErrorCode::None), (2, ErrorCode::None)]);
        assert!(ask(&mut cluster, 0, None).is_empty());
    }

    #[test]
    fn an_unclean_election_is_held_for_those_without_a_leader_only() {
        let mut cluster = led_by_the_second(1);
        assert_eq!(ask(&mut cluster, 1, Some(&[("orders", 0)])), [(0, ErrorCode::ElectionNotNeeded)]);
        fence(&mut cluster, 1);
        fence(&mut cluster, 2);
        assert_eq!(leader(&cluster, 0), -1);
        assert_eq!(ask(&mut cluster, 1, Some(&[("orders", 0)])), [(0, ErrorCode::EligibleLeadersNotAvailable)]);
        cluster.unfence(1);
        assert_eq!(leader(&cluster, 0), -1, "1 was not the last in sync");
        assert_eq!(ask(&mut cluster, 1, None), [(0, ErrorCode::None)]);
        let partition = cluster.image.partition("orders", 0).unwrap();
        assert_eq!((partition.leader, partition.recovery), (BrokerId(1), RecoveryState::Recovering));
        assert_eq!(partition.isr.as_slice(), [BrokerId(1)]);
    }

    #[test]
    fn what_is_not_there_is_named() {
        let mut cluster = led_by_the_second(1);
        let unknown = ErrorCode::UnknownTopicOrPartition;
        assert_eq!(ask(&mut cluster, 0, Some(&[("orders", 9), ("nowhere", 0)])), [(9, unknown), (0, unknown)]);
        let request = ElectLeadersRequest { election_type: 7, ..ElectLeadersRequest::default() };
        let refused = elect_leaders(&cluster.ctx(), &request).unwrap_err();
        assert_eq!(refused, Refusal::new(ErrorCode::InvalidRequest, "Unknown election type 7"));
    }

    #[test]
    fn the_balance_is_restored_in_pieces_and_only_where_it_can_be() {
        let mut cluster = led_by_the_second(MAX_ELECTIONS as i32 + 3);
        let decision = balance_leaders(&cluster.ctx());
        assert_eq!((decision.records.len(), decision.answer), (MAX_ELECTIONS, true));
        cluster.apply(&decision.records);
        let decision = balance_leaders(&cluster.ctx());
        assert_eq!((decision.records.len(), decision.answer), (3, false));
        cluster.apply(&decision.records);
        fence(&mut cluster, 1);
        assert_eq!(balance_leaders(&cluster.ctx()), Decision::only(false), "nobody can go back to a fenced broker");
    }

    #[test]
    fn topics_that_allow_it_get_unclean_leaders_in_time() {
        let mut cluster = led_by_the_second(1);
        fence(&mut cluster, 1);
        fence(&mut cluster, 2);
        cluster.unfence(1);
        assert_eq!(elect_unclean_leaders(&cluster.ctx()), Decision::only(false));
        cluster.set_topic_config("orders", "unclean.leader.election.enable", "true");
        let decision = elect_unclean_leaders(&cluster.ctx());
        cluster.apply(&decision.records);
        assert_eq!((leader(&cluster, 0), decision.answer), (1, false));
    }
}
