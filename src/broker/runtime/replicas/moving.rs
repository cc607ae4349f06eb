//! The copies of replicas that move between log directories, as far as the directories' books and names go; those that
//! the last run left are found again here.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracing::{error, info, warn};

use super::Replicas;
use crate::broker::runtime::log_dirs::LogDir;
use crate::broker::runtime::moves::FutureReplica;
use crate::broker::runtime::partition::Partition;
use crate::broker::state::moves::Move;
use crate::log::{Log, LogError, files};
use crate::model::{Offset, TopicPartition, Uuid};

impl Replicas {
    /// The directory of a partition that is made now. Where its log stands, if it does; a copy of it may have to take
    /// the log's place first, because the last run was killed between two names (`LogManager.recoverAbandonedFutureLogs`).
    pub(super) fn dir_for(&self, name: &TopicPartition, topic_id: Uuid, known: Option<Uuid>) -> Option<&LogDir> {
        if let Some(dir) = self.dirs.holding(name, known) {
            return Some(dir);
        }
        if let Some(dir) = self.dirs.holding_future(name, known) {
            // The current log may lie in a directory that is not there; but if the controller was told of the copy's
            // directory, the copy has all that the log had.
            let alone = known == Some(dir.id()) || self.dirs.is_whole();
            match alone.then(|| promote(dir, name, topic_id)) {
                Some(Ok(true)) => return Some(dir),
                Some(Err(fault)) => error!(partition = %name, error = %fault, "the copy of its log cannot be used"),
                _ => {}
            }
        }
        let known = known.filter(|id| self.dirs.by_id(*id).is_some());
        self.dirs.place(known.or_else(|| self.futures.take_preferred(name)))
    }

    /// Goes on with the move of a partition that was just made in `dir`, if the last run left a copy of it elsewhere.
    pub(super) fn resume_move(&self, partition: &Arc<Partition>, dir: &LogDir) {
        let name = partition.name();
        while let Some(other) = self.dirs.holding_future(name, None) {
            let Some(copy) = other.future(name) else { return };
            match files::read_partition_metadata(&copy) {
                Ok(Some(id)) if id == partition.topic_id() => {}
                // A start replays the life of every topic: it may belong to a later one of that name.
                Ok(_) => return,
                Err(fault) => {
                    error!(partition = %name, error = %fault, "the copy of its log cannot be used");
                    return;
                }
            }
            other.claim_future(name);
            if other.id() == dir.id() || self.futures.of(partition.replica_key()).is_some() {
                self.bury_dir(partition, &copy);
            } else if partition.is_unopened() {
                self.begin_move(partition, other, copy);
            } else {
                // The log that it was copied from is not here: it may lie in a directory that failed.
                warn!(partition = %name, dir = %copy.display(), "the copy of a log that is not here was left alone");
            }
        }
    }

    /// Begins a move to a directory, or goes on with one, with the copy in `path`.
    pub fn begin_move(&self, partition: &Arc<Partition>, to: &LogDir, path: PathBuf) {
        to.count(1);
        self.futures.begin(Arc::clone(partition), Arc::clone(&self.homes[to.path()]), to.id(), path);
        if partition.is_offline()
            && let Some(future) = self.futures.of(partition.replica_key())
        {
            // It was deleted meanwhile, and nobody else will see to the copy.
            self.drop_copy(&future);
        }
    }

    /// Makes a new copy's place in a directory. `None` if the topic's name is too long for it.
    pub fn new_copy(&self, name: &TopicPartition, to: &LogDir) -> Option<PathBuf> {
        let dir_name = files::future_dir_name(name)?;
        // Lines of an earlier life of the partition in that directory say nothing of the copy.
        to.books().lock().forget(name);
        Some(to.path().join(dir_name))
    }

    /// Gives up a copy, and has its files removed. Waits for what is being done about it. What was known of the move, or
    /// `None` if it came to its end before.
    pub fn drop_copy(&self, future: &FutureReplica) -> Option<Move> {
        let partition = future.partition();
        let (moving, copied) = {
            self.futures.forget(partition.replica_key());
            future.close()?
        };
        if let Some(dir) = self.dirs.at(future.log_dir()) {
            dir.count(-1);
            dir.books().lock().forget(partition.name());
        }
        info!(partition = %partition.name(), to = %future.log_dir().display(), %copied, "the move to another log directory was given up");
        self.bury_dir(partition, future.path());
        Some(moving)
    }

    /// Puts where a copy stands into its directory's books: they have one line for a log and its copy, as Kafka's do, since
    /// the two never lie in the same directory.
    pub fn note_copy(&self, future: &FutureReplica, log: &Log) {
        let Some(dir) = self.dirs.at(future.log_dir()) else { return };
        let mut books = dir.books().lock();
        let name = future.partition().name();
        books.recovery_points.set(name, log.recovery_point());
        books.log_starts.set(name, log_start_line(log));
        books.written.set(name, log.marked());
    }

    /// Writes what a start must know of a copy that is about to be the partition's log.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn note_before_swap(&self, future: &FutureReplica, log: &Log, high_watermark: Offset) -> Result<(), LogError> {
        self.note_copy(future, log);
        let Some(dir) = self.dirs.at(future.log_dir()) else { return Ok(()) };
        let mut books = dir.books().lock();
        books.high_watermarks.set(future.partition().name(), high_watermark);
        books.write_log_starts(dir.path())?;
        books.write_recovery_points(dir.path())?;
        books.write_written(dir.path())?;
        books.write_high_watermarks(dir.path())
    }

    /// Takes that a partition's log lies in another directory now than in `from`, and has the former one removed.
    pub fn moved(&self, partition: &Partition, from: &Path, grave: Option<PathBuf>) {
        self.futures.forget(partition.replica_key());
        if let Some(grave) = grave {
            self.dig_later(partition, grave);
        }
        let Some(dir) = self.dirs.at(from) else { return };
        dir.count(-1);
        let written = {
            let mut books = dir.books().lock();
            books.forget(partition.name());
            books.write_recovery_points(dir.path()).and_then(|()| books.write_written(dir.path()))
        };
        if let Err(fault) = written {
            error!(error = %fault, "cannot write a checkpoint");
            self.judge_fault(dir, &fault);
        }
    }

    /// Has nothing more done about a copy, whose files stay.
    pub fn leave_copy(&self, future: &FutureReplica) {
        let was_there = self.futures.forget(future.partition().replica_key()).is_some();
        if let Some(dir) = self.dirs.at(future.log_dir()).filter(|_| was_there) {
            dir.count(-1);
        }
    }

    /// Removes the copies that the last run left of partitions that are not here any more.
    pub(super) fn bury_orphaned_copies(&self) {
        for dir in self.dirs.iter().filter(|dir| !dir.is_offline()) {
            for name in dir.unclaimed_futures() {
                let held = self.by_name(name.topic.as_str(), name.partition);
                let Some(copy) = dir.claim_future(&name) else { continue };
                let of = files::read_partition_metadata(&copy);
                if matches!((&held, &of), (Ok(held), Ok(Some(id))) if held.topic_id() == *id) {
                    warn!(partition = %name, dir = %copy.display(), "the copy of a log that is not here was left alone");
                    continue;
                }
                info!(partition = %name, dir = %copy.display(), "the copy of a log that is gone is removed");
                if let Err(e) = std::fs::remove_dir_all(&copy) {
                    warn!(dir = %copy.display(), error = %e, "cannot remove the copy of a log that is gone");
                }
            }
        }
    }
}

/// Gives a copy the partition's name, if it is of this topic.
fn promote(dir: &LogDir, name: &TopicPartition, topic_id: Uuid) -> Result<bool, LogError> {
    let Some(copy) = dir.future(name) else { return Ok(false) };
    if files::read_partition_metadata(&copy)? != Some(topic_id) {
        return Ok(false);
    }
    let path = dir.partition_path(name);
    std::fs::rename(&copy, &path).map_err(|source| LogError::Io { action: "rename", path: copy, source })?;
    files::sync_dir(dir.path())?;
    dir.claim_future(name);
    dir.release(name);
    info!(partition = %name, dir = %dir.path().display(), "the copy of a move that was nearly done took the log's place");
    Ok(true)
}

/// The line of a log in `log-start-offset-checkpoint`: only those whose start is not their first segment's base need it.
pub fn log_start_line(log: &Log) -> Offset {
    let start = log.start_offset();
    if log.segments().next().is_some_and(|(base, _)| start > base) { start } else { Offset::ZERO }
}
