//! AlterClientQuotas, API key 49.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    AlterClientQuotasRequest versions 0-1 flexible 1;
    AlterClientQuotasRequest {
        entries: Vec<AlterClientQuotasRequestEntryData>,
        validate_only: bool,
    }
    AlterClientQuotasRequestEntryData {
        entity: Vec<AlterClientQuotasRequestEntityData>,
        ops: Vec<OpData>,
    }
    AlterClientQuotasRequestEntityData {
        entity_type: String,
        entity_name: Option<String> [0+; null 0+] = Some(String::new()),
    }
    OpData {
        key: String,
        value: f64,
        remove: bool,
    }
}

message! {
    AlterClientQuotasResponse versions 0-1 flexible 1;
    AlterClientQuotasResponse {
        throttle_time_ms: i32,
        entries: Vec<AlterClientQuotasResponseEntryData>,
    }
    AlterClientQuotasResponseEntryData {
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
        entity: Vec<AlterClientQuotasResponseEntityData>,
    }
    AlterClientQuotasResponseEntityData {
        entity_type: String,
        entity_name: Option<String> [0+; null 0+] = Some(String::new()),
    }
}

api! { AlterClientQuotas; AlterClientQuotasRequest -> AlterClientQuotasResponse }
