//! Fetch, API key 1.

use bytes::Bytes;

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    FetchRequest versions 4-18 flexible 12;
    FetchRequest {
        cluster_id: Option<String> [12+; null 12+; tag 0 12+],
        replica_id: i32 [0-14] = -1,
        replica_state: ReplicaState [15+; tag 1 15+],
        max_wait_ms: i32,
        min_bytes: i32,
        max_bytes: i32 [3+] = i32::MAX,
        isolation_level: i8 [4+],
        session_id: i32 [7+],
        session_epoch: i32 [7+] = -1,
        topics: Vec<FetchTopic>,
        forgotten_topics_data: Vec<ForgottenTopic> [7+],
        rack_id: String [11+],
    }
    ReplicaState {
        replica_id: i32 [15+] = -1,
        replica_epoch: i64 [15+] = -1,
    }
    FetchTopic {
        topic: String [0-12],
        topic_id: Uuid [13+],
        partitions: Vec<FetchPartition>,
    }
    FetchPartition {
        partition: i32,
        current_leader_epoch: i32 [9+] = -1,
        fetch_offset: i64,
        last_fetched_epoch: i32 [12+] = -1,
        log_start_offset: i64 [5+] = -1,
        partition_max_bytes: i32,
        replica_directory_id: Uuid [17+; tag 0 17+],
        high_watermark: i64 [18+; tag 1 18+] = i64::MAX,
    }
    ForgottenTopic {
        topic: String [7-12],
        topic_id: Uuid [13+],
        partitions: Vec<i32> [7+],
    }
}

message! {
    FetchResponse versions 4-18 flexible 12;
    FetchResponse {
        throttle_time_ms: i32 [1+],
        error_code: i16 [7+],
        session_id: i32 [7+],
        responses: Vec<FetchableTopicResponse>,
        node_endpoints: Vec<NodeEndpoint> [16+; tag 0 16+],
    }
    FetchableTopicResponse {
        topic: String [0-12],
        topic_id: Uuid [13+],
        partitions: Vec<PartitionData>,
    }
    PartitionData {
        partition_index: i32,
        error_code: i16,
        high_watermark: i64,
        last_stable_offset: i64 [4+] = -1,
        log_start_offset: i64 [5+] = -1,
        diverging_epoch: EpochEndOffset [12+; tag 0 12+],
        current_leader: LeaderIdAndEpoch [12+; tag 1 12+],
        snapshot_id: SnapshotId [12+; tag 2 12+],
        aborted_transactions: Option<Vec<AbortedTransaction>> [4+; null 4+] = Some(Vec::new()),
        preferred_read_replica: i32 [11+] = -1,
        records: Option<Bytes> [0+; null 0+],
    }
    EpochEndOffset {
        epoch: i32 [12+] = -1,
        end_offset: i64 [12+] = -1,
    }
    LeaderIdAndEpoch {
        leader_id: i32 [12+] = -1,
        leader_epoch: i32 [12+] = -1,
    }
    SnapshotId {
        end_offset: i64 = -1,
        epoch: i32 = -1,
    }
    AbortedTransaction {
        producer_id: i64 [4+],
        first_offset: i64 [4+],
    }
    NodeEndpoint {
        node_id: i32 [16+],
        host: String [16+],
        port: i32 [16+],
        rack: Option<String> [16+; null 16+],
    }
}

api! { Fetch; FetchRequest -> FetchResponse }
