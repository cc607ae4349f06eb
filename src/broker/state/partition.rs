//! What a broker decides about one partition it leads: who may append, what readers may see, when an append is
//! committed (`Partition.scala`, KIP-101, KIP-497).

use std::collections::BTreeMap;

use crate::broker::state::metadata::Replicas;
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset};

/// How many replicas must have a produced batch before its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acks {
    /// No answer at all.
    None,
    /// The leader's own log.
    Leader,
    /// Every in-sync replica.
    All,
}

impl Acks {
    /// Reads the field of a produce request.
    ///
    /// # Errors
    /// INVALID_REQUIRED_ACKS for anything but 0, 1 and -1.
    pub const fn from_wire(acks: i16) -> Result<Acks, ErrorCode> {
        match acks {
            0 => Ok(Acks::None),
            1 => Ok(Acks::Leader),
            -1 => Ok(Acks::All),
            _ => Err(ErrorCode::InvalidRequiredAcks),
        }
    }
}

/// Which records a reader may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Up to the high watermark.
    ReadUncommitted,
    /// Up to the last stable offset.
    ReadCommitted,
    /// Up to the log end: a follower.
    Replica,
}

/// What the controller says of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The leader, or none.
    pub leader: BrokerId,
    /// Its term.
    pub leader_epoch: LeaderEpoch,
    /// The version of this assignment.
    pub partition_epoch: i32,
    /// All replicas, the preferred leader first.
    pub replicas: Replicas,
    /// Those in sync.
    pub isr: Replicas,
}

/// The leader's or follower's view of a partition. No log and no clock inside.
#[derive(Clone, Debug)]
pub struct PartitionState {
    me: BrokerId,
    assignment: Assignment,
    high_watermark: Offset,
    /// Log end offsets that followers have shown by fetching, in the current term.
    followers: BTreeMap<BrokerId, Offset>,
}

impl PartitionState {
    /// The state of a partition as the controller assigns it; `high_watermark` is what the checkpoint remembers.
    pub const fn new(me: BrokerId, assignment: Assignment, high_watermark: Offset) -> PartitionState {
        PartitionState { me, assignment, high_watermark, followers: BTreeMap::new() }
    }

    /// The controller's assignment.
    pub const fn assignment(&self) -> &Assignment {
        &self.assignment
    }

    /// Whether this broker leads.
    pub fn is_leader(&self) -> bool {
        self.assignment.leader == self.me
    }

    /// First offset that consumers may not read yet.
    pub const fn high_watermark(&self) -> Offset {
        self.high_watermark
    }

    /// Takes a newer assignment. `true` when it begins a new term that this broker leads: the log then begins the
    /// epoch at its end.
    pub fn assign(&mut self, assignment: Assignment) -> bool {
        if assignment.partition_epoch < self.assignment.partition_epoch {
            return false;
        }
        let new_term = assignment.leader_epoch > self.assignment.leader_epoch;
        self.assignment = assignment;
        if new_term {
            self.followers.clear();
        }
        new_term && self.is_leader()
    }

    /// Checks the term a client thinks it is in (KIP-320); -1 asks for no check.
    ///
    /// # Errors
    /// FENCED_LEADER_EPOCH when the client is behind, UNKNOWN_LEADER_EPOCH when it is ahead.
    pub fn check_epoch(&self, client: LeaderEpoch) -> Result<(), ErrorCode> {
        let current = self.assignment.leader_epoch;
        if client == LeaderEpoch::NONE || client == current {
            Ok(())
        } else if client < current {
            Err(ErrorCode::FencedLeaderEpoch)
        } else {
            Err(ErrorCode::UnknownLeaderEpoch)
        }
    }

    /// Checks that this broker leads, and in the client's term.
    ///
    /// # Errors
    /// NOT_LEADER_OR_FOLLOWER, or what `check_epoch` says.
    pub fn check_leader(&self, client: LeaderEpoch) -> Result<(), ErrorCode> {
        self.check_epoch(client)?;
        if self.is_leader() { Ok(()) } else { Err(ErrorCode::NotLeaderOrFollower) }
    }

    /// The number of in-sync replicas an acks=all append needs: never more than there are replicas.
    fn required_in_sync(&self, min_insync: usize) -> usize {
        min_insync.min(self.assignment.replicas.len())
    }

    /// Judges an append before it touches the log.
    ///
    /// # Errors
    /// NOT_LEADER_OR_FOLLOWER; NOT_ENOUGH_REPLICAS for acks=all while too few are in sync.
    pub fn judge_append(&self, acks: Acks, min_insync: usize) -> Result<LeaderEpoch, ErrorCode> {
        if !self.is_leader() {
            return Err(ErrorCode::NotLeaderOrFollower);
        }
        if acks == Acks::All && self.assignment.isr.len() < self.required_in_sync(min_insync) {
            return Err(ErrorCode::NotEnoughReplicas);
        }
        Ok(self.assignment.leader_epoch)
    }

    /// Judges an acks=all append once the high watermark has passed it.
    ///
    /// # Errors
    /// NOT_ENOUGH_REPLICAS_AFTER_APPEND when the ISR shrank too far meanwhile.
    pub fn judge_committed(&self, min_insync: usize) -> Result<(), ErrorCode> {
        if self.assignment.isr.len() < self.required_in_sync(min_insync) {
            return Err(ErrorCode::NotEnoughReplicasAfterAppend);
        }
        Ok(())
    }

    /// Notes a follower's log end and moves the high watermark. `true` when it moved.
    pub fn follower_fetched(&mut self, follower: BrokerId, fetch_offset: Offset, log_end: Offset, min: usize) -> bool {
        self.followers.insert(follower, fetch_offset);
        self.advance(log_end, min)
    }

    /// Moves the high watermark to the smallest log end of the in-sync replicas, and never while fewer than
    /// `min.insync.replicas` are in sync (Kafka 4.x, KIP-966). `true` when it moved.
    pub fn advance(&mut self, log_end: Offset, min_insync: usize) -> bool {
        if !self.is_leader() || self.assignment.isr.len() < self.required_in_sync(min_insync) {
            return false;
        }
        let end_of = |id: &BrokerId| {
            if *id == self.me { log_end } else { self.followers.get(id).copied().unwrap_or(Offset::ZERO) }
        };
        let committed = self.assignment.isr.iter().map(end_of).min().unwrap_or(log_end);
        let moved = committed > self.high_watermark;
        self.high_watermark = self.high_watermark.max(committed);
        moved
    }

    /// Takes the high watermark that a checkpoint remembers.
    pub fn recall(&mut self, high_watermark: Offset) {
        self.high_watermark = self.high_watermark.max(high_watermark);
    }

    /// Lowers the high watermark to the log's end after a truncation, or raises it to the log's start.
    pub fn clamp(&mut self, log_start: Offset, log_end: Offset) {
        self.high_watermark = self.high_watermark.max(log_start).min(log_end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn led(isr: &[i32]) -> PartitionState {
        let ids = |list: &[i32]| list.iter().map(|&id| BrokerId(id)).collect();
        let assignment = Assignment {
            leader: BrokerId(1),
            leader_epoch: LeaderEpoch(4),
            partition_epoch: 7,
            replicas: ids(&[1, 2, 3]),
            isr: ids(isr),
        };
        PartitionState::new(BrokerId(1), assignment, Offset::ZERO)
    }

    #[test]
    fn the_high_watermark_is_the_slowest_in_sync_replica() {
        let mut state = led(&[1, 2]);
        assert!(!state.advance(Offset(10), 1));
        assert!(state.follower_fetched(BrokerId(2), Offset(6), Offset(10), 1));
        assert_eq!(state.high_watermark(), Offset(6));
        assert!(!state.follower_fetched(BrokerId(2), Offset(5), Offset(10), 1), "it never goes back");
        assert_eq!(state.high_watermark(), Offset(6));
    }

    #[test]
    fn too_few_in_sync_replicas_stop_acks_all_and_the_high_watermark() {
        let mut state = led(&[1]);
        assert_eq!(state.judge_append(Acks::All, 2), Err(ErrorCode::NotEnoughReplicas));
        assert_eq!(state.judge_append(Acks::Leader, 2), Ok(LeaderEpoch(4)));
        assert_eq!(state.judge_committed(2), Err(ErrorCode::NotEnoughReplicasAfterAppend));
        assert!(!state.advance(Offset(3), 2));
        assert!(state.advance(Offset(3), 1));
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
        assert!(!state.assign(old));
        assert!(state.is_leader());
    }
}
