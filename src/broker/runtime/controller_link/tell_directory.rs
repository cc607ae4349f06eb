//! A voter that files name (kraft.version 0) tells the leader of the quorum which directory its log is in, so that the log
//! can name the voters once somebody asks for kraft.version 1. Kafka's voters do the same with the same request.

use std::sync::Arc;
use std::time::Duration;

use super::ControllerLink;
use crate::broker::runtime::metadata::MetadataCache;
use crate::broker::runtime::quorum::{Voter, VoterChange};
use crate::model::ErrorCode;
use crate::wire::messages::update_raft_voter::{KRaftVersionFeature, Listener, UpdateRaftVoterRequest};

/// Pause after a leader that did not listen.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

fn request_of(cluster_id: &str, epoch: i32, own: &Voter) -> UpdateRaftVoterRequest {
    let listener = |e: &crate::log::storage::VoterEndpoint| Listener {
        name: e.listener.clone(),
        host: e.host.clone(),
        port: e.port,
    };
    UpdateRaftVoterRequest {
        cluster_id: Some(cluster_id.to_owned()),
        current_leader_epoch: epoch,
        voter_id: own.id.get(),
        voter_directory_id: own.directory_id,
        listeners: own.endpoints.iter().map(listener).collect(),
        k_raft_version_feature: KRaftVersionFeature { min_supported_version: 0, max_supported_version: 1 },
    }
}

impl ControllerLink {
    /// Tells every leader once, for as long as the log does not name the voters; never returns.
    pub async fn tell_directory(self, own: Voter, cluster_id: String, metadata: Arc<MetadataCache>) {
        let mut leadership = self.leadership();
        loop {
            let now = *leadership.borrow_and_update();
            let mut pause = Duration::from_hours(1);
            if now.leader.is_some() && self.quorum().votes() && metadata.peek().kraft_version() == 0 {
                let request = request_of(&cluster_id, now.epoch.get(), &own);
                let code =
                    |answer: &crate::wire::messages::update_raft_voter::UpdateRaftVoterResponse| answer.error_code;
                let change = VoterChange::Update(own.clone());
                match self.change_voters(request, change, code).await {
                    Ok(_) => {}
                    // No leader's business: it is one that files do not name.
                    Err(refusal) if refusal.code == ErrorCode::UnsupportedVersion => {}
                    Err(refusal) => {
                        tracing::debug!("the leader was not told of this voter's directory: {}", refusal.text());
                        pause = AGAIN_AFTER;
                    }
                }
            }
            tokio::select! {
                changed = leadership.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}
