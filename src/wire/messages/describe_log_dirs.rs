//! DescribeLogDirs, API key 35.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    DescribeLogDirsRequest versions 1-5 flexible 2;
    DescribeLogDirsRequest {
        topics: Option<Vec<DescribableLogDirTopic>> [0+; null 0+] = Some(Vec::new()),
    }
    DescribableLogDirTopic {
        topic: String,
        partitions: Vec<i32>,
    }
}

message! {
    DescribeLogDirsResponse versions 1-5 flexible 2;
    DescribeLogDirsResponse {
        throttle_time_ms: i32,
        error_code: i16 [3+],
        results: Vec<DescribeLogDirsResult>,
    }
    DescribeLogDirsResult {
        error_code: i16,
        log_dir: String,
        topics: Vec<DescribeLogDirsTopic>,
        total_bytes: i64 [4+] = -1,
        usable_bytes: i64 [4+] = -1,
        is_cordoned: bool [5+],
    }
    DescribeLogDirsTopic {
        name: String,
        partitions: Vec<DescribeLogDirsPartition>,
    }
    DescribeLogDirsPartition {
        partition_index: i32,
        partition_size: i64,
        offset_lag: i64,
        is_future_key: bool,
    }
}

api! { DescribeLogDirs; DescribeLogDirsRequest -> DescribeLogDirsResponse }
