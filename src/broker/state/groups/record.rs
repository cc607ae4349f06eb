//! What the machine persists, free of its encoding.

use std::sync::Arc;

use bytes::Bytes;

use crate::model::{LeaderEpoch, Offset, PartitionId, TimestampMs, Uuid};

/// One record of `__consumer_offsets` that this machine writes and reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A committed offset, or its tombstone.
    Offset {
        /// The group.
        group: Arc<str>,
        /// The topic.
        topic: Arc<str>,
        /// The partition.
        partition: PartitionId,
        /// The offset; none is a tombstone.
        value: Option<CommittedOffset>,
    },
    /// A classic group's metadata, or its tombstone.
    Group {
        /// The group.
        group: Arc<str>,
        /// The metadata; none is a tombstone.
        value: Option<GroupMetadata>,
    },
}

impl Record {
    /// The group that the record is about.
    pub fn group(&self) -> &Arc<str> {
        match self {
            Record::Offset { group, .. } | Record::Group { group, .. } => group,
        }
    }
}

/// A committed position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedOffset {
    /// The next offset to read.
    pub offset: Offset,
    /// The leader epoch of the last record consumed, or [`LeaderEpoch::NONE`].
    pub leader_epoch: LeaderEpoch,
    /// What the client attached.
    pub metadata: Arc<str>,
    /// When the commit was handled.
    pub committed_at: TimestampMs,
    /// When it expires, if the client asked for a retention of its own (OffsetCommit versions 2 to 4).
    pub expires_at: Option<TimestampMs>,
    /// The topic's id, if the client named the topic by id; else zero.
    pub topic_id: Uuid,
}

/// A group as its last completed rebalance (or its emptying) left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMetadata {
    /// The kind of protocol, `consumer` or `connect`; empty where none is known.
    pub protocol_type: Arc<str>,
    /// The generation.
    pub generation: i32,
    /// The chosen protocol (the assignor's name).
    pub protocol: Option<Arc<str>>,
    /// The leader's member id.
    pub leader: Option<Arc<str>>,
    /// When the group entered its state.
    pub state_since: TimestampMs,
    /// The members and their assignments.
    pub members: Vec<MemberMetadata>,
}

/// One member in [`GroupMetadata`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberMetadata {
    /// The id that the coordinator gave it.
    pub member_id: Arc<str>,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<Arc<str>>,
    /// The client's id.
    pub client_id: Arc<str>,
    /// The client's address, `/127.0.0.1`.
    pub client_host: Arc<str>,
    /// How long a rebalance waits for it.
    pub rebalance_timeout_ms: i32,
    /// How long it may be silent.
    pub session_timeout_ms: i32,
    /// Its metadata under the chosen protocol.
    pub subscription: Bytes,
    /// What the leader assigned to it.
    pub assignment: Bytes,
}
