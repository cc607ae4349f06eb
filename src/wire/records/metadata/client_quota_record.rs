//! ClientQuotaRecord, metadata record type 14.

use crate::wire::schema::{default, field, message, structs};

message! {
    ClientQuotaRecord versions 0-0 flexible 0;
    ClientQuotaRecord {
        entity: Vec<EntityData>,
        key: String,
        value: f64,
        remove: bool,
    }
    EntityData {
        entity_type: String,
        entity_name: Option<String> [0+; null 0+] = Some(String::new()),
    }
}
