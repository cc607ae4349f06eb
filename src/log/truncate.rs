//! Cutting the log: at its end for a follower that diverged, at its start for DeleteRecords.

use super::error::LogError;
use super::files::{FileKind, parse_file_name};
use super::handle::Log;
use super::open::{RecoveryReport, names, remove_all};
use super::producers::ProducerStates;
use super::segment::Segment;
use crate::model::{Offset, TimestampMs};
use std::collections::BTreeSet;

impl Log {
    /// Removes every record at or above `offset`, and terms that begin there. Whether there was any record.
    ///
    /// # Errors
    /// [`LogError`]; the log is fenced then.
    pub fn truncate_to(&mut self, offset: Offset, now: TimestampMs) -> Result<bool, LogError> {
        self.check_fence()?;
        if offset >= self.end {
            // A term may stand at the end in which this broker led and wrote nothing.
            self.epochs.withdraw(self.end);
            return Ok(false);
        }
        if offset < self.segments[0].base {
            return self.truncate_fully_and_start_at(offset, now).map(|()| true);
        }
        let result = self.cut(offset, now);
        self.fenced_if_failed(result)?;
        Ok(true)
    }

    fn cut(&mut self, offset: Offset, now: TimestampMs) -> Result<(), LogError> {
        self.cuts += 1;
        let keep = self.segment_index(offset) + 1;
        for mut segment in self.segments.split_off(keep) {
            remove_all(segment.retire()?)?;
        }
        let config = std::sync::Arc::clone(&self.config);
        self.active_mut().truncate_to(offset, &config)?;
        self.end = offset;
        self.damage.take_if(|damage| damage.from >= offset);
        self.start = self.start.min(offset);
        self.recovery_point = self.recovery_point.min(offset);
        self.marked = self.marked.min(offset);
        if self.epochs.truncate_from_end(offset) {
            self.epochs.write()?;
        }
        self.rebuild_producers(now)
    }

    /// Removes every record and begins anew at `offset`, as a follower does whose log ends before its leader's begins.
    ///
    /// # Errors
    /// [`LogError`]; the log is fenced then.
    pub fn truncate_fully_and_start_at(&mut self, offset: Offset, now: TimestampMs) -> Result<(), LogError> {
        self.check_fence()?;
        let result = self.begin_anew(offset, now);
        self.fenced_if_failed(result)
    }

    fn begin_anew(&mut self, offset: Offset, now: TimestampMs) -> Result<(), LogError> {
        self.cuts += 1;
        for mut segment in std::mem::take(&mut self.segments) {
            // The log is never without a segment, not even if this fails half way.
            if self.segments.is_empty() {
                self.segments.push(Segment::new(std::sync::Arc::clone(&self.dir), offset, 0, now));
            }
            remove_all(segment.retire()?)?;
        }
        (self.start, self.end, self.damage) = (offset, offset, None);
        self.recovery_point = self.recovery_point.min(offset);
        (self.marked, self.unmarked) = (self.recovery_point, 0);
        self.ensure_dir()?;
        self.epochs.clear()?;
        self.rebuild_producers(now)
    }

    fn rebuild_producers(&mut self, now: TimestampMs) -> Result<(), LogError> {
        let mut snapshots: BTreeSet<i64> = names(&self.dir)?
            .iter()
            .filter_map(|name| match parse_file_name(name) {
                Some((offset, FileKind::Snapshot, "")) => Some(offset.0),
                _ => None,
            })
            .collect();
        for gone in snapshots.split_off(&(self.end.0 + 1)) {
            self.remove_snapshot(Offset(gone))?;
        }
        self.producers = ProducerStates::default();
        let mut report = RecoveryReport::default();
        let from = self.load_snapshot(&mut snapshots, self.end, now, &mut report)?;
        self.last_snapshot = Offset(snapshots.last().copied().unwrap_or(0));
        // The transaction indexes were cut with their segments, and lack nothing.
        self.replay_producers(from, self.end)
    }

    /// Raises the log start offset: records below are not served any more (DeleteRecords, or a leader's start at a
    /// follower). Segments that lie wholly below go at the next [`Log::delete_old_segments`]. Whether it was raised.
    ///
    /// # Errors
    /// [`LogError`]; the log is fenced then.
    pub fn delete_records(&mut self, log_start: Offset) -> Result<bool, LogError> {
        self.check_fence()?;
        if log_start <= self.start {
            return Ok(false);
        }
        let result = self.raise_start(log_start.min(self.end));
        self.fenced_if_failed(result)?;
        Ok(true)
    }

    pub(super) fn raise_start(&mut self, start: Offset) -> Result<(), LogError> {
        self.start = self.start.max(start);
        self.producers.on_log_start(self.start);
        if self.epochs.truncate_from_start(self.start) { self.epochs.write() } else { Ok(()) }
    }
}
