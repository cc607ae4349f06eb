//! One partition on this broker: its log, its state machine, and those who wait on it, under one short lock.

mod log;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::oneshot;
use tracing::{error, warn};

use self::combine::{Combiner, Turn};
pub use self::config::PartitionConfig;
pub use self::following::{Followed, LeaderAnswer};
pub use self::log::PartitionLog;
pub use self::moving::{COPIED_AT_ONCE, CopyError, Look, Swapped};
pub use self::read::{FetchWait, FollowerRead, ReadAnswer, ReadRequest};
use self::together::LeftBatch;
use super::chores::{Chores, PartitionKey};
use super::flusher::Flusher;
use super::page_cache::{PageCacheBound, TELL_EVERY};
use super::replication::IsrProposals;
use super::waiters::{Durable, Settled, Waiters};
use crate::broker::state::group_commit::{self, GroupCommit};
use crate::broker::state::partition::{Acks, Assigned, Assignment, Isolation, PartitionState};
use crate::broker::state::produce::{AcceptedBatch, ProduceRefusal, judge_record_set};
use crate::log::files::{read_partition_metadata, stray_dir_name, sync_dir, write_partition_metadata};
use crate::log::producers::{AppendOrigin, ProducerRefusal, ProducerRules};
use crate::log::{
    AppendError, AppendInfo, AppendOptions, BatchToAppend, DeletedSegment, FlushTicket, Log, LogError, RecoverySpec,
};
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset, TimestampMs, TopicPartition, Uuid};
use crate::wire::batch::BatchHeader;

mod combine;
mod config;
mod following;
mod leading;
mod moving;
mod read;
mod together;

/// A produced batch that was accepted.
#[derive(Debug)]
pub enum Produced {
    /// It is appended.
    Now(Appended),
    /// Another appends it together with its own; resolves when that is done.
    Soon(Appending),
}

/// What becomes of a batch that was left to another to append. It is appended even if nobody waits for that; only with
/// the runtime, or by a defect, the channel ends without an answer.
pub type Appending = oneshot::Receiver<Result<Appended, ProduceRefusal>>;

/// An append that was done.
#[derive(Debug)]
pub struct Appended {
    /// Offset of the first record.
    pub base_offset: Offset,
    /// The broker's time where the topic stamps it, else -1.
    pub log_append_time: TimestampMs,
    /// The log start offset.
    pub log_start: Offset,
    /// How many records the batch has.
    pub records: i32,
    /// Under `flush.messages`: resolves when the append is durable. No time limit applies to this part.
    pub durable: Option<Settled>,
    /// For acks=all: resolves when the append is committed, and then it is durable too, where it has to be. `None`
    /// when it already is.
    pub commit: Option<Settled>,
}

/// Bytes behind a log's last mark that ask for another: what a start after a kill has to scan, at most.
pub const MARK_EVERY: u64 = 64 << 20;

/// How a log that stands on the disk is to be opened once somebody wants it.
#[derive(Clone, Copy, Debug)]
pub struct Unopened {
    /// What the checkpoints say of it.
    pub spec: RecoverySpec,
    /// Its checkpointed high watermark.
    pub high_watermark: Offset,
}

/// Where a partition's log stands when the partition is made.
#[derive(Clone, Copy, Debug)]
pub enum Standing {
    /// Nowhere: it is to begin at this offset.
    New(Offset),
    /// On the disk, to be opened when it is wanted.
    OnDisk(Unopened),
}

/// Where a partition lives. One for all partitions of a log directory.
#[derive(Debug)]
pub struct Home {
    /// The log directory (`log.dirs` entry).
    pub log_dir: Arc<Path>,
    /// Syncs appends that wait for it.
    pub flusher: Arc<Flusher>,
}

/// Those who do the work of partitions in the background. One for all of them.
#[derive(Debug)]
pub struct Background {
    /// Hears when there are chores.
    pub chores: Arc<Chores>,
    /// Hears what came into the page cache, if that is bounded.
    pub page_cache: Option<Arc<PageCacheBound>>,
    /// Takes in-sync sets to the controller.
    pub proposals: Arc<IsrProposals>,
}

/// What stands behind the lock.
#[derive(Debug)]
pub struct Inner {
    /// The log.
    pub log: PartitionLog,
    /// The state machine.
    pub state: PartitionState,
    /// The topic's settings.
    pub config: Arc<PartitionConfig>,
    commits: GroupCommit,
    waiters: Waiters,
    unopened: Option<Box<Unopened>>,
    stirred: bool,
    asked_for_mark: bool,
}

/// A partition that this broker holds. Its log is opened when it is first wanted.
#[derive(Debug)]
pub struct Partition {
    name: TopicPartition,
    topic_id: Uuid,
    background: Arc<Background>,
    /// Replaced under `syncing` and `inner`, when a move to another directory ends.
    home: ArcSwap<Home>,
    offline: AtomicBool,
    /// Offline because it was deleted or moved away, not because of its disk.
    gone: AtomicBool,
    identified: AtomicBool,
    /// The log waits to be opened; what stands in `inner` instead of it must not be used.
    waits: AtomicBool,
    /// What stands on the disk could not be opened.
    broken: AtomicBool,
    /// Held over a whole sync, by one at a time: the kernel tells of a write that failed once, so of two syncs at the
    /// same time one could take the error while the other acknowledges.
    syncing: Mutex<()>,
    /// The topic's settings once more, for those who need no lock: batches are judged while others are written.
    config: ArcSwap<PartitionConfig>,
    /// Whose turn it is to append what producers sent. Taken before `inner`, and held over many locks of it.
    combiner: Combiner<LeftBatch>,
    inner: Mutex<Inner>,
}

impl Partition {
    /// A partition with its log.
    pub fn new(
        name: TopicPartition,
        topic_id: Uuid,
        standing: Standing,
        state: PartitionState,
        config: Arc<PartitionConfig>,
        home: Arc<Home>,
        background: Arc<Background>,
    ) -> Partition {
        let (start, unopened) = match standing {
            Standing::New(start) => (start, None),
            Standing::OnDisk(unopened) => (Offset::ZERO, Some(Box::new(unopened))),
        };
        let log = PartitionLog::new(Arc::clone(&home.log_dir), name.clone(), Arc::clone(&config.log), start);
        let waits = AtomicBool::new(unopened.is_some());
        let current = ArcSwap::new(Arc::clone(&config));
        let mut inner = Inner {
            log,
            state,
            config,
            commits: GroupCommit::default(),
            waiters: Waiters::default(),
            unopened,
            stirred: false,
            asked_for_mark: false,
        };
        if inner.unopened.is_none() {
            inner.settle(TimestampMs::now());
        }
        Partition {
            name,
            topic_id,
            background,
            home: ArcSwap::new(home),
            offline: AtomicBool::new(false),
            gone: AtomicBool::new(false),
            identified: AtomicBool::new(false),
            waits,
            broken: AtomicBool::new(false),
            syncing: Mutex::new(()),
            config: current,
            combiner: Combiner::default(),
            inner: Mutex::new(inner),
        }
    }

    /// Topic and index.
    pub const fn name(&self) -> &TopicPartition {
        &self.name
    }

    /// The topic's id.
    pub const fn topic_id(&self) -> Uuid {
        self.topic_id
    }

    /// The log directory (`log.dirs` entry) that holds it, until a move to another ends.
    pub fn log_dir(&self) -> Arc<Path> {
        Arc::clone(&self.home.load().log_dir)
    }

    /// Its name among chores.
    pub const fn key(&self) -> PartitionKey {
        (self.topic_id, self.name.partition)
    }

    /// The log and its state, for what has no method here. Hold it shortly. Opens the log if that was not done yet.
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        let mut inner = self.inner.lock();
        if let Some(unopened) = inner.unopened.take() {
            off_the_worker(|| self.open(&mut inner, *unopened));
            self.waits.store(false, Ordering::Release);
        }
        inner
    }

    /// The topic's settings.
    pub fn config(&self) -> Arc<PartitionConfig> {
        self.config.load_full()
    }

    /// Whether its log waits to be opened.
    pub fn is_unopened(&self) -> bool {
        self.waits.load(Ordering::Acquire)
    }

    /// How its log will be opened, if it was not yet.
    pub fn unopened(&self) -> Option<Unopened> {
        self.inner.lock().unopened.as_deref().copied()
    }

    /// Opens the log, and finds out what a stop in disorder left half done. What cannot be opened is out of service.
    fn open(&self, inner: &mut Inner, unopened: Unopened) {
        let now = TimestampMs::now();
        match self.try_open(inner, &unopened, now) {
            Ok(log) => {
                inner.log.put(log);
                inner.state.recall(unopened.high_watermark);
                inner.settle(now);
                let epoch = inner.state.assignment().leader_epoch;
                if inner.state.is_leader() && inner.log.latest_epoch() != Some(epoch) {
                    // A log that was just opened is not fenced.
                    let _ = inner.log.begin_epoch(epoch);
                }
                self.stir(inner);
            }
            Err(fault) => {
                error!(partition = %self.name, error = %fault, "cannot open the log");
                let path = inner.log.path();
                inner.log.put(Log::broken(&path, Arc::clone(&inner.config.log), &fault, now));
                self.broken.store(matches!(fault, LogError::Corrupt { .. }), Ordering::Release);
                self.offline.store(true, Ordering::Release);
                inner.waiters.fail(ErrorCode::KafkaStorageError);
            }
        }
    }

    /// Whether what stands on the disk could not be opened as a log.
    pub fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Acquire)
    }

    /// Opens a log that could not be opened, without belief in any checkpoint: all of it is looked at, and what comes
    /// after the first damage goes. Only where others have it: this broker must follow, and not be in sync. Whether the
    /// log is open by that.
    pub fn reopen(&self) -> bool {
        let mut inner = self.inner.lock();
        if !self.is_broken() || inner.state.is_leader() || inner.state.is_in_sync() {
            return false;
        }
        let spec = RecoverySpec { log_start_offset: inner.log.start_offset(), ..RecoverySpec::default() };
        let unopened = Unopened { spec, high_watermark: Offset::ZERO };
        let now = TimestampMs::now();
        match off_the_worker(|| self.try_open(&inner, &unopened, now)) {
            Ok(log) => {
                warn!(partition = %self.name, end = %log.end_offset(), "the log was opened up to where it is sound; the rest is fetched from the leader");
                inner.log.put(log);
                inner.settle(now);
                self.broken.store(false, Ordering::Release);
                self.offline.store(false, Ordering::Release);
                self.stir(&mut inner);
                true
            }
            Err(fault) => {
                error!(partition = %self.name, error = %fault, "cannot open the log");
                false
            }
        }
    }

    fn try_open(&self, inner: &Inner, unopened: &Unopened, now: TimestampMs) -> Result<Log, LogError> {
        let path: &PathBuf = &inner.log.path();
        let config = Arc::clone(&inner.config.log);
        let found = read_partition_metadata(path)?;
        self.identified.store(found == Some(self.topic_id), Ordering::Release);
        if found.is_some_and(|found| found != self.topic_id) {
            // The directory belongs to an earlier topic of the same name: keep its data aside, never serve it.
            let stray = self.log_dir().join(stray_dir_name(&self.name));
            warn!(partition = %self.name, dir = %stray.display(), "directory of a topic that is gone was put aside");
            std::fs::rename(path, &stray).map_err(|source| LogError::Io {
                action: "rename",
                path: path.to_owned(),
                source,
            })?;
            return Ok(Log::unborn(path, config, Offset::ZERO, now));
        }
        let (log, report) = Log::open(path, config, unopened.spec, now)?;
        for note in &report.notes {
            warn!(partition = %self.name, "recovery: {note}");
        }
        Ok(log)
    }

    /// Tells that the partition has left its rest, and that its log needs a mark.
    fn stir(&self, inner: &mut Inner) {
        if !inner.stirred {
            inner.stirred = true;
            self.background.chores.stirred(self.key());
        }
        if !inner.asked_for_mark && inner.log.unmarked_bytes() >= MARK_EVERY {
            inner.asked_for_mark = true;
            self.background.chores.unmarked(self.key());
        }
    }

    /// Tells the bound on the page cache of what was appended since it was last told, once that is `least` bytes.
    ///
    /// # Errors
    /// A disk fault.
    pub fn tell_appended(&self, least: u64) -> Result<(), LogError> {
        // Asked of every partition that moves, every second: no lock where nobody wants to know.
        if self.background.page_cache.is_none() {
            return Ok(());
        }
        self.tell_appended_under(&mut self.inner.lock(), least)
    }

    fn tell_appended_under(&self, inner: &mut Inner, least: u64) -> Result<(), LogError> {
        if let Some(page_cache) = &self.background.page_cache {
            page_cache.written(inner.log.take_appended(least)?);
        }
        Ok(())
    }

    /// Marks the log where it ends (`Log::mark`), and gives the offset.
    ///
    /// # Errors
    /// A disk fault.
    pub fn mark(&self) -> Result<Offset, LogError> {
        let mut inner = self.inner.lock();
        inner.asked_for_mark = false;
        if inner.unopened.is_none() {
            inner.log.mark()?;
        }
        Ok(inner.log.marked())
    }

    /// Gives back the files that nobody reads, and all files and indexes if the log did not grow since it ended at
    /// `seen`. `Ok(None)` when the partition came to rest: everything is on disk, and the next append or read tells of
    /// it anew. Else where the log ends.
    ///
    /// # Errors
    /// A disk fault.
    pub fn rest(&self, seen: Option<Offset>) -> Result<Option<Offset>, LogError> {
        let mut inner = self.inner.lock();
        if inner.unopened.is_some() {
            return Ok(None);
        }
        let end = inner.log.end_offset();
        if seen != Some(end) {
            inner.log.release_closed();
            return Ok(Some(end));
        }
        self.tell_appended_under(&mut inner, 1)?;
        inner.log.release_idle()?;
        if inner.log.recovery_point() < end {
            return Ok(Some(end));
        }
        inner.stirred = false;
        self.combiner.release_idle();
        Ok(None)
    }

    /// Whether its disk failed.
    pub fn is_offline(&self) -> bool {
        self.offline.load(Ordering::Acquire)
    }

    /// Whether it is out of service because it was deleted or moved away: no fault of its disk.
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    /// Takes the partition out of service after a disk fault: every wait ends with KAFKA_STORAGE_ERROR.
    pub fn go_offline(&self) {
        self.go_offline_with(ErrorCode::KafkaStorageError);
    }

    /// Takes the partition out of service: deleted, or moved away.
    pub fn go_offline_with(&self, error: ErrorCode) {
        // Before the other flag: who is refused for that one may ask for this.
        if error != ErrorCode::KafkaStorageError && !self.is_offline() {
            self.gone.store(true, Ordering::Release);
        }
        if !self.offline.swap(true, Ordering::AcqRel) {
            // Appends look at the flag under this lock: whoever waits now is told, and nobody comes after.
            self.inner.lock().waiters.fail(error);
        }
    }

    /// Checks that the log can be used, and opens it for that if need be.
    ///
    /// # Errors
    /// KAFKA_STORAGE_ERROR after a disk fault; NOT_LEADER_OR_FOLLOWER when what stands on the disk is no log.
    pub fn check_online(&self) -> Result<(), ErrorCode> {
        if self.is_unopened() {
            drop(self.lock());
        }
        match self.is_offline() {
            false => Ok(()),
            true if self.broken.load(Ordering::Acquire) => Err(ErrorCode::NotLeaderOrFollower),
            true => Err(ErrorCode::KafkaStorageError),
        }
    }

    /// Takes the controller's assignment. A new term that this broker leads begins at the log's end.
    ///
    /// # Errors
    /// When the epoch cannot be written to disk.
    pub fn assign(&self, assignment: Assignment) -> Result<(), LogError> {
        let now = TimestampMs::now();
        let mut inner = self.inner.lock();
        let epoch = assignment.leader_epoch;
        let led = inner.state.is_leader();
        if inner.unopened.is_some() {
            // Where the log ends is told when it is opened; so is the term.
            inner.state.assign(assignment, Offset::ZERO, now);
            return Ok(());
        }
        let end = inner.log.end_offset();
        let assigned = inner.state.assign(assignment, end, now);
        if assigned == Assigned::Leads {
            inner.log.begin_epoch(epoch)?;
        }
        if led && !inner.state.is_leader() {
            inner.waiters.fail(ErrorCode::NotLeaderOrFollower);
        } else if matches!(assigned, Assigned::Leads | Assigned::Follows) {
            inner.waiters.wake_fetches();
        }
        inner.after_move(0, now);
        Ok(())
    }

    /// Takes new settings of the topic.
    pub fn configure(&self, config: Arc<PartitionConfig>) {
        let mut inner = self.inner.lock();
        inner.log.set_config(Arc::clone(&config.log));
        self.config.store(Arc::clone(&config));
        inner.config = config;
    }

    /// Appends what a producer sent, or leaves it to another who appends right now: no worker waits while others write,
    /// and what waits goes to the disk together. Batches are appended in the order of these calls.
    ///
    /// # Errors
    /// The refusal for the partition's part of the answer.
    pub fn produce(
        self: &Arc<Self>,
        records: Bytes,
        acks: Acks,
        api_version: i16,
        now: TimestampMs,
    ) -> Result<Produced, ProduceRefusal> {
        self.check_online().map_err(|code| ProduceRefusal::new(code, ""))?;
        let batch = judge_record_set(records, &self.config.load().produce, api_version, now)?;
        match self.combiner.try_take() {
            Some(turn) => self.append_in_turn(turn, &batch, acks, now).map(Produced::Now),
            None => self.leave(batch, acks, now),
        }
    }

    /// Appends a batch, and then what others left meanwhile.
    fn append_in_turn(
        self: &Arc<Self>,
        turn: Turn<LeftBatch, &Combiner<LeftBatch>>,
        batch: &AcceptedBatch,
        acks: Acks,
        now: TimestampMs,
    ) -> Result<Appended, ProduceRefusal> {
        let mut inner = self.inner.lock();
        let outcome = self.judge_and_append(&mut inner, batch, acks, now);
        self.announce(inner);
        if let Some(turn) = turn.end() {
            self.append_for_others(turn);
        }
        outcome
    }

    fn judge_and_append(
        &self,
        inner: &mut Inner,
        batch: &AcceptedBatch,
        acks: Acks,
        now: TimestampMs,
    ) -> Result<Appended, ProduceRefusal> {
        let refuse = |code: ErrorCode| ProduceRefusal::new(code, "");
        self.check_online().map_err(refuse)?;
        let epoch = inner.state.judge_append(acks, inner.config.min_insync).map_err(refuse)?;
        self.append(inner, batch, epoch, acks, AppendOrigin::Client, now)
    }

    /// Hands the partition to the flusher, if its appends wait for one and none knows yet.
    fn announce(self: &Arc<Self>, mut inner: MutexGuard<'_, Inner>) {
        let wanted = inner.commits.announce();
        drop(inner);
        if wanted {
            self.home.load().flusher.submit(Arc::clone(self));
        }
    }

    fn append(
        &self,
        inner: &mut Inner,
        batch: &AcceptedBatch,
        epoch: LeaderEpoch,
        acks: Acks,
        origin: AppendOrigin,
        now: TimestampMs,
    ) -> Result<Appended, ProduceRefusal> {
        self.ensure_identity(inner).map_err(|fault| self.refusal(inner, AppendError::Log(fault)))?;
        let (one, options) = to_append(batch, origin);
        let info = inner.log.append(&[one], epoch, now, &options).map_err(|error| self.refusal(inner, error))?;
        let must_wait = inner.note(&info, batch.bytes.len());
        self.after_append(inner, batch.bytes.len(), now)?;
        // What the broker writes itself is committed by all in sync, which includes this log when it must be durable.
        let must_wait = must_wait && origin == AppendOrigin::Client;
        Ok(inner.appended(&info, batch.header.record_count, acks, must_wait))
    }

    /// Tells all who must hear of an append; `bytes` are those that readers may see now.
    fn after_append(&self, inner: &mut Inner, bytes: usize, now: TimestampMs) -> Result<(), ProduceRefusal> {
        self.stir(inner);
        self.tell_appended_under(inner, TELL_EVERY).map_err(|fault| self.refusal(inner, AppendError::Log(fault)))?;
        inner.waiters.log_grew();
        inner.after_move(bytes, now);
        Ok(())
    }

    /// Makes durable what stands in the log now, after `prepare`, without the partition's lock: appends go on
    /// meanwhile. The appends that waited for it are told, and readers see them.
    ///
    /// # Errors
    /// A disk fault. The log is fenced then; the caller takes the partition out of service, which ends every wait.
    pub fn sync(
        self: &Arc<Self>,
        now: TimestampMs,
        prepare: impl FnOnce(&mut Log) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        self.sync_with(now, prepare, FlushTicket::sync)
    }

    fn sync_with(
        self: &Arc<Self>,
        now: TimestampMs,
        prepare: impl FnOnce(&mut Log) -> Result<(), LogError>,
        write_out: impl FnOnce(&FlushTicket) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        let settled = {
            let _one_at_a_time = self.syncing.lock();
            let ticket = {
                let mut inner = self.inner.lock();
                prepare(&mut inner.log)?;
                let ticket = inner.log.flush_ticket()?;
                inner.commits.sync_begins();
                ticket
            };
            let synced = ticket.as_ref().map(write_out);
            let mut inner = self.inner.lock();
            if let (Some(ticket), Some(synced)) = (&ticket, synced) {
                inner.log.flushed(ticket, synced, now)?;
            }
            inner.sync_succeeded(now)
        };
        self.settle(settled);
        Ok(())
    }

    /// Tells those whom a sync covered, and has the flusher come again for those who came after.
    fn settle(self: &Arc<Self>, (durable, again): (Durable, bool)) {
        if again {
            self.home.load().flusher.submit(Arc::clone(self));
        }
        durable.tell();
    }

    /// Closes the log in order.
    ///
    /// # Errors
    /// A disk fault: the directory must not be marked clean.
    pub fn close_clean(self: &Arc<Self>, now: TimestampMs) -> Result<(), LogError> {
        let settled = {
            let _one_at_a_time = self.syncing.lock();
            let inner = &mut *self.inner.lock();
            let Some(log) = inner.log.made_mut() else { return Ok(()) };
            inner.commits.sync_begins();
            log.close_clean(now)?;
            inner.sync_succeeded(now)
        };
        self.settle(settled);
        Ok(())
    }

    /// Appends a batch that the broker itself wrote: a coordinator's or a marker. Control batches are allowed.
    ///
    /// # Errors
    /// The code to answer with.
    pub fn append_internal(self: &Arc<Self>, batch: Bytes, now: TimestampMs) -> Result<Appended, ErrorCode> {
        self.check_online()?;
        let header = BatchHeader::parse(&batch).map_err(|_| ErrorCode::CorruptMessage)?;
        let mut inner = self.inner.lock();
        self.check_online()?;
        let min_insync = inner.config.min_insync;
        let epoch = inner.state.judge_append(Acks::All, min_insync)?;
        let batch = AcceptedBatch { header, bytes: batch, log_append_time: None };
        let appended = self
            .append(&mut inner, &batch, epoch, Acks::All, AppendOrigin::Coordinator, now)
            .map_err(|refusal| refusal.code)?;
        self.announce(inner);
        Ok(appended)
    }

    /// Writes `partition.metadata` before the first append: it costs a sync, so partitions that stay empty do without.
    fn ensure_identity(&self, inner: &mut Inner) -> Result<(), LogError> {
        if !self.identified.load(Ordering::Acquire) {
            inner.log.ensure_dir()?;
            if read_partition_metadata(inner.log.dir())?.is_none() {
                write_partition_metadata(inner.log.dir(), self.topic_id)?;
                // The partition's directory may be as new as the file in it.
                sync_dir(&self.log_dir())?;
            }
            self.identified.store(true, Ordering::Release);
        }
        Ok(())
    }

    fn refusal(&self, inner: &mut Inner, error: AppendError) -> ProduceRefusal {
        let code = match &error {
            AppendError::Producer(refusal) => match refusal {
                ProducerRefusal::OutOfOrderSequence { .. } => ErrorCode::OutOfOrderSequenceNumber,
                ProducerRefusal::InvalidProducerEpoch { .. } => ErrorCode::InvalidProducerEpoch,
                ProducerRefusal::CoordinatorFenced { .. } => ErrorCode::TransactionCoordinatorFenced,
                ProducerRefusal::InvalidTxnState { .. } => ErrorCode::InvalidTxnState,
            },
            AppendError::TooLarge { .. } => ErrorCode::RecordListTooLarge,
            AppendError::Invalid(_) | AppendError::OutOfOrderOffset { .. } => ErrorCode::InvalidRecord,
            AppendError::Batch(_) => ErrorCode::CorruptMessage,
            AppendError::Log(fault) => {
                error!(partition = %self.name, error = %fault, "append failed");
                self.take_out(inner)
            }
        };
        ProduceRefusal::new(code, error.to_string())
    }

    /// Notes a disk fault: the partition is out of service until a restart, and every wait on it ends.
    pub fn fault(&self, fault: &LogError) -> ErrorCode {
        self.fault_under(&mut self.inner.lock(), fault)
    }

    fn fault_under(&self, inner: &mut Inner, fault: &LogError) -> ErrorCode {
        error!(partition = %self.name, error = %fault, "disk fault");
        self.take_out(inner)
    }

    fn take_out(&self, inner: &mut Inner) -> ErrorCode {
        self.offline.store(true, Ordering::Release);
        inner.waiters.fail(ErrorCode::KafkaStorageError);
        ErrorCode::KafkaStorageError
    }

    /// Checks, once the high watermark passed, that the ISR did not shrink below the minimum meanwhile.
    ///
    /// # Errors
    /// NOT_ENOUGH_REPLICAS_AFTER_APPEND.
    pub fn judge_committed(&self) -> Result<(), ErrorCode> {
        let inner = self.inner.lock();
        inner.state.judge_committed(inner.config.min_insync)
    }

    /// Deletes records below `offset` (DeleteRecords); -1 is the high watermark. Gives the new log start offset.
    ///
    /// # Errors
    /// OFFSET_OUT_OF_RANGE above the high watermark, POLICY_VIOLATION on a topic that only compacts.
    pub fn delete_records(&self, offset: i64) -> Result<Offset, ErrorCode> {
        self.check_online()?;
        let mut inner = self.inner.lock();
        inner.state.check_leader(LeaderEpoch::NONE)?;
        if !inner.config.deletes {
            return Err(ErrorCode::PolicyViolation);
        }
        let high_watermark = inner.state.high_watermark();
        let target = if offset == -1 { high_watermark } else { Offset(offset) };
        if target < Offset::ZERO || target > high_watermark {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        inner.log.delete_records(target).map_err(|fault| self.fault_under(&mut inner, &fault))?;
        inner.waiters.tell_watchers();
        self.stir(&mut inner);
        Ok(inner.log.start_offset())
    }

    /// Applies retention; the segments that went, for the log.
    ///
    /// # Errors
    /// A disk fault.
    pub fn retain(&self, now: TimestampMs) -> Result<Vec<DeletedSegment>, LogError> {
        let mut inner = self.inner.lock();
        if inner.log.made().is_none() {
            return Ok(Vec::new());
        }
        let high_watermark = inner.state.high_watermark();
        let deleted = inner.log.delete_old_segments(high_watermark, now)?;
        let (start, end) = (inner.log.start_offset(), inner.log.end_offset());
        inner.state.clamp(start, end);
        if !deleted.is_empty() {
            self.stir(&mut inner);
        }
        inner.log.purge_retired(now)?;
        Ok(deleted)
    }

    /// The leader of the partition, as the controller last said.
    pub fn leader(&self) -> (BrokerId, LeaderEpoch) {
        let inner = self.inner.lock();
        let assignment = inner.state.assignment();
        (assignment.leader, assignment.leader_epoch)
    }
}

/// An accepted batch as the log takes it.
fn to_append(batch: &AcceptedBatch, origin: AppendOrigin) -> (BatchToAppend<'_>, AppendOptions) {
    let options = AppendOptions {
        producers: ProducerRules { origin, ..ProducerRules::default() },
        log_append_time: batch.log_append_time,
    };
    (BatchToAppend { header: batch.header, bytes: &batch.bytes }, options)
}

impl Inner {
    /// Brings the state in line with a log that was just opened, or made.
    fn settle(&mut self, now: TimestampMs) {
        let (start, end) = (self.log.start_offset(), self.log.end_offset());
        self.state.begin(end, now);
        self.state.advance(end, self.config.isr_rules(), now);
        self.state.clamp(start, end);
    }

    /// First offset that a reader may not see.
    pub fn readable_end(&self, isolation: Isolation) -> Offset {
        match isolation {
            Isolation::ReadUncommitted => self.state.high_watermark(),
            Isolation::ReadCommitted => self.log.last_stable_offset(self.state.high_watermark()),
            Isolation::Replica => self.log.end_offset(),
        }
    }

    /// Books an append with those that wait for a sync. Whether its answer must wait for one.
    fn note(&mut self, info: &AppendInfo, bytes: usize) -> bool {
        let (first, end) = (info.first_offset, info.last_offset.next());
        if info.duplicate {
            return self.commits.is_waiting(first, end);
        }
        let append = group_commit::Append { first, end, bytes };
        self.commits.appended(append, self.log.recovery_point(), self.config.log.flush_messages)
    }

    /// What is told of an append, and the waits for what it still lacks.
    fn appended(&mut self, info: &AppendInfo, records: i32, acks: Acks, must_wait: bool) -> Appended {
        let end = info.last_offset.next();
        Appended {
            base_offset: info.first_offset,
            log_append_time: info.log_append_time.unwrap_or(TimestampMs::NONE),
            log_start: self.log.start_offset(),
            records,
            durable: (must_wait && acks != Acks::None).then(|| self.waiters.add_sync(end)),
            commit: (acks == Acks::All && self.state.high_watermark() < end).then(|| self.waiters.add_commit(end)),
        }
    }

    /// Moves the high watermark after the log or the ISR moved, and tells those who wait; `appended` is how many bytes
    /// readers see with it.
    fn after_move(&mut self, appended: usize, now: TimestampMs) {
        let end = self.commits.counted_end(self.log.end_offset());
        if self.state.advance(end, self.config.isr_rules(), now) {
            self.high_watermark_moved(appended);
        }
    }

    /// Tells of a high watermark that moved.
    fn high_watermark_moved(&mut self, appended: usize) {
        let high_watermark = self.state.high_watermark();
        self.log.on_high_watermark(high_watermark);
        let outcome = self.state.judge_committed(self.config.min_insync);
        self.waiters.committed(high_watermark, outcome);
        // With other replicas it passes what was appended before: how much that is, each fetch finds out itself.
        let alone = self.state.is_leader() && self.state.followers().is_empty();
        self.waiters.readable(if alone { i64::try_from(appended).unwrap_or(i64::MAX).max(1) } else { i64::MAX });
        self.waiters.high_watermark_moved();
    }

    /// A sync of the log succeeded: who is durable by it, and whether more wait for the next.
    fn sync_succeeded(&mut self, now: TimestampMs) -> (Durable, bool) {
        let covered = self.commits.sync_succeeded();
        let Some(up_to) = covered.up_to else { return (Durable::default(), covered.again) };
        self.after_move(covered.bytes, now);
        (self.waiters.durable(up_to), covered.again)
    }
}

/// Runs work that waits for the disk; other tasks of the worker are moved elsewhere first, where there are workers.
fn off_the_worker<R>(work: impl FnOnce() -> R) -> R {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
#[cfg(test)]
mod tests;
