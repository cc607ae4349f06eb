//! FeatureLevelRecord, metadata record type 12.

use crate::wire::schema::{default, field, message, structs};

message! {
    FeatureLevelRecord versions 0-0 flexible 0;
    FeatureLevelRecord {
        name: String,
        feature_level: i16,
    }
}
