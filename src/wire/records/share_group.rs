//! Records of `__consumer_offsets` that share groups write, and those of `__share_group_state` (KIP-932).

use crate::model::Uuid;
use crate::wire::schema::{NEVER_FLEXIBLE, default, field, message, structs};

message! {
    ShareGroupMemberMetadataValue versions 0-0 flexible 0;
    ShareGroupMemberMetadataValue {
        rack_id: Option<String> [0+; null 0+] = Some(String::new()),
        client_id: String,
        client_host: String,
        subscribed_topic_names: Vec<String>,
    }
}

message! {
    ShareGroupMetadataValue versions 0-0 flexible 0;
    ShareGroupMetadataValue {
        epoch: i32,
        metadata_hash: i64,
    }
}

message! {
    ShareGroupCurrentMemberAssignmentValue versions 0-0 flexible 0;
    ShareGroupCurrentMemberAssignmentValue {
        member_epoch: i32,
        previous_member_epoch: i32,
        state: i8,
        assigned_partitions: Vec<AssignedPartitions>,
    }
    AssignedPartitions {
        topic_id: Uuid,
        partitions: Vec<i32>,
    }
}

message! {
    ShareGroupStatePartitionMetadataValue versions 0-0 flexible 0;
    ShareGroupStatePartitionMetadataValue {
        initializing_topics: Vec<TopicPartitionsInfo>,
        initialized_topics: Vec<TopicPartitionsInfo>,
        deleting_topics: Vec<TopicInfo>,
    }
    TopicPartitionsInfo {
        topic_id: Uuid,
        topic_name: String,
        partitions: Vec<i32>,
    }
    TopicInfo {
        topic_id: Uuid,
        topic_name: String,
    }
}

message! {
    ShareStateKey versions 0-0 flexible NEVER_FLEXIBLE;
    ShareStateKey {
        group_id: String,
        topic_id: Uuid,
        partition: i32,
    }
}

message! {
    ShareSnapshotValue versions 0-0 flexible 0;
    ShareSnapshotValue {
        snapshot_epoch: i32,
        state_epoch: i32,
        leader_epoch: i32,
        start_offset: i64,
        delivery_complete_count: i32 [0+; tag 0 0+] = -1,
        create_timestamp: i64,
        write_timestamp: i64,
        state_batches: Vec<StateBatch>,
    }
    StateBatch {
        first_offset: i64,
        last_offset: i64,
        delivery_state: i8,
        delivery_count: i16,
    }
}

message! {
    ShareUpdateValue versions 0-0 flexible 0;
    ShareUpdateValue {
        snapshot_epoch: i32,
        leader_epoch: i32,
        start_offset: i64,
        delivery_complete_count: i32 [0+; tag 0 0+] = -1,
        state_batches: Vec<StateBatch>,
    }
}
