//! Files: one append-only log in Kafka's on-disk format. Synchronous; knows no topic, no replication, no tokio.
//!
//! [`Log`] is the log of one partition: segments with their indexes, producer state, leader epochs. It is a plain value
//! without a lock or a thread; the time comes in as an argument. [`files`] has the small files of a log directory,
//! [`producers`] the rules of idempotence and transactions, [`inspect`] the readers for files that nobody writes.

mod append;
mod config;
mod dir;
mod epochs;
mod error;
pub mod files;
mod flush;
mod handle;
mod index;
pub mod inspect;
mod open;
mod page_cache;
pub mod producers;
mod read;
mod reindex;
mod relocate;
mod retention;
mod rot;
mod scan;
mod segment;
mod slice_io;
mod sound;
pub mod storage;
mod time;
mod truncate;
mod txn_index;
mod window;

#[cfg(test)]
mod tests;

pub use append::{AppendInfo, AppendOptions, BatchToAppend};
pub use config::LogConfig;
pub use dir::{Checkpoints, FoundLog, LogDir, LogDirError, scan_log_dir};
pub use error::{AppendError, LogError, ReadError};
pub use flush::FlushTicket;
pub use handle::Log;
pub use index::{OffsetEntry, TimeEntry};
pub use open::{RecoveryReport, RecoverySpec};
pub use page_cache::CachedRange;
pub use read::FileSlice;
pub use reindex::{IndexReport, IndexState, SegmentIndexes, check_indexes};
pub use retention::{ClosedSegment, DeleteReason, DeletedSegment};
pub use scan::LogEntry;
pub use sound::Unchecked;
pub use time::TimestampOffset;
pub use txn_index::{ABORTED_TXN_LEN, AbortedTxn, read_txn_index};
