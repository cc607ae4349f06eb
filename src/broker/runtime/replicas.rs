//! The partitions that this broker holds: found by name or id, created and removed as the metadata says.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use parking_lot::{Mutex, RwLock};
use tracing::{error, info, warn};

use super::flusher::{Flusher, SYNCS_AT_ONCE};
use super::log_dirs::{LogDir, LogDirs};
use super::partition::{Partition, PartitionConfig};
use crate::broker::state::partition::{Assignment, PartitionState};
use crate::log::{Log, LogError, RecoverySpec, files};
use crate::model::{BrokerId, ErrorCode, Offset, PartitionId, TimestampMs, TopicName, TopicPartition, Uuid};

/// The partitions of one topic, by index; `None` where this broker holds no replica.
pub type TopicSlots = Vec<Option<Arc<Partition>>>;

#[derive(Debug, Default)]
struct Index {
    by_name: HashMap<TopicName, (Uuid, TopicSlots)>,
    names: HashMap<Uuid, TopicName>,
}

/// All partitions on this broker.
#[derive(Debug)]
pub struct Replicas {
    me: BrokerId,
    dirs: LogDirs,
    /// One for each directory.
    flushers: HashMap<PathBuf, Arc<Flusher>>,
    index: RwLock<Index>,
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
    /// No partitions yet.
    pub fn new(me: BrokerId, dirs: LogDirs) -> Arc<Replicas> {
        Arc::new_cyclic(|myself: &Weak<Replicas>| {
            let flusher = |dir: &LogDir| {
                let replicas = Weak::clone(myself);
                let on_fault = move |partition: &Partition| {
                    if let Some(replicas) = replicas.upgrade() {
                        replicas.partition_failed(partition);
                    }
                };
                (dir.path().to_owned(), Arc::new(Flusher::new(SYNCS_AT_ONCE, on_fault)))
            };
            let flushers = dirs.iter().map(flusher).collect();
            Replicas { me, dirs, flushers, index: RwLock::new(Index::default()), graves: Mutex::new(Vec::new()) }
        })
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
        let Some(dir) = self.dirs.holding(&name).or_else(|| self.dirs.place(directory)) else {
            error!(partition = %name, "no log directory is usable");
            return Ok(());
        };
        let partition =
            self.open(dir, &name, topic_id, assignment, config).inspect_err(|fault| self.judge_fault(dir, fault))?;
        self.insert(Arc::new(partition));
        dir.count(1);
        Ok(())
    }

    fn open(
        &self,
        dir: &LogDir,
        name: &TopicPartition,
        topic_id: Uuid,
        assignment: Assignment,
        config: Arc<PartitionConfig>,
    ) -> Result<Partition, LogError> {
        let path = dir.partition_path(name);
        let existed = path.is_dir();
        if existed && files::read_partition_metadata(&path)?.is_some_and(|found| found != topic_id) {
            // The directory belongs to an earlier topic of the same name: keep its data aside, never serve it.
            let stray = dir.path().join(files::stray_dir_name(name));
            warn!(partition = %name, dir = %stray.display(), "directory of a topic that is gone was put aside");
            std::fs::rename(&path, &stray).map_err(|source| LogError::Io {
                action: "rename",
                path: path.clone(),
                source,
            })?;
        }
        let (recovery_point, high_watermark, log_start) = dir.checkpointed(name);
        let spec = RecoverySpec {
            recovery_point,
            log_start_offset: log_start.unwrap_or(Offset::ZERO),
            clean_shutdown: dir.was_clean(),
        };
        let (mut log, report) = Log::open(&path, Arc::clone(&config.log), spec, TimestampMs::now())?;
        for note in &report.notes {
            info!(partition = %name, "recovery: {note}");
        }
        let leads_anew = assignment.leader == self.me && log.latest_epoch() != Some(assignment.leader_epoch);
        if leads_anew {
            log.assign_epoch_start(assignment.leader_epoch, log.end_offset())?;
        }
        let mut state = PartitionState::new(self.me, assignment, high_watermark);
        state.advance(log.end_offset(), config.min_insync);
        let flusher = Arc::clone(&self.flushers[dir.path()]);
        Ok(Partition::new(name.clone(), topic_id, dir.path().to_owned(), log, state, config, flusher))
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
        gone.go_offline_with(ErrorCode::UnknownTopicOrPartition);
        if let Some(dir) = self.dirs.at(gone.log_dir()) {
            dir.count(-1);
        }
        if deleted {
            self.bury(&gone);
        }
    }

    /// Renames a deleted partition's directory, so that its name is free at once; the files go later.
    fn bury(&self, gone: &Partition) {
        let path = gone.log_dir().join(gone.name().to_string());
        let grave = gone.log_dir().join(files::delete_dir_name(gone.name()));
        match std::fs::rename(&path, &grave) {
            Ok(()) => {
                let delay = gone.lock().config.log.file_delete_delay_ms;
                info!(partition = %gone.name(), dir = %grave.display(), "log marked for deletion");
                self.graves.lock().push((TimestampMs::now() + delay, grave));
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => error!(partition = %gone.name(), error = %e, "cannot mark the log for deletion"),
        }
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

    /// Takes a whole directory out of service when a fault says so.
    pub fn judge_fault(&self, dir: &LogDir, fault: &LogError) {
        if matches!(fault, LogError::Io { .. } | LogError::Fenced { .. }) && dir.fail() {
            self.fail_partitions_in(dir.path());
        }
    }

    /// Takes the directory of a partition out of service after a fault on it.
    pub fn partition_failed(&self, partition: &Partition) {
        if let Some(dir) = self.dirs.at(partition.log_dir())
            && dir.fail()
        {
            self.fail_partitions_in(dir.path());
        }
    }

    fn fail_partitions_in(&self, dir: &Path) {
        for partition in self.all().into_iter().filter(|p| p.log_dir() == dir) {
            partition.go_offline();
        }
    }
}

fn slot(slots: &TopicSlots, partition: PartitionId) -> Option<Arc<Partition>> {
    slots.get(usize::try_from(partition).ok()?)?.clone()
}
