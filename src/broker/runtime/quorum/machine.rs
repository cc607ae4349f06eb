//! Committed entries become images; images become snapshots.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use openraft::entry::RaftEntry as _;
use openraft::storage::{EntryResponder, RaftSnapshotBuilder, RaftStateMachine, Snapshot};
use openraft::{EntryPayload, OptionalSend};

use super::entries::{read_voters, voters_record};
use super::types::{
    LogId, Membership, SnapshotMeta, StoredMembership, Types, epoch_of, kraft_version_of, log_id, membership_of,
    offset_of,
};
use super::{QuorumError, QuorumSettings};
use crate::broker::state::metadata::{
    LogPosition, MetadataChanges, MetadataImage, MetadataLoader, MetadataUpdate, image_records, record_version,
};
use crate::log::LogError;
use crate::log::storage::{
    CheckpointName, CheckpointRecord, CheckpointWriter, CommitCheckpoint, METADATA_DIR, checkpoints_in, read_checkpoint,
};
use crate::model::{Offset, TimestampMs};
use crate::wire::batch::ControlRecordType;
use crate::wire::records::control::KRaftVersionRecord;
use crate::wire::records::metadata::MetadataRecord;
use crate::wire::schema::Message as _;

/// A snapshot on its way: a complete checkpoint file.
#[derive(Clone, Debug)]
pub struct CheckpointFile {
    pub(super) path: PathBuf,
}

/// Where images go: called with every step, in order, from the engine's task.
pub(super) type Publish = Box<dyn Fn(MetadataUpdate) + Send + Sync>;

/// What others may know of the state machine: record bytes applied since the last snapshot, for the task that asks for
/// the next, and the transaction that a new leader finds open.
#[derive(Debug)]
pub(super) struct Backlog {
    bytes: AtomicU64,
    /// Where the applied log ends inside a transaction, -1 outside.
    open_at: AtomicI64,
}

impl Default for Backlog {
    fn default() -> Backlog {
        Backlog { bytes: AtomicU64::new(0), open_at: AtomicI64::new(Offset::NONE.get()) }
    }
}

impl Backlog {
    pub(super) fn open_transaction(&self) -> Option<Offset> {
        Some(Offset(self.open_at.load(Ordering::Acquire))).filter(|offset| *offset != Offset::NONE)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

pub(super) struct StateMachine {
    loader: MetadataLoader,
    applied: Option<LogId>,
    membership: StoredMembership,
    last_timestamp: TimestampMs,
    dir: PathBuf,
    publish: Publish,
    backlog: Arc<Backlog>,
    /// The voters that a checkpoint names, once read.
    snapshot_voters: Option<(PathBuf, Membership)>,
}

pub(super) struct Loaded {
    pub(super) image: MetadataImage,
    pub(super) membership: Membership,
    pub(super) timestamp: TimestampMs,
}

/// Reads a checkpoint into an image.
pub(super) fn load(path: &std::path::Path, name: Option<CheckpointName>) -> Result<Loaded, QuorumError> {
    let mut image = MetadataImage::default();
    let mut membership = Membership::default();
    let bad = |reason: String| QuorumError::Record { path: path.to_owned(), reason };
    let timestamp = read_checkpoint::<QuorumError>(path, |record| {
        match record {
            CheckpointRecord::Control(ControlRecordType::KRaftVoters, value) => {
                membership = read_voters(value).map_err(bad)?;
            }
            CheckpointRecord::Control(..) => {}
            CheckpointRecord::Data(value) => {
                let value = Bytes::copy_from_slice(value);
                let (record, _) = MetadataRecord::from_value(value).map_err(|e| bad(e.to_string()))?;
                image.apply(&record, &mut MetadataChanges::default()).map_err(|e| bad(e.to_string()))?;
            }
        }
        Ok(())
    })?;
    if let Some(name) = name.filter(|name| name.end > Offset::ZERO) {
        image = image.at(LogPosition { offset: name.end + -1, epoch: name.epoch });
    }
    let image = image.with_kraft_version(kraft_version_of(&membership));
    Ok(Loaded { image, membership, timestamp })
}

/// The voters that a checkpoint names.
pub(super) fn voters_in(path: &std::path::Path) -> Result<Membership, QuorumError> {
    let mut members = Membership::default();
    read_checkpoint::<QuorumError>(path, |record| {
        if let CheckpointRecord::Control(ControlRecordType::KRaftVoters, value) = record {
            members = read_voters(value).map_err(|reason| QuorumError::Record { path: path.to_owned(), reason })?;
        }
        Ok(())
    })?;
    Ok(members)
}

fn position_id(position: LogPosition) -> Option<LogId> {
    (position.offset >= Offset::ZERO).then(|| log_id(position.epoch, position.offset))
}

impl StateMachine {
    /// Starts from the newest snapshot, or from nothing.
    pub(super) fn open(settings: &QuorumSettings, publish: Publish) -> Result<StateMachine, QuorumError> {
        let dir = settings.metadata_dir.join(METADATA_DIR);
        let newest = checkpoints_in(&dir)?.pop();
        let loaded = match &newest {
            Some((name, path)) => load(path, Some(*name))?,
            None => Loaded {
                image: MetadataImage::default(),
                membership: Membership::default(),
                timestamp: TimestampMs::NONE,
            },
        };
        let snapshot_voters = newest.map(|(_, path)| (path, loaded.membership.clone()));
        let mut membership = loaded.membership;
        if membership.voter_ids().next().is_none() {
            membership = membership_of(&settings.static_voters);
        }
        let applied = position_id(loaded.image.position());
        let mut loader = MetadataLoader::default();
        if applied.is_some() {
            publish(loader.replace(loaded.image));
        }
        loader.set_kraft_version(kraft_version_of(&membership));
        Ok(StateMachine {
            loader,
            applied,
            // With the snapshot's own id: the record that named the voters may be long gone.
            membership: StoredMembership::new(applied, membership),
            last_timestamp: loaded.timestamp,
            dir,
            publish,
            backlog: Arc::new(Backlog::default()),
            snapshot_voters,
        })
    }

    pub(super) fn membership(&self) -> &Membership {
        self.membership.membership()
    }

    pub(super) fn backlog(&self) -> Arc<Backlog> {
        Arc::clone(&self.backlog)
    }

    pub(super) fn image(&self) -> MetadataImage {
        self.loader.stable().clone()
    }

    fn note_open(&self) {
        let open_at = if self.loader.in_transaction() { self.loader.last().offset } else { Offset::NONE };
        self.backlog.open_at.store(open_at.get(), Ordering::Release);
    }
}

impl RaftStateMachine<Types> for StateMachine {
    type SnapshotData = CheckpointFile;
    type SnapshotBuilder = SnapshotBuilder;

    async fn applied_state(&mut self) -> Result<(Option<LogId>, StoredMembership), io::Error> {
        Ok((self.applied, self.membership.clone()))
    }

    async fn apply<Strm>(&mut self, mut entries: Strm) -> Result<(), io::Error>
    where
        Strm: Stream<Item = Result<EntryResponder<Types>, io::Error>> + Unpin + OptionalSend,
    {
        let mut waiting = Vec::new();
        while let Some(next) = entries.next().await {
            let (entry, responder) = next?;
            let id = entry.log_id();
            let (offset, epoch) = (offset_of(&id), epoch_of(&id));
            match &entry.payload {
                EntryPayload::Normal(value) if value.is_kraft_version => self.loader.skip(offset, epoch),
                EntryPayload::Normal(value) => {
                    let (record, _) = MetadataRecord::from_value(Bytes::copy_from_slice(&value.bytes))
                        .map_err(|e| io::Error::other(format!("metadata log offset {offset}: {e}")))?;
                    self.loader.load(offset, epoch, &record).map_err(io::Error::other)?;
                    self.last_timestamp = TimestampMs(value.timestamp);
                    self.backlog.bytes.fetch_add(value.bytes.len() as u64, Ordering::Relaxed);
                }
                EntryPayload::Blank => self.loader.skip(offset, epoch),
                EntryPayload::Membership(members) => {
                    self.loader.skip(offset, epoch);
                    self.loader.set_kraft_version(kraft_version_of(members));
                    self.membership = StoredMembership::new(Some(id), members.clone());
                }
            }
            self.applied = Some(id);
            match responder {
                // The command is heard of with its last record: the others need not be kept waiting, nor kept.
                Some(responder) if self.loader.in_transaction() => responder.send(()),
                responder => waiting.extend(responder),
            }
        }
        self.note_open();
        // Publish first: whoever hears that its records are committed finds them in the image.
        if let Some(update) = self.loader.publish() {
            (self.publish)(update);
        }
        for responder in waiting {
            responder.send(());
        }
        Ok(())
    }

    async fn try_create_snapshot_builder(&mut self, force: bool) -> Option<SnapshotBuilder> {
        if self.loader.in_transaction() && !force {
            return None;
        }
        Some(self.get_snapshot_builder().await)
    }

    async fn get_snapshot_builder(&mut self) -> SnapshotBuilder {
        self.backlog.bytes.store(0, Ordering::Relaxed);
        SnapshotBuilder {
            image: self.loader.stable().clone(),
            membership: self.membership.clone(),
            timestamp: self.last_timestamp,
            dir: self.dir.clone(),
        }
    }

    async fn install_snapshot(&mut self, meta: &SnapshotMeta, snapshot: CheckpointFile) -> Result<(), io::Error> {
        let Some(id) = meta.last_log_id else { return Ok(()) };
        let name = CheckpointName { end: offset_of(&id).next(), epoch: epoch_of(&id) };
        let path = self.dir.join(name.file_name());
        if snapshot.path != path {
            std::fs::rename(&snapshot.path, &path)?;
            crate::log::files::sync_dir(&self.dir).map_err(io::Error::other)?;
        }
        let loaded = load(&path, Some(name)).map_err(io::Error::other)?;
        let update = self.loader.replace(loaded.image);
        self.note_open();
        self.applied = Some(id);
        self.membership = meta.last_membership.clone();
        self.last_timestamp = loaded.timestamp;
        (self.publish)(update);
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> Result<Option<SnapshotHandle>, io::Error> {
        let found = checkpoints_in(&self.dir).map_err(io::Error::other)?;
        let Some((name, path)) = found.into_iter().next_back().filter(|(name, _)| name.end > Offset::ZERO) else {
            return Ok(None);
        };
        let id = log_id(name.epoch, name.end + -1);
        if self.snapshot_voters.as_ref().is_none_or(|(known, _)| *known != path) {
            self.snapshot_voters = Some((path.clone(), voters_in(&path).map_err(io::Error::other)?));
        }
        let members = self.snapshot_voters.as_ref().map(|(_, members)| members.clone()).unwrap_or_default();
        let meta = SnapshotMeta { last_log_id: Some(id), last_membership: StoredMembership::new(Some(id), members) };
        Ok(Some(Snapshot { meta, snapshot: CheckpointFile { path } }))
    }
}

type SnapshotHandle = openraft::type_config::alias::SnapshotOf<Types, CheckpointFile>;

/// Writes one image down.
pub(super) struct SnapshotBuilder {
    image: MetadataImage,
    membership: StoredMembership,
    timestamp: TimestampMs,
    dir: PathBuf,
}

impl RaftSnapshotBuilder<Types> for SnapshotBuilder {
    type SnapshotData = CheckpointFile;

    async fn build_snapshot(&mut self) -> Result<SnapshotHandle, io::Error> {
        let position = self.image.position();
        let Some(id) = position_id(position) else {
            return Err(io::Error::other("there is nothing to take a snapshot of yet"));
        };
        let (image, dir, timestamp) = (self.image.clone(), self.dir.clone(), self.timestamp);
        let voters = voters_record(self.membership.membership())?;
        let path = tokio::task::spawn_blocking(move || write(&image, &dir, timestamp, &voters))
            .await
            .map_err(io::Error::other)?
            .map_err(io::Error::other)?;
        tracing::info!(offset = position.offset.get(), "wrote metadata snapshot {}", path.display());
        let meta = SnapshotMeta { last_log_id: Some(id), last_membership: self.membership.clone() };
        Ok(Snapshot { meta, snapshot: CheckpointFile { path } })
    }
}

/// Writes an image down as a checkpoint.
pub(super) fn write(
    image: &MetadataImage,
    dir: &std::path::Path,
    timestamp: TimestampMs,
    voters: &[u8],
) -> Result<PathBuf, LogError> {
    let position = image.position();
    let name = CheckpointName { end: position.offset.next(), epoch: position.epoch };
    let now = TimestampMs::now();
    let mut writer = CheckpointWriter::create(&dir.join(name.file_name()), position.epoch, timestamp, now)?;
    let version = KRaftVersionRecord { version: 0, k_raft_version: 1 };
    writer.control(ControlRecordType::KRaftVersion, &version.to_bytes(0))?;
    writer.control(ControlRecordType::KRaftVoters, voters)?;
    let level = image.features().metadata_version();
    for record in image_records(image) {
        writer.record(&record.to_value(record_version(&record, level)))?;
    }
    writer.finish(CommitCheckpoint::Durable)
}
