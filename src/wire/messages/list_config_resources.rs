//! ListConfigResources, API key 74.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    ListConfigResourcesRequest versions 0-1 flexible 0;
    ListConfigResourcesRequest {
        resource_types: Vec<i8> [1+],
    }
}

message! {
    ListConfigResourcesResponse versions 0-1 flexible 0;
    ListConfigResourcesResponse {
        throttle_time_ms: i32,
        error_code: i16,
        config_resources: Vec<ConfigResource>,
    }
    ConfigResource {
        resource_name: String,
        resource_type: i8 [1+] = 16,
    }
}

api! { ListConfigResources; ListConfigResourcesRequest -> ListConfigResourcesResponse }
