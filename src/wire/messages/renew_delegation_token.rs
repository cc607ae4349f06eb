//! RenewDelegationToken, API key 39.

use bytes::Bytes;

use crate::wire::schema::{api, default, field, message, structs};

message! {
    RenewDelegationTokenRequest versions 1-2 flexible 2;
    RenewDelegationTokenRequest {
        hmac: Bytes,
        renew_period_ms: i64,
    }
}

message! {
    RenewDelegationTokenResponse versions 1-2 flexible 2;
    RenewDelegationTokenResponse {
        error_code: i16,
        expiry_timestamp_ms: i64,
        throttle_time_ms: i32,
    }
}

api! { RenewDelegationToken; RenewDelegationTokenRequest -> RenewDelegationTokenResponse }
