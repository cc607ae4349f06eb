//! The files that stand beside a segment: offset index, time index, transaction index, producer snapshot.

use std::path::{Path, PathBuf};

use super::DumpError;
use crate::log::inspect::IndexReader;
use crate::log::producers::{SnapshotEntry, SnapshotError, parse_snapshot};
use crate::log::{ABORTED_TXN_LEN, AbortedTxn, LogError, OffsetEntry, TimeEntry};

const OFFSET_ENTRY: usize = 8;
const TIME_ENTRY: usize = 12;

impl From<LogError> for DumpError {
    fn from(error: LogError) -> DumpError {
        match error {
            LogError::Io { path, source, .. } => DumpError::Io { path, source },
            other => DumpError::Corrupt(other.to_string()),
        }
    }
}

/// The entries of an index file, and how many bytes follow the last whole one.
fn entries<E, T>(reader: IndexReader<E>, entry: impl Fn(E) -> T) -> Result<(Vec<T>, u64), DumpError>
where
    IndexReader<E>: Iterator<Item = Result<E, LogError>>,
{
    let odd_bytes = reader.odd_bytes;
    let entries = reader.map(|read| Ok(entry(read?))).collect::<Result<_, DumpError>>()?;
    Ok((entries, odd_bytes))
}

/// An offset that an index holds relative to its base; signed, as a damaged one may lie below it.
fn offset_of(base_offset: i64, relative: u32) -> i64 {
    base_offset.wrapping_add(i64::from(relative.cast_signed()))
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
    odd_bytes: u64,
    /// The entries, zero padding included.
    pub entries: Vec<IndexEntry>,
}

impl OffsetIndexFile {
    /// Reads the index of the segment that begins at `base_offset`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open(path: &Path, base_offset: i64) -> Result<OffsetIndexFile, DumpError> {
        let (entries, odd_bytes) = entries(IndexReader::offsets(path)?, |entry: OffsetEntry| IndexEntry {
            offset: offset_of(base_offset, entry.offset),
            position: entry.position.cast_signed(),
        })?;
        Ok(OffsetIndexFile { path: absolute(path), base_offset, odd_bytes, entries })
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
            _ if self.odd_bytes > 0 => corrupt(format!(
                "Index file {path} is corrupt, found {} bytes which is neither positive nor a multiple of {OFFSET_ENTRY}",
                (self.entries.len() * OFFSET_ENTRY) as u64 + self.odd_bytes
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
    odd_bytes: u64,
    /// The entries, zero padding included.
    pub entries: Vec<TimeIndexEntry>,
}

impl TimeIndexFile {
    /// Reads the time index of the segment that begins at `base_offset`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open(path: &Path, base_offset: i64) -> Result<TimeIndexFile, DumpError> {
        let (entries, odd_bytes) = entries(IndexReader::times(path)?, |entry: TimeEntry| TimeIndexEntry {
            timestamp: entry.timestamp,
            offset: offset_of(base_offset, entry.offset),
        })?;
        Ok(TimeIndexFile { path: absolute(path), base_offset, odd_bytes, entries })
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
            _ if self.odd_bytes > 0 => corrupt(format!(
                "Time index file {path} is corrupt, found {} bytes which is neither positive nor a multiple of {TIME_ENTRY}",
                (self.entries.len() * TIME_ENTRY) as u64 + self.odd_bytes
            )),
            _ => Ok(()),
        }
    }
}

/// Reads a `.txnindex` file. One that is not there is empty: Kafka creates it with the first aborted transaction.
///
/// # Errors
/// When it cannot be read, or holds a version this build does not know.
pub fn read_transaction_index(path: &Path) -> Result<Vec<AbortedTxn>, DumpError> {
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        read => read.map_err(DumpError::io(path))?,
    };
    // Unlike a broker, who would rebuild the file, a reader wants the whole entries of one that is cut short.
    let decode = |entry: &[u8]| {
        AbortedTxn::decode(entry).ok_or_else(|| {
            DumpError::Corrupt(format!(
                "Unexpected aborted transaction version {} in transaction index {}, current version is 0",
                i16::from_be_bytes([entry[0], entry[1]]),
                absolute(path).display()
            ))
        })
    };
    bytes.chunks_exact(ABORTED_TXN_LEN).map(decode).collect()
}

/// Reads a `.snapshot` file (`ProducerStateManager.readSnapshot`).
///
/// # Errors
/// [`DumpError::Corrupt`] in Kafka's words when version or checksum are wrong or the file is cut short.
pub fn read_producer_snapshot(path: &Path) -> Result<Vec<SnapshotEntry>, DumpError> {
    let bytes = std::fs::read(path).map_err(DumpError::io(path))?;
    parse_snapshot(&bytes).map_err(|error| {
        DumpError::Corrupt(match error {
            SnapshotError::Version(version) => format!("Snapshot contained an unknown file version {version}"),
            SnapshotError::Crc { stored, computed } => {
                format!("Snapshot is corrupt (CRC is no longer valid). Stored crc: {stored}. Computed crc: {computed}")
            }
            SnapshotError::Length(bytes) => format!("Snapshot failed schema validation: {bytes} bytes"),
        })
    })
}
