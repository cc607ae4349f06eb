//! The windows of producers after a snapshot was loaded.
//!
//! Kafka's snapshot has the last batch of each producer, and a client may have five under way. While segments are rolled
//! once an hour that is a fine point; with a mark a minute ([`Log::mark`]) most starts begin at one. A batch before the
//! last, sent again, would be refused as out of order, on which a client takes a new epoch and sends all of them again:
//! records that stand in the log twice. So the batches before the snapshot are looked at once more.

use super::error::LogError;
use super::files::FileKind;
use super::handle::Log;
use super::producers::ProducerStates;
use super::scan::{LOOKUP_CHUNK, Scanner, Step};
use crate::model::{Offset, TimestampMs};

/// How far before the snapshot batches are looked for: five of the largest that clients send by default.
const BYTES: u64 = 5 << 20;
/// In how many segments they are looked for: as a rule they stand in the last, or the last two.
const SEGMENTS: usize = 8;
/// No client sends a batch again after so long: `delivery.timeout.ms` is two minutes.
const RECENT_MS: i64 = 15 * 60 * 1000;

impl Log {
    /// Gives the producers of a snapshot at `end` the batches before their last, as far as they are near.
    pub(super) fn refill_windows(&mut self, end: Offset, now: TimestampMs) -> Result<(), LogError> {
        let is_recent = |last: TimestampMs| now.0.saturating_sub(last.0) < RECENT_MS;
        if end <= self.start || !self.producers.iter().any(|(_, entry)| is_recent(entry.last_timestamp)) {
            return Ok(());
        }
        let mut before = ProducerStates::default();
        let newest = self.segment_index(end + -1);
        let mut parts = Vec::new();
        let mut left = BYTES;
        for i in (0..=newest).rev().take(SEGMENTS) {
            let segment = &self.segments[i];
            let most = segment.entry_of(end)?.map_or(segment.size, |entry| entry.position);
            let wanted = most.saturating_sub(left);
            let from = segment.boundary_before(0, wanted)?.map_or(0, |(position, _)| position);
            parts.push((i, from, most));
            left = left.saturating_sub(most);
            if left == 0 {
                break;
            }
        }
        for &(i, from, most) in parts.iter().rev() {
            let segment = &self.segments[i];
            if from >= most {
                continue;
            }
            let (file, path) = (segment.file()?, segment.path(FileKind::Log));
            let mut scanner = Scanner::new(&file, &path, from, most, 16 * LOOKUP_CHUNK);
            // What is torn here is below what a start trusts: it is told when it is read, and ends the search.
            while let Step::Entry(entry) = scanner.next()? {
                if let Some(header) = entry.header.filter(|header| header.has_producer_id() && !header.is_control()) {
                    before.apply(&header);
                }
            }
            self.segments[i].release();
        }
        self.producers.refill(&before);
        Ok(())
    }
}
