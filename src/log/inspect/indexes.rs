//! Entries of index files, and producer snapshots.

use std::fs::File;
use std::io::{BufReader, Read};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use crate::log::error::{IoContext, LogError};
use crate::log::index::{Entry, OffsetEntry, TimeEntry};
use crate::log::producers::{SnapshotEntry, parse_snapshot};

/// Iterates over the entries of an `.index` or `.timeindex` file, as they stand: a file that was being written when
/// its broker died has zeros at its end, and they are entries too.
#[derive(Debug)]
pub struct IndexReader<E> {
    reader: BufReader<File>,
    path: PathBuf,
    left: u64,
    /// Bytes after the last whole entry; 0 in a sound file.
    pub odd_bytes: u64,
    entry: PhantomData<E>,
}

impl IndexReader<OffsetEntry> {
    /// Opens an `.index` file.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn offsets(path: &Path) -> Result<Self, LogError> {
        Self::open(path)
    }
}

impl IndexReader<TimeEntry> {
    /// Opens a `.timeindex` file.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn times(path: &Path) -> Result<Self, LogError> {
        Self::open(path)
    }
}

impl<E: Entry> IndexReader<E> {
    fn open(path: &Path) -> Result<Self, LogError> {
        let file = File::open(path).at("open", path)?;
        let bytes = file.metadata().at("stat", path)?.len();
        let (left, odd_bytes) = (bytes / E::LEN as u64, bytes % E::LEN as u64);
        Ok(IndexReader { reader: BufReader::new(file), path: path.to_owned(), left, odd_bytes, entry: PhantomData })
    }

    fn read(&mut self) -> Result<E, LogError> {
        let mut bytes = [0u8; 12];
        self.reader.read_exact(&mut bytes[..E::LEN]).at("read", &self.path)?;
        Ok(E::decode(&bytes))
    }
}

macro_rules! iterate {
    ($entry:ty) => {
        impl Iterator for IndexReader<$entry> {
            type Item = Result<$entry, LogError>;

            fn next(&mut self) -> Option<Self::Item> {
                self.left = self.left.checked_sub(1)?;
                let entry = self.read();
                if entry.is_err() {
                    self.left = 0;
                }
                Some(entry)
            }
        }
    };
}

iterate!(OffsetEntry);
iterate!(TimeEntry);

/// Reads a producer snapshot.
///
/// # Errors
/// [`LogError`] if it cannot be read or is damaged.
pub fn read_snapshot(path: &Path) -> Result<Vec<SnapshotEntry>, LogError> {
    let bytes = std::fs::read(path).at("read", path)?;
    parse_snapshot(&bytes).map_err(|e| LogError::corrupt(path, e.to_string()))
}
