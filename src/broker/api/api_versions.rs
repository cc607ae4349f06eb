//! ApiVersions (API 18): what this broker serves. Its refusal of an unknown version is itself an answer (KIP-511).

use bytes::Bytes;

use super::dispatch::{Call, Face};
use super::response::Response;
use crate::broker::runtime::broker::Broker;
use crate::model::ErrorCode;
use crate::wire::api::ApiKey;
use crate::wire::messages::api_versions::{ApiVersion, ApiVersionsRequest, ApiVersionsResponse};
use crate::wire::schema::Message as _;

/// Produce versions 0 to 2 are refused but advertised: librdkafka before 2.11 takes their absence to mean that the
/// broker cannot decompress (KAFKA-18659).
const ADVERTISED_PRODUCE_MIN: i16 = 0;

/// The ranges to advertise, in the order of their keys.
pub fn served(face: Face) -> Vec<ApiVersion> {
    let range = |key: &ApiKey| {
        let versions = key.versions();
        let min = if *key == ApiKey::Produce { ADVERTISED_PRODUCE_MIN } else { *versions.start() };
        ApiVersion { api_key: key.code(), min_version: min, max_version: *versions.end() }
    };
    face.served().iter().map(range).collect()
}

/// The answer to a version this broker does not know: version 0 of the response, naming the range of ApiVersions alone.
pub fn unsupported(face: Face) -> ApiVersionsResponse {
    let api_keys = served(face).into_iter().filter(|v| v.api_key == ApiKey::ApiVersions.code()).collect();
    ApiVersionsResponse { error_code: ErrorCode::UnsupportedVersion.code(), api_keys, ..Default::default() }
}

/// Whether a client's name or version has the form KIP-511 asks for.
fn is_legal_software(text: &str) -> bool {
    let edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

/// Serves ApiVersions. Clients differ in their names only, so that one answer serves all until the features move.
pub fn handle(broker: &Broker, call: &Call, request: &ApiVersionsRequest) -> Response {
    let version = call.version;
    if version >= 3
        && !(is_legal_software(&request.client_software_name) && is_legal_software(&request.client_software_version))
    {
        let refused = ApiVersionsResponse { error_code: ErrorCode::InvalidRequest.code(), ..Default::default() };
        return Response::encode(&refused, call.key, version, call.correlation_id);
    }
    let (image, stamp) = broker.stamped_image();
    let question = call.question(Bytes::new());
    let body = broker.answers.get(stamp, &question).unwrap_or_else(|| {
        let mut response = ApiVersionsResponse { api_keys: served(call.face), ..Default::default() };
        Broker::describe_features(&image, version, &mut response);
        let body = response.to_bytes(version);
        broker.answers.put(stamp, &question, body.clone());
        body
    });
    Response::of_body(body, call.key, version, call.correlation_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_names_follow_kip_511() {
        assert!(is_legal_software("librdkafka") && is_legal_software("4.3.1") && is_legal_software("a"));
        assert!(
            !is_legal_software("") && !is_legal_software("-x") && !is_legal_software("a b") && !is_legal_software("x.")
        );
    }

    #[test]
    fn an_unknown_version_is_answered_with_the_range_of_this_api() {
        let response = unsupported(Face::Broker);
        assert_eq!(response.error_code, 35);
        assert_eq!(response.api_keys.len(), 1);
    }
}
