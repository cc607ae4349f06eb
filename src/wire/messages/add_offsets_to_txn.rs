//! AddOffsetsToTxn, API key 25.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    AddOffsetsToTxnRequest versions 0-4 flexible 3;
    AddOffsetsToTxnRequest {
        transactional_id: String,
        producer_id: i64,
        producer_epoch: i16,
        group_id: String,
    }
}

message! {
    AddOffsetsToTxnResponse versions 0-4 flexible 3;
    AddOffsetsToTxnResponse {
        throttle_time_ms: i32,
        error_code: i16,
    }
}

api! { AddOffsetsToTxn; AddOffsetsToTxnRequest -> AddOffsetsToTxnResponse }
