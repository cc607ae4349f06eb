//! OffsetForLeaderEpoch, API key 23.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    OffsetForLeaderEpochRequest versions 2-4 flexible 4;
    OffsetForLeaderEpochRequest {
        replica_id: i32 [3+] = -2,
        topics: Vec<OffsetForLeaderTopic>,
    }
    OffsetForLeaderTopic {
        topic: String,
        partitions: Vec<OffsetForLeaderPartition>,
    }
    OffsetForLeaderPartition {
        partition: i32,
        current_leader_epoch: i32 [2+] = -1,
        leader_epoch: i32,
    }
}

message! {
    OffsetForLeaderEpochResponse versions 2-4 flexible 4;
    OffsetForLeaderEpochResponse {
        throttle_time_ms: i32 [2+],
        topics: Vec<OffsetForLeaderTopicResult>,
    }
    OffsetForLeaderTopicResult {
        topic: String,
        partitions: Vec<EpochEndOffset>,
    }
    EpochEndOffset {
        error_code: i16,
        partition: i32,
        leader_epoch: i32 [1+] = -1,
        end_offset: i64 = -1,
    }
}

api! { OffsetForLeaderEpoch; OffsetForLeaderEpochRequest -> OffsetForLeaderEpochResponse }
