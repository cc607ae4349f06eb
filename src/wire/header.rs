//! Request and response headers.

use bytes::Bytes;

use super::api::ApiKey;
use super::codec::{DecodeError, Put as _, Reader, Writer};

/// What stands before every request body, in header version 1 or 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHeader {
    /// The API key as sent, known or not.
    pub api_key: i16,
    /// The version of the request.
    pub api_version: i16,
    /// What the answer repeats.
    pub correlation_id: i32,
    /// The client's name for itself.
    pub client_id: Option<String>,
}

impl RequestHeader {
    /// Reads the header; its own version follows from key and version. An unknown key is read as version 1, so that
    /// the caller can refuse it by name.
    ///
    /// # Errors
    /// When the frame is too short or malformed.
    pub fn read(input: &mut Reader) -> Result<RequestHeader, DecodeError> {
        let api_key = input.i16()?;
        let api_version = input.i16()?;
        let correlation_id = input.i32()?;
        // The client id keeps its two-byte length even in the flexible header: brokers read it before they know more.
        let client_id = input.text_len(false, false)?.map(|len| input.text(len)).transpose()?;
        if ApiKey::from_code(api_key).is_some_and(|key| key.is_flexible(api_version)) {
            input.skip_tags()?;
        }
        Ok(RequestHeader { api_key, api_version, correlation_id, client_id })
    }

    /// Appends the header.
    pub fn write(&self, out: &mut Writer) {
        out.put(&self.api_key.to_be_bytes());
        out.put(&self.api_version.to_be_bytes());
        out.put(&self.correlation_id.to_be_bytes());
        out.put_text(self.client_id.as_deref(), false);
        if ApiKey::from_code(self.api_key).is_some_and(|key| key.is_flexible(self.api_version)) {
            out.put_uvarint(0);
        }
    }
}

/// A request header as it lies in its frame: what a server reads of every request, without a copy of the name that
/// hardly ever changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderView {
    /// The API key as sent, known or not.
    pub api_key: i16,
    /// The version of the request.
    pub api_version: i16,
    /// What the answer repeats.
    pub correlation_id: i32,
    /// The client's name for itself, not yet known to be text.
    pub client_id: Option<Bytes>,
}

impl HeaderView {
    /// Reads what [`RequestHeader::read`] reads.
    ///
    /// # Errors
    /// When the frame is too short or malformed.
    pub fn read(input: &mut Reader) -> Result<HeaderView, DecodeError> {
        let api_key = input.i16()?;
        let api_version = input.i16()?;
        let correlation_id = input.i32()?;
        let client_id = input.text_len(false, false)?.map(|len| input.bytes(len)).transpose()?;
        if ApiKey::from_code(api_key).is_some_and(|key| key.is_flexible(api_version)) {
            input.skip_tags()?;
        }
        Ok(HeaderView { api_key, api_version, correlation_id, client_id })
    }
}

/// Appends a response header: the correlation id, and an empty tag section in version 1.
pub fn write_response_header(out: &mut Writer, key: ApiKey, api_version: i16, correlation_id: i32) {
    out.put(&correlation_id.to_be_bytes());
    if key.response_header_version(api_version) >= 1 {
        out.put_uvarint(0);
    }
}

/// Reads a response header and gives its correlation id.
///
/// # Errors
/// When the frame is too short.
pub fn read_response_header(input: &mut Reader, key: ApiKey, api_version: i16) -> Result<i32, DecodeError> {
    let correlation_id = input.i32()?;
    if key.response_header_version(api_version) >= 1 {
        input.skip_tags()?;
    }
    Ok(correlation_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_alike_in_place_and_copied() {
        for (api_key, api_version) in [(0, 3), (0, 9), (18, 3), (999, 0)] {
            for client_id in [None, Some("client".to_owned())] {
                let header = RequestHeader { api_key, api_version, correlation_id: 7, client_id };
                let mut frame = Writer::new();
                header.write(&mut frame);
                let frame = Bytes::from(frame);
                let view = HeaderView::read(&mut Reader::new(frame.clone())).unwrap();
                assert_eq!(RequestHeader::read(&mut Reader::new(frame)).unwrap(), header);
                assert_eq!((view.api_key, view.api_version, view.correlation_id), (api_key, api_version, 7));
                assert_eq!(view.client_id.as_deref(), header.client_id.as_deref().map(str::as_bytes));
            }
        }
    }
}
