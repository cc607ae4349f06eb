//! Envelope, API key 58.

use bytes::Bytes;

use crate::wire::schema::{api, default, field, message, structs};

message! {
    EnvelopeRequest versions 0-0 flexible 0;
    EnvelopeRequest {
        request_data: Bytes,
        request_principal: Option<Bytes> [0+; null 0+] = Some(Bytes::new()),
        client_host_address: Bytes,
    }
}

message! {
    EnvelopeResponse versions 0-0 flexible 0;
    EnvelopeResponse {
        response_data: Option<Bytes> [0+; null 0+],
        error_code: i16,
    }
}

api! { Envelope; EnvelopeRequest -> EnvelopeResponse }
