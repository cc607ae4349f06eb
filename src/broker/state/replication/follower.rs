//! One partition that this broker follows, in one term of its leader.

use crate::model::{ErrorCode, LeaderEpoch, Offset, TimestampMs};

/// What the machine asks of the follower's own log.
pub trait ReplicaLog {
    /// Log end offset.
    fn end(&self) -> Offset;
    /// The newest leader epoch in it, -1 if it has none.
    fn latest_epoch(&self) -> LeaderEpoch;
    /// The largest epoch up to `epoch`, and where it ended; (-1, -1) if undefined (`LeaderEpochFileCache.endOffsetFor`).
    fn end_offset_for_epoch(&self, epoch: LeaderEpoch) -> (LeaderEpoch, Offset);
}

/// Where a follower stands, as its fetch tells the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The term in which it follows.
    pub leader_epoch: LeaderEpoch,
    /// The next offset it needs: the end of its log.
    pub offset: Offset,
    /// The epoch of what stands before, -1 if nothing does.
    pub last_epoch: LeaderEpoch,
}

/// What to ask the leader for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Records from a position on (Fetch).
    Records(Position),
    /// Where its log ends (ListOffsets -1), in this term.
    LeaderEnd(LeaderEpoch),
    /// Where its log begins (ListOffsets -4), in this term.
    LeaderStart(LeaderEpoch),
}

/// One partition of a leader's answer to a fetch, without the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchAnswer {
    /// The partition's error.
    pub error: ErrorCode,
    /// The epoch up to which the two logs may agree, and where it ended at the leader (KIP-595).
    pub diverging: Option<(LeaderEpoch, Offset)>,
}

/// What to do to the own log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    Nothing,
    /// Append the records of the answer, and take its high watermark and log start.
    Append,
    /// Remove what stands at this offset and above, also terms that begin there and have no record.
    Truncate(Offset),
    /// Remove everything and begin at this offset.
    StartOver(Offset),
}

/// Why an append, or a truncation, was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendFailure {
    /// The records are damaged or do not fit behind the log's end: another answer may be better.
    Records,
    /// The disk: nothing more can be done in this term.
    Storage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Fetching,
    AsksEnd,
    AsksStart,
    /// Until the controller names another term.
    Stopped,
}

/// A partition that follows a leader, in one term.
#[derive(Clone, Debug)]
pub struct FollowerState {
    position: Position,
    step: Step,
    /// Nothing is asked before this time.
    pause_until: TimestampMs,
    /// How often in a row the leader said that it does not lead, or not yet.
    too_early: u8,
}

/// The first pause after a leader that does not lead yet is this part of `replica.fetch.backoff.ms`, as a power of two.
const FIRST_PAUSE: u8 = 6;

impl FollowerState {
    /// Begins to follow, from the end of the own log.
    pub fn new(leader_epoch: LeaderEpoch, log: &impl ReplicaLog) -> FollowerState {
        let position = Position { leader_epoch, offset: log.end(), last_epoch: log.latest_epoch() };
        FollowerState { position, step: Step::Fetching, pause_until: TimestampMs(0), too_early: 0 }
    }

    /// Where it stands.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// Whether it waits for another term: the leader's answer or the own disk left nothing else to do.
    pub const fn is_stopped(&self) -> bool {
        matches!(self.step, Step::Stopped)
    }

    /// What to ask the leader for now.
    pub fn wants(&self, now: TimestampMs) -> Option<Want> {
        if now < self.pause_until {
            return None;
        }
        match self.step {
            Step::Fetching => Some(Want::Records(self.position)),
            Step::AsksEnd => Some(Want::LeaderEnd(self.position.leader_epoch)),
            Step::AsksStart => Some(Want::LeaderStart(self.position.leader_epoch)),
            Step::Stopped => None,
        }
    }

    /// When it wants something, if it ever does.
    pub const fn next_deadline(&self) -> Option<TimestampMs> {
        match self.step {
            Step::Stopped => None,
            Step::Fetching | Step::AsksEnd | Step::AsksStart => Some(self.pause_until),
        }
    }

    /// Pauses after an answer that did not come or said to come again (`replica.fetch.backoff.ms`).
    pub fn delay(&mut self, now: TimestampMs, backoff_ms: i64) {
        self.pause_until = now + backoff_ms;
    }

    /// Takes the answer to a fetch that was sent from `sent`. One that is to another position than the present is to
    /// nobody any more.
    pub fn answered(
        &mut self,
        sent: &Position,
        answer: &FetchAnswer,
        log: &impl ReplicaLog,
        now: TimestampMs,
        backoff_ms: i64,
    ) -> Action {
        if *sent != self.position || self.step != Step::Fetching || now < self.pause_until {
            return Action::Nothing;
        }
        match (answer.error, answer.diverging) {
            (ErrorCode::None, Some((epoch, end))) => Action::Truncate(self.parting(epoch, end, log)),
            (ErrorCode::None, None) => Action::Append,
            (ErrorCode::OffsetOutOfRange, _) => {
                self.step = Step::AsksEnd;
                Action::Nothing
            }
            (error, _) => self.refused(error, now, backoff_ms),
        }
    }

    /// Takes where the leader's log ends or begins, as the last [`Want`] asked in the term `asked_in`.
    ///
    /// A follower that is ahead of its leader is cut to the leader's end: only an unclean election makes one, or a
    /// leader that lost its epochs. One that ends before the leader begins starts over there. Else its own end was good
    /// after all, or became so meanwhile (`fetchOffsetAndTruncate`).
    pub fn located(
        &mut self,
        asked_in: LeaderEpoch,
        found: Result<Offset, ErrorCode>,
        log: &impl ReplicaLog,
        now: TimestampMs,
        backoff_ms: i64,
    ) -> Action {
        if asked_in != self.position.leader_epoch {
            return Action::Nothing;
        }
        let own_end = log.end();
        match (self.step, found) {
            (Step::AsksEnd | Step::AsksStart, Err(error)) => self.refused(error, now, backoff_ms),
            (Step::AsksEnd, Ok(leader_end)) if leader_end < own_end => Action::Truncate(leader_end),
            (Step::AsksEnd, Ok(_)) => {
                self.step = Step::AsksStart;
                Action::Nothing
            }
            (Step::AsksStart, Ok(leader_start)) if leader_start > own_end => Action::StartOver(leader_start),
            (Step::AsksStart, Ok(_)) => {
                self.go_on(log);
                // The leader may refuse the same offset again; there is no hurry to hear it.
                self.delay(now, backoff_ms);
                Action::Nothing
            }
            (Step::Fetching | Step::Stopped, _) => Action::Nothing,
        }
    }

    /// The records of an answer stand in the log, or there were none.
    pub fn appended(&mut self, log: &impl ReplicaLog) {
        self.go_on(log);
    }

    /// The log was cut as an [`Action`] asked.
    pub fn truncated(&mut self, log: &impl ReplicaLog) {
        self.go_on(log);
    }

    /// What an [`Action`] asked for was not done.
    pub fn append_failed(&mut self, failure: AppendFailure, now: TimestampMs, backoff_ms: i64) {
        match failure {
            AppendFailure::Records => self.delay(now, backoff_ms),
            AppendFailure::Storage => self.step = Step::Stopped,
        }
    }

    fn go_on(&mut self, log: &impl ReplicaLog) {
        self.position.offset = log.end();
        self.position.last_epoch = log.latest_epoch();
        self.step = Step::Fetching;
        self.too_early = 0;
    }

    fn refused(&mut self, error: ErrorCode, now: TimestampMs, backoff_ms: i64) -> Action {
        match error {
            // The leader has a newer term, of which the controller will tell.
            ErrorCode::FencedLeaderEpoch => self.step = Step::Stopped,
            // It has not heard of its term, as a rule: everyone hears of an election within a moment, and until all in
            // sync fetch, nothing is committed. So the first pauses are short.
            ErrorCode::UnknownLeaderEpoch
            | ErrorCode::NotLeaderOrFollower
            | ErrorCode::UnknownTopicId
            | ErrorCode::UnknownTopicOrPartition => {
                let pause = backoff_ms >> FIRST_PAUSE.saturating_sub(self.too_early);
                self.too_early = self.too_early.saturating_add(1);
                self.delay(now, pause.max(backoff_ms.min(1)));
            }
            // A disk that may come back.
            _ => self.delay(now, backoff_ms),
        }
        Action::Nothing
    }

    /// Where the own log and the leader's part, as far as one answer tells (`getOffsetTruncationState`). If the own log
    /// does not know the epoch that the leader speaks of, it is cut to the end of the one before: the next fetch asks
    /// again from there.
    fn parting(&self, epoch: LeaderEpoch, leader_end: Offset, log: &impl ReplicaLog) -> Offset {
        let own_end = log.end();
        if leader_end == Offset::NONE {
            return self.position.offset.min(own_end);
        }
        let (own_epoch, end_of_own) = match epoch {
            LeaderEpoch::NONE => (LeaderEpoch::NONE, Offset::NONE),
            epoch => log.end_offset_for_epoch(epoch),
        };
        if own_epoch == LeaderEpoch::NONE {
            leader_end.min(own_end)
        } else if own_epoch == epoch {
            end_of_own.min(leader_end).min(own_end)
        } else {
            end_of_own.min(own_end)
        }
    }
}

#[cfg(test)]
mod tests;
