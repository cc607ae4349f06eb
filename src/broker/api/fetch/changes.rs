//! How a follower's fetch waits that has a session: for the partitions that change, and for no other.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use tokio::time::{Duration, Instant, timeout_at};

use super::super::dispatch::Answer;
use super::super::fetch_replicas::NEWS_DELAY;
use super::{Fetch, Read};
use crate::broker::runtime::inbox::Inbox;
use crate::model::{Offset, TimestampMs};

impl Fetch {
    /// Waits until there is enough, or until a high watermark is told that no records carry, or to the end.
    pub(super) async fn wait_for_changes(
        mut self,
        inbox: Arc<Inbox>,
        mut reads: Vec<Read>,
        deadline: Instant,
    ) -> Answer {
        let places = self.targets.iter().enumerate().map(|(at, target)| (target.slot, at));
        let mut places: HashMap<usize, usize, RandomState> = places.collect();
        let (mut end, mut was_held_back) = (deadline, self.targets.iter().any(|target| target.throttled));
        loop {
            if self.has_untold(&reads) {
                end = end.min(Instant::now() + NEWS_DELAY);
            }
            if self.is_enough(&reads) || Instant::now() >= end {
                return Answer::Send(self.answer(reads));
            }
            // What a bound holds back may leave as soon as the bound allows.
            let held_back = self.throttle().map_or(0, |mut throttle| throttle.wait_ms(TimestampMs::now()));
            if held_back == 0 && was_held_back {
                was_held_back = false;
                let throttled = self.targets.iter().filter(|target| target.throttled);
                let throttled: Vec<usize> = throttled.map(|target| target.slot).collect();
                self.read_again(&throttled, &mut places, &mut reads);
                continue;
            }
            was_held_back = held_back > 0;
            let until = match u64::try_from(held_back) {
                Ok(ms @ 1..) => end.min(Instant::now() + Duration::from_millis(ms)),
                _ => end,
            };
            // Whether something changed or the time is over, what changed is looked at.
            let _ = timeout_at(until, inbox.wait()).await;
            self.read_again(&inbox.take(), &mut places, &mut reads);
        }
    }

    /// Whether there is a high watermark that the follower does not know.
    fn has_untold(&self, reads: &[Read]) -> bool {
        let is_untold = |(target, read): (&super::Target, &Read)| {
            read.data.error_code == 0 && Offset(read.data.high_watermark) > target.told
        };
        self.targets.iter().zip(reads).any(is_untold)
    }

    /// What the bound on followers leaves beside what was read already.
    fn bound_left(&self, reads: &[Read]) -> i64 {
        let throttled = self.targets.iter().zip(reads).filter(|(target, _)| target.throttled);
        let read: usize = throttled.map(|(_, read)| read.bytes()).sum();
        let left = self.broker.replication.throttles().leader.lock().left(TimestampMs::now());
        left.saturating_sub(signed(read))
    }

    /// Reads the partitions that changed, within what the others leave of the answer's size.
    fn read_again(
        &mut self,
        changed: &[usize],
        places: &mut HashMap<usize, usize, RandomState>,
        reads: &mut Vec<Read>,
    ) {
        if changed.is_empty() {
            return;
        }
        let planned = self.broker.fetch_sessions.lock().look(self.mode, changed);
        let mut have: usize = reads.iter().map(Read::bytes).sum();
        let mut bound = self.bound_left(reads);
        for planned in planned {
            let slot = planned.slot;
            let target = self.target(planned);
            let at = places.get(&slot).copied();
            // What is read anew counts once.
            let before = at.map_or(0, |at| reads[at].bytes());
            have -= before;
            if at.is_some_and(|at| self.targets[at].throttled) {
                bound = bound.saturating_add(signed(before));
            }
            let held_back = target.throttled && bound <= 0;
            let read = self.read_one(&target, self.max_bytes.saturating_sub(have), have == 0, held_back, None);
            have += read.bytes();
            if target.throttled {
                bound = bound.saturating_sub(signed(read.bytes()));
            }
            match at {
                Some(at) => (self.targets[at], reads[at]) = (target, read),
                None => {
                    places.insert(slot, reads.len());
                    self.targets.push(target);
                    reads.push(read);
                }
            }
        }
    }
}

fn signed(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
