//! UnfenceBrokerRecord, metadata record type 8.

use crate::wire::schema::{default, field, message, structs};

message! {
    UnfenceBrokerRecord versions 0-0 flexible 0;
    UnfenceBrokerRecord {
        id: i32,
        epoch: i64,
    }
}
