//! DescribeQuorum, API key 55.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    DescribeQuorumRequest versions 0-2 flexible 0;
    DescribeQuorumRequest {
        topics: Vec<DescribeQuorumRequestTopicData>,
    }
    DescribeQuorumRequestTopicData {
        topic_name: String,
        partitions: Vec<DescribeQuorumRequestPartitionData>,
    }
    DescribeQuorumRequestPartitionData {
        partition_index: i32,
    }
}

message! {
    DescribeQuorumResponse versions 0-2 flexible 0;
    DescribeQuorumResponse {
        error_code: i16,
        error_message: Option<String> [2+; null 2+] = Some(String::new()),
        topics: Vec<DescribeQuorumResponseTopicData>,
        nodes: Vec<Node> [2+],
    }
    DescribeQuorumResponseTopicData {
        topic_name: String,
        partitions: Vec<DescribeQuorumResponsePartitionData>,
    }
    DescribeQuorumResponsePartitionData {
        partition_index: i32,
        error_code: i16,
        error_message: Option<String> [2+; null 2+] = Some(String::new()),
        leader_id: i32,
        leader_epoch: i32,
        high_watermark: i64,
        current_voters: Vec<ReplicaState>,
        observers: Vec<ReplicaState>,
    }
    ReplicaState {
        replica_id: i32,
        replica_directory_id: Uuid [2+],
        log_end_offset: i64,
        last_fetch_timestamp: i64 [1+] = -1,
        last_caught_up_timestamp: i64 [1+] = -1,
    }
    Node {
        node_id: i32 [2+],
        listeners: Vec<Listener> [2+],
    }
    Listener {
        name: String [2+],
        host: String [2+],
        port: u16 [2+],
    }
}

api! { DescribeQuorum; DescribeQuorumRequest -> DescribeQuorumResponse }
