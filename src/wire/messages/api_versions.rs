//! ApiVersions, API key 18.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    ApiVersionsRequest versions 0-4 flexible 3;
    ApiVersionsRequest {
        client_software_name: String [3+],
        client_software_version: String [3+],
    }
}

message! {
    ApiVersionsResponse versions 0-4 flexible 3;
    ApiVersionsResponse {
        error_code: i16,
        api_keys: Vec<ApiVersion>,
        throttle_time_ms: i32 [1+],
        supported_features: Vec<SupportedFeatureKey> [3+; tag 0 3+],
        finalized_features_epoch: i64 [3+; tag 1 3+] = -1,
        finalized_features: Vec<FinalizedFeatureKey> [3+; tag 2 3+],
        zk_migration_ready: bool [3+; tag 3 3+],
    }
    ApiVersion {
        api_key: i16,
        min_version: i16,
        max_version: i16,
    }
    SupportedFeatureKey {
        name: String [3+],
        min_version: i16 [3+],
        max_version: i16 [3+],
    }
    FinalizedFeatureKey {
        name: String [3+],
        max_version_level: i16 [3+],
        min_version_level: i16 [3+],
    }
}

api! { ApiVersions; ApiVersionsRequest -> ApiVersionsResponse }
