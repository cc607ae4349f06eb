//! The offset commit value of clients that set an explicit retention.

use crate::wire::schema::{NEVER_FLEXIBLE, default, field, message, structs};

message! {
    LegacyOffsetCommitValue versions 0-0 flexible NEVER_FLEXIBLE;
    LegacyOffsetCommitValue {
        offset: i64 [0-0],
        metadata: String [0-0],
        commit_timestamp: i64 [0-0],
    }
}
