//! DeleteShareGroupOffsets, API key 92.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    DeleteShareGroupOffsetsRequest versions 0-0 flexible 0;
    DeleteShareGroupOffsetsRequest {
        group_id: String,
        topics: Vec<DeleteShareGroupOffsetsRequestTopic>,
    }
    DeleteShareGroupOffsetsRequestTopic {
        topic_name: String,
    }
}

message! {
    DeleteShareGroupOffsetsResponse versions 0-0 flexible 0;
    DeleteShareGroupOffsetsResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+],
        responses: Vec<DeleteShareGroupOffsetsResponseTopic>,
    }
    DeleteShareGroupOffsetsResponseTopic {
        topic_name: String,
        topic_id: Uuid,
        error_code: i16,
        error_message: Option<String> [0+; null 0+],
    }
}

api! { DeleteShareGroupOffsets; DeleteShareGroupOffsetsRequest -> DeleteShareGroupOffsetsResponse }
