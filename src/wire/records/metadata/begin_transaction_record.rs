//! BeginTransactionRecord, metadata record type 23.

use crate::wire::schema::{default, field, message, structs};

message! {
    BeginTransactionRecord versions 0-0 flexible 0;
    BeginTransactionRecord {
        name: Option<String> [0+; null 0+; tag 0 0+],
    }
}
