//! Records of `__consumer_offsets` that classic groups and offset commits write.

use bytes::Bytes;

use crate::model::Uuid;
use crate::wire::schema::{NEVER_FLEXIBLE, default, field, message, structs};

message! {
    OffsetCommitKey versions 0-0 flexible NEVER_FLEXIBLE;
    OffsetCommitKey {
        group: String,
        topic: String,
        partition: i32,
    }
}

message! {
    OffsetCommitValue versions 0-4 flexible 4;
    OffsetCommitValue {
        offset: i64,
        leader_epoch: i32 [3+] = -1,
        metadata: String,
        commit_timestamp: i64,
        expire_timestamp: i64 [1-1] = -1,
        topic_id: Uuid [4+; tag 0 4+],
    }
}

message! {
    GroupMetadataKey versions 0-0 flexible NEVER_FLEXIBLE;
    GroupMetadataKey {
        group: String,
    }
}

message! {
    GroupMetadataValue versions 0-4 flexible 4;
    GroupMetadataValue {
        protocol_type: String,
        generation: i32,
        protocol: Option<String> [0+; null 0+] = Some(String::new()),
        leader: Option<String> [0+; null 0+] = Some(String::new()),
        current_state_timestamp: i64 [2+] = -1,
        members: Vec<MemberMetadata>,
    }
    MemberMetadata {
        member_id: String,
        group_instance_id: Option<String> [3+; null 3+],
        client_id: String,
        client_host: String,
        rebalance_timeout: i32 [1+] = -1,
        session_timeout: i32,
        subscription: Bytes,
        assignment: Bytes,
    }
}
