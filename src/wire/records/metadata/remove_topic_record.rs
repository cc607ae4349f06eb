//! RemoveTopicRecord, metadata record type 9.

use crate::model::Uuid;
use crate::wire::schema::{default, field, message, structs};

message! {
    RemoveTopicRecord versions 0-0 flexible 0;
    RemoveTopicRecord {
        topic_id: Uuid,
    }
}
