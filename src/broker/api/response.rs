//! An encoded answer: bytes and ranges of segment files, in the order they leave.

use bytes::Bytes;
use smallvec::{SmallVec, smallvec};

use crate::log::FileSlice;
use crate::wire::api::ApiKey;
use crate::wire::codec::Writer;
use crate::wire::header::write_response_header;
use crate::wire::schema::Message;

/// A piece of an answer.
#[derive(Clone, Debug)]
pub enum Chunk {
    /// Bytes in memory.
    Bytes(Bytes),
    /// Bytes of a segment, sent without passing through memory.
    File(FileSlice),
}

impl Chunk {
    /// Its length in bytes.
    pub fn len(&self) -> usize {
        match self {
            Chunk::Bytes(bytes) => bytes.len(),
            Chunk::File(slice) => slice.len,
        }
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A whole answer with its length prefix and header.
#[derive(Clone, Debug)]
pub struct Response {
    /// The pieces, in order.
    pub chunks: SmallVec<[Chunk; 1]>,
}

impl Response {
    /// Encodes a message as the answer to request `correlation_id`.
    pub fn encode<M: Message>(message: &M, key: ApiKey, version: i16, correlation_id: i32) -> Response {
        let mut out = Self::begin(key, version, correlation_id);
        message.write(&mut out, version);
        Self::finish(out, std::iter::empty())
    }

    /// An answer whose body is encoded already, and perhaps shared with other answers.
    pub fn of_body(body: Bytes, key: ApiKey, version: i16, correlation_id: i32) -> Response {
        Self::finish(Self::begin(key, version, correlation_id), std::iter::once(Chunk::Bytes(body)))
    }

    /// The length prefix, still zero, and the response header.
    pub fn begin(key: ApiKey, version: i16, correlation_id: i32) -> Writer {
        let mut out = Writer::with_capacity(128);
        out.extend_from_slice(&[0; 4]);
        write_response_header(&mut out, key, version, correlation_id);
        out
    }

    /// Sets the length prefix of `head` to cover it and everything after it.
    pub fn finish(mut head: Writer, tail: impl Iterator<Item = Chunk>) -> Response {
        let tail: SmallVec<[Chunk; 4]> = tail.collect();
        let len = head.len() - 4 + tail.iter().map(Chunk::len).sum::<usize>();
        // A frame cannot pass 2 GiB: fetch answers are capped far below by fetch.max.bytes.
        head[..4].copy_from_slice(&i32::try_from(len).unwrap_or(i32::MAX).to_be_bytes());
        let mut chunks: SmallVec<[Chunk; 1]> = smallvec![Chunk::Bytes(head.into())];
        chunks.extend(tail);
        Response { chunks }
    }

    /// Its length in bytes, prefix included.
    pub fn len(&self) -> usize {
        self.chunks.iter().map(Chunk::len).sum()
    }

    /// Never: an answer has at least its header.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }
}
