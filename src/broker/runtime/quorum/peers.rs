//! What other voters ask of this one: to the engine and back.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use openraft::Raft;
use openraft::storage::Snapshot;
use tokio::sync::Mutex;

use super::machine::{CheckpointFile, StateMachine, voters_in};
use super::rpc::{PeerAnswer, PeerRequest, SnapshotPiece};
use super::types::{LogId, SnapshotMeta, StoredMembership, Types, Vote, epoch_of, offset_of};
use crate::log::storage::CheckpointName;

/// Serves the requests of other voters.
pub(super) struct PeerDesk {
    pub(super) raft: Raft<Types, StateMachine>,
    pub(super) cluster_id: String,
    pub(super) node_id: i32,
    /// Where snapshots go.
    pub(super) dir: PathBuf,
    /// The snapshot that is being received, if one is.
    pub(super) incoming: Mutex<Option<Incoming>>,
}

/// A snapshot on its way in: a `.part` file of its own.
pub(super) struct Incoming {
    vote: Vote,
    last: LogId,
    file: File,
    path: PathBuf,
    received: u64,
}

impl PeerDesk {
    /// Answers one request.
    pub(super) async fn answer(&self, raw: Bytes) -> Bytes {
        let answer = match PeerRequest::read(raw, &self.cluster_id, self.node_id) {
            Ok(request) => self.serve(request).await,
            Err(e) => PeerAnswer::Refused(e.to_string()),
        };
        if let PeerAnswer::Refused(reason) = &answer {
            tracing::warn!("a request of another voter was refused: {reason}");
        }
        answer.write().into()
    }

    async fn serve(&self, request: PeerRequest) -> PeerAnswer {
        let refused = |e: &dyn std::fmt::Display| PeerAnswer::Refused(e.to_string());
        match request {
            PeerRequest::Append(request) => {
                self.raft.append_entries(request).await.map_or_else(|e| refused(&e), PeerAnswer::Append)
            }
            PeerRequest::Vote(request) => self.raft.vote(request).await.map_or_else(|e| refused(&e), PeerAnswer::Vote),
            PeerRequest::PreVote(request) => {
                self.raft.pre_vote(request).await.map_or_else(|e| refused(&e), PeerAnswer::Vote)
            }
            PeerRequest::TransferLeader(request) => match self.raft.handle_transfer_leader(request).await {
                Ok(outcome) => PeerAnswer::TransferLeader(outcome.is_ok()),
                Err(e) => refused(&e),
            },
            PeerRequest::Snapshot(piece) => self.take_piece(piece).await.unwrap_or_else(|e| refused(&e)),
        }
    }

    async fn take_piece(&self, piece: SnapshotPiece) -> io::Result<PeerAnswer> {
        let mut incoming = self.incoming.lock().await;
        if piece.position == 0 {
            *incoming = Some(Incoming::begin(&self.dir, &piece)?);
        }
        let Some(current) = incoming.as_mut().filter(|current| current.continues_with(&piece)) else {
            return Err(io::Error::other(format!(
                "the piece at {} of a snapshot does not follow what was received",
                piece.position
            )));
        };
        current.file.write_all_at(&piece.bytes, piece.position)?;
        current.received += piece.bytes.len() as u64;
        if current.received < piece.size {
            return Ok(PeerAnswer::Snapshot(piece.vote));
        }
        let Some(whole) = incoming.take() else { return Err(io::Error::other("the snapshot is gone")) };
        let (vote, last, path) = (whole.vote, whole.last, whole.path.clone());
        let members = tokio::task::spawn_blocking(move || {
            whole.file.sync_all()?;
            voters_in(&whole.path).map_err(io::Error::other)
        })
        .await
        .map_err(io::Error::other)??;
        let meta =
            SnapshotMeta { last_log_id: Some(last), last_membership: StoredMembership::new(Some(last), members) };
        let snapshot = Snapshot { meta, snapshot: CheckpointFile { path } };
        let answer = self.raft.install_full_snapshot(vote, snapshot).await.map_err(io::Error::other)?;
        Ok(PeerAnswer::Snapshot(answer.vote))
    }
}

impl Incoming {
    fn begin(dir: &Path, piece: &SnapshotPiece) -> io::Result<Incoming> {
        let name = CheckpointName { end: offset_of(&piece.last).next(), epoch: epoch_of(&piece.last) };
        let path = dir.join(format!("{}.incoming.part", name.file_name()));
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
        Ok(Incoming { vote: piece.vote, last: piece.last, file, path, received: 0 })
    }

    fn continues_with(&self, piece: &SnapshotPiece) -> bool {
        self.vote == piece.vote && self.last == piece.last && self.received == piece.position
    }
}
