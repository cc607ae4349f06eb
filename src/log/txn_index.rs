//! `.txnindex`: the transactions that were aborted within a segment, one fixed-size entry each (`TransactionIndex`).

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::error::{IoContext, LogError};
use crate::model::{Offset, ProducerId};

/// Bytes of an entry.
pub const ABORTED_TXN_LEN: usize = 34;

/// An aborted transaction, as FetchResponse and the index name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbortedTxn {
    /// Its producer.
    pub producer_id: ProducerId,
    /// Its first batch.
    pub first_offset: Offset,
    /// Its marker.
    pub last_offset: Offset,
    /// The last stable offset when it was aborted: no earlier transaction is open below it.
    pub last_stable_offset: Offset,
}

impl AbortedTxn {
    /// The entry's bytes, version 0.
    pub fn encode(&self) -> [u8; ABORTED_TXN_LEN] {
        let mut out = [0; ABORTED_TXN_LEN];
        out[2..10].copy_from_slice(&self.producer_id.0.to_be_bytes());
        out[10..18].copy_from_slice(&self.first_offset.0.to_be_bytes());
        out[18..26].copy_from_slice(&self.last_offset.0.to_be_bytes());
        out[26..34].copy_from_slice(&self.last_stable_offset.0.to_be_bytes());
        out
    }

    /// Reads an entry; `None` if it is cut short or its version is newer than 0.
    pub fn decode(bytes: &[u8]) -> Option<AbortedTxn> {
        let at = |i: usize| Some(i64::from_be_bytes(bytes.get(i..i + 8)?.try_into().ok()?));
        if i16::from_be_bytes([*bytes.first()?, *bytes.get(1)?]) > 0 {
            return None;
        }
        Some(AbortedTxn {
            producer_id: ProducerId(at(2)?),
            first_offset: Offset(at(10)?),
            last_offset: Offset(at(18)?),
            last_stable_offset: Offset(at(26)?),
        })
    }

    /// Whether any of it lies in `[from, to)`.
    pub fn overlaps(&self, from: Offset, to: Offset) -> bool {
        self.last_offset >= from && self.first_offset < to
    }
}

/// Reads an index; a missing file is an empty one.
///
/// # Errors
/// [`LogError`] if it cannot be read, or its length or an entry is impossible.
pub fn read_txn_index(path: &Path) -> Result<Vec<AbortedTxn>, LogError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e).at("read", path),
    };
    if bytes.len() % ABORTED_TXN_LEN != 0 {
        return Err(LogError::corrupt(path, format!("{} bytes are not a whole number of entries", bytes.len())));
    }
    let decode =
        |entry| AbortedTxn::decode(entry).ok_or_else(|| LogError::corrupt(path, "an entry of a newer version"));
    bytes.chunks_exact(ABORTED_TXN_LEN).map(decode).collect()
}

/// Appends to an index, creating it for its first entry.
pub(crate) fn append_txn(path: &Path, txn: &AbortedTxn) -> Result<(), LogError> {
    let mut file = OpenOptions::new().create(true).append(true).open(path).at("open", path)?;
    file.write_all(&txn.encode()).at("write to", path)
}

/// Drops entries whose marker is at or after `end`. Whether any entry is left.
pub(crate) fn truncate_txn_index(path: &Path, end: Offset) -> Result<bool, LogError> {
    let Ok(metadata) = std::fs::metadata(path) else { return Ok(false) };
    // A torn entry counts as none: the log that it was made from is replayed.
    let whole = metadata.len() / ABORTED_TXN_LEN as u64 * ABORTED_TXN_LEN as u64;
    let file = OpenOptions::new().write(true).open(path).at("open", path)?;
    if whole != metadata.len() {
        file.set_len(whole).at("resize", path)?;
    }
    let kept = read_txn_index(path)?.iter().take_while(|txn| txn.last_offset < end).count();
    file.set_len((kept * ABORTED_TXN_LEN) as u64).at("resize", path)?;
    Ok(kept > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn txn(n: i64) -> AbortedTxn {
        AbortedTxn {
            producer_id: ProducerId(n),
            first_offset: Offset(n * 10),
            last_offset: Offset(n * 10 + 5),
            last_stable_offset: Offset(n * 10 + 6),
        }
    }

    #[test]
    fn entries_are_appended_read_and_truncated() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.txnindex");
        assert!(read_txn_index(&path).unwrap().is_empty());
        (0..3).for_each(|n| append_txn(&path, &txn(n)).unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 102);
        assert_eq!(read_txn_index(&path).unwrap(), [txn(0), txn(1), txn(2)]);
        OpenOptions::new().append(true).open(&path).unwrap().write_all(&[0; 7]).unwrap();
        assert!(read_txn_index(&path).is_err());
        assert!(truncate_txn_index(&path, Offset(25)).unwrap());
        assert_eq!(read_txn_index(&path).unwrap(), [txn(0), txn(1)]);
        assert!(!truncate_txn_index(&path, Offset(0)).unwrap());
    }
}
