//! Finding records by time (ListOffsets).

use super::error::LogError;
use super::files::FileKind;
use super::handle::Log;
use super::scan::{LogEntry, read_entry};
use super::segment::{MaxTimestamp, Segment};
use crate::model::{LeaderEpoch, Offset, TimestampMs};
use crate::wire::batch::{BatchError, RecordsIter, validate_crc};
use crate::wire::compression::DEFAULT_DECOMPRESSED_LIMIT;
use crate::wire::legacy::LegacyMessage;

/// A record found by its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimestampOffset {
    /// Its timestamp.
    pub timestamp: TimestampMs,
    /// Its offset.
    pub offset: Offset,
    /// The leader epoch in which it was written.
    pub epoch: Option<LeaderEpoch>,
}

impl Log {
    /// The first record with a timestamp at or after `timestamp`; `None` if all are earlier.
    ///
    /// # Errors
    /// [`LogError`] if the disk fails or the batch that holds it is damaged.
    pub fn offset_for_timestamp(&self, timestamp: TimestampMs) -> Result<Option<TimestampOffset>, LogError> {
        for segment in &self.segments {
            if segment.size == 0 || segment.max_timestamp()?.timestamp < timestamp {
                continue;
            }
            let mut from = self.start;
            while let Some(entry) = segment.entry_of_timestamp(timestamp, from)? {
                let found = record_where(segment, &entry, |t, offset| t >= timestamp && offset >= from)?;
                if let Some((timestamp, offset)) = found {
                    return Ok(Some(TimestampOffset { timestamp, offset, epoch: self.epoch_at(offset) }));
                }
                from = entry.last_offset.next();
            }
        }
        Ok(None)
    }

    /// The first record that bears the largest timestamp of the log; `None` if no record has one (KIP-734).
    ///
    /// # Errors
    /// [`LogError`] if the disk fails or the batch that holds it is damaged.
    pub fn offset_of_max_timestamp(&self) -> Result<Option<TimestampOffset>, LogError> {
        let mut best: Option<(&Segment, MaxTimestamp)> = None;
        for segment in self.segments.iter().filter(|segment| segment.size > 0) {
            let max = segment.max_timestamp()?;
            // The first of equals, as Kafka takes it.
            if max.timestamp > best.map_or(TimestampMs::NONE, |(_, best)| best.timestamp) {
                best = Some((segment, max));
            }
        }
        let Some((segment, max)) = best else { return Ok(None) };
        let Some(entry) = segment.entry_of(max.offset)? else { return Ok(None) };
        let found = record_where(segment, &entry, |timestamp, _| timestamp == max.timestamp)?;
        Ok(found.map(|(timestamp, offset)| TimestampOffset { timestamp, offset, epoch: self.epoch_at(offset) }))
    }
}

/// The first record of an entry that `holds`, by timestamp and offset.
fn record_where(
    segment: &Segment,
    entry: &LogEntry,
    holds: impl Fn(TimestampMs, Offset) -> bool,
) -> Result<Option<(TimestampMs, Offset)>, LogError> {
    let path = segment.path(FileKind::Log);
    let file = segment.file()?;
    let bytes = read_entry(&file, &path, entry)?;
    let damaged = |e: BatchError| LogError::corrupt(&path, format!("the batch at position {}: {e}", entry.position));
    match &entry.header {
        Some(header) => {
            validate_crc(&bytes).map_err(damaged)?;
            let mut scratch = Vec::new();
            let records = RecordsIter::of(header, &bytes, &mut scratch, DEFAULT_DECOMPRESSED_LIMIT).map_err(damaged)?;
            for record in records {
                let record = record.map_err(damaged)?;
                if holds(record.timestamp, record.offset) {
                    return Ok(Some((record.timestamp, record.offset)));
                }
            }
            Ok(None)
        }
        None => {
            let message = LegacyMessage::parse(&bytes).map_err(damaged)?;
            let records = message.records(DEFAULT_DECOMPRESSED_LIMIT).map_err(damaged)?;
            Ok(records.iter().map(|r| (r.timestamp, r.offset)).find(|&(timestamp, offset)| holds(timestamp, offset)))
        }
    }
}
