//! InitProducerId, API key 22.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    InitProducerIdRequest versions 0-6 flexible 2;
    InitProducerIdRequest {
        transactional_id: Option<String> [0+; null 0+] = Some(String::new()),
        transaction_timeout_ms: i32,
        producer_id: i64 [3+] = -1,
        producer_epoch: i16 [3+] = -1,
        enable2_pc: bool [6+],
        keep_prepared_txn: bool [6+],
    }
}

message! {
    InitProducerIdResponse versions 0-6 flexible 2;
    InitProducerIdResponse {
        throttle_time_ms: i32,
        error_code: i16,
        producer_id: i64 = -1,
        producer_epoch: i16,
        ongoing_txn_producer_id: i64 [6+] = -1,
        ongoing_txn_producer_epoch: i16 [6+] = -1,
    }
}

api! { InitProducerId; InitProducerIdRequest -> InitProducerIdResponse }
