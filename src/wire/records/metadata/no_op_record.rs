//! NoOpRecord, metadata record type 20.

use crate::wire::schema::{message, structs};

message! {
    NoOpRecord versions 0-0 flexible 0;
    NoOpRecord {
    }
}
