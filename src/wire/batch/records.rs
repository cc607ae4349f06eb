//! Walking the records of a batch without allocation.

use super::varint::{read_varint, read_varlong};
use super::{BatchError, BatchHeader, HEADER_LEN, TimestampType};
use crate::model::{Offset, TimestampMs};
use crate::wire::compression::{self, Codec};

/// One record, borrowed from the decompressed body of its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its offset in the log.
    pub offset: Offset,
    /// Its timestamp: the batch's maximum under LogAppendTime.
    pub timestamp: TimestampMs,
    /// Offset minus the batch's base offset, as written.
    pub offset_delta: i32,
    /// Attribute byte; 0 in every version so far.
    pub attributes: i8,
    /// The key, if any.
    pub key: Option<&'a [u8]>,
    /// The value; `None` is a tombstone in a compacted topic.
    pub value: Option<&'a [u8]>,
    /// The headers, in order, duplicates kept.
    pub headers: Headers<'a>,
    /// Bytes of the record with its length prefix, in the decompressed body.
    pub size_in_bytes: usize,
}

/// A record header: a name, which may repeat, and a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// The name; UTF-8 by convention, not checked by Kafka's broker.
    pub key: &'a [u8],
    /// The value, if any.
    pub value: Option<&'a [u8]>,
}

/// Iterator over the headers of a record; checked when the record was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Headers<'a> {
    rest: &'a [u8],
    count: i32,
}

impl<'a> Headers<'a> {
    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many are left.
    pub const fn len(&self) -> usize {
        self.count as usize
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Header<'a>> {
        if self.count == 0 {
            return None;
        }
        self.count -= 1;
        read_header(&mut self.rest).ok()
    }
}

fn take<'a>(input: &mut &'a [u8], len: i32, what: &'static str) -> Result<Option<&'a [u8]>, &'static str> {
    if len < 0 {
        return Ok(None);
    }
    let (head, tail) = input.split_at_checked(len as usize).ok_or(what)?;
    *input = tail;
    Ok(Some(head))
}

fn read_header<'a>(input: &mut &'a [u8]) -> Result<Header<'a>, &'static str> {
    let key_len = read_varint(input).ok_or("header key length")?;
    let key = take(input, key_len, "header key is longer than the record")?.ok_or("header key is null")?;
    let value_len = read_varint(input).ok_or("header value length")?;
    let value = take(input, value_len, "header value is longer than the record")?;
    Ok(Header { key, value })
}

/// Iterator over the records of one batch. Fused after the first error; when `record_count` records are read,
/// bytes left over are an error as they are to Kafka.
#[derive(Debug)]
pub struct RecordsIter<'a> {
    rest: &'a [u8],
    base_offset: Offset,
    base_timestamp: TimestampMs,
    append_time: Option<TimestampMs>,
    count: i32,
    index: i32,
}

impl<'a> RecordsIter<'a> {
    /// Walks `body`: the decompressed bytes after the header. See [`RecordsIter::of`].
    pub fn new(header: &BatchHeader, body: &'a [u8]) -> RecordsIter<'a> {
        RecordsIter {
            rest: body,
            base_offset: header.base_offset,
            base_timestamp: header.base_timestamp,
            append_time: (header.timestamp_type() == TimestampType::LogAppendTime).then_some(header.max_timestamp),
            count: header.record_count.max(0),
            index: 0,
        }
    }

    /// Walks the records of a whole batch, decompressing into `scratch` if need be.
    /// `limit` bounds the decompressed bytes.
    ///
    /// # Errors
    /// [`BatchError`] if the body does not decompress within the limit. The CRC is not checked here.
    pub fn of(
        header: &BatchHeader,
        batch: &'a [u8],
        scratch: &'a mut Vec<u8>,
        limit: usize,
    ) -> Result<RecordsIter<'a>, BatchError> {
        let needed = header.size_in_bytes();
        let body = batch.get(HEADER_LEN..needed).ok_or(BatchError::Truncated { needed, have: batch.len() })?;
        match header.codec()? {
            Codec::None => Ok(RecordsIter::new(header, body)),
            codec => {
                scratch.clear();
                compression::decompress(codec, body, limit, scratch)?;
                Ok(RecordsIter::new(header, scratch))
            }
        }
    }

    fn read(&mut self) -> Result<Record<'a>, &'static str> {
        let before = self.rest.len();
        let size = read_varint(&mut self.rest).ok_or("length")?;
        let mut body = take(&mut self.rest, size, "longer than the batch")?.ok_or("negative length")?;
        let size_in_bytes = before - self.rest.len();
        let (&attributes, tail) = body.split_first().ok_or("no attributes")?;
        body = tail;
        let timestamp_delta = read_varlong(&mut body).ok_or("timestamp")?;
        let offset_delta = read_varint(&mut body).ok_or("offset")?;
        let key_len = read_varint(&mut body).ok_or("key length")?;
        let key = take(&mut body, key_len, "key is longer than the record")?;
        let value_len = read_varint(&mut body).ok_or("value length")?;
        let value = take(&mut body, value_len, "value is longer than the record")?;
        let count = read_varint(&mut body).ok_or("header count")?;
        // A header takes two bytes at least, so that the count cannot run ahead of the bytes.
        if count < 0 || count as usize > body.len() / 2 {
            return Err("header count");
        }
        let headers = Headers { rest: body, count };
        for _ in 0..count {
            read_header(&mut body)?;
        }
        if !body.is_empty() {
            return Err("bytes left after the last header");
        }
        Ok(Record {
            offset: Offset(self.base_offset.0.saturating_add(i64::from(offset_delta))),
            timestamp: self.append_time.unwrap_or(self.base_timestamp + timestamp_delta),
            offset_delta,
            attributes: attributes as i8,
            key,
            value,
            headers,
            size_in_bytes,
        })
    }
}

impl<'a> Iterator for RecordsIter<'a> {
    type Item = Result<Record<'a>, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.index;
        if index == self.count {
            if self.rest.is_empty() {
                return None;
            }
            self.rest = &[];
            return Some(Err(BatchError::BadRecord { index, reason: "bytes left after the last record" }));
        }
        self.index += 1;
        match self.read() {
            Ok(record) => Some(Ok(record)),
            Err(reason) => {
                self.index = self.count;
                self.rest = &[];
                Some(Err(BatchError::BadRecord { index, reason }))
            }
        }
    }
}
