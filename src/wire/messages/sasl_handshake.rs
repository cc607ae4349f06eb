//! SaslHandshake, API key 17.

use crate::wire::schema::{NEVER_FLEXIBLE, api, default, field, message, structs};

message! {
    SaslHandshakeRequest versions 0-1 flexible NEVER_FLEXIBLE;
    SaslHandshakeRequest {
        mechanism: String,
    }
}

message! {
    SaslHandshakeResponse versions 0-1 flexible NEVER_FLEXIBLE;
    SaslHandshakeResponse {
        error_code: i16,
        mechanisms: Vec<String>,
    }
}

api! { SaslHandshake; SaslHandshakeRequest -> SaslHandshakeResponse }
