//! The 61-byte header of a batch: reading, checking and stamping.

use crate::model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, TimestampMs};
use crate::wire::compression::{Codec, CompressionError};

/// Bytes of the offset and length fields that stand before every entry of a log, whatever its magic.
pub const LOG_OVERHEAD: usize = 12;
/// Where the length field stands.
pub const LENGTH_OFFSET: usize = 8;
/// Where the magic byte stands, in every version of the format.
pub const MAGIC_OFFSET: usize = 16;
/// Bytes of a magic-2 header: the first record follows.
pub const HEADER_LEN: usize = 61;

const CRC_OFFSET: usize = 17;
const ATTRIBUTES_OFFSET: usize = 21;
const MAX_TIMESTAMP_OFFSET: usize = 35;

/// Why bytes are not a good batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Fewer bytes than the batch needs.
    #[error("the batch is cut short: {have} bytes of {needed}")]
    Truncated {
        /// Bytes that the batch needs.
        needed: usize,
        /// Bytes that there are.
        have: usize,
    },
    /// The length field is smaller than a header or larger than allowed.
    #[error("the batch length {0} is not possible")]
    BadLength(i32),
    /// Not magic 2.
    #[error("the batch has magic {0}, expected 2")]
    BadMagic(i8),
    /// The body does not match the checksum in the header.
    #[error("the batch is corrupt (stored crc = {stored}, computed crc = {computed})")]
    CrcMismatch {
        /// Checksum in the header.
        stored: u32,
        /// Checksum of the bytes.
        computed: u32,
    },
    /// Codec bits 5, 6 or 7.
    #[error("the batch names compression codec {0}, which does not exist")]
    UnknownCodec(i16),
    /// A record that does not parse or lies outside its batch.
    #[error("record {index} of the batch is malformed: {reason}")]
    BadRecord {
        /// Its index in the batch.
        index: i32,
        /// What is wrong.
        reason: &'static str,
    },
    /// The body does not decompress, or grows past the limit.
    #[error(transparent)]
    Compression(#[from] CompressionError),
}

/// What a record's timestamp means (`message.timestamp.type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimestampType {
    /// The producer's time.
    CreateTime,
    /// The broker's time at append, one for the whole batch.
    LogAppendTime,
}

/// The attribute bits of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Attributes(pub i16);

impl Attributes {
    const LOG_APPEND_TIME: i16 = 0x08;
    const TRANSACTIONAL: i16 = 0x10;
    const CONTROL: i16 = 0x20;
    const DELETE_HORIZON: i16 = 0x40;

    /// The bits for a new batch.
    pub const fn new(codec: Codec, timestamps: TimestampType, transactional: bool, control: bool) -> Attributes {
        let mut bits = codec.id();
        if matches!(timestamps, TimestampType::LogAppendTime) {
            bits |= Self::LOG_APPEND_TIME;
        }
        if transactional {
            bits |= Self::TRANSACTIONAL;
        }
        if control {
            bits |= Self::CONTROL;
        }
        Attributes(bits)
    }

    /// The raw codec bits, which may name no codec.
    pub const fn codec_bits(self) -> i16 {
        self.0 & 0x07
    }

    /// What the timestamps mean.
    pub const fn timestamp_type(self) -> TimestampType {
        if self.0 & Self::LOG_APPEND_TIME != 0 { TimestampType::LogAppendTime } else { TimestampType::CreateTime }
    }

    /// Whether the batch belongs to a transaction.
    pub const fn is_transactional(self) -> bool {
        self.0 & Self::TRANSACTIONAL != 0
    }

    /// Whether the batch holds control records: markers, never shown to applications.
    pub const fn is_control(self) -> bool {
        self.0 & Self::CONTROL != 0
    }

    /// Whether the base timestamp is a delete horizon, set by compaction (KIP-534).
    pub const fn has_delete_horizon(self) -> bool {
        self.0 & Self::DELETE_HORIZON != 0
    }

    const fn with_timestamp_type(self, timestamps: TimestampType) -> Attributes {
        match timestamps {
            TimestampType::CreateTime => Attributes(self.0 & !Self::LOG_APPEND_TIME),
            TimestampType::LogAppendTime => Attributes(self.0 | Self::LOG_APPEND_TIME),
        }
    }
}

/// The header of a magic-2 batch (`DefaultRecordBatch`). Parsing bounds the length but does not check the CRC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchHeader {
    /// Offset of the first record; 0 in what a producer sends.
    pub base_offset: Offset,
    /// The length field: bytes after itself.
    pub length: i32,
    /// The leader's term when it was appended.
    pub leader_epoch: LeaderEpoch,
    /// CRC-32C of everything from the attributes on.
    pub crc: u32,
    /// Codec, timestamp type and the flags.
    pub attributes: Attributes,
    /// Last offset minus base offset.
    pub last_offset_delta: i32,
    /// Timestamp that the records' deltas count from, or the delete horizon.
    pub base_timestamp: TimestampMs,
    /// Largest timestamp of the records.
    pub max_timestamp: TimestampMs,
    /// The producer, or [`ProducerId::NONE`].
    pub producer_id: ProducerId,
    /// The producer's epoch.
    pub producer_epoch: ProducerEpoch,
    /// Sequence number of the first record.
    pub base_sequence: Sequence,
    /// Number of records; less than the offset span after compaction.
    pub record_count: i32,
}

fn i16_at(b: &[u8], at: usize) -> i16 {
    i16::from_be_bytes([b[at], b[at + 1]])
}

fn i32_at(b: &[u8], at: usize) -> i32 {
    i32::from_be_bytes([b[at], b[at + 1], b[at + 2], b[at + 3]])
}

fn i64_at(b: &[u8], at: usize) -> i64 {
    (i64::from(i32_at(b, at)) << 32) | i64::from(i32_at(b, at + 4) as u32)
}

impl BatchHeader {
    /// Reads the header at the front of `bytes`, which may hold less than the whole batch, or more.
    ///
    /// # Errors
    /// [`BatchError`] if 61 bytes are not there, the magic is not 2 or the length field is impossible.
    pub fn parse(bytes: &[u8]) -> Result<BatchHeader, BatchError> {
        if bytes.len() < HEADER_LEN {
            return Err(BatchError::Truncated { needed: HEADER_LEN, have: bytes.len() });
        }
        let magic = bytes[MAGIC_OFFSET] as i8;
        if magic != 2 {
            return Err(BatchError::BadMagic(magic));
        }
        let length = i32_at(bytes, LENGTH_OFFSET);
        if length < (HEADER_LEN - LOG_OVERHEAD) as i32 || length > i32::MAX - LOG_OVERHEAD as i32 {
            return Err(BatchError::BadLength(length));
        }
        Ok(BatchHeader {
            base_offset: Offset(i64_at(bytes, 0)),
            length,
            leader_epoch: LeaderEpoch(i32_at(bytes, 12)),
            crc: i32_at(bytes, CRC_OFFSET) as u32,
            attributes: Attributes(i16_at(bytes, ATTRIBUTES_OFFSET)),
            last_offset_delta: i32_at(bytes, 23),
            base_timestamp: TimestampMs(i64_at(bytes, 27)),
            max_timestamp: TimestampMs(i64_at(bytes, MAX_TIMESTAMP_OFFSET)),
            producer_id: ProducerId(i64_at(bytes, 43)),
            producer_epoch: ProducerEpoch(i16_at(bytes, 51)),
            base_sequence: Sequence(i32_at(bytes, 53)),
            record_count: i32_at(bytes, 57),
        })
    }

    /// The header as 61 bytes, with the stored CRC as it is.
    pub fn encode(&self) -> [u8; HEADER_LEN] {
        let mut out = [0u8; HEADER_LEN];
        out[0..8].copy_from_slice(&self.base_offset.0.to_be_bytes());
        out[8..12].copy_from_slice(&self.length.to_be_bytes());
        out[12..16].copy_from_slice(&self.leader_epoch.0.to_be_bytes());
        out[16] = 2;
        out[17..21].copy_from_slice(&self.crc.to_be_bytes());
        out[21..23].copy_from_slice(&self.attributes.0.to_be_bytes());
        out[23..27].copy_from_slice(&self.last_offset_delta.to_be_bytes());
        out[27..35].copy_from_slice(&self.base_timestamp.0.to_be_bytes());
        out[35..43].copy_from_slice(&self.max_timestamp.0.to_be_bytes());
        out[43..51].copy_from_slice(&self.producer_id.0.to_be_bytes());
        out[51..53].copy_from_slice(&self.producer_epoch.0.to_be_bytes());
        out[53..57].copy_from_slice(&self.base_sequence.0.to_be_bytes());
        out[57..61].copy_from_slice(&self.record_count.to_be_bytes());
        out
    }

    /// Bytes of the whole batch, header and length field included.
    pub const fn size_in_bytes(&self) -> usize {
        self.length as usize + LOG_OVERHEAD
    }

    /// Offset of the last record; saturates where hostile fields would overflow.
    pub const fn last_offset(&self) -> Offset {
        Offset(self.base_offset.0.saturating_add(self.last_offset_delta as i64))
    }

    /// The offset that follows the batch.
    pub const fn next_offset(&self) -> Offset {
        Offset(self.last_offset().0.saturating_add(1))
    }

    /// Sequence number of the last record, or [`Sequence::NONE`].
    pub fn last_sequence(&self) -> Sequence {
        if self.base_sequence == Sequence::NONE {
            Sequence::NONE
        } else {
            self.base_sequence.advance(self.last_offset_delta.max(0))
        }
    }

    /// The codec of the body.
    ///
    /// # Errors
    /// [`BatchError::UnknownCodec`] for bits 5 to 7.
    pub fn codec(&self) -> Result<Codec, BatchError> {
        let bits = self.attributes.codec_bits();
        Codec::from_id(bits).ok_or(BatchError::UnknownCodec(bits))
    }

    /// What the timestamps mean.
    pub const fn timestamp_type(&self) -> TimestampType {
        self.attributes.timestamp_type()
    }

    /// Whether the batch belongs to a transaction.
    pub const fn is_transactional(&self) -> bool {
        self.attributes.is_transactional()
    }

    /// Whether the batch holds control records.
    pub const fn is_control(&self) -> bool {
        self.attributes.is_control()
    }

    /// Whether a producer id stands in the batch.
    pub const fn has_producer_id(&self) -> bool {
        self.producer_id.0 > ProducerId::NONE.0
    }

    /// The time from which compaction may drop the batch's tombstones and markers, if one is set.
    pub const fn delete_horizon(&self) -> Option<TimestampMs> {
        if self.attributes.has_delete_horizon() { Some(self.base_timestamp) } else { None }
    }

    /// Sets timestamp type and max timestamp; the CRC is not right any more then.
    pub const fn set_timestamp(&mut self, timestamps: TimestampType, max_timestamp: TimestampMs) {
        self.attributes = self.attributes.with_timestamp_type(timestamps);
        self.max_timestamp = max_timestamp;
    }

    /// Writes base offset and leader epoch into a batch. Both stand outside the CRC.
    ///
    /// # Panics
    /// If `batch` is shorter than a header.
    pub fn stamp_offset_and_epoch(batch: &mut [u8], base_offset: Offset, leader_epoch: LeaderEpoch) {
        batch[0..8].copy_from_slice(&base_offset.0.to_be_bytes());
        batch[12..16].copy_from_slice(&leader_epoch.0.to_be_bytes());
    }

    /// Sets timestamp type and max timestamp in a whole batch and recomputes the CRC
    /// (`DefaultRecordBatch.setMaxTimestamp`). Does nothing if both stand already.
    ///
    /// # Errors
    /// [`BatchError`] if the bytes are not a whole batch.
    pub fn stamp_timestamp(
        batch: &mut [u8],
        timestamps: TimestampType,
        max_timestamp: TimestampMs,
    ) -> Result<(), BatchError> {
        let header = BatchHeader::parse(batch)?;
        let body = whole(&header, batch)?.len();
        let attributes = header.attributes.with_timestamp_type(timestamps);
        if attributes == header.attributes && max_timestamp == header.max_timestamp {
            return Ok(());
        }
        batch[ATTRIBUTES_OFFSET..ATTRIBUTES_OFFSET + 2].copy_from_slice(&attributes.0.to_be_bytes());
        batch[MAX_TIMESTAMP_OFFSET..MAX_TIMESTAMP_OFFSET + 8].copy_from_slice(&max_timestamp.0.to_be_bytes());
        let crc = compute_crc(&batch[..body]);
        batch[CRC_OFFSET..CRC_OFFSET + 4].copy_from_slice(&crc.to_be_bytes());
        Ok(())
    }
}

fn whole<'a>(header: &BatchHeader, bytes: &'a [u8]) -> Result<&'a [u8], BatchError> {
    let needed = header.size_in_bytes();
    bytes.get(..needed).ok_or(BatchError::Truncated { needed, have: bytes.len() })
}

/// The CRC-32C that belongs into the header of `batch`, which must be exactly one batch.
///
/// # Panics
/// If `batch` is shorter than a header.
pub fn compute_crc(batch: &[u8]) -> u32 {
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, &batch[ATTRIBUTES_OFFSET..]) as u32
}

/// Parses the batch at the front of `bytes` and checks its CRC.
///
/// # Errors
/// [`BatchError`] if the batch is not whole, not magic 2 or does not match its checksum.
pub fn validate_crc(bytes: &[u8]) -> Result<BatchHeader, BatchError> {
    let header = BatchHeader::parse(bytes)?;
    let computed = compute_crc(whole(&header, bytes)?);
    if computed != header.crc {
        return Err(BatchError::CrcMismatch { stored: header.crc, computed });
    }
    Ok(header)
}

/// Splits a buffer into its batches: header and bytes of each. Ends at the first that is not good, with its error.
/// A tail that is cut short, as a fetch answer may have, is an error of kind [`BatchError::Truncated`].
pub fn batches(bytes: &[u8]) -> impl Iterator<Item = Result<(BatchHeader, &[u8]), BatchError>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let result = BatchHeader::parse(rest).and_then(|header| Ok((header, whole(&header, rest)?)));
        rest = match &result {
            Ok((_, batch)) => &rest[batch.len()..],
            Err(_) => &[],
        };
        Some(result)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn crc32c_is_castagnolis() {
        assert_eq!(crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, b"123456789"), 0xe306_9283);
    }

    proptest! {
        #[test]
        fn any_bytes_parse_or_fail_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = validate_crc(&bytes);
            let _ = batches(&bytes).count();
        }

        #[test]
        fn a_header_survives_its_bytes(mut raw in proptest::array::uniform32(any::<u8>()), tail in proptest::array::uniform29(any::<u8>())) {
            raw[8..12].copy_from_slice(&100i32.to_be_bytes());
            raw[16] = 2;
            let bytes: Vec<u8> = raw.iter().chain(&tail).copied().collect();
            let header = BatchHeader::parse(&bytes).unwrap();
            prop_assert_eq!(header.encode().to_vec(), bytes);
            let _ = header.last_sequence();
            let _ = header.next_offset();
        }
    }
}
