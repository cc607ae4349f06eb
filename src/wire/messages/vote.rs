//! Vote, API key 52.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    VoteRequest versions 0-2 flexible 0;
    VoteRequest {
        cluster_id: Option<String> [0+; null 0+],
        voter_id: i32 [1+] = -1,
        topics: Vec<VoteRequestTopicData>,
    }
    VoteRequestTopicData {
        topic_name: String,
        partitions: Vec<VoteRequestPartitionData>,
    }
    VoteRequestPartitionData {
        partition_index: i32,
        replica_epoch: i32,
        replica_id: i32,
        replica_directory_id: Uuid [1+],
        voter_directory_id: Uuid [1+],
        last_offset_epoch: i32,
        last_offset: i64,
        pre_vote: bool [2+],
    }
}

message! {
    VoteResponse versions 0-2 flexible 0;
    VoteResponse {
        error_code: i16,
        topics: Vec<VoteResponseTopicData>,
        node_endpoints: Vec<NodeEndpoint> [1+; tag 0 1+],
    }
    VoteResponseTopicData {
        topic_name: String,
        partitions: Vec<VoteResponsePartitionData>,
    }
    VoteResponsePartitionData {
        partition_index: i32,
        error_code: i16,
        leader_id: i32,
        leader_epoch: i32,
        vote_granted: bool,
    }
    NodeEndpoint {
        node_id: i32 [1+],
        host: String [1+],
        port: u16 [1+],
    }
}

api! { Vote; VoteRequest -> VoteResponse }
