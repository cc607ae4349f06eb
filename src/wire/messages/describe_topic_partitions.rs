//! DescribeTopicPartitions, API key 75.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    DescribeTopicPartitionsRequest versions 0-0 flexible 0;
    DescribeTopicPartitionsRequest {
        topics: Vec<TopicRequest>,
        response_partition_limit: i32 = 2000,
        cursor: Option<DescribeTopicPartitionsRequestCursor> [0+; null 0+],
    }
    TopicRequest {
        name: String,
    }
    DescribeTopicPartitionsRequestCursor {
        topic_name: String,
        partition_index: i32,
    }
}

message! {
    DescribeTopicPartitionsResponse versions 0-0 flexible 0;
    DescribeTopicPartitionsResponse {
        throttle_time_ms: i32,
        topics: Vec<DescribeTopicPartitionsResponseTopic>,
        next_cursor: Option<DescribeTopicPartitionsResponseCursor> [0+; null 0+],
    }
    DescribeTopicPartitionsResponseTopic {
        error_code: i16,
        name: Option<String> [0+; null 0+] = Some(String::new()),
        topic_id: Uuid,
        is_internal: bool,
        partitions: Vec<DescribeTopicPartitionsResponsePartition>,
        topic_authorized_operations: i32 = i32::MIN,
    }
    DescribeTopicPartitionsResponsePartition {
        error_code: i16,
        partition_index: i32,
        leader_id: i32,
        leader_epoch: i32 = -1,
        replica_nodes: Vec<i32>,
        isr_nodes: Vec<i32>,
        eligible_leader_replicas: Option<Vec<i32>> [0+; null 0+],
        last_known_elr: Option<Vec<i32>> [0+; null 0+],
        offline_replicas: Vec<i32>,
    }
    DescribeTopicPartitionsResponseCursor {
        topic_name: String,
        partition_index: i32,
    }
}

api! { DescribeTopicPartitions; DescribeTopicPartitionsRequest -> DescribeTopicPartitionsResponse }
