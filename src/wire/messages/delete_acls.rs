//! DeleteAcls, API key 31.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    DeleteAclsRequest versions 1-3 flexible 2;
    DeleteAclsRequest {
        filters: Vec<DeleteAclsFilter>,
    }
    DeleteAclsFilter {
        resource_type_filter: i8,
        resource_name_filter: Option<String> [0+; null 0+] = Some(String::new()),
        pattern_type_filter: i8 [1+] = 3,
        principal_filter: Option<String> [0+; null 0+] = Some(String::new()),
        host_filter: Option<String> [0+; null 0+] = Some(String::new()),
        operation: i8,
        permission_type: i8,
    }
}

message! {
    DeleteAclsResponse versions 1-3 flexible 2;
    DeleteAclsResponse {
        throttle_time_ms: i32,
        filter_results: Vec<DeleteAclsFilterResult>,
    }
    DeleteAclsFilterResult {
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
        matching_acls: Vec<DeleteAclsMatchingAcl>,
    }
    DeleteAclsMatchingAcl {
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
        resource_type: i8,
        resource_name: String,
        pattern_type: i8 [1+] = 3,
        principal: String,
        host: String,
        operation: i8,
        permission_type: i8,
    }
}

api! { DeleteAcls; DeleteAclsRequest -> DeleteAclsResponse }
