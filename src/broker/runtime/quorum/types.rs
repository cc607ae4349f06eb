//! openraft's view of our types.

use std::fmt;

use openraft::impls::leader_id_std;
use openraft::vote::RaftLeaderId as _;
use serde::{Deserialize, Serialize};

use crate::log::storage::VoterEndpoint;
use crate::model::{BrokerId, LeaderEpoch, Offset, Uuid};

/// A voter of the metadata quorum.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Voter {
    /// Its node id.
    pub id: BrokerId,
    /// The id of its metadata directory; zero in a static quorum.
    pub directory_id: Uuid,
    /// Where it is reached.
    pub endpoints: Vec<VoterEndpoint>,
}

/// [`Voter`] as a member's data: openraft wants it to be serializable.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Member {
    directory_id: u128,
    endpoints: Vec<(String, String, u16)>,
}

impl Member {
    pub(super) fn of(voter: &Voter) -> Member {
        let endpoints = voter.endpoints.iter().map(|e| (e.listener.clone(), e.host.clone(), e.port)).collect();
        Member { directory_id: voter.directory_id.0, endpoints }
    }

    pub(super) fn voter(&self, id: i32) -> Voter {
        let endpoints = self.endpoints.iter().map(|(listener, host, port)| VoterEndpoint {
            listener: listener.clone(),
            host: host.clone(),
            port: *port,
        });
        Voter { id: BrokerId(id), directory_id: Uuid(self.directory_id), endpoints: endpoints.collect() }
    }
}

/// One record: the value of the metadata log and its timestamp.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    pub(super) timestamp: i64,
    pub(super) bytes: Vec<u8>,
    /// Whether it is a KRaftVersion control record: for those who read the log, not for the image.
    pub(super) is_kraft_version: bool,
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record of {} bytes", self.bytes.len())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

openraft::declare_raft_types!(
    /// Term and node ids are Kafka's epochs and ids; one leader a term, as Kafka has it.
    pub Types:
        D = Value,
        R = (),
        NodeId = i32,
        Node = Member,
        Term = i32,
        LeaderId = leader_id_std::LeaderId<Self::Term, Self::NodeId>,
);

pub(super) type Entry = openraft::type_config::alias::EntryOf<Types>;
pub(super) type LogId = openraft::type_config::alias::LogIdOf<Types>;
pub(super) type Vote = openraft::type_config::alias::VoteOf<Types>;
pub(super) type Membership = openraft::Membership<i32, Member>;
pub(super) type StoredMembership = openraft::type_config::alias::StoredMembershipOf<Types>;
pub(super) type SnapshotMeta = openraft::type_config::alias::SnapshotMetaOf<Types>;

pub(super) fn log_id(epoch: LeaderEpoch, offset: Offset) -> LogId {
    // Offsets in a log are never negative.
    let leader = leader_id_std::LeaderId { term: epoch.get(), voted_for: 0 };
    LogId::new(leader.to_committed(), offset.get().max(0) as u64)
}

pub(super) fn offset_of(id: &LogId) -> Offset {
    Offset(i64::try_from(id.index).unwrap_or(i64::MAX))
}

pub(super) fn epoch_of(id: &LogId) -> LeaderEpoch {
    LeaderEpoch(id.leader_id.term)
}

pub(super) fn membership_of(voters: &[Voter]) -> Membership {
    let nodes: std::collections::BTreeMap<i32, Member> =
        voters.iter().map(|voter| (voter.id.get(), Member::of(voter))).collect();
    Membership::from(nodes)
}

/// The level of `kraft.version`: voters that are named by files, not by the log, have no directories.
pub(super) fn kraft_version_of(membership: &Membership) -> i16 {
    let voters = voters_of(membership);
    i16::from(!voters.is_empty() && voters.iter().all(|voter| !voter.directory_id.is_zero()))
}

pub(super) fn voters_of(membership: &Membership) -> Vec<Voter> {
    let voters: Vec<i32> = membership.voter_ids().collect();
    membership.nodes().filter(|(id, _)| voters.contains(id)).map(|(id, member)| member.voter(*id)).collect()
}
