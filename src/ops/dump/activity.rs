//! Who wrote to a partition, and how its transactions ended: from the headers of its batches alone.

use std::collections::HashMap;
use std::path::Path;

use serde::Serialize;

use super::{Batch, Control, DECOMPRESSED_LIMIT, DumpError, Entries, Filter, control_record};
use crate::wire::batch::BatchHeader;

/// What one producer wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProducerActivity {
    /// Its id; -1 for all producers without one.
    pub producer_id: i64,
    /// Its newest epoch.
    pub epoch: i16,
    /// Its first record or marker.
    pub first_offset: i64,
    /// Its last.
    pub last_offset: i64,
    /// Records, markers not counted.
    pub records: u64,
    /// Batches, markers not counted.
    pub batches: u64,
    /// Sequence number of its last record, -1 for none.
    pub last_sequence: i32,
    /// Transactions that were committed.
    pub committed: u64,
    /// Transactions that were aborted.
    pub aborted: u64,
    /// Where its open transaction begins.
    pub open_since: Option<i64>,
    /// Largest timestamp, in milliseconds.
    pub last_timestamp: i64,
}

/// How a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionEnd {
    /// No marker: readers of committed records wait before it.
    Open,
    /// By a COMMIT marker.
    Committed,
    /// By an ABORT marker.
    Aborted,
}

impl TransactionEnd {
    /// In a word.
    pub const fn name(self) -> &'static str {
        match self {
            TransactionEnd::Open => "open",
            TransactionEnd::Committed => "committed",
            TransactionEnd::Aborted => "aborted",
        }
    }
}

/// One transaction of one producer, as far as it is in this partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TransactionActivity {
    /// Its producer.
    pub producer_id: i64,
    /// The epoch of its last batch or marker.
    pub epoch: i16,
    /// How it ended.
    pub state: TransactionEnd,
    /// Its first record; `None` for a marker whose records are not here.
    pub first_offset: Option<i64>,
    /// Its marker, or its last record while it is open.
    pub last_offset: i64,
    /// Records.
    pub records: u64,
    /// Batches.
    pub batches: u64,
    /// Timestamp of its first batch, in milliseconds.
    pub first_timestamp: Option<i64>,
    /// Timestamp of its marker, or the largest of its records.
    pub last_timestamp: i64,
    /// Epoch of the coordinator that ended it.
    pub coordinator_epoch: Option<i32>,
}

/// The producers and transactions of a partition, batch after batch.
#[derive(Debug, Default)]
pub struct Activity {
    producers: HashMap<i64, ProducerActivity>,
    open: HashMap<i64, TransactionActivity>,
    ended: Vec<TransactionActivity>,
}

impl Activity {
    /// Reads the next segment of the partition. `progress` hears how far it is.
    ///
    /// # Errors
    /// When it cannot be read; a tail that is not whole ends it.
    pub fn read(&mut self, path: &Path, filter: &Filter, progress: &mut dyn FnMut(u64)) -> Result<(), DumpError> {
        let mut entries = Entries::open(path)?;
        while let Some((position, bytes)) = entries.next_entry()? {
            progress(position);
            let broken = |source| DumpError::Batch { position, source };
            let batch = Batch::parse(bytes).map_err(broken)?;
            // Producers of the formats before 2 have no ids.
            let Batch::V2 { header, .. } = &batch else { continue };
            if !filter.may_hold(&batch) {
                continue;
            }
            if !header.is_control() {
                self.add(header);
            } else if header.has_producer_id() {
                let mut marker = None;
                batch.each_record(&mut Vec::new(), DECOMPRESSED_LIMIT, broken, |record| {
                    if let Control::EndTransaction(end) = control_record(&record).map_err(broken)? {
                        marker = Some((end.committed, end.coordinator_epoch));
                    }
                    Ok(())
                })?;
                if let Some((committed, coordinator_epoch)) = marker {
                    self.end(header, committed, coordinator_epoch);
                }
            }
        }
        Ok(())
    }

    fn producer(&mut self, header: &BatchHeader) -> &mut ProducerActivity {
        let first_offset = header.base_offset.0;
        let producer = self.producers.entry(header.producer_id.0).or_insert_with(|| ProducerActivity {
            producer_id: header.producer_id.0,
            epoch: header.producer_epoch.0,
            first_offset,
            last_offset: first_offset,
            records: 0,
            batches: 0,
            last_sequence: -1,
            committed: 0,
            aborted: 0,
            open_since: None,
            last_timestamp: header.max_timestamp.0,
        });
        producer.epoch = producer.epoch.max(header.producer_epoch.0);
        producer.last_offset = header.last_offset().0;
        producer.last_timestamp = producer.last_timestamp.max(header.max_timestamp.0);
        producer
    }

    fn add(&mut self, header: &BatchHeader) {
        let records = u64::try_from(header.record_count).unwrap_or_default();
        let producer = self.producer(header);
        producer.records += records;
        producer.batches += 1;
        producer.last_sequence = header.last_sequence().0;
        if !header.is_transactional() {
            return;
        }
        producer.open_since.get_or_insert(header.base_offset.0);
        let transaction = self.open.entry(header.producer_id.0).or_insert_with(|| TransactionActivity {
            producer_id: header.producer_id.0,
            epoch: header.producer_epoch.0,
            state: TransactionEnd::Open,
            first_offset: Some(header.base_offset.0),
            last_offset: header.last_offset().0,
            records: 0,
            batches: 0,
            first_timestamp: Some(header.base_timestamp.0),
            last_timestamp: header.max_timestamp.0,
            coordinator_epoch: None,
        });
        transaction.epoch = header.producer_epoch.0;
        transaction.last_offset = header.last_offset().0;
        transaction.records += records;
        transaction.batches += 1;
        transaction.last_timestamp = transaction.last_timestamp.max(header.max_timestamp.0);
    }

    fn end(&mut self, header: &BatchHeader, committed: bool, coordinator_epoch: i32) {
        let producer = self.producer(header);
        producer.open_since = None;
        if committed {
            producer.committed += 1;
        } else {
            producer.aborted += 1;
        }
        let begun = self.open.remove(&header.producer_id.0);
        let begun = begun.unwrap_or(TransactionActivity {
            producer_id: header.producer_id.0,
            epoch: header.producer_epoch.0,
            state: TransactionEnd::Open,
            first_offset: None,
            last_offset: header.base_offset.0,
            records: 0,
            batches: 0,
            first_timestamp: None,
            last_timestamp: header.max_timestamp.0,
            coordinator_epoch: None,
        });
        self.ended.push(TransactionActivity {
            // Since KIP-890 the marker has the epoch after the one of its records.
            epoch: header.producer_epoch.0,
            state: if committed { TransactionEnd::Committed } else { TransactionEnd::Aborted },
            last_offset: header.base_offset.0,
            last_timestamp: header.max_timestamp.0,
            coordinator_epoch: Some(coordinator_epoch),
            ..begun
        });
    }

    /// The producers, those with an open transaction first, then by where they began.
    pub fn producers(self) -> Vec<ProducerActivity> {
        let mut all: Vec<_> = self.producers.into_values().collect();
        all.sort_by_key(|p| (p.open_since.is_none(), p.open_since, p.first_offset));
        all
    }

    /// The transactions, the open ones first, then in the order in which they ended.
    pub fn transactions(self) -> Vec<TransactionActivity> {
        let mut all: Vec<_> = self.open.into_values().collect();
        all.sort_by_key(|t| t.first_offset);
        all.extend(self.ended);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{AppendOptions, BatchToAppend, Log, LogConfig, RecoverySpec};
    use crate::model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, TimestampMs};
    use crate::wire::batch::{BatchBuilder, BuilderOptions, EndTxnMarker, RecordToWrite, end_txn_batch};

    fn data(id: i64, sequence: i32, count: i64, transactional: bool) -> Vec<u8> {
        let mut builder = BatchBuilder::new(BuilderOptions {
            producer_id: ProducerId(id),
            producer_epoch: ProducerEpoch(0),
            base_sequence: Sequence(sequence),
            transactional,
            ..BuilderOptions::default()
        });
        for at in 0..count {
            builder.append(&RecordToWrite {
                timestamp: TimestampMs(1_000 + at),
                value: Some(b"v"),
                ..Default::default()
            });
        }
        builder.build().unwrap()
    }

    fn marker(id: i64, committed: bool) -> Vec<u8> {
        let marker = EndTxnMarker { committed, coordinator_epoch: 3 };
        end_txn_batch(ProducerId(id), ProducerEpoch(0), marker, TimestampMs(2_000), Offset(0), LeaderEpoch(0))
    }

    fn activity(batches: &[Vec<u8>]) -> Activity {
        let dir = tempfile::tempdir().unwrap();
        let now = TimestampMs(3_000);
        let config = LogConfig { segment_bytes: 250, ..LogConfig::default() };
        let (mut log, _) = Log::open(dir.path(), config.into(), RecoverySpec::default(), now).unwrap();
        for bytes in batches {
            let header = BatchHeader::parse(bytes).unwrap();
            log.append(&[BatchToAppend { header, bytes }], LeaderEpoch(0), now, &AppendOptions::default()).unwrap();
        }
        log.close_clean(now).unwrap();
        let mut logs: Vec<_> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "log"))
            .collect();
        logs.sort();
        assert!(logs.len() > 1, "the log has several segments");
        let mut activity = Activity::default();
        logs.iter().for_each(|log| activity.read(log, &Filter::default(), &mut |_| ()).unwrap());
        activity
    }

    fn sample() -> Activity {
        activity(&[
            data(1, 0, 2, true),  // 0-1
            data(2, 0, 3, true),  // 2-4
            marker(1, true),      // 5
            data(1, 2, 1, true),  // 6
            data(2, 3, 1, true),  // 7
            marker(1, false),     // 8
            data(7, 0, 4, false), // 9-12
        ])
    }

    #[test]
    fn transactions_are_told_with_their_ends_and_the_open_one_comes_first() {
        let told: Vec<_> = sample()
            .transactions()
            .into_iter()
            .map(|t| (t.producer_id, t.state.name(), t.first_offset, t.last_offset, t.records, t.batches))
            .collect();
        assert_eq!(
            told,
            [(2, "open", Some(2), 7, 4, 2), (1, "committed", Some(0), 5, 2, 1), (1, "aborted", Some(6), 8, 1, 1),]
        );
    }

    #[test]
    fn producers_are_told_with_all_that_they_wrote() {
        let told: Vec<_> = sample()
            .producers()
            .into_iter()
            .map(|p| (p.producer_id, p.open_since, p.first_offset, p.last_offset, p.records, p.last_sequence))
            .collect();
        assert_eq!(told, [(2, Some(2), 2, 7, 4, 3), (1, None, 0, 8, 3, 2), (7, None, 9, 12, 4, 3)]);
        let one = sample().producers().into_iter().find(|p| p.producer_id == 1).unwrap();
        assert_eq!((one.committed, one.aborted, one.batches), (1, 1, 2));
    }
}
