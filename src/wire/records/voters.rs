//! The voter set as a control record (KIP-853).

use crate::model::Uuid;
use crate::wire::schema::{default, field, message, structs};

message! {
    VotersRecord versions 0-0 flexible 0;
    VotersRecord {
        version: i16,
        voters: Vec<Voter>,
    }
    Voter {
        voter_id: i32,
        voter_directory_id: Uuid,
        endpoints: Vec<Endpoint>,
        k_raft_version_feature: KRaftVersionFeature,
    }
    Endpoint {
        name: String,
        host: String,
        port: u16,
    }
    KRaftVersionFeature {
        min_supported_version: i16,
        max_supported_version: i16,
    }
}
