//! AlterPartition, API key 56.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    AlterPartitionRequest versions 2-3 flexible 0;
    AlterPartitionRequest {
        broker_id: i32,
        broker_epoch: i64 = -1,
        topics: Vec<AlterPartitionRequestTopicData>,
    }
    AlterPartitionRequestTopicData {
        topic_id: Uuid [2+],
        partitions: Vec<AlterPartitionRequestPartitionData>,
    }
    AlterPartitionRequestPartitionData {
        partition_index: i32,
        leader_epoch: i32,
        new_isr: Vec<i32> [0-2],
        new_isr_with_epochs: Vec<BrokerState> [3+],
        leader_recovery_state: i8 [1+],
        partition_epoch: i32,
    }
    BrokerState {
        broker_id: i32 [3+],
        broker_epoch: i64 [3+] = -1,
    }
}

message! {
    AlterPartitionResponse versions 2-3 flexible 0;
    AlterPartitionResponse {
        throttle_time_ms: i32,
        error_code: i16,
        topics: Vec<AlterPartitionResponseTopicData>,
    }
    AlterPartitionResponseTopicData {
        topic_id: Uuid [2+],
        partitions: Vec<AlterPartitionResponsePartitionData>,
    }
    AlterPartitionResponsePartitionData {
        partition_index: i32,
        error_code: i16,
        leader_id: i32,
        leader_epoch: i32,
        isr: Vec<i32>,
        leader_recovery_state: i8 [1+],
        partition_epoch: i32,
    }
}

api! { AlterPartition; AlterPartitionRequest -> AlterPartitionResponse }
