//! Control records: transaction markers and the metadata quorum's own records.

use super::{BatchBuilder, BatchError, BuilderOptions, RecordToWrite};
use crate::model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs};

/// What a control record says (`ControlRecordType`); its key is version and type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum ControlRecordType {
    Abort,
    Commit,
    LeaderChange,
    SnapshotHeader,
    SnapshotFooter,
    KRaftVersion,
    KRaftVoters,
    Unknown(i16),
}

impl ControlRecordType {
    /// The number on the wire.
    pub const fn id(self) -> i16 {
        match self {
            ControlRecordType::Abort => 0,
            ControlRecordType::Commit => 1,
            ControlRecordType::LeaderChange => 2,
            ControlRecordType::SnapshotHeader => 3,
            ControlRecordType::SnapshotFooter => 4,
            ControlRecordType::KRaftVersion => 5,
            ControlRecordType::KRaftVoters => 6,
            ControlRecordType::Unknown(id) => id,
        }
    }

    /// The type for a number.
    pub const fn from_id(id: i16) -> ControlRecordType {
        match id {
            0 => ControlRecordType::Abort,
            1 => ControlRecordType::Commit,
            2 => ControlRecordType::LeaderChange,
            3 => ControlRecordType::SnapshotHeader,
            4 => ControlRecordType::SnapshotFooter,
            5 => ControlRecordType::KRaftVersion,
            6 => ControlRecordType::KRaftVoters,
            id => ControlRecordType::Unknown(id),
        }
    }

    /// The name as Kafka's tools print it.
    pub const fn name(self) -> &'static str {
        match self {
            ControlRecordType::Abort => "ABORT",
            ControlRecordType::Commit => "COMMIT",
            ControlRecordType::LeaderChange => "LEADER_CHANGE",
            ControlRecordType::SnapshotHeader => "SNAPSHOT_HEADER",
            ControlRecordType::SnapshotFooter => "SNAPSHOT_FOOTER",
            ControlRecordType::KRaftVersion => "KRAFT_VERSION",
            ControlRecordType::KRaftVoters => "KRAFT_VOTERS",
            ControlRecordType::Unknown(_) => "UNKNOWN",
        }
    }

    /// Reads the key of a control record: version (any not below 0), then type.
    ///
    /// # Errors
    /// [`BatchError::BadRecord`] if the key is not four bytes or more.
    pub fn from_key(key: Option<&[u8]>) -> Result<ControlRecordType, BatchError> {
        match key {
            Some([v0, v1, t0, t1, ..]) if i16::from_be_bytes([*v0, *v1]) >= 0 => {
                Ok(ControlRecordType::from_id(i16::from_be_bytes([*t0, *t1])))
            }
            _ => Err(BatchError::BadRecord { index: 0, reason: "control record key" }),
        }
    }

    /// The key that goes with the type: version 0, type.
    pub const fn key(self) -> [u8; 4] {
        let id = self.id().to_be_bytes();
        [0, 0, id[0], id[1]]
    }
}

/// The end of a transaction on one partition (`EndTransactionMarker`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndTxnMarker {
    /// Commit, or abort.
    pub committed: bool,
    /// The transaction coordinator's epoch.
    pub coordinator_epoch: i32,
}

impl EndTxnMarker {
    /// Reads a control record; `None` if it is not a transaction marker.
    ///
    /// # Errors
    /// [`BatchError::BadRecord`] if key or value are malformed.
    pub fn read(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Option<EndTxnMarker>, BatchError> {
        let committed = match ControlRecordType::from_key(key)? {
            ControlRecordType::Commit => true,
            ControlRecordType::Abort => false,
            _ => return Ok(None),
        };
        match value {
            Some([_, _, a, b, c, d, ..]) => {
                Ok(Some(EndTxnMarker { committed, coordinator_epoch: i32::from_be_bytes([*a, *b, *c, *d]) }))
            }
            _ => Err(BatchError::BadRecord { index: 0, reason: "transaction marker value" }),
        }
    }

    /// The record value: version 0, coordinator epoch.
    pub const fn value(self) -> [u8; 6] {
        let epoch = self.coordinator_epoch.to_be_bytes();
        [0, 0, epoch[0], epoch[1], epoch[2], epoch[3]]
    }
}

/// The control batch that ends a producer's transaction on a partition, ready to append.
pub fn end_txn_batch(
    producer_id: ProducerId,
    producer_epoch: ProducerEpoch,
    marker: EndTxnMarker,
    timestamp: TimestampMs,
    base_offset: Offset,
    leader_epoch: LeaderEpoch,
) -> Vec<u8> {
    let kind = if marker.committed { ControlRecordType::Commit } else { ControlRecordType::Abort };
    let mut builder = BatchBuilder::new(BuilderOptions {
        base_offset,
        leader_epoch,
        producer_id,
        producer_epoch,
        transactional: true,
        control: true,
        ..BuilderOptions::default()
    });
    builder.append(&RecordToWrite { timestamp, key: Some(&kind.key()), value: Some(&marker.value()), headers: &[] });
    builder.build().expect("an uncompressed batch of one small record always builds")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::batch::{RecordsIter, validate_crc};

    #[test]
    fn a_marker_batch_reads_back_as_the_marker() {
        let marker = EndTxnMarker { committed: false, coordinator_epoch: 12 };
        let batch = end_txn_batch(ProducerId(5), ProducerEpoch(1), marker, TimestampMs(9), Offset(3), LeaderEpoch(2));
        let header = validate_crc(&batch).unwrap();
        assert!(header.is_control() && header.is_transactional());
        assert_eq!(header.base_sequence.0, -1);
        let mut scratch = Vec::new();
        let record = RecordsIter::of(&header, &batch, &mut scratch, 100).unwrap().next().unwrap().unwrap();
        assert_eq!(EndTxnMarker::read(record.key, record.value), Ok(Some(marker)));
    }

    #[test]
    fn malformed_markers_are_errors() {
        assert!(EndTxnMarker::read(None, None).is_err());
        assert!(EndTxnMarker::read(Some(&[0, 0, 0]), None).is_err());
        assert!(EndTxnMarker::read(Some(&[0, 0, 0, 1]), Some(&[0, 0, 1])).is_err());
        assert_eq!(EndTxnMarker::read(Some(&[0, 0, 0, 2]), None), Ok(None));
    }
}
