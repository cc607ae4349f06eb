//! By script and by property.

use proptest::prelude::*;

use super::super::testing::*;
use super::*;
use crate::model::Uuid;
use crate::wire::messages::alter_partition::{AlterPartitionRequestTopicData, BrokerState};
use crate::wire::records::metadata::{BrokerRegistrationChangeRecord, PartitionChangeRecord};

fn epoch_of(cluster: &Cluster, id: i32) -> i64 {
    cluster.image.broker(BrokerId(id)).map_or(-1, |broker| broker.epoch)
}

/// What `sender` would ask of partition 0 of `orders` from what it has seen.
fn wish(cluster: &Cluster, sender: i32, isr: &[i32]) -> AlterPartitionRequest {
    let topic = cluster.image.topic("orders").unwrap();
    let partition = topic.partition(0).unwrap();
    let data = AlterPartitionRequestPartitionData {
        partition_index: 0,
        leader_epoch: partition.leader_epoch.get(),
        new_isr_with_epochs: isr
            .iter()
            .map(|id| BrokerState { broker_id: *id, broker_epoch: epoch_of(cluster, *id) })
            .collect(),
        leader_recovery_state: partition.recovery.code(),
        partition_epoch: partition.partition_epoch,
        ..AlterPartitionRequestPartitionData::default()
    };
    AlterPartitionRequest {
        broker_id: sender,
        broker_epoch: epoch_of(cluster, sender),
        topics: vec![AlterPartitionRequestTopicData { topic_id: topic.id, partitions: vec![data] }],
    }
}

fn ask(cluster: &mut Cluster, request: &AlterPartitionRequest) -> AlterPartitionResponsePartitionData {
    let decision = alter_partition(&cluster.ctx(), request).unwrap();
    cluster.apply(&decision.records);
    decision.answer.topics[0].partitions[0].clone()
}

fn change(cluster: &mut Cluster, edit: impl FnOnce(&mut PartitionChangeRecord)) {
    let topic_id = cluster.image.topic_id("orders").unwrap();
    let mut record = PartitionChangeRecord { topic_id, partition_id: 0, ..PartitionChangeRecord::default() };
    edit(&mut record);
    cluster.apply(&[MetadataRecord::PartitionChangeRecord(record)]);
}

/// Three brokers, `orders` with one partition on 1, 2 and 3, all in sync, led by 1.
fn orders() -> Cluster {
    let mut cluster = Cluster::of(3);
    cluster.create("orders", 1, 3);
    change(&mut cluster, |record| {
        record.replicas = Some(vec![1, 2, 3]);
        record.isr = Some(vec![1, 2, 3]);
        record.leader = 1;
        record.directories = Some(vec![Uuid(801), Uuid(802), Uuid(803)]);
    });
    cluster
}

#[test]
fn the_leader_shrinks_and_grows_its_set_without_a_new_leader_epoch() {
    let mut cluster = orders();
    let before = cluster.image.partition("orders", 0).unwrap().clone();
    let request = wish(&cluster, 1, &[1, 3]);
    let answer = ask(&mut cluster, &request);
    assert_eq!((answer.error_code, answer.leader_id, answer.isr.as_slice()), (0, 1, &[1, 3][..]));
    assert_eq!(answer.leader_epoch, before.leader_epoch.get());
    assert_eq!(answer.partition_epoch, before.partition_epoch + 1);
    let request = wish(&cluster, 1, &[1, 3, 2]);
    let answer = ask(&mut cluster, &request);
    assert_eq!((answer.error_code, answer.partition_epoch), (0, before.partition_epoch + 2));
    assert_eq!(cluster.image.partition("orders", 0).unwrap().isr.len(), 3);
}

#[test]
fn version_2_names_no_epochs_and_is_served_as_well() {
    let mut cluster = orders();
    let mut request = wish(&cluster, 1, &[]);
    request.topics[0].partitions[0].new_isr = vec![1, 2];
    assert_eq!(ask(&mut cluster, &request).isr, [1, 2]);
}

#[test]
fn what_is_so_already_is_answered_without_a_record() {
    let cluster = orders();
    let decision = alter_partition(&cluster.ctx(), &wish(&cluster, 1, &[1, 2, 3])).unwrap();
    assert!(decision.records.is_empty());
    assert_eq!(decision.answer.topics[0].partitions[0].error_code, 0);
}

#[test]
fn a_broker_that_is_another_or_unknown_is_refused_as_a_whole() {
    let cluster = orders();
    let stale = AlterPartitionRequest { broker_epoch: 0, ..wish(&cluster, 1, &[1]) };
    assert_eq!(alter_partition(&cluster.ctx(), &stale).unwrap_err().code, ErrorCode::StaleBrokerEpoch);
    let unknown = AlterPartitionRequest { broker_id: 9, ..wish(&cluster, 1, &[1]) };
    assert_eq!(alter_partition(&cluster.ctx(), &unknown).unwrap_err().code, ErrorCode::BrokerIdNotRegistered);
}

#[test]
fn each_fault_has_its_own_code_in_kafkas_order() {
    let mut cluster = orders();
    change(&mut cluster, |record| record.leader = 1); // leader epoch 2 and partition epoch 2
    type Edit = fn(&mut AlterPartitionRequestPartitionData);
    let cases: [(&str, i32, &[i32], Edit, ErrorCode); 12] = [
        ("newer leader epoch", 1, &[1], |p| p.leader_epoch += 1, ErrorCode::NotController),
        ("newer partition epoch", 1, &[1], |p| p.partition_epoch += 1, ErrorCode::NotController),
        ("older leader epoch", 1, &[1], |p| p.leader_epoch -= 1, ErrorCode::FencedLeaderEpoch),
        (
            "older leader epoch goes before not leading",
            2,
            &[2],
            |p| (p.leader_epoch, p.partition_epoch) = (p.leader_epoch - 1, 0),
            ErrorCode::FencedLeaderEpoch,
        ),
        ("not leading goes before the partition epoch", 2, &[2], |p| p.partition_epoch -= 1, ErrorCode::InvalidRequest),
        ("older partition epoch", 1, &[1], |p| p.partition_epoch -= 1, ErrorCode::InvalidUpdateVersion),
        ("somebody twice", 1, &[1, 2, 2], |_| (), ErrorCode::InvalidRequest),
        ("somebody who is no replica", 1, &[1, 4], |_| (), ErrorCode::InvalidRequest),
        ("without the leader", 1, &[2, 3], |_| (), ErrorCode::InvalidRequest),
        ("recovering out of nothing", 1, &[1], |p| p.leader_recovery_state = 1, ErrorCode::InvalidRequest),
        ("no such state", 1, &[1], |p| p.leader_recovery_state = 7, ErrorCode::InvalidRequest),
        (
            "another incarnation",
            1,
            &[1, 2],
            |p| p.new_isr_with_epochs[1].broker_epoch = 0,
            ErrorCode::IneligibleReplica,
        ),
    ];
    for (what, sender, isr, edit, code) in cases {
        let mut request = wish(&cluster, sender, isr);
        edit(&mut request.topics[0].partitions[0]);
        let before = cluster.image.clone();
        assert_eq!(ask(&mut cluster, &request).error_code, code.code(), "{what}");
        assert_eq!(cluster.image, before, "{what} changes nothing");
    }
    let mut request = wish(&cluster, 1, &[1]);
    request.topics[0].partitions[0].partition_index = 5;
    assert_eq!(ask(&mut cluster, &request).error_code, ErrorCode::UnknownTopicOrPartition.code());
    request.topics[0].topic_id = Uuid(404);
    assert_eq!(ask(&mut cluster, &request).error_code, ErrorCode::UnknownTopicId.code());
}

#[test]
fn who_is_fenced_or_about_to_leave_does_not_come_into_the_set() {
    for (fenced, in_controlled_shutdown) in [(1, 0), (0, 1)] {
        let mut cluster = orders();
        let record = BrokerRegistrationChangeRecord {
            broker_id: 3,
            broker_epoch: epoch_of(&cluster, 3),
            fenced,
            in_controlled_shutdown,
            ..BrokerRegistrationChangeRecord::default()
        };
        cluster.apply(&[MetadataRecord::BrokerRegistrationChangeRecord(record)]);
        let request = wish(&cluster, 1, &[1, 2, 3]);
        assert_eq!(ask(&mut cluster, &request).error_code, ErrorCode::IneligibleReplica.code());
        let request = wish(&cluster, 1, &[1, 2]);
        assert_eq!(ask(&mut cluster, &request).error_code, 0);
    }
}

#[test]
fn a_leader_that_has_recovered_says_so() {
    let mut cluster = orders();
    change(&mut cluster, |record| (record.isr, record.leader_recovery_state) = (Some(vec![1]), 1));
    let request = wish(&cluster, 1, &[1, 2]);
    assert_eq!(
        ask(&mut cluster, &request).error_code,
        ErrorCode::InvalidRequest.code(),
        "it is alone while it recovers"
    );
    let mut request = wish(&cluster, 1, &[1]);
    request.topics[0].partitions[0].leader_recovery_state = 0;
    let answer = ask(&mut cluster, &request);
    assert_eq!((answer.error_code, answer.leader_recovery_state), (0, 0));
    assert_eq!(cluster.image.partition("orders", 0).unwrap().recovery, RecoveryState::Recovered);
}

#[test]
fn a_set_below_the_minimum_makes_those_who_leave_it_eligible() {
    let mut cluster = orders();
    cluster.set_topic_config("orders", "min.insync.replicas", "2");
    let request = wish(&cluster, 1, &[1]);
    assert_eq!(ask(&mut cluster, &request).error_code, 0);
    assert_eq!(cluster.image.partition("orders", 0).unwrap().elr(), [BrokerId(2), BrokerId(3)]);
    let request = wish(&cluster, 1, &[1, 3]);
    ask(&mut cluster, &request);
    assert!(cluster.image.partition("orders", 0).unwrap().elr().is_empty(), "two are the minimum");
}

#[test]
fn the_last_replica_that_was_missing_completes_a_reassignment() {
    // From 1, 2 to 1, 3.
    let mut cluster = orders();
    change(&mut cluster, |record| {
        record.replicas = Some(vec![1, 3, 2]);
        record.directories = Some(vec![Uuid(801), Uuid(803), Uuid(802)]);
        record.isr = Some(vec![1, 2]);
        record.adding_replicas = Some(vec![3]);
        record.removing_replicas = Some(vec![2]);
    });
    let before = cluster.image.partition("orders", 0).unwrap().clone();
    let request = wish(&cluster, 1, &[1, 2, 3]);
    let answer = ask(&mut cluster, &request);
    assert_eq!((answer.error_code, answer.isr.as_slice()), (0, &[1, 3][..]));
    assert_eq!(answer.leader_epoch, before.leader_epoch.get() + 1, "the one that went must not pass for a replica");
    let after = cluster.image.partition("orders", 0).unwrap();
    assert_eq!(after.replicas.as_slice(), [BrokerId(1), BrokerId(3)]);
    assert_eq!(after.directories.as_slice(), [Uuid(801), Uuid(803)]);
    assert!(!after.is_reassigning());
}

#[test]
fn a_leader_that_its_own_change_dismisses_is_told_of_the_new_one() {
    // From 1 to 2, 3.
    let mut cluster = orders();
    change(&mut cluster, |record| {
        record.replicas = Some(vec![2, 3, 1]);
        record.directories = Some(vec![Uuid(802), Uuid(803), Uuid(801)]);
        record.isr = Some(vec![1, 2]);
        record.adding_replicas = Some(vec![2, 3]);
        record.removing_replicas = Some(vec![1]);
    });
    let request = wish(&cluster, 1, &[1, 2, 3]);
    assert_eq!(ask(&mut cluster, &request).error_code, ErrorCode::NewLeaderElected.code());
    let after = cluster.image.partition("orders", 0).unwrap();
    assert_eq!((after.leader, after.replicas.as_slice()), (BrokerId(2), &[BrokerId(2), BrokerId(3)][..]));
    assert!(!after.is_reassigning());
}

proptest! {
    /// Whatever leaders ask in whatever state: what is refused changes nothing, and what is granted leaves a partition
    /// whose leader is in sync, whose in-sync set are replicas, and that knows nobody as in sync and eligible at once.
    #[test]
    fn partitions_stay_sound(
        replicas in prop::sample::subsequence(vec![1, 2, 3, 4, 5], 2..=5).prop_shuffle(),
        isr_size in 1usize..=5,
        leaver in prop::option::of(0usize..5),
        min_isr in 1usize..4,
        adding in prop::option::of(0usize..5),
        removing in prop::option::of(0usize..5),
        wishes in prop::collection::vec((0usize..5, prop::sample::subsequence(vec![0usize, 1, 2, 3, 4], 0..=5)), 1..6),
    ) {
        let mut cluster = Cluster::of(5);
        cluster.create("orders", 1, 1);
        cluster.set_topic_config("orders", "min.insync.replicas", &min_isr.to_string());
        let isr: Vec<i32> = replicas.iter().copied().take(isr_size).collect();
        let pick = |at: Option<usize>| at.filter(|at| *at > 0).and_then(|at| replicas.get(at)).map(|id| vec![*id]);
        change(&mut cluster, |record| {
            record.directories = Some(replicas.iter().map(|id| Uuid(800 + *id as u128)).collect());
            record.leader = isr[0];
            record.isr = Some(isr.clone());
            record.adding_replicas = pick(adding);
            record.removing_replicas = if adding == removing { None } else { pick(removing) };
            record.replicas = Some(replicas.clone());
        });
        if let Some(id) = leaver.and_then(|at| replicas.get(at)) {
            let decision = super::super::fence_broker(&cluster.ctx(), BrokerId(*id));
            cluster.apply(&decision.records);
        }
        for (sender, members) in wishes {
            let before = cluster.image.partition("orders", 0).unwrap().clone();
            let Some(sender) = before.replicas.get(sender).copied() else { continue };
            let members: Vec<i32> = members.iter().filter_map(|at| before.replicas.get(*at)).map(|id| id.get()).collect();
            let request = wish(&cluster, sender.get(), &members);
            let answer = ask(&mut cluster, &request);
            let after = cluster.image.partition("orders", 0).unwrap();
            let made = [0, ErrorCode::NewLeaderElected.code()].contains(&answer.error_code);
            prop_assert!(made || **after == *before);
            if made {
                prop_assert!(after.isr.contains(&after.leader) && cluster.image.is_active(after.leader));
                prop_assert!(after.isr.iter().all(|id| after.has_replica(*id) && cluster.image.is_active(*id)));
                prop_assert!(after.elr().iter().all(|id| after.has_replica(*id) && !after.isr.contains(id)));
                prop_assert_eq!(after.directories.len(), after.replicas.len());
                prop_assert!(after.partition_epoch >= before.partition_epoch);
                if after.leader != before.leader || after.replicas != before.replicas {
                    prop_assert!(after.leader_epoch > before.leader_epoch);
                }
            }
        }
    }
}
