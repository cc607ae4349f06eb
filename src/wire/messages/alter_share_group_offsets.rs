//! AlterShareGroupOffsets, API key 91.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    AlterShareGroupOffsetsRequest versions 0-0 flexible 0;
    AlterShareGroupOffsetsRequest {
        group_id: String,
        topics: Vec<AlterShareGroupOffsetsRequestTopic>,
    }
    AlterShareGroupOffsetsRequestTopic {
        topic_name: String,
        partitions: Vec<AlterShareGroupOffsetsRequestPartition>,
    }
    AlterShareGroupOffsetsRequestPartition {
        partition_index: i32,
        start_offset: i64,
    }
}

message! {
    AlterShareGroupOffsetsResponse versions 0-0 flexible 0;
    AlterShareGroupOffsetsResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+],
        responses: Vec<AlterShareGroupOffsetsResponseTopic>,
    }
    AlterShareGroupOffsetsResponseTopic {
        topic_name: String,
        topic_id: Uuid,
        partitions: Vec<AlterShareGroupOffsetsResponsePartition>,
    }
    AlterShareGroupOffsetsResponsePartition {
        partition_index: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+],
    }
}

api! { AlterShareGroupOffsets; AlterShareGroupOffsetsRequest -> AlterShareGroupOffsetsResponse }
