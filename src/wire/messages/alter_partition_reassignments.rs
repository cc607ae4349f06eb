//! AlterPartitionReassignments, API key 45.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    AlterPartitionReassignmentsRequest versions 0-1 flexible 0;
    AlterPartitionReassignmentsRequest {
        timeout_ms: i32 = 60000,
        allow_replication_factor_change: bool [1+] = true,
        topics: Vec<ReassignableTopic>,
    }
    ReassignableTopic {
        name: String,
        partitions: Vec<ReassignablePartition>,
    }
    ReassignablePartition {
        partition_index: i32,
        replicas: Option<Vec<i32>> [0+; null 0+],
    }
}

message! {
    AlterPartitionReassignmentsResponse versions 0-1 flexible 0;
    AlterPartitionReassignmentsResponse {
        throttle_time_ms: i32,
        allow_replication_factor_change: bool [1+] = true,
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
        responses: Vec<ReassignableTopicResponse>,
    }
    ReassignableTopicResponse {
        name: String,
        partitions: Vec<ReassignablePartitionResponse>,
    }
    ReassignablePartitionResponse {
        partition_index: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
    }
}

api! { AlterPartitionReassignments; AlterPartitionReassignmentsRequest -> AlterPartitionReassignmentsResponse }
