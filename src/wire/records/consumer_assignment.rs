//! What classic consumers get from SyncGroup: their assignment.

use bytes::Bytes;

use crate::wire::schema::{NEVER_FLEXIBLE, default, field, message, structs};

message! {
    ConsumerProtocolAssignment versions 0-3 flexible NEVER_FLEXIBLE;
    ConsumerProtocolAssignment {
        assigned_partitions: Vec<TopicPartition>,
        user_data: Option<Bytes> [0+; null 0+],
    }
    TopicPartition {
        topic: String,
        partitions: Vec<i32>,
    }
}
