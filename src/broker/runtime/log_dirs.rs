//! The directories that hold logs (`log.dirs`): each locked, identified, and able to fail alone.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;
use tracing::{error, info};

use super::books::Books;
use crate::log::files::{DirKind, DirLock, MetaProperties, take_clean_shutdown};
use crate::log::{FoundLog, LogError, RecoverySpec, scan_log_dir};
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
    path: Arc<Path>,
    id: Uuid,
    /// The broker epoch under which it was closed in order; `None` after any other stop.
    clean_epoch: Option<i64>,
    offline: AtomicBool,
    partitions: AtomicUsize,
    books: Mutex<Books>,
    /// Partition directories that stand on the disk and belong to no partition that this broker holds by now. Known
    /// from one listing, so that a partition without a directory costs no look at the disk.
    unclaimed: Mutex<HashSet<TopicPartition>>,
    /// Copies of logs that were on their way here when the last run ended, until their partitions come.
    futures: Mutex<HashMap<TopicPartition, PathBuf>>,
    /// It takes no new partitions (`cordoned.log.dirs`).
    cordoned: AtomicBool,
    leftovers: Vec<PathBuf>,
    _lock: DirLock,
}

impl LogDir {
    fn open(path: &Path, meta: &MetaProperties, lock: DirLock) -> Result<LogDir, LogError> {
        let clean_epoch = take_clean_shutdown(path)?;
        let (mut unclaimed, mut futures, mut leftovers) = (HashSet::new(), HashMap::new(), Vec::new());
        for FoundLog { partition, kind, path } in scan_log_dir(path)? {
            match kind {
                DirKind::Current => drop(unclaimed.insert(partition)),
                DirKind::Delete => leftovers.push(path),
                // One move leads here at a time: of two copies, one was given up.
                DirKind::Future => leftovers.extend(futures.insert(partition, path)),
                DirKind::Stray => {}
            }
        }
        Ok(LogDir {
            path: Arc::from(path),
            id: meta.directory_id.unwrap_or(Uuid::ZERO),
            clean_epoch,
            offline: AtomicBool::new(false),
            partitions: AtomicUsize::new(0),
            books: Mutex::new(Books::open(path)),
            unclaimed: Mutex::new(unclaimed),
            futures: Mutex::new(futures),
            cordoned: AtomicBool::new(false),
            leftovers,
            _lock: lock,
        })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its path, to be kept: one for all of its partitions.
    pub fn shared_path(&self) -> Arc<Path> {
        Arc::clone(&self.path)
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

    /// The offsets of its partitions that go into the checkpoint files.
    pub const fn books(&self) -> &Mutex<Books> {
        &self.books
    }

    /// How a partition's log is to be opened, and its high watermark, as the checkpoints say.
    pub fn checkpointed(&self, name: &TopicPartition) -> (RecoverySpec, Offset) {
        let books = self.books.lock();
        let spec = RecoverySpec {
            recovery_point: books.recovery_points.get(name),
            log_start_offset: books.log_starts.get(name),
            written: books.written.get(name),
            clean_shutdown: self.was_clean(),
            only_torn: true,
        };
        (spec, books.high_watermarks.get(name))
    }

    /// Directories of deleted partitions that the last run had no time to remove.
    pub fn leftovers(&self) -> &[PathBuf] {
        &self.leftovers
    }

    /// Takes the directory of a partition that is held from now on. Whether there is one.
    pub fn claim(&self, name: &TopicPartition) -> bool {
        self.unclaimed.lock().remove(name)
    }

    /// Gives up a partition whose directory, if it has one, stays on the disk.
    pub fn release(&self, name: &TopicPartition) {
        if self.partition_path(name).is_dir() {
            self.unclaimed.lock().insert(name.clone());
        }
    }

    /// The copy of a partition's log that was found here, if nobody took it yet.
    pub fn future(&self, name: &TopicPartition) -> Option<PathBuf> {
        self.futures.lock().get(name).cloned()
    }

    /// Takes it.
    pub fn claim_future(&self, name: &TopicPartition) -> Option<PathBuf> {
        self.futures.lock().remove(name)
    }

    /// The partitions whose copies nobody took.
    pub fn unclaimed_futures(&self) -> Vec<TopicPartition> {
        self.futures.lock().keys().cloned().collect()
    }

    /// Whether it takes no new partitions.
    pub fn is_cordoned(&self) -> bool {
        self.cordoned.load(Ordering::Relaxed)
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
    /// None had to be left out.
    whole: bool,
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
        if dirs.is_empty() {
            Err(LogDirError::NoneLeft)
        } else {
            Ok(LogDirs { whole: dirs.len() == paths.len(), dirs })
        }
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
        self.dirs.iter().find(|dir| &*dir.path == path)
    }

    /// The one with this id.
    pub fn by_id(&self, id: Uuid) -> Option<&LogDir> {
        self.dirs.iter().find(|dir| dir.id == id)
    }

    /// Where a new partition goes: the directory named by the controller, else the one with the fewest partitions that
    /// is not cordoned. If all are, the partition must go somewhere.
    pub fn place(&self, wanted: Option<Uuid>) -> Option<&LogDir> {
        let online = || self.dirs.iter().filter(|dir| !dir.is_offline());
        wanted
            .and_then(|id| online().find(|dir| dir.id == id))
            .or_else(|| online().min_by_key(|dir| (dir.is_cordoned(), dir.partition_count())))
    }

    /// The directory that already holds a partition's log, which nobody has claimed yet. If two do, as Kafka leaves it
    /// when it is killed at the end of a move, the one that the controller knows.
    pub fn holding(&self, name: &TopicPartition, known: Option<Uuid>) -> Option<&LogDir> {
        let holds = |dir: &&LogDir| !dir.is_offline() && dir.unclaimed.lock().contains(name);
        self.dirs.iter().filter(holds).min_by_key(|dir| known != Some(dir.id))
    }

    /// The directory that holds the copy of a partition's log which nobody took yet: of several, the one that the
    /// controller knows.
    pub fn holding_future(&self, name: &TopicPartition, known: Option<Uuid>) -> Option<&LogDir> {
        let holds = |dir: &&LogDir| !dir.is_offline() && dir.futures.lock().contains_key(name);
        self.dirs.iter().filter(holds).min_by_key(|dir| known != Some(dir.id))
    }

    /// Keeps new partitions from the directories at these paths, and from no others; `*` is all of them (KIP-1066).
    pub fn cordon(&self, paths: &[String]) {
        for dir in &self.dirs {
            let named = paths.iter().any(|path| path == "*" || Path::new(path) == &*dir.path);
            if dir.cordoned.swap(named, Ordering::Relaxed) != named {
                info!(dir = %dir.path.display(), cordoned = named, "log directory takes new partitions, or not any more");
            }
        }
    }

    /// Whether every directory of the configuration is in use.
    pub const fn is_whole(&self) -> bool {
        self.whole
    }
}
