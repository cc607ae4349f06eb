//! FetchSnapshot, API key 59.

use bytes::Bytes;

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    FetchSnapshotRequest versions 0-1 flexible 0;
    FetchSnapshotRequest {
        cluster_id: Option<String> [0+; null 0+; tag 0 0+],
        replica_id: i32 = -1,
        max_bytes: i32 = i32::MAX,
        topics: Vec<FetchSnapshotRequestTopicSnapshot>,
    }
    FetchSnapshotRequestTopicSnapshot {
        name: String,
        partitions: Vec<FetchSnapshotRequestPartitionSnapshot>,
    }
    FetchSnapshotRequestPartitionSnapshot {
        partition: i32,
        current_leader_epoch: i32,
        snapshot_id: FetchSnapshotRequestSnapshotId,
        position: i64,
        replica_directory_id: Uuid [1+; tag 0 1+],
    }
    FetchSnapshotRequestSnapshotId {
        end_offset: i64,
        epoch: i32,
    }
}

message! {
    FetchSnapshotResponse versions 0-1 flexible 0;
    FetchSnapshotResponse {
        throttle_time_ms: i32,
        error_code: i16,
        topics: Vec<FetchSnapshotResponseTopicSnapshot>,
        node_endpoints: Vec<NodeEndpoint> [1+; tag 0 1+],
    }
    FetchSnapshotResponseTopicSnapshot {
        name: String,
        partitions: Vec<FetchSnapshotResponsePartitionSnapshot>,
    }
    FetchSnapshotResponsePartitionSnapshot {
        index: i32,
        error_code: i16,
        snapshot_id: FetchSnapshotResponseSnapshotId,
        current_leader: LeaderIdAndEpoch [0+; tag 0 0+],
        size: i64,
        position: i64,
        unaligned_records: Bytes,
    }
    FetchSnapshotResponseSnapshotId {
        end_offset: i64,
        epoch: i32,
    }
    LeaderIdAndEpoch {
        leader_id: i32,
        leader_epoch: i32,
    }
    NodeEndpoint {
        node_id: i32 [1+],
        host: String [1+],
        port: u16 [1+],
    }
}

api! { FetchSnapshot; FetchSnapshotRequest -> FetchSnapshotResponse }
