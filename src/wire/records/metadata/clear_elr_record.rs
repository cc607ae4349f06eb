//! ClearElrRecord, metadata record type 28.

use crate::wire::schema::{default, field, message, structs};

message! {
    ClearElrRecord versions 0-0 flexible 0;
    ClearElrRecord {
        topic_name: String,
    }
}
