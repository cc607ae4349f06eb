//! What classic consumers put into JoinGroup and SyncGroup: their subscription.

use bytes::Bytes;

use crate::wire::schema::{NEVER_FLEXIBLE, default, field, message, structs};

message! {
    ConsumerProtocolSubscription versions 0-3 flexible NEVER_FLEXIBLE;
    ConsumerProtocolSubscription {
        topics: Vec<String>,
        user_data: Option<Bytes> [0+; null 0+],
        owned_partitions: Vec<TopicPartition> [1+],
        generation_id: i32 [2+] = -1,
        rack_id: Option<String> [3+; null 3+],
    }
    TopicPartition {
        topic: String [1+],
        partitions: Vec<i32> [1+],
    }
}
