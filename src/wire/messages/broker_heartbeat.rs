//! BrokerHeartbeat, API key 63.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    BrokerHeartbeatRequest versions 0-2 flexible 0;
    BrokerHeartbeatRequest {
        broker_id: i32,
        broker_epoch: i64 = -1,
        current_metadata_offset: i64,
        want_fence: bool,
        want_shut_down: bool,
        offline_log_dirs: Vec<Uuid> [1+; tag 0 1+],
        cordoned_log_dirs: Option<Vec<Uuid>> [2+; null 2+; tag 1 2+],
    }
}

message! {
    BrokerHeartbeatResponse versions 0-2 flexible 0;
    BrokerHeartbeatResponse {
        throttle_time_ms: i32,
        error_code: i16,
        is_caught_up: bool,
        is_fenced: bool = true,
        should_shut_down: bool,
    }
}

api! { BrokerHeartbeat; BrokerHeartbeatRequest -> BrokerHeartbeatResponse }
