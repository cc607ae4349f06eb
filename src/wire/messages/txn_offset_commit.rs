//! TxnOffsetCommit, API key 28.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    TxnOffsetCommitRequest versions 0-5 flexible 3;
    TxnOffsetCommitRequest {
        transactional_id: String,
        group_id: String,
        producer_id: i64,
        producer_epoch: i16,
        generation_id: i32 [3+] = -1,
        member_id: String [3+],
        group_instance_id: Option<String> [3+; null 3+],
        topics: Vec<TxnOffsetCommitRequestTopic>,
    }
    TxnOffsetCommitRequestTopic {
        name: String,
        partitions: Vec<TxnOffsetCommitRequestPartition>,
    }
    TxnOffsetCommitRequestPartition {
        partition_index: i32,
        committed_offset: i64,
        committed_leader_epoch: i32 [2+] = -1,
        committed_metadata: Option<String> [0+; null 0+] = Some(String::new()),
    }
}

message! {
    TxnOffsetCommitResponse versions 0-5 flexible 3;
    TxnOffsetCommitResponse {
        throttle_time_ms: i32,
        topics: Vec<TxnOffsetCommitResponseTopic>,
    }
    TxnOffsetCommitResponseTopic {
        name: String,
        partitions: Vec<TxnOffsetCommitResponsePartition>,
    }
    TxnOffsetCommitResponsePartition {
        partition_index: i32,
        error_code: i16,
    }
}

api! { TxnOffsetCommit; TxnOffsetCommitRequest -> TxnOffsetCommitResponse }
