//! Talking to the other voters, over their controller listeners.

use std::collections::BTreeMap;
use std::fs::File;
use std::future::Future;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::Either;
use openraft::errors::{NetworkError, RPCError, ReplicationClosed, StreamingError, Unreachable};
use openraft::network::{Backoff, RPCOption, RaftNetworkFactory, RaftNetworkV2};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, TransferLeaderRequest, TransferLeaderResponse,
    VoteRequest, VoteResponse,
};

use parking_lot::Mutex;

use super::machine::CheckpointFile;
use super::rpc::{PEER_API_KEY, PEER_API_VERSION, PeerAnswer, PeerRequest, SnapshotPiece};
use super::types::{Member, Membership, Types, Vote};
use crate::client::{ClientConfig, Connection};

/// A voter that is down is asked again this much later: it must hear of its leader before its own election timer ends.
const RETRY_AFTER: Duration = Duration::from_millis(100);
/// Bytes of a snapshot in one message.
const PIECE_BYTES: usize = 1 << 20;
/// How long one piece of a snapshot may take: the receiver syncs the last one to disk.
const PIECE_TIMEOUT: Duration = Duration::from_secs(30);

/// Makes the ways to other voters.
#[derive(Clone)]
pub(super) struct Peers {
    pub(super) cluster_id: Arc<str>,
    pub(super) config: Arc<ClientConfig>,
    pub(super) addresses: Arc<Addresses>,
}

/// Where voters are. A way to one that has moved meanwhile leads to the new place from its next connection on.
#[derive(Debug, Default)]
pub(super) struct Addresses(Mutex<BTreeMap<i32, String>>);

impl Addresses {
    /// Takes over where a membership says that its voters are.
    pub(super) fn learn(&self, membership: &Membership) {
        let found = membership.nodes().filter_map(|(id, member)| Some((*id, address_of(*id, member)?)));
        let found = found.collect();
        *self.0.lock() = found;
    }

    fn get(&self, id: i32) -> Option<String> {
        self.0.lock().get(&id).cloned()
    }
}

fn address_of(id: i32, member: &Member) -> Option<String> {
    member.voter(id).endpoints.first().map(|e| format!("{}:{}", e.host, e.port))
}

impl RaftNetworkFactory<Types> for Peers {
    type Network = Peer;

    async fn new_client(&mut self, target: i32, member: &Member) -> Peer {
        Peer { peers: self.clone(), target, address: address_of(target, member), connection: None }
    }
}

/// The way to one voter. Its connection is made when it is first needed, and anew after a failure.
pub(super) struct Peer {
    peers: Peers,
    target: i32,
    address: Option<String>,
    connection: Option<Connection>,
}

/// Why a voter did not answer.
enum Silence {
    /// There is no connection to be had.
    Unreachable(String),
    /// The connection failed, or was too slow.
    Network(String),
}

impl From<Silence> for RPCError<Types> {
    fn from(silence: Silence) -> RPCError<Types> {
        match silence {
            Silence::Unreachable(why) => RPCError::Unreachable(Unreachable::from_string(why)),
            Silence::Network(why) => RPCError::Network(NetworkError::from_string(why)),
        }
    }
}

impl From<Silence> for StreamingError<Types> {
    fn from(silence: Silence) -> StreamingError<Types> {
        match silence {
            Silence::Unreachable(why) => StreamingError::Unreachable(Unreachable::from_string(why)),
            Silence::Network(why) => StreamingError::Network(NetworkError::from_string(why)),
        }
    }
}

impl Peer {
    async fn connection(&mut self, within: Duration) -> Result<Connection, Silence> {
        if let Some(connection) = self.connection.as_ref().filter(|c| !c.is_closed()) {
            return Ok(connection.clone());
        }
        let address = self
            .peers
            .addresses
            .get(self.target)
            .or_else(|| self.address.clone())
            .ok_or_else(|| Silence::Unreachable(format!("voter {} has no controller endpoint", self.target)))?;
        let opening = Connection::open(&address, &self.peers.config);
        let connection = tokio::time::timeout(within, opening)
            .await
            .map_err(|_| Silence::Unreachable(format!("voter {} at {address}: no connection in time", self.target)))?
            .map_err(|e| Silence::Unreachable(format!("voter {}: {e}", self.target)))?;
        self.connection = Some(connection.clone());
        Ok(connection)
    }

    async fn ask(&mut self, request: &PeerRequest, within: Duration) -> Result<PeerAnswer, Silence> {
        let target = self.target;
        let network = |e: &dyn std::fmt::Display| Silence::Network(format!("voter {target}: {e}"));
        let body = request.write(&self.peers.cluster_id, target).map_err(|e| network(&e))?;
        let connection = self.connection(within).await?;
        let answer = connection.exchange_raw(PEER_API_KEY, PEER_API_VERSION, &body, within).await;
        let answer = match answer {
            Ok(answer) => PeerAnswer::read(answer).map_err(|e| network(&e)),
            Err(e) => Err(network(&e)),
        };
        if answer.is_err() {
            self.connection = None;
        }
        match answer? {
            // Asking at once again would change nothing.
            PeerAnswer::Refused(why) => Err(Silence::Unreachable(format!("voter {target} refused: {why}"))),
            answer => Ok(answer),
        }
    }

    fn strange(&self, answer: &PeerAnswer) -> Silence {
        Silence::Network(format!("voter {} gave a strange answer: {answer:?}", self.target))
    }

    async fn send_snapshot(&mut self, vote: Vote, snapshot: Outgoing) -> Result<Vote, StreamingError<Types>> {
        let mut position = 0;
        loop {
            let bytes = snapshot.read(position).map_err(|e| Silence::Network(e.to_string()))?;
            let end = position + bytes.len() as u64;
            let piece = SnapshotPiece { vote, last: snapshot.last, size: snapshot.size, position, bytes };
            match self.ask(&PeerRequest::Snapshot(piece), PIECE_TIMEOUT).await? {
                PeerAnswer::Snapshot(theirs) if theirs > vote || end >= snapshot.size => return Ok(theirs),
                PeerAnswer::Snapshot(_) => position = end,
                other => return Err(self.strange(&other).into()),
            }
        }
    }
}

/// A snapshot's file on its way out.
struct Outgoing {
    file: File,
    size: u64,
    last: super::types::LogId,
}

impl Outgoing {
    fn read(&self, position: u64) -> std::io::Result<Bytes> {
        let len = usize::try_from(self.size - position).unwrap_or(usize::MAX).min(PIECE_BYTES);
        let mut piece = vec![0; len];
        self.file.read_exact_at(&mut piece, position)?;
        Ok(piece.into())
    }
}

impl RaftNetworkV2<Types> for Peer {
    type SnapshotData = CheckpointFile;

    async fn append_entries(
        &mut self,
        request: AppendEntriesRequest<Types>,
        option: RPCOption,
    ) -> Result<AppendEntriesResponse<Types>, RPCError<Types>> {
        match self.ask(&PeerRequest::Append(request), option.soft_ttl()).await? {
            PeerAnswer::Append(response) => Ok(response),
            other => Err(self.strange(&other).into()),
        }
    }

    async fn vote(
        &mut self,
        request: VoteRequest<Types>,
        option: RPCOption,
    ) -> Result<VoteResponse<Types>, RPCError<Types>> {
        match self.ask(&PeerRequest::Vote(request), option.soft_ttl()).await? {
            PeerAnswer::Vote(response) => Ok(response),
            other => Err(self.strange(&other).into()),
        }
    }

    async fn pre_vote(
        &mut self,
        request: VoteRequest<Types>,
        option: RPCOption,
    ) -> Result<VoteResponse<Types>, RPCError<Types>> {
        match self.ask(&PeerRequest::PreVote(request), option.soft_ttl()).await? {
            PeerAnswer::Vote(response) => Ok(response),
            other => Err(self.strange(&other).into()),
        }
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: openraft::type_config::alias::SnapshotOf<Types, CheckpointFile>,
        cancel: impl Future<Output = ReplicationClosed> + openraft::OptionalSend + 'static,
        _: RPCOption,
    ) -> Result<SnapshotResponse<Types>, StreamingError<Types>> {
        let failed = |e: &dyn std::fmt::Display| StreamingError::from(Silence::Network(e.to_string()));
        let last = snapshot.meta.last_log_id.ok_or_else(|| failed(&"a snapshot of nothing"))?;
        let file = File::open(&snapshot.snapshot.path).map_err(|e| failed(&e))?;
        let size = file.metadata().map_err(|e| failed(&e))?.len();
        let sending = std::pin::pin!(self.send_snapshot(vote, Outgoing { file, size, last }));
        match futures_util::future::select(sending, std::pin::pin!(cancel)).await {
            Either::Left((vote, _)) => Ok(SnapshotResponse::new(vote?)),
            Either::Right((closed, _)) => Err(StreamingError::Closed(closed)),
        }
    }

    async fn transfer_leader(
        &mut self,
        request: TransferLeaderRequest<Types>,
        option: RPCOption,
    ) -> Result<TransferLeaderResponse<Types>, RPCError<Types>> {
        match self.ask(&PeerRequest::TransferLeader(request), option.soft_ttl()).await? {
            PeerAnswer::TransferLeader(true) => Ok(Ok(())),
            PeerAnswer::TransferLeader(false) => {
                Err(Silence::Network(format!("voter {} will not lead yet", self.target)).into())
            }
            other => Err(self.strange(&other).into()),
        }
    }

    fn backoff(&self) -> Option<Backoff> {
        Some(Backoff::new(std::iter::repeat(RETRY_AFTER)))
    }
}
