//! A partition's log as the simulator keeps it: batches as small structs, the epochs they were written in, and the real
//! rules for producers. What a crash takes away is what was not synced.

use super::rng::Rng;
use crate::broker::state::replication::ReplicaLog;
use crate::log::producers::{AppendOrigin, Judgement, ProducerRefusal, ProducerRules, ProducerStates};
use crate::model::{LeaderEpoch, Offset};
use crate::wire::batch::BatchHeader;

/// A batch of records whose values are consecutive numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its header, as on the disk; length and checksum are 0.
    pub header: BatchHeader,
    /// The first record's value.
    pub value: u64,
}

impl Batch {
    /// Number of records.
    pub const fn count(&self) -> i64 {
        self.header.last_offset_delta as i64 + 1
    }

    /// The records with their offsets.
    pub fn records(&self) -> impl Iterator<Item = (i64, u64)> + use<> {
        let (base, value) = (self.header.base_offset.get(), self.value);
        (0..self.count()).map(move |at| (base + at, value + at as u64))
    }
}

/// A record that does not follow the log's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoesNotFit;

/// One replica's log.
#[derive(Clone, Debug, Default)]
pub struct SimLog {
    batches: Vec<Batch>,
    /// Where terms began, ascending (`LeaderEpochFileCache`).
    epochs: Vec<(LeaderEpoch, Offset)>,
    producers: ProducerStates,
    /// Batches that a power cut cannot take.
    synced: usize,
}

impl SimLog {
    /// Where the next record will stand.
    pub fn end(&self) -> Offset {
        self.batches.last().map_or(Offset::ZERO, |batch| batch.header.next_offset())
    }

    /// All batches.
    pub fn batches(&self) -> &[Batch] {
        &self.batches
    }

    /// The batches from the one that holds `offset` on, below `limit`, at most `max`.
    pub fn read(&self, offset: Offset, limit: Offset, max: usize) -> &[Batch] {
        let from = self.batches.partition_point(|batch| batch.header.last_offset() < offset);
        let to = self.batches.partition_point(|batch| batch.header.next_offset() <= limit);
        let to = to.min(from + max).max(from);
        &self.batches[from..to]
    }

    /// Notes that a term begins at the log's end.
    pub fn begin_epoch(&mut self, epoch: LeaderEpoch) {
        let end = self.end();
        self.note_epoch(epoch, end);
    }

    /// As `log::epochs` does: entries that contradict make way.
    fn note_epoch(&mut self, epoch: LeaderEpoch, start: Offset) {
        if let Some(&(latest, latest_start)) = self.epochs.last()
            && latest == epoch
            && latest_start <= start
        {
            return;
        }
        while self.epochs.last().is_some_and(|&(e, s)| e >= epoch || s >= start) {
            self.epochs.pop();
        }
        self.epochs.push((epoch, start));
    }

    /// Judges a producer's batch.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn judge(&self, header: &BatchHeader) -> Result<Judgement, ProducerRefusal> {
        self.producers.judge(header, ProducerRules { origin: AppendOrigin::Client, transaction_v2: false })
    }

    /// Appends a producer's batch in a term. Gives its first offset.
    pub fn append(&mut self, mut batch: Batch, epoch: LeaderEpoch) -> Offset {
        let base = self.end();
        batch.header.base_offset = base;
        batch.header.leader_epoch = epoch;
        self.note_epoch(epoch, base);
        self.producers.apply(&batch.header);
        self.batches.push(batch);
        base
    }

    /// Appends what a leader has.
    ///
    /// # Errors
    /// When a batch does not begin at the log's end.
    pub fn append_copies(&mut self, batches: &[Batch]) -> Result<(), DoesNotFit> {
        for batch in batches {
            if batch.header.base_offset != self.end() {
                return Err(DoesNotFit);
            }
            self.note_epoch(batch.header.leader_epoch, batch.header.base_offset);
            self.producers.apply(&batch.header);
            self.batches.push(*batch);
        }
        Ok(())
    }

    /// Removes what stands at `offset` and above.
    pub fn truncate(&mut self, offset: Offset) {
        let keep = self.batches.partition_point(|batch| batch.header.next_offset() <= offset);
        self.epochs.retain(|&(_, start)| start < offset);
        if keep == self.batches.len() {
            return;
        }
        self.batches.truncate(keep);
        self.synced = self.synced.min(keep);
        self.replay();
    }

    /// Rebuilds what is known of producers from the batches that are left.
    fn replay(&mut self) {
        self.producers = ProducerStates::default();
        for batch in &self.batches {
            self.producers.apply(&batch.header);
        }
    }

    /// Everything written so far is on the disk.
    pub fn sync(&mut self) {
        self.synced = self.batches.len();
    }

    /// Batches that a power cut could take now.
    pub fn unsynced(&self) -> usize {
        self.batches.len() - self.synced
    }

    /// Loses a part of what was not synced, the last batch of it perhaps torn and so not readable. Gives the number of
    /// batches that are gone.
    pub fn lose_power(&mut self, rng: &mut Rng) -> usize {
        let before = self.batches.len();
        let keep = self.synced + rng.index(self.unsynced() + 1);
        let end = self.batches.get(keep).map_or_else(|| self.end(), |batch| batch.header.base_offset);
        self.truncate(end);
        self.synced = self.batches.len();
        before - self.batches.len()
    }

    /// The largest epoch up to `epoch`, and where it ended; (-1, -1) if undefined.
    pub fn end_offset_for(&self, epoch: LeaderEpoch) -> (LeaderEpoch, Offset) {
        const UNDEFINED: (LeaderEpoch, Offset) = (LeaderEpoch::NONE, Offset::NONE);
        if epoch == LeaderEpoch::NONE {
            return UNDEFINED;
        }
        if self.epochs.last().is_some_and(|&(latest, _)| latest == epoch) {
            return (epoch, self.end());
        }
        let n = self.epochs.partition_point(|&(e, _)| e <= epoch);
        match (n.checked_sub(1), self.epochs.get(n)) {
            (_, None) => UNDEFINED,
            (None, Some(&(_, start))) => (epoch, start),
            (Some(floor), Some(&(_, start))) => (self.epochs[floor].0, start),
        }
    }
}

impl ReplicaLog for SimLog {
    fn end(&self) -> Offset {
        SimLog::end(self)
    }

    fn latest_epoch(&self) -> LeaderEpoch {
        self.epochs.last().map_or(LeaderEpoch::NONE, |&(epoch, _)| epoch)
    }

    fn end_offset_for_epoch(&self, epoch: LeaderEpoch) -> (LeaderEpoch, Offset) {
        self.end_offset_for(epoch)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::{ProducerEpoch, ProducerId, Sequence, TimestampMs};
    use crate::wire::batch::Attributes;

    /// A batch of one producer.
    pub(crate) fn batch(sequence: i32, count: i32, value: u64) -> Batch {
        Batch {
            header: BatchHeader {
                base_offset: Offset::ZERO,
                length: 0,
                leader_epoch: LeaderEpoch::NONE,
                crc: 0,
                attributes: Attributes(0),
                last_offset_delta: count - 1,
                base_timestamp: TimestampMs(0),
                max_timestamp: TimestampMs(0),
                producer_id: ProducerId(7),
                producer_epoch: ProducerEpoch(0),
                base_sequence: Sequence(sequence),
                record_count: count,
            },
            value,
        }
    }

    #[test]
    fn offsets_are_dense_and_duplicates_are_known_also_after_a_truncation() {
        let mut log = SimLog::default();
        log.begin_epoch(LeaderEpoch(1));
        assert_eq!(log.append(batch(0, 2, 10), LeaderEpoch(1)), Offset(0));
        assert_eq!(log.append(batch(2, 1, 12), LeaderEpoch(1)), Offset(2));
        assert!(matches!(log.judge(&batch(2, 1, 12).header), Ok(Judgement::Duplicate(_))));
        log.truncate(Offset(2));
        assert_eq!(log.end(), Offset(2));
        assert_eq!(log.judge(&batch(2, 1, 12).header), Ok(Judgement::Append));
        assert!(log.judge(&batch(4, 1, 12).header).is_err());
        assert_eq!(log.batches()[0].records().collect::<Vec<_>>(), [(0, 10), (1, 11)]);
    }

    #[test]
    fn a_power_cut_takes_nothing_that_was_synced() {
        let mut log = SimLog::default();
        for at in 0..5 {
            log.append(batch(at, 1, at as u64), LeaderEpoch(1));
        }
        log.sync();
        for at in 5..9 {
            log.append(batch(at, 1, at as u64), LeaderEpoch(2));
        }
        let mut ends = Vec::new();
        for seed in 0..50 {
            let mut cut = log.clone();
            let lost = cut.lose_power(&mut Rng::new(seed));
            assert_eq!(cut.end(), Offset(9 - lost as i64));
            assert_eq!(cut.unsynced(), 0);
            assert_eq!(cut.latest_epoch(), LeaderEpoch(if lost == 4 { 1 } else { 2 }));
            ends.push(cut.end());
        }
        assert_eq!((ends.iter().min(), ends.iter().max()), (Some(&Offset(5)), Some(&Offset(9))));
    }

    #[test]
    fn reads_give_whole_batches_below_a_limit() {
        let mut log = SimLog::default();
        for at in 0..5 {
            log.append(batch(at * 2, 2, at as u64 * 2), LeaderEpoch(1));
        }
        let bases = |offset, limit, max| {
            log.read(Offset(offset), Offset(limit), max).iter().map(|b| b.header.base_offset.0).collect::<Vec<_>>()
        };
        assert_eq!(bases(0, 10, 9), [0, 2, 4, 6, 8]);
        assert_eq!(bases(3, 10, 2), [2, 4]);
        assert_eq!(bases(3, 7, 9), [2, 4]);
        assert_eq!(bases(9, 4, 9), [0i64; 0]);
    }

    #[test]
    fn epochs_end_where_the_next_begins() {
        let mut log = SimLog::default();
        log.append(batch(0, 2, 0), LeaderEpoch(1));
        log.begin_epoch(LeaderEpoch(4));
        assert_eq!(log.end_offset_for(LeaderEpoch(2)), (LeaderEpoch(1), Offset(2)));
        assert_eq!(log.end_offset_for(LeaderEpoch(4)), (LeaderEpoch(4), Offset(2)));
        assert_eq!(log.end_offset_for(LeaderEpoch(5)), (LeaderEpoch::NONE, Offset::NONE));
        log.truncate(Offset(2));
        assert_eq!(log.latest_epoch(), LeaderEpoch(1));
    }
}
