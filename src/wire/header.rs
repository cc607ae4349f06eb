//! Request and response headers.

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
