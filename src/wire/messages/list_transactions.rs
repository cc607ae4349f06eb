//! ListTransactions, API key 66.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    ListTransactionsRequest versions 0-2 flexible 0;
    ListTransactionsRequest {
        state_filters: Vec<String>,
        producer_id_filters: Vec<i64>,
        duration_filter: i64 [1+] = -1,
        transactional_id_pattern: Option<String> [2+; null 2+],
    }
}

message! {
    ListTransactionsResponse versions 0-2 flexible 0;
    ListTransactionsResponse {
        throttle_time_ms: i32,
        error_code: i16,
        unknown_state_filters: Vec<String>,
        transaction_states: Vec<TransactionState>,
    }
    TransactionState {
        transactional_id: String,
        producer_id: i64,
        transaction_state: String,
    }
}

api! { ListTransactions; ListTransactionsRequest -> ListTransactionsResponse }
