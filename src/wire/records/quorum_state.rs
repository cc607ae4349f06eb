//! The `quorum-state` file.

use crate::model::Uuid;
use crate::wire::schema::{default, field, message, structs};

message! {
    QuorumStateData versions 0-1 flexible 0;
    QuorumStateData {
        cluster_id: String [0-0],
        leader_id: i32 = -1,
        leader_epoch: i32 = -1,
        voted_id: i32 = -1,
        voted_directory_id: Uuid [1+],
        applied_offset: i64 [0-0],
        current_voters: Option<Vec<Voter>> [0-0; null 0-0] = Some(Vec::new()),
    }
    Voter {
        voter_id: i32 [0-0],
    }
}
