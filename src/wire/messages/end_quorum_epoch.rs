//! EndQuorumEpoch, API key 54.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    EndQuorumEpochRequest versions 0-1 flexible 1;
    EndQuorumEpochRequest {
        cluster_id: Option<String> [0+; null 0+],
        topics: Vec<EndQuorumEpochRequestTopicData>,
        leader_endpoints: Vec<LeaderEndpoint> [1+],
    }
    EndQuorumEpochRequestTopicData {
        topic_name: String,
        partitions: Vec<EndQuorumEpochRequestPartitionData>,
    }
    EndQuorumEpochRequestPartitionData {
        partition_index: i32,
        leader_id: i32,
        leader_epoch: i32,
        preferred_successors: Vec<i32> [0-0],
        preferred_candidates: Vec<ReplicaInfo> [1+],
    }
    ReplicaInfo {
        candidate_id: i32 [1+],
        candidate_directory_id: Uuid [1+],
    }
    LeaderEndpoint {
        name: String [1+],
        host: String [1+],
        port: u16 [1+],
    }
}

message! {
    EndQuorumEpochResponse versions 0-1 flexible 1;
    EndQuorumEpochResponse {
        error_code: i16,
        topics: Vec<EndQuorumEpochResponseTopicData>,
        node_endpoints: Vec<NodeEndpoint> [1+; tag 0 1+],
    }
    EndQuorumEpochResponseTopicData {
        topic_name: String,
        partitions: Vec<EndQuorumEpochResponsePartitionData>,
    }
    EndQuorumEpochResponsePartitionData {
        partition_index: i32,
        error_code: i16,
        leader_id: i32,
        leader_epoch: i32,
    }
    NodeEndpoint {
        node_id: i32 [1+],
        host: String [1+],
        port: u16 [1+],
    }
}

api! { EndQuorumEpoch; EndQuorumEpochRequest -> EndQuorumEpochResponse }
