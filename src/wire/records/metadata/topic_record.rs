//! TopicRecord, metadata record type 2.

use crate::model::Uuid;
use crate::wire::schema::{default, field, message, structs};

message! {
    TopicRecord versions 0-0 flexible 0;
    TopicRecord {
        name: String,
        topic_id: Uuid,
    }
}
