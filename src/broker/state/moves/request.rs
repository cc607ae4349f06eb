//! What becomes of a request to move a replica (AlterReplicaLogDirs).

use crate::model::{ErrorCode, Uuid};

/// The directory that a replica is to move to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The broker has no such directory.
    NotFound,
    /// It has failed.
    Offline,
    /// It takes no new replicas (`cordoned.log.dirs`, KIP-1066).
    Cordoned(Uuid),
    /// It is in use.
    Online(Uuid),
}

/// The replica that is to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hosted {
    /// The cluster has no such partition, as far as this broker knows.
    Unknown,
    /// Other brokers hold it.
    Elsewhere,
    /// Its directory has failed.
    Offline,
    /// It lies in a directory, and may be on its way to another already.
    At {
        /// Where its log is.
        dir: Uuid,
        /// Where its copy is.
        moving_to: Option<Uuid>,
    },
}

/// What to do about the request, in this order, and what to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The move that is under way ends.
    pub cancel: bool,
    /// The directory is where the replica shall be made, should it be assigned to this broker later.
    pub prefer: bool,
    /// A move begins.
    pub begin: bool,
    /// The answer.
    pub code: ErrorCode,
}

/// Judges a request (`ReplicaManager.alterReplicaLogDirs`); `name_fits` tells whether the future directory's name is
/// one that a file system takes.
pub fn judge(name_fits: bool, destination: Destination, hosted: Hosted) -> Verdict {
    let answer = |code| Verdict { cancel: false, prefer: false, begin: false, code };
    if !name_fits {
        return answer(ErrorCode::InvalidTopicException);
    }
    let to = match destination {
        Destination::NotFound => return answer(ErrorCode::LogDirNotFound),
        Destination::Offline => return answer(ErrorCode::KafkaStorageError),
        Destination::Cordoned(to) | Destination::Online(to) => to,
    };
    let is_cordoned = matches!(destination, Destination::Cordoned(_));
    match hosted {
        // A move that leads there already may go on, and one back is no move.
        Hosted::At { dir, moving_to } if is_cordoned && dir != to && moving_to != Some(to) => {
            answer(ErrorCode::InvalidReplicaAssignment)
        }
        Hosted::Unknown | Hosted::Elsewhere if is_cordoned => answer(ErrorCode::InvalidReplicaAssignment),
        Hosted::Unknown => Verdict { prefer: true, ..answer(ErrorCode::UnknownTopicOrPartition) },
        Hosted::Elsewhere => Verdict { prefer: true, ..answer(ErrorCode::ReplicaNotAvailable) },
        Hosted::Offline => answer(ErrorCode::KafkaStorageError),
        Hosted::At { dir, moving_to } => {
            let cancel = moving_to.is_some_and(|other| other != to);
            let begin = dir != to && (cancel || moving_to.is_none());
            Verdict { cancel, begin, ..answer(ErrorCode::None) }
        }
    }
}
