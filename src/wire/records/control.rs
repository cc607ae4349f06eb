//! Values of control records.

use crate::model::Uuid;
use crate::wire::schema::{NEVER_FLEXIBLE, default, field, message, structs};

message! {
    LeaderChangeMessage versions 0-1 flexible 0;
    LeaderChangeMessage {
        version: i16,
        leader_id: i32,
        voters: Vec<Voter>,
        granting_voters: Vec<Voter>,
    }
    Voter {
        voter_id: i32,
        voter_directory_id: Uuid [1+],
    }
}

message! {
    SnapshotHeaderRecord versions 0-0 flexible 0;
    SnapshotHeaderRecord {
        version: i16,
        last_contained_log_timestamp: i64,
    }
}

message! {
    SnapshotFooterRecord versions 0-0 flexible 0;
    SnapshotFooterRecord {
        version: i16,
    }
}

message! {
    KRaftVersionRecord versions 0-0 flexible 0;
    KRaftVersionRecord {
        version: i16,
        k_raft_version: i16,
    }
}

message! {
    EndTxnMarker versions 0-0 flexible NEVER_FLEXIBLE;
    EndTxnMarker {
        coordinator_epoch: i32,
    }
}
