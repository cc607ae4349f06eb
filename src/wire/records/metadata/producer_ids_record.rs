//! ProducerIdsRecord, metadata record type 15.

use crate::wire::schema::{default, field, message, structs};

message! {
    ProducerIdsRecord versions 0-0 flexible 0;
    ProducerIdsRecord {
        broker_id: i32,
        broker_epoch: i64 = -1,
        next_producer_id: i64,
    }
}
