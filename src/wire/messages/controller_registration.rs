//! ControllerRegistration, API key 70.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    ControllerRegistrationRequest versions 0-0 flexible 0;
    ControllerRegistrationRequest {
        controller_id: i32,
        incarnation_id: Uuid,
        zk_migration_ready: bool,
        listeners: Vec<Listener>,
        features: Vec<Feature>,
    }
    Listener {
        name: String,
        host: String,
        port: u16,
        security_protocol: i16,
    }
    Feature {
        name: String,
        min_supported_version: i16,
        max_supported_version: i16,
    }
}

message! {
    ControllerRegistrationResponse versions 0-0 flexible 0;
    ControllerRegistrationResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+] = Some(String::new()),
    }
}

api! { ControllerRegistration; ControllerRegistrationRequest -> ControllerRegistrationResponse }
