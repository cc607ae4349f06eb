//! Faults of the log room. Each names the file, so that the broker can tell which disk failed.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::log::producers::ProducerRefusal;
use crate::model::Offset;
use crate::wire::batch::BatchError;

/// A fault: the disk or what stands on it.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried, as in "write to".
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What it said.
        #[source]
        source: io::Error,
    },
    /// A file does not hold what it must, and cannot be rebuilt from others.
    #[error("{} is corrupt: {reason}", .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The log took no more writes after a fault: what is on disk is unknown until it is opened again (KAFKA-10778).
    #[error("the log in {} takes no writes since an earlier fault ({cause}); restart the broker once the disk is sound", .path.display())]
    Fenced {
        /// The log's directory.
        path: PathBuf,
        /// The first fault.
        cause: Arc<str>,
    },
}

impl LogError {
    pub(crate) fn corrupt(path: &Path, reason: impl Into<String>) -> LogError {
        LogError::Corrupt { path: path.to_owned(), reason: reason.into() }
    }

    /// Whether the operating system said that the file is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, LogError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Adds the file and the deed to an I/O error.
pub(crate) trait IoContext<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, LogError>;
}

impl<T> IoContext<T> for io::Result<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, LogError> {
        self.map_err(|source| LogError::Io { action, path: path.to_owned(), source })
    }
}

impl<T> IoContext<T> for Result<T, rustix::io::Errno> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, LogError> {
        self.map_err(|errno| LogError::Io { action, path: path.to_owned(), source: errno.into() })
    }
}

/// Why an append was not done.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The producer's epoch, sequence or transaction state forbids it.
    #[error(transparent)]
    Producer(#[from] ProducerRefusal),
    /// The batches do not fit into one segment (RECORD_LIST_TOO_LARGE).
    #[error("{bytes} bytes of batches do not fit into a segment of {segment_bytes} bytes (segment.bytes)")]
    TooLarge {
        /// Bytes of the batches.
        bytes: u64,
        /// `segment.bytes`.
        segment_bytes: u64,
    },
    /// The batches cannot stand in a log (INVALID_RECORD).
    #[error("{0}")]
    Invalid(&'static str),
    /// A follower got batches below the end of its log, or in falling order.
    #[error("the batch at offset {got} does not come after the log's end, {expected}")]
    OutOfOrderOffset {
        /// The least offset that would do.
        expected: Offset,
        /// The batch's first.
        got: Offset,
    },
    /// A batch whose content is malformed.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// The disk.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The offset is not in the log (OFFSET_OUT_OF_RANGE).
    #[error("offset {offset} is outside the log, which spans {start} to {end}")]
    OutOfRange {
        /// What was asked for.
        offset: Offset,
        /// Log start offset.
        start: Offset,
        /// Log end offset.
        end: Offset,
    },
    /// The disk.
    #[error(transparent)]
    Log(#[from] LogError),
}
