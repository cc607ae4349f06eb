//! UpdateRaftVoter, API key 82.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    UpdateRaftVoterRequest versions 0-0 flexible 0;
    UpdateRaftVoterRequest {
        cluster_id: Option<String> [0+; null 0+] = Some(String::new()),
        current_leader_epoch: i32,
        voter_id: i32,
        voter_directory_id: Uuid,
        listeners: Vec<Listener>,
        k_raft_version_feature: KRaftVersionFeature,
    }
    Listener {
        name: String,
        host: String,
        port: u16,
    }
    KRaftVersionFeature {
        min_supported_version: i16,
        max_supported_version: i16,
    }
}

message! {
    UpdateRaftVoterResponse versions 0-0 flexible 0;
    UpdateRaftVoterResponse {
        throttle_time_ms: i32,
        error_code: i16,
        current_leader: CurrentLeader [0+; tag 0 0+],
    }
    CurrentLeader {
        leader_id: i32 = -1,
        leader_epoch: i32 = -1,
        host: String,
        port: i32,
    }
}

api! { UpdateRaftVoter; UpdateRaftVoterRequest -> UpdateRaftVoterResponse }
