//! UnregisterBroker, API key 64.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    UnregisterBrokerRequest versions 0-0 flexible 0;
    UnregisterBrokerRequest {
        broker_id: i32,
    }
}

message! {
    UnregisterBrokerResponse versions 0-0 flexible 0;
    UnregisterBrokerResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
    }
}

api! { UnregisterBroker; UnregisterBrokerRequest -> UnregisterBrokerResponse }
