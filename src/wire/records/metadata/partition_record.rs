//! PartitionRecord, metadata record type 3.

use crate::model::Uuid;
use crate::wire::schema::{default, field, message, structs};

message! {
    PartitionRecord versions 0-2 flexible 0;
    PartitionRecord {
        partition_id: i32 = -1,
        topic_id: Uuid,
        replicas: Vec<i32>,
        isr: Vec<i32>,
        removing_replicas: Vec<i32>,
        adding_replicas: Vec<i32>,
        leader: i32 = -1,
        leader_recovery_state: i8 [0+; tag 0 0+],
        leader_epoch: i32 = -1,
        partition_epoch: i32 = -1,
        directories: Vec<Uuid> [1+],
        eligible_leader_replicas: Option<Vec<i32>> [2+; null 2+; tag 1 2+],
        last_known_elr: Option<Vec<i32>> [2+; null 2+; tag 2 2+],
    }
}
