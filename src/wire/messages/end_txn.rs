//! EndTxn, API key 26.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    EndTxnRequest versions 0-5 flexible 3;
    EndTxnRequest {
        transactional_id: String,
        producer_id: i64,
        producer_epoch: i16,
        committed: bool,
    }
}

message! {
    EndTxnResponse versions 0-5 flexible 3;
    EndTxnResponse {
        throttle_time_ms: i32,
        error_code: i16,
        producer_id: i64 [5+] = -1,
        producer_epoch: i16 [5+] = -1,
    }
}

api! { EndTxn; EndTxnRequest -> EndTxnResponse }
