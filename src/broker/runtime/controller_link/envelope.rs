//! A client's request inside an Envelope (KIP-590), and its answer.

use bytes::Bytes;

use crate::wire::api::ApiKey;
use crate::wire::codec::{DecodeError, Put as _, Reader, Writer};
use crate::wire::header::{HeaderView, RequestHeader, read_response_header, write_response_header};
use crate::wire::messages::envelope::{EnvelopeRequest, EnvelopeResponse};
use crate::wire::schema::{Message, Request};

/// Why an envelope holds nothing that can be served.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Its request, or answer, is malformed.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
    /// An API that is not forwarded.
    #[error("API key {0} version {1} cannot be in an envelope")]
    Api(i16, i16),
    /// There is no answer in it.
    #[error("the envelope is empty")]
    Empty,
}

/// Puts a request into an envelope. There is no authentication yet: everyone is `User:ANONYMOUS`
/// (`DefaultKafkaPrincipalBuilder`), and no rule looks at the host.
pub(super) fn wrap<R: Request>(request: &R, version: i16) -> EnvelopeRequest {
    let mut data = Writer::new();
    let header = RequestHeader { api_key: R::KEY.code(), api_version: version, correlation_id: 0, client_id: None };
    header.write(&mut data);
    request.write(&mut data, version);
    let mut principal = Writer::new();
    principal.put(&0i16.to_be_bytes());
    principal.put_text(Some("User"), true);
    principal.put_text(Some("ANONYMOUS"), true);
    principal.put(&[0]);
    principal.put_uvarint(0);
    EnvelopeRequest {
        request_data: data.into(),
        request_principal: Some(principal.into()),
        client_host_address: Bytes::from_static(&[127, 0, 0, 1]),
    }
}

/// Takes the answer to a request of `version` out of its envelope.
pub(super) fn unwrap<R: Request>(answer: EnvelopeResponse, version: i16) -> Result<R::Response, EnvelopeError> {
    let mut input = Reader::new(answer.response_data.ok_or(EnvelopeError::Empty)?);
    read_response_header(&mut input, R::KEY, version)?;
    Ok(R::Response::read(&mut input, version)?)
}

/// A request found in an envelope: its API and version, and its body, not yet read.
#[derive(Debug)]
pub struct Enveloped {
    /// The API.
    pub key: ApiKey,
    /// Its version.
    pub version: i16,
    correlation_id: i32,
    /// The body.
    pub body: Reader,
}

impl Enveloped {
    /// Opens an envelope.
    ///
    /// # Errors
    /// [`EnvelopeError`] when it holds no request that is known here.
    pub fn open(envelope: &EnvelopeRequest) -> Result<Enveloped, EnvelopeError> {
        let mut body = Reader::new(envelope.request_data.clone());
        let header = HeaderView::read(&mut body)?;
        let key = ApiKey::from_code(header.api_key)
            .filter(|key| key.versions().contains(&header.api_version))
            .ok_or(EnvelopeError::Api(header.api_key, header.api_version))?;
        Ok(Enveloped { key, version: header.api_version, correlation_id: header.correlation_id, body })
    }

    /// The envelope with the answer.
    pub fn answer<M: Message>(&self, response: &M) -> EnvelopeResponse {
        let mut data = Writer::new();
        write_response_header(&mut data, self.key, self.version, self.correlation_id);
        response.write(&mut data, self.version);
        EnvelopeResponse { response_data: Some(data.into()), error_code: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::messages::delete_topics::{DeletableTopicResult, DeleteTopicsRequest, DeleteTopicsResponse};

    #[test]
    fn a_request_and_its_answer_survive_the_envelope() {
        let request = DeleteTopicsRequest { timeout_ms: 77, ..DeleteTopicsRequest::default() };
        let mut opened = Enveloped::open(&wrap(&request, 6)).unwrap();
        assert_eq!((opened.key, opened.version), (ApiKey::DeleteTopics, 6));
        assert_eq!(DeleteTopicsRequest::read(&mut opened.body, 6).unwrap(), request);
        let result = DeletableTopicResult { error_code: 3, ..DeletableTopicResult::default() };
        let answer = DeleteTopicsResponse { responses: vec![result], ..DeleteTopicsResponse::default() };
        assert_eq!(unwrap::<DeleteTopicsRequest>(opened.answer(&answer), 6).unwrap(), answer);
    }

    #[test]
    fn an_envelope_without_a_known_request_is_refused() {
        let mut envelope = wrap(&DeleteTopicsRequest::default(), 6);
        envelope.request_data = Bytes::from_static(&[0x7f, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);
        assert!(matches!(Enveloped::open(&envelope), Err(EnvelopeError::Api(0x7f00, 0))));
        envelope.request_data = Bytes::from_static(&[0]);
        assert!(matches!(Enveloped::open(&envelope), Err(EnvelopeError::Malformed(_))));
    }
}
