//! The files that stand beside a segment: offset index, time index, transaction index, producer snapshot.

use std::path::{Path, PathBuf};

use super::DumpError;

const OFFSET_ENTRY: usize = 8;
const TIME_ENTRY: usize = 12;
const ABORTED_ENTRY: usize = 34;
const PRODUCER_ENTRY: usize = 46;
/// Version, CRC and the number of entries.
const SNAPSHOT_HEADER: usize = 10;

fn read(path: &Path) -> Result<Vec<u8>, DumpError> {
    std::fs::read(path).map_err(DumpError::io(path))
}

fn i16_at(bytes: &[u8], at: usize) -> i16 {
    i16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn i32_at(bytes: &[u8], at: usize) -> i32 {
    i32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn i64_at(bytes: &[u8], at: usize) -> i64 {
    (i64::from(i32_at(bytes, at)) << 32) | i64::from(i32_at(bytes, at + 4) as u32)
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// An offset and where its batch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// The last offset of the batch.
    pub offset: i64,
    /// Its position in the segment.
    pub position: i32,
}

/// A whole `.index` file.
#[derive(Clone, Debug)]
pub struct OffsetIndexFile {
    path: PathBuf,
    base_offset: i64,
    len: usize,
    /// The entries, zero padding included.
    pub entries: Vec<IndexEntry>,
}

impl OffsetIndexFile {
    /// Reads the index of the segment that begins at `base_offset`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open(path: &Path, base_offset: i64) -> Result<OffsetIndexFile, DumpError> {
        let bytes = read(path)?;
        let entries = bytes
            .chunks_exact(OFFSET_ENTRY)
            .map(|entry| IndexEntry {
                offset: base_offset.wrapping_add(i64::from(i32_at(entry, 0))),
                position: i32_at(entry, 4),
            })
            .collect();
        Ok(OffsetIndexFile { path: absolute(path), base_offset, len: bytes.len(), entries })
    }

    /// The check that decides at start-up whether the index is rebuilt (`OffsetIndex.sanityCheck`).
    ///
    /// # Errors
    /// What is wrong, in Kafka's words.
    pub fn sanity_check(&self) -> Result<(), DumpError> {
        let path = self.path.display();
        let corrupt = |text| Err(DumpError::Corrupt(text));
        match self.entries.last() {
            Some(last) if last.offset < self.base_offset => corrupt(format!(
                "Corrupt index found, index file ({path}) has non-zero size but the last offset is {} which is less than the base offset {}",
                last.offset, self.base_offset
            )),
            _ if !self.len.is_multiple_of(OFFSET_ENTRY) => corrupt(format!(
                "Index file {path} is corrupt, found {} bytes which is neither positive nor a multiple of {OFFSET_ENTRY}",
                self.len
            )),
            _ => Ok(()),
        }
    }

    /// Where to start looking for `offset`: the position of the last entry at or below it, or the segment's beginning.
    pub fn lookup(&self, offset: i64) -> u64 {
        // Zeroes of a preallocated file are no entries, and would not be in order.
        let padding = |entry: &IndexEntry| entry.offset == self.base_offset && entry.position == 0;
        let used = self.entries.iter().skip(1).position(padding).map_or(self.entries.len(), |at| at + 1);
        let after = self.entries[..used].partition_point(|entry| entry.offset <= offset);
        after.checked_sub(1).and_then(|at| self.entries.get(at)).map_or(0, |entry| entry.position.max(0) as u64)
    }
}

/// A timestamp and the offset it was reached at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeIndexEntry {
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// The last offset of the batch that holds it.
    pub offset: i64,
}

/// A whole `.timeindex` file.
#[derive(Clone, Debug)]
pub struct TimeIndexFile {
    path: PathBuf,
    base_offset: i64,
    len: usize,
    /// The entries, zero padding included.
    pub entries: Vec<TimeIndexEntry>,
}

impl TimeIndexFile {
    /// Reads the time index of the segment that begins at `base_offset`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open(path: &Path, base_offset: i64) -> Result<TimeIndexFile, DumpError> {
        let bytes = read(path)?;
        let entries = bytes
            .chunks_exact(TIME_ENTRY)
            .map(|entry| TimeIndexEntry {
                timestamp: i64_at(entry, 0),
                offset: base_offset.wrapping_add(i64::from(i32_at(entry, 8))),
            })
            .collect();
        Ok(TimeIndexFile { path: absolute(path), base_offset, len: bytes.len(), entries })
    }

    /// The check that decides at start-up whether the index is rebuilt (`TimeIndex.sanityCheck`).
    ///
    /// # Errors
    /// What is wrong, in Kafka's words.
    pub fn sanity_check(&self) -> Result<(), DumpError> {
        let path = self.path.display();
        let corrupt = |text| Err(DumpError::Corrupt(text));
        match (self.entries.first(), self.entries.last()) {
            (Some(first), Some(last)) if last.timestamp < first.timestamp => corrupt(format!(
                "Corrupt time index found, time index file ({path}) has non-zero size but the last timestamp is {} which is less than the first timestamp {}",
                last.timestamp, first.timestamp
            )),
            (_, Some(last)) if last.offset < self.base_offset => corrupt(format!(
                "Corrupt time index found, time index file ({path}) has non-zero size but the last offset is {} which is less than the first offset {}",
                last.offset, self.base_offset
            )),
            _ if !self.len.is_multiple_of(TIME_ENTRY) => corrupt(format!(
                "Time index file {path} is corrupt, found {} bytes which is neither positive nor a multiple of {TIME_ENTRY}",
                self.len
            )),
            _ => Ok(()),
        }
    }
}

/// An entry of a `.txnindex`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbortedTransaction {
    /// The entry's format.
    pub version: i16,
    /// Who aborted.
    pub producer_id: i64,
    /// First offset of the transaction.
    pub first_offset: i64,
    /// Offset of its marker.
    pub last_offset: i64,
    /// The last stable offset at that time.
    pub last_stable_offset: i64,
}

/// Reads a `.txnindex` file. One that is not there is empty: Kafka creates it with the first aborted transaction.
///
/// # Errors
/// When it cannot be read, or holds a version this build does not know.
pub fn read_transaction_index(path: &Path) -> Result<Vec<AbortedTransaction>, DumpError> {
    let bytes = match read(path) {
        Err(DumpError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        read => read?,
    };
    bytes
        .chunks_exact(ABORTED_ENTRY)
        .map(|entry| match i16_at(entry, 0) {
            0 => Ok(AbortedTransaction {
                version: 0,
                producer_id: i64_at(entry, 2),
                first_offset: i64_at(entry, 10),
                last_offset: i64_at(entry, 18),
                last_stable_offset: i64_at(entry, 26),
            }),
            version => Err(DumpError::Corrupt(format!(
                "Unexpected aborted transaction version {version} in transaction index {}, current version is 0",
                absolute(path).display()
            ))),
        })
        .collect()
}

/// A producer as a `.snapshot` file holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerEntry {
    /// The producer.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
    /// Sequence number of its last record.
    pub last_sequence: i32,
    /// Offset of its last record; -1 if none is remembered.
    pub last_offset: i64,
    /// Records in its last batch, less one.
    pub offset_delta: i32,
    /// Time of its last batch.
    pub timestamp: i64,
    /// Epoch of the transaction coordinator that wrote its last marker.
    pub coordinator_epoch: i32,
    /// Where its open transaction begins.
    pub current_txn_first_offset: Option<i64>,
}

/// Reads a `.snapshot` file (`ProducerStateManager.readSnapshot`).
///
/// # Errors
/// [`DumpError::Corrupt`] in Kafka's words when version or checksum are wrong or the file is cut short.
pub fn read_producer_snapshot(path: &Path) -> Result<Vec<ProducerEntry>, DumpError> {
    let bytes = read(path)?;
    let corrupt = |text: String| DumpError::Corrupt(text);
    if bytes.len() < SNAPSHOT_HEADER {
        return Err(corrupt(format!("Snapshot failed schema validation: {} bytes", bytes.len())));
    }
    let version = i16_at(&bytes, 0);
    if version != 1 {
        return Err(corrupt(format!("Snapshot contained an unknown file version {version}")));
    }
    let stored = i32_at(&bytes, 2) as u32;
    let computed = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, &bytes[6..]) as u32;
    if stored != computed {
        return Err(corrupt(format!(
            "Snapshot is corrupt (CRC is no longer valid). Stored crc: {stored}. Computed crc: {computed}"
        )));
    }
    let count = usize::try_from(i32_at(&bytes, 6)).unwrap_or_default();
    let entries = bytes[SNAPSHOT_HEADER..].chunks_exact(PRODUCER_ENTRY);
    if entries.len() < count {
        return Err(corrupt(format!(
            "Snapshot failed schema validation: {count} entries announced, {} there",
            entries.len()
        )));
    }
    Ok(entries
        .take(count)
        .map(|entry| ProducerEntry {
            producer_id: i64_at(entry, 0),
            producer_epoch: i16_at(entry, 8),
            last_sequence: i32_at(entry, 10),
            last_offset: i64_at(entry, 14),
            offset_delta: i32_at(entry, 22),
            timestamp: i64_at(entry, 26),
            coordinator_epoch: i32_at(entry, 34),
            current_txn_first_offset: Some(i64_at(entry, 38)).filter(|&offset| offset >= 0),
        })
        .collect())
}
