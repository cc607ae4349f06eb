//! This node's copy of the metadata log: segments, snapshots, and the image of what is committed.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use bytes::Bytes;
use openraft::EntryPayload;
use tokio::sync::watch;

use super::super::entries::{from_batch, voters_record};
use super::super::machine::{Publish, load, write};
use super::super::segments;
use super::super::types::{Membership, epoch_of, kraft_version_of, membership_of, offset_of};
use super::super::{QuorumError, QuorumSettings};
use crate::broker::state::metadata::{MetadataImage, MetadataLoader};
use crate::log::storage::{CheckpointName, METADATA_DIR, checkpoints_in};
use crate::log::{AppendError, BatchToAppend, Log, LogError, ReadError};
use crate::model::{BrokerId, LeaderEpoch, Offset, TimestampMs};
use crate::wire::batch::{BatchHeader, batches, validate_crc};
use crate::wire::records::metadata::MetadataRecord;

/// Bytes of the log that are applied at a time.
const APPLY_BYTES: usize = 1 << 20;

/// The copy. Its records above the high watermark may yet be cut.
pub(super) struct Copy {
    log: Log,
    dir: PathBuf,
    loader: MetadataLoader,
    publish: Publish,
    members: Membership,
    tell_voters: watch::Sender<Option<Vec<BrokerId>>>,
    last_timestamp: TimestampMs,
    /// First offset that is not in the image.
    applied: Offset,
    high_watermark: Offset,
    /// The newest snapshot, behind which the log begins.
    snapshot: Option<CheckpointName>,
    bytes_since_snapshot: u64,
    snapshot_after_bytes: u64,
}

impl std::fmt::Debug for Copy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Copy").field("applied", &self.applied).finish_non_exhaustive()
    }
}

fn corrupt(dir: &std::path::Path, reason: impl std::fmt::Display) -> LogError {
    LogError::Corrupt { path: dir.to_owned(), reason: reason.to_string() }
}

impl Copy {
    /// Opens the copy that stands on the disk. What is committed in it is not known before the leader says so; the
    /// snapshot is.
    pub(super) fn open(settings: &QuorumSettings, publish: Publish) -> Result<(Copy, MetadataImage), QuorumError> {
        let dir = settings.metadata_dir.join(METADATA_DIR);
        let newest = checkpoints_in(&dir)?.pop().filter(|(name, _)| name.end > Offset::ZERO);
        let mut loader = MetadataLoader::default();
        let (mut members, mut last_timestamp) = (membership_of(&settings.static_voters), TimestampMs::NONE);
        if let Some((name, path)) = &newest {
            let loaded = load(path, Some(*name))?;
            if loaded.membership.voter_ids().next().is_some() {
                members = loaded.membership;
            }
            last_timestamp = loaded.timestamp;
            publish(loader.replace(loaded.image));
        }
        let start = newest.as_ref().map_or(Offset::ZERO, |(name, _)| name.end);
        let log = segments::open(settings, &dir, start)?;
        let image = loader.stable().clone();
        let copy = Copy {
            log,
            dir,
            loader,
            publish,
            members,
            tell_voters: watch::channel(None).0,
            last_timestamp,
            applied: start,
            high_watermark: start,
            snapshot: newest.map(|(name, _)| name),
            bytes_since_snapshot: 0,
            snapshot_after_bytes: settings.snapshot_after_bytes,
        };
        Ok((copy, image))
    }

    /// Who votes by what is committed, and every change of it.
    pub(super) fn voters(&self) -> watch::Receiver<Option<Vec<BrokerId>>> {
        self.tell_voters.subscribe()
    }

    fn tell_voters(&self) {
        let voters: Vec<BrokerId> = self.members.voter_ids().map(BrokerId).collect();
        self.tell_voters.send_if_modified(|before| before.replace(voters.clone()).as_ref() != Some(&voters));
    }

    /// Where the copy ends, and the epoch of its last record.
    pub(super) fn end(&self) -> (Offset, LeaderEpoch) {
        let end = self.log.end_offset();
        let of_snapshot = self.snapshot.filter(|name| name.end == end).map(|name| name.epoch);
        let last = self.log.latest_epoch().filter(|_| end > self.log.start_offset());
        (end, last.or(of_snapshot).unwrap_or(LeaderEpoch::NONE))
    }

    /// First offset that is not known to be committed.
    pub(super) fn high_watermark(&self) -> Offset {
        self.high_watermark
    }

    /// Appends batches as the leader sent them; one that is cut short at the end is left out.
    pub(super) fn append(&mut self, raw: &Bytes) -> Result<(), LogError> {
        let mut parsed: Vec<(BatchHeader, &[u8])> = Vec::new();
        for batch in batches(raw) {
            let Ok((_, bytes)) = batch else { break };
            let header = validate_crc(bytes).map_err(|e| corrupt(&self.dir, format!("from the leader: {e}")))?;
            parsed.push((header, bytes));
        }
        let end = self.log.end_offset();
        let new: Vec<BatchToAppend<'_>> = parsed
            .iter()
            .filter(|(header, _)| header.base_offset >= end)
            .map(|(header, bytes)| BatchToAppend { header: *header, bytes })
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        self.log.append_as_follower(&new, TimestampMs::now()).map(drop).map_err(|e| match e {
            AppendError::Log(fault) => fault,
            refused => corrupt(&self.dir, format!("from the leader: {refused}")),
        })
    }

    /// Cuts what the leader does not have: everything from `end` on, and nothing that is committed.
    pub(super) fn truncate(&mut self, epoch: LeaderEpoch, end: Offset) -> Result<(), LogError> {
        let (own_epoch, own_end) = self.log.end_offset_for_epoch(epoch);
        let to = if own_epoch == epoch { own_end.min(end) } else { own_end.max(self.log.start_offset()) };
        if to < self.applied {
            let applied = self.applied;
            return Err(corrupt(
                &self.dir,
                format!("the leader's log diverges at {to}, below {applied}, which is applied"),
            ));
        }
        tracing::info!(offset = to.get(), "cutting the metadata log where the leader's differs");
        self.log.truncate_to(to, TimestampMs::now()).map(drop)
    }

    /// Applies what is committed.
    pub(super) fn commit(&mut self, high_watermark: Offset) -> Result<(), LogError> {
        self.high_watermark = self.high_watermark.max(high_watermark.min(self.log.end_offset()));
        while self.applied < self.high_watermark {
            let raw = self.read()?;
            let before = self.applied;
            for batch in batches(&raw) {
                let (header, bytes) = batch.map_err(|e| corrupt(&self.dir, e))?;
                if header.next_offset() > self.high_watermark {
                    break;
                }
                self.apply(&header, bytes)?;
            }
            if let Some(update) = self.loader.publish() {
                (self.publish)(update);
            }
            if self.applied == before {
                break;
            }
        }
        self.tell_voters();
        if self.bytes_since_snapshot >= self.snapshot_after_bytes && !self.loader.in_transaction() {
            self.write_snapshot()?;
        }
        Ok(())
    }

    fn read(&mut self) -> Result<Vec<u8>, LogError> {
        let slice = match self.log.read(self.applied, APPLY_BYTES, self.high_watermark, true) {
            Ok(Some(slice)) => slice,
            Ok(None) => return Ok(Vec::new()),
            Err(ReadError::Log(fault)) => return Err(fault),
            Err(e @ ReadError::OutOfRange { .. }) => return Err(corrupt(&self.dir, e)),
        };
        let mut raw = vec![0; slice.len];
        slice.file.read_exact_at(&mut raw, slice.position).map_err(|source| LogError::Io {
            action: "read",
            path: self.dir.clone(),
            source,
        })?;
        // The last batch may be cut short.
        let whole = batches(&raw).map_while(Result::ok).map(|(_, batch)| batch.len()).sum();
        raw.truncate(whole);
        Ok(raw)
    }

    fn apply(&mut self, header: &BatchHeader, bytes: &[u8]) -> Result<(), LogError> {
        let mut entries = Vec::new();
        from_batch(header, bytes, self.applied, &mut entries).map_err(|e| corrupt(&self.dir, e))?;
        for entry in entries {
            let (offset, epoch) = (offset_of(&entry.log_id), epoch_of(&entry.log_id));
            match entry.payload {
                EntryPayload::Normal(value) if value.is_kraft_version => self.loader.skip(offset, epoch),
                EntryPayload::Normal(value) => {
                    self.last_timestamp = TimestampMs(value.timestamp);
                    self.bytes_since_snapshot += value.bytes.len() as u64;
                    let (record, _) = MetadataRecord::from_value(value.bytes.into())
                        .map_err(|e| corrupt(&self.dir, format!("offset {offset}: {e}")))?;
                    self.loader.load(offset, epoch, &record).map_err(|e| corrupt(&self.dir, e))?;
                }
                EntryPayload::Blank => self.loader.skip(offset, epoch),
                EntryPayload::Membership(members) => {
                    self.loader.skip(offset, epoch);
                    self.loader.set_kraft_version(kraft_version_of(&members));
                    self.members = members;
                }
            }
        }
        self.applied = header.next_offset();
        Ok(())
    }

    /// Writes a snapshot of the image, and drops what it makes unnecessary.
    pub(super) fn write_snapshot(&mut self) -> Result<(), LogError> {
        let image = self.loader.stable().clone();
        if image.offset() < Offset::ZERO || self.snapshot.is_some_and(|name| image.offset().next() <= name.end) {
            return Ok(());
        }
        let voters = voters_record(&self.members).map_err(|e| corrupt(&self.dir, e))?;
        let path = write(&image, &self.dir, self.last_timestamp, &voters)?;
        tracing::info!(offset = image.offset().get(), "wrote metadata snapshot {}", path.display());
        let position = image.position();
        self.begin_behind(CheckpointName { end: position.offset.next(), epoch: position.epoch })
    }

    fn begin_behind(&mut self, name: CheckpointName) -> Result<(), LogError> {
        let now = TimestampMs::now();
        if self.log.end_offset() < name.end {
            self.log.truncate_fully_and_start_at(name.end, now)?;
        } else {
            self.log.delete_records(name.end)?;
            self.log.delete_old_segments(name.end, now)?;
            self.log.purge_retired(now)?;
        }
        self.snapshot = Some(name);
        self.bytes_since_snapshot = 0;
        for (older, path) in checkpoints_in(&self.dir)? {
            if older.end < name.end {
                std::fs::remove_file(&path).map_err(|source| LogError::Io { action: "delete", path, source })?;
            }
        }
        Ok(())
    }

    /// Where a snapshot that is fetched is written until it is whole.
    pub(super) fn incoming(&self, name: CheckpointName) -> Result<(PathBuf, File), LogError> {
        let path = self.dir.join(format!("{}.incoming.part", name.file_name()));
        let file =
            File::create(&path).map_err(|source| LogError::Io { action: "create", path: path.clone(), source })?;
        Ok((path, file))
    }

    /// Takes a snapshot that was fetched whole: everything before it is superseded.
    pub(super) fn install(&mut self, name: CheckpointName, part: &std::path::Path) -> Result<(), LogError> {
        let path = self.dir.join(name.file_name());
        std::fs::rename(part, &path).map_err(|source| LogError::Io {
            action: "rename",
            path: part.to_owned(),
            source,
        })?;
        crate::log::files::sync_dir(&self.dir)?;
        let loaded = load(&path, Some(name)).map_err(|e| match e {
            QuorumError::Log(fault) => fault,
            other => corrupt(&self.dir, other),
        })?;
        if loaded.membership.voter_ids().next().is_some() {
            self.members = loaded.membership;
        }
        self.last_timestamp = loaded.timestamp;
        let update = self.loader.replace(loaded.image);
        self.log.truncate_fully_and_start_at(name.end, TimestampMs::now())?;
        self.applied = name.end;
        self.high_watermark = self.high_watermark.max(name.end);
        self.begin_behind(name)?;
        (self.publish)(update);
        Ok(())
    }

    /// Closes the log in order.
    pub(super) fn close(&mut self) -> Result<(), LogError> {
        self.log.checkpoint(TimestampMs::now()).map(drop)
    }
}
