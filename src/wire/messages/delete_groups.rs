//! DeleteGroups, API key 42.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    DeleteGroupsRequest versions 0-2 flexible 2;
    DeleteGroupsRequest {
        groups_names: Vec<String>,
    }
}

message! {
    DeleteGroupsResponse versions 0-2 flexible 2;
    DeleteGroupsResponse {
        throttle_time_ms: i32,
        results: Vec<DeletableGroupResult>,
    }
    DeletableGroupResult {
        group_id: String,
        error_code: i16,
    }
}

api! { DeleteGroups; DeleteGroupsRequest -> DeleteGroupsResponse }
