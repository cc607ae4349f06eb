//! ZkMigrationRecord, metadata record type 21.

use crate::wire::schema::{default, field, message, structs};

message! {
    ZkMigrationStateRecord versions 0-0 flexible 0;
    ZkMigrationStateRecord {
        zk_migration_state: i8,
    }
}
