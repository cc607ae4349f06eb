//! Talking to other voters. This build runs quorums of one: there is nobody to talk to, and a membership with more than
//! one voter is refused at start (`raft::start`), so nothing here is ever reached by a running broker.

use std::future::Future;

use openraft::AnyError;
use openraft::errors::{RPCError, ReplicationClosed, StreamingError, Unreachable};
use openraft::network::{RPCOption, RaftNetworkFactory, RaftNetworkV2};
use openraft::raft::{AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, VoteRequest, VoteResponse};

use super::machine::CheckpointFile;
use super::types::{Member, Types, Vote};

pub(super) struct NoPeers;

impl RaftNetworkFactory<Types> for NoPeers {
    type Network = NoPeer;

    async fn new_client(&mut self, target: i32, _: &Member) -> NoPeer {
        NoPeer(target)
    }
}

pub(super) struct NoPeer(i32);

impl NoPeer {
    fn unreachable(&self) -> Unreachable<Types> {
        Unreachable::new(&AnyError::error(format!("this build has no network to voter {}", self.0)))
    }
}

impl RaftNetworkV2<Types> for NoPeer {
    type SnapshotData = CheckpointFile;

    async fn append_entries(
        &mut self,
        _: AppendEntriesRequest<Types>,
        _: RPCOption,
    ) -> Result<AppendEntriesResponse<Types>, RPCError<Types>> {
        Err(RPCError::Unreachable(self.unreachable()))
    }

    async fn vote(&mut self, _: VoteRequest<Types>, _: RPCOption) -> Result<VoteResponse<Types>, RPCError<Types>> {
        Err(RPCError::Unreachable(self.unreachable()))
    }

    async fn full_snapshot(
        &mut self,
        _: Vote,
        _: openraft::type_config::alias::SnapshotOf<Types, CheckpointFile>,
        _: impl Future<Output = ReplicationClosed> + openraft::OptionalSend + 'static,
        _: RPCOption,
    ) -> Result<SnapshotResponse<Types>, StreamingError<Types>> {
        Err(StreamingError::Unreachable(self.unreachable()))
    }
}
