//! A log directory (`log.dirs`): its lock, its checkpoints and the logs that stand in it.
//!
//! Every error names a path under the directory; the caller takes the whole directory offline for one, and no other.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::{IoContext, LogError};
use super::files::{
    DirKind, DirLock, LOG_START_OFFSET_CHECKPOINT, MetaProperties, RECOVERY_POINT_CHECKPOINT,
    REPLICATION_OFFSET_CHECKPOINT, parse_dir_name, read_offsets, read_partition_metadata, sync_dir,
    take_clean_shutdown, write_clean_shutdown, write_offsets,
};
use super::open::RecoverySpec;
use crate::model::{Offset, TopicPartition, Uuid};

/// A log directory that is in use by this process.
#[derive(Debug)]
pub struct LogDir {
    path: PathBuf,
    _lock: DirLock,
}

/// Why a log directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogDirError {
    /// Another broker, ours or Kafka's, has it.
    #[error("{} is in use by another broker: stop that one, or choose another log.dirs", .0.display())]
    Locked(PathBuf),
    /// The disk.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// A partition's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundLog {
    /// The partition that the name tells.
    pub partition: TopicPartition,
    /// Whether it is in use, a copy on the move, or left over.
    pub kind: DirKind,
    /// The directory.
    pub path: PathBuf,
}

impl FoundLog {
    /// The topic id in its `partition.metadata`, if there is one.
    ///
    /// # Errors
    /// [`LogError`] if the file cannot be read or is malformed.
    pub fn topic_id(&self) -> Result<Option<Uuid>, LogError> {
        read_partition_metadata(&self.path)
    }
}

/// The three offset checkpoints of a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpoints {
    /// `recovery-point-offset-checkpoint`.
    pub recovery_points: BTreeMap<TopicPartition, Offset>,
    /// `replication-offset-checkpoint`: high watermarks.
    pub high_watermarks: BTreeMap<TopicPartition, Offset>,
    /// `log-start-offset-checkpoint`.
    pub log_starts: BTreeMap<TopicPartition, Offset>,
}

impl Checkpoints {
    /// What is known of one log.
    pub fn spec(&self, partition: &TopicPartition, clean_shutdown: bool) -> RecoverySpec {
        let of = |offsets: &BTreeMap<_, Offset>| offsets.get(partition).copied().unwrap_or(Offset::ZERO);
        RecoverySpec {
            recovery_point: of(&self.recovery_points),
            log_start_offset: of(&self.log_starts),
            written: Offset::ZERO,
            clean_shutdown,
            only_torn: false,
        }
    }
}

impl LogDir {
    /// Makes the directory if need be and locks it.
    ///
    /// # Errors
    /// [`LogDirError`] if it is in use or the disk fails.
    pub fn open(path: &Path) -> Result<LogDir, LogDirError> {
        fs::create_dir_all(path).at("create", path)?;
        let lock = DirLock::try_acquire(path)?.ok_or_else(|| LogDirError::Locked(path.to_owned()))?;
        Ok(LogDir { path: path.to_owned(), _lock: lock })
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where a partition's log stands or will stand.
    pub fn partition_path(&self, partition: &TopicPartition) -> PathBuf {
        self.path.join(partition.to_string())
    }

    /// `meta.properties`, if the directory was formatted.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn meta_properties(&self) -> Result<Option<MetaProperties>, LogError> {
        MetaProperties::read(&self.path)
    }

    /// The partition directories, by partition. Other names are left alone.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn scan(&self) -> Result<Vec<FoundLog>, LogError> {
        scan_log_dir(&self.path)
    }

    /// Reads the checkpoints. One that is damaged counts as empty, which costs a longer recovery and no more; the
    /// notes say so.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn checkpoints(&self) -> Result<(Checkpoints, Vec<String>), LogError> {
        let mut notes = Vec::new();
        let mut read = |name: &str| match read_offsets(&self.path.join(name)) {
            Err(LogError::Corrupt { path, reason }) => {
                notes.push(format!("{} was ignored: {reason}", path.display()));
                Ok(BTreeMap::new())
            }
            result => result,
        };
        let checkpoints = Checkpoints {
            recovery_points: read(RECOVERY_POINT_CHECKPOINT)?,
            high_watermarks: read(REPLICATION_OFFSET_CHECKPOINT)?,
            log_starts: read(LOG_START_OFFSET_CHECKPOINT)?,
        };
        Ok((checkpoints, notes))
    }

    /// Replaces `recovery-point-offset-checkpoint`.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn write_recovery_points(&self, offsets: &BTreeMap<TopicPartition, Offset>) -> Result<(), LogError> {
        write_offsets(&self.path.join(RECOVERY_POINT_CHECKPOINT), offsets)
    }

    /// Replaces `replication-offset-checkpoint`.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn write_high_watermarks(&self, offsets: &BTreeMap<TopicPartition, Offset>) -> Result<(), LogError> {
        write_offsets(&self.path.join(REPLICATION_OFFSET_CHECKPOINT), offsets)
    }

    /// Replaces `log-start-offset-checkpoint`.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn write_log_starts(&self, offsets: &BTreeMap<TopicPartition, Offset>) -> Result<(), LogError> {
        write_offsets(&self.path.join(LOG_START_OFFSET_CHECKPOINT), offsets)
    }

    /// Whether the last stop was clean, with the broker epoch of then. The mark is removed: call once, at start.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn take_clean_shutdown(&self) -> Result<Option<i64>, LogError> {
        take_clean_shutdown(&self.path)
    }

    /// Marks the directory as cleanly closed, after every log in it was.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn mark_clean_shutdown(&self, broker_epoch: i64) -> Result<(), LogError> {
        write_clean_shutdown(&self.path, broker_epoch)
    }

    /// Renames a partition's directory, durably: to a `-delete` name before its removal, from `-future` to its own.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn rename(&self, from: &Path, to_name: &str) -> Result<PathBuf, LogError> {
        let to = self.path.join(to_name);
        fs::rename(from, &to).at("rename", from)?;
        sync_dir(&self.path)?;
        Ok(to)
    }

    /// Removes a partition's directory and all in it.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn remove(&self, path: &Path) -> Result<(), LogError> {
        match fs::remove_dir_all(path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e).at("remove", path),
            _ => Ok(()),
        }
    }
}

/// The partition directories under a log directory, by partition, without taking its lock.
///
/// # Errors
/// [`LogError`] if it cannot be listed.
pub fn scan_log_dir(path: &Path) -> Result<Vec<FoundLog>, LogError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path).at("list", path)? {
        let entry = entry.at("list", path)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if !entry.file_type().at("stat", path)?.is_dir() {
            continue;
        }
        if let Some((partition, kind)) = parse_dir_name(&name) {
            found.push(FoundLog { partition, kind, path: entry.path() });
        }
    }
    found.sort_by(|a, b| (&a.partition, &a.path).cmp(&(&b.partition, &b.path)));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::files::delete_dir_name;
    use crate::model::TopicName;

    fn partition(n: i32) -> TopicPartition {
        TopicPartition::new(TopicName::new("t").unwrap(), n)
    }

    #[test]
    fn partitions_of_every_kind_are_found_and_strangers_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let dir = LogDir::open(root.path()).unwrap();
        for name in ["t-1", "t-0", "lost+found", "t-2"] {
            fs::create_dir(root.path().join(name)).unwrap();
        }
        fs::write(root.path().join("t-9"), "").unwrap();
        dir.rename(&dir.partition_path(&partition(2)), &delete_dir_name(&partition(2))).unwrap();
        let found: Vec<_> = dir.scan().unwrap().into_iter().map(|f| (f.partition.partition, f.kind)).collect();
        assert_eq!(found, [(0, DirKind::Current), (1, DirKind::Current), (2, DirKind::Delete)]);
    }

    #[test]
    fn a_damaged_checkpoint_is_ignored_with_a_note_and_the_others_are_read() {
        let root = tempfile::tempdir().unwrap();
        let dir = LogDir::open(root.path()).unwrap();
        dir.write_recovery_points(&BTreeMap::from([(partition(0), Offset(5))])).unwrap();
        fs::write(root.path().join(LOG_START_OFFSET_CHECKPOINT), "0\n3\n").unwrap();
        let (checkpoints, notes) = dir.checkpoints().unwrap();
        assert_eq!(checkpoints.spec(&partition(0), false).recovery_point, Offset(5));
        assert_eq!(
            checkpoints.spec(&partition(1), true),
            RecoverySpec { clean_shutdown: true, ..RecoverySpec::default() }
        );
        assert!(notes.len() == 1 && notes[0].contains("log-start-offset-checkpoint"), "{notes:?}");
    }

    #[test]
    fn a_directory_is_open_once() {
        let root = tempfile::tempdir().unwrap();
        let _dir = LogDir::open(root.path()).unwrap();
        assert!(matches!(LogDir::open(root.path()), Err(LogDirError::Locked(_))));
    }
}
