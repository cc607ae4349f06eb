//! DescribeShareGroupOffsets, API key 90.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    DescribeShareGroupOffsetsRequest versions 0-1 flexible 0;
    DescribeShareGroupOffsetsRequest {
        groups: Vec<DescribeShareGroupOffsetsRequestGroup>,
    }
    DescribeShareGroupOffsetsRequestGroup {
        group_id: String,
        topics: Option<Vec<DescribeShareGroupOffsetsRequestTopic>> [0+; null 0+] = Some(Vec::new()),
    }
    DescribeShareGroupOffsetsRequestTopic {
        topic_name: String,
        partitions: Vec<i32>,
    }
}

message! {
    DescribeShareGroupOffsetsResponse versions 0-1 flexible 0;
    DescribeShareGroupOffsetsResponse {
        throttle_time_ms: i32,
        groups: Vec<DescribeShareGroupOffsetsResponseGroup>,
    }
    DescribeShareGroupOffsetsResponseGroup {
        group_id: String,
        topics: Vec<DescribeShareGroupOffsetsResponseTopic>,
        error_code: i16,
        error_message: Option<String> [0+; null 0+],
    }
    DescribeShareGroupOffsetsResponseTopic {
        topic_name: String,
        topic_id: Uuid,
        partitions: Vec<DescribeShareGroupOffsetsResponsePartition>,
    }
    DescribeShareGroupOffsetsResponsePartition {
        partition_index: i32,
        start_offset: i64,
        leader_epoch: i32,
        lag: i64 [1+] = -1,
        error_code: i16,
        error_message: Option<String> [0+; null 0+],
    }
}

api! { DescribeShareGroupOffsets; DescribeShareGroupOffsetsRequest -> DescribeShareGroupOffsetsResponse }
