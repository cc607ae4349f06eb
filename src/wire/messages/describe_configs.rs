//! DescribeConfigs, API key 32.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    DescribeConfigsRequest versions 1-4 flexible 4;
    DescribeConfigsRequest {
        resources: Vec<DescribeConfigsResource>,
        include_synonyms: bool [1+],
        include_documentation: bool [3+],
    }
    DescribeConfigsResource {
        resource_type: i8,
        resource_name: String,
        configuration_keys: Option<Vec<String>> [0+; null 0+] = Some(Vec::new()),
    }
}

message! {
    DescribeConfigsResponse versions 1-4 flexible 4;
    DescribeConfigsResponse {
        throttle_time_ms: i32,
        results: Vec<DescribeConfigsResult>,
    }
    DescribeConfigsResult {
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
        resource_type: i8,
        resource_name: String,
        configs: Vec<DescribeConfigsResourceResult>,
    }
    DescribeConfigsResourceResult {
        name: String,
        value: Option<String> [0+; null 0+] = Some(String::new()),
        read_only: bool,
        config_source: i8 [1+] = -1,
        is_sensitive: bool,
        synonyms: Vec<DescribeConfigsSynonym> [1+],
        config_type: i8 [3+],
        documentation: Option<String> [3+; null 0+] = Some(String::new()),
    }
    DescribeConfigsSynonym {
        name: String [1+],
        value: Option<String> [1+; null 0+] = Some(String::new()),
        source: i8 [1+],
    }
}

api! { DescribeConfigs; DescribeConfigsRequest -> DescribeConfigsResponse }
