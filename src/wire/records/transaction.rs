//! Records of `__transaction_state`.

use crate::wire::schema::{NEVER_FLEXIBLE, default, field, message, structs};

message! {
    TransactionLogKey versions 0-0 flexible NEVER_FLEXIBLE;
    TransactionLogKey {
        transactional_id: String [0-0],
    }
}

message! {
    TransactionLogValue versions 0-1 flexible 1;
    TransactionLogValue {
        producer_id: i64,
        previous_producer_id: i64 [0+; tag 0 1+] = -1,
        next_producer_id: i64 [0+; tag 1 1+] = -1,
        producer_epoch: i16,
        next_producer_epoch: i16 [0+; tag 3 1+] = -1,
        transaction_timeout_ms: i32,
        transaction_status: i8,
        transaction_partitions: Option<Vec<PartitionsSchema>> [0+; null 0+] = Some(Vec::new()),
        transaction_last_update_timestamp_ms: i64,
        transaction_start_timestamp_ms: i64,
        client_transaction_version: i16 [0+; tag 2 1+],
    }
    PartitionsSchema {
        topic: String,
        partition_ids: Vec<i32>,
    }
}
