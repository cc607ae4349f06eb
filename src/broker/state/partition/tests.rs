//! The rules of leading, by example and by chance.

use proptest::prelude::*;

use super::*;

const NOW: TimestampMs = TimestampMs(1_000_000);
const LAG: i64 = 30_000;
const ACTIVE: Standing = Standing { epoch: Some(9), active: true };

fn ids(list: &[i32]) -> Replicas {
    list.iter().map(|&id| BrokerId(id)).collect()
}

const fn rules(min_insync: usize) -> IsrRules {
    IsrRules { min_insync, max_lag_ms: LAG }
}

const fn ends(end: i64) -> LogEnds {
    LogEnds { end: Offset(end), counted: Offset(end) }
}

/// Broker 1 leads brokers 2 and 3 in term 4, from offset `log_end` on.
fn led_from(isr: &[i32], log_end: i64) -> PartitionState {
    let assignment = Assignment {
        leader: BrokerId(1),
        leader_epoch: LeaderEpoch(4),
        partition_epoch: 7,
        replicas: ids(&[1, 2, 3]),
        isr: ids(isr),
    };
    let mut state = PartitionState::new(BrokerId(1), assignment, Offset::ZERO);
    state.begin(Offset(log_end), NOW);
    state
}

fn led(isr: &[i32]) -> PartitionState {
    led_from(isr, 0)
}

fn fetch(follower: i32, offset: i64) -> FollowerFetch {
    FollowerFetch {
        follower: BrokerId(follower),
        broker_epoch: 9,
        offset: Offset(offset),
        log_start: Offset::ZERO,
        knows_epoch: true,
    }
}

/// A fetch of an active broker, under `min.insync.replicas` of 1.
fn fetched(state: &mut PartitionState, follower: i32, offset: i64, log_end: i64, after_ms: i64) -> Fetched {
    state.follower_fetched(&fetch(follower, offset), ACTIVE, ends(log_end), rules(1), NOW + after_ms).unwrap()
}

fn accepted(partition_epoch: i32, isr: &[i32]) -> AlterOutcome {
    AlterOutcome::Accepted { leader_epoch: LeaderEpoch(4), partition_epoch, isr: ids(isr) }
}

fn isr(state: &PartitionState) -> Vec<i32> {
    state.assignment().isr.iter().map(|id| id.get()).collect()
}

#[test]
fn the_high_watermark_is_the_slowest_in_sync_replica() {
    let mut state = led(&[1, 2]);
    assert!(!state.advance(Offset(10), rules(1), NOW), "the follower has shown nothing yet");
    assert!(fetched(&mut state, 2, 6, 10, 0).advanced);
    assert_eq!(state.high_watermark(), Offset(6));
    assert!(!fetched(&mut state, 2, 5, 10, 0).advanced, "it never goes back");
    assert_eq!(state.high_watermark(), Offset(6));
}

#[test]
fn what_is_not_durable_at_the_leader_does_not_count() {
    let mut state = led(&[1, 2]);
    let log = LogEnds { end: Offset(10), counted: Offset(4) };
    assert!(state.follower_fetched(&fetch(2, 10), ACTIVE, log, rules(1), NOW).unwrap().advanced);
    assert_eq!(state.high_watermark(), Offset(4));
}

#[test]
fn too_few_in_sync_replicas_stop_acks_all_and_the_high_watermark() {
    let mut state = led(&[1]);
    assert_eq!(state.judge_append(Acks::All, 2), Err(ErrorCode::NotEnoughReplicas));
    assert_eq!(state.judge_append(Acks::Leader, 2), Ok(LeaderEpoch(4)));
    assert_eq!(state.judge_committed(2), Err(ErrorCode::NotEnoughReplicasAfterAppend));
    assert!(!state.advance(Offset(3), rules(2), NOW));
    assert!(state.advance(Offset(3), rules(1), NOW));
    assert_eq!(state.judge_append(Acks::All, 9), Err(ErrorCode::NotEnoughReplicas), "of three replicas, three");
}

#[test]
fn a_client_in_another_term_is_told_which_side_is_behind() {
    let state = led(&[1]);
    assert_eq!(state.check_leader(LeaderEpoch(3)), Err(ErrorCode::FencedLeaderEpoch));
    assert_eq!(state.check_leader(LeaderEpoch(5)), Err(ErrorCode::UnknownLeaderEpoch));
    assert_eq!(state.check_leader(LeaderEpoch::NONE), Ok(()));
}

#[test]
fn an_older_assignment_changes_nothing() {
    let mut state = led(&[1, 2, 3]);
    let old = Assignment { partition_epoch: 6, leader: BrokerId(9), ..state.assignment().clone() };
    assert_eq!(state.assign(old, Offset(0), NOW), Assigned::Stale);
    assert!(state.is_leader());
}

#[test]
fn a_follower_that_has_everything_committed_joins_and_counts_at_once() {
    let mut state = led(&[1]);
    assert!(state.advance(Offset(10), rules(1), NOW));
    assert_eq!(fetched(&mut state, 2, 9, 10, 0).proposal, None, "it lacks a committed record");
    let proposal = fetched(&mut state, 2, 10, 10, 1).proposal.expect("it has all of them");
    assert_eq!((proposal.leader_epoch, proposal.partition_epoch), (LeaderEpoch(4), 7));
    assert_eq!(proposal.isr.to_vec(), [(BrokerId(1), -1), (BrokerId(2), 9)]);
    assert!(!state.advance(Offset(12), rules(1), NOW + 2), "it is about to join, so it must have what comes");
    assert_eq!(state.judge_committed(2), Ok(()), "it counts among those in sync");
    assert_eq!(state.judge_append(Acks::All, 2), Err(ErrorCode::NotEnoughReplicas), "but not before it is");
    assert_eq!(fetched(&mut state, 3, 12, 12, 2).proposal, None, "one change at a time");
    assert_eq!(state.altered(&proposal, &accepted(8, &[1, 2])), Altered::Committed);
    assert_eq!((isr(&state), state.assignment().partition_epoch), (vec![1, 2], 8));
    let next = fetched(&mut state, 3, 12, 12, 3).proposal.expect("the way is free");
    assert_eq!(next.partition_epoch, 8);
}

#[test]
fn a_follower_joins_only_with_all_that_stood_there_when_the_term_began() {
    let mut state = led_from(&[1], 10);
    assert_eq!(state.high_watermark(), Offset(0), "nobody knows yet what is committed");
    assert_eq!(fetched(&mut state, 2, 9, 10, 0).proposal, None);
    assert!(fetched(&mut state, 2, 10, 10, 0).proposal.is_some());
}

#[test]
fn brokers_that_are_fenced_leaving_or_of_another_life_do_not_join() {
    let standings = [
        Standing { epoch: Some(9), active: false },
        Standing { epoch: Some(8), active: true },
        Standing { epoch: None, active: true },
    ];
    for standing in standings {
        let mut state = led(&[1]);
        let fetched = state.follower_fetched(&fetch(2, 0), standing, ends(0), rules(1), NOW).unwrap();
        assert_eq!(fetched.proposal, None, "{standing:?}");
    }
    let mut state = led(&[1]);
    let unnamed = FollowerFetch { broker_epoch: -1, ..fetch(2, 0) };
    assert!(state.follower_fetched(&unnamed, ACTIVE, ends(0), rules(1), NOW).unwrap().proposal.is_some());
}

#[test]
fn a_fetch_of_an_earlier_life_and_one_of_a_stranger_are_refused_and_leave_no_trace() {
    let mut state = led(&[1, 2]);
    let reborn = Standing { epoch: Some(10), active: true };
    let refused = |state: &mut PartitionState, fetch: FollowerFetch, standing| {
        state.follower_fetched(&fetch, standing, ends(5), rules(1), NOW).unwrap_err()
    };
    assert_eq!(refused(&mut state, fetch(2, 5), reborn), ErrorCode::NotLeaderOrFollower);
    assert_eq!(state.followers()[0].log_end, Offset::NONE);
    assert_eq!(refused(&mut state, fetch(7, 5), ACTIVE), ErrorCode::UnknownLeaderEpoch);
    let old = FollowerFetch { knows_epoch: false, ..fetch(7, 5) };
    assert_eq!(refused(&mut state, old, ACTIVE), ErrorCode::NotLeaderOrFollower);
}

#[test]
fn who_does_not_catch_up_for_too_long_is_proposed_to_leave_and_counts_until_it_has() {
    let mut state = led(&[1, 2, 3]);
    fetched(&mut state, 2, 10, 10, 0);
    fetched(&mut state, 3, 4, 10, 0);
    assert_eq!(state.shrink(Offset(10), rules(1), NOW + LAG), None, "not yet");
    let proposal = state.shrink(Offset(10), rules(1), NOW + LAG + 1).expect("broker 3 lags");
    assert_eq!(proposal.isr.iter().map(|(id, _)| id.get()).collect::<Vec<_>>(), [1, 2], "2 stands at the end");
    assert_eq!(state.shrink(Offset(10), rules(1), NOW + 2 * LAG), None, "one change at a time");
    assert!(!state.advance(Offset(10), rules(1), NOW + LAG + 1));
    assert_eq!(state.high_watermark(), Offset(4));
    assert_eq!(state.altered(&proposal, &accepted(8, &[1, 2])), Altered::Committed);
    assert!(state.advance(Offset(10), rules(1), NOW + LAG + 1));
    assert_eq!(state.high_watermark(), Offset(10));
}

#[test]
fn a_follower_of_a_busy_leader_is_in_sync_though_it_never_sees_the_end() {
    let mut state = led(&[1, 2]);
    for round in 0..100 {
        // Each fetch asks for what was the end at the one before.
        fetched(&mut state, 2, 10 * round, 10 * (round + 1), 1000 * round);
    }
    assert_eq!(state.shrink(Offset(2000), rules(1), NOW + (98_000 + LAG)), None);
    assert!(state.shrink(Offset(2000), rules(1), NOW + (99_000 + LAG + 1)).is_some(), "it has stopped since");
}

#[test]
fn a_caught_up_follower_out_of_sync_is_waited_for_until_its_broker_is_fenced() {
    let mut state = led(&[1]);
    let low = rules(1);
    let proposal = fetched(&mut state, 2, 0, 0, 0).proposal.unwrap();
    assert_eq!(state.altered(&proposal, &AlterOutcome::Refused(ErrorCode::IneligibleReplica)), Altered::Withdrawn);
    assert!(!state.advance(Offset(5), low, NOW + 1), "it is no more than a moment behind");
    assert!(state.broker_changed(BrokerId(2), Standing { epoch: Some(9), active: false }));
    assert!(state.advance(Offset(5), low, NOW + 2));
    assert!(!state.broker_changed(BrokerId(7), ACTIVE), "a stranger");
}

#[test]
fn whom_the_controller_takes_out_holds_nothing_back() {
    let mut state = led(&[1, 2, 3]);
    fetched(&mut state, 2, 10, 10, 0);
    fetched(&mut state, 3, 10, 10, 0);
    let fenced = Assignment { isr: ids(&[1, 2]), partition_epoch: 8, ..state.assignment().clone() };
    assert_eq!(state.assign(fenced, Offset(10), NOW + 1), Assigned::Updated);
    fetched(&mut state, 2, 20, 20, 2);
    assert_eq!(state.high_watermark(), Offset(20), "broker 3 was caught up a moment ago, and is gone");
}

#[test]
fn refusals_decide_whether_the_leader_asks_again_waits_or_goes_back() {
    let outcome = |code| {
        let mut state = led(&[1]);
        let proposal = fetched(&mut state, 2, 0, 0, 0).proposal.unwrap();
        let altered = state.altered(&proposal, &AlterOutcome::Refused(code));
        let asks_anew = fetched(&mut state, 2, 0, 0, 1).proposal.is_some();
        (altered, asks_anew)
    };
    assert_eq!(outcome(ErrorCode::IneligibleReplica), (Altered::Withdrawn, true));
    assert_eq!(outcome(ErrorCode::OperationNotAttempted), (Altered::Withdrawn, true));
    for code in [
        ErrorCode::UnknownTopicOrPartition,
        ErrorCode::UnknownTopicId,
        ErrorCode::FencedLeaderEpoch,
        ErrorCode::InvalidUpdateVersion,
        ErrorCode::InvalidRequest,
        ErrorCode::NewLeaderElected,
    ] {
        assert_eq!(outcome(code), (Altered::GivenUp, false), "{code:?}");
    }
    assert_eq!(outcome(ErrorCode::UnknownServerError), (Altered::Retry, false));
    assert_eq!(outcome(ErrorCode::RequestTimedOut), (Altered::Retry, false));
}

#[test]
fn an_answer_to_an_earlier_proposal_is_late() {
    let mut state = led(&[1]);
    let proposal = fetched(&mut state, 2, 0, 0, 0).proposal.unwrap();
    let newer = Assignment { partition_epoch: 8, isr: ids(&[1, 3]), ..state.assignment().clone() };
    state.assign(newer, Offset(0), NOW);
    assert_eq!(state.altered(&proposal, &accepted(9, &[1, 2])), Altered::Late);
    assert_eq!(isr(&state), [1, 3]);
    let again = fetched(&mut state, 2, 0, 0, 0).proposal.unwrap();
    assert_eq!(state.altered(&proposal, &AlterOutcome::Refused(ErrorCode::IneligibleReplica)), Altered::Late);
    assert_eq!(state.altered(&again, &accepted(9, &[1, 3, 2])), Altered::Committed);
}

/// KAFKA-12686: the metadata may tell of a change after its answer did, while the next one is under way already.
#[test]
fn metadata_that_says_what_the_answer_said_leaves_the_next_proposal_under_way() {
    let mut state = led(&[1]);
    let first = fetched(&mut state, 2, 0, 0, 0).proposal.unwrap();
    assert_eq!(state.altered(&first, &accepted(8, &[1, 2])), Altered::Committed);
    let second = fetched(&mut state, 3, 0, 0, 0).proposal.unwrap();
    let told = Assignment { partition_epoch: 8, isr: ids(&[1, 2]), ..state.assignment().clone() };
    assert_eq!(state.assign(told, Offset(0), NOW), Assigned::Updated);
    fetched(&mut state, 2, 5, 5, 0);
    assert_eq!(state.high_watermark(), Offset(0), "broker 3 may be in sync by now");
    assert_eq!(state.altered(&second, &accepted(9, &[1, 2, 3])), Altered::Committed);
}

#[test]
fn a_leader_elected_again_keeps_what_its_followers_showed_and_gives_them_time() {
    let mut state = led(&[1, 2]);
    fetched(&mut state, 2, 5, 5, 0);
    let again = Assignment { leader_epoch: LeaderEpoch(5), partition_epoch: 8, ..state.assignment().clone() };
    assert_eq!(state.assign(again, Offset(5), NOW + 2 * LAG), Assigned::Leads);
    assert_eq!(state.followers()[0].log_end, Offset(5));
    assert_eq!(state.shrink(Offset(9), rules(1), NOW + 3 * LAG), None);
    assert!(state.shrink(Offset(9), rules(1), NOW + 3 * LAG + 1).is_some());
}

#[test]
fn a_new_leader_waits_to_hear_of_every_in_sync_follower() {
    let mut state = led(&[2, 1]);
    let follows = Assignment {
        leader: BrokerId(2),
        leader_epoch: LeaderEpoch(5),
        partition_epoch: 8,
        ..state.assignment().clone()
    };
    fetched(&mut state, 2, 3, 3, 0);
    assert_eq!(state.assign(follows.clone(), Offset(3), NOW), Assigned::Follows);
    assert!(!state.advance(Offset(9), rules(1), NOW));
    assert_eq!(state.judge_append(Acks::Leader, 1), Err(ErrorCode::NotLeaderOrFollower));
    let leads = Assignment { leader: BrokerId(1), leader_epoch: LeaderEpoch(6), partition_epoch: 9, ..follows };
    assert_eq!(state.assign(leads, Offset(7), NOW), Assigned::Leads);
    assert!(!state.advance(Offset(7), rules(1), NOW), "what broker 2 showed to an earlier leader says nothing");
    assert!(fetched(&mut state, 2, 7, 7, 0).advanced);
}

#[test]
fn a_partition_without_followers_commits_what_it_appends_and_gets_followers_later() {
    let mut state = led(&[1]);
    let alone = Assignment { replicas: ids(&[1]), partition_epoch: 8, ..state.assignment().clone() };
    state.assign(alone.clone(), Offset(0), NOW);
    assert!(state.advance(Offset(5), rules(1), NOW));
    assert_eq!(fetched_err(&mut state, 2), ErrorCode::UnknownLeaderEpoch);
    let grown = Assignment { replicas: ids(&[1, 2]), partition_epoch: 9, ..alone };
    assert_eq!(state.assign(grown, Offset(6), NOW), Assigned::Updated);
    assert_eq!(fetched(&mut state, 2, 5, 6, 0).proposal, None);
    assert!(fetched(&mut state, 2, 6, 6, 0).proposal.is_some());
}

fn fetched_err(state: &mut PartitionState, follower: i32) -> ErrorCode {
    state.follower_fetched(&fetch(follower, 0), ACTIVE, ends(0), rules(1), NOW).unwrap_err()
}

#[test]
fn a_followers_high_watermark_is_its_leaders_as_far_as_its_log_reaches() {
    let mut state = led(&[1, 2]);
    let follows = Assignment {
        leader: BrokerId(2),
        leader_epoch: LeaderEpoch(5),
        partition_epoch: 8,
        ..state.assignment().clone()
    };
    state.assign(follows, Offset(10), NOW);
    assert!(state.follow(Offset(8), Offset(6)));
    assert_eq!(state.high_watermark(), Offset(6));
    assert!(!state.follow(Offset(3), Offset(6)), "what was committed stays so");
    state.clamp(Offset(0), Offset(4));
    assert_eq!(state.high_watermark(), Offset(4), "a log that was cut has no more");
}

#[test]
fn consumers_may_be_sent_to_in_sync_followers_that_have_the_offset() {
    let mut state = led(&[1, 2]);
    fetched(&mut state, 2, 8, 10, 0);
    fetched(&mut state, 3, 9, 10, 0);
    let at = |offset| state.readable_at(Offset(offset)).map(|f| f.id.get()).collect::<Vec<_>>();
    assert_eq!((at(8), at(9)), (vec![2], vec![]));
}

#[test]
fn the_low_watermark_is_the_smallest_start_of_all_that_count() {
    let mut state = led(&[1, 2]);
    assert_eq!(state.low_watermark(Offset(5)), Offset::NONE, "broker 2 has not told its start");
    let at_start = FollowerFetch { log_start: Offset(3), ..fetch(2, 8) };
    state.follower_fetched(&at_start, ACTIVE, ends(8), rules(1), NOW).unwrap();
    assert_eq!(state.low_watermark(Offset(5)), Offset(3));
    assert_eq!(state.low_watermark(Offset(2)), Offset(2));
}

/// What can happen to a leader of three replicas.
#[derive(Clone, Debug)]
enum Event {
    Append,
    /// A follower fetches and appends what it gets.
    Fetch(usize),
    /// Time goes by, and the leader looks for those that lag.
    Shrink(i64),
    /// The controller takes the proposal that is under way; its answer comes, or is lost.
    Decide {
        answered: bool,
    },
    /// The controller refuses it for good, or its answer was none.
    Refuse(ErrorCode),
    /// The controller fences a follower and takes it out.
    Fence(usize),
    /// It is back.
    Unfence(usize),
    /// The leader hears the controller's last word.
    Tell,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => Just(Event::Append),
        6 => (0..2usize).prop_map(Event::Fetch),
        2 => (1..2 * LAG).prop_map(Event::Shrink),
        3 => any::<bool>().prop_map(|answered| Event::Decide { answered }),
        1 => prop_oneof![
            Just(ErrorCode::IneligibleReplica),
            Just(ErrorCode::RequestTimedOut)
        ]
        .prop_map(Event::Refuse),
        1 => (0..2usize).prop_map(Event::Fence),
        1 => (0..2usize).prop_map(Event::Unfence),
        3 => Just(Event::Tell),
    ]
}

/// A leader, its followers' logs, and a controller that decides by versions.
struct World {
    state: PartitionState,
    /// The controller's word.
    word: Assignment,
    log_end: i64,
    follower_ends: [i64; 2],
    active: [bool; 2],
    under_way: Option<IsrProposal>,
    now: TimestampMs,
}

impl World {
    fn new() -> World {
        let state = led(&[1, 2, 3]);
        let word = state.assignment().clone();
        World { state, word, log_end: 0, follower_ends: [0; 2], active: [true; 2], under_way: None, now: NOW }
    }

    fn standing(&self, follower: usize) -> Standing {
        Standing { epoch: Some(9), active: self.active[follower] }
    }

    fn happen(&mut self, event: Event) {
        let rules = rules(1);
        self.now = self.now + 1;
        match event {
            Event::Append => self.log_end += 1,
            Event::Fetch(follower) => {
                let fetch = fetch(follower as i32 + 2, self.follower_ends[follower]);
                let standing = self.standing(follower);
                let fetched = self.state.follower_fetched(&fetch, standing, ends(self.log_end), rules, self.now);
                self.under_way = fetched.unwrap().proposal.or(self.under_way.take());
                self.follower_ends[follower] = self.log_end;
            }
            Event::Shrink(ms) => {
                self.now = self.now + ms;
                let proposal = self.state.shrink(Offset(self.log_end), rules, self.now);
                self.under_way = proposal.or(self.under_way.take());
            }
            Event::Decide { answered } => {
                let Some(proposal) = self.under_way.clone() else { return };
                let outcome = self.decide(&proposal);
                if answered && self.state.altered(&proposal, &outcome) != Altered::Retry {
                    self.under_way = None;
                }
            }
            Event::Refuse(code) => {
                let Some(proposal) = self.under_way.clone() else { return };
                // Only what the controller has not done may it say it did not do.
                if proposal.partition_epoch == self.word.partition_epoch
                    && self.state.altered(&proposal, &AlterOutcome::Refused(code)) != Altered::Retry
                {
                    self.under_way = None;
                }
            }
            Event::Fence(follower) => {
                self.active[follower] = false;
                self.word.isr.retain(|id| id.get() != follower as i32 + 2);
                self.word.partition_epoch += 1;
            }
            Event::Unfence(follower) => self.active[follower] = true,
            Event::Tell => {
                self.state.assign(self.word.clone(), Offset(self.log_end), self.now);
                for follower in 0..2 {
                    self.state.broker_changed(BrokerId(follower as i32 + 2), self.standing(follower));
                }
            }
        }
        self.state.advance(Offset(self.log_end), rules, self.now);
    }

    fn decide(&mut self, proposal: &IsrProposal) -> AlterOutcome {
        let active = |id: BrokerId| id.get() == 1 || self.active[id.get() as usize - 2];
        if proposal.partition_epoch != self.word.partition_epoch {
            return AlterOutcome::Refused(ErrorCode::InvalidUpdateVersion);
        }
        if !proposal.isr.iter().all(|(id, _)| active(*id)) {
            return AlterOutcome::Refused(ErrorCode::IneligibleReplica);
        }
        self.word.isr = proposal.isr.iter().map(|(id, _)| *id).collect();
        self.word.partition_epoch += 1;
        accepted(self.word.partition_epoch, &self.word.isr.iter().map(|id| id.get()).collect::<Vec<_>>())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whoever the controller may elect has everything that was ever committed, whatever answers are lost or late.
    #[test]
    fn every_replica_in_the_controllers_in_sync_set_has_all_that_is_committed(
        events in proptest::collection::vec(event(), 1..120)
    ) {
        let mut world = World::new();
        for event in events {
            let before = world.state.high_watermark();
            world.happen(event.clone());
            let high_watermark = world.state.high_watermark();
            prop_assert!(before <= high_watermark && high_watermark.get() <= world.log_end);
            for id in world.word.isr.iter().filter(|id| id.get() != 1) {
                let end = world.follower_ends[id.get() as usize - 2];
                prop_assert!(high_watermark.get() <= end, "{event:?}: broker {id} ends at {end}, committed is {high_watermark}");
            }
        }
    }

    /// Once everything is told and everyone fetches, everyone is in sync and everything committed.
    #[test]
    fn in_quiet_times_all_replicas_come_to_be_in_sync(events in proptest::collection::vec(event(), 0..60)) {
        let mut world = World::new();
        events.into_iter().for_each(|event| world.happen(event));
        for event in [Event::Unfence(0), Event::Unfence(1), Event::Tell] {
            world.happen(event);
        }
        for _ in 0..6 {
            for event in [Event::Fetch(0), Event::Fetch(1), Event::Decide { answered: true }, Event::Tell] {
                world.happen(event);
            }
        }
        prop_assert_eq!(world.word.isr.len(), 3);
        prop_assert_eq!(world.state.high_watermark().get(), world.log_end);
    }
}
