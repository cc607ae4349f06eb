//! RegisterBrokerRecord, metadata record type 0.

use crate::model::Uuid;
use crate::wire::schema::{default, field, message, structs};

message! {
    RegisterBrokerRecord versions 0-4 flexible 0;
    RegisterBrokerRecord {
        broker_id: i32,
        is_migrating_zk_broker: bool [2+],
        incarnation_id: Uuid,
        broker_epoch: i64,
        end_points: Vec<BrokerEndpoint>,
        features: Vec<BrokerFeature>,
        rack: Option<String> [0+; null 0+] = Some(String::new()),
        fenced: bool = true,
        in_controlled_shutdown: bool [1+],
        log_dirs: Vec<Uuid> [3+; tag 0 3+],
        cordoned_log_dirs: Option<Vec<Uuid>> [4+; null 4+; tag 1 4+],
    }
    BrokerEndpoint {
        name: String,
        host: String,
        port: u16,
        security_protocol: i16,
    }
    BrokerFeature {
        name: String,
        min_supported_version: i16,
        max_supported_version: i16,
    }
}
