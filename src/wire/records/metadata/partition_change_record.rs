//! PartitionChangeRecord, metadata record type 5.

use crate::model::Uuid;
use crate::wire::schema::{default, field, message, structs};

message! {
    PartitionChangeRecord versions 0-2 flexible 0;
    PartitionChangeRecord {
        partition_id: i32 = -1,
        topic_id: Uuid,
        isr: Option<Vec<i32>> [0+; null 0+; tag 0 0+],
        leader: i32 [0+; tag 1 0+] = -2,
        replicas: Option<Vec<i32>> [0+; null 0+; tag 2 0+],
        removing_replicas: Option<Vec<i32>> [0+; null 0+; tag 3 0+],
        adding_replicas: Option<Vec<i32>> [0+; null 0+; tag 4 0+],
        leader_recovery_state: i8 [0+; tag 5 0+] = -1,
        directories: Option<Vec<Uuid>> [1+; null 1+; tag 8 1+],
        eligible_leader_replicas: Option<Vec<i32>> [2+; null 2+; tag 6 2+],
        last_known_elr: Option<Vec<i32>> [2+; null 2+; tag 7 2+],
    }
}
