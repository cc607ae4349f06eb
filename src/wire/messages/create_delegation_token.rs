//! CreateDelegationToken, API key 38.

use bytes::Bytes;

use crate::wire::schema::{api, default, field, message, structs};

message! {
    CreateDelegationTokenRequest versions 1-3 flexible 2;
    CreateDelegationTokenRequest {
        owner_principal_type: Option<String> [3+; null 3+] = Some(String::new()),
        owner_principal_name: Option<String> [3+; null 3+] = Some(String::new()),
        renewers: Vec<CreatableRenewers>,
        max_lifetime_ms: i64,
    }
    CreatableRenewers {
        principal_type: String,
        principal_name: String,
    }
}

message! {
    CreateDelegationTokenResponse versions 1-3 flexible 2;
    CreateDelegationTokenResponse {
        error_code: i16,
        principal_type: String,
        principal_name: String,
        token_requester_principal_type: String [3+],
        token_requester_principal_name: String [3+],
        issue_timestamp_ms: i64,
        expiry_timestamp_ms: i64,
        max_timestamp_ms: i64,
        token_id: String,
        hmac: Bytes,
        throttle_time_ms: i32,
    }
}

api! { CreateDelegationToken; CreateDelegationTokenRequest -> CreateDelegationTokenResponse }
