//! DescribeProducers, API key 61.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    DescribeProducersRequest versions 0-0 flexible 0;
    DescribeProducersRequest {
        topics: Vec<TopicRequest>,
    }
    TopicRequest {
        name: String,
        partition_indexes: Vec<i32>,
    }
}

message! {
    DescribeProducersResponse versions 0-0 flexible 0;
    DescribeProducersResponse {
        throttle_time_ms: i32,
        topics: Vec<TopicResponse>,
    }
    TopicResponse {
        name: String,
        partitions: Vec<PartitionResponse>,
    }
    PartitionResponse {
        partition_index: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+],
        active_producers: Vec<ProducerState>,
    }
    ProducerState {
        producer_id: i64,
        producer_epoch: i32,
        last_sequence: i32 = -1,
        last_timestamp: i64 = -1,
        coordinator_epoch: i32,
        current_txn_start_offset: i64 = -1,
    }
}

api! { DescribeProducers; DescribeProducersRequest -> DescribeProducersResponse }
