//! SyncGroup, API key 14.

use bytes::Bytes;

use crate::wire::schema::{api, default, field, message, structs};

message! {
    SyncGroupRequest versions 0-5 flexible 4;
    SyncGroupRequest {
        group_id: String,
        generation_id: i32,
        member_id: String,
        group_instance_id: Option<String> [3+; null 3+],
        protocol_type: Option<String> [5+; null 5+],
        protocol_name: Option<String> [5+; null 5+],
        assignments: Vec<SyncGroupRequestAssignment>,
    }
    SyncGroupRequestAssignment {
        member_id: String,
        assignment: Bytes,
    }
}

message! {
    SyncGroupResponse versions 0-5 flexible 4;
    SyncGroupResponse {
        throttle_time_ms: i32 [1+],
        error_code: i16,
        protocol_type: Option<String> [5+; null 5+],
        protocol_name: Option<String> [5+; null 5+],
        assignment: Bytes,
    }
}

api! { SyncGroup; SyncGroupRequest -> SyncGroupResponse }
