//! DescribeAcls, API key 29.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    DescribeAclsRequest versions 1-3 flexible 2;
    DescribeAclsRequest {
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
    DescribeAclsResponse versions 1-3 flexible 2;
    DescribeAclsResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
        resources: Vec<DescribeAclsResource>,
    }
    DescribeAclsResource {
        resource_type: i8,
        resource_name: String,
        pattern_type: i8 [1+] = 3,
        acls: Vec<AclDescription>,
    }
    AclDescription {
        principal: String,
        host: String,
        operation: i8,
        permission_type: i8,
    }
}

api! { DescribeAcls; DescribeAclsRequest -> DescribeAclsResponse }
