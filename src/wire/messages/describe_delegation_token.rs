//! DescribeDelegationToken, API key 41.

use bytes::Bytes;

use crate::wire::schema::{api, default, field, message, structs};

message! {
    DescribeDelegationTokenRequest versions 1-3 flexible 2;
    DescribeDelegationTokenRequest {
        owners: Option<Vec<DescribeDelegationTokenOwner>> [0+; null 0+] = Some(Vec::new()),
    }
    DescribeDelegationTokenOwner {
        principal_type: String,
        principal_name: String,
    }
}

message! {
    DescribeDelegationTokenResponse versions 1-3 flexible 2;
    DescribeDelegationTokenResponse {
        error_code: i16,
        tokens: Vec<DescribedDelegationToken>,
        throttle_time_ms: i32,
    }
    DescribedDelegationToken {
        principal_type: String,
        principal_name: String,
        token_requester_principal_type: String [3+],
        token_requester_principal_name: String [3+],
        issue_timestamp: i64,
        expiry_timestamp: i64,
        max_timestamp: i64,
        token_id: String,
        hmac: Bytes,
        renewers: Vec<DescribedDelegationTokenRenewer>,
    }
    DescribedDelegationTokenRenewer {
        principal_type: String,
        principal_name: String,
    }
}

api! { DescribeDelegationToken; DescribeDelegationTokenRequest -> DescribeDelegationTokenResponse }
