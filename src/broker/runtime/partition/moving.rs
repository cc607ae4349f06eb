//! A partition whose replica moves to another log directory: what its copy lacks, and the swap of the two logs
//! (`Partition.maybeReplaceCurrentWithFutureReplica`, `LogManager.replaceCurrentWithFutureLog`).

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::following::{MOST_BYTES, check, parts};
use super::{Home, Inner, Partition};
use crate::broker::state::moves::{Span, parting};
use crate::log::files::{delete_dir_name, sync_dir};
use crate::log::{AppendError, FileSlice, Log, LogError, ReadError};
use crate::model::{Offset, TimestampMs};

/// Bytes that are copied at once, at most, where a batch is not larger: also what a swap may copy under the
/// partition's lock, while appends wait.
pub const COPIED_AT_ONCE: usize = 1 << 20;

/// What a partition shows of itself to its copy.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Where its log begins and ends.
    pub current: Span,
    /// Where the two part, if they do.
    pub parted: Option<Offset>,
    /// Whether what the copy lacks is no more than is copied at once.
    pub near: bool,
}

/// Why a copy did not get on.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The partition is out of service: deleted, moved away, or its disk failed.
    #[error("the partition is out of service")]
    Gone,
    /// The disk of the copy failed.
    #[error(transparent)]
    Copy(LogError),
    /// What stands in the current log cannot be appended to another.
    #[error("the records from {from} on cannot be copied: {cause}")]
    Records {
        /// The copy's end.
        from: Offset,
        /// Why.
        cause: AppendError,
    },
}

/// What became of a swap.
#[derive(Debug)]
pub enum Swapped {
    /// The copy is the partition's log now; the directory of the former one was renamed to this, if it had one.
    Done(Option<PathBuf>),
    /// The copy has not all yet.
    NotYet,
}

impl Partition {
    /// Compares the log with its copy.
    ///
    /// # Errors
    /// [`CopyError::Gone`].
    pub fn look(&self, copy: &Log) -> Result<Look, CopyError> {
        let inner = self.lock();
        self.check_moves()?;
        let current = Span { start: inner.log.start_offset(), end: inner.log.end_offset() };
        let parted = parting(copy, &inner.log);
        let near = match self.lacking(&inner, copy) {
            Ok(lacking) => lacking.is_none_or(|slice| slice.upper_bound >= current.end),
            // It is to begin elsewhere, or a disk has failed: copying tells.
            Err(_) => false,
        };
        Ok(Look { current, parted, near })
    }

    /// Appends to the copy what it lacks, as much as is copied at once. Gives how many bytes that was: none also when the
    /// log was cut meanwhile.
    ///
    /// # Errors
    /// [`CopyError`]. A fault of the partition's own disk takes it out of service.
    pub fn copy_to(&self, copy: &mut Log, now: TimestampMs) -> Result<u64, CopyError> {
        let (slice, cuts) = {
            let mut inner = self.lock();
            self.check_moves()?;
            match self.lacking(&inner, copy) {
                Ok(Some(slice)) => (slice, inner.log.cuts()),
                Ok(None) | Err(ReadError::OutOfRange { .. }) => return Ok(0),
                Err(ReadError::Log(fault)) => return Err(self.source_fault(&mut inner, &fault)),
            }
        };
        if let Some(page_cache) = self.background.page_cache.as_ref().filter(|_| !slice.hot) {
            page_cache.read((&slice).into());
        }
        let read = read(&slice);
        let mut inner = self.lock();
        self.check_moves()?;
        if inner.log.cuts() != cuts {
            // Something else may stand there by now, or begin.
            return Ok(0);
        }
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(e) => {
                let fault = read_fault(inner.log.path(), e);
                return Err(self.source_fault(&mut inner, &fault));
            }
        };
        drop(inner);
        append(copy, &bytes, now)
    }

    /// Puts the copy in the place of the log, if it has all of it but what may be copied at once. Appends wait meanwhile,
    /// reads that have begun go on in the files of the former log. `note` is called with the copy and the high watermark
    /// before the directories get their new names, `store` with the copy takes over what it is then.
    ///
    /// The former log's directory is renamed first: if the broker is killed then, the copy alone is left, and a start
    /// finds that it has all.
    ///
    /// # Errors
    /// [`CopyError`]. The former log is in place then, unless the error is of a sync.
    pub fn swap(
        &self,
        copy: &mut Option<Box<Log>>,
        home: &Arc<Home>,
        now: TimestampMs,
        note: impl FnOnce(&Log, Offset) -> Result<(), LogError>,
    ) -> Result<Swapped, CopyError> {
        // No sync of the former log may end after this, and none of the new one before its names are durable.
        let _no_syncs = self.syncing.lock();
        let mut inner = self.lock();
        self.check_moves()?;
        let Some(log) = copy.as_deref_mut() else { return Ok(Swapped::NotYet) };
        if !self.catch_up(&mut inner, log, now)? {
            return Ok(Swapped::NotYet);
        }
        let high_watermark = inner.state.high_watermark();
        ready(&inner, log, now).and_then(|()| note(log, high_watermark)).map_err(CopyError::Copy)?;

        let (from, former) = (self.log_dir(), inner.log.path());
        let grave = former.with_file_name(delete_dir_name(&self.name));
        let buried = match fs::rename(&former, &grave) {
            Ok(()) => true,
            // It never held a record.
            Err(e) if e.kind() == io::ErrorKind::NotFound => false,
            Err(source) => {
                let fault = LogError::Io { action: "rename", path: former, source };
                return Err(self.source_fault(&mut inner, &fault));
            }
        };
        if let Err(fault) = log.rename_to(&home.log_dir.join(self.name.to_string())) {
            if buried && let Err(source) = fs::rename(&grave, &former) {
                let fault = LogError::Io { action: "rename back", path: former, source };
                return Err(self.source_fault(&mut inner, &fault));
            }
            return Err(CopyError::Copy(fault));
        }
        if let Some(log) = copy.take() {
            inner.log.replace(Arc::clone(&home.log_dir), log);
        }
        self.home.store(Arc::clone(home));
        self.settle_in(&mut inner);
        drop(inner);
        sync_dir(&home.log_dir).and_then(|()| sync_dir(&from)).map_err(CopyError::Copy)?;
        Ok(Swapped::Done(buried.then_some(grave)))
    }

    /// What the copy lacks, as much as is copied at once.
    fn lacking(&self, inner: &Inner, copy: &Log) -> Result<Option<FileSlice>, ReadError> {
        match inner.log.made() {
            Some(log) => log.read(copy.end_offset(), COPIED_AT_ONCE, log.end_offset(), true),
            None => Ok(None),
        }
    }

    /// Copies the rest under the lock. Whether the copy has all then.
    fn catch_up(&self, inner: &mut Inner, copy: &mut Log, now: TimestampMs) -> Result<bool, CopyError> {
        let rest = match self.lacking(inner, copy) {
            Ok(rest) => rest,
            Err(ReadError::OutOfRange { .. }) => return Ok(false),
            Err(ReadError::Log(fault)) => return Err(self.source_fault(inner, &fault)),
        };
        if let Some(slice) = rest.filter(|slice| slice.upper_bound >= inner.log.end_offset()) {
            let read = read(&slice).map_err(|e| read_fault(inner.log.path(), e));
            let bytes = read.map_err(|fault| self.source_fault(inner, &fault))?;
            append(copy, &bytes, now)?;
        }
        let same_end = copy.end_offset() == inner.log.end_offset();
        Ok(same_end && copy.start_offset() <= inner.log.start_offset() && parting(copy, &inner.log).is_none())
    }

    /// Brings what the partition knows of its log in line with one that took another's place.
    fn settle_in(&self, inner: &mut Inner) {
        self.identified.store(true, Ordering::Release);
        inner.asked_for_mark = false;
        let epoch = inner.state.assignment().leader_epoch;
        if inner.state.is_leader() && inner.log.latest_epoch() != Some(epoch) {
            // A log that was just written to is not fenced.
            let _ = inner.log.begin_epoch(epoch);
        }
        self.stir(inner);
    }

    fn check_moves(&self) -> Result<(), CopyError> {
        if self.is_offline() { Err(CopyError::Gone) } else { Ok(()) }
    }

    fn source_fault(&self, inner: &mut Inner, fault: &LogError) -> CopyError {
        if !self.is_offline() {
            self.fault_under(inner, fault);
        }
        CopyError::Gone
    }
}

/// What is left to do before the copy may serve: as durable as the log whose place it takes, and all that one knew.
fn ready(inner: &Inner, copy: &mut Log, now: TimestampMs) -> Result<(), LogError> {
    copy.delete_records(inner.log.start_offset())?;
    if copy.recovery_point() < inner.log.recovery_point() {
        copy.flush(copy.end_offset(), now)?;
    }
    if let Some(current) = inner.log.made() {
        copy.take_producers_of(current);
    }
    copy.mark()
}

fn read(slice: &FileSlice) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; slice.len];
    slice.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}

const fn read_fault(path: PathBuf, source: io::Error) -> LogError {
    LogError::Io { action: "read", path, source }
}

/// Appends batches of the current log to the copy.
fn append(copy: &mut Log, bytes: &[u8], now: TimestampMs) -> Result<u64, CopyError> {
    let from = copy.end_offset();
    let failed = |error: AppendError| match error {
        AppendError::Log(fault) => CopyError::Copy(fault),
        cause => CopyError::Records { from, cause },
    };
    let batches = check(bytes).map_err(|error| failed(AppendError::Batch(error)))?;
    let Some(first) = batches.first() else { return Ok(0) };
    let is_empty = copy.start_offset() == from;
    if is_empty && first.header.base_offset < from && from < first.header.next_offset() {
        // The current log starts within a batch (DeleteRecords): the copy begins with the whole of it.
        copy.truncate_fully_and_start_at(first.header.base_offset, now).map_err(CopyError::Copy)?;
    }
    let segment_bytes = usize::try_from(copy.config().segment_bytes).unwrap_or(usize::MAX);
    let mut copied = 0;
    for part in parts(&batches, segment_bytes.min(MOST_BYTES)) {
        copied += copy.append_as_follower(part, now).map_err(failed)?.bytes;
    }
    Ok(copied)
}
