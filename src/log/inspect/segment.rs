//! Walking a file of record batches: a `.log` segment of any magic, or a snapshot of the metadata log.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::log::error::{IoContext, LogError};
use crate::log::scan::{LogEntry, SCAN_CHUNK, Scanner, Step, read_entry};
use crate::model::TimestampMs;
use crate::wire::batch::{BatchError, BatchHeader, HEADER_LEN, RecordsIter, TimestampType};
use crate::wire::compression::{self, Codec};
use crate::wire::legacy::{LegacyMessage, LegacyRecord};

/// Reads one file of batches from its start.
#[derive(Debug)]
pub struct SegmentReader {
    file: File,
    path: PathBuf,
    size: u64,
    state: ScannerState,
}

/// What a [`Scanner`] keeps between steps; it borrows the file, so it is made anew for each.
#[derive(Debug, Default)]
struct ScannerState {
    position: u64,
    buffer: Vec<u8>,
    buffer_at: u64,
}

/// What stands at the reader's position.
#[derive(Debug)]
pub enum SegmentStep {
    /// A batch, or a message of magic 0 or 1.
    Batch(BatchInfo),
    /// Bytes in which no further batch can be found; the reader is at its end after this.
    Torn {
        /// Position of the first such byte.
        position: u64,
        /// How many there are to the end of the file.
        bytes: u64,
        /// Why no batch stands there.
        reason: String,
    },
    /// The end of the file.
    End,
}

/// A batch as its header describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchInfo {
    /// Position, size, offsets and header.
    pub entry: LogEntry,
    /// The stored checksum.
    pub crc: u32,
    /// Whether the checksum matches.
    pub is_valid: bool,
    /// The codec; `None` for codec bits that name none.
    pub codec: Option<Codec>,
    /// What the timestamps mean.
    pub timestamp_type: TimestampType,
}

/// A batch with its records decompressed.
#[derive(Debug)]
pub enum LoadedBatch {
    /// Magic 2.
    Records {
        /// The header.
        header: BatchHeader,
        /// The decompressed body.
        body: Vec<u8>,
    },
    /// Magic 0 or 1: the message, or those in the wrapper.
    Legacy(Vec<LegacyRecord>),
}

impl LoadedBatch {
    /// The records of a magic-2 batch; none for the other magics.
    pub fn records(&self) -> Option<RecordsIter<'_>> {
        match self {
            LoadedBatch::Records { header, body } => Some(RecordsIter::new(header, body)),
            LoadedBatch::Legacy(_) => None,
        }
    }
}

impl SegmentReader {
    /// Opens a file.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn open(path: &Path) -> Result<SegmentReader, LogError> {
        let file = File::open(path).at("open", path)?;
        let size = file.metadata().at("stat", path)?.len();
        Ok(SegmentReader { file, path: path.to_owned(), size, state: ScannerState::default() })
    }

    /// Bytes of the file, as of opening.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Bytes read so far: for a progress bar.
    pub const fn position(&self) -> u64 {
        self.state.position
    }

    /// The next batch, its checksum computed.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn next_batch(&mut self) -> Result<SegmentStep, LogError> {
        let state = std::mem::take(&mut self.state);
        let mut scanner = Scanner::resume(
            &self.file,
            &self.path,
            self.size,
            SCAN_CHUNK,
            (state.position, state.buffer, state.buffer_at),
        );
        let step = scanner.next().and_then(|step| match step {
            Step::Entry(entry) => {
                let is_valid = scanner.checksum_matches(&entry)?;
                let (crc, attributes) = scanner.crc_and_attributes(&entry)?;
                let codec = Codec::from_id(attributes & 0x07);
                let timestamp_type = if entry.magic > 0 && attributes & 0x08 != 0 {
                    TimestampType::LogAppendTime
                } else {
                    TimestampType::CreateTime
                };
                Ok(SegmentStep::Batch(BatchInfo { entry, crc, is_valid, codec, timestamp_type }))
            }
            Step::End => Ok(SegmentStep::End),
            Step::Torn(reason) => {
                let position = scanner.position();
                Ok(SegmentStep::Torn { position, bytes: self.size - position, reason })
            }
        });
        let (position, buffer, buffer_at) = scanner.suspend();
        let position = if matches!(step, Ok(SegmentStep::Torn { .. })) { self.size } else { position };
        self.state = ScannerState { position, buffer, buffer_at };
        step
    }

    /// Reads a batch's records, decompressed to `limit` bytes at most.
    ///
    /// # Errors
    /// The outer error is the disk's; the inner one says what is wrong with the batch.
    pub fn load(&self, batch: &BatchInfo, limit: usize) -> Result<Result<LoadedBatch, BatchError>, LogError> {
        let bytes = read_entry(&self.file, &self.path, &batch.entry)?;
        Ok(match batch.entry.header {
            Some(header) => load_records(header, bytes, limit),
            None => LegacyMessage::parse(&bytes).and_then(|m| m.records(limit)).map(LoadedBatch::Legacy),
        })
    }
}

fn load_records(header: BatchHeader, mut bytes: Vec<u8>, limit: usize) -> Result<LoadedBatch, BatchError> {
    let body = match header.codec()? {
        Codec::None => bytes.split_off(HEADER_LEN),
        codec => {
            let mut body = Vec::new();
            compression::decompress(codec, &bytes[HEADER_LEN..], limit, &mut body)?;
            body
        }
    };
    Ok(LoadedBatch::Records { header, body })
}

impl BatchInfo {
    /// The largest timestamp, if the batch has one.
    pub fn max_timestamp(&self) -> Option<TimestampMs> {
        (self.entry.max_timestamp != TimestampMs::NONE).then_some(self.entry.max_timestamp)
    }
}
