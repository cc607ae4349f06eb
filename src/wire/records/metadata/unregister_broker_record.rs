//! UnregisterBrokerRecord, metadata record type 1.

use crate::wire::schema::{default, field, message, structs};

message! {
    UnregisterBrokerRecord versions 0-0 flexible 0;
    UnregisterBrokerRecord {
        broker_id: i32,
        broker_epoch: i64,
    }
}
