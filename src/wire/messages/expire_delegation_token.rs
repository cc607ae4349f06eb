//! ExpireDelegationToken, API key 40.

use bytes::Bytes;

use crate::wire::schema::{api, default, field, message, structs};

message! {
    ExpireDelegationTokenRequest versions 1-2 flexible 2;
    ExpireDelegationTokenRequest {
        hmac: Bytes,
        expiry_time_period_ms: i64,
    }
}

message! {
    ExpireDelegationTokenResponse versions 1-2 flexible 2;
    ExpireDelegationTokenResponse {
        error_code: i16,
        expiry_timestamp_ms: i64,
        throttle_time_ms: i32,
    }
}

api! { ExpireDelegationToken; ExpireDelegationTokenRequest -> ExpireDelegationTokenResponse }
