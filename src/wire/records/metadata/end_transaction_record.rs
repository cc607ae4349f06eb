//! EndTransactionRecord, metadata record type 24.

use crate::wire::schema::{message, structs};

message! {
    EndTransactionRecord versions 0-0 flexible 0;
    EndTransactionRecord {
    }
}
