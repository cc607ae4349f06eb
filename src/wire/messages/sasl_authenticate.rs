//! SaslAuthenticate, API key 36.

use bytes::Bytes;

use crate::wire::schema::{api, default, field, message, structs};

message! {
    SaslAuthenticateRequest versions 0-2 flexible 2;
    SaslAuthenticateRequest {
        auth_bytes: Bytes,
    }
}

message! {
    SaslAuthenticateResponse versions 0-2 flexible 2;
    SaslAuthenticateResponse {
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
        auth_bytes: Bytes,
        session_lifetime_ms: i64 [1+],
    }
}

api! { SaslAuthenticate; SaslAuthenticateRequest -> SaslAuthenticateResponse }
