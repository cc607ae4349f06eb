//! The partitions that this broker holds: found by name or id, created and removed as the metadata says.

mod moving;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use foldhash::fast::RandomState;
use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;
use tracing::{error, info, warn};

pub use self::moving::log_start_line;
use super::books::Book;
use super::chores::Chores;
use super::flusher::{Flusher, SYNCS_AT_ONCE};
use super::log_dirs::{LogDir, LogDirs};
use super::moves::Futures;
use super::page_cache::PageCacheBound;
use super::partition::{Background, Home, Partition, PartitionConfig, Standing, Unopened};
use super::replication::IsrProposals;
use crate::broker::state::partition::{Assignment, PartitionState};
use crate::log::{LogError, files};
use crate::model::{BrokerId, ErrorCode, Offset, PartitionId, TimestampMs, TopicName, TopicPartition, Uuid};

/// The partitions of one topic, by index; `None` where this broker holds no replica.
pub type TopicSlots = Vec<Option<Arc<Partition>>>;

#[derive(Debug, Default)]
struct Index {
    by_name: HashMap<TopicName, (Uuid, TopicSlots), RandomState>,
    names: HashMap<Uuid, TopicName, RandomState>,
}

/// All partitions on this broker.
#[derive(Debug)]
pub struct Replicas {
    me: BrokerId,
    dirs: LogDirs,
    /// One for each directory.
    homes: HashMap<PathBuf, Arc<Home>>,
    background: Arc<Background>,
    futures: Futures,
    index: RwLock<Index>,
    chores: Arc<Chores>,
    page_cache: Option<Arc<PageCacheBound>>,
    proposals: Arc<IsrProposals>,
    dir_failed: Notify,
    /// Partitions whose logs stand on the disk and wait to be opened.
    unopened: Mutex<Vec<Arc<Partition>>>,
    has_unopened: AtomicBool,
    has_started: AtomicBool,
    graves: Mutex<Vec<(TimestampMs, PathBuf)>>,
}

/// What the metadata says of a partition this broker holds.
#[derive(Clone, Debug)]
pub struct Placement {
    /// The partition.
    pub name: TopicPartition,
    /// Its topic's id.
    pub topic_id: Uuid,
    /// Who leads and follows.
    pub assignment: Assignment,
    /// The directory the controller chose, if any.
    pub directory: Option<Uuid>,
    /// The topic's settings.
    pub config: Arc<PartitionConfig>,
}

impl Replicas {
    /// No partitions yet; `page_cache` bounds what their logs keep there.
    pub fn new(me: BrokerId, dirs: LogDirs, page_cache: Option<Arc<PageCacheBound>>) -> Arc<Replicas> {
        Arc::new_cyclic(|myself: &Weak<Replicas>| {
            let (chores, proposals) = (Arc::new(Chores::default()), Arc::new(IsrProposals::default()));
            let home = |dir: &LogDir| {
                let replicas = Weak::clone(myself);
                let on_fault = move |partition: &Partition| {
                    if let Some(replicas) = replicas.upgrade() {
                        replicas.partition_failed(partition);
                    }
                };
                let flusher = Arc::new(Flusher::new(SYNCS_AT_ONCE, on_fault));
                (dir.path().to_owned(), Arc::new(Home { log_dir: dir.shared_path(), flusher }))
            };
            let homes = dirs.iter().map(home).collect();
            let background = Arc::new(Background {
                chores: Arc::clone(&chores),
                page_cache: page_cache.clone(),
                proposals: Arc::clone(&proposals),
            });
            let left_over = dirs.iter().flat_map(LogDir::leftovers);
            let graves = left_over.map(|path| (TimestampMs::NONE, path.clone())).collect();
            Replicas {
                me,
                dirs,
                homes,
                background,
                futures: Futures::default(),
                index: RwLock::new(Index::default()),
                chores,
                page_cache,
                proposals,
                dir_failed: Notify::new(),
                unopened: Mutex::new(Vec::new()),
                has_unopened: AtomicBool::new(false),
                has_started: AtomicBool::new(false),
                graves: Mutex::new(graves),
            }
        })
    }

    /// What partitions want done.
    pub const fn chores(&self) -> &Arc<Chores> {
        &self.chores
    }

    /// The bound on the page cache, if there is one.
    pub const fn page_cache(&self) -> Option<&Arc<PageCacheBound>> {
        self.page_cache.as_ref()
    }

    /// What this broker's leaders ask the controller for.
    pub const fn proposals(&self) -> &Arc<IsrProposals> {
        &self.proposals
    }

    /// The copies of replicas that move to another directory.
    pub const fn futures(&self) -> &Futures {
        &self.futures
    }

    /// The log directories.
    pub const fn dirs(&self) -> &LogDirs {
        &self.dirs
    }

    /// The partition by its topic's name.
    ///
    /// # Errors
    /// UNKNOWN_TOPIC_OR_PARTITION.
    pub fn by_name(&self, topic: &str, partition: PartitionId) -> Result<Arc<Partition>, ErrorCode> {
        let index = self.index.read();
        let (_, slots) = index.by_name.get(topic).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        slot(slots, partition).ok_or(ErrorCode::UnknownTopicOrPartition)
    }

    /// The partition by its topic's id.
    ///
    /// # Errors
    /// UNKNOWN_TOPIC_ID, or UNKNOWN_TOPIC_OR_PARTITION when the topic has no such partition.
    pub fn by_id(&self, topic: Uuid, partition: PartitionId) -> Result<Arc<Partition>, ErrorCode> {
        let index = self.index.read();
        let name = index.names.get(&topic).ok_or(ErrorCode::UnknownTopicId)?;
        let (_, slots) = index.by_name.get(name).ok_or(ErrorCode::UnknownTopicId)?;
        slot(slots, partition).ok_or(ErrorCode::UnknownTopicOrPartition)
    }

    /// Every partition. A copy: callers may take their time.
    pub fn all(&self) -> Vec<Arc<Partition>> {
        let index = self.index.read();
        index.by_name.values().flat_map(|(_, slots)| slots.iter().flatten().cloned()).collect()
    }

    /// Every partition of one topic.
    pub fn of_topic(&self, topic: &str) -> Vec<Arc<Partition>> {
        let index = self.index.read();
        index.by_name.get(topic).map(|(_, slots)| slots.iter().flatten().cloned().collect()).unwrap_or_default()
    }

    /// Creates or updates a partition as the metadata says.
    pub fn place(&self, placement: Placement) {
        let name = placement.name.clone();
        if let Err(fault) = self.try_place(placement) {
            error!(partition = %name, error = %fault, "cannot open the log");
        }
    }

    fn try_place(&self, placement: Placement) -> Result<(), LogError> {
        let Placement { name, topic_id, assignment, directory, config } = placement;
        if let Ok(existing) = self.by_id(topic_id, name.partition) {
            return existing.assign(assignment);
        }
        let Some(dir) = self.dir_for(&name, topic_id, directory) else {
            error!(partition = %name, "no log directory is usable");
            return Ok(());
        };
        let (spec, high_watermark) = dir.checkpointed(&name);
        let is_on_disk = dir.claim(&name);
        let standing = if is_on_disk {
            Standing::OnDisk(Unopened { spec, high_watermark })
        } else {
            Standing::New(spec.log_start_offset)
        };
        let state = PartitionState::new(self.me, assignment, Offset::ZERO);
        let (home, background) = (Arc::clone(&self.homes[dir.path()]), Arc::clone(&self.background));
        let partition = Partition::new(name, topic_id, standing, state, config, home, background);
        let partition = Arc::new(partition);
        self.insert(Arc::clone(&partition));
        dir.count(1);
        if is_on_disk {
            self.unopened.lock().push(Arc::clone(&partition));
            self.has_unopened.store(true, Ordering::Release);
        }
        self.resume_move(&partition, dir);
        Ok(())
    }

    /// Opens the logs that nobody asked for yet, until none is left or `stop` says so, and tells of each that is broken.
    /// Many threads may do it at once.
    pub fn open_waiting(&self, stop: impl Fn() -> bool, on_broken: impl Fn(&Arc<Partition>)) {
        while !stop() {
            let Some(partition) = self.unopened.lock().pop() else { return };
            self.ensure_open(&partition);
            if partition.is_broken() {
                on_broken(&partition);
            }
        }
    }

    /// Opens the log of a partition now. A fault of the disk takes its directory out of service.
    pub fn ensure_open(&self, partition: &Partition) {
        if partition.check_online() == Err(ErrorCode::KafkaStorageError) {
            self.partition_failed(partition);
        }
    }

    /// Whether logs came to wait since this was asked last.
    pub fn take_has_unopened(&self) -> bool {
        self.has_unopened.swap(false, Ordering::AcqRel)
    }

    /// Says that every partition is there that this broker held before: what the checkpoints say of others is
    /// forgotten, and from now on what they say of one that goes.
    pub fn started(&self) {
        self.has_started.store(true, Ordering::Release);
        for dir in self.dirs.iter() {
            dir.books().lock().retain(|name| self.by_name(name.topic.as_str(), name.partition).is_ok());
        }
        self.bury_orphaned_copies();
    }

    fn insert(&self, partition: Arc<Partition>) {
        let mut index = self.index.write();
        let name = partition.name().clone();
        index.names.insert(partition.topic_id(), name.topic.clone());
        let (id, slots) = index.by_name.entry(name.topic).or_insert_with(|| (partition.topic_id(), Vec::new()));
        if *id != partition.topic_id() {
            // The topic was deleted and made again between two images.
            *id = partition.topic_id();
            slots.clear();
        }
        let at = name.partition as usize;
        if slots.len() <= at {
            slots.resize(at + 1, None);
        }
        slots[at] = Some(partition);
    }

    /// Lets go of a partition; `deleted` also removes its data.
    pub fn remove(&self, topic_id: Uuid, partition: PartitionId, deleted: bool) {
        let Ok(gone) = self.by_id(topic_id, partition) else { return };
        {
            let mut index = self.index.write();
            let name = &gone.name().topic;
            let mut topic_is_gone = false;
            if let Some((_, slots)) = index.by_name.get_mut(name.as_str()) {
                if let Some(slot) = slots.get_mut(partition as usize) {
                    *slot = None;
                }
                topic_is_gone = slots.iter().all(Option::is_none);
            }
            if topic_is_gone {
                index.by_name.remove(name.as_str());
                index.names.remove(&topic_id);
            }
        }
        // A start replays the life of every topic, also of one whose name another took over since: files and lines of
        // a log that was not looked at yet may be the other's.
        let path = gone.log_dir().join(gone.name().to_string());
        let is_its_own =
            !gone.is_unopened() || matches!(files::read_partition_metadata(&path), Ok(Some(id)) if id == topic_id);
        gone.go_offline_with(ErrorCode::UnknownTopicOrPartition);
        if let Some(future) = self.futures.of(gone.replica_key()) {
            self.drop_copy(&future);
        }
        if deleted && is_its_own {
            self.bury(&gone);
        }
        if let Some(dir) = self.dirs.at(&gone.log_dir()) {
            dir.count(-1);
            dir.release(gone.name());
            if self.has_started.load(Ordering::Acquire) {
                dir.books().lock().forget(gone.name());
            }
        }
    }

    /// Renames a deleted partition's directory, so that its name is free at once; the files go later.
    fn bury(&self, gone: &Partition) {
        self.bury_dir(gone, &gone.log_dir().join(gone.name().to_string()));
    }

    fn bury_dir(&self, gone: &Partition, path: &Path) {
        let grave = path.with_file_name(files::delete_dir_name(gone.name()));
        match std::fs::rename(path, &grave) {
            Ok(()) => {
                info!(partition = %gone.name(), dir = %grave.display(), "log marked for deletion");
                self.dig_later(gone, grave);
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => error!(partition = %gone.name(), error = %e, "cannot mark the log for deletion"),
        }
    }

    /// Has a renamed directory removed after `file.delete.delay.ms`.
    fn dig_later(&self, gone: &Partition, grave: PathBuf) {
        let delay = gone.config().log.file_delete_delay_ms;
        self.graves.lock().push((TimestampMs::now() + delay, grave));
    }

    /// Removes the directories of deleted partitions whose delay (`file.delete.delay.ms`) is over.
    pub fn dig(&self, now: TimestampMs) {
        let due: Vec<PathBuf> = {
            let mut graves = self.graves.lock();
            let (due, later) = std::mem::take(&mut *graves).into_iter().partition(|(at, _)| *at <= now);
            *graves = later;
            due.into_iter().map(|(_, path): (TimestampMs, PathBuf)| path).collect()
        };
        for path in due {
            if let Err(e) = std::fs::remove_dir_all(&path) {
                warn!(dir = %path.display(), error = %e, "cannot remove a deleted log");
            }
        }
    }

    /// Gives every partition of a topic new settings.
    pub fn configure(&self, topic: &str, config: &Arc<PartitionConfig>) {
        for partition in self.of_topic(topic) {
            partition.configure(Arc::clone(config));
        }
    }

    /// The ids of directories that failed since the start: what heartbeats tell the controller, which then has other
    /// replicas lead what lies in them (KIP-858).
    pub fn failed_dirs(&self) -> Vec<Uuid> {
        self.dirs.iter().filter(|dir| dir.is_offline()).map(LogDir::id).collect()
    }

    /// The ids of directories that take no new replicas, for heartbeats as well (KIP-1066).
    pub fn cordoned_dirs(&self) -> Vec<Uuid> {
        self.dirs.iter().filter(|dir| dir.is_cordoned()).map(LogDir::id).collect()
    }

    /// Resolves when a directory fails, or failed since this was asked last.
    pub async fn wait_for_failed_dir(&self) {
        self.dir_failed.notified().await;
    }

    /// Takes a whole directory out of service when a fault says so.
    pub fn judge_fault(&self, dir: &LogDir, fault: &LogError) {
        if matches!(fault, LogError::Io { .. } | LogError::Fenced { .. }) && dir.fail() {
            self.fail_partitions_in(dir.path());
        }
    }

    /// Takes the directory of a partition out of service after a fault on it. One that was deleted while somebody still
    /// had to do with it refuses as a failed one does, and says nothing of the directory.
    pub fn partition_failed(&self, partition: &Partition) {
        if !partition.is_gone()
            && let Some(dir) = self.dirs.at(&partition.log_dir())
            && dir.fail()
        {
            self.fail_partitions_in(dir.path());
        }
    }

    /// Brings the checkpoints of a partition down to a log that was cut, before anything is appended to it again: a start
    /// would take what comes for safe on the disk as far as they say (`truncateTo`, `checkpointRecoveryOffsetsInDir`).
    pub fn note_cut(&self, partition: &Partition) {
        let Some(dir) = self.dirs.at(&partition.log_dir()) else { return };
        let (recovery_point, marked) = {
            let inner = partition.lock();
            (inner.log.recovery_point(), inner.log.marked())
        };
        let written = {
            let mut books = dir.books().lock();
            let lower = |book: &mut Book, to| {
                if to < book.get(partition.name()) {
                    book.set(partition.name(), to);
                }
            };
            lower(&mut books.recovery_points, recovery_point);
            lower(&mut books.written, marked);
            books.write_recovery_points(dir.path()).and_then(|()| books.write_written(dir.path()))
        };
        if let Err(fault) = written {
            error!(error = %fault, "cannot write a checkpoint");
            self.judge_fault(dir, &fault);
        }
    }

    fn fail_partitions_in(&self, dir: &Path) {
        self.dir_failed.notify_one();
        for partition in self.all().into_iter().filter(|p| *p.log_dir() == *dir) {
            partition.go_offline();
        }
    }
}

fn slot(slots: &TopicSlots, partition: PartitionId) -> Option<Arc<Partition>> {
    slots.get(usize::try_from(partition).ok()?)?.clone()
}

#[cfg(test)]
mod tests;
