//! A segment in one row: how much is in it, from when, and whether it is sound.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

use super::{Batch, DumpError, Entries};
use crate::wire::batch::BatchError;

/// What a `.log` file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SegmentSummary {
    /// The offset in its name.
    pub base_offset: i64,
    /// Records that are there; after compaction fewer than the offsets it spans. Before magic 2 a compressed wrapper
    /// counts as one.
    pub records: u64,
    /// Batches.
    pub batches: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Offset of the last record, if there is one.
    pub last_offset: Option<i64>,
    /// Timestamp of the first batch, in milliseconds.
    pub first_timestamp: Option<i64>,
    /// Largest timestamp, in milliseconds.
    pub last_timestamp: Option<i64>,
    /// Codecs in use, by name.
    pub codecs: BTreeSet<&'static str>,
    /// What is wrong, first thing first.
    pub fault: Option<Fault>,
}

/// The first thing that is wrong with a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Bytes at the end that are no whole batch: what a crash in the middle of a write leaves.
    TornTail {
        /// How many.
        bytes: u64,
    },
    /// A batch whose bytes do not match its checksum.
    BadChecksum {
        /// Its first offset.
        offset: i64,
        /// Where it begins.
        position: u64,
    },
    /// A batch that begins before the one before it ends.
    OutOfOrder {
        /// Its first offset.
        offset: i64,
        /// Where it begins.
        position: u64,
    },
    /// A batch that cannot be read at all; nothing behind it was looked at.
    Unreadable {
        /// Where it begins.
        position: u64,
        /// What is wrong with it.
        reason: String,
    },
}

impl SegmentSummary {
    /// Reads a segment from end to end, batch by batch, without opening the batches. `progress` hears how far it is.
    ///
    /// # Errors
    /// When the file cannot be read; a damaged one is described by its [`SegmentSummary::fault`].
    pub fn read(path: &Path, base_offset: i64, progress: &mut dyn FnMut(u64)) -> Result<SegmentSummary, DumpError> {
        let mut entries = Entries::open(path)?;
        let mut summary = SegmentSummary { base_offset, bytes: entries.len(), ..SegmentSummary::default() };
        loop {
            match entries.next_entry() {
                Ok(None) => break,
                Ok(Some((position, bytes))) => {
                    progress(position);
                    match Batch::parse(bytes) {
                        Ok(batch) => summary.add(position, &batch),
                        Err(reason) => {
                            summary.unreadable(position, &reason);
                            return Ok(summary);
                        }
                    }
                }
                Err(error @ DumpError::Io { .. }) => return Err(error),
                Err(_) => {
                    let left = entries.len() - entries.position();
                    summary.fault.get_or_insert(Fault::TornTail { bytes: left });
                    return Ok(summary);
                }
            }
        }
        let left = entries.len() - entries.position();
        if left > 0 {
            summary.fault.get_or_insert(Fault::TornTail { bytes: left });
        }
        Ok(summary)
    }

    fn unreadable(&mut self, position: u64, reason: &BatchError) {
        self.fault.get_or_insert(Fault::Unreadable { position, reason: reason.to_string() });
    }

    fn add(&mut self, position: u64, batch: &Batch<'_>) {
        let (base, last) = (batch.base_offset().0, batch.last_offset().0);
        if !batch.is_valid() {
            self.fault.get_or_insert(Fault::BadChecksum { offset: base, position });
        } else if self.last_offset.is_some_and(|before| base <= before) {
            self.fault.get_or_insert(Fault::OutOfOrder { offset: base, position });
        }
        self.batches += 1;
        self.records += match batch {
            Batch::V2 { header, .. } => u64::try_from(header.record_count).unwrap_or_default(),
            Batch::Legacy(_) => 1,
        };
        self.last_offset = Some(last);
        let first = match batch {
            Batch::V2 { header, .. } => header.base_timestamp.0,
            Batch::Legacy(message) => message.timestamp.0,
        };
        if self.first_timestamp.is_none() {
            self.first_timestamp = Some(first).filter(|&at| at >= 0);
        }
        let newest = Some(batch.max_timestamp().0).filter(|&at| at >= 0);
        self.last_timestamp = self.last_timestamp.max(newest);
        self.codecs.insert(batch.codec().map_or("unknown", |codec| codec.name()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(file: &str) -> SegmentSummary {
        let path = Path::new("tests/golden/dump-log").join(file);
        SegmentSummary::read(&path, 0, &mut |_| ()).unwrap()
    }

    #[test]
    fn a_sound_segment_is_counted() {
        let summary = summary("gzip-0/00000000000000000000.log");
        assert_eq!((summary.records, summary.batches, summary.last_offset), (3, 1, Some(2)));
        assert_eq!(summary.codecs.iter().copied().collect::<Vec<_>>(), ["gzip"]);
        assert_eq!(summary.fault, None);
    }

    #[test]
    fn a_torn_tail_is_told_with_its_size() {
        let summary = summary("torn-0/00000000000000000000.log");
        assert!(matches!(summary.fault, Some(Fault::TornTail { bytes: 1.. })), "{summary:?}");
    }

    #[test]
    fn a_flipped_bit_is_a_bad_checksum() {
        let mut bytes = std::fs::read("tests/golden/dump-log/txn-0/00000000000000000000.log").unwrap();
        bytes[100] ^= 1;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let summary = SegmentSummary::read(file.path(), 0, &mut |_| ()).unwrap();
        assert_eq!(summary.fault, Some(Fault::BadChecksum { offset: 0, position: 0 }));
    }
}
