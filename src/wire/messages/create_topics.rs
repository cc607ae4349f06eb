//! CreateTopics, API key 19.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    CreateTopicsRequest versions 2-7 flexible 5;
    CreateTopicsRequest {
        topics: Vec<CreatableTopic>,
        timeout_ms: i32 = 60000,
        validate_only: bool [1+],
    }
    CreatableTopic {
        name: String,
        num_partitions: i32,
        replication_factor: i16,
        assignments: Vec<CreatableReplicaAssignment>,
        configs: Vec<CreatableTopicConfig>,
    }
    CreatableReplicaAssignment {
        partition_index: i32,
        broker_ids: Vec<i32>,
    }
    CreatableTopicConfig {
        name: String,
        value: Option<String> [0+; null 0+] = Some(String::new()),
    }
}

message! {
    CreateTopicsResponse versions 2-7 flexible 5;
    CreateTopicsResponse {
        throttle_time_ms: i32 [2+],
        topics: Vec<CreatableTopicResult>,
    }
    CreatableTopicResult {
        name: String,
        topic_id: Uuid [7+],
        error_code: i16,
        error_message: Option<String> [1+; null 0+] = Some(String::new()),
        topic_config_error_code: i16 [5+; tag 0 5+],
        num_partitions: i32 [5+] = -1,
        replication_factor: i16 [5+] = -1,
        configs: Option<Vec<CreatableTopicConfigs>> [5+; null 5+] = Some(Vec::new()),
    }
    CreatableTopicConfigs {
        name: String [5+],
        value: Option<String> [5+; null 5+] = Some(String::new()),
        read_only: bool [5+],
        config_source: i8 [5+] = -1,
        is_sensitive: bool [5+],
    }
}

api! { CreateTopics; CreateTopicsRequest -> CreateTopicsResponse }
