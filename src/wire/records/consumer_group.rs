//! Records of `__consumer_offsets` that consumer groups write (KIP-848). All keys are one of two.

use bytes::Bytes;

use crate::model::Uuid;
use crate::wire::schema::{NEVER_FLEXIBLE, default, field, message, structs};

message! {
    GroupKey versions 0-0 flexible NEVER_FLEXIBLE;
    GroupKey {
        group_id: String,
    }
}

message! {
    MemberKey versions 0-0 flexible NEVER_FLEXIBLE;
    MemberKey {
        group_id: String,
        member_id: String,
    }
}

message! {
    ConsumerGroupRegularExpressionKey versions 0-0 flexible NEVER_FLEXIBLE;
    ConsumerGroupRegularExpressionKey {
        group_id: String,
        regular_expression: String,
    }
}

message! {
    ConsumerGroupMetadataValue versions 0-0 flexible 0;
    ConsumerGroupMetadataValue {
        epoch: i32,
        metadata_hash: i64 [0+; tag 0 0+],
    }
}

message! {
    ConsumerGroupPartitionMetadataValue versions 0-0 flexible 0;
    ConsumerGroupPartitionMetadataValue {
        topics: Vec<TopicMetadata>,
    }
    TopicMetadata {
        topic_id: Uuid,
        topic_name: String,
        num_partitions: i32,
        partition_metadata: Vec<PartitionMetadata>,
    }
    PartitionMetadata {
        partition: i32,
        racks: Vec<String>,
    }
}

message! {
    ConsumerGroupMemberMetadataValue versions 0-0 flexible 0;
    ConsumerGroupMemberMetadataValue {
        instance_id: Option<String> [0+; null 0+] = Some(String::new()),
        rack_id: Option<String> [0+; null 0+] = Some(String::new()),
        client_id: String,
        client_host: String,
        subscribed_topic_names: Vec<String>,
        subscribed_topic_regex: Option<String> [0+; null 0+] = Some(String::new()),
        rebalance_timeout_ms: i32 = -1,
        server_assignor: Option<String> [0+; null 0+] = Some(String::new()),
        classic_member_metadata: Option<ClassicMemberMetadata> [0+; null 0+; tag 0 0+] = Some(ClassicMemberMetadata::default()),
    }
    ClassicMemberMetadata {
        session_timeout_ms: i32,
        supported_protocols: Vec<ClassicProtocol>,
    }
    ClassicProtocol {
        name: String,
        metadata: Bytes,
    }
}

message! {
    TargetAssignmentMetadataValue versions 0-0 flexible 0;
    TargetAssignmentMetadataValue {
        assignment_epoch: i32,
        assignment_timestamp: i64 [0+; tag 0 0+],
    }
}

message! {
    TargetAssignmentMemberValue versions 0-0 flexible 0;
    TargetAssignmentMemberValue {
        topic_partitions: Vec<TargetPartitions>,
    }
    TargetPartitions {
        topic_id: Uuid,
        partitions: Vec<i32>,
    }
}

message! {
    ConsumerGroupCurrentMemberAssignmentValue versions 0-0 flexible 0;
    ConsumerGroupCurrentMemberAssignmentValue {
        member_epoch: i32,
        previous_member_epoch: i32,
        state: i8,
        assigned_partitions: Vec<CurrentPartitions>,
        partitions_pending_revocation: Vec<CurrentPartitions>,
    }
    CurrentPartitions {
        topic_id: Uuid,
        partitions: Vec<i32>,
        assignment_epochs: Option<Vec<i32>> [0+; null 0+; tag 0 0+] = Some(Vec::new()),
    }
}

message! {
    ConsumerGroupRegularExpressionValue versions 0-0 flexible 0;
    ConsumerGroupRegularExpressionValue {
        topics: Vec<String>,
        version: i64,
        timestamp: i64,
    }
}
