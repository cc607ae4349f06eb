//! The proposals of this broker's leaders on their way to the controller: one request at a time, with all that wait
//! (`AlterPartitionManager.scala`).

use std::collections::BTreeMap;

use super::ReplicaKey;
use crate::broker::state::partition::{AlterOutcome, IsrProposal};
use crate::model::TimestampMs;

/// Pause before a request is sent again that the controller did not take as a whole.
const RETRY_MS: i64 = 50;

/// Proposals that wait, and those that are under way.
#[derive(Debug, Default)]
pub struct AlterQueue {
    waiting: BTreeMap<ReplicaKey, IsrProposal>,
    in_flight: BTreeMap<ReplicaKey, IsrProposal>,
    pause_until: TimestampMs,
}

impl AlterQueue {
    /// Adds a proposal. One of the same partition that waits still is of an earlier term or version: it makes place.
    pub fn submit(&mut self, key: ReplicaKey, proposal: IsrProposal) {
        self.waiting.insert(key, proposal);
    }

    /// Adds a proposal again that the controller did not decide on.
    pub fn retry(&mut self, key: ReplicaKey, proposal: IsrProposal, now: TimestampMs) {
        self.waiting.entry(key).or_insert(proposal);
        self.pause_until = now + RETRY_MS;
    }

    /// What the next request is to carry; nothing while one is under way, or before a pause is over.
    pub fn next(&mut self, now: TimestampMs) -> Option<&BTreeMap<ReplicaKey, IsrProposal>> {
        if !self.in_flight.is_empty() || self.waiting.is_empty() || now < self.pause_until {
            return None;
        }
        self.in_flight = std::mem::take(&mut self.waiting);
        Some(&self.in_flight)
    }

    /// When the next request may leave, if one is wanted and none is under way.
    pub fn next_deadline(&self) -> Option<TimestampMs> {
        (self.in_flight.is_empty() && !self.waiting.is_empty()).then_some(self.pause_until)
    }

    /// The request was answered, partition by partition. Those that the answer leaves out go into the next one.
    pub fn answered(
        &mut self,
        mut outcomes: BTreeMap<ReplicaKey, AlterOutcome>,
        now: TimestampMs,
    ) -> Vec<(ReplicaKey, IsrProposal, AlterOutcome)> {
        let mut settled = Vec::with_capacity(self.in_flight.len());
        for (key, proposal) in std::mem::take(&mut self.in_flight) {
            match outcomes.remove(&key) {
                Some(outcome) => settled.push((key, proposal, outcome)),
                None => self.retry(key, proposal, now),
            }
        }
        settled
    }

    /// The request was refused as a whole, or did not arrive: it is sent again until it is answered.
    pub fn failed(&mut self, now: TimestampMs) {
        for (key, proposal) in std::mem::take(&mut self.in_flight) {
            self.retry(key, proposal, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ErrorCode, LeaderEpoch, Uuid};

    fn proposal(leader_epoch: i32) -> IsrProposal {
        IsrProposal { leader_epoch: LeaderEpoch(leader_epoch), partition_epoch: 1, isr: Default::default() }
    }

    const A: ReplicaKey = (Uuid(1), 0);
    const B: ReplicaKey = (Uuid(1), 1);

    #[test]
    fn one_request_is_under_way_and_carries_all_that_waited() {
        let mut queue = AlterQueue::default();
        assert_eq!(queue.next(TimestampMs(0)), None);
        queue.submit(A, proposal(1));
        queue.submit(B, proposal(1));
        assert_eq!(queue.next(TimestampMs(0)).map(BTreeMap::len), Some(2));
        queue.submit(A, proposal(2));
        assert_eq!(queue.next(TimestampMs(0)), None, "one is under way");
        assert_eq!(queue.next_deadline(), None);
        let refused = || AlterOutcome::Refused(ErrorCode::FencedLeaderEpoch);
        let settled = queue.answered([(A, refused()), (B, refused())].into(), TimestampMs(0));
        assert_eq!(settled.len(), 2);
        assert_eq!(queue.next(TimestampMs(0)), Some(&[(A, proposal(2))].into()));
    }

    #[test]
    fn what_was_not_answered_is_sent_again_after_a_pause_unless_a_newer_took_its_place() {
        let mut queue = AlterQueue::default();
        queue.submit(A, proposal(1));
        queue.submit(B, proposal(1));
        queue.next(TimestampMs(0));
        queue.submit(A, proposal(2));
        queue.failed(TimestampMs(1000));
        assert_eq!(queue.next(TimestampMs(1049)), None);
        assert_eq!(queue.next_deadline(), Some(TimestampMs(1050)));
        assert_eq!(queue.next(TimestampMs(1050)), Some(&[(A, proposal(2)), (B, proposal(1))].into()));
        assert!(queue.answered(BTreeMap::new(), TimestampMs(2000)).is_empty());
        assert_eq!(queue.next(TimestampMs(2050)).map(BTreeMap::len), Some(2), "an answer that leaves them out is none");
    }
}
