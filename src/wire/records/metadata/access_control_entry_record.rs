//! AccessControlEntryRecord, metadata record type 18.

use crate::model::Uuid;
use crate::wire::schema::{default, field, message, structs};

message! {
    AccessControlEntryRecord versions 0-0 flexible 0;
    AccessControlEntryRecord {
        id: Uuid,
        resource_type: i8,
        resource_name: String,
        pattern_type: i8,
        principal: String,
        host: String,
        operation: i8,
        permission_type: i8,
    }
}
