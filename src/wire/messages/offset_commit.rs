//! OffsetCommit, API key 8.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    OffsetCommitRequest versions 2-10 flexible 8;
    OffsetCommitRequest {
        group_id: String,
        generation_id_or_member_epoch: i32 [1+] = -1,
        member_id: String [1+],
        group_instance_id: Option<String> [7+; null 7+],
        retention_time_ms: i64 [2-4] = -1,
        topics: Vec<OffsetCommitRequestTopic>,
    }
    OffsetCommitRequestTopic {
        name: String [0-9],
        topic_id: Uuid [10+],
        partitions: Vec<OffsetCommitRequestPartition>,
    }
    OffsetCommitRequestPartition {
        partition_index: i32,
        committed_offset: i64,
        committed_leader_epoch: i32 [6+] = -1,
        committed_metadata: Option<String> [0+; null 0+] = Some(String::new()),
    }
}

message! {
    OffsetCommitResponse versions 2-10 flexible 8;
    OffsetCommitResponse {
        throttle_time_ms: i32 [3+],
        topics: Vec<OffsetCommitResponseTopic>,
    }
    OffsetCommitResponseTopic {
        name: String [0-9],
        topic_id: Uuid [10+],
        partitions: Vec<OffsetCommitResponsePartition>,
    }
    OffsetCommitResponsePartition {
        partition_index: i32,
        error_code: i16,
    }
}

api! { OffsetCommit; OffsetCommitRequest -> OffsetCommitResponse }
