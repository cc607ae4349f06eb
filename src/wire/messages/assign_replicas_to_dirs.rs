//! AssignReplicasToDirs, API key 73.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    AssignReplicasToDirsRequest versions 0-0 flexible 0;
    AssignReplicasToDirsRequest {
        broker_id: i32,
        broker_epoch: i64 = -1,
        directories: Vec<AssignReplicasToDirsRequestDirectoryData>,
    }
    AssignReplicasToDirsRequestDirectoryData {
        id: Uuid,
        topics: Vec<AssignReplicasToDirsRequestTopicData>,
    }
    AssignReplicasToDirsRequestTopicData {
        topic_id: Uuid,
        partitions: Vec<AssignReplicasToDirsRequestPartitionData>,
    }
    AssignReplicasToDirsRequestPartitionData {
        partition_index: i32,
    }
}

message! {
    AssignReplicasToDirsResponse versions 0-0 flexible 0;
    AssignReplicasToDirsResponse {
        throttle_time_ms: i32,
        error_code: i16,
        directories: Vec<AssignReplicasToDirsResponseDirectoryData>,
    }
    AssignReplicasToDirsResponseDirectoryData {
        id: Uuid,
        topics: Vec<AssignReplicasToDirsResponseTopicData>,
    }
    AssignReplicasToDirsResponseTopicData {
        topic_id: Uuid,
        partitions: Vec<AssignReplicasToDirsResponsePartitionData>,
    }
    AssignReplicasToDirsResponsePartitionData {
        partition_index: i32,
        error_code: i16,
    }
}

api! { AssignReplicasToDirs; AssignReplicasToDirsRequest -> AssignReplicasToDirsResponse }
