//! Building batches: for clients, coordinators, the metadata log and rebuilt batches.

use super::varint::{varint_len, varlong_len, write_varint, write_varlong};
use super::{Attributes, BatchError, BatchHeader, HEADER_LEN, LOG_OVERHEAD, TimestampType, compute_crc};
use crate::model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, TimestampMs};
use crate::wire::compression::{self, Compression};

/// What stands in the header of the batch to build.
#[derive(Clone, Copy, Debug)]
pub struct BuilderOptions {
    /// Codec and level of the body.
    pub compression: Compression,
    /// What the timestamps mean.
    pub timestamp_type: TimestampType,
    /// Max timestamp under LogAppendTime; not used otherwise.
    pub log_append_time: TimestampMs,
    /// Offset of the first record; 0 in what a client sends.
    pub base_offset: Offset,
    /// The leader's term; -1 in what a client sends.
    pub leader_epoch: LeaderEpoch,
    /// The producer, if idempotent.
    pub producer_id: ProducerId,
    /// The producer's epoch.
    pub producer_epoch: ProducerEpoch,
    /// Sequence number of the first record.
    pub base_sequence: Sequence,
    /// The batch belongs to a transaction.
    pub transactional: bool,
    /// The batch holds control records.
    pub control: bool,
}

impl Default for BuilderOptions {
    fn default() -> Self {
        BuilderOptions {
            compression: Compression::NONE,
            timestamp_type: TimestampType::CreateTime,
            log_append_time: TimestampMs::NONE,
            base_offset: Offset::ZERO,
            leader_epoch: LeaderEpoch::NONE,
            producer_id: ProducerId::NONE,
            producer_epoch: ProducerEpoch::NONE,
            base_sequence: Sequence::NONE,
            transactional: false,
            control: false,
        }
    }
}

/// A record to write: what [`BatchBuilder::append`] takes.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecordToWrite<'a> {
    /// Milliseconds since the epoch.
    pub timestamp: TimestampMs,
    /// The key, if any.
    pub key: Option<&'a [u8]>,
    /// The value, if any.
    pub value: Option<&'a [u8]>,
    /// Headers, in order.
    pub headers: &'a [(&'a [u8], Option<&'a [u8]>)],
}

/// Builds one batch, record by record.
///
/// ```
/// use logbus::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite, validate_crc};
/// let mut builder = BatchBuilder::new(BuilderOptions::default());
/// builder.append(&RecordToWrite { value: Some(b"hello"), ..RecordToWrite::default() });
/// let batch = builder.build().unwrap();
/// assert_eq!(validate_crc(&batch).unwrap().record_count, 1);
/// ```
#[derive(Debug)]
pub struct BatchBuilder {
    options: BuilderOptions,
    body: Vec<u8>,
    base_timestamp: Option<TimestampMs>,
    max_timestamp: TimestampMs,
    last_offset_delta: i32,
    count: i32,
}

impl BatchBuilder {
    /// An empty batch.
    pub fn new(options: BuilderOptions) -> BatchBuilder {
        BatchBuilder::with_capacity(options, HEADER_LEN)
    }

    /// An empty batch with room for so many bytes, header included.
    pub fn with_capacity(options: BuilderOptions, bytes: usize) -> BatchBuilder {
        // The header's place is kept free so that an uncompressed batch is built in one buffer.
        let mut body = Vec::with_capacity(bytes.max(HEADER_LEN));
        body.resize(HEADER_LEN, 0);
        let max_timestamp = TimestampMs::NONE;
        BatchBuilder { options, body, base_timestamp: None, max_timestamp, last_offset_delta: -1, count: 0 }
    }

    /// Number of records so far.
    pub const fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether no record was appended.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes of the batch so far, before compression.
    pub fn uncompressed_size(&self) -> usize {
        self.body.len()
    }

    /// Appends a record with the next offset.
    pub fn append(&mut self, record: &RecordToWrite<'_>) {
        self.append_at(self.last_offset_delta + 1, record);
    }

    /// Appends a record at a given distance from the base offset, which must grow from record to record.
    pub fn append_at(&mut self, offset_delta: i32, record: &RecordToWrite<'_>) {
        debug_assert!(offset_delta > self.last_offset_delta, "offsets grow within a batch");
        let base = *self.base_timestamp.get_or_insert(record.timestamp);
        let timestamp_delta = record.timestamp.0.wrapping_sub(base.0);
        write_varint(&mut self.body, record_body_len(timestamp_delta, offset_delta, record) as i32);
        self.body.push(0);
        write_varlong(&mut self.body, timestamp_delta);
        write_varint(&mut self.body, offset_delta);
        write_bytes(&mut self.body, record.key);
        write_bytes(&mut self.body, record.value);
        write_varint(&mut self.body, record.headers.len() as i32);
        for (key, value) in record.headers {
            write_bytes(&mut self.body, Some(key));
            write_bytes(&mut self.body, *value);
        }
        self.max_timestamp = self.max_timestamp.max(record.timestamp);
        self.last_offset_delta = offset_delta;
        self.count += 1;
    }

    /// Upper bound of the bytes that `record` would add.
    pub fn record_size_bound(record: &RecordToWrite<'_>) -> usize {
        let body = record_body_len(i64::MIN, i32::MAX, record);
        body + varint_len(body as i32)
    }

    /// Compresses the body and completes the header.
    ///
    /// # Errors
    /// [`BatchError`] if the codec fails or the batch passes the format's 2 GiB.
    pub fn build(self) -> Result<Vec<u8>, BatchError> {
        let BatchBuilder { options, mut body, base_timestamp, max_timestamp, last_offset_delta, count } = self;
        if options.compression.codec != compression::Codec::None {
            let mut out = Vec::with_capacity(body.len() / 2 + HEADER_LEN);
            out.resize(HEADER_LEN, 0);
            compression::compress(options.compression, &body[HEADER_LEN..], &mut out)?;
            body = out;
        }
        let length = i32::try_from(body.len() - LOG_OVERHEAD).map_err(|_| BatchError::BadLength(-1))?;
        let mut header = BatchHeader {
            base_offset: options.base_offset,
            length,
            leader_epoch: options.leader_epoch,
            crc: 0,
            attributes: Attributes::new(
                options.compression.codec,
                options.timestamp_type,
                options.transactional,
                options.control,
            ),
            last_offset_delta: last_offset_delta.max(0),
            base_timestamp: base_timestamp.unwrap_or(TimestampMs::NONE),
            max_timestamp: match options.timestamp_type {
                TimestampType::CreateTime => max_timestamp,
                TimestampType::LogAppendTime => options.log_append_time,
            },
            producer_id: options.producer_id,
            producer_epoch: options.producer_epoch,
            base_sequence: options.base_sequence,
            record_count: count,
        };
        body[..HEADER_LEN].copy_from_slice(&header.encode());
        header.crc = compute_crc(&body);
        body[..HEADER_LEN].copy_from_slice(&header.encode());
        Ok(body)
    }
}

fn bytes_len(bytes: Option<&[u8]>) -> usize {
    bytes.map_or(varint_len(-1), |b| varint_len(b.len() as i32) + b.len())
}

fn record_body_len(timestamp_delta: i64, offset_delta: i32, record: &RecordToWrite<'_>) -> usize {
    let headers: usize = record.headers.iter().map(|(k, v)| bytes_len(Some(k)) + bytes_len(*v)).sum();
    1 + varlong_len(timestamp_delta)
        + varint_len(offset_delta)
        + bytes_len(record.key)
        + bytes_len(record.value)
        + varint_len(record.headers.len() as i32)
        + headers
}

fn write_bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        None => write_varint(out, -1),
        Some(bytes) => {
            write_varint(out, bytes.len() as i32);
            out.extend_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::batch::{RecordsIter, validate_crc};
    use crate::wire::compression::Codec;
    use proptest::prelude::*;

    type Owned = (i64, Option<Vec<u8>>, Option<Vec<u8>>, Vec<(Vec<u8>, Option<Vec<u8>>)>);

    fn bytes() -> impl Strategy<Value = Option<Vec<u8>>> {
        proptest::option::of(proptest::collection::vec(any::<u8>(), 0..50))
    }

    fn records() -> impl Strategy<Value = Vec<Owned>> {
        let header = (proptest::collection::vec(any::<u8>(), 0..8), bytes());
        let headers = proptest::collection::vec(header, 0..4);
        proptest::collection::vec((0..i64::MAX / 4, bytes(), bytes(), headers), 1..20)
    }

    proptest! {
        #[test]
        fn what_is_built_is_read_with_every_codec(records in records(), codec in 0i16..5) {
            let codec = Codec::from_id(codec).unwrap();
            let mut builder = BatchBuilder::new(BuilderOptions {
                compression: Compression::of(codec),
                base_offset: Offset(7),
                ..BuilderOptions::default()
            });
            for (timestamp, key, value, headers) in &records {
                let headers: Vec<_> = headers.iter().map(|(k, v)| (k.as_slice(), v.as_deref())).collect();
                let record = RecordToWrite {
                    timestamp: TimestampMs(*timestamp), key: key.as_deref(), value: value.as_deref(), headers: &headers,
                };
                let before = builder.uncompressed_size();
                builder.append(&record);
                prop_assert!(builder.uncompressed_size() - before <= BatchBuilder::record_size_bound(&record));
            }
            let batch = builder.build().unwrap();
            let header = validate_crc(&batch).unwrap();
            prop_assert_eq!(header.codec().unwrap(), codec);
            prop_assert_eq!(header.max_timestamp.0, records.iter().map(|r| r.0).max().unwrap());
            let mut scratch = Vec::new();
            let read: Vec<Owned> = RecordsIter::of(&header, &batch, &mut scratch, 1 << 20).unwrap()
                .map(|r| {
                    let r = r.unwrap();
                    let headers = r.headers.map(|h| (h.key.to_vec(), h.value.map(<[u8]>::to_vec))).collect();
                    (r.timestamp.0, r.key.map(<[u8]>::to_vec), r.value.map(<[u8]>::to_vec), headers)
                })
                .collect();
            prop_assert_eq!(read, records);
        }

        #[test]
        fn a_mangled_body_is_an_error_or_other_records_never_a_panic(
            records in records(), at in any::<proptest::sample::Index>(), to in any::<u8>()
        ) {
            let mut builder = BatchBuilder::new(BuilderOptions::default());
            for (timestamp, key, value, _) in &records {
                builder.append(&RecordToWrite {
                    timestamp: TimestampMs(*timestamp), key: key.as_deref(), value: value.as_deref(), headers: &[],
                });
            }
            let mut batch = builder.build().unwrap();
            let at = HEADER_LEN + at.index(batch.len() - HEADER_LEN);
            let good = batch[at] == to;
            batch[at] = to;
            prop_assert_eq!(validate_crc(&batch).is_ok(), good);
            let header = BatchHeader::parse(&batch).unwrap();
            let mut scratch = Vec::new();
            prop_assert!(RecordsIter::of(&header, &batch, &mut scratch, 1 << 20).unwrap().count() <= records.len() + 1);
        }
    }
}
