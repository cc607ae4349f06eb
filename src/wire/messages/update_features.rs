//! UpdateFeatures, API key 57.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    UpdateFeaturesRequest versions 0-2 flexible 0;
    UpdateFeaturesRequest {
        timeout_ms: i32 = 60000,
        feature_updates: Vec<FeatureUpdateKey>,
        validate_only: bool [1+],
    }
    FeatureUpdateKey {
        feature: String,
        max_version_level: i16,
        allow_downgrade: bool [0-0],
        upgrade_type: i8 [1+] = 1,
    }
}

message! {
    UpdateFeaturesResponse versions 0-2 flexible 0;
    UpdateFeaturesResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
        results: Vec<UpdatableFeatureResult> [0-1],
    }
    UpdatableFeatureResult {
        feature: String,
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
    }
}

api! { UpdateFeatures; UpdateFeaturesRequest -> UpdateFeaturesResponse }
