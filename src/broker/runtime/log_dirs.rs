//! The directories that hold logs (`log.dirs`): each locked, identified, and able to fail alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tracing::{error, info, warn};

use crate::log::LogError;
use crate::log::files::{
    DirLock, LOG_START_OFFSET_CHECKPOINT, MetaProperties, RECOVERY_POINT_CHECKPOINT, REPLICATION_OFFSET_CHECKPOINT,
    read_offsets, take_clean_shutdown,
};
use crate::model::{BrokerId, Offset, TopicPartition, Uuid};

/// Why the broker cannot use its directories.
#[derive(Debug, thiserror::Error)]
pub enum LogDirError {
    /// No directory is left.
    #[error("no log directory is usable; see the errors above and fix permissions or `log.dirs`")]
    NoneLeft,
    /// The directories belong to different clusters or nodes.
    #[error("{}: {what} is {found}, but {expected} elsewhere; point `log.dirs` at this node's own directories", .path.display())]
    Mismatch {
        /// The directory.
        path: PathBuf,
        /// `cluster.id` or `node.id`.
        what: &'static str,
        /// What stands in its meta.properties.
        found: String,
        /// What should.
        expected: String,
    },
    /// Another process serves it.
    #[error("{} is locked by another broker; stop it first, or give this one its own `log.dirs`", .0.display())]
    InUse(PathBuf),
    /// It has no meta.properties.
    #[error("{} is not formatted; run `logbus storage format`", .0.display())]
    NotFormatted(PathBuf),
    /// A fault on the directory that must not fail: the metadata log's.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// One `log.dirs` entry in use.
#[derive(Debug)]
pub struct LogDir {
    path: PathBuf,
    id: Uuid,
    /// The broker epoch under which it was closed in order; `None` after any other stop.
    clean_epoch: Option<i64>,
    offline: AtomicBool,
    partitions: AtomicUsize,
    recovery_points: BTreeMap<TopicPartition, Offset>,
    high_watermarks: BTreeMap<TopicPartition, Offset>,
    log_starts: BTreeMap<TopicPartition, Offset>,
    _lock: DirLock,
}

impl LogDir {
    fn open(path: &Path, meta: &MetaProperties, lock: DirLock) -> Result<LogDir, LogError> {
        let clean_epoch = take_clean_shutdown(path)?;
        let checkpoint = |name: &str| match read_offsets(&path.join(name)) {
            Ok(entries) => entries,
            Err(fault) => {
                // A stale or torn checkpoint costs a longer recovery, never data.
                warn!(error = %fault, "checkpoint ignored");
                BTreeMap::new()
            }
        };
        Ok(LogDir {
            path: path.to_owned(),
            id: meta.directory_id.unwrap_or(Uuid::ZERO),
            clean_epoch,
            offline: AtomicBool::new(false),
            partitions: AtomicUsize::new(0),
            recovery_points: checkpoint(RECOVERY_POINT_CHECKPOINT),
            high_watermarks: checkpoint(REPLICATION_OFFSET_CHECKPOINT),
            log_starts: checkpoint(LOG_START_OFFSET_CHECKPOINT),
            _lock: lock,
        })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its id in meta.properties.
    pub const fn id(&self) -> Uuid {
        self.id
    }

    /// Whether the last stop wrote everything.
    pub const fn was_clean(&self) -> bool {
        self.clean_epoch.is_some()
    }

    /// The broker epoch under which it was closed in order, -1 after any other stop: what a registration proves with
    /// that nothing in sync was lost (KIP-966).
    pub fn clean_epoch(&self) -> i64 {
        self.clean_epoch.unwrap_or(-1)
    }

    /// Whether it failed since the start.
    pub fn is_offline(&self) -> bool {
        self.offline.load(Ordering::Acquire)
    }

    /// Takes it out of service. `true` the first time.
    pub fn fail(&self) -> bool {
        let first = !self.offline.swap(true, Ordering::AcqRel);
        if first {
            error!(dir = %self.path.display(), "log directory is out of service until a restart");
        }
        first
    }

    /// What the checkpoints said of a partition at start: recovery point, high watermark, log start offset.
    pub fn checkpointed(&self, name: &TopicPartition) -> (Offset, Offset, Option<Offset>) {
        let of = |map: &BTreeMap<TopicPartition, Offset>| map.get(name).copied();
        (
            of(&self.recovery_points).unwrap_or(Offset::ZERO),
            of(&self.high_watermarks).unwrap_or(Offset::ZERO),
            of(&self.log_starts),
        )
    }

    /// Counts a partition in (`1`) or out (`-1`).
    pub fn count(&self, change: isize) {
        if change >= 0 {
            self.partitions.fetch_add(change.unsigned_abs(), Ordering::Relaxed);
        } else {
            self.partitions.fetch_sub(change.unsigned_abs(), Ordering::Relaxed);
        }
    }

    /// Partitions in it.
    pub fn partition_count(&self) -> usize {
        self.partitions.load(Ordering::Relaxed)
    }

    /// The directory of a partition inside it.
    pub fn partition_path(&self, name: &TopicPartition) -> PathBuf {
        self.path.join(name.to_string())
    }
}

/// All directories of this broker.
#[derive(Debug)]
pub struct LogDirs {
    dirs: Vec<LogDir>,
}

impl LogDirs {
    /// Locks and reads every directory. One that fails is reported and left out; the metadata directory must not fail.
    ///
    /// # Errors
    /// When a directory belongs to another cluster or node, or none is usable.
    pub fn open(
        paths: &[PathBuf],
        metadata_dir: &Path,
        node: BrokerId,
        cluster_id: &str,
    ) -> Result<LogDirs, LogDirError> {
        let mut dirs = Vec::with_capacity(paths.len());
        for path in paths {
            match Self::open_one(path) {
                Ok((dir, meta)) => {
                    Self::check(path, "node.id", &meta.node_id.to_string(), &node.to_string())?;
                    Self::check(path, "cluster.id", &meta.cluster_id, cluster_id)?;
                    info!(dir = %path.display(), clean = dir.was_clean(), "log directory opened");
                    dirs.push(dir);
                }
                Err(fault) if path == metadata_dir => return Err(fault),
                Err(fault) => error!(dir = %path.display(), error = %fault, "log directory left out"),
            }
        }
        if dirs.is_empty() { Err(LogDirError::NoneLeft) } else { Ok(LogDirs { dirs }) }
    }

    fn open_one(path: &Path) -> Result<(LogDir, MetaProperties), LogDirError> {
        let lock = DirLock::try_acquire(path)?.ok_or_else(|| LogDirError::InUse(path.to_owned()))?;
        let meta = MetaProperties::read(path)?.ok_or_else(|| LogDirError::NotFormatted(path.to_owned()))?;
        Ok((LogDir::open(path, &meta, lock)?, meta))
    }

    fn check(path: &Path, what: &'static str, found: &str, expected: &str) -> Result<(), LogDirError> {
        if found == expected {
            return Ok(());
        }
        let (found, expected) = (found.to_owned(), expected.to_owned());
        Err(LogDirError::Mismatch { path: path.to_owned(), what, found, expected })
    }

    /// All of them, failed ones included.
    pub fn iter(&self) -> impl Iterator<Item = &LogDir> {
        self.dirs.iter()
    }

    /// The one at `path`.
    pub fn at(&self, path: &Path) -> Option<&LogDir> {
        self.dirs.iter().find(|dir| dir.path == path)
    }

    /// Where a new partition goes: the directory named by the controller, else the one with the fewest partitions.
    pub fn place(&self, wanted: Option<Uuid>) -> Option<&LogDir> {
        let online = || self.dirs.iter().filter(|dir| !dir.is_offline());
        wanted
            .and_then(|id| online().find(|dir| dir.id == id))
            .or_else(|| online().min_by_key(|dir| dir.partition_count()))
    }

    /// The directory that already holds a partition.
    pub fn holding(&self, name: &TopicPartition) -> Option<&LogDir> {
        self.dirs.iter().find(|dir| !dir.is_offline() && dir.partition_path(name).is_dir())
    }
}
