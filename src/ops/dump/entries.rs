//! The entries of a `.log` or `.checkpoint` file one after another, whatever their message format.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::DumpError;
use crate::wire::batch::{LENGTH_OFFSET, LOG_OVERHEAD, MAGIC_OFFSET};

/// Bytes read at a time; a larger entry is read whole.
const CHUNK: usize = 1 << 20;
/// Body of the smallest message there ever was: magic 0 without key and value.
const SMALLEST_BODY: i32 = 14;

/// A window of a file, read entry by entry. It ends where Kafka's reader ends: at the first entry that is not whole.
#[derive(Debug)]
pub struct Entries {
    file: File,
    path: PathBuf,
    start: u64,
    end: u64,
    next: u64,
    buffer: Vec<u8>,
    buffer_at: u64,
}

impl Entries {
    /// Opens a whole file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> Result<Entries, DumpError> {
        let file = File::open(path).map_err(DumpError::io(path))?;
        let end = file.metadata().map_err(DumpError::io(path))?.len();
        Ok(Entries { file, path: path.to_path_buf(), start: 0, end, next: 0, buffer: Vec::new(), buffer_at: 0 })
    }

    /// Narrows the window to `size` bytes from `start`, cut at the end of the file, and goes back to its beginning.
    ///
    /// # Errors
    /// When the file's size cannot be read.
    pub fn window(&mut self, start: u64, size: u64) -> Result<(), DumpError> {
        let len = self.file.metadata().map_err(DumpError::io(&self.path))?.len();
        self.start = start.min(len);
        self.end = self.start.saturating_add(size).min(len);
        self.next = self.start;
        Ok(())
    }

    /// Bytes of the window.
    pub const fn len(&self) -> u64 {
        self.end - self.start
    }

    /// Whether the window has no bytes.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the next entry begins in the file.
    pub const fn position(&self) -> u64 {
        self.next
    }

    /// The next entry: where it begins and its bytes. `None` where no whole entry is left.
    ///
    /// # Errors
    /// When the file cannot be read, or a length field is below any possible message.
    pub fn next_entry(&mut self) -> Result<Option<(u64, &[u8])>, DumpError> {
        let at = self.next;
        if at + (MAGIC_OFFSET as u64) + 1 > self.end {
            return Ok(None);
        }
        let head = self.read(at, LOG_OVERHEAD)?;
        let field = &head[LENGTH_OFFSET..LOG_OVERHEAD];
        let size = i32::from_be_bytes([field[0], field[1], field[2], field[3]]);
        if size < SMALLEST_BODY {
            return Err(DumpError::RecordTooSmall { size, path: self.path.clone() });
        }
        let whole = LOG_OVERHEAD as u64 + size.unsigned_abs() as u64;
        if whole > self.end - at {
            return Ok(None);
        }
        self.next = at + whole;
        let bytes = self.read(at, whole as usize)?;
        Ok(Some((at, bytes)))
    }

    /// `len` bytes at `at`, which must lie inside the file.
    fn read(&mut self, at: u64, len: usize) -> Result<&[u8], DumpError> {
        let buffered = at >= self.buffer_at && at + len as u64 <= self.buffer_at + self.buffer.len() as u64;
        if !buffered {
            let wanted = len.max(CHUNK.min((self.end - at) as usize));
            self.buffer.resize(wanted, 0);
            self.buffer_at = at;
            let read = self.file.read_exact_at(&mut self.buffer, at);
            if let Err(error) = read {
                self.buffer.clear();
                return Err(DumpError::io(&self.path)(error));
            }
        }
        let from = (at - self.buffer_at) as usize;
        Ok(&self.buffer[from..from + len])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn entry(body: usize) -> Vec<u8> {
        let mut bytes = vec![0u8; LOG_OVERHEAD + body];
        bytes[8..12].copy_from_slice(&(body as i32).to_be_bytes());
        bytes
    }

    fn lengths(entries: &mut Entries) -> Vec<usize> {
        let mut lengths = Vec::new();
        while let Some((_, bytes)) = entries.next_entry().unwrap() {
            lengths.push(bytes.len());
        }
        lengths
    }

    #[test]
    fn a_torn_tail_ends_the_walk_and_is_what_is_left() {
        let mut bytes = [entry(20), entry(2_000_000), entry(30)].concat();
        bytes.truncate(bytes.len() - 1);
        let file = file(&bytes);
        let mut entries = Entries::open(file.path()).unwrap();
        assert_eq!(lengths(&mut entries), [32, 2_000_012]);
        assert_eq!(entries.len() - entries.position(), 41);
    }

    #[test]
    fn a_window_cuts_like_the_end_of_the_file() {
        let file = file(&[entry(20), entry(20)].concat());
        let mut entries = Entries::open(file.path()).unwrap();
        entries.window(0, 63).unwrap();
        assert_eq!(lengths(&mut entries), [32]);
        entries.window(32, u64::MAX).unwrap();
        assert_eq!(lengths(&mut entries), [32]);
    }

    #[test]
    fn an_impossible_length_is_an_error_that_names_the_file() {
        let file = file(&[0u8; 40]);
        let error = Entries::open(file.path()).unwrap().next_entry().unwrap_err().to_string();
        assert!(
            error.starts_with("Found record size 0 smaller than minimum record overhead (14) in file /"),
            "{error}"
        );
    }
}
