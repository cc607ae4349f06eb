//! AlterReplicaLogDirs, API key 34.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    AlterReplicaLogDirsRequest versions 1-2 flexible 2;
    AlterReplicaLogDirsRequest {
        dirs: Vec<AlterReplicaLogDir>,
    }
    AlterReplicaLogDir {
        path: String,
        topics: Vec<AlterReplicaLogDirTopic>,
    }
    AlterReplicaLogDirTopic {
        name: String,
        partitions: Vec<i32>,
    }
}

message! {
    AlterReplicaLogDirsResponse versions 1-2 flexible 2;
    AlterReplicaLogDirsResponse {
        throttle_time_ms: i32,
        results: Vec<AlterReplicaLogDirTopicResult>,
    }
    AlterReplicaLogDirTopicResult {
        topic_name: String,
        partitions: Vec<AlterReplicaLogDirPartitionResult>,
    }
    AlterReplicaLogDirPartitionResult {
        partition_index: i32,
        error_code: i16,
    }
}

api! { AlterReplicaLogDirs; AlterReplicaLogDirsRequest -> AlterReplicaLogDirsResponse }
