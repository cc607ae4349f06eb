//! One producer's state: its epoch and the window of its last batches.

use crate::model::{Offset, ProducerEpoch, Sequence, TimestampMs};

/// Batches remembered for each producer; a client may have as many in flight.
pub const WINDOW: usize = 5;

/// What is remembered of an appended batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct BatchMeta {
    /// Sequence of its last record.
    pub last_sequence: Sequence,
    /// Offset of its last record.
    pub last_offset: Offset,
    /// Last offset minus first.
    pub offset_delta: i32,
    /// Its max timestamp.
    pub timestamp: TimestampMs,
}

impl BatchMeta {
    /// Sequence of its first record, wrapped below 0 as `DefaultRecordBatch.decrementSequence` does.
    pub const fn first_sequence(&self) -> Sequence {
        let (last, delta) = (self.last_sequence.0, self.offset_delta);
        if last < delta { Sequence(i32::MAX - (delta - last) + 1) } else { Sequence(last - delta) }
    }

    /// Offset of its first record.
    pub const fn first_offset(&self) -> Offset {
        Offset(self.last_offset.0 - self.offset_delta as i64)
    }
}

/// One producer's state on one log (`ProducerStateEntry`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerEntry {
    /// Its newest epoch.
    pub epoch: ProducerEpoch,
    /// Newest transaction coordinator epoch; -1 if no marker was written.
    pub coordinator_epoch: i32,
    /// Timestamp of the last batch or marker.
    pub last_timestamp: TimestampMs,
    /// Where its open transaction began.
    pub txn_first_offset: Option<Offset>,
    batches: [BatchMeta; WINDOW],
    len: u8,
}

impl Default for ProducerEntry {
    fn default() -> Self {
        ProducerEntry {
            epoch: ProducerEpoch::NONE,
            coordinator_epoch: -1,
            last_timestamp: TimestampMs::NONE,
            txn_first_offset: None,
            batches: [BatchMeta::default(); WINDOW],
            len: 0,
        }
    }
}

impl ProducerEntry {
    /// The remembered batches of the current epoch, oldest first.
    pub fn batches(&self) -> &[BatchMeta] {
        &self.batches[..usize::from(self.len)]
    }

    /// The last batch.
    pub fn last(&self) -> Option<&BatchMeta> {
        self.batches().last()
    }

    /// Sequence of the last record, or [`Sequence::NONE`].
    pub fn last_sequence(&self) -> Sequence {
        self.last().map_or(Sequence::NONE, |batch| batch.last_sequence)
    }

    /// The sequence that must come next in the current epoch.
    pub fn next_sequence(&self) -> Sequence {
        self.last().map_or(Sequence(0), |batch| batch.last_sequence.advance(1))
    }

    pub(super) fn batch_of(&self, first: Sequence, last: Sequence) -> Option<BatchMeta> {
        self.batches().iter().find(|b| b.first_sequence() == first && b.last_sequence == last).copied()
    }

    pub(super) fn enter_epoch(&mut self, epoch: ProducerEpoch) {
        if epoch != self.epoch {
            self.epoch = epoch;
            self.len = 0;
        }
    }

    pub(super) fn push(&mut self, batch: BatchMeta) {
        self.last_timestamp = batch.timestamp;
        if usize::from(self.len) == WINDOW {
            self.batches.rotate_left(1);
            self.len -= 1;
        }
        self.batches[usize::from(self.len)] = batch;
        self.len += 1;
    }

    /// Takes the window of another look at the same producer, if both end with the same batch.
    pub(super) fn refill(&mut self, other: &ProducerEntry) {
        let is_same =
            |a: &BatchMeta, b: &BatchMeta| (a.last_sequence, a.last_offset) == (b.last_sequence, b.last_offset);
        let same_end = self.last().zip(other.last()).is_some_and(|(a, b)| is_same(a, b));
        if same_end && self.epoch == other.epoch && other.len > self.len {
            (self.batches, self.len) = (other.batches, other.len);
        }
    }

    pub(super) fn is_expired(&self, now: TimestampMs, expiration_ms: i64) -> bool {
        self.txn_first_offset.is_none() && now.0.saturating_sub(self.last_timestamp.0) >= expiration_ms
    }
}
