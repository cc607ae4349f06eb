//! ShareGroupDescribe, API key 77.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    ShareGroupDescribeRequest versions 1-1 flexible 0;
    ShareGroupDescribeRequest {
        group_ids: Vec<String>,
        include_authorized_operations: bool,
    }
}

message! {
    ShareGroupDescribeResponse versions 1-1 flexible 0;
    ShareGroupDescribeResponse {
        throttle_time_ms: i32,
        groups: Vec<DescribedGroup>,
    }
    DescribedGroup {
        error_code: i16,
        error_message: Option<String> [0+; null 0+],
        group_id: String,
        group_state: String,
        group_epoch: i32,
        assignment_epoch: i32,
        assignor_name: String,
        members: Vec<Member>,
        authorized_operations: i32 = i32::MIN,
    }
    Member {
        member_id: String,
        rack_id: Option<String> [0+; null 0+],
        member_epoch: i32,
        client_id: String,
        client_host: String,
        subscribed_topic_names: Vec<String>,
        assignment: Assignment,
    }
    Assignment {
        topic_partitions: Vec<TopicPartitions>,
    }
    TopicPartitions {
        topic_id: Uuid,
        topic_name: String,
        partitions: Vec<i32>,
    }
}

api! { ShareGroupDescribe; ShareGroupDescribeRequest -> ShareGroupDescribeResponse }
