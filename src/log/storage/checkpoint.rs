//! Checkpoint files of Kafka's quorum: a control batch that begins with SnapshotHeader, batches of records, and a
//! control batch with SnapshotFooter (`RecordsSnapshotWriter`). A file without its footer is not a checkpoint.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::log::LogError;
use crate::log::error::IoContext;
use crate::log::files::sync_dir;
use crate::model::{LeaderEpoch, Offset, TimestampMs};
use crate::wire::batch::{
    BatchBuilder, BuilderOptions, ControlRecordType, RecordToWrite, RecordsIter, batches, compute_crc,
};
use crate::wire::records::control::{SnapshotFooterRecord, SnapshotHeaderRecord};
use crate::wire::schema::Message as _;

/// A batch is closed once it has this many bytes.
const BATCH_BYTES: usize = 1 << 20;
/// What a compressed batch of a checkpoint may grow to; Kafka's metadata batches hold at most 8 MiB.
const MAX_DECOMPRESSED: usize = 64 << 20;

/// What a snapshot's file name says: everything below `end` is in it, and the last of that is of `epoch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckpointName {
    /// First offset that is not in it.
    pub end: Offset,
    /// Epoch of the last record in it.
    pub epoch: LeaderEpoch,
}

impl CheckpointName {
    /// `00000000000000001234-0000000007.checkpoint`
    pub fn file_name(&self) -> String {
        format!("{:020}-{:010}.checkpoint", self.end.get(), self.epoch.get())
    }

    /// Reads such a name; `None` for any other file.
    pub fn parse(name: &str) -> Option<CheckpointName> {
        let (end, epoch) = name.strip_suffix(".checkpoint")?.split_once('-')?;
        let digits = |text: &str, len| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(end, 20) || !digits(epoch, 10) {
            return None;
        }
        Some(CheckpointName { end: Offset(end.parse().ok()?), epoch: LeaderEpoch(epoch.parse().ok()?) })
    }
}

/// Complete snapshots of a directory, oldest first.
///
/// # Errors
/// [`LogError`] if the directory cannot be listed; one that is not there has none.
pub fn checkpoints_in(dir: &Path) -> Result<Vec<(CheckpointName, PathBuf)>, LogError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e).at("list", dir),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.at("list", dir)?;
        if let Some(name) = entry.file_name().to_str().and_then(CheckpointName::parse) {
            found.push((name, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

/// Writes a checkpoint beside its place (`.part`), to be moved there when it is complete.
#[derive(Debug)]
pub struct CheckpointWriter {
    file: BufWriter<File>,
    part: PathBuf,
    path: PathBuf,
    next: Offset,
    epoch: LeaderEpoch,
    now: TimestampMs,
    batch: BatchBuilder,
    control: bool,
}

/// How a finished checkpoint takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitCheckpoint {
    /// Synced, renamed, and the directory synced: it is there whatever happens.
    Durable,
    /// Synced and renamed; the caller syncs the directory, once for several files.
    WithoutDirectory,
}

impl CheckpointWriter {
    /// Begins the checkpoint that will stand at `path`. `last_timestamp` is that of the last record of the log in it.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn create(
        path: &Path,
        epoch: LeaderEpoch,
        last_timestamp: TimestampMs,
        now: TimestampMs,
    ) -> Result<CheckpointWriter, LogError> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part).at("create", &part)?;
        let mut writer = CheckpointWriter {
            file: BufWriter::with_capacity(1 << 16, file),
            part,
            path: path.to_owned(),
            next: Offset::ZERO,
            epoch,
            now,
            batch: BatchBuilder::new(BuilderOptions::default()),
            control: true,
        };
        writer.begin(true);
        let header = SnapshotHeaderRecord { version: 0, last_contained_log_timestamp: last_timestamp.get() };
        writer.control(ControlRecordType::SnapshotHeader, &header.to_bytes(0))?;
        Ok(writer)
    }

    fn begin(&mut self, control: bool) -> BatchBuilder {
        self.control = control;
        let options =
            BuilderOptions { base_offset: self.next, leader_epoch: self.epoch, control, ..BuilderOptions::default() };
        std::mem::replace(&mut self.batch, BatchBuilder::new(options))
    }

    fn flush_batch(&mut self, next_is_control: bool) -> Result<(), LogError> {
        let batch = self.begin(next_is_control);
        if !batch.is_empty() {
            let bytes = batch.build().map_err(|e| LogError::corrupt(&self.part, e.to_string()))?;
            self.file.write_all(&bytes).at("write to", &self.part)?;
        }
        Ok(())
    }

    fn push(&mut self, control: bool, key: Option<&[u8]>, value: &[u8]) -> Result<(), LogError> {
        if control != self.control || self.batch.uncompressed_size() + value.len() > BATCH_BYTES {
            self.flush_batch(control)?;
        }
        self.batch.append(&RecordToWrite { timestamp: self.now, key, value: Some(value), headers: &[] });
        self.next += 1;
        Ok(())
    }

    /// Adds a control record.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn control(&mut self, kind: ControlRecordType, value: &[u8]) -> Result<(), LogError> {
        self.push(true, Some(&kind.key()), value)
    }

    /// Adds a record.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn record(&mut self, value: &[u8]) -> Result<(), LogError> {
        self.push(false, None, value)
    }

    /// Adds the footer and puts the file in its place.
    ///
    /// # Errors
    /// [`LogError::Io`]: then there is no checkpoint.
    pub fn finish(mut self, commit: CommitCheckpoint) -> Result<PathBuf, LogError> {
        // The footer stands in a batch of its own, also behind a checkpoint without records.
        self.flush_batch(true)?;
        let footer = SnapshotFooterRecord { version: 0 }.to_bytes(0);
        self.control(ControlRecordType::SnapshotFooter, &footer)?;
        self.flush_batch(true)?;
        let file = self.file.into_inner().map_err(std::io::IntoInnerError::into_error).at("write to", &self.part)?;
        file.sync_all().at("sync", &self.part)?;
        drop(file);
        fs::rename(&self.part, &self.path).at("rename to", &self.path)?;
        if commit == CommitCheckpoint::Durable {
            self.path.parent().map_or(Ok(()), sync_dir)?;
        }
        Ok(self.path)
    }
}

/// What stands in a checkpoint, header and footer taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointRecord<'a> {
    /// A control record.
    Control(ControlRecordType, &'a [u8]),
    /// A record's value.
    Data(&'a [u8]),
}

/// Reads a checkpoint and gives each record to `take`; returns the timestamp that its header names.
///
/// # Errors
/// [`LogError`] if the file cannot be read, is damaged or has no footer, and what `take` returns.
pub fn read_checkpoint<E: From<LogError>>(
    path: &Path,
    mut take: impl FnMut(CheckpointRecord<'_>) -> Result<(), E>,
) -> Result<TimestampMs, E> {
    let bytes = fs::read(path).at("read", path)?;
    let corrupt = |reason: String| LogError::corrupt(path, reason);
    let mut timestamp = None;
    let mut complete = false;
    let mut scratch = Vec::new();
    for batch in batches(&bytes) {
        let (header, raw) = batch.map_err(|e| corrupt(e.to_string()))?;
        if compute_crc(raw) != header.crc {
            return Err(
                corrupt(format!("the batch at offset {} does not match its checksum", header.base_offset)).into()
            );
        }
        let records =
            RecordsIter::of(&header, raw, &mut scratch, MAX_DECOMPRESSED).map_err(|e| corrupt(e.to_string()))?;
        for record in records {
            let record = record.map_err(|e| corrupt(e.to_string()))?;
            let value =
                record.value.ok_or_else(|| corrupt(format!("the record at offset {} has no value", record.offset)))?;
            if !header.is_control() {
                take(CheckpointRecord::Data(value))?;
                continue;
            }
            match ControlRecordType::from_key(record.key).map_err(|e| corrupt(e.to_string()))? {
                ControlRecordType::SnapshotHeader => timestamp = header_timestamp(value),
                ControlRecordType::SnapshotFooter => complete = true,
                kind => take(CheckpointRecord::Control(kind, value))?,
            }
        }
    }
    match timestamp {
        Some(timestamp) if complete => Ok(timestamp),
        Some(_) => Err(corrupt("it has no footer, so it was never completed".to_owned()).into()),
        None => Err(corrupt("it does not begin with a snapshot header".to_owned()).into()),
    }
}

fn header_timestamp(value: &[u8]) -> Option<TimestampMs> {
    let mut input = crate::wire::codec::Reader::new(bytes::Bytes::copy_from_slice(value));
    let header = SnapshotHeaderRecord::read(&mut input, 0).ok()?;
    Some(TimestampMs(header.last_contained_log_timestamp))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(path: &Path) -> Result<(TimestampMs, Vec<Vec<u8>>), LogError> {
        let mut values = Vec::new();
        let timestamp = read_checkpoint::<LogError>(path, |record| {
            if let CheckpointRecord::Data(value) = record {
                values.push(value.to_vec());
            }
            Ok(())
        })?;
        Ok((timestamp, values))
    }

    #[test]
    fn what_is_written_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(CheckpointName { end: Offset(9), epoch: LeaderEpoch(2) }.file_name());
        let mut writer = CheckpointWriter::create(&path, LeaderEpoch(2), TimestampMs(77), TimestampMs(88)).unwrap();
        let values: Vec<Vec<u8>> = (0..5u8).map(|n| vec![n; 600_000]).collect();
        for value in &values {
            writer.record(value).unwrap();
        }
        assert!(checkpoints_in(dir.path()).unwrap().is_empty(), "an unfinished one does not count");
        writer.finish(CommitCheckpoint::Durable).unwrap();
        assert_eq!(read_all(&path).unwrap(), (TimestampMs(77), values));
        let listed = checkpoints_in(dir.path()).unwrap();
        assert_eq!(listed[0].0, CheckpointName { end: Offset(9), epoch: LeaderEpoch(2) });
    }

    #[test]
    fn a_damaged_or_cut_checkpoint_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bootstrap.checkpoint");
        let mut writer = CheckpointWriter::create(&path, LeaderEpoch(0), TimestampMs(1), TimestampMs(1)).unwrap();
        writer.record(b"value").unwrap();
        writer.finish(CommitCheckpoint::Durable).unwrap();
        let good = fs::read(&path).unwrap();
        let mut bad = good.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 1;
        fs::write(&path, bad).unwrap();
        assert!(read_all(&path).is_err());
        fs::write(&path, &good[..good.len() - 75]).unwrap();
        assert!(read_all(&path).unwrap_err().to_string().contains("never completed"));
    }

    #[test]
    fn only_whole_names_are_snapshots() {
        assert_eq!(CheckpointName::parse("00000000000000000012-0000000003.checkpoint.part"), None);
        assert_eq!(CheckpointName::parse("12-3.checkpoint"), None);
        let name = CheckpointName { end: Offset(12), epoch: LeaderEpoch(3) };
        assert_eq!(CheckpointName::parse(&name.file_name()), Some(name));
    }
}
