//! What a produced record set must be before it may touch a log (`LogValidator`, `UnifiedLog.analyzeAndValidateRecords`).
//!
//! The header and the CRC decide. Records are walked only where a topic's rules need it: compacted topics refuse keyless
//! records, and `compression.type` may ask for another codec than the producer's.

use bytes::Bytes;

use crate::model::{ErrorCode, Offset, TimestampMs};
use crate::wire::batch::{
    Attributes, BatchBuilder, BatchError, BatchHeader, BuilderOptions, HEADER_LEN, LOG_OVERHEAD, RecordToWrite,
    RecordsIter, TimestampType, compute_crc,
};
use crate::wire::compression::{self, Codec, Compression};

/// What a topic asks of produced batches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProduceRules {
    /// `max.message.bytes`: largest batch, as received and again as rewritten.
    pub max_message_bytes: usize,
    /// `segment.bytes`: no set may be larger than a segment.
    pub segment_bytes: usize,
    /// `compression.type`; `None` keeps the producer's codec.
    pub compression: Option<Compression>,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// `message.timestamp.before.max.ms`.
    pub timestamp_before_max_ms: i64,
    /// `message.timestamp.after.max.ms`.
    pub timestamp_after_max_ms: i64,
    /// `cleanup.policy` contains `compact`: every record needs a key.
    pub compacted: bool,
    /// Bytes that one batch may decompress to.
    pub decompressed_limit: usize,
}

impl ProduceRules {
    /// The time to stamp, if this topic stamps.
    fn stamp(&self, now: TimestampMs) -> Option<TimestampMs> {
        (self.timestamp_type == TimestampType::LogAppendTime).then_some(now)
    }
}

/// Why a record set was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProduceRefusal {
    /// The code for the partition.
    pub code: ErrorCode,
    /// What to tell the client.
    pub message: String,
    /// The records at fault, by their index in the batch (KIP-467).
    pub records: Vec<(i32, String)>,
}

impl ProduceRefusal {
    /// A refusal of the whole set.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> ProduceRefusal {
        ProduceRefusal { code, message: message.into(), records: Vec::new() }
    }
}

impl From<BatchError> for ProduceRefusal {
    fn from(error: BatchError) -> ProduceRefusal {
        ProduceRefusal::new(ErrorCode::CorruptMessage, error.to_string())
    }
}

/// A batch that may be appended.
#[derive(Clone, Debug)]
pub struct AcceptedBatch {
    /// Its header, as it will stand in the log but for offset, epoch and the broker's time.
    pub header: BatchHeader,
    /// The whole batch, header included; the log writes its own header before the body.
    pub bytes: Bytes,
    /// The broker's time, when the topic wants it stamped: the log does that with offset and epoch.
    pub log_append_time: Option<TimestampMs>,
}

/// Judges what a producer sent for one partition, and rewrites it where the topic says so.
///
/// # Errors
/// The refusal, with the code that Kafka gives.
pub fn judge_record_set(
    records: Bytes,
    rules: &ProduceRules,
    api_version: i16,
    now: TimestampMs,
) -> Result<AcceptedBatch, ProduceRefusal> {
    let header = one_batch(&records)?;
    if header.size_in_bytes() > rules.max_message_bytes {
        return Err(too_large(header.size_in_bytes(), rules.max_message_bytes));
    }
    if header.size_in_bytes() > rules.segment_bytes {
        return Err(ProduceRefusal::new(
            ErrorCode::RecordListTooLarge,
            format!(
                "Message batch size is {} bytes in append to partition, which exceeds the maximum configured segment \
                 size of {}.",
                header.size_in_bytes(),
                rules.segment_bytes
            ),
        ));
    }
    let codec = check_header(&header, rules, api_version, now)?;
    let crc = compute_crc(&records);
    if crc != header.crc {
        return Err(ProduceRefusal::new(
            ErrorCode::CorruptMessage,
            format!("Record is corrupt (stored crc = {}, computed crc = {crc})", header.crc),
        ));
    }
    if rules.compacted {
        check_keys(&header, &records, rules)?;
    }
    let accepted = match rules.compression {
        Some(target) if target.codec != codec => recompress(&header, &records, rules, target, now)?,
        _ => AcceptedBatch { header, bytes: records, log_append_time: rules.stamp(now) },
    };
    if accepted.header.size_in_bytes() > rules.max_message_bytes {
        return Err(too_large(accepted.header.size_in_bytes(), rules.max_message_bytes));
    }
    Ok(accepted)
}

fn too_large(size: usize, limit: usize) -> ProduceRefusal {
    ProduceRefusal::new(
        ErrorCode::MessageTooLarge,
        format!(
            "The record batch size in the append to partition is {size} bytes which exceeds the maximum configured value of {limit}."
        ),
    )
}

fn invalid(message: impl Into<String>) -> ProduceRefusal {
    ProduceRefusal::new(ErrorCode::InvalidRecord, message)
}

/// A produce carries exactly one batch of format v2 a partition.
fn one_batch(records: &Bytes) -> Result<BatchHeader, ProduceRefusal> {
    if records.is_empty() {
        return Err(invalid("Produce requests must have exactly one record batch per partition, but this has none"));
    }
    if records.get(16).is_some_and(|&magic| magic != 2) {
        return Err(invalid(format!("Produce requests must carry record batches of format v2, not v{}", records[16])));
    }
    let header = BatchHeader::parse(records)?;
    if header.size_in_bytes() != records.len() {
        return Err(invalid("Produce requests must have exactly one record batch per partition"));
    }
    Ok(header)
}

fn check_header(
    header: &BatchHeader,
    rules: &ProduceRules,
    api_version: i16,
    now: TimestampMs,
) -> Result<Codec, ProduceRefusal> {
    if header.base_offset != Offset::ZERO {
        return Err(invalid(format!(
            "The baseOffset of the record batch should be 0, but it is {}",
            header.base_offset
        )));
    }
    if header.record_count <= 0 || header.last_offset_delta.checked_add(1) != Some(header.record_count) {
        return Err(invalid(format!(
            "Inconsistency between number of records ({}) and last offset delta ({})",
            header.record_count, header.last_offset_delta
        )));
    }
    if header.is_control() {
        return Err(invalid("Clients are not allowed to write control records"));
    }
    if header.has_producer_id() && header.base_sequence.get() < 0 {
        return Err(invalid(format!(
            "Invalid sequence number {} in record batch with producerId {}",
            header.base_sequence.get(),
            header.producer_id
        )));
    }
    let codec = header.codec()?;
    if codec == Codec::Zstd && api_version < 7 {
        return Err(ProduceRefusal::new(
            ErrorCode::UnsupportedCompressionType,
            "Produce requests with zstd need version 7 or newer",
        ));
    }
    check_timestamp(header, rules, now)?;
    Ok(codec)
}

fn check_timestamp(header: &BatchHeader, rules: &ProduceRules, now: TimestampMs) -> Result<(), ProduceRefusal> {
    let refuse = |message: String| {
        let records = vec![(0, message.clone())];
        Err(ProduceRefusal { code: ErrorCode::InvalidTimestamp, message, records })
    };
    if header.timestamp_type() == TimestampType::LogAppendTime {
        return refuse("Invalid timestamp type in message: producers do not set LogAppendTime".to_owned());
    }
    if rules.timestamp_type == TimestampType::LogAppendTime {
        return Ok(());
    }
    let (oldest, newest) = (header.base_timestamp.min(header.max_timestamp), header.max_timestamp);
    let too_old = oldest != TimestampMs::NONE
        && rules.timestamp_before_max_ms != i64::MAX
        && now.get().saturating_sub(oldest.get()) > rules.timestamp_before_max_ms;
    let too_new = newest.get().saturating_sub(now.get()) > rules.timestamp_after_max_ms;
    if too_old || too_new {
        let bad = if too_old { oldest } else { newest };
        return refuse(format!(
            "Timestamp {bad} of message with offset 0 is out of range. The timestamp should be within [{}, {}]",
            now.get().saturating_sub(rules.timestamp_before_max_ms),
            now.get().saturating_add(rules.timestamp_after_max_ms)
        ));
    }
    Ok(())
}

/// The records of a batch, decompressed within the limit.
fn body(header: &BatchHeader, records: &Bytes, rules: &ProduceRules) -> Result<Vec<u8>, ProduceRefusal> {
    let mut out = Vec::new();
    compression::decompress(header.codec()?, &records[HEADER_LEN..], rules.decompressed_limit, &mut out)
        .map_err(|error| ProduceRefusal::new(ErrorCode::CorruptMessage, error.to_string()))?;
    Ok(out)
}

fn check_keys(header: &BatchHeader, records: &Bytes, rules: &ProduceRules) -> Result<(), ProduceRefusal> {
    let body = body(header, records, rules)?;
    let mut keyless = Vec::new();
    for (index, record) in RecordsIter::new(header, &body).enumerate() {
        if record?.key.is_none() {
            let message = "Compacted topic cannot accept message without key in topic partition.".to_owned();
            keyless.push((i32::try_from(index).unwrap_or(i32::MAX), message));
        }
    }
    if keyless.is_empty() {
        return Ok(());
    }
    let message = "One or more records have been rejected".to_owned();
    Err(ProduceRefusal { code: ErrorCode::InvalidRecord, message, records: keyless })
}

fn recompress(
    header: &BatchHeader,
    records: &Bytes,
    rules: &ProduceRules,
    target: Compression,
    now: TimestampMs,
) -> Result<AcceptedBatch, ProduceRefusal> {
    let body = body(header, records, rules)?;
    if target.codec == Codec::None && HEADER_LEN + body.len() > rules.max_message_bytes {
        return Err(too_large(HEADER_LEN + body.len(), rules.max_message_bytes));
    }
    let mut is_dense = true;
    let mut max_timestamp = TimestampMs::NONE;
    for (at, record) in (0..).zip(RecordsIter::new(header, &body)) {
        let record = record?;
        is_dense &= record.offset_delta == at;
        max_timestamp = max_timestamp.max(record.timestamp);
    }
    // The records stay as they are where they count their offsets as they must: no second copy of what a small batch
    // may have grown to.
    let rebuilt = if is_dense {
        rewrap(&BatchHeader { max_timestamp, ..*header }, &body, target)?
    } else {
        renumber(header, &body, target)?
    };
    Ok(AcceptedBatch {
        header: BatchHeader::parse(&rebuilt)?,
        bytes: rebuilt.into(),
        log_append_time: rules.stamp(now),
    })
}

/// The same records in another codec.
fn rewrap(header: &BatchHeader, body: &[u8], target: Compression) -> Result<Vec<u8>, ProduceRefusal> {
    let mut rebuilt = vec![0; HEADER_LEN];
    compression::compress(target, body, &mut rebuilt).map_err(BatchError::from)?;
    let length = i32::try_from(rebuilt.len() - LOG_OVERHEAD).map_err(|_| BatchError::BadLength(-1))?;
    let attributes = Attributes::new(target.codec, TimestampType::CreateTime, header.is_transactional(), false);
    let mut header = BatchHeader { length, attributes, ..*header };
    rebuilt[..HEADER_LEN].copy_from_slice(&header.encode());
    header.crc = compute_crc(&rebuilt);
    rebuilt[..HEADER_LEN].copy_from_slice(&header.encode());
    Ok(rebuilt)
}

/// Records whose offsets do not count up by one get the offsets that their order gives them, as Kafka does it
/// (`LogValidator.buildRecordsAndAssignOffsets`).
fn renumber(header: &BatchHeader, body: &[u8], target: Compression) -> Result<Vec<u8>, ProduceRefusal> {
    let mut builder = BatchBuilder::new(BuilderOptions {
        compression: target,
        producer_id: header.producer_id,
        producer_epoch: header.producer_epoch,
        base_sequence: header.base_sequence,
        transactional: header.is_transactional(),
        ..BuilderOptions::default()
    });
    for record in RecordsIter::new(header, body) {
        let record = record?;
        let headers: Vec<(&[u8], Option<&[u8]>)> = record.headers.map(|h| (h.key, h.value)).collect();
        let (timestamp, key, value) = (record.timestamp, record.key, record.value);
        builder.append(&RecordToWrite { timestamp, key, value, headers: &headers });
    }
    Ok(builder.build()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::batch::{Record, validate_crc};

    const NOW: TimestampMs = TimestampMs(1_700_000_000_000);

    fn rules() -> ProduceRules {
        ProduceRules {
            max_message_bytes: 1 << 20,
            segment_bytes: 1 << 30,
            compression: None,
            timestamp_type: TimestampType::CreateTime,
            timestamp_before_max_ms: i64::MAX,
            timestamp_after_max_ms: 3_600_000,
            compacted: false,
            decompressed_limit: 1 << 20,
        }
    }

    fn batch(codec: Codec, keys: &[Option<&[u8]>], at: TimestampMs) -> Bytes {
        let options = BuilderOptions { compression: Compression::of(codec), ..BuilderOptions::default() };
        let mut builder = BatchBuilder::new(options);
        for key in keys {
            let value = Some(b"value".as_slice());
            builder.append(&RecordToWrite { timestamp: at, key: *key, value, ..RecordToWrite::default() });
        }
        builder.build().unwrap().into()
    }

    fn code(records: Bytes, rules: &ProduceRules) -> ErrorCode {
        judge_record_set(records, rules, 9, NOW).unwrap_err().code
    }

    #[test]
    fn a_sound_batch_is_passed_on_untouched() {
        let records = batch(Codec::Lz4, &[None, None], NOW);
        let accepted = judge_record_set(records.clone(), &rules(), 9, NOW).unwrap();
        assert_eq!(accepted.bytes.as_ptr(), records.as_ptr(), "no copy");
        assert_eq!(accepted.header.record_count, 2);
    }

    #[test]
    fn a_flipped_bit_is_corruption_and_two_batches_are_invalid() {
        let sound = batch(Codec::None, &[None], NOW);
        let mut flipped = sound.to_vec();
        *flipped.last_mut().unwrap() ^= 1;
        assert_eq!(code(flipped.into(), &rules()), ErrorCode::CorruptMessage);
        assert_eq!(code([&sound[..], &sound[..]].concat().into(), &rules()), ErrorCode::InvalidRecord);
        assert_eq!(code(Bytes::new(), &rules()), ErrorCode::InvalidRecord);
        assert_eq!(code(sound.slice(..20), &rules()), ErrorCode::CorruptMessage);
    }

    #[test]
    fn compacted_topics_name_each_keyless_record() {
        let rules = ProduceRules { compacted: true, ..rules() };
        let records = batch(Codec::Gzip, &[Some(b"k"), None, Some(b"k"), None], NOW);
        let refusal = judge_record_set(records, &rules, 9, NOW).unwrap_err();
        assert_eq!(refusal.code, ErrorCode::InvalidRecord);
        assert_eq!(refusal.records.iter().map(|r| r.0).collect::<Vec<_>>(), [1, 3]);
    }

    #[test]
    fn the_topics_codec_wins_over_the_producers() {
        let rules = ProduceRules { compression: Some(Compression::of(Codec::Zstd)), ..rules() };
        let accepted = judge_record_set(batch(Codec::Gzip, &[None; 9], NOW), &rules, 9, NOW).unwrap();
        assert_eq!(accepted.header.codec(), Ok(Codec::Zstd));
        assert_eq!(accepted.header.record_count, 9);
        assert_eq!(compute_crc(&accepted.bytes), accepted.header.crc);
    }

    #[test]
    fn records_in_another_codec_are_the_same_records() {
        let read = |batch: &[u8]| {
            let (header, mut scratch) = (validate_crc(batch).unwrap(), Vec::new());
            let records = RecordsIter::of(&header, batch, &mut scratch, 1 << 20).unwrap();
            let plain = |r: Record<'_>| (r.offset, r.timestamp, r.key.map(<[u8]>::to_vec), r.value.map(<[u8]>::to_vec));
            (header.record_count, header.max_timestamp, records.map(|r| plain(r.unwrap())).collect::<Vec<_>>())
        };
        let sent = batch(Codec::Gzip, &[Some(b"a"), None, Some(b"c")], NOW);
        for codec in [Codec::None, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
            let rules = ProduceRules { compression: Some(Compression::of(codec)), ..rules() };
            let accepted = judge_record_set(sent.clone(), &rules, 9, NOW).unwrap();
            assert_eq!(read(&accepted.bytes), read(&sent), "{}", codec.name());
        }
    }

    #[test]
    fn records_that_count_wrong_are_numbered_by_their_order() {
        let mut builder = BatchBuilder::new(BuilderOptions::default());
        for at in [0, 5] {
            builder.append_at(at, &RecordToWrite { timestamp: NOW, value: Some(b"v"), ..RecordToWrite::default() });
        }
        let mut sent = builder.build().unwrap();
        // The header tells the truth about how many there are.
        sent[23..27].copy_from_slice(&1i32.to_be_bytes());
        let crc = compute_crc(&sent);
        sent[17..21].copy_from_slice(&crc.to_be_bytes());
        let rules = ProduceRules { compression: Some(Compression::of(Codec::Zstd)), ..rules() };
        let accepted = judge_record_set(sent.into(), &rules, 9, NOW).unwrap();
        let mut scratch = Vec::new();
        let records = RecordsIter::of(&accepted.header, &accepted.bytes, &mut scratch, 1000).unwrap();
        assert_eq!(records.map(|r| r.unwrap().offset_delta).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn what_uncompressed_would_pass_the_limit_is_too_large() {
        let plain = ProduceRules { compression: Some(Compression::NONE), max_message_bytes: 2000, ..rules() };
        let mut builder =
            BatchBuilder::new(BuilderOptions { compression: Compression::of(Codec::Gzip), ..Default::default() });
        builder.append(&RecordToWrite { timestamp: NOW, value: Some(&[0; 5000]), ..RecordToWrite::default() });
        assert_eq!(code(builder.build().unwrap().into(), &plain), ErrorCode::MessageTooLarge);
    }

    #[test]
    fn log_append_time_is_the_brokers() {
        let rules = ProduceRules { timestamp_type: TimestampType::LogAppendTime, ..rules() };
        let accepted = judge_record_set(batch(Codec::None, &[None], TimestampMs(5)), &rules, 9, NOW).unwrap();
        assert_eq!(accepted.log_append_time, Some(NOW));
    }

    #[test]
    fn timestamps_outside_the_window_are_refused() {
        assert_eq!(code(batch(Codec::None, &[None], NOW + 3_600_001), &rules()), ErrorCode::InvalidTimestamp);
        let strict = ProduceRules { timestamp_before_max_ms: 10, ..rules() };
        assert_eq!(code(batch(Codec::None, &[None], NOW + -11), &strict), ErrorCode::InvalidTimestamp);
    }

    #[test]
    fn batches_above_the_limit_are_too_large() {
        let small = ProduceRules { max_message_bytes: 70, ..rules() };
        assert_eq!(code(batch(Codec::None, &[None; 5], NOW), &small), ErrorCode::MessageTooLarge);
    }
}
