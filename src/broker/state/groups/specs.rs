//! The group protocol, rule by rule.

use std::sync::Arc;

use super::harness::*;
use super::*;
use crate::model::ErrorCode;

fn world() -> World {
    World::new(GroupConfig::default())
}

// Joining

#[test]
fn a_new_dynamic_member_is_told_its_id_and_joins_with_it() {
    let mut w = world();
    let first = w.join(joiner("app"));
    assert_eq!(w.joined(first).error, ErrorCode::MemberIdRequired);
    assert_eq!(&*w.joined(first).member_id, "app-uuid");
    let second = w.join(Join { member_id: "app-uuid".into(), ..joiner("app") });
    assert!(w.waits(second));
    w.pass(3_000);
    let answer = w.joined(second);
    assert_eq!((answer.error, answer.generation, &*answer.leader), (ErrorCode::None, 1, "app-uuid"));
    assert_eq!((answer.protocol_type.as_deref(), answer.protocol.as_deref()), (Some("consumer"), Some("range")));
    assert_eq!(answer.members.len(), 1);
}

#[test]
fn clients_before_version_4_join_at_once() {
    let mut w = world();
    let join = w.join(Join { requires_known_member_id: false, ..joiner("old") });
    assert!(w.waits(join));
    w.pass(3_000);
    assert_eq!(&*w.joined(join).member_id, "old-uuid");
}

#[test]
fn an_id_that_nobody_joins_with_is_forgotten_after_the_session_timeout() {
    let mut w = world();
    w.join(joiner("app"));
    w.pass(10_000);
    let late = w.join(Join { member_id: "app-uuid".into(), ..joiner("app") });
    assert_eq!(w.joined(late).error, ErrorCode::UnknownMemberId);
}

#[test]
fn a_member_id_in_an_unknown_group_is_unknown_and_leaves_no_group() {
    let mut w = world();
    let join = w.join(Join { member_id: "ghost".into(), ..joiner("app") });
    assert_eq!((w.joined(join).error, &*w.joined(join).member_id), (ErrorCode::UnknownMemberId, "ghost"));
    assert_eq!(w.shard.group_count(), 0);
}

#[test]
fn joining_without_protocols_is_refused_and_leaves_no_group() {
    let mut w = world();
    let join = w.join(Join { protocols: Vec::new(), ..joiner("app") });
    assert_eq!(w.joined(join).error, ErrorCode::InconsistentGroupProtocol);
    assert_eq!((w.shard.group_count(), w.log.len()), (0, 0));
}

#[test]
fn protocols_that_do_not_meet_are_refused() {
    let mut w = world();
    w.stable("a");
    let other = w.join(Join { protocols: vec![protocol("sticky", &["t"])], ..joiner("b") });
    assert_eq!(w.joined(other).error, ErrorCode::InconsistentGroupProtocol);
    let other = w.join(Join { protocol_type: "connect".into(), ..joiner("b") });
    assert_eq!(w.joined(other).error, ErrorCode::InconsistentGroupProtocol);
}

#[test]
fn the_protocol_most_members_prefer_among_the_common_ones_is_chosen() {
    let mut w = world();
    let offers = [["range", "sticky"], ["sticky", "range"], ["sticky", "range"]];
    let mut joins = Vec::new();
    for (i, offer) in offers.iter().enumerate() {
        let protocols = offer.iter().map(|name| protocol(name, &["t"])).collect();
        let join = Join { requires_known_member_id: false, protocols, ..joiner(&format!("m{i}")) };
        joins.push(w.join(join));
    }
    w.pass(60_000);
    for join in joins {
        assert_eq!(w.joined(join).protocol.as_deref(), Some("sticky"));
    }
}

#[test]
fn the_initial_delay_grows_while_members_come_up_to_the_rebalance_timeout() {
    let mut w = world();
    let impatient = |name: &str| Join { requires_known_member_id: false, rebalance_timeout_ms: 8_000, ..joiner(name) };
    let first = w.join(impatient("m0"));
    for i in 1..4 {
        w.pass(2_500);
        w.join(impatient(&format!("m{i}")));
    }
    assert!(w.waits(first), "7.5 s: members kept coming");
    w.pass(600);
    assert_eq!(w.joined(first).members.len(), 4, "8.1 s: the rebalance timeout is used up");
}

#[test]
fn only_the_leader_learns_who_else_joined() {
    let mut w = world();
    let (a, join_a) = w.join_dynamic("a");
    let (_, join_b) = w.join_dynamic("b");
    w.pass(6_000);
    assert_eq!(&*w.joined(join_b).leader, a);
    assert_eq!(w.joined(join_a).members.len(), 2);
    assert_eq!(w.joined(join_b).members.len(), 0);
}

#[test]
fn a_group_that_is_full_refuses_the_next_member() {
    let mut w = World::new(GroupConfig { max_size: 1, ..GroupConfig::default() });
    w.stable("a");
    let join = w.join(joiner("b"));
    assert_eq!((w.joined(join).error, &*w.joined(join).member_id), (ErrorCode::GroupMaxSizeReached, ""));
}

#[test]
fn a_second_join_of_the_same_member_takes_the_place_of_the_first() {
    let mut w = world();
    let (a, first) = w.join_dynamic("a");
    let second = w.join(Join { member_id: a, ..joiner("a") });
    assert_eq!(w.joined(first).error, ErrorCode::RebalanceInProgress);
    w.pass(3_000);
    assert_eq!(w.joined(second).error, ErrorCode::None);
}

// Rebalancing

#[test]
fn a_newcomer_starts_a_rebalance_that_the_others_learn_by_heartbeat() {
    let mut w = world();
    let a = w.stable("a");
    let (b, join_b) = w.join_dynamic("b");
    assert_eq!(w.state(), GroupState::PreparingRebalance);
    assert_eq!(w.beat(&a, 1), ErrorCode::RebalanceInProgress);
    let join_a = w.join(Join { member_id: a.clone(), ..joiner("a") });
    assert_eq!((w.joined(join_a).generation, w.joined(join_b).generation), (2, 2));
    let sync_b = w.sync(&b, 2, &[]);
    assert!(w.waits(sync_b));
    let sync_a = w.sync(&a, 2, &[(&a, "half"), (&b, "other half")]);
    assert_eq!(w.synced(sync_a).assignment, "half");
    assert_eq!(w.synced(sync_b).assignment, "other half");
    assert_eq!(w.state(), GroupState::Stable);
}

#[test]
fn dynamic_members_that_do_not_rejoin_in_time_are_out() {
    let mut w = world();
    let a = w.stable("a");
    let (b, join_b) = w.join_dynamic("b");
    for _ in 0..12 {
        w.pass(4_900);
        assert_eq!(w.beat(&a, 1), ErrorCode::RebalanceInProgress);
    }
    w.pass(4_900);
    let answer = w.joined(join_b);
    assert_eq!((answer.generation, &*answer.leader, answer.members.len()), (2, b.as_str(), 1));
    assert_eq!(w.beat(&a, 1), ErrorCode::UnknownMemberId);
}

#[test]
fn a_follower_with_nothing_new_keeps_its_generation_and_a_leader_starts_a_rebalance() {
    let mut w = world();
    let (a, _) = w.join_dynamic("a");
    let (b, _) = w.join_dynamic("b");
    w.pass(6_000);
    w.sync(&a, 1, &[]);
    w.sync(&b, 1, &[]);
    let again = w.join(Join { member_id: b.clone(), ..joiner("b") });
    assert_eq!((w.joined(again).generation, w.state()), (1, GroupState::Stable));
    let leader = w.join(Join { member_id: a, ..joiner("a") });
    assert!(w.waits(leader));
    assert_eq!(w.state(), GroupState::PreparingRebalance);
}

#[test]
fn a_follower_with_a_new_subscription_starts_a_rebalance() {
    let mut w = world();
    let (a, _) = w.join_dynamic("a");
    let (b, _) = w.join_dynamic("b");
    w.pass(6_000);
    w.sync(&a, 1, &[]);
    w.sync(&b, 1, &[]);
    w.join(Join { member_id: b, protocols: vec![protocol("range", &["t", "u"])], ..joiner("b") });
    assert_eq!(w.state(), GroupState::PreparingRebalance);
}

#[test]
fn a_member_that_lost_its_join_answer_gets_it_again() {
    let mut w = world();
    let (a, first) = w.join_dynamic("a");
    w.pass(3_000);
    let again = w.join(Join { member_id: a, ..joiner("a") });
    assert_eq!(w.joined(first), w.joined(again));
}

#[test]
fn members_that_never_ask_for_their_assignment_are_out() {
    let mut w = world();
    let (a, _) = w.join_dynamic("a");
    let (b, _) = w.join_dynamic("b");
    w.pass(6_000);
    w.sync(&a, 1, &[]);
    for _ in 0..13 {
        w.pass(4_900);
        w.beat(&a, 1);
        w.beat(&b, 1);
    }
    assert_eq!(w.beat(&a, 1), ErrorCode::RebalanceInProgress);
    assert_eq!(w.beat(&b, 1), ErrorCode::UnknownMemberId);
}

#[test]
fn a_silent_member_is_expelled_after_its_session_timeout() {
    let mut w = world();
    let a = w.stable("a");
    w.pass(9_999);
    assert_eq!(w.beat(&a, 1), ErrorCode::None);
    w.pass(9_999);
    assert_eq!(w.state(), GroupState::Stable);
    w.pass(1);
    assert_eq!(w.state(), GroupState::Empty);
    assert_eq!(w.beat(&a, 2), ErrorCode::UnknownMemberId);
}

#[test]
fn a_member_whose_request_is_parked_needs_no_heartbeat() {
    let mut w = world();
    let (a, _) = w.join_dynamic("a");
    let (b, _) = w.join_dynamic("b");
    w.pass(6_000);
    let parked = w.sync(&b, 1, &[]);
    for _ in 0..4 {
        w.pass(8_000);
        assert_eq!(w.beat(&a, 1), ErrorCode::None);
    }
    assert!(w.waits(parked), "32 s without a heartbeat, three sessions long");
    w.sync(&a, 1, &[(&b, "yours")]);
    assert_eq!(w.synced(parked).assignment, "yours");
    w.pass(9_999);
    assert_eq!(w.beat(&b, 1), ErrorCode::None);
}

#[test]
fn a_wall_clock_that_jumps_expires_nobody() {
    let mut w = world();
    let a = w.stable("a");
    w.now.wall = w.now.wall + 3_600_000;
    w.pass(1_000);
    assert_eq!(w.beat(&a, 1), ErrorCode::None);
}

// SyncGroup and Heartbeat

#[test]
fn sync_and_heartbeat_check_member_generation_and_protocol() {
    let mut w = world();
    let unknown = w.sync("nobody", 1, &[]);
    assert_eq!(w.synced(unknown).error, ErrorCode::UnknownMemberId);
    let a = w.stable("a");
    let stale = w.sync(&a, 0, &[]);
    assert_eq!(w.synced(stale).error, ErrorCode::IllegalGeneration);
    let odd = w.send(Command::Sync(Sync { protocol: Some("sticky".into()), ..syncer(&a, 1, &[]) }));
    assert_eq!(w.synced(odd).error, ErrorCode::InconsistentGroupProtocol);
    assert_eq!(w.beat(&a, 7), ErrorCode::IllegalGeneration);
    assert_eq!(w.beat("nobody", 1), ErrorCode::UnknownMemberId);
    w.join_dynamic("b");
    let late = w.sync(&a, 1, &[]);
    assert_eq!(w.synced(late).error, ErrorCode::RebalanceInProgress);
}

#[test]
fn nobody_gets_an_assignment_before_it_is_in_the_log() {
    let mut w = world();
    let (a, _) = w.join_dynamic("a");
    w.pass(3_000);
    w.immediate = false;
    let sync = w.sync(&a, 1, &[(&a, "all")]);
    assert!(w.waits(sync));
    assert_eq!(w.state(), GroupState::CompletingRebalance);
    w.commit_next();
    assert_eq!(w.synced(sync).assignment, "all");
    assert_eq!(w.state(), GroupState::Stable);
}

#[test]
fn an_assignment_that_cannot_be_written_sends_everybody_back_to_join() {
    let mut w = world();
    let (a, _) = w.join_dynamic("a");
    w.pass(3_000);
    w.immediate = false;
    let sync = w.sync(&a, 1, &[(&a, "all")]);
    w.fail_next(ErrorCode::NotEnoughReplicas);
    assert_eq!(w.synced(sync).error, ErrorCode::CoordinatorNotAvailable);
    assert_eq!(w.state(), GroupState::PreparingRebalance);
}

#[test]
fn an_assignment_that_comes_after_the_next_rebalance_began_is_dropped() {
    let mut w = world();
    let (a, _) = w.join_dynamic("a");
    w.pass(3_000);
    w.immediate = false;
    let sync = w.sync(&a, 1, &[(&a, "all")]);
    w.join_dynamic("b");
    assert_eq!(w.synced(sync).error, ErrorCode::RebalanceInProgress);
    w.commit_next();
    assert_eq!(w.state(), GroupState::PreparingRebalance);
}

#[test]
fn a_leader_that_syncs_twice_writes_one_assignment() {
    let mut w = world();
    let (a, _) = w.join_dynamic("a");
    w.pass(3_000);
    w.immediate = false;
    let first = w.sync(&a, 1, &[(&a, "one")]);
    let second = w.sync(&a, 1, &[(&a, "two")]);
    assert_eq!(w.writes.len(), 1);
    w.commit_next();
    assert_eq!(w.synced(first).error, ErrorCode::RebalanceInProgress);
    assert_eq!(w.synced(second).assignment, "one");
}

// Leaving

#[test]
fn the_last_member_to_leave_empties_the_group_and_the_log_knows() {
    let mut w = world();
    let a = w.stable("a");
    assert_eq!(w.leave(&[(&a, None), ("ghost", None)]), [ErrorCode::None, ErrorCode::UnknownMemberId]);
    assert_eq!(w.state(), GroupState::Empty);
    let Some(Record::Group { value: Some(last), .. }) = w.log.last() else { panic!("{:?}", w.log.last()) };
    assert_eq!((last.generation, last.members.len(), &*last.protocol_type), (2, 0, "consumer"));
}

#[test]
fn leaving_an_unknown_group_fails_member_by_member() {
    let mut w = world();
    assert_eq!(w.leave(&[("a", None), ("b", None)]), [ErrorCode::UnknownMemberId; 2]);
}

#[test]
fn a_pending_member_may_leave() {
    let mut w = world();
    w.join(joiner("app"));
    assert_eq!(w.leave(&[("app-uuid", None)]), [ErrorCode::None]);
}

#[test]
fn an_operator_removes_a_static_member_by_its_instance_alone() {
    let mut w = world();
    w.join(static_joiner("i", "1"));
    w.pass(3_000);
    assert_eq!(w.leave(&[("", Some("nobody")), ("", Some("i"))]), [ErrorCode::UnknownMemberId, ErrorCode::None]);
    assert_eq!(w.state(), GroupState::Empty);
}

// Static members

/// A stable group of static members `i` (leader, `i-1`) and `j` (`j-1`).
fn statics() -> World {
    let mut w = world();
    w.join(static_joiner("i", "1"));
    w.join(static_joiner("j", "1"));
    w.pass(6_000);
    w.sync("j-1", 1, &[]);
    w.sync("i-1", 1, &[("i-1", "I"), ("j-1", "J")]);
    assert_eq!(w.state(), GroupState::Stable);
    w
}

#[test]
fn a_static_member_that_restarts_takes_its_place_again_without_a_rebalance() {
    let mut w = statics();
    let join = w.join(static_joiner("j", "2"));
    let answer = w.joined(join);
    assert_eq!((answer.generation, &*answer.member_id, &*answer.leader), (1, "j-2", "i-1"));
    assert_eq!((answer.skip_assignment, answer.members.len()), (false, 0));
    assert_eq!(w.state(), GroupState::Stable);
    let sync = w.sync("j-2", 1, &[]);
    assert_eq!(w.synced(sync).assignment, "J");
    w.fail_over();
    assert_eq!(w.beat("j-2", 1), ErrorCode::None);
}

#[test]
fn a_static_leader_that_restarts_is_told_to_skip_the_assignment() {
    let mut w = statics();
    let join = w.join(static_joiner("i", "2"));
    let answer = w.joined(join);
    assert_eq!((&*answer.leader, answer.skip_assignment, answer.members.len()), ("i-2", true, 2));
}

#[test]
fn a_static_leader_that_cannot_skip_does_not_learn_that_it_leads() {
    let mut w = statics();
    let join = w.join(Join { supports_skip_assignment: false, ..static_joiner("i", "2") });
    let answer = w.joined(join);
    assert_eq!((&*answer.leader, &*answer.member_id, answer.members.len()), ("i-1", "i-2", 0));
}

#[test]
fn a_static_member_whose_new_id_did_not_reach_the_log_has_its_old_one_again() {
    let mut w = statics();
    let before = w.shard.describe(GROUP);
    w.immediate = false;
    let first = w.join(static_joiner("i", "2"));
    let second = w.join(static_joiner("i", "3"));
    w.fail_next(ErrorCode::NotEnoughReplicas);
    assert_eq!(w.joined(first).error, ErrorCode::CoordinatorNotAvailable);
    assert!(w.waits(second));
    w.fail_next(ErrorCode::NotEnoughReplicas);
    assert_eq!(w.joined(second).error, ErrorCode::CoordinatorNotAvailable);
    assert_eq!(w.shard.describe(GROUP), before, "not even the second of two replacements is remembered");
    w.fail_over();
    assert_eq!(w.shard.describe(GROUP), before, "as the log has it");

    let third = w.join(static_joiner("i", "4"));
    let fourth = w.join(static_joiner("i", "5"));
    w.commit_next();
    w.fail_next(ErrorCode::NotEnoughReplicas);
    assert_eq!(w.joined(third).error, ErrorCode::None);
    assert_eq!(w.joined(fourth).error, ErrorCode::CoordinatorNotAvailable);
    let live = w.shard.describe(GROUP);
    w.fail_over();
    assert_eq!(w.shard.describe(GROUP), live, "the third's id is the one that is written");
}

#[test]
fn the_old_id_of_a_static_member_is_fenced() {
    let mut w = statics();
    w.join(static_joiner("j", "2"));
    let old = w.send(Command::Sync(Sync { instance_id: Some("j".into()), ..syncer("j-1", 1, &[]) }));
    assert_eq!(w.synced(old).error, ErrorCode::FencedInstanceId);
    let join = w.join(Join { member_id: "j-1".into(), ..static_joiner("j", "x") });
    assert_eq!(w.joined(join).error, ErrorCode::FencedInstanceId);
    let stranger = w.join(Join { member_id: "k-1".into(), ..static_joiner("k", "x") });
    assert_eq!(w.joined(stranger).error, ErrorCode::UnknownMemberId);
}

#[test]
fn a_static_member_that_returns_during_a_rebalance_fences_the_request_of_the_old_one() {
    let mut w = world();
    let old = w.join(static_joiner("i", "1"));
    let new = w.join(static_joiner("i", "2"));
    assert_eq!(w.joined(old).error, ErrorCode::FencedInstanceId);
    w.pass(6_000);
    assert_eq!((w.joined(new).generation, &*w.joined(new).leader), (1, "i-2"));
}

#[test]
fn a_static_member_that_is_away_keeps_its_place_through_a_rebalance_until_its_session_ends() {
    let mut w = world();
    let patient = |instance: &str| Join { session_timeout_ms: 100_000, ..static_joiner(instance, "1") };
    w.join(patient("i"));
    w.join(patient("j"));
    w.pass(6_000);
    w.sync("j-1", 1, &[]);
    w.sync("i-1", 1, &[]);
    let join = w.join(Join { member_id: "i-1".into(), ..patient("i") });
    w.pass(60_000);
    assert_eq!((w.joined(join).generation, w.joined(join).members.len()), (2, 2));
    w.sync("i-1", 2, &[]);
    w.pass(39_999);
    assert_eq!(w.shard.describe(GROUP).unwrap().members.len(), 2);
}

#[test]
fn a_static_member_with_other_protocols_starts_a_rebalance() {
    let mut w = world();
    let both = |fresh: &str| Join {
        protocols: vec![protocol("range", &["t"]), protocol("sticky", &["t"])],
        ..static_joiner("i", fresh)
    };
    w.join(both("1"));
    w.pass(3_000);
    w.sync("i-1", 1, &[]);
    let join = w.join(Join { protocols: vec![protocol("sticky", &["t"])], ..static_joiner("i", "2") });
    assert_eq!((w.joined(join).generation, w.joined(join).protocol.as_deref()), (2, Some("sticky")));
}

// Fail-over

#[test]
fn another_coordinator_finds_the_group_stable_with_its_assignments() {
    let mut w = world();
    let a = w.stable("a");
    assert_eq!(w.commit(&a, 1, "t", 5), ErrorCode::None);
    w.fail_over();
    assert_eq!((w.state(), w.committed("t")), (GroupState::Stable, Some(5)));
    assert_eq!(w.beat(&a, 1), ErrorCode::None);
    let sync = w.sync(&a, 1, &[]);
    assert_eq!(w.synced(sync).assignment, "all");
    w.pass(10_000);
    assert_eq!(w.state(), GroupState::Empty, "sessions run anew from the fail-over on");
}

#[test]
fn requests_parked_at_a_coordinator_that_loses_its_partition_look_for_the_next_one() {
    let mut w = world();
    let (_, join) = w.join_dynamic("a");
    w.fail_over();
    assert_eq!(w.joined(join).error, ErrorCode::NotCoordinator);
}

#[test]
fn a_group_above_the_limit_shrinks_when_it_is_loaded() {
    let mut w = statics();
    w.config.max_size = 1;
    w.fail_over();
    assert_eq!(w.state(), GroupState::PreparingRebalance);
    let first = w.join(Join { member_id: "j-1".into(), ..static_joiner("j", "x") });
    let second = w.join(Join { member_id: "i-1".into(), ..static_joiner("i", "x") });
    assert_eq!(w.joined(second).error, ErrorCode::GroupMaxSizeReached);
    assert!(w.waits(first));
}

// Offsets

#[test]
fn commits_are_checked_against_the_group() {
    let mut w = world();
    assert_eq!(w.commit("a", 3, "t", 1), ErrorCode::GroupIdNotFound);
    let (a, _) = w.join_dynamic("a");
    w.pass(3_000);
    assert_eq!(w.commit(&a, 1, "t", 1), ErrorCode::RebalanceInProgress, "it has no assignment yet");
    w.sync(&a, 1, &[]);
    assert_eq!(w.commit(&a, 1, "t", 1), ErrorCode::None);
    assert_eq!(w.commit(&a, 0, "t", 1), ErrorCode::IllegalGeneration);
    assert_eq!(w.commit("b", 1, "t", 1), ErrorCode::UnknownMemberId);
    assert_eq!(w.commit("", -1, "t", 1), ErrorCode::UnknownMemberId, "members are there to commit");
}

#[test]
fn a_consumer_without_group_management_makes_a_simple_group() {
    let mut w = world();
    assert_eq!(w.commit("", -1, "t", 42), ErrorCode::None);
    assert_eq!((w.state(), w.committed("t")), (GroupState::Empty, Some(42)));
    assert_eq!(&*w.shard.list().next().unwrap().protocol_type, "");
    w.fail_over();
    assert_eq!((w.state(), w.committed("t")), (GroupState::Empty, Some(42)));
}

#[test]
fn a_commit_is_seen_when_the_log_has_it_and_not_before() {
    let mut w = world();
    w.immediate = false;
    let to = w.send(Command::Commit(committer("", -1, "t", 42)));
    assert!(w.waits(to));
    assert_eq!(w.committed("t"), None);
    w.commit_next();
    assert_eq!(w.committed("t"), Some(42));
}

#[test]
fn a_commit_that_cannot_be_written_changes_nothing() {
    let mut w = world();
    w.commit("", -1, "t", 1);
    w.immediate = false;
    for (log, client) in [
        (ErrorCode::NotEnoughReplicas, ErrorCode::CoordinatorNotAvailable),
        (ErrorCode::NotLeaderOrFollower, ErrorCode::NotCoordinator),
        (ErrorCode::MessageTooLarge, ErrorCode::InvalidCommitOffsetSize),
    ] {
        let to = w.send(Command::Commit(committer("", -1, "t", 2)));
        w.fail_next(log);
        assert_eq!(w.answers[&to], Answer::Commit(vec![client]));
    }
    assert_eq!(w.committed("t"), Some(1));
}

#[test]
fn metadata_beyond_the_limit_fails_its_partition_alone() {
    let mut w = World::new(GroupConfig { offset_metadata_max: 4, ..GroupConfig::default() });
    let mut commit = committer("", -1, "t", 1);
    let mut big = commit.offsets[0].clone();
    (big.metadata, big.partition) = ("notes".into(), 1);
    commit.offsets.push(big);
    let to = w.send(Command::Commit(commit));
    assert_eq!(w.answers[&to], Answer::Commit(vec![ErrorCode::None, ErrorCode::OffsetMetadataTooLarge]));
}

#[test]
fn a_commit_keeps_the_session_alive() {
    let mut w = world();
    let a = w.stable("a");
    for n in 0..5 {
        w.pass(9_000);
        assert_eq!(w.commit(&a, 1, "t", n), ErrorCode::None);
    }
}

fn delete_offset(w: &mut World, topic: &str) -> Result<Vec<ErrorCode>, ErrorCode> {
    let partitions = vec![(Arc::from(topic), 0)];
    let to = w.send(Command::DeleteOffsets(DeleteOffsets { group: GROUP.into(), partitions }));
    match &w.answers[&to] {
        Answer::DeleteOffsets(answer) => answer.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn offsets_of_topics_that_members_read_cannot_be_deleted() {
    let mut w = world();
    assert_eq!(delete_offset(&mut w, "t"), Err(ErrorCode::GroupIdNotFound));
    let a = w.stable("a");
    w.commit(&a, 1, "t", 1);
    w.commit(&a, 1, "u", 1);
    assert_eq!(delete_offset(&mut w, "t"), Ok(vec![ErrorCode::GroupSubscribedToTopic]));
    assert_eq!(delete_offset(&mut w, "u"), Ok(vec![ErrorCode::None]));
    assert_eq!((w.committed("t"), w.committed("u")), (Some(1), None));
}

#[test]
fn a_commit_on_its_way_does_not_outlive_the_deletion_of_its_offset() {
    let mut w = world();
    w.commit("", -1, "other", 1);
    w.immediate = false;
    w.send(Command::Commit(committer("", -1, "t", 42)));
    let partitions = vec![(Arc::from("t"), 0)];
    w.send(Command::DeleteOffsets(DeleteOffsets { group: GROUP.into(), partitions }));
    w.commit_next();
    w.commit_next();
    assert_eq!(w.committed("t"), None);
}

#[test]
fn only_an_empty_group_can_be_deleted_and_its_offsets_go_with_it() {
    let mut w = world();
    assert_eq!(w.delete_group(), ErrorCode::GroupIdNotFound);
    let a = w.stable("a");
    w.commit(&a, 1, "t", 1);
    assert_eq!(w.delete_group(), ErrorCode::NonEmptyGroup);
    w.leave(&[(&a, None)]);
    assert_eq!(w.delete_group(), ErrorCode::None);
    assert_eq!((w.shard.group_count(), w.committed("t")), (0, None));
    w.fail_over();
    assert_eq!((w.shard.group_count(), w.committed("t")), (0, None));
}

#[test]
fn whoever_joins_while_the_group_is_being_deleted_keeps_it() {
    let mut w = world();
    w.commit("", -1, "t", 1);
    w.immediate = false;
    w.send(Command::DeleteGroups(vec![GROUP.into()]));
    let (_, join) = w.join_dynamic("a");
    w.commit_next();
    w.pass(3_000);
    assert_eq!(w.joined(join).error, ErrorCode::None);
}

#[test]
fn offsets_of_an_empty_group_expire_together_a_week_after_it_emptied() {
    let mut w = world();
    let a = w.stable("a");
    w.commit(&a, 1, "t", 1);
    let week = 7 * 24 * 3_600_000;
    w.pass(9_000);
    w.leave(&[(&a, None)]);
    w.pass(week - 1_000_000);
    assert_eq!(w.committed("t"), Some(1));
    w.pass(2_000_000);
    assert_eq!((w.committed("t"), w.shard.group_count()), (None, 0));
}

#[test]
fn offsets_of_a_live_group_expire_for_topics_nobody_reads_any_more() {
    let mut w = World::new(GroupConfig { offsets_retention_ms: 1_200_000, ..GroupConfig::default() });
    let a = w.stable("a");
    w.commit(&a, 1, "t", 1);
    w.commit(&a, 1, "u", 1);
    for _ in 0..300 {
        w.pass(9_000);
        assert_eq!(w.beat(&a, 1), ErrorCode::None);
    }
    assert_eq!((w.committed("t"), w.committed("u")), (Some(1), None));
}

#[test]
fn a_simple_consumers_offset_expires_by_its_own_commit_or_by_the_retention_it_asked_for() {
    let mut w = world();
    w.commit("", -1, "default", 1);
    w.send(Command::Commit(Commit { retention_ms: Some(60_000), ..committer("", -1, "short", 1) }));
    w.pass(601_000);
    assert_eq!((w.committed("default"), w.committed("short")), (Some(1), None));
}

#[test]
fn expiry_waits_for_commits_on_their_way() {
    let mut w = World::new(GroupConfig { offsets_retention_ms: 1_000, ..GroupConfig::default() });
    w.commit("", -1, "t", 1);
    w.immediate = false;
    w.pass(599_000);
    w.send(Command::Commit(committer("", -1, "t", 2)));
    w.pass(2_000);
    w.commit_next();
    assert_eq!((w.committed("t"), w.writes.len()), (Some(2), 0));
}

#[test]
fn a_deleted_topic_takes_its_offsets_along() {
    let mut w = world();
    w.commit("", -1, "t", 1);
    w.commit("", -1, "u", 2);
    w.send(Command::ForgetTopics(vec!["t".into()]));
    assert_eq!((w.committed("t"), w.committed("u")), (None, Some(2)));
}

#[test]
fn a_group_that_is_not_stable_shows_its_members_without_their_metadata() {
    let mut w = world();
    let (_, _) = w.join_dynamic("a");
    let shown = w.shard.describe(GROUP).unwrap();
    assert_eq!((shown.state.name(), &*shown.protocol), ("PreparingRebalance", ""));
    assert!(shown.members[0].metadata.is_empty());
    let mut w = world();
    w.stable("a");
    let shown = w.shard.describe(GROUP).unwrap();
    assert_eq!((shown.state.name(), &*shown.protocol), ("Stable", "range"));
    assert_eq!((&shown.members[0].metadata, &*shown.members[0].assignment), (&subscription(&["t"]), &b"all"[..]));
    assert_eq!(&*shown.members[0].client_host, "/127.0.0.1");
}
