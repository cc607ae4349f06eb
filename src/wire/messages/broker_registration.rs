//! BrokerRegistration, API key 62.

use crate::model::Uuid;
use crate::wire::schema::{api, default, field, message, structs};

message! {
    BrokerRegistrationRequest versions 0-4 flexible 0;
    BrokerRegistrationRequest {
        broker_id: i32,
        cluster_id: String,
        incarnation_id: Uuid,
        listeners: Vec<Listener>,
        features: Vec<Feature>,
        rack: Option<String> [0+; null 0+] = Some(String::new()),
        is_migrating_zk_broker: bool [1+],
        log_dirs: Vec<Uuid> [2+],
        previous_broker_epoch: i64 [3+] = -1,
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
    BrokerRegistrationResponse versions 0-4 flexible 0;
    BrokerRegistrationResponse {
        throttle_time_ms: i32,
        error_code: i16,
        broker_epoch: i64 = -1,
    }
}

api! { BrokerRegistration; BrokerRegistrationRequest -> BrokerRegistrationResponse }
