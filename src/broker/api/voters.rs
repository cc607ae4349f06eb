//! AddRaftVoter (80), RemoveRaftVoter (81) and UpdateRaftVoter (82): decided by the leader of the quorum (KIP-853).

use std::sync::Arc;

use super::dispatch::Call;
use crate::broker::runtime::broker::Broker;
use crate::broker::runtime::quorum::{Voter, VoterChange};
use crate::broker::state::controller::Refusal;
use crate::log::storage::VoterEndpoint;
use crate::model::{BrokerId, ErrorCode};
use crate::wire::messages::add_raft_voter::{AddRaftVoterRequest, AddRaftVoterResponse};
use crate::wire::messages::remove_raft_voter::{RemoveRaftVoterRequest, RemoveRaftVoterResponse};
use crate::wire::messages::update_raft_voter::{UpdateRaftVoterRequest, UpdateRaftVoterResponse};

fn check_cluster(broker: &Broker, asked: Option<&str>) -> Result<(), Refusal> {
    match asked {
        Some(id) if id != broker.cluster_id => {
            Err(Refusal::new(ErrorCode::InconsistentClusterId, format!("This is cluster {}.", broker.cluster_id)))
        }
        _ => Ok(()),
    }
}

fn endpoints(listeners: impl Iterator<Item = (String, String, u16)>) -> Result<Vec<VoterEndpoint>, Refusal> {
    let endpoints: Vec<_> = listeners.map(|(listener, host, port)| VoterEndpoint { listener, host, port }).collect();
    if endpoints.is_empty() {
        return Err(Refusal::new(ErrorCode::InvalidRequest, "The voter has no listener."));
    }
    Ok(endpoints)
}

/// Serves AddRaftVoter. The answer comes once the new voter is committed, whatever `ack_when_committed` says.
pub async fn add(broker: Arc<Broker>, _: Call, request: AddRaftVoterRequest) -> AddRaftVoterResponse {
    let refused = |refusal: Refusal| AddRaftVoterResponse {
        error_code: refusal.code.code(),
        error_message: Some(refusal.text()),
        ..AddRaftVoterResponse::default()
    };
    if let Err(refusal) = check_cluster(&broker, request.cluster_id.as_deref()) {
        return refused(refusal);
    }
    let listeners = request.listeners.iter().map(|l| (l.name.clone(), l.host.clone(), l.port));
    let change = match endpoints(listeners) {
        Ok(endpoints) => VoterChange::Add(Voter {
            id: BrokerId(request.voter_id),
            directory_id: request.voter_directory_id,
            endpoints,
        }),
        Err(refusal) => return refused(refusal),
    };
    let code = |answer: &AddRaftVoterResponse| answer.error_code;
    match broker.controller.change_voters(request, change, code).await {
        Ok(Some(answer)) => answer,
        Ok(None) => AddRaftVoterResponse { error_message: None, ..AddRaftVoterResponse::default() },
        Err(refusal) => refused(refusal),
    }
}

/// Serves RemoveRaftVoter.
pub async fn remove(broker: Arc<Broker>, _: Call, request: RemoveRaftVoterRequest) -> RemoveRaftVoterResponse {
    let refused = |refusal: Refusal| RemoveRaftVoterResponse {
        error_code: refusal.code.code(),
        error_message: Some(refusal.text()),
        ..RemoveRaftVoterResponse::default()
    };
    if let Err(refusal) = check_cluster(&broker, request.cluster_id.as_deref()) {
        return refused(refusal);
    }
    let change = VoterChange::Remove { id: BrokerId(request.voter_id), directory_id: request.voter_directory_id };
    let code = |answer: &RemoveRaftVoterResponse| answer.error_code;
    match broker.controller.change_voters(request, change, code).await {
        Ok(Some(answer)) => answer,
        Ok(None) => RemoveRaftVoterResponse { error_message: None, ..RemoveRaftVoterResponse::default() },
        Err(refusal) => refused(refusal),
    }
}

/// Serves UpdateRaftVoter: a voter that is reached elsewhere now says so.
pub async fn update(broker: Arc<Broker>, _: Call, request: UpdateRaftVoterRequest) -> UpdateRaftVoterResponse {
    let refused = |refusal: Refusal| UpdateRaftVoterResponse {
        error_code: refusal.code.code(),
        ..UpdateRaftVoterResponse::default()
    };
    if let Err(refusal) = check_cluster(&broker, request.cluster_id.as_deref()) {
        return refused(refusal);
    }
    let listeners = request.listeners.iter().map(|l| (l.name.clone(), l.host.clone(), l.port));
    let change = match endpoints(listeners) {
        Ok(endpoints) => VoterChange::Update(Voter {
            id: BrokerId(request.voter_id),
            directory_id: request.voter_directory_id,
            endpoints,
        }),
        Err(refusal) => return refused(refusal),
    };
    let code = |answer: &UpdateRaftVoterResponse| answer.error_code;
    match broker.controller.change_voters(request, change, code).await {
        Ok(Some(answer)) => answer,
        Ok(None) => UpdateRaftVoterResponse::default(),
        Err(refusal) => refused(refusal),
    }
}
