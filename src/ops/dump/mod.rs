//! Reading partition files offline: segments, indexes, producer snapshots and checkpoints, of any message format.
//!
//! Nothing here prints: the Kafka dialect and the native `dump-log` each give the same facts their own form.

mod activity;
mod batch;
mod coordinator;
mod decode;
mod entries;
mod filter;
mod paths;
mod remote_log;
mod side_by_side;
mod small_files;
mod summary;

pub use activity::{Activity, ProducerActivity, TransactionActivity, TransactionEnd};
pub use batch::{Batch, RecordView, TimestampKind};
pub use coordinator::{CoordinatorRecord, CoordinatorTopic, GROUP_METADATA, Unreadable};
pub use decode::{Control, Decoded, Decoder, Plain, control_record, jackson};
pub use entries::Entries;
pub use filter::{Filter, KeyMatch};
pub use paths::{expand, partitions, segments};
pub use side_by_side::{Put, cores, in_order};
pub use small_files::{
    IndexEntry, OffsetIndexFile, TimeIndexEntry, TimeIndexFile, read_producer_snapshot, read_transaction_index,
};

pub use summary::{Fault, SegmentSummary};

use std::path::PathBuf;

use crate::wire::batch::BatchError;

/// What one batch may decompress to. Far above what a broker accepts: an operator wants to see the batch that broke it.
pub const DECOMPRESSED_LIMIT: usize = 1 << 30;

/// Why a file could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The file system's answer.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The length field of an entry is below any possible message.
    #[error("Found record size {size} smaller than minimum record overhead (14) in file {path}.")]
    RecordTooSmall {
        /// The length field.
        size: i32,
        /// The file.
        path: PathBuf,
    },
    /// A batch that cannot be walked.
    #[error("the batch at position {position} is not readable: {source}")]
    Batch {
        /// Where it begins.
        position: u64,
        /// What is wrong.
        source: BatchError,
    },
    /// A file whose content contradicts itself; the text is Kafka's.
    #[error("{0}")]
    Corrupt(String),
}

impl DumpError {
    fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> DumpError + use<> {
        let path = path.to_path_buf();
        move |source| DumpError::Io { path, source }
    }
}
