//! `quorum-state`: the epoch and the vote that this node must not forget.

use std::fs;
use std::path::{Path, PathBuf};

use super::types::Vote;
use crate::log::LogError;
use crate::log::files::write_atomically;
use crate::model::Uuid;

/// The file's name, in the directory of the metadata log.
const QUORUM_STATE: &str = "quorum-state";

#[derive(Debug)]
pub(super) struct VoteFile {
    path: PathBuf,
    directory_id: Uuid,
    node_id: i32,
    vote: Option<Vote>,
}

fn corrupt(path: &Path, reason: impl Into<String>) -> LogError {
    LogError::Corrupt { path: path.to_owned(), reason: reason.into() }
}

impl VoteFile {
    pub(super) fn open(dir: &Path, node_id: i32, directory_id: Uuid) -> Result<VoteFile, LogError> {
        let path = dir.join(QUORUM_STATE);
        let vote = match fs::read(&path) {
            Ok(bytes) => Some(parse(&path, &bytes, node_id)?),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => return Err(LogError::Io { action: "read", path, source }),
        };
        Ok(VoteFile { path, directory_id, node_id, vote })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn vote(&self) -> Option<Vote> {
        self.vote
    }

    /// Makes the vote durable. That a vote we had already given has won is not written by itself: losing that in a crash
    /// loses nothing that a new election would not find out.
    pub(super) fn save(&mut self, vote: &Vote) -> Result<(), LogError> {
        let known = self.vote.as_ref().is_some_and(|saved| saved.leader_id == vote.leader_id);
        if !known {
            write_atomically(&self.path, self.render(vote).as_bytes())?;
        }
        self.vote = Some(*vote);
        Ok(())
    }

    fn render(&self, vote: &Vote) -> String {
        let (candidate, epoch) = (vote.leader_id.voted_for, vote.leader_id.term);
        let leader = if vote.committed { candidate } else { -1 };
        let voted = if vote.committed && candidate != self.node_id { -1 } else { candidate };
        let directory = if voted == self.node_id { self.directory_id } else { Uuid::ZERO };
        format!(
            "{{\"leaderId\":{leader},\"leaderEpoch\":{epoch},\"votedId\":{voted},\"votedDirectoryId\":\"{directory}\",\"data_version\":1}}"
        )
    }
}

fn parse(path: &Path, bytes: &[u8], node_id: i32) -> Result<Vote, LogError> {
    let json: serde_json::Value = serde_json::from_slice(bytes).map_err(|e| corrupt(path, e.to_string()))?;
    let number = |name: &str| {
        let value = json.get(name).and_then(serde_json::Value::as_i64).and_then(|n| i32::try_from(n).ok());
        value.ok_or_else(|| corrupt(path, format!("`{name}` is missing or no number")))
    };
    let (leader, epoch, voted) = (number("leaderId")?, number("leaderEpoch")?, number("votedId")?);
    if epoch < 0 {
        return Err(corrupt(path, format!("leaderEpoch {epoch} is negative")));
    }
    Ok(match (leader, voted) {
        (leader, _) if leader >= 0 => Vote::new_committed(epoch, leader),
        (_, voted) if voted >= 0 => Vote::new(epoch, voted),
        // An epoch without a vote: counting it as our own costs at most one election that we do not support.
        _ => Vote::new(epoch, node_id),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vote_is_remembered_in_kafkas_form() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = VoteFile::open(dir.path(), 1, Uuid(1000)).unwrap();
        assert_eq!(file.vote(), None);
        file.save(&Vote::new(3, 1)).unwrap();
        let text = fs::read_to_string(dir.path().join(QUORUM_STATE)).unwrap();
        assert_eq!(
            text,
            format!(
                "{{\"leaderId\":-1,\"leaderEpoch\":3,\"votedId\":1,\"votedDirectoryId\":\"{}\",\"data_version\":1}}",
                Uuid(1000)
            )
        );
        file.save(&Vote::new_committed(3, 1)).unwrap();
        assert_eq!(VoteFile::open(dir.path(), 1, Uuid(1000)).unwrap().vote(), Some(Vote::new(3, 1)));
        file.save(&Vote::new_committed(4, 2)).unwrap();
        assert_eq!(VoteFile::open(dir.path(), 1, Uuid(1000)).unwrap().vote(), Some(Vote::new_committed(4, 2)));
    }

    #[test]
    fn kafkas_own_files_are_read_and_broken_ones_refused() {
        let dir = tempfile::tempdir().unwrap();
        let write = |text: &str| fs::write(dir.path().join(QUORUM_STATE), text).unwrap();
        write(
            r#"{"clusterId":"","leaderId":1,"leaderEpoch":7,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}"#,
        );
        assert_eq!(VoteFile::open(dir.path(), 1, Uuid(1000)).unwrap().vote(), Some(Vote::new_committed(7, 1)));
        write(r#"{"leaderId":-1}"#);
        assert!(matches!(VoteFile::open(dir.path(), 1, Uuid(1000)), Err(LogError::Corrupt { .. })));
        write("half");
        assert!(VoteFile::open(dir.path(), 1, Uuid(1000)).is_err());
    }
}
