//! IncrementalAlterConfigs, API key 44.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    IncrementalAlterConfigsRequest versions 0-1 flexible 1;
    IncrementalAlterConfigsRequest {
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
        config_operation: i8,
        value: Option<String> [0+; null 0+] = Some(String::new()),
    }
}

message! {
    IncrementalAlterConfigsResponse versions 0-1 flexible 1;
    IncrementalAlterConfigsResponse {
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

api! { IncrementalAlterConfigs; IncrementalAlterConfigsRequest -> IncrementalAlterConfigsResponse }
