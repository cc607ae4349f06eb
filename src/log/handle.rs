//! The log itself: what it holds, and what it tells of itself.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::config::LogConfig;
use super::epochs::LeaderEpochs;
use super::error::{IoContext, LogError};
use super::producers::{ProducerEntry, ProducerStates};
use super::segment::Segment;
use super::sound::Damage;
use crate::model::{LeaderEpoch, Offset, ProducerId, TimestampMs};

/// One append-only log in a directory of its own.
///
/// A plain value: the owner locks it. Reads need `&self` only. Any fault of the disk during a write fences the log;
/// it must be opened anew, which finds out what really stands on the disk.
#[derive(Debug)]
pub struct Log {
    pub(super) dir: Arc<Path>,
    pub(super) config: Arc<LogConfig>,
    /// Ascending by base offset; the last one is written. Never empty.
    pub(super) segments: Vec<Segment>,
    pub(super) start: Offset,
    pub(super) end: Offset,
    pub(super) recovery_point: Offset,
    /// How often records were cut off the end.
    pub(super) cuts: u64,
    pub(super) producers: ProducerStates,
    /// Offset up to which the newest producer snapshot speaks.
    pub(super) last_snapshot: Offset,
    pub(super) epochs: LeaderEpochs,
    pub(super) last_flush: TimestampMs,
    pub(super) fence: Option<Arc<str>>,
    /// Renamed files, with the time to remove them.
    pub(super) retired: VecDeque<(TimestampMs, PathBuf)>,
    /// The directory is there.
    pub(super) has_dir: bool,
    /// Bytes that stand behind the last mark.
    pub(super) unmarked: u64,
    /// Bytes appended since [`Log::take_appended`] last gave ranges.
    pub(super) untold: u64,
    /// Everything below has its index and a producer snapshot in the files, synced or not.
    pub(super) marked: Offset,
    /// What was found not to be what was written.
    pub(super) damage: Option<Box<Damage>>,
}

impl Log {
    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The settings.
    pub fn config(&self) -> &Arc<LogConfig> {
        &self.config
    }

    /// Puts other settings in force, from the next append on.
    pub fn set_config(&mut self, config: Arc<LogConfig>) {
        self.config = config;
    }

    /// Log start offset: the first that may be read.
    pub const fn start_offset(&self) -> Offset {
        self.start
    }

    /// Log end offset: the next to be written.
    pub const fn end_offset(&self) -> Offset {
        self.end
    }

    /// Everything below was synced to disk.
    pub const fn recovery_point(&self) -> Offset {
        self.recovery_point
    }

    /// Makes the directory, if it is not there yet. Needed before anything else is put into it; an append does it.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn ensure_dir(&mut self) -> Result<(), LogError> {
        if !self.has_dir {
            fs::create_dir_all(&self.dir).at("create", &self.dir)?;
            self.has_dir = true;
        }
        Ok(())
    }

    /// Bytes that a start after a kill would have to scan: what came after the last mark (`Log::mark`).
    pub const fn unmarked_bytes(&self) -> u64 {
        self.unmarked
    }

    /// The offset of the last mark: everything below has its index and a producer snapshot in the files, synced or not.
    pub const fn marked(&self) -> Offset {
        self.marked
    }

    /// Bytes of all segments.
    pub fn size(&self) -> u64 {
        self.segments.iter().map(|segment| segment.size).sum()
    }

    /// Number of segments, the written one included.
    pub fn segment_count(&self) -> usize {
        self.segments.len()
    }

    /// Base offset of the segment that is written.
    pub fn active_base_offset(&self) -> Offset {
        self.active().base
    }

    /// Base offset and size of every segment, ascending.
    pub fn segments(&self) -> impl Iterator<Item = (Offset, u64)> {
        self.segments.iter().map(|segment| (segment.base, segment.size))
    }

    /// Whether an earlier fault closed the log to writes, and which.
    pub fn fence_cause(&self) -> Option<&str> {
        self.fence.as_deref()
    }

    /// The newest leader epoch in the log.
    pub fn latest_epoch(&self) -> Option<LeaderEpoch> {
        self.epochs.latest()
    }

    /// The leader epoch in which the record at `offset` was written.
    pub fn epoch_at(&self, offset: Offset) -> Option<LeaderEpoch> {
        self.epochs.at_offset(offset)
    }

    /// Every leader epoch with its start offset, ascending.
    pub fn leader_epochs(&self) -> &[(LeaderEpoch, Offset)] {
        self.epochs.entries()
    }

    /// The largest epoch up to `epoch` in the log, and its end offset; (-1, -1) if undefined (OffsetForLeaderEpoch).
    pub fn end_offset_for_epoch(&self, epoch: LeaderEpoch) -> (LeaderEpoch, Offset) {
        self.epochs.end_offset_for(epoch, self.end)
    }

    /// Notes that a leader's term begins at `start`, before its first append. The file is written with that append.
    ///
    /// # Errors
    /// [`LogError::Fenced`].
    pub fn assign_epoch_start(&mut self, epoch: LeaderEpoch, start: Offset) -> Result<(), LogError> {
        self.check_fence()?;
        self.epochs.announce(epoch, start);
        Ok(())
    }

    /// The last stable offset under a high watermark: what read_committed may see up to.
    pub fn last_stable_offset(&self, high_watermark: Offset) -> Offset {
        self.producers.first_unstable_offset(high_watermark).map_or(high_watermark, |first| first.min(high_watermark))
    }

    /// Tells that the high watermark moved, so that ended transactions below it are forgotten.
    pub fn on_high_watermark(&mut self, high_watermark: Offset) {
        self.producers.on_high_watermark(high_watermark);
    }

    /// Every producer that the log remembers.
    pub fn producers(&self) -> impl Iterator<Item = (ProducerId, &ProducerEntry)> {
        self.producers.iter()
    }

    /// What the log remembers of its producers.
    pub const fn producer_states(&self) -> &ProducerStates {
        &self.producers
    }

    /// Forgets producers that were idle too long. Returns how many.
    pub fn expire_producers(&mut self, now: TimestampMs) -> usize {
        self.producers.expire(now, self.config.producer_id_expiration_ms)
    }

    pub(super) fn active(&self) -> &Segment {
        self.segments.last().expect("a log always has a segment: open makes one and no removal takes the last")
    }

    pub(super) fn active_mut(&mut self) -> &mut Segment {
        self.segments.last_mut().expect("a log always has a segment: open makes one and no removal takes the last")
    }

    pub(super) fn check_fence(&self) -> Result<(), LogError> {
        match &self.fence {
            None => Ok(()),
            Some(cause) => Err(LogError::Fenced { path: self.dir.to_path_buf(), cause: Arc::clone(cause) }),
        }
    }

    /// Fences the log for an error, unless it is fenced already.
    pub(super) fn fenced_if_failed<T>(&mut self, result: Result<T, LogError>) -> Result<T, LogError> {
        if let Err(error) = &result
            && self.fence.is_none()
        {
            self.fence = Some(error.to_string().into());
        }
        result
    }

    /// Closes the files of all segments but the written one.
    pub fn release_closed(&self) {
        let active = self.segments.len() - 1;
        self.segments[..active].iter().for_each(Segment::release);
    }

    /// Closes files and frees indexes that are open for no reader or writer. The indexes are written first, so that
    /// the next read finds its way. Cheap if the log is idle already.
    ///
    /// # Errors
    /// [`LogError`] if an index cannot be written; the log is fenced then.
    pub fn release_idle(&mut self) -> Result<(), LogError> {
        self.check_fence()?;
        let sealed = self.active_mut().seal();
        self.fenced_if_failed(sealed)?;
        self.segments.iter().for_each(Segment::release);
        Ok(())
    }
}
