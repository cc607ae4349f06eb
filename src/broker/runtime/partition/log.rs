//! The log of a partition as the partition holds it: a pointer, until there is something to keep.

use std::cell::OnceCell;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::broker::state::replication::ReplicaLog;
use crate::log::{Log, LogConfig, LogError, TimestampOffset};
use crate::model::{LeaderEpoch, Offset, TimestampMs, TopicPartition};

/// A log that takes memory from the first append or read of records on. Until then it is a place and an offset: most
/// partitions of a large broker never hold a record, and a [`Log`] is larger than all else that they cost.
///
/// It is used as the [`Log`] that it dereferences to. That makes one, in memory, if there is none; so what idle
/// partitions are asked has an answer of its own here, and chores that walk over all partitions go by
/// [`PartitionLog::made`].
#[derive(Debug)]
pub struct PartitionLog {
    log_dir: Arc<Path>,
    name: TopicPartition,
    config: Arc<LogConfig>,
    /// Where the log begins, and ends, while it is not made.
    start: Offset,
    /// The term that begins there; none while it is below zero.
    epoch: LeaderEpoch,
    log: OnceCell<Box<Log>>,
}

impl PartitionLog {
    /// The log of a partition that has no directory yet, or one that was not opened yet.
    pub(super) const fn new(
        log_dir: Arc<Path>,
        name: TopicPartition,
        config: Arc<LogConfig>,
        start: Offset,
    ) -> PartitionLog {
        PartitionLog { log_dir, name, config, start, epoch: LeaderEpoch::NONE, log: OnceCell::new() }
    }

    /// Puts a log that was opened into its place.
    pub(super) fn put(&mut self, log: Log) {
        self.log = OnceCell::from(Box::new(log));
    }

    /// Puts a log in another log directory in the place of this one.
    pub(super) fn replace(&mut self, log_dir: Arc<Path>, log: Box<Log>) {
        (self.log_dir, self.log) = (log_dir, OnceCell::from(log));
    }

    /// The partition's directory.
    pub(super) fn path(&self) -> PathBuf {
        self.log_dir.join(self.name.to_string())
    }

    /// The log, if there is one: a partition that never held a record has none.
    pub fn made(&self) -> Option<&Log> {
        self.log.get().map(|log| &**log)
    }

    /// The same, to be changed.
    pub fn made_mut(&mut self) -> Option<&mut Log> {
        self.log.get_mut().map(|log| &mut **log)
    }

    fn make(&self) -> Box<Log> {
        let mut log = Log::unborn(&self.path(), Arc::clone(&self.config), self.start, TimestampMs::now());
        // A log that was just made is not fenced.
        let _ = log.assign_epoch_start(self.epoch, self.start);
        Box::new(log)
    }

    /// Log start offset.
    pub fn start_offset(&self) -> Offset {
        self.made().map_or(self.start, Log::start_offset)
    }

    /// Log end offset.
    pub fn end_offset(&self) -> Offset {
        self.made().map_or(self.start, Log::end_offset)
    }

    /// Everything below was synced to disk.
    pub fn recovery_point(&self) -> Offset {
        self.made().map_or(self.start, Log::recovery_point)
    }

    /// The offset of the last mark.
    pub fn marked(&self) -> Offset {
        self.made().map_or(self.start, Log::marked)
    }

    /// Bytes of all segments.
    pub fn size(&self) -> u64 {
        self.made().map_or(0, Log::size)
    }

    /// The leader epoch in which the record at `offset` was, or is to be, written.
    pub fn epoch_at(&self, offset: Offset) -> Option<LeaderEpoch> {
        match self.made() {
            Some(log) => log.epoch_at(offset),
            None => (self.epoch != LeaderEpoch::NONE && offset >= self.start).then_some(self.epoch),
        }
    }

    /// The newest leader epoch in the log, or announced at its end.
    pub fn latest_epoch(&self) -> Option<LeaderEpoch> {
        match self.made() {
            Some(log) => log.latest_epoch(),
            None => (self.epoch != LeaderEpoch::NONE).then_some(self.epoch),
        }
    }

    /// Removes every record at or above `offset`, and terms that begin there.
    ///
    /// # Errors
    /// [`LogError`]; the log is fenced then.
    pub fn truncate_to(&mut self, offset: Offset, now: TimestampMs) -> Result<(), LogError> {
        match self.made_mut() {
            Some(log) => log.truncate_to(offset, now).map(drop),
            None => {
                self.begin_at(self.start.min(offset));
                Ok(())
            }
        }
    }

    /// Removes every record, and begins anew at `offset`.
    ///
    /// # Errors
    /// [`LogError`]; the log is fenced then.
    pub fn start_over(&mut self, offset: Offset, now: TimestampMs) -> Result<(), LogError> {
        match self.made_mut() {
            Some(log) => log.truncate_fully_and_start_at(offset, now),
            None => {
                self.begin_at(offset);
                Ok(())
            }
        }
    }

    fn begin_at(&mut self, start: Offset) {
        (self.start, self.epoch) = (start, LeaderEpoch::NONE);
    }

    /// The largest epoch up to `epoch` in the log, and its end offset; (-1, -1) if undefined (OffsetForLeaderEpoch).
    pub fn end_offset_for_epoch(&self, epoch: LeaderEpoch) -> (LeaderEpoch, Offset) {
        match self.made() {
            Some(log) => log.end_offset_for_epoch(epoch),
            // What was before the only term known ended where that begins, which is here.
            None if LeaderEpoch::NONE < epoch && epoch <= self.epoch => (epoch, self.start),
            None => (LeaderEpoch::NONE, Offset::NONE),
        }
    }

    /// The first record with a timestamp at or after `timestamp`.
    ///
    /// # Errors
    /// [`LogError`] if the disk fails or the batch that holds it is damaged.
    pub fn offset_for_timestamp(&self, timestamp: TimestampMs) -> Result<Option<TimestampOffset>, LogError> {
        self.made().map_or(Ok(None), |log| log.offset_for_timestamp(timestamp))
    }

    /// The first record that bears the largest timestamp of the log.
    ///
    /// # Errors
    /// [`LogError`] if the disk fails or the batch that holds it is damaged.
    pub fn offset_of_max_timestamp(&self) -> Result<Option<TimestampOffset>, LogError> {
        self.made().map_or(Ok(None), Log::offset_of_max_timestamp)
    }

    /// The last stable offset under a high watermark.
    pub fn last_stable_offset(&self, high_watermark: Offset) -> Offset {
        self.made().map_or(high_watermark, |log| log.last_stable_offset(high_watermark))
    }

    /// Tells that the high watermark moved.
    pub fn on_high_watermark(&mut self, high_watermark: Offset) {
        if let Some(log) = self.made_mut() {
            log.on_high_watermark(high_watermark);
        }
    }

    /// Notes that a leader's term begins at the log's end, before its first append.
    ///
    /// # Errors
    /// [`LogError::Fenced`].
    pub fn begin_epoch(&mut self, epoch: LeaderEpoch) -> Result<(), LogError> {
        match self.made_mut() {
            Some(log) => log.assign_epoch_start(epoch, log.end_offset()),
            None => {
                self.epoch = epoch;
                Ok(())
            }
        }
    }

    /// Puts other settings in force, from the next append on.
    pub fn set_config(&mut self, config: Arc<LogConfig>) {
        if let Some(log) = self.made_mut() {
            log.set_config(Arc::clone(&config));
        }
        self.config = config;
    }
}

impl ReplicaLog for PartitionLog {
    fn end(&self) -> Offset {
        self.end_offset()
    }

    fn latest_epoch(&self) -> LeaderEpoch {
        PartitionLog::latest_epoch(self).unwrap_or(LeaderEpoch::NONE)
    }

    fn end_offset_for_epoch(&self, epoch: LeaderEpoch) -> (LeaderEpoch, Offset) {
        PartitionLog::end_offset_for_epoch(self, epoch)
    }
}

/// The copy of a log that moves to another directory.
impl ReplicaLog for Log {
    fn end(&self) -> Offset {
        self.end_offset()
    }

    fn latest_epoch(&self) -> LeaderEpoch {
        Log::latest_epoch(self).unwrap_or(LeaderEpoch::NONE)
    }

    fn end_offset_for_epoch(&self, epoch: LeaderEpoch) -> (LeaderEpoch, Offset) {
        Log::end_offset_for_epoch(self, epoch)
    }
}

impl Deref for PartitionLog {
    type Target = Log;

    fn deref(&self) -> &Log {
        self.log.get_or_init(|| self.make())
    }
}

impl DerefMut for PartitionLog {
    fn deref_mut(&mut self) -> &mut Log {
        if self.log.get().is_none() {
            self.log = OnceCell::from(self.make());
        }
        self.log.get_mut().expect("it was made a line above, if it was not there")
    }
}
