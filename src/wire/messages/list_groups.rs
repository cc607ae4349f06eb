//! ListGroups, API key 16.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    ListGroupsRequest versions 0-5 flexible 3;
    ListGroupsRequest {
        states_filter: Vec<String> [4+],
        types_filter: Vec<String> [5+],
    }
}

message! {
    ListGroupsResponse versions 0-5 flexible 3;
    ListGroupsResponse {
        throttle_time_ms: i32 [1+],
        error_code: i16,
        groups: Vec<ListedGroup>,
    }
    ListedGroup {
        group_id: String,
        protocol_type: String,
        group_state: String [4+],
        group_type: String [5+],
    }
}

api! { ListGroups; ListGroupsRequest -> ListGroupsResponse }
