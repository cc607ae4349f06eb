//! AbortTransactionRecord, metadata record type 25.

use crate::wire::schema::{default, field, message, structs};

message! {
    AbortTransactionRecord versions 0-0 flexible 0;
    AbortTransactionRecord {
        reason: Option<String> [0+; null 0+; tag 0 0+],
    }
}
