//! CreateAcls, API key 30.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    CreateAclsRequest versions 1-3 flexible 2;
    CreateAclsRequest {
        creations: Vec<AclCreation>,
    }
    AclCreation {
        resource_type: i8,
        resource_name: String,
        resource_pattern_type: i8 [1+] = 3,
        principal: String,
        host: String,
        operation: i8,
        permission_type: i8,
    }
}

message! {
    CreateAclsResponse versions 1-3 flexible 2;
    CreateAclsResponse {
        throttle_time_ms: i32,
        results: Vec<AclCreationResult>,
    }
    AclCreationResult {
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
    }
}

api! { CreateAcls; CreateAclsRequest -> CreateAclsResponse }
