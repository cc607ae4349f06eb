//! The threads that move replicas between log directories (`num.replica.alter.log.dirs.threads`).

use std::sync::Arc;
use std::time::Duration;

use tracing::{error, info, warn};

use super::{FutureReplica, Work};
use crate::broker::runtime::directories::DirectoryNews;
use crate::broker::runtime::log_dirs::LogDir;
use crate::broker::runtime::metadata::MetadataCache;
use crate::broker::runtime::page_cache::TELL_EVERY;
use crate::broker::runtime::partition::{CopyError, MARK_EVERY, Swapped};
use crate::broker::runtime::replicas::Replicas;
use crate::broker::state::moves::{Seen, Span, Step, Told};
use crate::log::files::{read_partition_metadata, sync_dir, write_partition_metadata};
use crate::log::{Log, LogError};
use crate::model::{BrokerId, Offset, TimestampMs};

/// `IBP_3_7_IV2`: from here on the metadata names directories.
const DIRECTORIES_ASSIGNED: i16 = 17;
/// Pause after records that could not be copied.
const BACKOFF: Duration = Duration::from_secs(30);

/// One who moves replicas.
#[derive(Clone, Debug)]
pub struct Mover {
    /// This broker.
    pub me: BrokerId,
    /// Its replicas, with their copies.
    pub replicas: Arc<Replicas>,
    /// What the controller knows of directories.
    pub metadata: Arc<MetadataCache>,
    /// What it is to be told of them.
    pub news: Arc<DirectoryNews>,
}

/// What comes after a step.
pub(super) enum After {
    /// Another, after a pause.
    Again(Duration),
    /// Nothing.
    Over,
}

impl Mover {
    /// Moves replicas until it is time to stop.
    pub fn run(&self) {
        let futures = self.replicas.futures();
        while let Some(future) = futures.next() {
            let after = self.step(&future);
            if let (After::Again(pause), false) = (after, future.is_over()) {
                futures.again(future, pause);
            }
        }
    }

    /// Does the next thing that is to be done about a copy.
    pub(super) fn step(&self, future: &FutureReplica) -> After {
        let mut work = future.work.lock();
        if future.is_over() || work.done {
            return After::Over;
        }
        if self.replicas.dirs().at(future.log_dir()).is_none_or(LogDir::is_offline) {
            warn!(partition = %future.partition().name(), to = %future.log_dir().display(), "a move to a log directory ends, since that failed");
            self.give_up(future, &work);
            return After::Over;
        }
        let outcome = self.advance(future, &mut work, TimestampMs::now());
        let partition = future.partition();
        match outcome {
            Ok(after) => after,
            Err(CopyError::Gone) => {
                // If its disk failed, that of the copy did not: the copy stays, for a start that finds the disk well
                // (`ReplicaManager.handleLogDirFailure`).
                if !partition.is_gone() {
                    self.replicas.partition_failed(partition);
                    self.replicas.leave_copy(future);
                }
                After::Over
            }
            Err(CopyError::Copy(fault)) => {
                error!(partition = %partition.name(), to = %future.log_dir().display(), error = %fault, "the move to another log directory ends: its copy failed");
                self.give_up(future, &work);
                if let Some(dir) = self.replicas.dirs().at(future.log_dir()) {
                    self.replicas.judge_fault(dir, &fault);
                }
                After::Over
            }
            Err(error @ CopyError::Records { .. }) => {
                warn!(partition = %partition.name(), to = %future.log_dir().display(), "{error}; trying again later");
                After::Again(BACKOFF)
            }
        }
    }

    fn advance(&self, future: &FutureReplica, work: &mut Work, now: TimestampMs) -> Result<After, CopyError> {
        let partition = future.partition();
        let Work { moving, log: slot, done } = work;
        let log = match slot {
            Some(log) => log,
            None => slot.insert(Box::new(self.open(future, now).map_err(CopyError::Copy)?)),
        };
        log.set_config(Arc::clone(&partition.config().log));
        let look = partition.look(log)?;
        let seen = Seen {
            current: look.current,
            copy: Span { start: log.start_offset(), end: log.end_offset() },
            parted: look.parted,
            near: look.near,
            told: self.told(future),
            throttled_ms: self.replicas.futures().throttle().lock().wait_ms(now),
        };
        let step = moving.next(&seen, now);
        match step {
            Step::Cut(at) => log.truncate_to(at, now).map(drop).map_err(CopyError::Copy)?,
            Step::StartOver(at) => log.truncate_fully_and_start_at(at, now).map_err(CopyError::Copy)?,
            Step::RaiseStart(at) => raise_start(log, at, now).map_err(CopyError::Copy)?,
            Step::Copy => {
                let bytes = partition.copy_to(log, now)?;
                self.replicas.futures().throttle().lock().record(bytes, now);
                self.keep_books(future, log, now).map_err(CopyError::Copy)?;
            }
            Step::Tell => {
                log.checkpoint(now).map_err(CopyError::Copy)?;
                self.replicas.note_copy(future, log);
                self.news.submit(partition.replica_key(), future.to());
            }
            Step::Swap => {
                let swapped = self.swap(future, slot, now);
                // Also if its names could not be made durable: that is the end of the directory then.
                *done = slot.is_none();
                if swapped? {
                    return Ok(After::Over);
                }
            }
            Step::Wait(ms) => return Ok(After::Again(Duration::from_millis(u64::try_from(ms).unwrap_or(0)))),
        }
        if let Some(log) = slot {
            future.show(log);
        }
        Ok(After::Again(Duration::ZERO))
    }

    /// Opens the copy, which a start may have found, or makes it.
    fn open(&self, future: &FutureReplica, now: TimestampMs) -> Result<Log, LogError> {
        let partition = future.partition();
        let is_new = !future.path().is_dir();
        let config = Arc::clone(&partition.config().log);
        let spec = self.replicas.dirs().at(future.log_dir()).map(|dir| dir.checkpointed(partition.name()).0);
        let (log, report) = Log::open(future.path(), config, spec.unwrap_or_default(), now)?;
        for note in &report.notes {
            warn!(partition = %partition.name(), dir = %future.path().display(), "recovery: {note}");
        }
        if read_partition_metadata(future.path())?.is_none() {
            write_partition_metadata(future.path(), partition.topic_id())?;
            sync_dir(future.log_dir())?;
        }
        let verb = if is_new { "begins" } else { "goes on" };
        info!(partition = %partition.name(), from = %partition.log_dir().display(), to = %future.log_dir().display(), copied = %log.end_offset(), "a move to another log directory {verb}");
        future.show(&log);
        Ok(log)
    }

    /// Closes the copy in order, for the next start to go on with. One that was not looked at yet is opened for that: its
    /// directory will be marked clean.
    ///
    /// # Errors
    /// A disk fault: the directory must not be marked clean.
    pub fn close(&self, future: &FutureReplica, now: TimestampMs) -> Result<(), LogError> {
        let mut work = future.work.lock();
        if future.is_over() || work.done {
            return Ok(());
        }
        let log = match &mut work.log {
            Some(log) => log,
            slot => slot.insert(Box::new(self.open(future, now)?)),
        };
        log.close_clean(now)?;
        self.replicas.note_copy(future, log);
        Ok(())
    }

    fn told(&self, future: &FutureReplica) -> Told {
        let image = self.metadata.peek();
        if image.features().metadata_version() < DIRECTORIES_ASSIGNED {
            return Told::NeedNot;
        }
        let (topic_id, index) = future.partition().replica_key();
        let topic = image.topic_by_id(topic_id);
        let known = topic.and_then(|topic| topic.partition(index)?.directory_of(self.me));
        if known == Some(future.to()) { Told::Yes } else { Told::No }
    }

    /// Tells of what came into the page cache, and from time to time makes the copy durable, so that a start need not
    /// scan, or copy, all of it again.
    fn keep_books(&self, future: &FutureReplica, log: &mut Log, now: TimestampMs) -> Result<(), LogError> {
        if let Some(page_cache) = self.replicas.page_cache() {
            page_cache.written(log.take_appended(TELL_EVERY)?);
        }
        if log.unmarked_bytes() >= MARK_EVERY {
            log.checkpoint(now)?;
            self.replicas.note_copy(future, log);
        }
        Ok(())
    }

    fn swap(&self, future: &FutureReplica, slot: &mut Option<Box<Log>>, now: TimestampMs) -> Result<bool, CopyError> {
        let partition = future.partition();
        let from = partition.log_dir();
        let note = |log: &Log, high_watermark| self.replicas.note_before_swap(future, log, high_watermark);
        match partition.swap(slot, &future.home, now, note)? {
            Swapped::NotYet => Ok(false),
            Swapped::Done(grave) => {
                self.replicas.moved(partition, &from, grave);
                info!(partition = %partition.name(), from = %from.display(), to = %future.log_dir().display(), "moved to another log directory");
                Ok(true)
            }
        }
    }

    /// Ends a move without a swap. Its files stay.
    fn give_up(&self, future: &FutureReplica, work: &Work) {
        self.replicas.leave_copy(future);
        if work.moving.was_told(self.told(future)) {
            self.tell_of_current(future);
        }
    }

    fn tell_of_current(&self, future: &FutureReplica) {
        let partition = future.partition();
        if let Some(dir) = self.replicas.dirs().at(&partition.log_dir()) {
            self.news.submit(partition.replica_key(), dir.id());
        }
    }

    /// Gives up a move: its copy goes, and the controller hears where the replica stays, if it may think otherwise.
    /// Waits for what is being done about it.
    pub fn cancel(&self, future: &FutureReplica) {
        let told = self.told(future);
        let was_told = self.replicas.drop_copy(future).is_some_and(|moving| moving.was_told(told));
        if was_told {
            self.tell_of_current(future);
        }
    }
}

/// Takes the copy's beginning to where the current log's is, and removes the segments before it.
fn raise_start(log: &mut Log, at: Offset, now: TimestampMs) -> Result<(), LogError> {
    log.delete_records(at)?;
    log.delete_old_segments(at, now)?;
    log.purge_retired(now).map(drop)
}
