//! Message sets of magic 0 and 1, read only: old segments still hold them, no client may send them any more (KIP-724).
//!
//! A message is its own "batch"; a compressed one wraps a message set. Inner offsets are absolute in magic 0 and
//! relative in magic 1, where the wrapper bears the offset of the *last* inner message (KIP-31).

use crate::model::{Offset, TimestampMs};
use crate::wire::batch::{BatchError, LOG_OVERHEAD, MAGIC_OFFSET, TimestampType};
use crate::wire::compression::{self, Codec};

const CRC_OFFSET: usize = 12;
const ATTRIBUTES_OFFSET: usize = 17;
const TIMESTAMP_OFFSET: usize = 18;

/// A message as it stands in the set, a compressed wrapper not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegacyMessage<'a> {
    /// 0 or 1.
    pub magic: i8,
    /// The offset field: of the message, or of the last one within a wrapper.
    pub offset: Offset,
    /// Bytes with offset and length field.
    pub size_in_bytes: usize,
    /// CRC-32 (not 32C) of everything after itself.
    pub crc: u32,
    /// The attribute byte.
    pub attributes: i8,
    /// The timestamp; [`TimestampMs::NONE`] in magic 0.
    pub timestamp: TimestampMs,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The value: compressed messages, if there is a codec.
    pub value: Option<&'a [u8]>,
    crc_ok: bool,
}

/// A message of the time before headers, out of its wrapper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyRecord {
    /// Absolute offset.
    pub offset: Offset,
    /// The timestamp; [`TimestampMs::NONE`] in magic 0.
    pub timestamp: TimestampMs,
    /// The key.
    pub key: Option<Vec<u8>>,
    /// The value.
    pub value: Option<Vec<u8>>,
    /// The message's own CRC-32, within a wrapper too.
    pub crc: u32,
    /// Whether the message matches it.
    pub is_valid: bool,
}

fn bad(reason: &'static str) -> BatchError {
    BatchError::BadRecord { index: 0, reason }
}

fn i32_at(bytes: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn i64_at(bytes: &[u8], at: usize) -> Option<i64> {
    Some(i64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

impl<'a> LegacyMessage<'a> {
    /// Smallest possible message: magic 0, no key, no value.
    pub const MIN_SIZE: usize = LOG_OVERHEAD + 14;

    /// Reads the whole message at the front of `bytes`.
    ///
    /// # Errors
    /// [`BatchError`] if it is cut short, impossible or of another magic. A wrong CRC is not an error here:
    /// see [`LegacyMessage::is_valid`].
    pub fn parse(bytes: &'a [u8]) -> Result<LegacyMessage<'a>, BatchError> {
        let short = |needed| BatchError::Truncated { needed, have: bytes.len() };
        let offset = i64_at(bytes, 0).ok_or(short(Self::MIN_SIZE))?;
        let length = i32_at(bytes, 8).ok_or(short(Self::MIN_SIZE))?;
        let size_in_bytes = usize::try_from(length).map_err(|_| BatchError::BadLength(length))? + LOG_OVERHEAD;
        if size_in_bytes < Self::MIN_SIZE {
            return Err(BatchError::BadLength(length));
        }
        let bytes = bytes.get(..size_in_bytes).ok_or(short(size_in_bytes))?;
        let magic = bytes[MAGIC_OFFSET] as i8;
        let (timestamp, mut at) = match magic {
            0 => (-1, TIMESTAMP_OFFSET),
            1 => (i64_at(bytes, TIMESTAMP_OFFSET).ok_or(BatchError::BadLength(length))?, TIMESTAMP_OFFSET + 8),
            magic => return Err(BatchError::BadMagic(magic)),
        };
        let mut field = |what| {
            let len = i32_at(bytes, at).ok_or_else(|| bad(what))?;
            at += 4;
            if len < 0 {
                return Ok(None);
            }
            let field = bytes.get(at..at + len as usize).ok_or_else(|| bad(what))?;
            at += len as usize;
            Ok::<_, BatchError>(Some(field))
        };
        let key = field("key is longer than the message")?;
        let value = field("value is longer than the message")?;
        let crc = i32_at(bytes, CRC_OFFSET).unwrap_or_default() as u32;
        let computed = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32IsoHdlc, &bytes[MAGIC_OFFSET..]) as u32;
        Ok(LegacyMessage {
            magic,
            offset: Offset(offset),
            size_in_bytes,
            crc,
            attributes: bytes[ATTRIBUTES_OFFSET] as i8,
            timestamp: TimestampMs(timestamp),
            key,
            value,
            crc_ok: crc == computed,
        })
    }

    /// Whether the CRC matches.
    pub const fn is_valid(&self) -> bool {
        self.crc_ok
    }

    /// The codec of a wrapper; [`Codec::None`] for a plain message.
    ///
    /// # Errors
    /// [`BatchError::UnknownCodec`] for zstd and above: they came with magic 2.
    pub fn codec(&self) -> Result<Codec, BatchError> {
        let bits = i16::from(self.attributes & 0x07);
        match Codec::from_id(bits) {
            Some(Codec::Zstd) | None => Err(BatchError::UnknownCodec(bits)),
            Some(codec) => Ok(codec),
        }
    }

    /// What the timestamp means; magic 0 has none and counts as CreateTime.
    pub const fn timestamp_type(&self) -> TimestampType {
        if self.magic == 1 && self.attributes & 0x08 != 0 {
            TimestampType::LogAppendTime
        } else {
            TimestampType::CreateTime
        }
    }

    /// The messages within: the wrapped ones with absolute offsets, or the message itself.
    ///
    /// # Errors
    /// [`BatchError`] if the wrapper does not decompress within `limit`, or holds wrappers or malformed messages.
    pub fn records(&self, limit: usize) -> Result<Vec<LegacyRecord>, BatchError> {
        let own = |m: &LegacyMessage<'_>, timestamp| LegacyRecord {
            offset: m.offset,
            timestamp,
            key: m.key.map(<[u8]>::to_vec),
            value: m.value.map(<[u8]>::to_vec),
            crc: m.crc,
            is_valid: m.crc_ok,
        };
        let codec = self.codec()?;
        if codec == Codec::None {
            return Ok(vec![own(self, self.timestamp)]);
        }
        let wrapped = self.value.ok_or_else(|| bad("a compressed wrapper has no value"))?;
        let mut inner = Vec::new();
        if codec == Codec::Lz4 && self.magic == 0 {
            compression::decompress(codec, &compression::mend_lz4_v0_header(wrapped), limit, &mut inner)?;
        } else {
            compression::decompress(codec, wrapped, limit, &mut inner)?;
        }
        let mut records = Vec::new();
        let mut rest = inner.as_slice();
        while !rest.is_empty() {
            let message = LegacyMessage::parse(rest)?;
            if message.codec()? != Codec::None {
                return Err(bad("a wrapper within a wrapper"));
            }
            if message.magic != self.magic {
                return Err(bad("a message of another magic than its wrapper"));
            }
            let timestamp = match self.timestamp_type() {
                TimestampType::LogAppendTime => self.timestamp,
                TimestampType::CreateTime => message.timestamp,
            };
            records.push(own(&message, timestamp));
            rest = &rest[message.size_in_bytes..];
        }
        let last = records.last().ok_or_else(|| bad("a compressed wrapper is empty"))?.offset;
        // Only magic 1 has relative offsets; a broker that did not assign them leaves the last one larger.
        if self.magic == 1 {
            let base = self.offset.0.wrapping_sub(last.0);
            for record in &mut records {
                record.offset = Offset(record.offset.0.wrapping_add(base));
            }
        }
        Ok(records)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_read_without_a_panic(mut bytes in proptest::collection::vec(any::<u8>(), 26..120), magic in 0u8..2) {
            let length = (bytes.len() - 12) as i32;
            bytes[8..12].copy_from_slice(&length.to_be_bytes());
            bytes[16] = magic;
            if let Ok(message) = LegacyMessage::parse(&bytes) {
                let _ = message.records(1000);
            }
        }
    }
}
