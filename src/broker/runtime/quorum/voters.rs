//! Voters come and go, one at a time (KIP-853).

use std::collections::BTreeSet;

use openraft::async_runtime::watch::WatchReceiver as _;
use openraft::{ChangeMembers, EntryPayload, Precondition, Raft};

use super::machine::StateMachine;
use super::types::{Types, Voter, membership_of, voters_of};
use crate::model::{BrokerId, ErrorCode, Uuid};

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
    /// A voter is reached elsewhere.
    Update(Voter),
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
    }
    Ok(voters)
}

/// Has a change committed. `following` are the observers that have everything, whom alone a vote may be given.
pub(super) async fn change(
    raft: &Raft<Types, StateMachine>,
    change: &VoterChange,
    following: &BTreeSet<BrokerId>,
) -> Result<(), VoterRefusal> {
    let stored = raft.metrics().borrow_watched().membership_config.clone();
    let committed = raft.metrics().borrow_watched().committed_membership_config.clone();
    if stored.log_id() != committed.log_id() {
        let text = "Request timed out waiting for voters to commit the latest voter change.";
        return Err(VoterRefusal::new(ErrorCode::RequestTimedOut, text));
    }
    let voters = changed(&voters_of(stored.membership()), change)?;
    if let VoterChange::Add(new) = change
        && !following.contains(&new.id)
    {
        // A vote for one that lags would leave the quorum with less than it had.
        let text = format!("New voter {} is not caught up with the metadata log.", new.id);
        return Err(VoterRefusal::new(ErrorCode::RequestTimedOut, text));
    }
    let last_membership_log_id = *stored.log_id();
    let unchanged = Precondition::LastMembershipLogId { last_membership_log_id };
    let membership = membership_of(&voters);
    let written = match change {
        // The engine tells those who come or go from those who stay and are found elsewhere.
        VoterChange::Update(voter) => {
            let id = voter.id.get();
            let moved = membership.get_node(&id).map(|member| (id, member.clone())).into_iter().collect();
            raft.change_membership_if(ChangeMembers::SetNodes(moved), true, [unchanged]).await
        }
        VoterChange::Add(_) | VoterChange::Remove { .. } => {
            raft.append_membership(membership, EntryPayload::Blank, [unchanged]).await
        }
    };
    written.map(drop).map_err(|e| VoterRefusal::new(ErrorCode::NotLeaderOrFollower, e.to_string()))
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
    fn voters_that_stand_in_files_are_not_changed_by_requests() {
        let standing = [Voter { directory_id: Uuid::ZERO, ..voter(1) }];
        assert_eq!(code(changed(&standing, &VoterChange::Add(voter(2)))), ErrorCode::UnsupportedVersion);
    }
}
