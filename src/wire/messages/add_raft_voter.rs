//! AddRaftVoter, API key 80.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    AddRaftVoterRequest versions 0-1 flexible 0;
    AddRaftVoterRequest {
        cluster_id: Option<String> [0+; null 0+] = Some(String::new()),
        timeout_ms: i32,
        voter_id: i32,
        voter_directory_id: Uuid,
        listeners: Vec<Listener>,
        ack_when_committed: bool [1+] = true,
    }
    Listener {
        name: String,
        host: String,
        port: u16,
    }
}

message! {
    AddRaftVoterResponse versions 0-1 flexible 0;
    AddRaftVoterResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
    }
}

api! { AddRaftVoter; AddRaftVoterRequest -> AddRaftVoterResponse }
