//! AllocateProducerIds, API key 67.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    AllocateProducerIdsRequest versions 0-0 flexible 0;
    AllocateProducerIdsRequest {
        broker_id: i32,
        broker_epoch: i64 = -1,
    }
}

message! {
    AllocateProducerIdsResponse versions 0-0 flexible 0;
    AllocateProducerIdsResponse {
        throttle_time_ms: i32,
        error_code: i16,
        producer_id_start: i64,
        producer_id_len: i32,
    }
}

api! { AllocateProducerIds; AllocateProducerIdsRequest -> AllocateProducerIdsResponse }
