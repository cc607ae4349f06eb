//! ListPartitionReassignments, API key 46.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    ListPartitionReassignmentsRequest versions 0-0 flexible 0;
    ListPartitionReassignmentsRequest {
        timeout_ms: i32 = 60000,
        topics: Option<Vec<ListPartitionReassignmentsTopics>> [0+; null 0+],
    }
    ListPartitionReassignmentsTopics {
        name: String,
        partition_indexes: Vec<i32>,
    }
}

message! {
    ListPartitionReassignmentsResponse versions 0-0 flexible 0;
    ListPartitionReassignmentsResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
        topics: Vec<OngoingTopicReassignment>,
    }
    OngoingTopicReassignment {
        name: String,
        partitions: Vec<OngoingPartitionReassignment>,
    }
    OngoingPartitionReassignment {
        partition_index: i32,
        replicas: Vec<i32>,
        adding_replicas: Vec<i32>,
        removing_replicas: Vec<i32>,
    }
}

api! { ListPartitionReassignments; ListPartitionReassignmentsRequest -> ListPartitionReassignmentsResponse }
