//! Walking the entries of a `.log` file, of any magic, in bounded memory.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::error::{IoContext, LogError};
use crate::model::{Offset, TimestampMs};
use crate::wire::batch::{BatchHeader, HEADER_LEN, LENGTH_OFFSET, LOG_OVERHEAD, MAGIC_OFFSET};
use crate::wire::legacy::LegacyMessage;

/// Read ahead when the next headers are looked for.
pub(crate) const LOOKUP_CHUNK: usize = 4 << 10;
/// Read ahead when everything is read.
pub(crate) const SCAN_CHUNK: usize = 1 << 20;

/// A batch of magic 2, or a message of magic 0 or 1, in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Position of its first byte.
    pub position: u64,
    /// Bytes in all.
    pub size: u64,
    /// 0, 1 or 2.
    pub magic: i8,
    /// First offset; of a compressed message of magic 0 or 1 the last, as the first stands inside.
    pub base_offset: Offset,
    /// Last offset.
    pub last_offset: Offset,
    /// Largest timestamp; of a compressed message of magic 0 [`TimestampMs::NONE`].
    pub max_timestamp: TimestampMs,
    /// The header, if of magic 2.
    pub header: Option<BatchHeader>,
}

impl LogEntry {
    /// Position of the next entry.
    pub const fn end(&self) -> u64 {
        self.position + self.size
    }
}

/// What stands at a position.
#[derive(Debug)]
pub(crate) enum Step {
    Entry(LogEntry),
    /// The end, exactly.
    End,
    /// Not a whole entry, for this reason. Nothing behind it can be found.
    Torn(String),
}

/// Walks headers from a position; bodies are skipped unless asked for.
pub(crate) struct Scanner<'a> {
    file: &'a File,
    path: &'a Path,
    position: u64,
    end: u64,
    chunk: usize,
    buffer: Vec<u8>,
    buffer_at: u64,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(file: &'a File, path: &'a Path, from: u64, end: u64, chunk: usize) -> Scanner<'a> {
        Scanner { file, path, position: from, end, chunk, buffer: Vec::new(), buffer_at: from }
    }

    /// A scanner that goes on where another was suspended.
    pub(crate) fn resume(
        file: &'a File,
        path: &'a Path,
        end: u64,
        chunk: usize,
        (position, buffer, buffer_at): (u64, Vec<u8>, u64),
    ) -> Scanner<'a> {
        Scanner { file, path, position, end, chunk, buffer, buffer_at }
    }

    /// Goes back; what is buffered stays.
    pub(crate) const fn rewind_to(&mut self, position: u64) {
        self.position = position;
    }

    /// What [`Scanner::resume`] takes.
    pub(crate) fn suspend(self) -> (u64, Vec<u8>, u64) {
        (self.position, self.buffer, self.buffer_at)
    }

    pub(crate) const fn position(&self) -> u64 {
        self.position
    }

    /// `len` bytes at `at`, through the buffer. `len` is at most the chunk, and within the file.
    fn bytes(&mut self, at: u64, len: usize) -> Result<&[u8], LogError> {
        let have = at >= self.buffer_at && at + len as u64 <= self.buffer_at + self.buffer.len() as u64;
        if !have {
            let want = (self.chunk as u64).min(self.end - at) as usize;
            self.buffer.resize(want, 0);
            self.buffer_at = at;
            self.file.read_exact_at(&mut self.buffer, at).at("read", self.path)?;
        }
        let from = (at - self.buffer_at) as usize;
        Ok(&self.buffer[from..from + len])
    }

    pub(crate) fn next(&mut self) -> Result<Step, LogError> {
        let (position, left) = (self.position, self.end - self.position);
        if left == 0 {
            return Ok(Step::End);
        }
        if left < LegacyMessage::MIN_SIZE as u64 {
            return Ok(Step::Torn(format!("{left} bytes are too few for a header")));
        }
        let head = self.bytes(position, left.min(HEADER_LEN as u64) as usize)?;
        let length = i32::from_be_bytes([head[LENGTH_OFFSET], head[9], head[10], head[11]]);
        let offset =
            Offset(i64::from_be_bytes([head[0], head[1], head[2], head[3], head[4], head[5], head[6], head[7]]));
        let magic = head[MAGIC_OFFSET] as i8;
        let least = match magic {
            0 => LegacyMessage::MIN_SIZE,
            1 => LegacyMessage::MIN_SIZE + 8,
            2 => HEADER_LEN,
            _ => return Ok(Step::Torn(format!("magic {magic} is not known"))),
        } as u64;
        let size = LOG_OVERHEAD as u64 + u64::try_from(length).unwrap_or(0);
        if length < 0 || size < least {
            return Ok(Step::Torn(format!("length {length} is not possible")));
        }
        if size > left {
            return Ok(Step::Torn(format!("only {left} of {size} bytes are there")));
        }
        let entry = if magic == 2 {
            let header = match BatchHeader::parse(head) {
                Ok(header) => header,
                Err(e) => return Ok(Step::Torn(e.to_string())),
            };
            if header.base_offset.0 < 0 || header.last_offset_delta < 0 {
                return Ok(Step::Torn("its offsets are not possible".to_owned()));
            }
            LogEntry {
                position,
                size,
                magic,
                base_offset: header.base_offset,
                last_offset: header.last_offset(),
                max_timestamp: header.max_timestamp,
                header: Some(header),
            }
        } else {
            let max_timestamp = if magic == 1 {
                TimestampMs(i64::from_be_bytes([
                    head[18], head[19], head[20], head[21], head[22], head[23], head[24], head[25],
                ]))
            } else {
                TimestampMs::NONE
            };
            LogEntry { position, size, magic, base_offset: offset, last_offset: offset, max_timestamp, header: None }
        };
        self.position = entry.end();
        Ok(Step::Entry(entry))
    }

    /// The stored checksum and the attribute bits.
    pub(crate) fn crc_and_attributes(&mut self, entry: &LogEntry) -> Result<(u32, i16), LogError> {
        let crc_at = if entry.magic == 2 { 17 } else { 12 };
        let crc = self.bytes(entry.position + crc_at, 4)?;
        let crc = u32::from_be_bytes([crc[0], crc[1], crc[2], crc[3]]);
        let attributes = match entry.header {
            Some(header) => header.attributes.0,
            None => i16::from(self.bytes(entry.position + 17, 1)?[0]),
        };
        Ok((crc, attributes))
    }

    /// Whether the entry matches its checksum. Streams: a length field may claim two gigabytes.
    pub(crate) fn checksum_matches(&mut self, entry: &LogEntry) -> Result<bool, LogError> {
        let (algorithm, from) = match entry.magic {
            2 => (crc_fast::CrcAlgorithm::Crc32Iscsi, 21),
            _ => (crc_fast::CrcAlgorithm::Crc32IsoHdlc, MAGIC_OFFSET as u64),
        };
        let (stored, _) = self.crc_and_attributes(entry)?;
        let mut digest = crc_fast::Digest::new(algorithm);
        let mut at = entry.position + from;
        while at < entry.end() {
            let len = (entry.end() - at).min(self.chunk as u64) as usize;
            // Take first what the buffer holds, so that a batch across its edge is not read twice.
            let buffer_end = self.buffer_at + self.buffer.len() as u64;
            let len = if at >= self.buffer_at && at < buffer_end { len.min((buffer_end - at) as usize) } else { len };
            digest.update(self.bytes(at, len)?);
            at += len as u64;
        }
        Ok(digest.finalize() as u32 == stored)
    }
}

/// Reads a whole entry.
pub(crate) fn read_entry(file: &File, path: &Path, entry: &LogEntry) -> Result<Vec<u8>, LogError> {
    let mut bytes = vec![0; entry.size as usize];
    file.read_exact_at(&mut bytes, entry.position).at("read", path)?;
    Ok(bytes)
}
