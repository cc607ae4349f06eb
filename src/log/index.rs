//! Offset and time index of a segment: in memory while the segment is written, searched on disk once it is sealed.
//!
//! `.index` holds (relative last offset of a batch, position of its first byte), `.timeindex` (largest timestamp so
//! far, relative last offset of the batch that set it); both only for a batch every `index.interval.bytes`.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::error::{IoContext, LogError};

/// An entry of an index file: fixed size, big-endian.
pub trait Entry: Copy {
    /// Bytes of an entry.
    const LEN: usize;
    /// Reads an entry; `bytes` are as many as it has.
    fn decode(bytes: &[u8]) -> Self;
    /// Appends the bytes of the entry.
    fn encode(self, out: &mut Vec<u8>);
    /// Whether `self` may follow `before` in a file.
    fn follows(self, before: Self) -> bool;
}

/// Where a batch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffsetEntry {
    /// Last offset of the batch, relative to the segment's base.
    pub offset: u32,
    /// Position of the batch's first byte in the `.log` file.
    pub position: u32,
}

/// How late the segment's records are up to an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeEntry {
    /// Largest timestamp so far, in milliseconds.
    pub timestamp: i64,
    /// Last offset of the batch that has it, relative to the segment's base.
    pub offset: u32,
}

fn be32(bytes: &[u8]) -> u32 {
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

impl Entry for OffsetEntry {
    const LEN: usize = 8;

    fn decode(bytes: &[u8]) -> Self {
        OffsetEntry { offset: be32(bytes), position: be32(&bytes[4..]) }
    }

    fn encode(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.offset.to_be_bytes());
        out.extend_from_slice(&self.position.to_be_bytes());
    }

    fn follows(self, before: Self) -> bool {
        self.offset > before.offset && self.position > before.position
    }
}

impl Entry for TimeEntry {
    const LEN: usize = 12;

    fn decode(bytes: &[u8]) -> Self {
        let timestamp = (i64::from(be32(bytes) as i32) << 32) | i64::from(be32(&bytes[4..]));
        TimeEntry { timestamp, offset: be32(&bytes[8..]) }
    }

    fn encode(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.timestamp.to_be_bytes());
        out.extend_from_slice(&self.offset.to_be_bytes());
    }

    fn follows(self, before: Self) -> bool {
        self.timestamp > before.timestamp && self.offset >= before.offset
    }
}

/// Entries in memory, and how many of them stand in the file.
#[derive(Debug)]
pub(crate) struct MemoryIndex<E> {
    entries: Vec<E>,
    written: usize,
}

impl<E> Default for MemoryIndex<E> {
    fn default() -> Self {
        MemoryIndex { entries: Vec::new(), written: 0 }
    }
}

impl<E: Entry> MemoryIndex<E> {
    pub(crate) fn entries(&self) -> &[E] {
        &self.entries
    }

    pub(crate) fn push(&mut self, entry: E) {
        self.entries.push(entry);
    }

    /// Keeps the first `len` entries.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.entries.truncate(len);
        // What the file holds beyond is cut off at the next write.
        self.written = self.written.min(len);
    }

    /// Loads a file up to its first entry that cannot stand there: a preallocated file ends in zeros.
    pub(crate) fn load(path: &Path, max_bytes: usize) -> Result<MemoryIndex<E>, LogError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(MemoryIndex::default()),
            Err(e) => return Err(e).at("read", path),
        };
        let mut entries: Vec<E> = Vec::new();
        for entry in bytes.chunks_exact(E::LEN).take(max_bytes / E::LEN).map(E::decode) {
            match entries.last() {
                Some(&last) if !entry.follows(last) => break,
                _ => entries.push(entry),
            }
        }
        let written = entries.len();
        Ok(MemoryIndex { entries, written })
    }

    /// Brings the file up to the entries: appends what is new and cuts what is not here.
    pub(crate) fn write(&mut self, path: &Path) -> Result<(), LogError> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).at("open", path)?;
        let at = (self.written * E::LEN) as u64;
        let mut bytes = Vec::with_capacity((self.entries.len() - self.written) * E::LEN);
        for entry in &self.entries[self.written..] {
            entry.encode(&mut bytes);
        }
        file.write_all_at(&bytes, at).at("write to", path)?;
        file.set_len(at + bytes.len() as u64).at("resize", path)?;
        self.written = self.entries.len();
        Ok(())
    }
}

/// An index to search, wherever it is.
pub(crate) enum IndexView<'a, E> {
    Memory(&'a [E]),
    Disk { file: File, path: &'a Path, len: usize },
}

impl<'a, E: Entry> IndexView<'a, E> {
    /// Opens an index file for searching; a missing one is empty.
    pub(crate) fn open(path: &'a Path) -> Result<IndexView<'a, E>, LogError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(IndexView::Memory(&[])),
            Err(e) => return Err(e).at("open", path),
        };
        let bytes = file.metadata().at("stat", path)?.len();
        Ok(IndexView::Disk { file, path, len: (bytes / E::LEN as u64) as usize })
    }

    fn len(&self) -> usize {
        match self {
            IndexView::Memory(entries) => entries.len(),
            IndexView::Disk { len, .. } => *len,
        }
    }

    fn get(&self, i: usize) -> Result<E, LogError> {
        match self {
            IndexView::Memory(entries) => Ok(entries[i]),
            IndexView::Disk { file, path, .. } => {
                let mut bytes = [0u8; 12];
                file.read_exact_at(&mut bytes[..E::LEN], (i * E::LEN) as u64).at("read", path)?;
                Ok(E::decode(&bytes))
            }
        }
    }

    /// The last entry for which `holds` is true, given that it is true for a prefix.
    pub(crate) fn last_where(&self, holds: impl Fn(E) -> bool) -> Result<Option<E>, LogError> {
        let (mut low, mut high, mut found) = (0, self.len(), None);
        while low < high {
            let middle = low + (high - low) / 2;
            let entry = self.get(middle)?;
            if holds(entry) {
                found = Some(entry);
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(found)
    }

    /// The last entry.
    pub(crate) fn last(&self) -> Result<Option<E>, LogError> {
        self.len().checked_sub(1).map(|i| self.get(i)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(offset: u32) -> OffsetEntry {
        OffsetEntry { offset, position: offset * 100 }
    }

    #[test]
    fn writes_append_and_cut_and_a_zero_tail_is_not_loaded() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.index");
        let mut index = MemoryIndex::default();
        (1..5).for_each(|i| index.push(entry(i)));
        index.write(&path).unwrap();
        index.truncate(2);
        index.push(entry(9));
        index.write(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 24);
        OpenOptions::new().write(true).open(&path).unwrap().set_len(80).unwrap();
        let loaded = MemoryIndex::<OffsetEntry>::load(&path, 1 << 20).unwrap();
        assert_eq!(loaded.entries(), [entry(1), entry(2), entry(9)]);
    }

    #[test]
    fn disk_and_memory_are_searched_alike() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.index");
        let mut index = MemoryIndex::default();
        (1..100).for_each(|i| index.push(entry(i * 3)));
        index.write(&path).unwrap();
        for target in 0..310 {
            let disk = IndexView::open(&path).unwrap().last_where(|e: OffsetEntry| e.offset <= target).unwrap();
            let memory = IndexView::Memory(index.entries()).last_where(|e| e.offset <= target).unwrap();
            assert_eq!(disk, memory);
            assert_eq!(disk.map(|e| e.offset), (target >= 3).then(|| (target / 3 * 3).min(297)));
        }
    }
}
