//! Moves by script, and by property: whatever happens to the current log, what is swapped in is the same log.

use proptest::prelude::*;

use super::*;
use crate::model::ErrorCode;

const TO: Uuid = Uuid(7);
const NOW: TimestampMs = TimestampMs(1_000_000);

fn seen(current: (i64, i64), copy: (i64, i64)) -> Seen {
    let span = |(start, end)| Span { start: Offset(start), end: Offset(end) };
    let (current, copy) = (span(current), span(copy));
    let near = copy.end == current.end;
    Seen { current, copy, parted: None, near, told: Told::No, throttled_ms: 0 }
}

#[test]
fn a_copy_that_lacks_records_is_given_them() {
    assert_eq!(Move::new(TO).next(&seen((0, 10), (0, 4)), NOW), Step::Copy);
}

#[test]
fn a_throttled_copy_waits_but_not_for_long() {
    let mut moving = Move::new(TO);
    let throttled = Seen { throttled_ms: 90_000, ..seen((0, 10), (0, 4)) };
    assert_eq!(moving.next(&throttled, NOW), Step::Wait(MOST_THROTTLED_MS));
    assert_eq!(moving.next(&Seen { throttled_ms: 7, ..throttled }, NOW), Step::Wait(7));
}

#[test]
fn the_controller_is_told_before_the_logs_are_swapped() {
    let mut moving = Move::new(TO);
    let ready = seen((0, 10), (0, 10));
    assert_eq!(moving.next(&ready, NOW), Step::Tell);
    assert_eq!(moving.next(&ready, NOW), Step::Wait(IDLE_MS));
    assert_eq!(moving.next(&seen((0, 12), (0, 10)), NOW), Step::Copy, "what comes meanwhile is copied");
    assert_eq!(moving.next(&Seen { told: Told::Yes, ..ready }, NOW), Step::Swap);
}

#[test]
fn the_controller_is_told_again_when_it_does_not_take_notice() {
    let mut moving = Move::new(TO);
    let ready = seen((0, 10), (0, 10));
    assert_eq!(moving.next(&ready, NOW), Step::Tell);
    assert_eq!(moving.next(&ready, NOW + (TELL_AGAIN_MS - 1)), Step::Wait(IDLE_MS));
    assert_eq!(moving.next(&ready, NOW + TELL_AGAIN_MS), Step::Tell);
}

#[test]
fn a_cluster_without_directories_in_its_metadata_is_not_asked() {
    let ready = Seen { told: Told::NeedNot, ..seen((0, 10), (0, 10)) };
    assert_eq!(Move::new(TO).next(&ready, NOW), Step::Swap);
}

#[test]
fn a_leader_that_never_pauses_is_swapped_once_little_is_lacking() {
    let near = Seen { near: true, told: Told::Yes, ..seen((0, 12), (0, 10)) };
    assert_eq!(Move::new(TO).next(&near, NOW), Step::Swap);
    assert_eq!(Move::new(TO).next(&Seen { near: false, ..near }, NOW), Step::Copy);
}

#[test]
fn the_copy_begins_where_the_log_begins() {
    let mut moving = Move::new(TO);
    assert_eq!(moving.next(&seen((50, 90), (0, 0)), NOW), Step::StartOver(Offset(50)));
    assert_eq!(moving.next(&seen((50, 90), (60, 90)), NOW), Step::StartOver(Offset(50)));
    assert_eq!(moving.next(&seen((50, 90), (40, 70)), NOW), Step::RaiseStart(Offset(50)));
}

#[test]
fn a_copy_that_parts_from_the_log_is_cut_before_all_else() {
    let parted = Seen { parted: Some(Offset(8)), told: Told::Yes, ..seen((0, 10), (0, 10)) };
    assert_eq!(Move::new(TO).next(&parted, NOW), Step::Cut(Offset(8)));
}

#[test]
fn a_move_that_ends_early_is_taken_back_where_the_controller_may_have_heard_of_it() {
    let mut moving = Move::new(TO);
    assert!(!moving.was_told(Told::No));
    assert!(moving.was_told(Told::Yes), "told before a restart");
    moving.next(&seen((0, 10), (0, 10)), NOW);
    assert!(moving.was_told(Told::No));
}

#[test]
fn requests_are_answered_as_kafka_answers_them() {
    let here = |moving_to| Hosted::At { dir: Uuid(1), moving_to };
    let judged = |destination, hosted| {
        let v = judge(true, destination, hosted);
        (v.code, v.cancel, v.prefer, v.begin)
    };
    let to = Destination::Online(TO);
    assert_eq!(judged(Destination::NotFound, here(None)), (ErrorCode::LogDirNotFound, false, false, false));
    assert_eq!(judged(Destination::Offline, here(None)), (ErrorCode::KafkaStorageError, false, false, false));
    assert_eq!(judged(to, Hosted::Offline), (ErrorCode::KafkaStorageError, false, false, false));
    assert_eq!(judged(to, Hosted::Elsewhere), (ErrorCode::ReplicaNotAvailable, false, true, false));
    assert_eq!(judged(to, Hosted::Unknown), (ErrorCode::UnknownTopicOrPartition, false, true, false));
    assert_eq!(judged(to, here(None)), (ErrorCode::None, false, false, true));
    assert_eq!(judged(to, here(Some(TO))), (ErrorCode::None, false, false, false), "it goes on");
    assert_eq!(judged(to, here(Some(Uuid(3)))), (ErrorCode::None, true, false, true), "it begins anew");
    let back = Destination::Online(Uuid(1));
    assert_eq!(judged(back, here(None)), (ErrorCode::None, false, false, false), "it lies there");
    assert_eq!(judged(back, here(Some(TO))), (ErrorCode::None, true, false, false), "it stays");
    let cordoned = Destination::Cordoned(TO);
    assert_eq!(judged(cordoned, here(None)), (ErrorCode::InvalidReplicaAssignment, false, false, false));
    assert_eq!(judged(cordoned, here(Some(TO))), (ErrorCode::None, false, false, false));
    assert_eq!(judge(false, to, here(None)).code, ErrorCode::InvalidTopicException);
}

/// A log as far as moves know it: the epoch of each record, from `start` on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Model {
    start: i64,
    epochs: Vec<i32>,
}

impl Model {
    fn span(&self) -> Span {
        Span { start: Offset(self.start), end: self.end() }
    }

    /// Each term with its first offset.
    fn terms(&self) -> Vec<(i32, i64)> {
        let mut terms: Vec<(i32, i64)> = Vec::new();
        for (epoch, offset) in self.epochs.iter().zip(self.start..) {
            if terms.last().is_none_or(|(latest, _)| latest != epoch) {
                terms.push((*epoch, offset));
            }
        }
        terms
    }

    fn cut(&mut self, at: i64) {
        if at < self.start {
            *self = Model { start: at, epochs: vec![] };
        }
        self.epochs.truncate(usize::try_from(at - self.start).unwrap());
    }

    fn raise(&mut self, start: i64) {
        self.epochs.drain(..usize::try_from(start - self.start).unwrap());
        self.start = start;
    }
}

impl ReplicaLog for Model {
    fn end(&self) -> Offset {
        Offset(self.start + i64::try_from(self.epochs.len()).unwrap())
    }

    fn latest_epoch(&self) -> LeaderEpoch {
        LeaderEpoch(self.epochs.last().copied().unwrap_or(-1))
    }

    fn end_offset_for_epoch(&self, epoch: LeaderEpoch) -> (LeaderEpoch, Offset) {
        let terms = self.terms();
        if self.latest_epoch() == epoch && epoch != LeaderEpoch::NONE {
            return (epoch, self.end());
        }
        let next = terms.iter().position(|(known, _)| *known > epoch.get());
        match next {
            None => (LeaderEpoch::NONE, Offset::NONE),
            Some(0) => (epoch, Offset(terms[0].1)),
            Some(at) => (LeaderEpoch(terms[at - 1].0), Offset(terms[at].1)),
        }
    }
}

/// What happens to the current log and the move.
#[derive(Clone, Debug)]
enum Event {
    /// The leader of the term appends.
    Append(usize),
    /// Another leader, whose log is shorter: the end of this one is cut, and its term goes on.
    Diverge(usize),
    /// Retention or DeleteRecords.
    Expire(usize),
    /// The log is emptied and begins further on.
    Jump(i64),
    /// The mover does some steps.
    Steps(usize),
    /// The controller takes the news.
    Hear,
    /// The broker is killed: the copy may have lost its end, and the move what it knew.
    Restart(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (1..6usize).prop_map(Event::Append),
        1 => (0..8usize).prop_map(Event::Diverge),
        1 => (0..6usize).prop_map(Event::Expire),
        1 => (1..9i64).prop_map(Event::Jump),
        6 => (1..8usize).prop_map(Event::Steps),
        1 => Just(Event::Hear),
        1 => (0..5usize).prop_map(Event::Restart),
    ]
}

/// Records that are copied at once.
const AT_ONCE: usize = 3;

struct Rig {
    current: Model,
    copy: Model,
    moving: Move,
    epoch: i32,
    asked: bool,
    told: Told,
    now: TimestampMs,
    swapped: bool,
}

impl Rig {
    fn new() -> Rig {
        Rig {
            current: Model::default(),
            copy: Model::default(),
            moving: Move::new(TO),
            epoch: 0,
            asked: false,
            told: Told::No,
            now: NOW,
            swapped: false,
        }
    }

    fn happen(&mut self, event: &Event) {
        let len = self.current.epochs.len();
        match *event {
            Event::Append(n) => self.current.epochs.extend(std::iter::repeat_n(self.epoch, n)),
            Event::Diverge(n) => {
                self.epoch += 1;
                self.current.epochs.truncate(len.saturating_sub(n));
                self.current.epochs.push(self.epoch);
            }
            Event::Expire(n) => self.current.raise(self.current.start + i64::try_from(n.min(len)).unwrap()),
            Event::Jump(n) => {
                self.epoch += 1;
                self.current = Model { start: self.current.end().get() + n, epochs: vec![] };
            }
            Event::Steps(n) => (0..n).for_each(|_| self.step()),
            Event::Hear if self.asked => self.told = Told::Yes,
            Event::Hear => {}
            Event::Restart(n) => {
                let kept = self.copy.epochs.len().saturating_sub(n);
                self.copy.epochs.truncate(kept);
                self.moving = Move::new(TO);
            }
        }
    }

    fn step(&mut self) {
        if self.swapped {
            return;
        }
        self.now = self.now + 1;
        let (current, copy) = (self.current.span(), self.copy.span());
        let near = current.end - copy.end <= i64::try_from(AT_ONCE).unwrap();
        let parted = parting(&self.copy, &self.current);
        let seen = Seen { current, copy, parted, near, told: self.told, throttled_ms: 0 };
        match self.moving.next(&seen, self.now) {
            Step::Cut(at) => self.copy.cut(at.get()),
            Step::StartOver(at) => self.copy = Model { start: at.get(), epochs: vec![] },
            Step::RaiseStart(at) => self.copy.raise(at.get()),
            Step::Copy => self.take(),
            Step::Tell => self.asked = true,
            Step::Swap => {
                assert_eq!(self.told, Told::Yes);
                self.take();
                assert_eq!(self.copy, self.current);
                self.swapped = true;
            }
            Step::Wait(ms) => self.now = self.now + ms,
        }
    }

    fn take(&mut self) {
        let from = usize::try_from(self.copy.end() - Offset(self.current.start)).unwrap();
        self.copy.epochs.extend(self.current.epochs[from..].iter().take(AT_ONCE));
    }
}

proptest! {
    #[test]
    fn what_is_swapped_in_is_the_same_log(events in prop::collection::vec(event(), 1..80)) {
        let mut rig = Rig::new();
        events.iter().for_each(|event| rig.happen(event));
        // Nothing more happens: the move comes to its end.
        rig.happen(&Event::Steps(400));
        rig.happen(&Event::Hear);
        rig.happen(&Event::Steps(400));
        prop_assert!(rig.swapped);
    }
}
