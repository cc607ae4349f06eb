//! Appending: offsets, stamps, one write, and the books.

use std::io::IoSlice;

use smallvec::SmallVec;

use super::error::{AppendError, LogError};
use super::files::FileKind;
use super::handle::Log;
use super::producers::{AppendOrigin, BatchMeta, Judgement, ProducerRules};
use super::scan::LogEntry;
use super::segment::Segment;
use super::txn_index::{AbortedTxn, append_txn};
use crate::model::{LeaderEpoch, Offset, TimestampMs};
use crate::wire::batch::{BatchHeader, EndTxnMarker, HEADER_LEN, RecordsIter, TimestampType};

/// A batch to append. Header and bytes belong together, and the caller has checked the CRC.
#[derive(Clone, Copy, Debug)]
pub struct BatchToAppend<'a> {
    /// The parsed header.
    pub header: BatchHeader,
    /// The whole batch; its first 61 bytes are written from the stamped header.
    pub bytes: &'a [u8],
}

/// The rules of one append.
#[derive(Clone, Copy, Debug, Default)]
pub struct AppendOptions {
    /// Who appends, and by which producer rules.
    pub producers: ProducerRules,
    /// Stamp every batch with this time and the type LogAppendTime (`message.timestamp.type`).
    pub log_append_time: Option<TimestampMs>,
}

/// What an append did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppendInfo {
    /// Offset of the first record.
    pub first_offset: Offset,
    /// Offset of the last record.
    pub last_offset: Offset,
    /// Largest timestamp of the batches, as they stand in the log.
    pub max_timestamp: TimestampMs,
    /// The broker's time, if that was stamped.
    pub log_append_time: Option<TimestampMs>,
    /// Bytes appended.
    pub bytes: u64,
    /// A new segment was begun for it.
    pub rolled: bool,
    /// The batch stood in the log already; nothing was written, and the offsets are the original ones.
    pub duplicate: bool,
    /// `flush.messages` asks for a [`Log::flush`] now.
    pub flush_due: bool,
}

/// Bytes that [`Log::append_each`] writes at once, at most: beyond it, more at once saves nothing.
pub(super) const MOST_AT_ONCE: u64 = 1 << 20;

/// The header of a stamped batch, as it goes to the disk.
type StampedHeader = [u8; HEADER_LEN];

/// What the producers' books say of a batch.
enum Judged {
    /// It may be appended; the marker in it, if it is one.
    Append(Option<EndTxnMarker>),
    /// It stands in the log already.
    Stands(BatchMeta),
}

/// A batch that was judged by itself.
enum Admitted {
    /// Its header as it will stand in the log, and the marker in it.
    Append(BatchHeader, Option<EndTxnMarker>),
    /// Nothing is to be written for it.
    Stands(AppendInfo),
}

impl Log {
    /// Appends batches as the leader: assigns offsets, stamps leader epoch and time, judges idempotence and writes.
    ///
    /// The batches' bodies are neither read nor copied. Batches of producers with an id come one in a call.
    ///
    /// # Errors
    /// [`AppendError`]. After [`AppendError::Log`] the log is fenced.
    pub fn append(
        &mut self,
        batches: &[BatchToAppend<'_>],
        leader_epoch: LeaderEpoch,
        now: TimestampMs,
        options: &AppendOptions,
    ) -> Result<AppendInfo, AppendError> {
        self.check_fence()?;
        let [first, rest @ ..] = batches else { return Err(AppendError::Invalid("there is no batch to append")) };
        if !rest.is_empty()
            && options.producers.origin == AppendOrigin::Client
            && batches.iter().any(|b| b.header.has_producer_id())
        {
            return Err(AppendError::Invalid("batches of an idempotent producer are appended one by one"));
        }
        let mut markers = SmallVec::<[Option<EndTxnMarker>; 4]>::new();
        for batch in batches {
            match self.judge(batch, options.producers)? {
                Judged::Append(marker) => markers.push(marker),
                Judged::Stands(original) => return Ok(repeated(&original, options)),
            }
        }

        let mut headers = SmallVec::<[BatchHeader; 4]>::with_capacity(batches.len());
        let mut next = self.end;
        for batch in batches {
            let header = stamped(batch, next, leader_epoch, options.log_append_time)?;
            next = header.next_offset();
            headers.push(header);
        }
        debug_assert_eq!(first.bytes.len(), first.header.size_in_bytes());
        let mut info = self.write(batches, &headers, &markers, now)?;
        info.log_append_time = options.log_append_time;
        Ok(info)
    }

    /// Appends the batches of several producers as the leader with one write, each by its own rules: one that is
    /// refused, or that stands in the log already, leaves the others as they are.
    ///
    /// One write takes only the first batches, those that may go together ([`goes_along`]): one at least. There are as
    /// many outcomes as batches were looked at; the caller comes again with the rest.
    ///
    /// # Errors
    /// A fault of the write, which none of these batches has survived. The log is fenced then.
    pub fn append_each(
        &mut self,
        batches: &[(BatchToAppend<'_>, AppendOptions)],
        leader_epoch: LeaderEpoch,
        now: TimestampMs,
    ) -> Result<Vec<Result<AppendInfo, AppendError>>, AppendError> {
        self.check_fence()?;
        let room = self.config.segment_bytes.saturating_sub(self.active().size).min(MOST_AT_ONCE);
        let mut outcomes = Vec::with_capacity(batches.len());
        let mut together = Vec::with_capacity(batches.len());
        let mut headers = Vec::with_capacity(batches.len());
        let mut markers = Vec::with_capacity(batches.len());
        let (mut bytes, mut next) = (0, self.end);
        for (batch, options) in batches {
            let size = batch.bytes.len() as u64;
            if !goes_along(&headers, bytes, &batch.header, size, room) {
                break;
            }
            let outcome = self.admit(batch, options, leader_epoch, next);
            outcomes.push(outcome.map(|admitted| match admitted {
                Admitted::Stands(info) => info,
                Admitted::Append(header, marker) => {
                    (bytes, next) = (bytes + size, header.next_offset());
                    together.push(*batch);
                    headers.push(header);
                    markers.push(marker);
                    AppendInfo {
                        first_offset: header.base_offset,
                        last_offset: header.last_offset(),
                        max_timestamp: header.max_timestamp,
                        log_append_time: options.log_append_time,
                        bytes: size,
                        rolled: false,
                        duplicate: false,
                        flush_due: self.is_flush_due(next),
                    }
                }
            }));
        }
        if !together.is_empty() {
            let written = self.write(&together, &headers, &markers, now)?;
            // The new segment, if there is one, was begun for the first of them.
            if let Some(Ok(first)) = outcomes.iter_mut().find(|o| o.as_ref().is_ok_and(|info| !info.duplicate)) {
                first.rolled = written.rolled;
            }
        }
        Ok(outcomes)
    }

    /// Judges a batch by itself, and stamps it if it is to be appended at `base`.
    fn admit(
        &self,
        batch: &BatchToAppend<'_>,
        options: &AppendOptions,
        leader_epoch: LeaderEpoch,
        base: Offset,
    ) -> Result<Admitted, AppendError> {
        let (bytes, segment_bytes) = (batch.bytes.len() as u64, self.config.segment_bytes);
        if bytes > segment_bytes {
            return Err(AppendError::TooLarge { bytes, segment_bytes });
        }
        match self.judge(batch, options.producers)? {
            Judged::Stands(original) => Ok(Admitted::Stands(repeated(&original, options))),
            Judged::Append(marker) => {
                Ok(Admitted::Append(stamped(batch, base, leader_epoch, options.log_append_time)?, marker))
            }
        }
    }

    /// Judges a batch by what the log knows of its producer.
    fn judge(&self, batch: &BatchToAppend<'_>, rules: ProducerRules) -> Result<Judged, AppendError> {
        let marker = marker_of(batch)?;
        if let Some(marker) = marker {
            self.producers.judge_marker(&batch.header, marker, rules)?;
        } else if !batch.header.is_control()
            && let Judgement::Duplicate(original) = self.producers.judge(&batch.header, rules)?
        {
            return Ok(Judged::Stands(original));
        }
        Ok(Judged::Append(marker))
    }

    /// Appends batches as a follower, or from another log: offsets and epochs stand in them, and are kept.
    /// Gaps are allowed, as compaction leaves them.
    ///
    /// # Errors
    /// [`AppendError`]. After [`AppendError::Log`] the log is fenced.
    pub fn append_as_follower(
        &mut self,
        batches: &[BatchToAppend<'_>],
        now: TimestampMs,
    ) -> Result<AppendInfo, AppendError> {
        self.check_fence()?;
        if batches.is_empty() {
            return Err(AppendError::Invalid("there is no batch to append"));
        }
        let mut expected = self.end;
        let mut headers = SmallVec::<[BatchHeader; 4]>::with_capacity(batches.len());
        let mut markers = SmallVec::<[Option<EndTxnMarker>; 4]>::new();
        for batch in batches {
            let header = batch.header;
            if header.base_offset < expected || header.last_offset_delta < 0 {
                return Err(AppendError::OutOfOrderOffset { expected, got: header.base_offset });
            }
            expected = header.next_offset();
            headers.push(header);
            markers.push(marker_of(batch)?);
        }
        self.write(batches, &headers, &markers, now)
    }

    fn write(
        &mut self,
        batches: &[BatchToAppend<'_>],
        headers: &[BatchHeader],
        markers: &[Option<EndTxnMarker>],
        now: TimestampMs,
    ) -> Result<AppendInfo, AppendError> {
        let bytes: u64 = batches.iter().map(|b| b.bytes.len() as u64).sum();
        if bytes > self.config.segment_bytes {
            return Err(AppendError::TooLarge { bytes, segment_bytes: self.config.segment_bytes });
        }
        let (first_offset, last_offset) = (headers[0].base_offset, headers[headers.len() - 1].last_offset());
        let max_timestamp = headers.iter().map(|h| h.max_timestamp).max().unwrap_or(TimestampMs::NONE);
        let result = self.write_or_fail(batches, headers, markers, now, bytes, max_timestamp);
        let rolled = self.fenced_if_failed(result)?;
        Ok(AppendInfo {
            first_offset,
            last_offset,
            max_timestamp,
            log_append_time: None,
            bytes,
            rolled,
            duplicate: false,
            flush_due: self.is_flush_due(self.end),
        })
    }

    /// Whether `flush.messages` asks for a sync of a log that ends at `end`.
    fn is_flush_due(&self, end: Offset) -> bool {
        self.config.flush_messages.is_some_and(|n| (end - self.recovery_point) as u64 >= n)
    }

    fn write_or_fail(
        &mut self,
        batches: &[BatchToAppend<'_>],
        headers: &[BatchHeader],
        markers: &[Option<EndTxnMarker>],
        now: TimestampMs,
        bytes: u64,
        max_timestamp: TimestampMs,
    ) -> Result<bool, LogError> {
        let (first_offset, last_offset) = (headers[0].base_offset, headers[headers.len() - 1].last_offset());
        self.ensure_dir()?;
        for header in headers {
            self.epochs.assign(header.leader_epoch, header.base_offset)?;
        }
        let config = std::sync::Arc::clone(&self.config);
        let full = self.active().must_roll(bytes, max_timestamp, last_offset, now, &config)?;
        if full {
            self.roll(first_offset, now)?;
        }
        let active = self.active_mut();
        if active.size == 0 {
            active.create(config.preallocate.then_some(config.segment_bytes))?;
        }
        active.activate(&config)?;

        let stamped: SmallVec<[StampedHeader; 4]> = headers.iter().map(BatchHeader::encode).collect();
        let mut slices = SmallVec::<[IoSlice<'_>; 8]>::with_capacity(batches.len() * 2);
        let mut entries = SmallVec::<[LogEntry; 4]>::with_capacity(batches.len());
        let mut position = active.size;
        for ((batch, header), stamped) in batches.iter().zip(headers).zip(&stamped) {
            slices.push(IoSlice::new(stamped));
            slices.push(IoSlice::new(&batch.bytes[HEADER_LEN..]));
            let size = batch.bytes.len() as u64;
            entries.push(LogEntry {
                position,
                size,
                magic: 2,
                base_offset: header.base_offset,
                last_offset: header.last_offset(),
                max_timestamp: header.max_timestamp,
                header: Some(*header),
            });
            position += size;
        }
        active.append(&mut slices, &entries, &config)?;
        self.end = last_offset.next();
        self.unmarked += bytes;
        self.untold += bytes;
        for (header, marker) in headers.iter().zip(markers) {
            self.note_producer(header, *marker)?;
        }
        Ok(full)
    }

    /// Books a batch that stands in the active segment with the producers and, if it ended one by abort, with the
    /// transaction index.
    fn note_producer(&mut self, header: &BatchHeader, marker: Option<EndTxnMarker>) -> Result<(), LogError> {
        self.replay(self.segments.len() - 1, header, marker, true)
    }

    /// [`Log::note_producer`] for a batch in any segment; `index_abort` tells whether the index lacks it.
    pub(super) fn replay(
        &mut self,
        segment: usize,
        header: &BatchHeader,
        marker: Option<EndTxnMarker>,
        index_abort: bool,
    ) -> Result<(), LogError> {
        let Some(marker) = marker else {
            self.producers.apply(header);
            return Ok(());
        };
        if let Some(txn) = self.producers.apply_marker(header, marker) {
            if txn.aborted && index_abort {
                let aborted = AbortedTxn {
                    producer_id: txn.producer_id,
                    first_offset: txn.first_offset,
                    last_offset: txn.last_offset,
                    last_stable_offset: self.producers.stable_offset_after(&txn),
                };
                let segment = &mut self.segments[segment];
                append_txn(&segment.path(FileKind::TxnIndex), &aborted)?;
                segment.has_aborted = true;
            }
            self.producers.complete(&txn);
        }
        Ok(())
    }

    /// Begins a new segment at `base`, at or after the log's end.
    pub(super) fn roll(&mut self, base: Offset, now: TimestampMs) -> Result<(), LogError> {
        let old = self.active_mut();
        if old.size == 0 {
            // Nothing stands in it: the new one takes its place, under its own name.
            for path in old.retire()? {
                self.retired.push_back((now + self.config.file_delete_delay_ms, path));
            }
            self.segments.pop();
        } else {
            old.seal()?;
            self.take_snapshot(base)?;
        }
        self.segments.push(Segment::new(std::sync::Arc::clone(&self.dir), base, 0, now));
        Ok(())
    }
}

/// Whether a batch may go into the same write as the accepted ones, `bytes` of them: it fits in with them, so that the
/// segment is left where it would be if each were written alone, and none of them is of its producer, by whose batch it
/// would have to be judged.
fn goes_along(accepted: &[BatchHeader], bytes: u64, header: &BatchHeader, size: u64, room: u64) -> bool {
    let same_producer = |other: &BatchHeader| header.has_producer_id() && other.producer_id == header.producer_id;
    accepted.is_empty() || (bytes + size <= room && !accepted.iter().any(same_producer))
}

/// What is told of a batch that stands in the log already.
fn repeated(original: &BatchMeta, options: &AppendOptions) -> AppendInfo {
    AppendInfo {
        first_offset: original.first_offset(),
        last_offset: original.last_offset,
        max_timestamp: original.timestamp,
        log_append_time: options.log_append_time.map(|_| original.timestamp),
        bytes: 0,
        rolled: false,
        duplicate: true,
        flush_due: false,
    }
}

/// A batch's header as it will stand in the log at `base`.
fn stamped(
    batch: &BatchToAppend<'_>,
    base: Offset,
    leader_epoch: LeaderEpoch,
    log_append_time: Option<TimestampMs>,
) -> Result<BatchHeader, AppendError> {
    let mut header = batch.header;
    if header.last_offset_delta < 0 || base.0.checked_add(i64::from(header.last_offset_delta) + 1).is_none() {
        return Err(AppendError::Invalid("a batch's last offset delta is not possible"));
    }
    header.base_offset = base;
    header.leader_epoch = leader_epoch;
    if let Some(time) = log_append_time {
        stamp_time(&mut header, batch.bytes, time);
    }
    Ok(header)
}

/// The transaction marker in a control batch; `None` for data and for control records of another kind.
pub(super) fn marker_of(batch: &BatchToAppend<'_>) -> Result<Option<EndTxnMarker>, AppendError> {
    if batch.bytes.len() != batch.header.size_in_bytes() {
        return Err(AppendError::Invalid("a batch's bytes are not as many as its header says"));
    }
    read_marker(&batch.header, batch.bytes).map_err(AppendError::Batch)
}

/// [`marker_of`], of any bytes.
pub(super) fn read_marker(
    header: &BatchHeader,
    bytes: &[u8],
) -> Result<Option<EndTxnMarker>, crate::wire::batch::BatchError> {
    if !header.is_control() || !header.has_producer_id() {
        return Ok(None);
    }
    let mut scratch = Vec::new();
    match RecordsIter::of(header, bytes, &mut scratch, 1 << 16)?.next() {
        Some(record) => {
            let record = record?;
            EndTxnMarker::read(record.key, record.value)
        }
        None => Ok(None),
    }
}

/// LogAppendTime in a header, with the CRC that follows from it.
fn stamp_time(header: &mut BatchHeader, bytes: &[u8], time: TimestampMs) {
    header.set_timestamp(TimestampType::LogAppendTime, time);
    let head = header.encode();
    let mut digest = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc32Iscsi);
    digest.update(&head[21..]);
    digest.update(&bytes[HEADER_LEN..]);
    header.crc = digest.finalize() as u32;
}
