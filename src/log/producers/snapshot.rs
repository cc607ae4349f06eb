//! `.snapshot` files, version 1: version, CRC-32C of the rest, count, fixed-size entries (`ProducerStateManager`).

use super::entry::{BatchMeta, ProducerEntry};
use crate::model::{Offset, ProducerEpoch, ProducerId, Sequence, TimestampMs};

const VERSION: i16 = 1;
const CRC_OFFSET: usize = 2;
const ENTRIES_OFFSET: usize = 6;
const ENTRY_LEN: usize = 46;

/// Why a snapshot cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Another version.
    #[error("snapshot version {0} is not known, expected 1")]
    Version(i16),
    /// The checksum does not match.
    #[error("snapshot is corrupt (stored crc = {stored}, computed crc = {computed})")]
    Crc {
        /// Checksum in the file.
        stored: u32,
        /// Checksum of the bytes.
        computed: u32,
    },
    /// Fewer or more bytes than the count asks for.
    #[error("snapshot has {0} bytes, which its count does not fit")]
    Length(usize),
}

/// One producer in a snapshot: of its window only the last batch is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotEntry {
    /// The producer.
    pub producer_id: ProducerId,
    /// Its epoch.
    pub producer_epoch: ProducerEpoch,
    /// Sequence of its last record, or -1.
    pub last_sequence: Sequence,
    /// Offset of its last record, or -1.
    pub last_offset: Offset,
    /// Last offset minus first of the last batch.
    pub offset_delta: i32,
    /// Timestamp of its last batch or marker.
    pub timestamp: TimestampMs,
    /// Transaction coordinator epoch, or -1.
    pub coordinator_epoch: i32,
    /// Where its open transaction began, or -1.
    pub txn_first_offset: Offset,
}

impl SnapshotEntry {
    pub(super) fn new(producer_id: ProducerId, entry: &ProducerEntry) -> SnapshotEntry {
        let last = entry.last().copied();
        SnapshotEntry {
            producer_id,
            producer_epoch: entry.epoch,
            last_sequence: entry.last_sequence(),
            last_offset: last.map_or(Offset::NONE, |batch| batch.last_offset),
            offset_delta: last.map_or(0, |batch| batch.offset_delta),
            timestamp: entry.last_timestamp,
            coordinator_epoch: entry.coordinator_epoch,
            txn_first_offset: entry.txn_first_offset.unwrap_or(Offset::NONE),
        }
    }

    pub(super) fn entry(&self) -> ProducerEntry {
        let mut entry = ProducerEntry::default();
        entry.enter_epoch(self.producer_epoch);
        if self.last_offset.0 >= 0 {
            entry.push(BatchMeta {
                last_sequence: self.last_sequence,
                last_offset: self.last_offset,
                offset_delta: self.offset_delta,
                timestamp: self.timestamp,
            });
        }
        entry.last_timestamp = self.timestamp;
        entry.coordinator_epoch = self.coordinator_epoch;
        entry.txn_first_offset = (self.txn_first_offset.0 >= 0).then_some(self.txn_first_offset);
        entry
    }
}

/// Renders a snapshot file.
pub fn render_snapshot(entries: &[SnapshotEntry]) -> Vec<u8> {
    let mut out = Vec::with_capacity(ENTRIES_OFFSET + 4 + entries.len() * ENTRY_LEN);
    out.extend_from_slice(&VERSION.to_be_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&(entries.len() as i32).to_be_bytes());
    for e in entries {
        out.extend_from_slice(&e.producer_id.0.to_be_bytes());
        out.extend_from_slice(&e.producer_epoch.0.to_be_bytes());
        out.extend_from_slice(&e.last_sequence.0.to_be_bytes());
        out.extend_from_slice(&e.last_offset.0.to_be_bytes());
        out.extend_from_slice(&e.offset_delta.to_be_bytes());
        out.extend_from_slice(&e.timestamp.0.to_be_bytes());
        out.extend_from_slice(&e.coordinator_epoch.to_be_bytes());
        out.extend_from_slice(&e.txn_first_offset.0.to_be_bytes());
    }
    let crc = crc_of(&out);
    out[CRC_OFFSET..ENTRIES_OFFSET].copy_from_slice(&crc.to_be_bytes());
    out
}

/// Parses a snapshot file.
///
/// # Errors
/// [`SnapshotError`] if it is damaged.
pub fn parse_snapshot(bytes: &[u8]) -> Result<Vec<SnapshotEntry>, SnapshotError> {
    let length = || SnapshotError::Length(bytes.len());
    let (head, body) = bytes.split_at_checked(ENTRIES_OFFSET + 4).ok_or_else(length)?;
    let version = i16::from_be_bytes([head[0], head[1]]);
    if version != VERSION {
        return Err(SnapshotError::Version(version));
    }
    let stored = u32::from_be_bytes([head[2], head[3], head[4], head[5]]);
    let computed = crc_of(bytes);
    if stored != computed {
        return Err(SnapshotError::Crc { stored, computed });
    }
    let count = i32::from_be_bytes([head[6], head[7], head[8], head[9]]);
    if usize::try_from(count).ok().and_then(|n| n.checked_mul(ENTRY_LEN)) != Some(body.len()) {
        return Err(length());
    }
    let i32_at = |e: &[u8], at: usize| i32::from_be_bytes([e[at], e[at + 1], e[at + 2], e[at + 3]]);
    let i64_at = |e: &[u8], at: usize| (i64::from(i32_at(e, at)) << 32) | i64::from(i32_at(e, at + 4) as u32);
    Ok(body
        .chunks_exact(ENTRY_LEN)
        .map(|e| SnapshotEntry {
            producer_id: ProducerId(i64_at(e, 0)),
            producer_epoch: ProducerEpoch(i16::from_be_bytes([e[8], e[9]])),
            last_sequence: Sequence(i32_at(e, 10)),
            last_offset: Offset(i64_at(e, 14)),
            offset_delta: i32_at(e, 22),
            timestamp: TimestampMs(i64_at(e, 26)),
            coordinator_epoch: i32_at(e, 34),
            txn_first_offset: Offset(i64_at(e, 38)),
        })
        .collect())
}

fn crc_of(file: &[u8]) -> u32 {
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, &file[ENTRIES_OFFSET..]) as u32
}
