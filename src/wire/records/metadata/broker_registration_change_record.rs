//! BrokerRegistrationChangeRecord, metadata record type 17.

use crate::model::Uuid;
use crate::wire::schema::{default, field, message, structs};

message! {
    BrokerRegistrationChangeRecord versions 0-3 flexible 0;
    BrokerRegistrationChangeRecord {
        broker_id: i32,
        broker_epoch: i64,
        fenced: i8 [0+; tag 0 0+],
        in_controlled_shutdown: i8 [1+; tag 1 1+],
        log_dirs: Vec<Uuid> [2+; tag 2 2+],
        cordoned_log_dirs: Option<Vec<Uuid>> [3+; null 3+; tag 3 3+],
    }
}
