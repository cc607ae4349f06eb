//! DescribeUserScramCredentials, API key 50.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    DescribeUserScramCredentialsRequest versions 0-0 flexible 0;
    DescribeUserScramCredentialsRequest {
        users: Option<Vec<UserName>> [0+; null 0+] = Some(Vec::new()),
    }
    UserName {
        name: String,
    }
}

message! {
    DescribeUserScramCredentialsResponse versions 0-0 flexible 0;
    DescribeUserScramCredentialsResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
        results: Vec<DescribeUserScramCredentialsResult>,
    }
    DescribeUserScramCredentialsResult {
        user: String,
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
        credential_infos: Vec<CredentialInfo>,
    }
    CredentialInfo {
        mechanism: i8,
        iterations: i32,
    }
}

api! { DescribeUserScramCredentials; DescribeUserScramCredentialsRequest -> DescribeUserScramCredentialsResponse }
