//! DescribeClientQuotas, API key 48.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    DescribeClientQuotasRequest versions 0-1 flexible 1;
    DescribeClientQuotasRequest {
        components: Vec<ComponentData>,
        strict: bool,
    }
    ComponentData {
        entity_type: String,
        match_type: i8,
        match_: Option<String> [0+; null 0+] = Some(String::new()),
    }
}

message! {
    DescribeClientQuotasResponse versions 0-1 flexible 1;
    DescribeClientQuotasResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
        entries: Option<Vec<EntryData>> [0+; null 0+] = Some(Vec::new()),
    }
    EntryData {
        entity: Vec<EntityData>,
        values: Vec<ValueData>,
    }
    EntityData {
        entity_type: String,
        entity_name: Option<String> [0+; null 0+] = Some(String::new()),
    }
    ValueData {
        key: String,
        value: f64,
    }
}

api! { DescribeClientQuotas; DescribeClientQuotasRequest -> DescribeClientQuotasResponse }
