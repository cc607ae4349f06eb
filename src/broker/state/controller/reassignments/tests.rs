//! Reassignments from the request to the end, with brokers that catch up, fail and change their minds.

use proptest::prelude::*;

use super::super::testing::*;
use super::super::{alter_partition, fence_broker};
use super::*;
use crate::model::Uuid;
use crate::wire::messages::alter_partition::{
    AlterPartitionRequest, AlterPartitionRequestPartitionData, AlterPartitionRequestTopicData, BrokerState,
};
use crate::wire::messages::alter_partition_reassignments::ReassignableTopic;
use crate::wire::messages::list_partition_reassignments::ListPartitionReassignmentsTopics;

fn request(replicas: Option<&[i32]>, allow: bool) -> AlterPartitionReassignmentsRequest {
    let partition = ReassignablePartition { partition_index: 0, replicas: replicas.map(<[i32]>::to_vec) };
    AlterPartitionReassignmentsRequest {
        allow_replication_factor_change: allow,
        topics: vec![ReassignableTopic { name: "orders".into(), partitions: vec![partition] }],
        ..AlterPartitionReassignmentsRequest::default()
    }
}

fn ask(cluster: &mut Cluster, request: &AlterPartitionReassignmentsRequest) -> (i16, Option<String>) {
    let decision = alter_partition_reassignments(&cluster.ctx(), request);
    cluster.apply(&decision.records);
    let result = &decision.answer.responses[0].partitions[0];
    (result.error_code, result.error_message.clone())
}

fn reassign(cluster: &mut Cluster, replicas: &[i32]) -> (i16, Option<String>) {
    ask(cluster, &request(Some(replicas), true))
}

fn cancel_it(cluster: &mut Cluster) -> (i16, Option<String>) {
    ask(cluster, &request(None, true))
}

/// `orders` with one partition on these brokers, all in sync and led by the first.
fn orders(brokers: i32, replicas: &[i32]) -> Cluster {
    let mut cluster = Cluster::of(brokers);
    cluster.create("orders", 1, 1);
    let topic_id = cluster.image.topic_id("orders").unwrap();
    cluster.apply(&[MetadataRecord::PartitionChangeRecord(PartitionChangeRecord {
        topic_id,
        partition_id: 0,
        replicas: Some(replicas.to_vec()),
        directories: Some(replicas.iter().map(|id| Uuid(800 + *id as u128)).collect()),
        isr: Some(replicas.to_vec()),
        leader: replicas[0],
        ..PartitionChangeRecord::default()
    })]);
    cluster
}

fn state(cluster: &Cluster) -> PartitionImage {
    (**cluster.image.partition("orders", 0).unwrap()).clone()
}

fn raw(ids: &[BrokerId]) -> Vec<i32> {
    ids.iter().map(|id| id.get()).collect()
}

/// The leader says who is in sync.
fn in_sync(cluster: &mut Cluster, isr: &[i32]) -> i16 {
    let partition = state(cluster);
    let epoch = |id: i32| cluster.image.broker(BrokerId(id)).map_or(-1, |broker| broker.epoch);
    let data = AlterPartitionRequestPartitionData {
        leader_epoch: partition.leader_epoch.get(),
        partition_epoch: partition.partition_epoch,
        leader_recovery_state: partition.recovery.code(),
        new_isr_with_epochs: isr.iter().map(|id| BrokerState { broker_id: *id, broker_epoch: epoch(*id) }).collect(),
        ..AlterPartitionRequestPartitionData::default()
    };
    let request = AlterPartitionRequest {
        broker_id: partition.leader.get(),
        broker_epoch: epoch(partition.leader.get()),
        topics: vec![AlterPartitionRequestTopicData {
            topic_id: cluster.image.topic_id("orders").unwrap(),
            partitions: vec![data],
        }],
    };
    let decision = alter_partition(&cluster.ctx(), &request).unwrap();
    cluster.apply(&decision.records);
    decision.answer.topics[0].partitions[0].error_code
}

fn listed(cluster: &Cluster) -> Vec<(String, Vec<i32>, Vec<i32>, Vec<i32>)> {
    let all = ListPartitionReassignmentsRequest { topics: None, ..ListPartitionReassignmentsRequest::default() };
    let topics = list_partition_reassignments(&cluster.image, &all).topics;
    let rows = topics.into_iter().flat_map(|topic| {
        let name = topic.name;
        topic.partitions.into_iter().map(move |p| (name.clone(), p.replicas, p.adding_replicas, p.removing_replicas))
    });
    rows.collect()
}

#[test]
fn a_partition_moves_by_adding_waiting_and_removing() {
    let mut cluster = orders(5, &[1, 2]);
    assert_eq!(reassign(&mut cluster, &[3, 4]), (0, None));
    let moving = state(&cluster);
    assert_eq!(raw(&moving.replicas), [3, 4, 1, 2]);
    assert_eq!((raw(moving.adding()), raw(moving.removing())), (vec![3, 4], vec![1, 2]));
    assert_eq!(moving.directories.as_slice(), [Uuid(803), Uuid(804), Uuid(801), Uuid(802)]);
    assert_eq!((moving.leader, moving.leader_epoch.get()), (BrokerId(1), 1), "the leader stays as it is");
    assert_eq!(listed(&cluster), [("orders".into(), vec![3, 4, 1, 2], vec![3, 4], vec![1, 2])]);

    assert_eq!(in_sync(&mut cluster, &[1, 2, 3]), 0);
    assert!(state(&cluster).is_reassigning(), "one of two is not all");
    assert_eq!(in_sync(&mut cluster, &[1, 2, 3, 4]), ErrorCode::NewLeaderElected.code());
    let moved = state(&cluster);
    assert_eq!((raw(&moved.replicas), raw(&moved.isr), moved.leader), (vec![3, 4], vec![3, 4], BrokerId(3)));
    assert_eq!(moved.directories.as_slice(), [Uuid(803), Uuid(804)]);
    assert!(listed(&cluster).is_empty());
}

#[test]
fn an_order_alone_changes_at_once() {
    let mut cluster = orders(3, &[1, 2, 3]);
    reassign(&mut cluster, &[2, 3, 1]);
    let partition = state(&cluster);
    assert_eq!((raw(&partition.replicas), partition.leader), (vec![2, 3, 1], BrokerId(1)));
    assert!(!partition.is_reassigning());
}

#[test]
fn fewer_replicas_are_there_at_once_and_the_lead_moves_when_it_must() {
    let mut cluster = orders(3, &[1, 2, 3]);
    reassign(&mut cluster, &[2, 3]);
    let partition = state(&cluster);
    assert_eq!(
        (raw(&partition.replicas), raw(&partition.isr), partition.leader),
        (vec![2, 3], vec![2, 3], BrokerId(2))
    );
    assert!(!partition.is_reassigning() && partition.leader_epoch.get() == 2);
}

#[test]
fn the_same_again_is_no_change() {
    let mut cluster = orders(3, &[1, 2]);
    let decision = alter_partition_reassignments(&cluster.ctx(), &request(Some(&[1, 2]), true));
    assert!(decision.records.is_empty());
    reassign(&mut cluster, &[1, 3]);
    let decision = alter_partition_reassignments(&cluster.ctx(), &request(Some(&[1, 3]), true));
    assert!(decision.records.is_empty(), "also while it goes on");
}

#[test]
fn a_cancelled_reassignment_leaves_the_old_replicas() {
    let mut cluster = orders(5, &[1, 2]);
    reassign(&mut cluster, &[3, 4]);
    in_sync(&mut cluster, &[1, 2, 3]);
    assert_eq!(cancel_it(&mut cluster), (0, None));
    let partition = state(&cluster);
    assert_eq!(
        (raw(&partition.replicas), raw(&partition.isr), partition.leader),
        (vec![1, 2], vec![1, 2], BrokerId(1))
    );
    assert!(!partition.is_reassigning());
    assert_eq!(partition.leader_epoch.get(), 2, "the brokers that were to be added must not pass for replicas");
    assert_eq!(cancel_it(&mut cluster), (ErrorCode::NoReassignmentInProgress.code(), None));
}

#[test]
fn a_cancellation_that_would_lose_records_is_refused_unless_the_topic_allows_it() {
    let mut cluster = orders(4, &[1, 2]);
    reassign(&mut cluster, &[3, 4]);
    in_sync(&mut cluster, &[1, 2, 3]);
    for id in [1, 2] {
        let decision = fence_broker(&cluster.ctx(), BrokerId(id));
        cluster.apply(&decision.records);
    }
    assert_eq!(state(&cluster).leader, BrokerId(3));
    let (code, text) = cancel_it(&mut cluster);
    assert_eq!(code, ErrorCode::InvalidReplicaAssignment.code());
    assert_eq!(
        text.as_deref(),
        Some("Unable to revert partition assignment for orders:0 because it would require an unclean leader election.")
    );
    cluster.set_topic_config("orders", "unclean.leader.election.enable", "true");
    assert_eq!(cancel_it(&mut cluster), (0, None));
    assert_eq!(raw(&state(&cluster).replicas), [1, 2]);
}

#[test]
fn a_broker_that_fails_may_be_the_last_that_a_reassignment_waited_for() {
    let mut cluster = orders(3, &[1, 2]);
    reassign(&mut cluster, &[1, 3]);
    in_sync(&mut cluster, &[1, 2]);
    let decision = fence_broker(&cluster.ctx(), BrokerId(2));
    cluster.apply(&decision.records);
    assert!(state(&cluster).is_reassigning(), "3 is still missing");
    assert_eq!(in_sync(&mut cluster, &[1, 3]), 0);
    assert_eq!(raw(&state(&cluster).replicas), [1, 3]);
}

#[test]
fn a_new_plan_replaces_the_one_under_way() {
    let mut cluster = orders(4, &[1, 2]);
    reassign(&mut cluster, &[1, 3]);
    reassign(&mut cluster, &[1, 4]);
    let partition = state(&cluster);
    assert_eq!(raw(&partition.replicas), [1, 4, 2, 3]);
    assert_eq!((raw(partition.adding()), raw(partition.removing())), (vec![4], vec![2, 3]));
    in_sync(&mut cluster, &[1, 2, 4]);
    assert_eq!(raw(&state(&cluster).replicas), [1, 4]);
}

#[test]
fn the_replication_factor_stays_where_the_request_says_so() {
    let mut cluster = orders(4, &[1, 2]);
    let refused = ask(&mut cluster, &request(Some(&[1, 2, 3]), false));
    assert_eq!(
        refused,
        (ErrorCode::InvalidReplicationFactor.code(), Some("The replication factor is changed from 2 to 3".into()))
    );
    assert_eq!(ask(&mut cluster, &request(Some(&[3, 4]), false)), (0, None));
    assert_eq!(ask(&mut cluster, &request(Some(&[3]), false)).0, ErrorCode::InvalidReplicationFactor.code());
    assert_eq!(ask(&mut cluster, &request(Some(&[4, 1]), false)), (0, None), "two as the plan under way has it");
}

#[test]
fn bad_wishes_are_refused_in_kafkas_words() {
    let mut cluster = orders(2, &[1, 2]);
    let text = |(code, text): (i16, Option<String>)| (ErrorCode::from_code(code), text.unwrap_or_default());
    assert_eq!(
        text(reassign(&mut cluster, &[1, 9])),
        (
            ErrorCode::InvalidReplicaAssignment,
            "The manual partition assignment includes broker 9, but no such broker is registered.".into()
        )
    );
    assert_eq!(text(reassign(&mut cluster, &[])).0, ErrorCode::InvalidReplicaAssignment);
    assert_eq!(text(reassign(&mut cluster, &[1, 1])).0, ErrorCode::InvalidReplicaAssignment);
    let mut elsewhere = request(Some(&[1]), true);
    elsewhere.topics[0].partitions[0].partition_index = 7;
    assert_eq!(
        text(ask(&mut cluster, &elsewhere)),
        (ErrorCode::UnknownTopicOrPartition, "Unable to find partition orders:7.".into())
    );
    elsewhere.topics[0].name = "nowhere".into();
    assert_eq!(
        text(ask(&mut cluster, &elsewhere)),
        (ErrorCode::UnknownTopicOrPartition, "Unable to find a topic named nowhere.".into())
    );
}

#[test]
fn only_what_is_asked_for_and_goes_on_is_listed() {
    let mut cluster = orders(3, &[1, 2]);
    cluster.create("idle", 1, 1);
    reassign(&mut cluster, &[1, 3]);
    let asked = |name: &str, indexes: &[i32]| {
        let topic = ListPartitionReassignmentsTopics { name: name.into(), partition_indexes: indexes.to_vec() };
        let request = ListPartitionReassignmentsRequest {
            topics: Some(vec![topic]),
            ..ListPartitionReassignmentsRequest::default()
        };
        list_partition_reassignments(&cluster.image, &request)
    };
    assert_eq!(asked("orders", &[0, 1]).topics[0].partitions.len(), 1);
    assert!(asked("idle", &[0]).topics.is_empty());
    assert!(asked("nowhere", &[0]).topics.is_empty());
    assert_eq!(asked("idle", &[0]).error_message, None);
}

#[derive(Clone, Debug)]
enum Step {
    Reassign(Vec<i32>),
    Cancel,
    InSync(Vec<i32>),
}

fn step() -> impl Strategy<Value = Step> {
    let some = || prop::sample::subsequence(vec![1, 2, 3, 4, 5], 1..=4).prop_shuffle();
    prop_oneof![some().prop_map(Step::Reassign), Just(Step::Cancel), some().prop_map(Step::InSync)]
}

proptest! {
    /// However plans, cancellations and reports follow each other: what is added and removed are replicas, directories go
    /// with their replicas, the leader is in sync, and an end is reached once everyone is.
    #[test]
    fn every_history_leaves_a_sound_partition_and_can_be_ended(steps in prop::collection::vec(step(), 1..12)) {
        let mut cluster = orders(5, &[1, 2]);
        for step in steps {
            let before = state(&cluster);
            match step {
                Step::Reassign(replicas) => { reassign(&mut cluster, &replicas); }
                Step::Cancel => { cancel_it(&mut cluster); }
                Step::InSync(ids) => { in_sync(&mut cluster, &ids); }
            }
            let after = state(&cluster);
            prop_assert!(after.adding().iter().chain(after.removing()).all(|id| after.has_replica(*id)));
            prop_assert!(after.isr.contains(&after.leader) && after.isr.iter().all(|id| after.has_replica(*id)));
            for id in &after.replicas {
                prop_assert_eq!(after.directory_of(*id), Some(Uuid(800 + id.get() as u128)));
            }
            if before.replicas.iter().any(|id| !after.has_replica(*id)) {
                prop_assert!(after.leader_epoch > before.leader_epoch);
            }
        }
        let everyone = raw(&state(&cluster).replicas);
        in_sync(&mut cluster, &everyone);
        let end = state(&cluster);
        prop_assert!(!end.is_reassigning());
        prop_assert_eq!(end.replicas.len(), end.isr.len());
    }
}
