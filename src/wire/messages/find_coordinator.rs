//! FindCoordinator, API key 10.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    FindCoordinatorRequest versions 0-6 flexible 3;
    FindCoordinatorRequest {
        key: String [0-3],
        key_type: i8 [1+],
        coordinator_keys: Vec<String> [4+],
    }
}

message! {
    FindCoordinatorResponse versions 0-6 flexible 3;
    FindCoordinatorResponse {
        throttle_time_ms: i32 [1+],
        error_code: i16 [0-3],
        error_message: Option<String> [1-3; null 1-3] = Some(String::new()),
        node_id: i32 [0-3],
        host: String [0-3],
        port: i32 [0-3],
        coordinators: Vec<Coordinator> [4+],
    }
    Coordinator {
        key: String [4+],
        node_id: i32 [4+],
        host: String [4+],
        port: i32 [4+],
        error_code: i16 [4+],
        error_message: Option<String> [4+; null 4+] = Some(String::new()),
    }
}

api! { FindCoordinator; FindCoordinatorRequest -> FindCoordinatorResponse }
