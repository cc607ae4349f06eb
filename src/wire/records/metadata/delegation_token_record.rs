//! DelegationTokenRecord, metadata record type 10.

use crate::wire::schema::{default, field, message, structs};

message! {
    DelegationTokenRecord versions 0-0 flexible 0;
    DelegationTokenRecord {
        owner: String,
        requester: String,
        renewers: Vec<String>,
        issue_timestamp: i64,
        max_timestamp: i64,
        expiration_timestamp: i64,
        token_id: String,
    }
}
