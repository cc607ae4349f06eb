//! Records of `__remote_log_metadata`, which tiered storage keeps (KIP-405).

use bytes::Bytes;

use crate::model::Uuid;
use crate::wire::schema::{default, field, message, structs};

message! {
    RemoteLogSegmentMetadataRecord versions 0-0 flexible 0;
    RemoteLogSegmentMetadataRecord {
        remote_log_segment_id: RemoteLogSegmentIdEntry,
        start_offset: i64,
        end_offset: i64,
        broker_id: i32,
        max_timestamp_ms: i64,
        event_timestamp_ms: i64,
        segment_leader_epochs: Vec<SegmentLeaderEpochEntry>,
        segment_size_in_bytes: i32,
        custom_metadata: Option<Bytes> [0+; null 0+],
        remote_log_segment_state: i8,
        txn_index_empty: bool [0+; tag 0 0+],
    }
    RemoteLogSegmentIdEntry {
        topic_id_partition: TopicIdPartitionEntry,
        id: Uuid,
    }
    TopicIdPartitionEntry {
        name: String,
        id: Uuid,
        partition: i32,
    }
    SegmentLeaderEpochEntry {
        leader_epoch: i32,
        offset: i64,
    }
}

message! {
    RemoteLogSegmentMetadataUpdateRecord versions 0-0 flexible 0;
    RemoteLogSegmentMetadataUpdateRecord {
        remote_log_segment_id: RemoteLogSegmentIdEntry,
        broker_id: i32,
        event_timestamp_ms: i64,
        custom_metadata: Option<Bytes> [0+; null 0+],
        remote_log_segment_state: i8,
    }
}

message! {
    RemotePartitionDeleteMetadataRecord versions 0-0 flexible 0;
    RemotePartitionDeleteMetadataRecord {
        topic_id_partition: TopicIdPartitionEntry,
        broker_id: i32,
        event_timestamp_ms: i64,
        remote_partition_delete_state: i8,
    }
}

message! {
    RemoteLogSegmentMetadataSnapshotRecord versions 0-0 flexible 0;
    RemoteLogSegmentMetadataSnapshotRecord {
        segment_id: Uuid,
        start_offset: i64,
        end_offset: i64,
        broker_id: i32,
        max_timestamp_ms: i64,
        event_timestamp_ms: i64,
        segment_leader_epochs: Vec<SegmentLeaderEpochEntry>,
        segment_size_in_bytes: i32,
        custom_metadata: Option<Bytes> [0+; null 0+],
        remote_log_segment_state: i8,
        txn_index_empty: bool [0+; tag 0 0+],
    }
}
