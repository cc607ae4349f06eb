//! The metadata quorum: records in, committed records out, in one order on every node.
//!
//! Everything of openraft stays in this folder. The rest of the broker sees [`Quorum`] and the images that committed
//! records make. On disk there is only Kafka's format: raft index = offset, raft term = leader epoch, one entry = one
//! record; a leader's blank entry is a LeaderChange control record, a membership a KRaftVoters one. The vote is in
//! `quorum-state`, snapshots are `<offset>-<epoch>.checkpoint`.

mod adaptive;
mod entries;
#[cfg(test)]
mod flipped_bits;
mod leadership;
mod machine;
mod network;
mod observer;
mod peers;
mod raft;
mod rpc;
mod segments;
mod store;
#[cfg(test)]
mod tests;
mod types;
mod vote_file;
mod voters;

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;

use bytes::Bytes;
use tokio::sync::watch;

pub use adaptive::{AdaptiveQuorum, take_part};
pub use observer::{ObserverQuorum, observe};
pub use raft::{RaftQuorum, start};
pub use rpc::PEER_API_KEY;
pub use types::Voter;
pub use voters::{VoterChange, VoterRefusal};

use crate::log::LogError;
use crate::log::storage::{CheckpointName, VoterEndpoint};
use crate::model::{BrokerId, LeaderEpoch, Offset, TimestampMs, Uuid};

/// What a node must know to take part.
#[derive(Clone, Debug)]
pub struct QuorumSettings {
    /// The cluster's id: voters of another one are not listened to.
    pub cluster_id: String,
    /// This node.
    pub node_id: BrokerId,
    /// The id of the directory that holds its metadata log.
    pub directory_id: Uuid,
    /// That directory (`metadata.log.dir`).
    pub metadata_dir: PathBuf,
    /// The voters of a quorum whose log does not name them (`controller.quorum.voters`, kraft.version 0).
    pub static_voters: Vec<Voter>,
    /// `metadata.log.segment.bytes`.
    pub segment_bytes: u64,
    /// `metadata.log.max.record.bytes.between.snapshots`.
    pub snapshot_after_bytes: u64,
    /// `metadata.log.max.snapshot.interval.ms`; 0 is never by time.
    pub snapshot_after_ms: u64,
    /// `controller.quorum.election.timeout.ms`.
    pub election_timeout_ms: u64,
    /// `controller.quorum.fetch.timeout.ms`.
    pub fetch_timeout_ms: u64,
}

/// Who leads, as this node knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Leadership {
    /// The leader.
    pub leader: Option<BrokerId>,
    /// Its epoch.
    pub epoch: LeaderEpoch,
    /// Whether this node leads and has applied everything that was committed before it did: only then may it decide.
    pub active: bool,
}

/// How far one replica of the metadata log has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaProgress {
    /// Whose.
    pub id: BrokerId,
    /// The id of its metadata directory.
    pub directory_id: Uuid,
    /// Its log end offset, -1 when it is not known.
    pub log_end: Offset,
    /// When the leader last heard of it; -1 when it did not.
    pub last_heard: TimestampMs,
    /// When it last had everything that the leader had; -1 when that is not known.
    pub last_caught_up: TimestampMs,
}

/// The quorum as DescribeQuorum tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuorumStatus {
    /// Who leads.
    pub leadership: Leadership,
    /// First offset that is not committed.
    pub high_watermark: Offset,
    /// Voters.
    pub voters: Vec<ReplicaProgress>,
    /// Those that follow without a vote.
    pub observers: Vec<ReplicaProgress>,
    /// Where each voter is reached.
    pub endpoints: Vec<(BrokerId, Vec<VoterEndpoint>)>,
}

/// A stretch of the committed metadata log, for those who follow it by Fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// Whole batches from the offset asked for on, maybe none.
    Batches {
        /// The batches, one after another.
        bytes: Bytes,
        /// First offset of the log that is not committed.
        high_watermark: Offset,
        /// First offset of the log.
        log_start: Offset,
    },
    /// The asker's log ends in an epoch that ended earlier: it must cut back to there.
    Diverging {
        /// The last epoch that both have.
        epoch: LeaderEpoch,
        /// Where it ends here.
        end: Offset,
    },
    /// The offset is below the log: a snapshot stands there instead.
    Snapshot(CheckpointName),
    /// This node does not lead.
    NotHere,
}

/// What a follower of the metadata log asks for, and tells of itself by that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowerFetch {
    /// Who asks; -1 for one that is no replica.
    pub id: BrokerId,
    /// The id of its metadata directory.
    pub directory_id: Uuid,
    /// It has everything below this offset,
    pub from: Offset,
    /// the last of it in this epoch; -1 when it does not say.
    pub last_epoch: LeaderEpoch,
    /// About how many bytes it takes.
    pub most: usize,
}

/// Why records were not, or may not have been, committed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProposeError {
    /// Nothing was written: this node does not lead (in the epoch that the records were made for).
    #[error("this node does not lead the metadata quorum")]
    NotLeader,
    /// Another leader took over; whether the records stay is for it to say.
    #[error("the metadata quorum changed its leader before the records were committed")]
    Lost,
    /// The quorum stopped: a fault of this node's disk, or the broker stops.
    #[error("the metadata quorum has stopped: {0}")]
    Stopped(String),
}

/// The offset of the last of some proposed records, once they are committed.
pub type Committed = Pin<Box<dyn Future<Output = Result<Offset, ProposeError>> + Send>>;

/// A replicated log of metadata records.
pub trait Quorum: Send + Sync + 'static {
    /// Appends values of the metadata log in the order of the calls, if this node leads in `epoch`. Returns once their
    /// place is settled; the future inside resolves when they are committed, applied and published.
    fn propose<'a>(
        &'a self,
        epoch: LeaderEpoch,
        values: Vec<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Committed, ProposeError>> + Send + 'a>>;

    /// Who leads, and every change of it.
    fn leadership(&self) -> watch::Receiver<Leadership>;

    /// Who votes, and every change of it that is committed; `None` before that is known.
    fn voters(&self) -> watch::Receiver<Option<Vec<BrokerId>>>;

    /// Whether this node takes part as a voter.
    fn votes(&self) -> bool;

    /// For a node without a vote: turns true when a leader treats it as a voter. Its log will say so once the change is
    /// committed, for which the leader may need this very node.
    fn summoned(&self) -> watch::Receiver<bool>;

    /// Gives or takes a vote; returns once that is committed.
    fn change_voters(&self, change: VoterChange)
    -> Pin<Box<dyn Future<Output = Result<(), VoterRefusal>> + Send + '_>>;

    /// Where the applied log ends, while it ends inside a metadata transaction (KIP-868); `None` else. A new leader finds
    /// what an old one left.
    fn open_transaction(&self) -> Option<Offset> {
        None
    }

    /// The state of all replicas.
    fn status(&self) -> QuorumStatus;

    /// Who leads, and where its controller listener is.
    fn leader_endpoint(&self) -> Option<(BrokerId, String)>;

    /// Answers a message of another voter (API key [`PEER_API_KEY`]).
    fn answer_peer(&self, request: Bytes) -> Pin<Box<dyn Future<Output = Bytes> + Send + '_>>;

    /// Reads the committed log for a follower, and remembers how far that one is.
    ///
    /// # Errors
    /// [`LogError`] when the disk fails.
    fn read_committed(&self, fetch: &FollowerFetch) -> Result<Stretch, LogError>;

    /// Resolves with the reason when the quorum can go on no longer; the broker must stop then.
    fn failed(&self) -> Pin<Box<dyn Future<Output = String> + Send>>;

    /// Writes a snapshot now, and drops what it makes unnecessary.
    fn snapshot(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// Stops, and closes the log in order.
    fn shutdown(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Why the quorum did not start.
#[derive(Debug, thiserror::Error)]
pub enum QuorumError {
    /// The disk, or what stands on it.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A record that this build does not understand.
    #[error("{}: {reason}; a newer release may have written it: start that one, or restore the directory", .path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Nobody said who votes.
    #[error("{} names no voters of the metadata quorum: format the directory with `logbus storage format`, or set controller.quorum.voters", .0.display())]
    NoVoters(PathBuf),
    /// A controller that the voters do not name.
    #[error(
        "node {node} is a controller, but the voters of the metadata quorum are {voters:?}: correct node.id or controller.quorum.voters"
    )]
    NotAVoter {
        /// This node.
        node: i32,
        /// Those who vote.
        voters: Vec<i32>,
    },
    /// The engine.
    #[error("the metadata quorum did not start: {0}")]
    Engine(String),
}
