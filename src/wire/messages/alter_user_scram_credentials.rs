//! AlterUserScramCredentials, API key 51.

use bytes::Bytes;

use crate::wire::schema::{api, default, field, message, structs};

message! {
    AlterUserScramCredentialsRequest versions 0-0 flexible 0;
    AlterUserScramCredentialsRequest {
        deletions: Vec<ScramCredentialDeletion>,
        upsertions: Vec<ScramCredentialUpsertion>,
    }
    ScramCredentialDeletion {
        name: String,
        mechanism: i8,
    }
    ScramCredentialUpsertion {
        name: String,
        mechanism: i8,
        iterations: i32,
        salt: Bytes,
        salted_password: Bytes,
    }
}

message! {
    AlterUserScramCredentialsResponse versions 0-0 flexible 0;
    AlterUserScramCredentialsResponse {
        throttle_time_ms: i32,
        results: Vec<AlterUserScramCredentialsResult>,
    }
    AlterUserScramCredentialsResult {
        user: String,
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
    }
}

api! { AlterUserScramCredentials; AlterUserScramCredentialsRequest -> AlterUserScramCredentialsResponse }
