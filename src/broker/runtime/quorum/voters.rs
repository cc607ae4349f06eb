//! Voters come and go, one at a time (KIP-853).

use std::collections::{BTreeMap, BTreeSet};

use openraft::async_runtime::watch::WatchReceiver as _;
use openraft::{ChangeMembers, EntryPayload, Precondition, Raft};

use super::machine::StateMachine;
use super::types::{StoredMembership, Types, Value, Voter, kraft_version_of, membership_of, voters_of};
use crate::model::{BrokerId, ErrorCode, TimestampMs, Uuid};
use crate::wire::records::control::KRaftVersionRecord;
use crate::wire::schema::Message as _;

/// A change of the set of voters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VoterChange {
    /// A node that follows the log already gets a vote.
    Add(Voter),
    /// A voter loses its vote.
    Remove {
        /// Its node id.
        id: BrokerId,
        /// The id of its metadata directory.
        directory_id: Uuid,
    },
    /// A voter is reached elsewhere; one that files name tells of its directory.
    Update(Voter),
    /// From now on the log names the voters that files have named so far (kraft.version 1).
    Name {
        /// Only say whether that can be.
        dry_run: bool,
    },
}

/// Why the voters stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct VoterRefusal {
    /// The error on the wire.
    pub code: ErrorCode,
    /// The reason.
    pub message: String,
}

impl VoterRefusal {
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> VoterRefusal {
        VoterRefusal { code, message: message.into() }
    }
}

/// The voters after a change.
///
/// # Errors
/// [`VoterRefusal`] for one who votes already, or does not, or a quorum whose voters stand in files.
pub(super) fn changed(voters: &[Voter], change: &VoterChange) -> Result<Vec<Voter>, VoterRefusal> {
    if voters.iter().any(|voter| voter.directory_id.is_zero()) {
        return Err(VoterRefusal::new(
            ErrorCode::UnsupportedVersion,
            "Cluster doesn't support changing voters: they are named by controller.quorum.voters (kraft.version 0).",
        ));
    }
    let unknown = |id: BrokerId, directory_id: Uuid| {
        let text = format!("The voter id {id} with directory id {directory_id} is not in the set of voters.");
        VoterRefusal::new(ErrorCode::VoterNotFound, text)
    };
    let mut voters = voters.to_vec();
    match change {
        VoterChange::Add(new) => {
            if voters.iter().any(|voter| voter.id == new.id) {
                let text = format!("The voter id {} is already in the set of voters.", new.id);
                return Err(VoterRefusal::new(ErrorCode::DuplicateVoter, text));
            }
            voters.push(new.clone());
        }
        VoterChange::Remove { id, directory_id } => {
            let before = voters.len();
            voters.retain(|voter| voter.id != *id || voter.directory_id != *directory_id);
            if voters.len() == before {
                return Err(unknown(*id, *directory_id));
            }
            if voters.is_empty() {
                let text = "The last voter cannot be removed: nobody would be left to decide.";
                return Err(VoterRefusal::new(ErrorCode::InvalidRequest, text));
            }
        }
        VoterChange::Update(new) => {
            let same = |voter: &&mut Voter| voter.id == new.id && voter.directory_id == new.directory_id;
            *voters.iter_mut().find(same).ok_or_else(|| unknown(new.id, new.directory_id))? = new.clone();
        }
        VoterChange::Name { .. } => {}
    }
    Ok(voters)
}

/// The voters that files name, as the log will name them: `told` has what they have said of themselves.
///
/// # Errors
/// [`VoterRefusal`] while one of them was not heard of.
pub(super) fn named(voters: &[Voter], told: &BTreeMap<BrokerId, Voter>) -> Result<Vec<Voter>, VoterRefusal> {
    let find = |voter: &Voter| {
        told.get(&voter.id).cloned().ok_or_else(|| {
            let text = format!("Voter {} has not told this leader yet which directory its log is in.", voter.id);
            VoterRefusal::new(ErrorCode::InvalidUpdateVersion, text)
        })
    };
    voters.iter().map(find).collect()
}

/// Has the voters named by the log, where files have named them so far: a KRaftVersion and a KRaftVoters record.
pub(super) async fn name(
    raft: &Raft<Types, StateMachine>,
    told: &BTreeMap<BrokerId, Voter>,
    dry_run: bool,
) -> Result<(), VoterRefusal> {
    let stored = settled(raft)?;
    if kraft_version_of(stored.membership()) > 0 {
        return Ok(());
    }
    let voters = named(&voters_of(stored.membership()), told)?;
    if dry_run {
        return Ok(());
    }
    let lost = |e: &dyn std::fmt::Display| VoterRefusal::new(ErrorCode::NotLeaderOrFollower, e.to_string());
    let version = KRaftVersionRecord { version: 0, k_raft_version: 1 };
    let timestamp = TimestampMs::now().get();
    let value = Value { timestamp, bytes: version.to_bytes(0).to_vec(), is_kraft_version: true };
    raft.client_write(value).await.map_err(|e| lost(&e))?;
    append(raft, &stored, &voters).await
}

/// Has a change committed. `following` are the observers that have everything, whom alone a vote may be given.
pub(super) async fn change(
    raft: &Raft<Types, StateMachine>,
    change: &VoterChange,
    following: &BTreeSet<BrokerId>,
) -> Result<(), VoterRefusal> {
    let stored = settled(raft)?;
    let voters = changed(&voters_of(stored.membership()), change)?;
    if let VoterChange::Add(new) = change
        && !following.contains(&new.id)
    {
        // A vote for one that lags would leave the quorum with less than it had.
        let text = format!("New voter {} is not caught up with the metadata log.", new.id);
        return Err(VoterRefusal::new(ErrorCode::RequestTimedOut, text));
    }
    append(raft, &stored, &voters).await
}

/// The membership, if no change of it is under way.
fn settled(raft: &Raft<Types, StateMachine>) -> Result<StoredMembership, VoterRefusal> {
    let stored = raft.metrics().borrow_watched().membership_config.clone();
    let committed = raft.metrics().borrow_watched().committed_membership_config.clone();
    if stored.log_id() != committed.log_id() {
        let text = "Request timed out waiting for voters to commit the latest voter change.";
        return Err(VoterRefusal::new(ErrorCode::RequestTimedOut, text));
    }
    Ok(StoredMembership::clone(&stored))
}

async fn append(
    raft: &Raft<Types, StateMachine>,
    stored: &StoredMembership,
    voters: &[Voter],
) -> Result<(), VoterRefusal> {
    let last_membership_log_id = *stored.log_id();
    let unchanged = Precondition::LastMembershipLogId { last_membership_log_id };
    let next = membership_of(voters);
    // Either way one entry: the engine has who votes changed by the one, and where they are by the other.
    let appended = if next.voter_ids().eq(stored.membership().voter_ids()) {
        let nodes = next.nodes().map(|(id, member)| (*id, member.clone())).collect();
        raft.change_membership_if(ChangeMembers::SetNodes(nodes), true, [unchanged]).await
    } else {
        raft.append_membership(next, EntryPayload::Blank, [unchanged]).await
    };
    appended.map(drop).map_err(|e| VoterRefusal::new(ErrorCode::NotLeaderOrFollower, e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voter(id: i32) -> Voter {
        Voter { id: BrokerId(id), directory_id: Uuid(1000 + id as u128), endpoints: Vec::new() }
    }

    fn ids(outcome: &Result<Vec<Voter>, VoterRefusal>) -> Vec<i32> {
        outcome.as_ref().unwrap().iter().map(|voter| voter.id.get()).collect()
    }

    fn code(outcome: Result<Vec<Voter>, VoterRefusal>) -> ErrorCode {
        outcome.unwrap_err().code
    }

    #[test]
    fn voters_come_and_go_one_at_a_time() {
        let voters = [voter(1), voter(2)];
        assert_eq!(ids(&changed(&voters, &VoterChange::Add(voter(3)))), [1, 2, 3]);
        let remove = VoterChange::Remove { id: BrokerId(1), directory_id: Uuid(1001) };
        assert_eq!(ids(&changed(&voters, &remove)), [2]);
        assert_eq!(code(changed(&voters[..1], &remove)), ErrorCode::InvalidRequest);
    }

    #[test]
    fn one_who_is_in_or_is_not_is_refused() {
        let voters = [voter(1), voter(2)];
        assert_eq!(code(changed(&voters, &VoterChange::Add(voter(2)))), ErrorCode::DuplicateVoter);
        let other_disk = VoterChange::Remove { id: BrokerId(1), directory_id: Uuid(7) };
        assert_eq!(code(changed(&voters, &other_disk)), ErrorCode::VoterNotFound);
        assert_eq!(code(changed(&voters, &VoterChange::Update(voter(9)))), ErrorCode::VoterNotFound);
    }

    #[test]
    fn voters_that_files_name_are_named_by_the_log_once_all_have_told_of_their_directories() {
        let standing = [1, 2].map(|id| Voter { directory_id: Uuid::ZERO, ..voter(id) });
        let mut told = BTreeMap::from([(BrokerId(1), voter(1)), (BrokerId(9), voter(9))]);
        let refusal = named(&standing, &told).unwrap_err();
        assert_eq!(refusal.code, ErrorCode::InvalidUpdateVersion);
        assert!(refusal.message.starts_with("Voter 2 has not told"), "{}", refusal.message);
        told.insert(BrokerId(2), voter(2));
        assert_eq!(named(&standing, &told), Ok(vec![voter(1), voter(2)]));
    }

    #[test]
    fn voters_that_stand_in_files_are_not_changed_by_requests() {
        let standing = [Voter { directory_id: Uuid::ZERO, ..voter(1) }];
        assert_eq!(code(changed(&standing, &VoterChange::Add(voter(2)))), ErrorCode::UnsupportedVersion);
    }
}
