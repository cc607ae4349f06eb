//! RemoveUserScramCredentialRecord, metadata record type 22.

use crate::wire::schema::{default, field, message, structs};

message! {
    RemoveUserScramCredentialRecord versions 0-0 flexible 0;
    RemoveUserScramCredentialRecord {
        name: String,
        mechanism: i8,
    }
}
