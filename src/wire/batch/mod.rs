//! Record batches of magic 2 (KIP-98): the header, the records within, building, and control records.
//!
//! The hot path reads and stamps headers only; record bodies are walked where a rule asks for it.
//! Nothing here copies a body, and every length from outside is bounded before it is used.

mod builder;
mod control;
mod header;
mod records;
mod varint;

pub use builder::{BatchBuilder, BuilderOptions, RecordToWrite};
pub use control::{ControlRecordType, EndTxnMarker, end_txn_batch};
pub use header::{
    Attributes, BatchError, BatchHeader, HEADER_LEN, LENGTH_OFFSET, LOG_OVERHEAD, MAGIC_OFFSET, TimestampType, batches,
    compute_crc, validate_crc,
};
pub use records::{Header, Headers, Record, RecordsIter};
pub use varint::{read_varint, read_varlong, varint_len, varlong_len, write_varint, write_varlong};
