//! RemoveAccessControlEntryRecord, metadata record type 19.

use crate::model::Uuid;
use crate::wire::schema::{default, field, message, structs};

message! {
    RemoveAccessControlEntryRecord versions 0-0 flexible 0;
    RemoveAccessControlEntryRecord {
        id: Uuid,
    }
}
