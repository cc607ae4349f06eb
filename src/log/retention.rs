//! Which segments go, why, and when their files do.

use super::error::LogError;
use super::handle::Log;
use super::open::remove_all;
use super::segment::Segment;
use crate::model::{Offset, TimestampMs};

/// Why a segment was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeleteReason {
    /// All its records lie below the log start offset.
    LogStart,
    /// `retention.bytes`.
    Size,
    /// `retention.ms`.
    Time,
    /// The disk is fuller than the broker may fill it.
    DiskUsage,
}

impl DeleteReason {
    /// The reason in words, for one line in the broker's log.
    pub const fn describe(self) -> &'static str {
        match self {
            DeleteReason::LogStart => "below the log start offset",
            DeleteReason::Size => "retention.bytes",
            DeleteReason::Time => "retention.ms",
            DeleteReason::DiskUsage => "disk usage",
        }
    }
}

/// A segment that is not written any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedSegment {
    /// Its base offset.
    pub base: Offset,
    /// Base offset of the next segment.
    pub end: Offset,
    /// Bytes of its `.log` file.
    pub size: u64,
    /// Its largest timestamp, or its file's time.
    pub timestamp: TimestampMs,
}

/// A segment that was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeletedSegment {
    /// What it was.
    pub segment: ClosedSegment,
    /// Why it went.
    pub reason: DeleteReason,
}

impl Log {
    /// Deletes the oldest segments that retention lets go: first those below the log start offset, then by size, then
    /// by time; never a record at or above the high watermark. The files are renamed, and removed by
    /// [`Log::purge_retired`] after `file.delete.delay.ms`.
    ///
    /// # Errors
    /// [`LogError`]; the log is fenced then.
    pub fn delete_old_segments(
        &mut self,
        high_watermark: Offset,
        now: TimestampMs,
    ) -> Result<Vec<DeletedSegment>, LogError> {
        self.check_fence()?;
        let result = self.delete_by_policy(high_watermark, now);
        self.fenced_if_failed(result)
    }

    fn delete_by_policy(&mut self, high_watermark: Offset, now: TimestampMs) -> Result<Vec<DeletedSegment>, LogError> {
        let config = std::sync::Arc::clone(&self.config);
        let mut doomed = Vec::new();
        let mut left = self.size();
        for i in 0..self.segments.len() {
            let segment = self.closed(i)?;
            let is_active = i + 1 == self.segments.len();
            if segment.end > high_watermark || (is_active && segment.size == 0) {
                break;
            }
            let too_large = config.retention_bytes.is_some_and(|most| left.saturating_sub(most) >= segment.size);
            let too_old = config.retention_ms.is_some_and(|ms| now.0.saturating_sub(segment.timestamp.0) > ms);
            let reason = if !is_active && segment.end <= self.start {
                DeleteReason::LogStart
            } else if config.delete_old_segments && too_large {
                DeleteReason::Size
            } else if config.delete_old_segments && too_old {
                DeleteReason::Time
            } else {
                break;
            };
            left -= segment.size;
            doomed.push(DeletedSegment { segment, reason });
        }
        if doomed.len() == self.segments.len() {
            self.roll(self.end, now)?;
        }
        let delay = config.file_delete_delay_ms;
        for mut segment in self.segments.drain(..doomed.len()).collect::<Vec<_>>() {
            self.retired.extend(segment.retire()?.into_iter().map(|path| (now + delay, path)));
        }
        if !doomed.is_empty() {
            self.raise_start(self.segments[0].base)?;
        }
        Ok(doomed)
    }

    /// The oldest closed segment wholly below the high watermark: what disk-usage retention may take next.
    ///
    /// # Errors
    /// [`LogError`] if its age cannot be read.
    pub fn oldest_closed_segment(&self, high_watermark: Offset) -> Result<Option<ClosedSegment>, LogError> {
        if self.segments.len() < 2 {
            return Ok(None);
        }
        let oldest = self.closed(0)?;
        Ok((oldest.end <= high_watermark).then_some(oldest))
    }

    /// Deletes the oldest closed segment at once, without the delay: space is what is wanted.
    ///
    /// # Errors
    /// [`LogError`]; the log is fenced then.
    pub fn delete_oldest_closed(&mut self, high_watermark: Offset) -> Result<Option<DeletedSegment>, LogError> {
        self.check_fence()?;
        let Some(segment) = self.oldest_closed_segment(high_watermark)? else { return Ok(None) };
        let mut gone = self.segments.remove(0);
        let result = gone.retire().and_then(remove_all).and_then(|()| self.raise_start(self.segments[0].base));
        self.fenced_if_failed(result)?;
        Ok(Some(DeletedSegment { segment, reason: DeleteReason::DiskUsage }))
    }

    /// Removes the renamed files whose time has come. Returns when to come again, if any are left.
    ///
    /// # Errors
    /// [`LogError`] if a file cannot be removed; it is not tried again before the next start.
    pub fn purge_retired(&mut self, now: TimestampMs) -> Result<Option<TimestampMs>, LogError> {
        while let Some((due, _)) = self.retired.front()
            && *due <= now
        {
            let path = self.retired.pop_front().map(|(_, path)| path);
            remove_all(path.into_iter().collect())?;
        }
        Ok(self.retired.front().map(|(due, _)| *due))
    }

    fn closed(&self, i: usize) -> Result<ClosedSegment, LogError> {
        let segment: &Segment = &self.segments[i];
        let end = self.segments.get(i + 1).map_or(self.end, |next| next.base);
        let timestamp = if segment.size == 0 { segment.created } else { segment.age_basis()? };
        Ok(ClosedSegment { base: segment.base, end, size: segment.size, timestamp })
    }
}
