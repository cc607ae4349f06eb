//! ElectLeaders, API key 43.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    ElectLeadersRequest versions 0-2 flexible 2;
    ElectLeadersRequest {
        election_type: i8 [1+],
        topic_partitions: Option<Vec<TopicPartitions>> [0+; null 0+] = Some(Vec::new()),
        timeout_ms: i32 = 60000,
    }
    TopicPartitions {
        topic: String,
        partitions: Vec<i32>,
    }
}

message! {
    ElectLeadersResponse versions 0-2 flexible 2;
    ElectLeadersResponse {
        throttle_time_ms: i32,
        error_code: i16 [1+],
        replica_election_results: Vec<ReplicaElectionResult>,
    }
    ReplicaElectionResult {
        topic: String,
        partition_result: Vec<PartitionResult>,
    }
    PartitionResult {
        partition_id: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
    }
}

api! { ElectLeaders; ElectLeadersRequest -> ElectLeadersResponse }
