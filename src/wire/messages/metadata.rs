//! Metadata, API key 3.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    MetadataRequest versions 0-13 flexible 9;
    MetadataRequest {
        topics: Option<Vec<MetadataRequestTopic>> [0+; null 1+] = Some(Vec::new()),
        allow_auto_topic_creation: bool [4+] = true,
        include_cluster_authorized_operations: bool [8-10],
        include_topic_authorized_operations: bool [8+],
    }
    MetadataRequestTopic {
        topic_id: Uuid [10+],
        name: Option<String> [0+; null 10+] = Some(String::new()),
    }
}

message! {
    MetadataResponse versions 0-13 flexible 9;
    MetadataResponse {
        throttle_time_ms: i32 [3+],
        brokers: Vec<MetadataResponseBroker>,
        cluster_id: Option<String> [2+; null 2+],
        controller_id: i32 [1+] = -1,
        topics: Vec<MetadataResponseTopic>,
        cluster_authorized_operations: i32 [8-10] = i32::MIN,
        error_code: i16 [13+],
    }
    MetadataResponseBroker {
        node_id: i32,
        host: String,
        port: i32,
        rack: Option<String> [1+; null 1+],
    }
    MetadataResponseTopic {
        error_code: i16,
        name: Option<String> [0+; null 12+] = Some(String::new()),
        topic_id: Uuid [10+],
        is_internal: bool [1+],
        partitions: Vec<MetadataResponsePartition>,
        topic_authorized_operations: i32 [8+] = i32::MIN,
    }
    MetadataResponsePartition {
        error_code: i16,
        partition_index: i32,
        leader_id: i32,
        leader_epoch: i32 [7+] = -1,
        replica_nodes: Vec<i32>,
        isr_nodes: Vec<i32>,
        offline_replicas: Vec<i32> [5+],
    }
}

api! { Metadata; MetadataRequest -> MetadataResponse }
