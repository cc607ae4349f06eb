//! Which partitions have chores to be done: told by the partitions themselves, so that nobody walks over those at rest.

use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::model::{PartitionId, Uuid};

/// A partition by its topic's id and its index.
pub type PartitionKey = (Uuid, PartitionId);

/// What has come up since it was last taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Partitions that were written or read for the first time since they came to rest.
    pub stirred: Vec<PartitionKey>,
    /// Partitions with so much behind their last mark that they need another.
    pub unmarked: Vec<PartitionKey>,
}

#[derive(Debug, Default)]
struct State {
    due: Due,
    stopping: bool,
}

/// The way from partitions to the thread that does their chores.
#[derive(Debug, Default)]
pub struct Chores {
    state: Mutex<State>,
    wake: Condvar,
}

impl Chores {
    /// Tells of a partition that was at rest and is not any more.
    pub fn stirred(&self, partition: PartitionKey) {
        self.state.lock().due.stirred.push(partition);
    }

    /// Asks for a mark, soon.
    pub fn unmarked(&self, partition: PartitionKey) {
        self.state.lock().due.unmarked.push(partition);
        self.wake.notify_one();
    }

    /// Takes what has come up.
    pub fn take(&self) -> Due {
        std::mem::take(&mut self.state.lock().due)
    }

    /// Waits until `until`, or less long if a partition asks for a mark. `false` when it is time to stop.
    pub fn wait(&self, until: Instant) -> bool {
        let mut state = self.state.lock();
        while !state.stopping && state.due.unmarked.is_empty() {
            if self.wake.wait_until(&mut state, until).timed_out() {
                break;
            }
        }
        !state.stopping
    }

    /// Sleeps, unless it is time to stop; `false` then.
    pub fn pause(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        let mut state = self.state.lock();
        while !state.stopping {
            if self.wake.wait_until(&mut state, until).timed_out() {
                break;
            }
        }
        !state.stopping
    }

    /// Whether it is time to stop.
    pub fn is_stopping(&self) -> bool {
        self.state.lock().stopping
    }

    /// Ends the waits.
    pub fn stop(&self) {
        self.state.lock().stopping = true;
        self.wake.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_for_a_mark_ends_the_wait_and_a_stop_does() {
        let chores = Chores::default();
        let far = Instant::now() + Duration::from_secs(3600);
        chores.stirred((Uuid(1), 0));
        chores.unmarked((Uuid(1), 0));
        assert!(chores.wait(far));
        let due = Due { stirred: vec![(Uuid(1), 0)], unmarked: vec![(Uuid(1), 0)] };
        assert_eq!((chores.take(), chores.take()), (due, Due::default()));
        chores.stop();
        assert!(!chores.wait(far));
        assert!(!chores.pause(Duration::from_secs(3600)));
    }
}
