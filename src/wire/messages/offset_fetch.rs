//! OffsetFetch, API key 9.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    OffsetFetchRequest versions 1-10 flexible 6;
    OffsetFetchRequest {
        group_id: String [0-7],
        topics: Option<Vec<OffsetFetchRequestTopic>> [0-7; null 2-7] = Some(Vec::new()),
        groups: Vec<OffsetFetchRequestGroup> [8+],
        require_stable: bool [7+],
    }
    OffsetFetchRequestTopic {
        name: String [0-7],
        partition_indexes: Vec<i32> [0-7],
    }
    OffsetFetchRequestGroup {
        group_id: String [8+],
        member_id: Option<String> [9+; null 9+],
        member_epoch: i32 [9+] = -1,
        topics: Option<Vec<OffsetFetchRequestTopics>> [8+; null 8+] = Some(Vec::new()),
    }
    OffsetFetchRequestTopics {
        name: String [8-9],
        topic_id: Uuid [10+],
        partition_indexes: Vec<i32> [8+],
    }
}

message! {
    OffsetFetchResponse versions 1-10 flexible 6;
    OffsetFetchResponse {
        throttle_time_ms: i32 [3+],
        topics: Vec<OffsetFetchResponseTopic> [0-7],
        error_code: i16 [2-7],
        groups: Vec<OffsetFetchResponseGroup> [8+],
    }
    OffsetFetchResponseTopic {
        name: String [0-7],
        partitions: Vec<OffsetFetchResponsePartition> [0-7],
    }
    OffsetFetchResponsePartition {
        partition_index: i32 [0-7],
        committed_offset: i64 [0-7],
        committed_leader_epoch: i32 [5-7] = -1,
        metadata: Option<String> [0-7; null 0-7] = Some(String::new()),
        error_code: i16 [0-7],
    }
    OffsetFetchResponseGroup {
        group_id: String [8+],
        topics: Vec<OffsetFetchResponseTopics> [8+],
        error_code: i16 [8+],
    }
    OffsetFetchResponseTopics {
        name: String [8-9],
        topic_id: Uuid [10+],
        partitions: Vec<OffsetFetchResponsePartitions> [8+],
    }
    OffsetFetchResponsePartitions {
        partition_index: i32 [8+],
        committed_offset: i64 [8+],
        committed_leader_epoch: i32 [8+] = -1,
        metadata: Option<String> [8+; null 8+] = Some(String::new()),
        error_code: i16 [8+],
    }
}

api! { OffsetFetch; OffsetFetchRequest -> OffsetFetchResponse }
