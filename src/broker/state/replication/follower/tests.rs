//! Logs that part and find together again, by the scripts of KIP-101 and KIP-279, and by chance.

use proptest::prelude::*;

use super::*;

const NOW: TimestampMs = TimestampMs(1_000);
const BACKOFF: i64 = 1_000;

/// A log as far as replication sees it: the epoch and a name of every record, from `start` on.
#[derive(Clone, Debug, Default, PartialEq)]
struct MemLog {
    start: i64,
    records: Vec<(i32, u32)>,
    /// Where terms begin, also those without a record.
    epochs: Vec<(i32, i64)>,
}

impl MemLog {
    fn end_offset(&self) -> i64 {
        self.start + self.records.len() as i64
    }

    /// What `LeaderEpochFileCache.assign` does.
    fn note(&mut self, epoch: i32, start: i64) {
        if self.epochs.last().is_none_or(|(latest, _)| *latest != epoch) {
            self.epochs.retain(|(e, s)| *e < epoch && *s < start);
            self.epochs.push((epoch, start));
        }
    }

    fn append(&mut self, epoch: i32, name: u32) {
        self.note(epoch, self.end_offset());
        self.records.push((epoch, name));
    }

    fn of(records: &[(i32, u32)]) -> MemLog {
        let mut log = MemLog::default();
        records.iter().for_each(|&(epoch, name)| log.append(epoch, name));
        log
    }

    fn truncate(&mut self, to: i64) {
        if to < self.start {
            return self.start_over(to);
        }
        self.records.truncate((to - self.start) as usize);
        let end = self.end_offset();
        self.epochs.retain(|(_, start)| *start < end);
    }

    fn start_over(&mut self, at: i64) {
        *self = MemLog { start: at, ..MemLog::default() };
    }

    fn delete_below(&mut self, start: i64) {
        self.records.drain(..(start - self.start) as usize);
        self.start = start;
        let holder = self.epochs.iter().rposition(|(_, s)| *s <= start).unwrap_or(0);
        self.epochs.drain(..holder);
        self.epochs.iter_mut().for_each(|(_, s)| *s = (*s).max(start));
    }

    /// How a leader answers a fetch: records behind the position, an error, or where the logs part.
    fn serve(&self, position: &Position) -> (FetchAnswer, &[(i32, u32)]) {
        let answer = |error, diverging| FetchAnswer { error, diverging };
        if position.last_epoch != LeaderEpoch::NONE {
            let (epoch, end) = self.end_offset_for_epoch(position.last_epoch);
            if epoch == LeaderEpoch::NONE {
                return (answer(ErrorCode::OffsetOutOfRange, None), &[]);
            }
            if epoch < position.last_epoch || end < position.offset {
                return (answer(ErrorCode::None, Some((epoch, end))), &[]);
            }
        }
        if position.offset.0 < self.start || position.offset.0 > self.end_offset() {
            return (answer(ErrorCode::OffsetOutOfRange, None), &[]);
        }
        (answer(ErrorCode::None, None), &self.records[(position.offset.0 - self.start) as usize..])
    }
}

impl ReplicaLog for MemLog {
    fn end(&self) -> Offset {
        Offset(self.end_offset())
    }

    fn latest_epoch(&self) -> LeaderEpoch {
        self.epochs.last().map_or(LeaderEpoch::NONE, |(epoch, _)| LeaderEpoch(*epoch))
    }

    fn end_offset_for_epoch(&self, epoch: LeaderEpoch) -> (LeaderEpoch, Offset) {
        if self.epochs.last().is_some_and(|(latest, _)| *latest == epoch.0) {
            return (epoch, self.end());
        }
        let floor = self.epochs.iter().rfind(|(e, _)| *e <= epoch.0);
        match (floor, self.epochs.iter().find(|(e, _)| *e > epoch.0)) {
            (_, None) => (LeaderEpoch::NONE, Offset::NONE),
            (None, Some((_, start))) => (epoch, Offset(*start)),
            (Some((e, _)), Some((_, start))) => (LeaderEpoch(*e), Offset(*start)),
        }
    }
}

/// A follower with its log.
struct Follows {
    log: MemLog,
    state: FollowerState,
    cuts: Vec<i64>,
}

impl Follows {
    fn new(epoch: i32, log: MemLog) -> Follows {
        let state = FollowerState::new(LeaderEpoch(epoch), &log);
        Follows { log, state, cuts: Vec::new() }
    }

    fn carry_out(&mut self, action: Action, records: &[(i32, u32)]) {
        match action {
            Action::Nothing => return,
            Action::Append => {
                records.iter().for_each(|&(epoch, name)| self.log.append(epoch, name));
                return self.state.appended(&self.log);
            }
            Action::Truncate(to) => {
                self.cuts.push(to.0);
                self.log.truncate(to.0);
            }
            Action::StartOver(at) => {
                self.cuts.push(at.0);
                self.log.start_over(at.0);
            }
        }
        self.state.truncated(&self.log);
    }

    /// Asks a leader once. Whether anything was wanted.
    fn ask(&mut self, leader: &MemLog, now: TimestampMs) -> bool {
        let (action, records) = match self.state.wants(now) {
            None => return false,
            Some(Want::Records(position)) => {
                let (answer, records) = leader.serve(&position);
                (self.state.answered(&position, &answer, &self.log, now, BACKOFF), records)
            }
            Some(Want::LeaderEnd(epoch)) => {
                (self.state.located(epoch, Ok(leader.end()), &self.log, now, BACKOFF), &[][..])
            }
            Some(Want::LeaderStart(epoch)) => {
                (self.state.located(epoch, Ok(Offset(leader.start)), &self.log, now, BACKOFF), &[][..])
            }
        };
        self.carry_out(action, records);
        true
    }

    /// Asks until it has what the leader has.
    fn catch_up(&mut self, leader: &MemLog) {
        for round in 0.. {
            self.ask(leader, NOW + round * BACKOFF);
            if self.log.end() == leader.end() && self.log.latest_epoch() == leader.latest_epoch() {
                return;
            }
            assert!(round < 100, "{:?} does not come to {leader:?}", self.log);
        }
    }

    fn position(&self) -> (i32, i64, i32) {
        let Position { leader_epoch, offset, last_epoch } = self.state.position();
        (leader_epoch.0, offset.0, last_epoch.0)
    }
}

/// KIP-101, first scenario: cutting to the high watermark would lose a record that the next leader has acknowledged.
#[test]
fn a_follower_that_comes_back_keeps_what_it_has_whatever_its_high_watermark() {
    let mut b = Follows::new(0, MemLog::of(&[(0, 1), (0, 2)]));
    assert_eq!(b.position(), (0, 2, 0));
    b.catch_up(&MemLog::of(&[(0, 1), (0, 2)]));
    assert!(b.cuts.is_empty());
}

/// KIP-101, second scenario: two brokers lost power, and each came back as leader with a record of its own.
#[test]
fn logs_of_one_length_with_records_of_different_terms_are_brought_together() {
    let leader = MemLog::of(&[(0, 1), (1, 3)]);
    let mut a = Follows::new(1, MemLog::of(&[(0, 1), (0, 2)]));
    a.catch_up(&leader);
    assert_eq!((&a.log, a.cuts), (&leader, vec![1]));
}

/// KIP-279: the leader answers with a term that the follower never saw.
#[test]
fn terms_that_only_one_side_knows_take_another_question_each() {
    let leader = MemLog::of(&[(0, 0), (0, 1), (2, 2), (2, 3), (4, 4)]);
    let mut follower = Follows::new(4, MemLog::of(&[(0, 0), (1, 11), (1, 12), (3, 13)]));
    follower.catch_up(&leader);
    assert_eq!(follower.log, leader);
    assert_eq!(follower.cuts, [3, 1], "first what is of term 3, then what is of term 1");
}

#[test]
fn a_term_in_which_a_follower_led_and_wrote_nothing_is_forgotten() {
    let mut log = MemLog::of(&[(0, 1), (0, 2)]);
    log.note(1, 2);
    let leader = MemLog::of(&[(0, 1), (0, 2), (2, 3)]);
    let mut follower = Follows::new(2, log);
    assert_eq!(follower.position(), (2, 2, 1));
    follower.catch_up(&leader);
    assert_eq!((&follower.log, follower.cuts), (&leader, vec![2]), "no record was cut");
}

#[test]
fn a_follower_that_ends_before_the_leader_begins_starts_over_there() {
    let mut leader = MemLog::of(&[(0, 0), (0, 1), (1, 2), (1, 3)]);
    leader.delete_below(3);
    for records in [&[][..], &[(0, 0)]] {
        let mut follower = Follows::new(1, MemLog::of(records));
        follower.catch_up(&leader);
        assert_eq!(follower.log, leader);
    }
}

#[test]
fn a_follower_ahead_of_its_leader_after_an_unclean_election_is_cut_to_its_end() {
    let mut leader = MemLog::of(&[(0, 0), (0, 1)]);
    let mut follower = Follows::new(3, MemLog::of(&[(0, 0), (0, 1), (0, 2), (0, 3)]));
    follower.ask(&leader, NOW);
    assert_eq!(follower.log.records.len(), 2);
    leader.append(3, 9);
    follower.catch_up(&leader);
    assert_eq!(follower.log, leader);
}

#[test]
fn a_leader_that_knows_none_of_the_terms_is_asked_where_it_ends_and_begins() {
    let mut follower = Follows::new(5, MemLog::of(&[(4, 0), (4, 1)]));
    let leader = MemLog::of(&[(1, 7)]);
    follower.ask(&leader, NOW);
    assert_eq!(follower.state.wants(NOW), Some(Want::LeaderEnd(LeaderEpoch(5))));
    follower.ask(&leader, NOW);
    assert_eq!(follower.cuts, [1]);
}

#[test]
fn an_answer_to_a_position_that_is_left_does_nothing() {
    let log = MemLog::of(&[(0, 0)]);
    let mut state = FollowerState::new(LeaderEpoch(2), &log);
    let good = FetchAnswer { error: ErrorCode::None, diverging: None };
    let here = state.position();
    for sent in [
        Position { leader_epoch: LeaderEpoch(1), ..here },
        Position { offset: Offset(0), ..here },
        Position { last_epoch: LeaderEpoch(1), ..here },
    ] {
        assert_eq!(state.answered(&sent, &good, &log, NOW, BACKOFF), Action::Nothing, "{sent:?}");
    }
    assert_eq!(state.answered(&here, &good, &log, NOW, BACKOFF), Action::Append);
    state.delay(NOW, BACKOFF);
    assert_eq!(state.answered(&here, &good, &log, NOW, BACKOFF), Action::Nothing, "it came after it was given up");
}

fn refuse(state: &mut FollowerState, error: ErrorCode, now: TimestampMs) {
    let here = state.position();
    let answer = FetchAnswer { error, diverging: None };
    assert_eq!(state.answered(&here, &answer, &MemLog::default(), now, BACKOFF), Action::Nothing);
}

#[test]
fn an_error_makes_a_follower_come_again_later_and_a_newer_term_makes_it_wait_for_the_controller() {
    for error in [ErrorCode::KafkaStorageError, ErrorCode::UnknownServerError, ErrorCode::InconsistentTopicId] {
        let mut state = FollowerState::new(LeaderEpoch(2), &MemLog::default());
        refuse(&mut state, error, NOW);
        assert_eq!((state.wants(NOW), state.next_deadline()), (None, Some(NOW + BACKOFF)), "{error:?}");
        assert!(state.wants(NOW + BACKOFF).is_some());
    }
    let mut state = FollowerState::new(LeaderEpoch(2), &MemLog::default());
    refuse(&mut state, ErrorCode::FencedLeaderEpoch, NOW);
    assert_eq!((state.wants(NOW + BACKOFF), state.next_deadline()), (None, None));
}

#[test]
fn a_leader_that_has_not_heard_of_its_term_is_asked_again_soon_and_then_less_often() {
    for error in [ErrorCode::UnknownLeaderEpoch, ErrorCode::NotLeaderOrFollower, ErrorCode::UnknownTopicId] {
        let mut state = FollowerState::new(LeaderEpoch(2), &MemLog::default());
        let mut now = NOW;
        let mut pauses = Vec::new();
        for _ in 0..9 {
            refuse(&mut state, error, now);
            let next = state.next_deadline().unwrap();
            pauses.push(next - now);
            now = next;
        }
        assert_eq!(pauses, [15, 31, 62, 125, 250, 500, 1000, 1000, 1000]);
        state.appended(&MemLog::default());
        refuse(&mut state, error, now);
        assert_eq!(state.next_deadline(), Some(now + 15));
    }
}

#[test]
fn damaged_records_are_fetched_again_and_a_failed_disk_ends_it() {
    let log = MemLog::default();
    let mut state = FollowerState::new(LeaderEpoch(2), &log);
    state.append_failed(AppendFailure::Records, NOW, BACKOFF);
    assert_eq!((state.wants(NOW), state.wants(NOW + BACKOFF).is_some()), (None, true));
    state.append_failed(AppendFailure::Storage, NOW, BACKOFF);
    assert!(state.is_stopped());
}

/// A history of one partition: terms with the records of each. Logs are made of it as elections make them.
fn history() -> impl Strategy<Value = (MemLog, MemLog)> {
    let turn = (0..2usize, 0..4usize, any::<bool>());
    (proptest::collection::vec(turn, 1..12), 0..3usize).prop_map(|(turns, common)| {
        let mut logs = [MemLog::default(), MemLog::default()];
        let mut name = 0;
        for (epoch, (leader, records, silent)) in turns.into_iter().enumerate() {
            let (epoch, log) = (epoch as i32, &mut logs[leader]);
            if silent {
                log.note(epoch, log.end_offset());
            }
            for _ in 0..records {
                name += 1;
                log.append(epoch, name);
            }
            if epoch < common as i32 {
                logs[1 - leader] = logs[leader].clone();
            }
        }
        let [a, b] = logs;
        // The leader of the next term begins it.
        let mut leader = a;
        leader.note(100, leader.end_offset());
        leader.append(100, 1_000);
        (leader, b)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Two logs of one history, however they parted: the follower ends with its leader's, and what they had in common
    /// is never cut.
    #[test]
    fn a_follower_always_ends_with_its_leaders_log((leader, log) in history()) {
        let common = leader.records.iter().zip(&log.records).take_while(|(a, b)| a == b).count();
        let mut follower = Follows::new(100, log);
        follower.catch_up(&leader);
        prop_assert_eq!(&follower.log.records, &leader.records);
        prop_assert!(follower.cuts.iter().all(|to| *to >= common as i64), "{:?} of {} in common", follower.cuts, common);
    }
}
