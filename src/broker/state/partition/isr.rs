//! A change of the in-sync set that a leader asks the controller for, and what comes of it (AlterPartition, KIP-497).

use smallvec::SmallVec;

use crate::broker::state::metadata::Replicas;
use crate::model::{BrokerId, ErrorCode, LeaderEpoch};

/// An in-sync set that a leader asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsrProposal {
    /// The leader's term.
    pub leader_epoch: LeaderEpoch,
    /// The version of the assignment that it would replace.
    pub partition_epoch: i32,
    /// The set, each with the broker epoch in which it fetched; -1 where that is not known, and for the leader itself,
    /// whose epoch the sender fills in.
    pub isr: SmallVec<[(BrokerId, i64); 4]>,
}

/// The controller's answer for one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlterOutcome {
    /// Done, or so already.
    Accepted {
        /// The partition's term.
        leader_epoch: LeaderEpoch,
        /// Its version.
        partition_epoch: i32,
        /// Its in-sync set.
        isr: Replicas,
    },
    /// Not done, or done by another's word.
    Refused(ErrorCode),
}

/// What an answer means to the leader that asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Altered {
    /// Nothing: it knows better by now.
    Late,
    /// The set is as it asked for. The high watermark may move.
    Committed,
    /// The set is as it was, and will be. The high watermark may move.
    Withdrawn,
    /// What the set is will be told by the metadata.
    GivenUp,
    /// It must ask again.
    Retry,
}
