//! Topics and partitions in the image.

use std::sync::Arc;

use smallvec::SmallVec;

use super::apply::ApplyError;
use crate::model::{BrokerId, LeaderEpoch, PartitionId, TopicName, Uuid};
use crate::wire::records::metadata::{PartitionChangeRecord, PartitionRecord};

/// Replica lists: four stand in line, so that the usual partition takes no heap for them.
pub type Replicas = SmallVec<[BrokerId; 4]>;

/// The reserved directory ids of KIP-858.
#[derive(Debug)]
pub struct DirectoryId;

impl DirectoryId {
    /// A broker that is leaving ZooKeeper: never written by logbus, read for what it is.
    pub const MIGRATING: Uuid = Uuid(0);
    /// No directory chosen yet.
    pub const UNASSIGNED: Uuid = Uuid(1);
    /// In a directory that is offline, not known which.
    pub const LOST: Uuid = Uuid(2);

    /// Whether the id is one of Kafka's first hundred, which no directory may have.
    pub const fn is_reserved(id: Uuid) -> bool {
        id.0 < 100
    }
}

/// Whether a partition's leader was elected from the in-sync set (KIP-704).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RecoveryState {
    /// It was, or it has caught up since.
    #[default]
    Recovered,
    /// It was not: data may be missing until the leader says it has recovered.
    Recovering,
}

impl RecoveryState {
    /// The number in records and requests.
    pub const fn code(self) -> i8 {
        match self {
            RecoveryState::Recovered => 0,
            RecoveryState::Recovering => 1,
        }
    }

    /// The state for a number; anything but 1 is recovered.
    pub const fn from_code(code: i8) -> RecoveryState {
        if code == 1 { RecoveryState::Recovering } else { RecoveryState::Recovered }
    }
}

/// A topic and its partitions, which are numbered without a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicImage {
    /// Its name.
    pub name: TopicName,
    /// Its id, drawn at creation.
    pub id: Uuid,
    /// Its partitions, by index.
    pub partitions: Vec<Arc<PartitionImage>>,
}

impl TopicImage {
    /// One partition.
    pub fn partition(&self, index: PartitionId) -> Option<&Arc<PartitionImage>> {
        self.partitions.get(usize::try_from(index).ok()?)
    }

    /// Partitions with their indexes.
    pub fn iter(&self) -> impl Iterator<Item = (PartitionId, &Arc<PartitionImage>)> {
        self.partitions.iter().enumerate().map(|(i, p)| (i as PartitionId, p))
    }
}

/// What the cluster has decided about one partition (`PartitionRegistration`).
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionImage {
    /// Assigned replicas; the first is the preferred leader.
    pub replicas: Replicas,
    /// The log directory of each replica, in the order of `replicas`.
    pub directories: SmallVec<[Uuid; 1]>,
    /// In-sync replicas.
    pub isr: Replicas,
    /// The lists that are empty as a rule; `None` when all of them are.
    pub exceptions: Option<Box<Exceptions>>,
    /// The leader, or [`BrokerId::NONE`].
    pub leader: BrokerId,
    /// Whether the leader came from the in-sync set.
    pub recovery: RecoveryState,
    /// Raised at every change of leader.
    pub leader_epoch: LeaderEpoch,
    /// Raised at every change of anything.
    pub partition_epoch: i32,
}

/// Lists of replicas that most partitions have empty all their lives: they cost those that have one.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Exceptions {
    /// Eligible leader replicas (KIP-966): out of sync, but known to have everything committed.
    pub elr: Replicas,
    /// Who led last, kept when neither `isr` nor `elr` can lead.
    pub last_known_elr: Replicas,
    /// Replicas that a reassignment takes away.
    pub removing: Replicas,
    /// Replicas that a reassignment adds.
    pub adding: Replicas,
}

impl Exceptions {
    /// The form in which a partition holds them.
    pub fn boxed(self) -> Option<Box<Exceptions>> {
        (self != Exceptions::default()).then(|| Box::new(self))
    }
}

pub(super) fn replicas(ids: &[i32]) -> Replicas {
    ids.iter().copied().map(BrokerId).collect()
}

pub(super) fn raw(ids: &[BrokerId]) -> Vec<i32> {
    ids.iter().map(|id| id.get()).collect()
}

impl PartitionImage {
    /// The "leader does not change" value of `PartitionChangeRecord`.
    pub const NO_LEADER_CHANGE: i32 = -2;

    /// Whether `broker` is one of the replicas.
    pub fn has_replica(&self, broker: BrokerId) -> bool {
        self.replicas.contains(&broker)
    }

    /// The directory of `broker`'s replica, when it is one.
    pub fn directory_of(&self, broker: BrokerId) -> Option<Uuid> {
        let at = self.replicas.iter().position(|id| *id == broker)?;
        self.directories.get(at).copied()
    }

    fn exception(&self, list: impl FnOnce(&Exceptions) -> &Replicas) -> &[BrokerId] {
        self.exceptions.as_deref().map_or(&[], |exceptions| list(exceptions))
    }

    /// Eligible leader replicas.
    pub fn elr(&self) -> &[BrokerId] {
        self.exception(|e| &e.elr)
    }

    /// Who led last, when nobody can lead.
    pub fn last_known_elr(&self) -> &[BrokerId] {
        self.exception(|e| &e.last_known_elr)
    }

    /// Replicas that a reassignment takes away.
    pub fn removing(&self) -> &[BrokerId] {
        self.exception(|e| &e.removing)
    }

    /// Replicas that a reassignment adds.
    pub fn adding(&self) -> &[BrokerId] {
        self.exception(|e| &e.adding)
    }

    /// Whether a reassignment is under way.
    pub fn is_reassigning(&self) -> bool {
        !self.adding().is_empty() || !self.removing().is_empty()
    }

    /// This partition without eligible leader replicas.
    pub(super) fn clear_elr(&mut self) {
        if let Some(exceptions) = self.exceptions.take() {
            let Exceptions { removing, adding, .. } = *exceptions;
            self.exceptions = Exceptions { removing, adding, ..Exceptions::default() }.boxed();
        }
    }

    pub(super) fn from_record(record: &PartitionRecord) -> Result<PartitionImage, ApplyError> {
        let directories: SmallVec<[Uuid; 1]> = if record.directories.is_empty() {
            record.replicas.iter().map(|_| DirectoryId::MIGRATING).collect()
        } else {
            record.directories.iter().copied().collect()
        };
        if directories.len() != record.replicas.len() {
            return Err(ApplyError::Directories { topic: record.topic_id, partition: record.partition_id });
        }
        Ok(PartitionImage {
            replicas: replicas(&record.replicas),
            directories,
            isr: replicas(&record.isr),
            exceptions: Exceptions {
                elr: replicas(record.eligible_leader_replicas.as_deref().unwrap_or_default()),
                last_known_elr: replicas(record.last_known_elr.as_deref().unwrap_or_default()),
                removing: replicas(&record.removing_replicas),
                adding: replicas(&record.adding_replicas),
            }
            .boxed(),
            leader: BrokerId(record.leader),
            recovery: RecoveryState::from_code(record.leader_recovery_state),
            leader_epoch: LeaderEpoch(record.leader_epoch),
            partition_epoch: record.partition_epoch,
        })
    }

    /// This partition after a change record; fields that the record leaves out stay (`PartitionRegistration.merge`).
    ///
    /// # Errors
    /// When the record names another number of directories than there are replicas.
    pub fn merged(&self, record: &PartitionChangeRecord) -> Result<PartitionImage, ApplyError> {
        let mut next = self.clone();
        let mut exceptions = next.exceptions.take().map_or_else(Exceptions::default, |exceptions| *exceptions);
        let set = |slot: &mut Replicas, ids: &Option<Vec<i32>>| {
            if let Some(ids) = ids {
                *slot = replicas(ids);
            }
        };
        set(&mut next.replicas, &record.replicas);
        set(&mut next.isr, &record.isr);
        set(&mut exceptions.elr, &record.eligible_leader_replicas);
        set(&mut exceptions.last_known_elr, &record.last_known_elr);
        set(&mut exceptions.removing, &record.removing_replicas);
        set(&mut exceptions.adding, &record.adding_replicas);
        next.exceptions = exceptions.boxed();
        if let Some(directories) = &record.directories {
            next.directories = directories.iter().copied().collect();
        } else if record.replicas.is_some() {
            // Records from before directories were assigned (KIP-858) change replicas alone.
            let kept = |id: &BrokerId| self.directory_of(*id).unwrap_or(DirectoryId::MIGRATING);
            next.directories = next.replicas.iter().map(kept).collect();
        }
        if next.directories.len() != next.replicas.len() {
            return Err(ApplyError::Directories { topic: record.topic_id, partition: record.partition_id });
        }
        if record.leader != Self::NO_LEADER_CHANGE {
            next.leader = BrokerId(record.leader);
            next.leader_epoch = self.leader_epoch.next();
        }
        if record.leader_recovery_state >= 0 {
            next.recovery = RecoveryState::from_code(record.leader_recovery_state);
        }
        next.partition_epoch += 1;
        Ok(next)
    }

    /// The record that would establish this partition.
    pub fn to_record(&self, topic: Uuid, partition: PartitionId) -> PartitionRecord {
        let nullable = |ids: &[BrokerId]| (!ids.is_empty()).then(|| raw(ids));
        PartitionRecord {
            partition_id: partition,
            topic_id: topic,
            replicas: raw(&self.replicas),
            isr: raw(&self.isr),
            removing_replicas: raw(self.removing()),
            adding_replicas: raw(self.adding()),
            leader: self.leader.get(),
            leader_recovery_state: self.recovery.code(),
            leader_epoch: self.leader_epoch.get(),
            partition_epoch: self.partition_epoch,
            directories: self.directories.to_vec(),
            eligible_leader_replicas: nullable(self.elr()),
            last_known_elr: nullable(self.last_known_elr()),
        }
    }
}
