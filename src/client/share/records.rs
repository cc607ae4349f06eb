//! Records that were handed out, and at which offsets of them there is no record at all.

use std::collections::BTreeSet;

use bytes::Bytes;

use crate::client::records::{AbortedTransactions, for_each_record};
use crate::client::{ClientError, Result};
use crate::wire::batch::{Record, TimestampType, batches};
use crate::wire::messages::share_fetch::AcquiredRecords;

/// More offsets than any broker hands out at once (`group.share.partition.max.record.locks` ends at 10000).
const MOST_AT_ONCE: i64 = 1 << 20;

/// One record, and how often it was handed out.
#[derive(Debug)]
pub struct ShareRecord<'a> {
    /// The record.
    pub record: &'a Record<'a>,
    /// 1 for the first time.
    pub delivery_count: i16,
    /// What its timestamp means.
    pub times: TimestampType,
}

/// Records of one partition that this member holds until it says what became of them.
#[derive(Clone, Debug)]
pub struct ShareRecords {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    raw: Bytes,
    acquired: Vec<AcquiredRecords>,
}

impl ShareRecords {
    /// Keeps what an answer says of a partition.
    pub(super) fn new(topic: String, partition: i32, raw: Bytes, mut acquired: Vec<AcquiredRecords>) -> ShareRecords {
        acquired.sort_by_key(|range| range.first_offset);
        ShareRecords { topic, partition, raw, acquired }
    }

    fn name(&self) -> String {
        format!("{}-{}", self.topic, self.partition)
    }

    fn range(&self, offset: i64) -> Option<&AcquiredRecords> {
        let at = self.acquired.partition_point(|range| range.last_offset < offset);
        self.acquired.get(at).filter(|range| range.first_offset <= offset)
    }

    /// Calls `visit` for each record that this member holds, up to and with the one for which it returns `false`.
    ///
    /// # Errors
    /// [`ClientError::Records`] for a corrupt batch.
    pub fn for_each(&self, mut visit: impl FnMut(ShareRecord<'_>) -> bool) -> Result<()> {
        let spans: Vec<(i64, TimestampType)> = batches(&self.raw)
            .map_while(std::result::Result::ok)
            .map(|(header, _)| (header.last_offset().0, header.timestamp_type()))
            .collect();
        let times = |offset: i64| {
            let batch = spans.partition_point(|(last, _)| *last < offset);
            spans.get(batch).map_or(TimestampType::CreateTime, |(_, times)| *times)
        };
        let from = self.acquired.first().map_or(i64::MAX, |range| range.first_offset);
        for_each_record(&self.name(), &self.raw, from, &AbortedTransactions::default(), |record| {
            let offset = record.offset.0;
            self.range(offset).is_none_or(|range| {
                visit(ShareRecord { record, delivery_count: range.delivery_count, times: times(offset) })
            })
        })
        .map(drop)
    }

    /// The offsets at which it holds a record, and those at which there is none: control records, and what compaction
    /// took away.
    pub(super) fn offsets(&self) -> Result<(BTreeSet<i64>, BTreeSet<i64>)> {
        let mut all: BTreeSet<i64> = BTreeSet::new();
        for range in &self.acquired {
            let width = range.last_offset.saturating_sub(range.first_offset);
            if width >= MOST_AT_ONCE || all.len() as i64 >= MOST_AT_ONCE {
                return Err(ClientError::Config(format!("{} was handed out in too wide ranges", self.name())));
            }
            all.extend(range.first_offset..=range.last_offset);
        }
        let mut held = BTreeSet::new();
        if self.is_dense() {
            for (header, _) in batches(&self.raw).map_while(std::result::Result::ok) {
                held.extend(all.range(header.base_offset.0..=header.last_offset().0));
            }
        } else {
            self.for_each(|record| {
                held.insert(record.record.offset.0);
                true
            })?;
        }
        let gaps = all.difference(&held).copied().collect();
        Ok((held, gaps))
    }

    /// Whether every offset of every batch has a record, so that none needs to be looked at.
    fn is_dense(&self) -> bool {
        batches(&self.raw).map_while(std::result::Result::ok).all(|(header, _)| {
            let offsets = header.last_offset().0 - header.base_offset.0 + 1;
            !header.is_control() && i64::from(header.record_count) == offsets
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Offset, TimestampMs};
    use crate::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite};

    fn batch(base: i64, values: &[&str]) -> Vec<u8> {
        let mut builder = BatchBuilder::new(BuilderOptions { base_offset: Offset(base), ..BuilderOptions::default() });
        for value in values {
            let value = Some(value.as_bytes());
            builder.append(&RecordToWrite { timestamp: TimestampMs(1), value, ..Default::default() });
        }
        builder.build().unwrap()
    }

    #[test]
    fn only_what_was_handed_out_is_seen_and_holes_are_gaps() {
        let mut raw = batch(10, &["a", "b", "c"]);
        raw.extend(batch(15, &["d"]));
        let range =
            |first_offset, last_offset, delivery_count| AcquiredRecords { first_offset, last_offset, delivery_count };
        let records = ShareRecords::new("t".into(), 0, raw.into(), vec![range(12, 15, 1), range(10, 10, 3)]);
        let mut seen = Vec::new();
        records
            .for_each(|r| {
                seen.push((r.record.offset.0, r.delivery_count));
                true
            })
            .unwrap();
        assert_eq!(seen, [(10, 3), (12, 1), (15, 1)]);
        let (held, gaps) = records.offsets().unwrap();
        assert_eq!(held.into_iter().collect::<Vec<_>>(), [10, 12, 15]);
        assert_eq!(gaps.into_iter().collect::<Vec<_>>(), [13, 14]);
    }
}
