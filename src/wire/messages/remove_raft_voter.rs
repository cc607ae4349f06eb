//! RemoveRaftVoter, API key 81.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    RemoveRaftVoterRequest versions 0-0 flexible 0;
    RemoveRaftVoterRequest {
        cluster_id: Option<String> [0+; null 0+] = Some(String::new()),
        voter_id: i32,
        voter_directory_id: Uuid,
    }
}

message! {
    RemoveRaftVoterResponse versions 0-0 flexible 0;
    RemoveRaftVoterResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
    }
}

api! { RemoveRaftVoter; RemoveRaftVoterRequest -> RemoveRaftVoterResponse }
