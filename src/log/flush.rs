//! Durability: flushing, checkpoints, and closing in order.

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;

use super::error::{IoContext, LogError};
use super::files::{FileKind, segment_file_name, sync_dir};
use super::handle::Log;
use super::open::remove_all;
use crate::model::{Offset, TimestampMs};

/// The files that a flush must sync, so that it can be done without the log's lock.
///
/// Sync it once; if that fails, give the error to [`Log::flushed`], which fences the log. A failed sync must not be
/// tried again: the kernel may have dropped the pages that it could not write.
#[derive(Debug)]
pub struct FlushTicket {
    files: Vec<(Arc<File>, PathBuf)>,
    dir: Option<Arc<std::path::Path>>,
    /// Base offsets of the segments whose names the sync of `dir` makes durable.
    new: Vec<Offset>,
    up_to: Offset,
    /// How often the log had been cut when the ticket was made.
    cuts: u64,
}

impl FlushTicket {
    /// Everything below is durable once [`FlushTicket::sync`] succeeded.
    pub const fn up_to(&self) -> Offset {
        self.up_to
    }

    #[cfg(test)]
    pub(super) const fn syncs_directory(&self) -> bool {
        self.dir.is_some()
    }

    /// Syncs the files, and the directory if a file in it is new.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn sync(&self) -> Result<(), LogError> {
        for (file, path) in &self.files {
            file.sync_data().at("sync", path)?;
        }
        self.dir.as_ref().map_or(Ok(()), |dir| sync_dir(dir))
    }
}

impl Log {
    /// The files to sync so that everything appended so far is durable; `None` if all is.
    ///
    /// # Errors
    /// [`LogError`] if a file cannot be opened or the log is fenced.
    pub fn flush_ticket(&self) -> Result<Option<FlushTicket>, LogError> {
        self.check_fence()?;
        if self.recovery_point >= self.end {
            return Ok(None);
        }
        let first = self.segment_index(self.recovery_point);
        let (mut files, mut new) = (Vec::new(), Vec::new());
        let active = self.segments.len() - 1;
        for (i, segment) in self.segments.iter().enumerate().skip(first).filter(|(_, segment)| segment.size > 0) {
            files.push((segment.file()?, segment.path(FileKind::Log)));
            if segment.is_new {
                new.push(segment.base);
            }
            let mut also = |kind| {
                let path = segment.path(kind);
                files.push((Arc::new(File::open(&path).at("open", &path)?), path));
                Ok::<_, LogError>(())
            };
            if segment.has_aborted {
                also(FileKind::TxnIndex)?;
            }
            // Indexes are trusted once the recovery point has passed them: sealed ones in whole, the written one as far
            // as the last mark brought it.
            if i < active || self.marked > self.recovery_point {
                also(FileKind::OffsetIndex)?;
                also(FileKind::TimeIndex)?;
            }
        }
        let dir = (!new.is_empty()).then(|| Arc::clone(&self.dir));
        Ok(Some(FlushTicket { files, dir, new, up_to: self.end, cuts: self.cuts }))
    }

    /// Books the outcome of a ticket's sync. Tickets of one log are synced one after the other: the kernel tells of a
    /// failed write once, so of two syncs at the same time one could take the error and the other claim success.
    ///
    /// # Errors
    /// The ticket's own error, after fencing the log; [`LogError::Fenced`] if it was fenced meanwhile.
    pub fn flushed(
        &mut self,
        ticket: &FlushTicket,
        result: Result<(), LogError>,
        now: TimestampMs,
    ) -> Result<(), LogError> {
        self.fenced_if_failed(result)?;
        self.check_fence()?;
        // After a cut, other records may stand where the synced ones stood.
        if ticket.cuts != self.cuts {
            return Ok(());
        }
        if !ticket.new.is_empty() {
            self.segments.iter_mut().filter(|s| ticket.new.contains(&s.base)).for_each(|s| s.is_new = false);
        }
        self.recovery_point = self.recovery_point.max(ticket.up_to);
        self.last_flush = now;
        Ok(())
    }

    /// Makes everything below `up_to` durable, and whatever else stands in the same segments.
    ///
    /// # Errors
    /// [`LogError`]; the log is fenced then.
    pub fn flush(&mut self, up_to: Offset, now: TimestampMs) -> Result<(), LogError> {
        if up_to <= self.recovery_point {
            return Ok(());
        }
        let ticket = self.flush_ticket();
        match self.fenced_if_failed(ticket)? {
            Some(ticket) => self.flushed(&ticket, ticket.sync(), now),
            None => Ok(()),
        }
    }

    /// Whether `flush.ms` asks for a flush.
    pub fn flush_due(&self, now: TimestampMs) -> bool {
        self.recovery_point < self.end && self.config.flush_ms.is_some_and(|ms| now - self.last_flush >= ms)
    }

    /// Flushes, and writes the active index and a producer snapshot, so that a start after a crash reads only what
    /// came after. Returns the recovery point to be put into the checkpoint file.
    ///
    /// # Errors
    /// [`LogError`]; the log is fenced then.
    pub fn checkpoint(&mut self, now: TimestampMs) -> Result<Offset, LogError> {
        self.prepare_checkpoint()?;
        self.flush(self.end, now)?;
        Ok(self.recovery_point)
    }

    /// The part of a checkpoint that needs the log's lock: index and snapshot are written, a [`FlushTicket`] may follow
    /// and syncs them with the data.
    ///
    /// # Errors
    /// [`LogError`]; the log is fenced then.
    pub fn prepare_checkpoint(&mut self) -> Result<(), LogError> {
        if self.recovery_point < self.end { self.mark() } else { self.check_fence() }
    }

    /// Writes what a start needs to trust the log up to here: the active index and a producer snapshot. Nothing is
    /// synced. What was written outlives the process as long as the system runs, so that a start after a kill begins
    /// its scan at the mark; after a crash of the system the recovery point alone counts.
    ///
    /// # Errors
    /// [`LogError`]; the log is fenced then.
    pub fn mark(&mut self) -> Result<(), LogError> {
        self.check_fence()?;
        if self.marked < self.end {
            let (end, result) = (self.end, self.active_mut().write_indexes());
            self.fenced_if_failed(result)?;
            let result = self.take_snapshot(end);
            self.fenced_if_failed(result)?;
            (self.marked, self.unmarked) = (end, 0);
        }
        Ok(())
    }

    /// Closes the log in order: indexes, snapshot and data on disk. After this the directory may be marked clean.
    ///
    /// # Errors
    /// [`LogError`] if anything could not be written: then the directory must not be marked clean.
    pub fn close_clean(&mut self, now: TimestampMs) -> Result<Offset, LogError> {
        self.check_fence()?;
        self.active_mut().seal()?;
        self.take_snapshot(self.end)?;
        (self.marked, self.unmarked) = (self.end, 0);
        self.flush(self.end, now)?;
        remove_all(std::mem::take(&mut self.retired).into_iter().map(|(_, path)| path).collect())?;
        Ok(self.recovery_point)
    }

    /// Writes the producer state as of `offset`. One snapshot for each segment's base is kept, and the newest.
    ///
    /// It is renamed into place but not synced: its checksum tells a torn one, and the batches can replace it.
    pub(super) fn take_snapshot(&mut self, offset: Offset) -> Result<(), LogError> {
        if offset <= self.last_snapshot {
            return Ok(());
        }
        let path = self.dir.join(segment_file_name(offset, FileKind::Snapshot));
        let tmp = path.with_extension("snapshot.tmp");
        fs::write(&tmp, self.producers.snapshot()).at("write to", &tmp)?;
        fs::rename(&tmp, &path).at("rename to", &path)?;
        let previous = std::mem::replace(&mut self.last_snapshot, offset);
        if !self.segments.iter().any(|segment| segment.base == previous) {
            remove_all(vec![self.dir.join(segment_file_name(previous, FileKind::Snapshot))])?;
        }
        Ok(())
    }
}
