//! Requests in, replies out.

use std::sync::Arc;

use bytes::Bytes;
use smallvec::SmallVec;

use super::record::Record;
use crate::model::{ErrorCode, LeaderEpoch, Offset, PartitionId, Uuid};

/// Names a request that waits for its [`Reply`]. Whoever drives the machine hands out a fresh one per request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub u64);

/// A request that may change the shard.
#[derive(Clone, Debug)]
pub enum Command {
    /// JoinGroup.
    Join(Join),
    /// SyncGroup.
    Sync(Sync),
    /// Heartbeat.
    Heartbeat(Heartbeat),
    /// LeaveGroup.
    Leave(Leave),
    /// OffsetCommit.
    Commit(Commit),
    /// OffsetDelete.
    DeleteOffsets(DeleteOffsets),
    /// DeleteGroups.
    DeleteGroups(Vec<String>),
    /// Topics are gone from the cluster: so are the offsets committed for them.
    ForgetTopics(Vec<String>),
}

/// JoinGroup.
#[derive(Clone, Debug)]
pub struct Join {
    /// The group.
    pub group: String,
    /// The member's id; empty on its first join.
    pub member_id: String,
    /// `group.instance.id` (KIP-345).
    pub instance_id: Option<String>,
    /// The client's id.
    pub client_id: String,
    /// The client's address.
    pub client_host: String,
    /// How long the member may be silent.
    pub session_timeout_ms: i32,
    /// How long a rebalance waits for it.
    pub rebalance_timeout_ms: i32,
    /// `consumer`, `connect`, …
    pub protocol_type: String,
    /// The protocols it can speak, the preferred one first.
    pub protocols: Vec<Protocol>,
    /// The part of a new member's id that makes it unique, a UUID: randomness comes from outside.
    pub fresh_id: String,
    /// Version 4 and later: a dynamic member first learns its id, then joins with it (KIP-394).
    pub requires_known_member_id: bool,
    /// Version 9 and later: a static leader that comes back may be told to skip the assignment (KIP-814).
    pub supports_skip_assignment: bool,
}

/// One protocol that a member offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// Its name, `range` or `cooperative-sticky`.
    pub name: Arc<str>,
    /// The member's metadata under it.
    pub metadata: Bytes,
}

/// SyncGroup.
#[derive(Clone, Debug)]
pub struct Sync {
    /// The group.
    pub group: String,
    /// The generation that the member joined.
    pub generation: i32,
    /// The member.
    pub member_id: String,
    /// `group.instance.id`.
    pub instance_id: Option<String>,
    /// What the member takes the protocol's type for (version 5).
    pub protocol_type: Option<String>,
    /// What the member takes the protocol for (version 5).
    pub protocol: Option<String>,
    /// The leader's assignments by member id.
    pub assignments: Vec<(String, Bytes)>,
}

/// Heartbeat.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    /// The group.
    pub group: String,
    /// The member's generation.
    pub generation: i32,
    /// The member.
    pub member_id: String,
    /// `group.instance.id`.
    pub instance_id: Option<String>,
}

/// LeaveGroup.
#[derive(Clone, Debug)]
pub struct Leave {
    /// The group.
    pub group: String,
    /// Who leaves.
    pub members: Vec<Leaving>,
}

/// One member that leaves. An empty member id with an instance id is an operator's removal of a static member.
#[derive(Clone, Debug)]
pub struct Leaving {
    /// The member, or empty.
    pub member_id: String,
    /// `group.instance.id`.
    pub instance_id: Option<String>,
}

/// OffsetCommit.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The group.
    pub group: String,
    /// The member's generation; -1 from a consumer that manages its own partitions, and from admin clients.
    pub generation: i32,
    /// The member, or empty.
    pub member_id: String,
    /// `group.instance.id`.
    pub instance_id: Option<String>,
    /// Retention asked by the client, in milliseconds (versions 2 to 4).
    pub retention_ms: Option<i64>,
    /// What a generation of an unknown group gets: GROUP_ID_NOT_FOUND from version 9 on, before ILLEGAL_GENERATION.
    pub unknown_group: ErrorCode,
    /// The positions.
    pub offsets: Vec<PartitionCommit>,
}

/// One position in a [`Commit`].
#[derive(Clone, Debug)]
pub struct PartitionCommit {
    /// The topic. One allocation serves all its partitions.
    pub topic: Arc<str>,
    /// The topic's id if the client used it, else zero.
    pub topic_id: Uuid,
    /// The partition.
    pub partition: PartitionId,
    /// The position.
    pub offset: Offset,
    /// The leader epoch, or none.
    pub leader_epoch: LeaderEpoch,
    /// The client's note; null on the wire is the empty text here.
    pub metadata: Arc<str>,
}

/// OffsetDelete.
#[derive(Clone, Debug)]
pub struct DeleteOffsets {
    /// The group.
    pub group: String,
    /// The partitions whose offsets go.
    pub partitions: Vec<(Arc<str>, PartitionId)>,
}

/// What a command or a tick leads to: `records` to write, and `replies` to hold until they are committed (to release at
/// once where there is nothing to write).
#[derive(Debug, Default)]
#[must_use]
pub struct Outcome {
    /// Records to append together, in this order.
    pub records: Vec<Record>,
    /// Replies to waiting requests.
    pub replies: SmallVec<[Reply; 1]>,
}

impl Outcome {
    pub(super) fn reply(&mut self, to: Token, answer: Answer) {
        self.replies.push(Reply { to, answer });
    }
}

/// The answer to one waiting request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Which request.
    pub to: Token,
    /// The answer.
    pub answer: Answer,
}

/// An answer by kind of request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// JoinGroup.
    Join(JoinAnswer),
    /// SyncGroup.
    Sync(SyncAnswer),
    /// Heartbeat.
    Heartbeat(ErrorCode),
    /// LeaveGroup.
    Leave(LeaveAnswer),
    /// OffsetCommit: one code per position, in the order of the request.
    Commit(Vec<ErrorCode>),
    /// OffsetDelete: one code per partition in the order of the request, or the error of the whole.
    DeleteOffsets(Result<Vec<ErrorCode>, ErrorCode>),
    /// DeleteGroups: one code per group, in the order of the request.
    DeleteGroups(Vec<ErrorCode>),
    /// ForgetTopics.
    Forgotten,
}

impl Answer {
    /// The same answer after its records could not be written: `error` is what the log said.
    #[must_use]
    pub fn failed(self, error: ErrorCode) -> Answer {
        let code = write_error(error);
        let fail = |codes: Vec<ErrorCode>, code: ErrorCode| {
            codes.into_iter().map(|c| if c == ErrorCode::None { code } else { c }).collect()
        };
        match self {
            Answer::Join(_) => Answer::Join(JoinAnswer::error(code, Arc::from(""))),
            Answer::Sync(_) => Answer::Sync(SyncAnswer::error(code)),
            Answer::Heartbeat(_) => Answer::Heartbeat(code),
            Answer::Leave(_) => Answer::Leave(LeaveAnswer { error: code, members: Vec::new() }),
            Answer::Commit(codes) => {
                let code =
                    if code == ErrorCode::UnknownServerError { ErrorCode::InvalidCommitOffsetSize } else { code };
                Answer::Commit(fail(codes, code))
            }
            Answer::DeleteOffsets(_) => Answer::DeleteOffsets(Err(code)),
            Answer::DeleteGroups(codes) => Answer::DeleteGroups(fail(codes, code)),
            Answer::Forgotten => Answer::Forgotten,
        }
    }
}

/// What a client is told when the coordinator's own write failed with `error`
/// (`appendGroupMetadataErrorToResponseError` of Kafka): clients know coordinator errors, not the log's.
pub(super) fn write_error(error: ErrorCode) -> ErrorCode {
    match error {
        ErrorCode::UnknownTopicOrPartition
        | ErrorCode::NotEnoughReplicas
        | ErrorCode::NotEnoughReplicasAfterAppend
        | ErrorCode::RequestTimedOut => ErrorCode::CoordinatorNotAvailable,
        ErrorCode::NotLeaderOrFollower | ErrorCode::KafkaStorageError | ErrorCode::FencedLeaderEpoch => {
            ErrorCode::NotCoordinator
        }
        ErrorCode::MessageTooLarge | ErrorCode::RecordListTooLarge | ErrorCode::InvalidFetchSize => {
            ErrorCode::UnknownServerError
        }
        other => other,
    }
}

/// The answer to JoinGroup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinAnswer {
    /// The error; the fields below then hold Kafka's defaults, but for `member_id`.
    pub error: ErrorCode,
    /// The generation joined.
    pub generation: i32,
    /// The group's protocol type.
    pub protocol_type: Option<Arc<str>>,
    /// The chosen protocol.
    pub protocol: Option<Arc<str>>,
    /// The leader's member id.
    pub leader: Arc<str>,
    /// The leader keeps the assignment as it is (KIP-814).
    pub skip_assignment: bool,
    /// The member's own id.
    pub member_id: Arc<str>,
    /// Every member with its metadata, for the leader; empty for all others.
    pub members: Vec<JoinedMember>,
}

impl JoinAnswer {
    /// A refusal.
    pub fn error(error: ErrorCode, member_id: Arc<str>) -> JoinAnswer {
        JoinAnswer {
            error,
            generation: -1,
            protocol_type: None,
            protocol: None,
            leader: Arc::from(""),
            skip_assignment: false,
            member_id,
            members: Vec::new(),
        }
    }
}

/// A member as the leader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedMember {
    /// The member.
    pub member_id: Arc<str>,
    /// `group.instance.id`.
    pub instance_id: Option<Arc<str>>,
    /// Its metadata under the chosen protocol.
    pub metadata: Bytes,
}

/// The answer to SyncGroup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncAnswer {
    /// The error.
    pub error: ErrorCode,
    /// The group's protocol type.
    pub protocol_type: Option<Arc<str>>,
    /// The chosen protocol.
    pub protocol: Option<Arc<str>>,
    /// The member's assignment.
    pub assignment: Bytes,
}

impl SyncAnswer {
    /// A refusal.
    pub fn error(error: ErrorCode) -> SyncAnswer {
        SyncAnswer { error, protocol_type: None, protocol: None, assignment: Bytes::new() }
    }
}

/// The answer to LeaveGroup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaveAnswer {
    /// The error of the whole request.
    pub error: ErrorCode,
    /// One code per member, in the order of the request; empty under an error of the whole.
    pub members: Vec<ErrorCode>,
}
