//! Heartbeat, API key 12.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    HeartbeatRequest versions 0-4 flexible 4;
    HeartbeatRequest {
        group_id: String,
        generation_id: i32,
        member_id: String,
        group_instance_id: Option<String> [3+; null 3+],
    }
}

message! {
    HeartbeatResponse versions 0-4 flexible 4;
    HeartbeatResponse {
        throttle_time_ms: i32 [1+],
        error_code: i16,
    }
}

api! { Heartbeat; HeartbeatRequest -> HeartbeatResponse }
