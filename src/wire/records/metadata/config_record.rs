//! ConfigRecord, metadata record type 4.

use crate::wire::schema::{default, field, message, structs};

message! {
    ConfigRecord versions 0-0 flexible 0;
    ConfigRecord {
        resource_type: i8,
        resource_name: String,
        name: String,
        value: Option<String> [0+; null 0+] = Some(String::new()),
    }
}
