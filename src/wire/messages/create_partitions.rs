//! CreatePartitions, API key 37.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    CreatePartitionsRequest versions 0-3 flexible 2;
    CreatePartitionsRequest {
        topics: Vec<CreatePartitionsTopic>,
        timeout_ms: i32,
        validate_only: bool,
    }
    CreatePartitionsTopic {
        name: String,
        count: i32,
        assignments: Option<Vec<CreatePartitionsAssignment>> [0+; null 0+] = Some(Vec::new()),
    }
    CreatePartitionsAssignment {
        broker_ids: Vec<i32>,
    }
}

message! {
    CreatePartitionsResponse versions 0-3 flexible 2;
    CreatePartitionsResponse {
        throttle_time_ms: i32,
        results: Vec<CreatePartitionsTopicResult>,
    }
    CreatePartitionsTopicResult {
        name: String,
        error_code: i16,
        error_message: Option<String> [0+; null 0+],
    }
}

api! { CreatePartitions; CreatePartitionsRequest -> CreatePartitionsResponse }
