//! DeleteTopics, API key 20.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    DeleteTopicsRequest versions 1-6 flexible 4;
    DeleteTopicsRequest {
        topics: Vec<DeleteTopicState> [6+],
        topic_names: Vec<String> [0-5],
        timeout_ms: i32,
    }
    DeleteTopicState {
        name: Option<String> [6+; null 6+],
        topic_id: Uuid [6+],
    }
}

message! {
    DeleteTopicsResponse versions 1-6 flexible 4;
    DeleteTopicsResponse {
        throttle_time_ms: i32 [1+],
        responses: Vec<DeletableTopicResult>,
    }
    DeletableTopicResult {
        name: Option<String> [0+; null 6+] = Some(String::new()),
        topic_id: Uuid [6+],
        error_code: i16,
        error_message: Option<String> [5+; null 5+],
    }
}

api! { DeleteTopics; DeleteTopicsRequest -> DeleteTopicsResponse }
