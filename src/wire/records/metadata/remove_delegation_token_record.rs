//! RemoveDelegationTokenRecord, metadata record type 26.

use crate::wire::schema::{default, field, message, structs};

message! {
    RemoveDelegationTokenRecord versions 0-0 flexible 0;
    RemoveDelegationTokenRecord {
        token_id: String,
    }
}
