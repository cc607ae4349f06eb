//! ShareGroupHeartbeat, API key 76.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    ShareGroupHeartbeatRequest versions 1-1 flexible 0;
    ShareGroupHeartbeatRequest {
        group_id: String,
        member_id: String,
        member_epoch: i32,
        rack_id: Option<String> [0+; null 0+],
        subscribed_topic_names: Option<Vec<String>> [0+; null 0+],
    }
}

message! {
    ShareGroupHeartbeatResponse versions 1-1 flexible 0;
    ShareGroupHeartbeatResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+],
        member_id: Option<String> [0+; null 0+],
        member_epoch: i32,
        heartbeat_interval_ms: i32,
        assignment: Option<Assignment> [0+; null 0+],
    }
    Assignment {
        topic_partitions: Vec<TopicPartitions>,
    }
    TopicPartitions {
        topic_id: Uuid,
        partitions: Vec<i32>,
    }
}

api! { ShareGroupHeartbeat; ShareGroupHeartbeatRequest -> ShareGroupHeartbeatResponse }
