//! One entry of a log, magic 0, 1 or 2, as the facts that a dump shows.

use crate::model::{Offset, Sequence, TimestampMs};
use crate::wire::batch::{BatchError, BatchHeader, Headers, MAGIC_OFFSET, RecordsIter, TimestampType, compute_crc};
use crate::wire::compression::Codec;
use crate::wire::legacy::LegacyMessage;

/// What a timestamp means, with the case that only magic 0 has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampKind {
    /// Magic 0 has no timestamps.
    None,
    /// Set by the producer.
    CreateTime,
    /// Set by the broker.
    LogAppendTime,
}

impl TimestampKind {
    /// As Kafka prints it.
    pub const fn name(self) -> &'static str {
        match self {
            TimestampKind::None => "NoTimestampType",
            TimestampKind::CreateTime => "CreateTime",
            TimestampKind::LogAppendTime => "LogAppendTime",
        }
    }

    const fn of(ty: TimestampType) -> TimestampKind {
        match ty {
            TimestampType::CreateTime => TimestampKind::CreateTime,
            TimestampType::LogAppendTime => TimestampKind::LogAppendTime,
        }
    }
}

/// A batch of magic 2, or a message (perhaps a compressed wrapper) of magic 0 or 1.
#[derive(Clone, Copy, Debug)]
pub enum Batch<'a> {
    /// Magic 2.
    V2 {
        /// Its header.
        header: BatchHeader,
        /// All its bytes.
        bytes: &'a [u8],
    },
    /// Magic 0 or 1.
    Legacy(LegacyMessage<'a>),
}

/// One record of any format.
#[derive(Clone, Copy, Debug)]
pub struct RecordView<'a> {
    /// Its offset.
    pub offset: Offset,
    /// Its timestamp.
    pub timestamp: TimestampMs,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The value.
    pub value: Option<&'a [u8]>,
    /// The headers; none before magic 2.
    pub headers: Headers<'a>,
    /// The producer's sequence number, or -1.
    pub sequence: Sequence,
    /// Validity and CRC of the message itself, before magic 2.
    pub legacy: Option<(bool, u32)>,
}

impl<'a> Batch<'a> {
    /// Reads an entry.
    ///
    /// # Errors
    /// [`BatchError`] when it has another magic or lengths that lead outside of it.
    pub fn parse(bytes: &'a [u8]) -> Result<Batch<'a>, BatchError> {
        match bytes.get(MAGIC_OFFSET) {
            Some(0 | 1) => LegacyMessage::parse(bytes).map(Batch::Legacy),
            _ => BatchHeader::parse(bytes).map(|header| Batch::V2 { header, bytes }),
        }
    }

    /// The format's number.
    pub const fn magic(&self) -> i8 {
        match self {
            Batch::V2 { .. } => 2,
            Batch::Legacy(message) => message.magic,
        }
    }

    /// Offset of the first record; before magic 2 only the last one is known without opening a wrapper.
    pub const fn base_offset(&self) -> Offset {
        match self {
            Batch::V2 { header, .. } => header.base_offset,
            Batch::Legacy(message) => message.offset,
        }
    }

    /// Offset of the last record.
    pub const fn last_offset(&self) -> Offset {
        match self {
            Batch::V2 { header, .. } => header.last_offset(),
            Batch::Legacy(message) => message.offset,
        }
    }

    /// Bytes on disk.
    pub const fn size_in_bytes(&self) -> usize {
        match self {
            Batch::V2 { header, .. } => header.size_in_bytes(),
            Batch::Legacy(message) => message.size_in_bytes,
        }
    }

    /// Largest timestamp.
    pub const fn max_timestamp(&self) -> TimestampMs {
        match self {
            Batch::V2 { header, .. } => header.max_timestamp,
            Batch::Legacy(message) => message.timestamp,
        }
    }

    /// What the timestamps mean.
    pub const fn timestamp_kind(&self) -> TimestampKind {
        match self {
            Batch::V2 { header, .. } => TimestampKind::of(header.timestamp_type()),
            Batch::Legacy(message) if message.magic == 0 => TimestampKind::None,
            Batch::Legacy(message) => TimestampKind::of(message.timestamp_type()),
        }
    }

    /// The codec.
    ///
    /// # Errors
    /// When its number means nothing in this format.
    pub fn codec(&self) -> Result<Codec, BatchError> {
        match self {
            Batch::V2 { header, .. } => header.codec(),
            Batch::Legacy(message) => message.codec(),
        }
    }

    /// The stored checksum.
    pub const fn crc(&self) -> u32 {
        match self {
            Batch::V2 { header, .. } => header.crc,
            Batch::Legacy(message) => message.crc,
        }
    }

    /// Whether the bytes match the checksum.
    pub fn is_valid(&self) -> bool {
        match self {
            Batch::V2 { header, bytes } => compute_crc(bytes) == header.crc,
            Batch::Legacy(message) => message.is_valid(),
        }
    }

    /// Whether it holds control records.
    pub const fn is_control(&self) -> bool {
        match self {
            Batch::V2 { header, .. } => header.is_control(),
            Batch::Legacy(_) => false,
        }
    }

    /// Calls `visit` for each record, in order, until it fails. A compressed body is checked as a whole before the first
    /// call, as Kafka's reader does.
    ///
    /// # Errors
    /// `on_error` of the batch's fault, or what `visit` returned.
    pub fn each_record<E>(
        &self,
        scratch: &mut Vec<u8>,
        limit: usize,
        on_error: impl Fn(BatchError) -> E,
        mut visit: impl FnMut(RecordView<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Batch::V2 { header, bytes } => {
                let compressed = header.codec().map_err(&on_error)? != Codec::None;
                let records = RecordsIter::of(header, bytes, scratch, limit).map_err(&on_error)?;
                let view = |record: crate::wire::batch::Record<'_>| -> (Offset, Sequence) {
                    let sequence = match header.base_sequence {
                        Sequence::NONE => Sequence::NONE,
                        base => base.advance(record.offset_delta.max(0)),
                    };
                    (record.offset, sequence)
                };
                let mut show = |record: crate::wire::batch::Record<'_>| {
                    let (offset, sequence) = view(record);
                    let crate::wire::batch::Record { timestamp, key, value, headers, .. } = record;
                    visit(RecordView { offset, timestamp, key, value, headers, sequence, legacy: None })
                };
                if compressed {
                    let whole: Vec<_> = records.collect::<Result<_, _>>().map_err(&on_error)?;
                    whole.into_iter().try_for_each(show)
                } else {
                    for record in records {
                        show(record.map_err(&on_error)?)?;
                    }
                    Ok(())
                }
            }
            Batch::Legacy(message) => {
                for record in message.records(limit).map_err(&on_error)? {
                    visit(RecordView {
                        offset: record.offset,
                        timestamp: record.timestamp,
                        key: record.key.as_deref(),
                        value: record.value.as_deref(),
                        headers: Headers::default(),
                        sequence: Sequence::NONE,
                        legacy: Some((record.is_valid, record.crc)),
                    })?;
                }
                Ok(())
            }
        }
    }
}
