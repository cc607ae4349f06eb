//! RegisterControllerRecord, metadata record type 27.

use crate::model::Uuid;
use crate::wire::schema::{default, field, message, structs};

message! {
    RegisterControllerRecord versions 0-0 flexible 0;
    RegisterControllerRecord {
        controller_id: i32,
        incarnation_id: Uuid,
        zk_migration_ready: bool,
        end_points: Vec<ControllerEndpoint>,
        features: Vec<ControllerFeature>,
    }
    ControllerEndpoint {
        name: String,
        host: String,
        port: u16,
        security_protocol: i16,
    }
    ControllerFeature {
        name: String,
        min_supported_version: i16,
        max_supported_version: i16,
    }
}
