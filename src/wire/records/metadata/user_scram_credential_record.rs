//! UserScramCredentialRecord, metadata record type 11.

use bytes::Bytes;

use crate::wire::schema::{default, field, message, structs};

message! {
    UserScramCredentialRecord versions 0-0 flexible 0;
    UserScramCredentialRecord {
        name: String,
        mechanism: i8,
        salt: Bytes,
        stored_key: Bytes,
        server_key: Bytes,
        iterations: i32,
    }
}
