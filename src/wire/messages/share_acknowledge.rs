//! ShareAcknowledge, API key 79.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    ShareAcknowledgeRequest versions 1-2 flexible 0;
    ShareAcknowledgeRequest {
        group_id: Option<String> [0+; null 0+],
        member_id: Option<String> [0+; null 0+] = Some(String::new()),
        share_session_epoch: i32,
        is_renew_ack: bool [2+],
        topics: Vec<AcknowledgeTopic>,
    }
    AcknowledgeTopic {
        topic_id: Uuid,
        partitions: Vec<AcknowledgePartition>,
    }
    AcknowledgePartition {
        partition_index: i32,
        acknowledgement_batches: Vec<AcknowledgementBatch>,
    }
    AcknowledgementBatch {
        first_offset: i64,
        last_offset: i64,
        acknowledge_types: Vec<i8>,
    }
}

message! {
    ShareAcknowledgeResponse versions 1-2 flexible 0;
    ShareAcknowledgeResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+],
        acquisition_lock_timeout_ms: i32 [2+],
        responses: Vec<ShareAcknowledgeTopicResponse>,
        node_endpoints: Vec<NodeEndpoint>,
    }
    ShareAcknowledgeTopicResponse {
        topic_id: Uuid,
        partitions: Vec<PartitionData>,
    }
    PartitionData {
        partition_index: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+],
        current_leader: LeaderIdAndEpoch,
    }
    LeaderIdAndEpoch {
        leader_id: i32,
        leader_epoch: i32,
    }
    NodeEndpoint {
        node_id: i32,
        host: String,
        port: i32,
        rack: Option<String> [0+; null 0+],
    }
}

api! { ShareAcknowledge; ShareAcknowledgeRequest -> ShareAcknowledgeResponse }
