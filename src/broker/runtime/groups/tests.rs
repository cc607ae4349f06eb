//! The coordinator over a log in memory.

use std::sync::Arc;
use std::time::Duration;

use super::coordinator::partition_for;
use super::*;
use crate::broker::state::groups::{
    Commit, GroupConfig, Heartbeat, Join, JoinAnswer, Leave, Leaving, PartitionCommit, Protocol, Sync,
};
use crate::model::{ErrorCode, LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs, Uuid};
use crate::wire::batch::{BatchBuilder, BuilderOptions, EndTxnMarker, RecordToWrite, end_txn_batch};

const PARTITIONS: i32 = 4;

fn settings() -> CoordinatorSettings {
    CoordinatorSettings {
        groups: GroupConfig { initial_rebalance_delay_ms: 0, ..GroupConfig::default() },
        partitions: PARTITIONS,
        ..CoordinatorSettings::default()
    }
}

async fn leading(log: &MemoryLog, settings: CoordinatorSettings) -> GroupCoordinator {
    let coordinator = GroupCoordinator::new(Arc::new(log.clone()), settings);
    for partition in 0..PARTITIONS {
        coordinator.on_leadership(partition, LeaderEpoch(0));
    }
    while coordinator.list().is_err() {
        tokio::task::yield_now().await;
    }
    coordinator
}

fn join(group: &str, member_id: &str) -> Join {
    Join {
        group: group.into(),
        member_id: member_id.into(),
        instance_id: None,
        client_id: "app".into(),
        client_host: "/127.0.0.1".into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 60_000,
        protocol_type: "consumer".into(),
        protocols: vec![Protocol { name: "range".into(), metadata: bytes::Bytes::new() }],
        fresh_id: "1".into(),
        requires_known_member_id: true,
        supports_skip_assignment: true,
    }
}

async fn joined(coordinator: &GroupCoordinator, group: &str) -> JoinAnswer {
    let first = coordinator.join(join(group, "")).await;
    assert_eq!(first.error, ErrorCode::MemberIdRequired);
    let second = coordinator.join(join(group, &first.member_id)).await;
    assert_eq!(second.error, ErrorCode::None);
    second
}

fn sync(group: &str, member_id: &str, assignment: &'static str) -> Sync {
    Sync {
        group: group.into(),
        generation: 1,
        member_id: member_id.into(),
        instance_id: None,
        protocol_type: None,
        protocol: None,
        assignments: vec![(member_id.into(), bytes::Bytes::from_static(assignment.as_bytes()))],
    }
}

fn commit(group: &str, topic: &str, offset: i64) -> Commit {
    Commit {
        group: group.into(),
        generation: -1,
        member_id: String::new(),
        instance_id: None,
        retention_ms: None,
        unknown_group: ErrorCode::GroupIdNotFound,
        offsets: vec![PartitionCommit {
            topic: topic.into(),
            topic_id: Uuid::ZERO,
            partition: 0,
            offset: Offset(offset),
            leader_epoch: LeaderEpoch::NONE,
            metadata: "".into(),
        }],
    }
}

async fn committed(coordinator: &GroupCoordinator, group: &str, topic: &str) -> Option<i64> {
    let partitions = [(Arc::from(topic), 0)];
    let offsets = coordinator.offsets(group, &partitions, false).await.expect("coordinator");
    offsets[0].as_ref().map(|o| o.offset.get())
}

#[test]
fn groups_are_placed_as_kafka_places_them() {
    // "polygenelubricants" hashes to the smallest integer, whose absolute value Kafka takes to be 0.
    assert_eq!(partition_for("polygenelubricants", 50), 0);
    assert_eq!(partition_for("console-consumer-1", 50), 24);
    assert_eq!(partition_for("", 50), 0);
}

#[tokio::test]
async fn a_group_survives_the_coordinator_that_served_it() {
    let log = MemoryLog::new();
    let coordinator = leading(&log, settings()).await;
    let member = joined(&coordinator, "g").await.member_id.to_string();
    assert_eq!(coordinator.sync(sync("g", &member, "all")).await.assignment, "all");
    let mine = Commit { generation: 1, member_id: member.clone(), ..commit("g", "t", 42) };
    assert_eq!(coordinator.commit(mine).await, [ErrorCode::None]);
    coordinator.shutdown();

    let next = leading(&log, settings()).await;
    assert_eq!(committed(&next, "g", "t").await, Some(42));
    let beat = Heartbeat { group: "g".into(), generation: 1, member_id: member.clone(), instance_id: None };
    assert_eq!(next.heartbeat(beat).await, ErrorCode::None);
    let described = next.describe("g").unwrap().unwrap();
    assert_eq!((described.state.name(), &*described.members[0].assignment), ("Stable", &b"all"[..]));
    let leave = Leave { group: "g".into(), members: vec![Leaving { member_id: member, instance_id: None }] };
    assert_eq!(next.leave(leave).await.members, [ErrorCode::None]);
    assert_eq!(next.delete_group("g").await, ErrorCode::None);
    assert_eq!((next.group_count(), committed(&next, "g", "t").await), (0, None));
}

#[tokio::test]
async fn commits_that_arrive_together_share_an_append() {
    let log = MemoryLog::held();
    let coordinator = leading(&log, settings()).await;
    let mut commits = Vec::new();
    for n in 0..100 {
        let coordinator = coordinator.clone();
        commits.push(tokio::spawn(async move { coordinator.commit(commit("g", &format!("t{n}"), n)).await }));
        tokio::task::yield_now().await;
    }
    while log.appends() == 0 {
        tokio::task::yield_now().await;
    }
    log.commit(100);
    for commit in commits {
        assert_eq!(commit.await.unwrap(), [ErrorCode::None]);
    }
    assert!(log.appends() <= 3, "{} appends for 100 commits", log.appends());
    assert_eq!(coordinator.all_offsets("g", false).await.unwrap().len(), 100);
}

#[tokio::test]
async fn a_stable_fetch_waits_for_commits_under_way_and_a_plain_one_does_not() {
    let log = MemoryLog::held();
    let coordinator = leading(&log, settings()).await;
    let committing = tokio::spawn({
        let coordinator = coordinator.clone();
        async move { coordinator.commit(commit("g", "t", 7)).await }
    });
    while log.appends() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(committed(&coordinator, "g", "t").await, None);
    let stable = tokio::spawn({
        let coordinator = coordinator.clone();
        async move { coordinator.offsets("g", &[(Arc::from("t"), 0)], true).await }
    });
    tokio::task::yield_now().await;
    log.commit(1);
    assert_eq!(stable.await.unwrap().unwrap()[0].as_ref().unwrap().offset, Offset(7));
    assert_eq!(committing.await.unwrap(), [ErrorCode::None]);
}

#[tokio::test]
async fn a_write_that_fails_is_answered_and_the_next_one_succeeds() {
    let log = MemoryLog::new();
    let coordinator = leading(&log, settings()).await;
    log.fail(Some(ErrorCode::NotEnoughReplicas));
    assert_eq!(coordinator.commit(commit("g", "t", 1)).await, [ErrorCode::CoordinatorNotAvailable]);
    log.fail(None);
    assert_eq!(coordinator.commit(commit("g", "t", 2)).await, [ErrorCode::None]);
}

#[tokio::test]
async fn a_client_does_not_wait_longer_for_a_commit_than_the_commit_timeout() {
    let log = MemoryLog::held();
    let coordinator = leading(&log, CoordinatorSettings { commit_timeout: Duration::ZERO, ..settings() }).await;
    assert_eq!(coordinator.commit(commit("g", "t", 1)).await, [ErrorCode::CoordinatorNotAvailable]);
}

#[tokio::test]
async fn commits_are_refused_when_too_many_wait_for_the_log() {
    let log = MemoryLog::held();
    let coordinator = leading(&log, settings()).await;
    let commits: Vec<_> = (0..20_000)
        .map(|offset| {
            let coordinator = coordinator.clone();
            tokio::spawn(async move { coordinator.commit(commit("g", "t", offset)).await })
        })
        .collect();
    tokio::task::yield_now().await;
    log.commit(1 << 20);
    let mut refused = 0;
    for commit in commits {
        refused += usize::from(commit.await.unwrap() == [ErrorCode::CoordinatorNotAvailable]);
    }
    assert!((3_000..4_000).contains(&refused), "{refused} of 20,000 refused");
}

#[tokio::test]
async fn an_outcome_larger_than_a_batch_is_split() {
    let log = MemoryLog::new();
    let coordinator = leading(&log, CoordinatorSettings { max_batch_bytes: 1_000, ..settings() }).await;
    let mut large = commit("g", "t", 0);
    for partition in 1..100 {
        large.offsets.push(PartitionCommit { partition, ..large.offsets[0].clone() });
    }
    assert_eq!(coordinator.commit(large).await, [ErrorCode::None; 100]);
    assert!(log.appends() > 3);
    let next = leading(&log, settings()).await;
    assert_eq!(next.all_offsets("g", true).await.unwrap().len(), 100);
}

#[tokio::test]
async fn without_leadership_clients_look_elsewhere() {
    let log = MemoryLog::new();
    let coordinator = GroupCoordinator::new(Arc::new(log.clone()), settings());
    assert_eq!(coordinator.join(join("g", "")).await.error, ErrorCode::NotCoordinator);
    assert_eq!(coordinator.commit(commit("g", "t", 1)).await, [ErrorCode::NotCoordinator]);
    assert_eq!(coordinator.describe("g"), Err(ErrorCode::NotCoordinator));

    let coordinator = leading(&log, settings()).await;
    let member = joined(&coordinator, "g").await.member_id.to_string();
    let follower = tokio::spawn({
        let coordinator = coordinator.clone();
        // A second member keeps the first one's rejoin waiting.
        async move {
            coordinator.join(Join { requires_known_member_id: false, fresh_id: "2".into(), ..join("g", "") }).await
        }
    });
    while coordinator.describe("g").unwrap().unwrap().members.len() < 2 {
        tokio::task::yield_now().await;
    }
    coordinator.on_resign(coordinator.partition_of("g"));
    assert_eq!(follower.await.unwrap().error, ErrorCode::NotCoordinator);
    assert_eq!(coordinator.sync(sync("g", &member, "all")).await.error, ErrorCode::NotCoordinator);
}

#[tokio::test]
async fn requests_are_checked_before_they_reach_a_group() {
    let coordinator = leading(&MemoryLog::new(), settings()).await;
    assert_eq!(coordinator.join(join("", "")).await.error, ErrorCode::InvalidGroupId);
    for session_timeout_ms in [5_999, 1_800_001] {
        let answer = coordinator.join(Join { session_timeout_ms, ..join("g", "") }).await;
        assert_eq!(answer.error, ErrorCode::InvalidSessionTimeout);
    }
    let long = "x".repeat(40_000);
    assert_eq!(coordinator.join(join(&long, "")).await.error, ErrorCode::InvalidGroupId);
    assert_eq!(coordinator.commit(commit("", "t", 1)).await, [ErrorCode::None], "the empty group may commit");
}

#[tokio::test]
async fn offsets_of_a_transaction_count_when_its_marker_says_so() {
    let log = MemoryLog::new();
    let partition = partition_for("g", PARTITIONS);
    for (producer, offset, committed) in [(1, 10, Some(true)), (2, 20, Some(false)), (3, 30, None)] {
        let mut batch = BatchBuilder::new(BuilderOptions {
            producer_id: ProducerId(producer),
            producer_epoch: ProducerEpoch(0),
            transactional: true,
            ..BuilderOptions::default()
        });
        let record = crate::broker::state::groups::Record::Offset {
            group: "g".into(),
            topic: format!("t{producer}").into(),
            partition: 0,
            value: Some(crate::broker::state::groups::CommittedOffset {
                offset: Offset(offset),
                leader_epoch: LeaderEpoch::NONE,
                metadata: "".into(),
                committed_at: TimestampMs(0),
                expires_at: None,
                topic_id: Uuid::ZERO,
            }),
        };
        let (key, value) = super::codec::encode(&record);
        batch.append(&RecordToWrite { key: Some(&key), value: value.as_deref(), ..RecordToWrite::default() });
        log.put(partition, &batch.build().unwrap());
        if let Some(committed) = committed {
            let marker = EndTxnMarker { committed, coordinator_epoch: 0 };
            let (id, epoch) = (ProducerId(producer), ProducerEpoch(0));
            log.put(partition, &end_txn_batch(id, epoch, marker, TimestampMs(0), Offset::ZERO, LeaderEpoch(0)));
        }
    }
    let coordinator = leading(&log, settings()).await;
    for (topic, expected) in [("t1", Some(10)), ("t2", None), ("t3", None)] {
        assert_eq!(committed(&coordinator, "g", topic).await, expected, "{topic}");
    }
}
