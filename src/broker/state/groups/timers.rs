//! Time, and a queue of deadlines that heartbeats do not touch.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use crate::model::TimestampMs;

/// A monotonic time in milliseconds from any fixed start.
pub type Millis = u64;

/// The two times that the machine needs: deadlines follow the monotonic one, so that a step of the wall clock expires
/// nobody; what is written down carries the wall clock's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Monotonic.
    pub monotonic: Millis,
    /// Wall clock.
    pub wall: TimestampMs,
}

impl Now {
    /// The monotonic time `ms` from now; a negative wait is none.
    pub(super) fn after(self, ms: i64) -> Millis {
        self.monotonic.saturating_add(u64::try_from(ms).unwrap_or(0))
    }
}

/// What a deadline is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// The session of a member, or of a pending one.
    Session(Arc<str>, Arc<str>),
    /// The end of a group's join phase.
    Join(Arc<str>),
    /// The end of the wait for SyncGroup.
    Sync(Arc<str>),
    /// The next look for expired offsets.
    Expiry,
}

/// Deadlines, earliest first; equal ones in the order of their arrival.
///
/// Entries are never removed from the middle. Whoever owns a deadline remembers when its entry is due ([`Lease`]), and
/// an entry that no longer matches is stale.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Millis, u64, Timer)>>,
    pushed: u64,
}

impl Timers {
    pub(super) fn push(&mut self, at: Millis, timer: Timer) {
        self.pushed += 1;
        self.heap.push(Reverse((at, self.pushed, timer)));
    }

    /// The time of the earliest entry, which may be stale: a look too many does no harm.
    pub(super) fn next(&self) -> Option<Millis> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    pub(super) fn pop_due(&mut self, now: Millis) -> Option<(Millis, Timer)> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse((at, _, timer))| (at, timer))
    }
}

/// A deadline that is pushed back often and seldom met. Pushing it back writes one integer: the queue is asked again
/// only when the old entry comes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lease {
    deadline: Millis,
    queued: Option<Millis>,
}

/// What the owner of a [`Lease`] learns when an entry of it comes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// The entry belonged to an earlier promise.
    Stale,
    /// Not over yet: queue it again for this time.
    Later(Millis),
    /// Over.
    Now,
}

impl Lease {
    /// A lease that no entry backs yet.
    pub(super) const IDLE: Lease = Lease { deadline: 0, queued: None };

    /// Sets the deadline; true asks the caller to push an entry for it.
    #[must_use]
    pub(super) fn renew(&mut self, deadline: Millis) -> bool {
        self.deadline = deadline;
        let uncovered = self.queued.is_none_or(|queued| deadline < queued);
        if uncovered {
            self.queued = Some(deadline);
        }
        uncovered
    }

    /// Judges the entry that was due at `at`.
    pub(super) fn check(&mut self, at: Millis, now: Millis) -> Due {
        if self.queued != Some(at) {
            return Due::Stale;
        }
        if self.deadline > now {
            self.queued = Some(self.deadline);
            return Due::Later(self.deadline);
        }
        self.queued = None;
        Due::Now
    }
}
