//! ConsumerGroupHeartbeat, API key 68.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    ConsumerGroupHeartbeatRequest versions 0-1 flexible 0;
    ConsumerGroupHeartbeatRequest {
        group_id: String,
        member_id: String,
        member_epoch: i32,
        instance_id: Option<String> [0+; null 0+],
        rack_id: Option<String> [0+; null 0+],
        rebalance_timeout_ms: i32 = -1,
        subscribed_topic_names: Option<Vec<String>> [0+; null 0+],
        subscribed_topic_regex: Option<String> [1+; null 1+],
        server_assignor: Option<String> [0+; null 0+],
        topic_partitions: Option<Vec<ConsumerGroupHeartbeatRequestTopicPartitions>> [0+; null 0+],
    }
    ConsumerGroupHeartbeatRequestTopicPartitions {
        topic_id: Uuid,
        partitions: Vec<i32>,
    }
}

message! {
    ConsumerGroupHeartbeatResponse versions 0-1 flexible 0;
    ConsumerGroupHeartbeatResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+],
        member_id: Option<String> [0+; null 0+],
        member_epoch: i32,
        heartbeat_interval_ms: i32,
        assignment: Option<Assignment> [0+; null 0+],
    }
    Assignment {
        topic_partitions: Vec<ConsumerGroupHeartbeatResponseTopicPartitions>,
    }
    ConsumerGroupHeartbeatResponseTopicPartitions {
        topic_id: Uuid,
        partitions: Vec<i32>,
    }
}

api! { ConsumerGroupHeartbeat; ConsumerGroupHeartbeatRequest -> ConsumerGroupHeartbeatResponse }
