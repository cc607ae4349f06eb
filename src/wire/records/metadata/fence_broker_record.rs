//! FenceBrokerRecord, metadata record type 7.

use crate::wire::schema::{default, field, message, structs};

message! {
    FenceBrokerRecord versions 0-0 flexible 0;
    FenceBrokerRecord {
        id: i32,
        epoch: i64,
    }
}
