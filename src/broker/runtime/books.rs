//! The offsets of a log directory that go into its checkpoint files, kept in memory between writes: a pass changes the
//! lines of the partitions that moved, and writes a file only if a line of it did.

use std::collections::BTreeMap;
use std::path::Path;

use tracing::warn;

use crate::log::LogError;
use crate::log::files::{
    LOG_START_OFFSET_CHECKPOINT, RECOVERY_POINT_CHECKPOINT, REPLICATION_OFFSET_CHECKPOINT, read_offsets, read_written,
    write_offsets, write_written,
};
use crate::model::{Offset, TopicPartition};

/// The lines of one checkpoint file. A partition without a line stands at 0, for Kafka too, so that partitions that
/// never held a record have none.
#[derive(Debug, Default)]
pub struct Book {
    offsets: BTreeMap<TopicPartition, Offset>,
    changed: bool,
}

impl Book {
    fn of(offsets: BTreeMap<TopicPartition, Offset>) -> Book {
        Book { offsets, changed: false }
    }

    /// The offset of a partition.
    pub fn get(&self, name: &TopicPartition) -> Offset {
        self.offsets.get(name).copied().unwrap_or(Offset::ZERO)
    }

    /// Changes the line of a partition.
    pub fn set(&mut self, name: &TopicPartition, offset: Offset) {
        if self.get(name) == offset {
            return;
        }
        self.changed = true;
        if offset == Offset::ZERO {
            self.offsets.remove(name);
        } else if let Some(line) = self.offsets.get_mut(name) {
            *line = offset;
        } else {
            self.offsets.insert(name.clone(), offset);
        }
    }

    fn retain(&mut self, held: &impl Fn(&TopicPartition) -> bool) {
        let before = self.offsets.len();
        self.offsets.retain(|name, _| held(name));
        self.changed |= self.offsets.len() != before;
    }

    /// Gives the lines to `write` if one changed since the last time that this went well.
    fn write_with(
        &mut self,
        write: impl FnOnce(&BTreeMap<TopicPartition, Offset>) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        if self.changed {
            write(&self.offsets)?;
            self.changed = false;
        }
        Ok(())
    }
}

/// The checkpoint files of one directory.
#[derive(Debug, Default)]
pub struct Books {
    /// Up to where each log is on disk.
    pub recovery_points: Book,
    /// High watermarks.
    pub high_watermarks: Book,
    /// Log start offsets that are not their first segment's base.
    pub log_starts: Book,
    /// Up to where each log was marked (`Log::mark`).
    pub written: Book,
}

impl Books {
    /// Reads what stands in the directory. A stale or torn checkpoint costs a longer recovery, never data.
    pub fn open(dir: &Path) -> Books {
        let read = |name: &str| {
            let read = read_offsets(&dir.join(name));
            Book::of(read.inspect_err(|fault| warn!(error = %fault, "checkpoint ignored")).unwrap_or_default())
        };
        Books {
            recovery_points: read(RECOVERY_POINT_CHECKPOINT),
            high_watermarks: read(REPLICATION_OFFSET_CHECKPOINT),
            log_starts: read(LOG_START_OFFSET_CHECKPOINT),
            written: Book::of(read_written(dir)),
        }
    }

    /// Forgets a partition that is not held any more.
    pub fn forget(&mut self, name: &TopicPartition) {
        for book in [&mut self.recovery_points, &mut self.high_watermarks, &mut self.log_starts, &mut self.written] {
            book.set(name, Offset::ZERO);
        }
    }

    /// Forgets all partitions but those held.
    pub fn retain(&mut self, held: impl Fn(&TopicPartition) -> bool) {
        for book in [&mut self.recovery_points, &mut self.high_watermarks, &mut self.log_starts, &mut self.written] {
            book.retain(&held);
        }
    }

    /// Brings `recovery-point-offset-checkpoint` up to date.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn write_recovery_points(&mut self, dir: &Path) -> Result<(), LogError> {
        self.recovery_points.write_with(|offsets| write_offsets(&dir.join(RECOVERY_POINT_CHECKPOINT), offsets))
    }

    /// Brings `replication-offset-checkpoint` up to date.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn write_high_watermarks(&mut self, dir: &Path) -> Result<(), LogError> {
        self.high_watermarks.write_with(|offsets| write_offsets(&dir.join(REPLICATION_OFFSET_CHECKPOINT), offsets))
    }

    /// Brings `log-start-offset-checkpoint` up to date.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn write_log_starts(&mut self, dir: &Path) -> Result<(), LogError> {
        self.log_starts.write_with(|offsets| write_offsets(&dir.join(LOG_START_OFFSET_CHECKPOINT), offsets))
    }

    /// Brings the file of what was written, but not synced, up to date.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn write_written(&mut self, dir: &Path) -> Result<(), LogError> {
        self.written.write_with(|offsets| write_written(dir, offsets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TopicName;

    fn name(partition: i32) -> TopicPartition {
        TopicPartition::new(TopicName::new("t").unwrap(), partition)
    }

    #[test]
    fn a_file_is_written_only_if_a_line_of_it_changed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(RECOVERY_POINT_CHECKPOINT);
        let mut books = Books::open(dir.path());
        books.recovery_points.set(&name(0), Offset::ZERO);
        books.write_recovery_points(dir.path()).unwrap();
        assert!(!path.exists(), "a partition at 0 has no line");
        books.recovery_points.set(&name(1), Offset(5));
        books.write_recovery_points(dir.path()).unwrap();
        std::fs::remove_file(&path).unwrap();
        books.recovery_points.set(&name(1), Offset(5));
        books.write_recovery_points(dir.path()).unwrap();
        assert!(!path.exists());
        books.recovery_points.set(&name(1), Offset(6));
        books.write_recovery_points(dir.path()).unwrap();
        assert_eq!(Books::open(dir.path()).recovery_points.get(&name(1)), Offset(6));
    }

    #[test]
    fn partitions_that_are_gone_lose_their_lines() {
        let dir = tempfile::tempdir().unwrap();
        let mut books = Books::open(dir.path());
        (0..3).for_each(|n| books.high_watermarks.set(&name(n), Offset(7)));
        books.forget(&name(0));
        books.retain(|held| *held == name(2));
        books.write_high_watermarks(dir.path()).unwrap();
        let read = Books::open(dir.path());
        assert_eq!([0, 1, 2].map(|n| read.high_watermarks.get(&name(n)).get()), [0, 0, 7]);
    }
}
