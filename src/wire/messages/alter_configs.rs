//! AlterConfigs, API key 33.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    AlterConfigsRequest versions 0-2 flexible 2;
    AlterConfigsRequest {
        resources: Vec<AlterConfigsResource>,
        validate_only: bool,
    }
    AlterConfigsResource {
        resource_type: i8,
        resource_name: String,
        configs: Vec<AlterableConfig>,
    }
    AlterableConfig {
        name: String,
        value: Option<String> [0+; null 0+] = Some(String::new()),
    }
}

message! {
    AlterConfigsResponse versions 0-2 flexible 2;
    AlterConfigsResponse {
        throttle_time_ms: i32,
        responses: Vec<AlterConfigsResourceResponse>,
    }
    AlterConfigsResourceResponse {
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
        resource_type: i8,
        resource_name: String,
    }
}

api! { AlterConfigs; AlterConfigsRequest -> AlterConfigsResponse }
