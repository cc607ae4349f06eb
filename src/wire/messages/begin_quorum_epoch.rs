//! BeginQuorumEpoch, API key 53.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    BeginQuorumEpochRequest versions 0-1 flexible 1;
    BeginQuorumEpochRequest {
        cluster_id: Option<String> [0+; null 0+],
        voter_id: i32 [1+] = -1,
        topics: Vec<BeginQuorumEpochRequestTopicData>,
        leader_endpoints: Vec<LeaderEndpoint> [1+],
    }
    BeginQuorumEpochRequestTopicData {
        topic_name: String,
        partitions: Vec<BeginQuorumEpochRequestPartitionData>,
    }
    BeginQuorumEpochRequestPartitionData {
        partition_index: i32,
        voter_directory_id: Uuid [1+],
        leader_id: i32,
        leader_epoch: i32,
    }
    LeaderEndpoint {
        name: String [1+],
        host: String [1+],
        port: u16 [1+],
    }
}

message! {
    BeginQuorumEpochResponse versions 0-1 flexible 1;
    BeginQuorumEpochResponse {
        error_code: i16,
        topics: Vec<BeginQuorumEpochResponseTopicData>,
        node_endpoints: Vec<NodeEndpoint> [1+; tag 0 1+],
    }
    BeginQuorumEpochResponseTopicData {
        topic_name: String,
        partitions: Vec<BeginQuorumEpochResponsePartitionData>,
    }
    BeginQuorumEpochResponsePartitionData {
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

api! { BeginQuorumEpoch; BeginQuorumEpochRequest -> BeginQuorumEpochResponse }
