//! One partition's batches: open, ready, under way, and waiting to be sent again in their old order.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::client::{ClientError, Result};
use crate::model::{ErrorCode, Sequence};
use crate::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite};

/// A batch as it goes over the wire, as often as it takes.
#[derive(Debug)]
pub(super) struct Batch {
    /// Grows from batch to batch.
    pub(super) id: u64,
    pub(super) bytes: Bytes,
    pub(super) count: i32,
    pub(super) closed_at: Instant,
}

#[derive(Debug, Default)]
pub(super) struct Lane {
    open: Option<(BatchBuilder, Instant)>,
    ready: VecDeque<Batch>,
    outstanding: BTreeSet<u64>,
    failed: Vec<Batch>,
    next_sequence: Sequence,
    /// Of the last batch before compression: the next one is likely to need as much.
    last_size: usize,
}

impl Lane {
    /// Whether a record of `size` bytes would take the open batch past `batch_size`.
    pub(super) fn would_overflow(&self, size: usize, batch_size: usize) -> bool {
        self.open.as_ref().is_some_and(|(b, _)| !b.is_empty() && b.uncompressed_size() + size > batch_size)
    }

    /// Adds a record; gives whether the batch is full now.
    pub(super) fn append(&mut self, record: &RecordToWrite<'_>, options: BuilderOptions, batch_size: usize) -> bool {
        let idempotent = options.producer_id.0 >= 0;
        let base_sequence = if idempotent { self.next_sequence } else { Sequence::NONE };
        let room = self.last_size;
        let (builder, _) = self.open.get_or_insert_with(|| {
            let options = BuilderOptions { base_sequence, ..options };
            (BatchBuilder::with_capacity(options, room), Instant::now())
        });
        builder.append(record);
        builder.uncompressed_size() >= batch_size
    }

    /// When the open batch got its first record.
    pub(super) fn opened_at(&self) -> Option<Instant> {
        self.open.as_ref().map(|(_, at)| *at)
    }

    /// Makes the open batch ready; gives its bytes.
    pub(super) fn close(&mut self, next_batch: &mut u64) -> Result<usize> {
        let Some((builder, _)) = self.open.take() else { return Ok(0) };
        let count = builder.len() as i32;
        self.last_size = builder.uncompressed_size();
        self.next_sequence = self.next_sequence.advance(count);
        let bytes: Bytes = builder
            .build()
            .map_err(|e| ClientError::refused("cannot build a batch", ErrorCode::InvalidRecord, Some(e.to_string())))?
            .into();
        let size = bytes.len();
        self.ready.push_back(Batch { id: *next_batch, bytes, count, closed_at: Instant::now() });
        *next_batch += 1;
        Ok(size)
    }

    /// The size of the batch to send next, if one may be sent now. Nothing new is sent while batches wait to be sent
    /// again: the broker takes sequence numbers in order only.
    pub(super) fn sendable(&self, max_in_flight: usize) -> Option<usize> {
        let free = self.failed.is_empty() && self.outstanding.len() < max_in_flight;
        self.ready.front().filter(|_| free).map(|batch| batch.bytes.len())
    }

    /// Takes the batch to send next.
    pub(super) fn take(&mut self) -> Option<Batch> {
        let batch = self.ready.pop_front()?;
        self.outstanding.insert(batch.id);
        Some(batch)
    }

    /// Whether no older batch is under way or waits to be sent again.
    pub(super) fn is_oldest(&self, batch: &Batch) -> bool {
        self.outstanding.first().is_none_or(|&id| id >= batch.id) && self.failed.iter().all(|b| b.id > batch.id)
    }

    /// The batch's fate is known.
    pub(super) fn done(&mut self, batch: &Batch) {
        self.outstanding.remove(&batch.id);
        self.requeue();
    }

    /// The batch is to be sent again, once all that was under way with it has come back.
    pub(super) fn retry(&mut self, batch: Batch) {
        self.outstanding.remove(&batch.id);
        self.failed.push(batch);
        self.requeue();
    }

    fn requeue(&mut self) {
        if self.outstanding.is_empty() {
            self.failed.sort_by_key(|batch| std::cmp::Reverse(batch.id));
            for batch in self.failed.drain(..) {
                self.ready.push_front(batch);
            }
        }
    }

    /// Takes out all that is ready if its oldest batch is older than `timeout`.
    pub(super) fn take_expired(&mut self, timeout: Duration) -> Vec<Batch> {
        if self.ready.front().is_some_and(|batch| batch.closed_at.elapsed() > timeout) {
            self.ready.drain(..).collect()
        } else {
            Vec::new()
        }
    }

    /// Drops all that was not sent, and begins again at sequence number 0; gives the bytes dropped. Nothing may be under
    /// way.
    pub(super) fn begin_anew(&mut self) -> usize {
        let dropped = self.ready.drain(..).chain(self.failed.drain(..)).map(|batch| batch.bytes.len()).sum();
        self.open = None;
        self.outstanding.clear();
        self.next_sequence = Sequence::default();
        dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ProducerEpoch, ProducerId};
    use crate::wire::batch::validate_crc;

    fn lane_of(batches: usize) -> Lane {
        let mut lane = Lane::default();
        let options =
            BuilderOptions { producer_id: ProducerId(1), producer_epoch: ProducerEpoch(0), ..Default::default() };
        let mut next = 0;
        for _ in 0..batches {
            for _ in 0..2 {
                lane.append(&RecordToWrite { value: Some(b"v"), ..Default::default() }, options, 1 << 20);
            }
            lane.close(&mut next).unwrap();
        }
        lane
    }

    #[test]
    fn sequences_run_on_from_batch_to_batch() {
        let mut lane = lane_of(3);
        let sequences: Vec<i32> =
            std::iter::from_fn(|| lane.take()).map(|b| validate_crc(&b.bytes).unwrap().base_sequence.0).collect();
        assert_eq!(sequences, [0, 2, 4]);
    }

    #[test]
    fn failed_batches_go_first_and_in_order_once_all_came_back() {
        let mut lane = lane_of(4);
        let (a, b, c) = (lane.take().unwrap(), lane.take().unwrap(), lane.take().unwrap());
        lane.retry(b);
        assert_eq!(lane.sendable(5), None);
        assert!(!lane.is_oldest(&c));
        lane.retry(c);
        lane.done(&a);
        let ids: Vec<u64> = std::iter::from_fn(|| lane.take()).map(|b| b.id).collect();
        assert_eq!(ids, [1, 2, 3]);
    }

    #[test]
    fn no_more_batches_are_under_way_than_allowed() {
        let mut lane = lane_of(3);
        lane.take();
        lane.take();
        assert!(lane.sendable(2).is_none() && lane.sendable(3).is_some());
    }
}
