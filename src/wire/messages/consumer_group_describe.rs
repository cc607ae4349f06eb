//! ConsumerGroupDescribe, API key 69.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    ConsumerGroupDescribeRequest versions 0-1 flexible 0;
    ConsumerGroupDescribeRequest {
        group_ids: Vec<String>,
        include_authorized_operations: bool,
    }
}

message! {
    ConsumerGroupDescribeResponse versions 0-1 flexible 0;
    ConsumerGroupDescribeResponse {
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
        instance_id: Option<String> [0+; null 0+],
        rack_id: Option<String> [0+; null 0+],
        member_epoch: i32,
        client_id: String,
        client_host: String,
        subscribed_topic_names: Vec<String>,
        subscribed_topic_regex: Option<String> [0+; null 0+],
        assignment: Assignment,
        target_assignment: Assignment,
        member_type: i8 [1+] = -1,
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

api! { ConsumerGroupDescribe; ConsumerGroupDescribeRequest -> ConsumerGroupDescribeResponse }
