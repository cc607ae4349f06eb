//! Moves of replicas between the log directories of one broker (KIP-113, KIP-858; `ReplicaManager.alterReplicaLogDirs`,
//! `ReplicaAlterLogDirsThread`, `Partition.maybeReplaceCurrentWithFutureReplica`).
//!
//! # How it is driven
//! What an operator asks for goes through [`judge`]: its [`Verdict`] says what to answer, and whether a move ends or
//! begins. A move has a copy of the log, the *future* replica, in the destination, and a [`Move`]. Again and again:
//! 1. look at both logs ([`parting`] tells whether they differ), at the metadata and at the throttle: [`Seen`];
//! 2. [`Move::next`] says the one [`Step`] that is to be done.
//!
//! [`Step::Swap`] ends the move, if the copy still has nearly all then: the caller looks again under the partition's lock,
//! copies what little came meanwhile, and goes on with the move if that was too much. The current log is the only truth
//! until then: the copy is cut and begun anew as that is.

mod request;
#[cfg(test)]
mod tests;

pub use request::{Destination, Hosted, Verdict, judge};

use crate::broker::state::replication::ReplicaLog;
use crate::model::{LeaderEpoch, Offset, TimestampMs, Uuid};

/// Pause before the controller is told once more of the destination, in case the news was lost or refused.
const TELL_AGAIN_MS: i64 = 5_000;
/// Pause between two looks while there is nothing to copy.
const IDLE_MS: i64 = 20;
/// Longest pause for the throttle: its rate may be changed meanwhile.
const MOST_THROTTLED_MS: i64 = 1_000;

/// Where a log begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Log start offset.
    pub start: Offset,
    /// Log end offset.
    pub end: Offset,
}

/// Whether the controller knows the destination as the replica's directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It does: if this broker's other directory fails now, the replica counts as alive.
    Yes,
    /// It knows another directory, or none.
    No,
    /// The cluster's `metadata.version` has no directories.
    NeedNot,
}

/// What there is to see before a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The log that serves.
    pub current: Span,
    /// The copy.
    pub copy: Span,
    /// Up to where the copy may hold what the current log holds, if it holds anything else.
    pub parted: Option<Offset>,
    /// What the copy lacks is no more than is copied at once, which a swap does under the partition's lock.
    pub near: bool,
    /// What the controller knows.
    pub told: Told,
    /// How long the throttle wants a pause.
    pub throttled_ms: i64,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Cut the copy: the current log holds something else from there on.
    Cut(Offset),
    /// Empty the copy, and begin it at this offset.
    StartOver(Offset),
    /// The current log begins further on by now: so does the copy.
    RaiseStart(Offset),
    /// Append what the current log holds from the copy's end on, as much as is copied at once.
    Copy,
    /// Tell the controller that the replica is about to lie in the destination.
    Tell,
    /// Put the copy in the current log's place.
    Swap,
    /// Look again after this many milliseconds.
    Wait(i64),
}

/// A replica on its way to another directory.
#[derive(Clone, Debug)]
pub struct Move {
    to: Uuid,
    told_at: Option<TimestampMs>,
}

impl Move {
    /// A move that begins, or goes on after a restart.
    pub const fn new(to: Uuid) -> Move {
        Move { to, told_at: None }
    }

    /// The destination.
    pub const fn to(&self) -> Uuid {
        self.to
    }

    /// What to do next.
    pub fn next(&mut self, seen: &Seen, now: TimestampMs) -> Step {
        let Seen { current, copy, .. } = *seen;
        if let Some(step) = repair(seen) {
            return step;
        }
        let has_all = copy.end >= current.end;
        if has_all || seen.near {
            match seen.told {
                Told::Yes | Told::NeedNot => return Step::Swap,
                Told::No if self.told_at.is_none_or(|at| now - at >= TELL_AGAIN_MS) => {
                    self.told_at = Some(now);
                    return Step::Tell;
                }
                Told::No => {}
            }
        }
        if has_all {
            Step::Wait(IDLE_MS)
        } else if seen.throttled_ms > 0 {
            Step::Wait(seen.throttled_ms.min(MOST_THROTTLED_MS))
        } else {
            Step::Copy
        }
    }

    /// Whether the controller may think that the replica lies in the destination, so that it must be told that it does
    /// not, should the move end without a swap.
    pub fn was_told(&self, told: Told) -> bool {
        self.told_at.is_some() || told == Told::Yes
    }
}

/// What must be undone before the copy can go on.
fn repair(seen: &Seen) -> Option<Step> {
    let Seen { current, copy, parted, .. } = *seen;
    if copy.end < current.start || copy.start > current.start {
        // All of it is gone from the current log, or its beginning is missing.
        return Some(Step::StartOver(current.start));
    }
    if parted.is_some() {
        return parted.map(Step::Cut);
    }
    (copy.start < current.start).then_some(Step::RaiseStart(current.start))
}

/// Up to where a copy may hold what the current log holds; `None` if all of it does. After a cut there may be another
/// place where the two part: ask again (`AbstractFetcherThread.getOffsetTruncationState`, with the current log as leader).
pub fn parting(copy: &impl ReplicaLog, current: &impl ReplicaLog) -> Option<Offset> {
    let latest = copy.latest_epoch();
    let shorter = (copy.end() > current.end()).then(|| current.end());
    if latest == LeaderEpoch::NONE {
        return shorter;
    }
    let (known, ends) = match current.end_offset_for_epoch(latest) {
        // The copy is of a term that the current log has not any more.
        (LeaderEpoch::NONE, _) if current.latest_epoch() == LeaderEpoch::NONE => return shorter,
        (LeaderEpoch::NONE, _) => (current.latest_epoch(), current.end()),
        known => known,
    };
    if known == latest {
        return (copy.end() > ends).then_some(ends);
    }
    let (_, own) = copy.end_offset_for_epoch(known);
    let own = if own == Offset::NONE { copy.end() } else { own };
    Some(own.min(ends).min(copy.end()))
}
