//! What a log remembers of its producers (KIP-98, KIP-360): the last five batches of each, and open transactions.
//!
//! A pure machine: [`ProducerStates::judge`] says what may be appended, [`ProducerStates::apply`] records what was.
//! The state is rebuilt from a snapshot and the headers of the batches after it.

mod entry;
mod snapshot;

use std::collections::{BTreeMap, HashMap};

pub use entry::{BatchMeta, ProducerEntry, WINDOW};
pub use snapshot::{SnapshotEntry, SnapshotError, parse_snapshot, render_snapshot};

use crate::model::{Offset, ProducerEpoch, ProducerId, Sequence, TimestampMs};
use crate::wire::batch::{BatchHeader, EndTxnMarker};

/// Who appends: decides which rules hold (`AppendOrigin`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum AppendOrigin {
    /// A producer: every rule.
    #[default]
    Client,
    /// A coordinator on its own partition, or a transaction marker: epochs only.
    Coordinator,
    /// A leader's log, or our own at start: it was judged before, so nothing is refused.
    Replication,
}

/// A correct "no" to an append.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProducerRefusal {
    /// OUT_OF_ORDER_SEQUENCE_NUMBER.
    #[error("producer {producer_id} sent sequence {} where {} was expected", .got.0, .expected.map_or(0, |s| s.0))]
    OutOfOrderSequence {
        /// The producer.
        producer_id: ProducerId,
        /// The next sequence in line; `None` if only 0 would have done.
        expected: Option<Sequence>,
        /// The batch's first sequence.
        got: Sequence,
    },
    /// INVALID_PRODUCER_EPOCH.
    #[error("producer {producer_id} sent epoch {}, the log has seen epoch {}", .got.0, .current.0)]
    InvalidProducerEpoch {
        /// The producer.
        producer_id: ProducerId,
        /// The epoch in the log.
        current: ProducerEpoch,
        /// The batch's epoch.
        got: ProducerEpoch,
    },
    /// TRANSACTION_COORDINATOR_FENCED.
    #[error("a marker for producer {producer_id} bears coordinator epoch {got}, the log has seen {current}")]
    CoordinatorFenced {
        /// The producer.
        producer_id: ProducerId,
        /// The coordinator epoch in the log.
        current: i32,
        /// The marker's.
        got: i32,
    },
    /// INVALID_TXN_STATE.
    #[error("producer {producer_id} wrote outside its transaction, which is open since offset {open_since}")]
    InvalidTxnState {
        /// The producer.
        producer_id: ProducerId,
        /// Where its open transaction began.
        open_since: Offset,
    },
}

/// What to do with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Append it.
    Append,
    /// It stands in the log already: answer with where.
    Duplicate(BatchMeta),
}

/// Rules of one append beyond its origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ProducerRules {
    /// Who appends.
    pub origin: AppendOrigin,
    /// The producer bumps its epoch with each transaction (TV2, KIP-890): then a producer without state must begin
    /// at sequence 0, and a marker's epoch must be above the one in the log.
    pub transaction_v2: bool,
}

/// A transaction that a marker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompletedTxn {
    /// Its producer.
    pub producer_id: ProducerId,
    /// Its first batch.
    pub first_offset: Offset,
    /// Its marker.
    pub last_offset: Offset,
    /// Aborted, not committed.
    pub aborted: bool,
}

/// The producers of one log. Empty, it holds no memory of its own.
#[derive(Clone, Debug, Default)]
pub struct ProducerStates {
    producers: HashMap<i64, ProducerEntry>,
    /// First offset of every open transaction, with its producer.
    ongoing: BTreeMap<i64, i64>,
    /// First and last offset of ended transactions whose marker may lie above the high watermark.
    unreplicated: BTreeMap<i64, i64>,
}

impl ProducerStates {
    /// Number of producers remembered.
    pub fn len(&self) -> usize {
        self.producers.len()
    }

    /// Whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.producers.is_empty()
    }

    /// The state of one producer.
    pub fn get(&self, producer_id: ProducerId) -> Option<&ProducerEntry> {
        self.producers.get(&producer_id.0)
    }

    /// Every producer, in no order (DescribeProducers).
    pub fn iter(&self) -> impl Iterator<Item = (ProducerId, &ProducerEntry)> {
        self.producers.iter().map(|(id, entry)| (ProducerId(*id), entry))
    }

    /// Judges a data batch, before offsets are assigned.
    ///
    /// # Errors
    /// [`ProducerRefusal`] with the rule that the batch breaks.
    pub fn judge(&self, batch: &BatchHeader, rules: ProducerRules) -> Result<Judgement, ProducerRefusal> {
        if !batch.has_producer_id() || rules.origin == AppendOrigin::Replication {
            return Ok(Judgement::Append);
        }
        let producer_id = batch.producer_id;
        let out_of_order =
            |expected| ProducerRefusal::OutOfOrderSequence { producer_id, expected, got: batch.base_sequence };
        let Some(entry) = self.producers.get(&producer_id.0) else {
            let strict = rules.origin == AppendOrigin::Client && rules.transaction_v2 && batch.is_transactional();
            // State may be gone by retention, so any first sequence is good, unless the protocol excludes that.
            return if strict && batch.base_sequence.0 != 0 { Err(out_of_order(None)) } else { Ok(Judgement::Append) };
        };
        if rules.origin == AppendOrigin::Client
            && batch.producer_epoch == entry.epoch
            && let Some(original) = entry.batch_of(batch.base_sequence, batch.last_sequence())
        {
            return Ok(Judgement::Duplicate(original));
        }
        if batch.producer_epoch.0 < entry.epoch.0 {
            let (current, got) = (entry.epoch, batch.producer_epoch);
            return Err(ProducerRefusal::InvalidProducerEpoch { producer_id, current, got });
        }
        if rules.origin == AppendOrigin::Client && entry.epoch != ProducerEpoch::NONE {
            let expected = if batch.producer_epoch == entry.epoch { entry.next_sequence() } else { Sequence(0) };
            if batch.base_sequence != expected {
                return Err(out_of_order(Some(expected)));
            }
        }
        match entry.txn_first_offset {
            Some(open_since) if !batch.is_transactional() => {
                Err(ProducerRefusal::InvalidTxnState { producer_id, open_since })
            }
            _ => Ok(Judgement::Append),
        }
    }

    /// Judges a transaction marker.
    ///
    /// # Errors
    /// [`ProducerRefusal`] if its producer or its coordinator is fenced.
    pub fn judge_marker(
        &self,
        batch: &BatchHeader,
        marker: EndTxnMarker,
        rules: ProducerRules,
    ) -> Result<(), ProducerRefusal> {
        let Some(entry) = self.producers.get(&batch.producer_id.0) else { return Ok(()) };
        if rules.origin == AppendOrigin::Replication {
            return Ok(());
        }
        let (producer_id, current, got) = (batch.producer_id, entry.epoch, batch.producer_epoch);
        // TV2 raises the epoch with the marker, so an equal one is old, unless the marker is written once more after
        // its transaction ended, or no higher epoch exists (KIP-1228).
        let again = entry.txn_first_offset.is_none() || got.0 == i16::MAX;
        if got.0 < current.0 || (rules.transaction_v2 && got.0 == current.0 && !again) {
            return Err(ProducerRefusal::InvalidProducerEpoch { producer_id, current, got });
        }
        let (current, got) = (entry.coordinator_epoch, marker.coordinator_epoch);
        if got < current {
            return Err(ProducerRefusal::CoordinatorFenced { producer_id, current, got });
        }
        Ok(())
    }

    /// Records an appended data batch, offsets assigned.
    pub fn apply(&mut self, batch: &BatchHeader) {
        if !batch.has_producer_id() || batch.is_control() {
            return;
        }
        let entry = self.producers.entry(batch.producer_id.0).or_default();
        entry.enter_epoch(batch.producer_epoch);
        entry.push(BatchMeta {
            last_sequence: batch.last_sequence(),
            last_offset: batch.last_offset(),
            offset_delta: batch.last_offset_delta,
            timestamp: batch.max_timestamp,
        });
        if batch.is_transactional() && entry.txn_first_offset.is_none() {
            entry.txn_first_offset = Some(batch.base_offset);
            self.ongoing.insert(batch.base_offset.0, batch.producer_id.0);
        }
    }

    /// Takes over the windows of producers whose last batch is the same in `before`: a snapshot has only the last.
    pub(super) fn refill(&mut self, before: &ProducerStates) {
        for (id, entry) in &mut self.producers {
            if let Some(found) = before.producers.get(id) {
                entry.refill(found);
            }
        }
    }

    /// Records an appended marker. The transaction that it ends, if it had data here, stays unstable until
    /// [`ProducerStates::complete`].
    pub fn apply_marker(&mut self, batch: &BatchHeader, marker: EndTxnMarker) -> Option<CompletedTxn> {
        let entry = self.producers.entry(batch.producer_id.0).or_default();
        entry.enter_epoch(batch.producer_epoch);
        entry.coordinator_epoch = marker.coordinator_epoch;
        entry.last_timestamp = batch.max_timestamp;
        let first_offset = entry.txn_first_offset.take()?;
        Some(CompletedTxn {
            producer_id: batch.producer_id,
            first_offset,
            last_offset: batch.base_offset,
            aborted: !marker.committed,
        })
    }

    /// The last stable offset that a transaction leaves behind: where the next open one begins, or past its marker.
    /// This is what the transaction index stores.
    pub fn stable_offset_after(&self, txn: &CompletedTxn) -> Offset {
        let other = self.ongoing.iter().find(|&(_, &id)| id != txn.producer_id.0);
        other.map_or(txn.last_offset.next(), |(&first, _)| Offset(first))
    }

    /// Moves an ended transaction to those that wait for the high watermark to pass their marker.
    pub fn complete(&mut self, txn: &CompletedTxn) {
        self.ongoing.remove(&txn.first_offset.0);
        self.unreplicated.insert(txn.first_offset.0, txn.last_offset.0);
    }

    /// The first offset that read_committed must not pass: of the oldest transaction that is open, or whose
    /// marker is not below the high watermark.
    pub fn first_unstable_offset(&self, high_watermark: Offset) -> Option<Offset> {
        let ended = self.unreplicated.iter().find(|&(_, &last)| last >= high_watermark.0).map(|(&first, _)| first);
        let open = self.ongoing.first_key_value().map(|(&first, _)| first);
        ended.into_iter().chain(open).min().map(Offset)
    }

    /// Whether any transaction is open.
    pub fn has_open_transactions(&self) -> bool {
        !self.ongoing.is_empty()
    }

    /// Forgets ended transactions whose markers are below the high watermark.
    pub fn on_high_watermark(&mut self, high_watermark: Offset) {
        if !self.unreplicated.is_empty() {
            self.unreplicated.retain(|_, last| *last >= high_watermark.0);
        }
    }

    /// Forgets what lies below a new log start offset.
    pub fn on_log_start(&mut self, log_start: Offset) {
        self.unreplicated.retain(|_, last| *last >= log_start.0);
    }

    /// Forgets producers without an open transaction that were idle for `expiration_ms`. Returns how many.
    pub fn expire(&mut self, now: TimestampMs, expiration_ms: i64) -> usize {
        let before = self.producers.len();
        self.producers.retain(|_, entry| !entry.is_expired(now, expiration_ms));
        if self.producers.is_empty() {
            self.producers.shrink_to_fit();
        }
        before - self.producers.len()
    }

    /// The content of a snapshot file.
    pub fn snapshot(&self) -> Vec<u8> {
        let mut entries: Vec<SnapshotEntry> = self.iter().map(|(id, entry)| SnapshotEntry::new(id, entry)).collect();
        entries.sort_by_key(|entry| entry.producer_id);
        render_snapshot(&entries)
    }

    /// The state that a snapshot file holds, without what has expired.
    ///
    /// # Errors
    /// [`SnapshotError`] if the file is damaged.
    pub fn from_snapshot(bytes: &[u8], now: TimestampMs, expiration_ms: i64) -> Result<ProducerStates, SnapshotError> {
        let mut states = ProducerStates::default();
        for stored in parse_snapshot(bytes)? {
            let (id, entry) = (stored.producer_id, stored.entry());
            if entry.is_expired(now, expiration_ms) {
                continue;
            }
            if let Some(first) = entry.txn_first_offset {
                states.ongoing.insert(first.0, id.0);
            }
            states.producers.insert(id.0, entry);
        }
        Ok(states)
    }
}

#[cfg(test)]
mod tests;
