//! Which batches and records of a log a dump shows: by offset, by time, by key.

use std::ops::RangeInclusive;

use regex::bytes::Regex;

use super::{Batch, RecordView, TimestampKind};

/// Which keys are looked for.
#[derive(Clone, Debug)]
pub enum KeyMatch {
    /// This one.
    Exact(Vec<u8>),
    /// Those that begin so.
    Prefix(Vec<u8>),
    /// Those in which this is found.
    Pattern(Regex),
}

impl KeyMatch {
    fn takes(&self, key: Option<&[u8]>) -> bool {
        let Some(key) = key else { return false };
        match self {
            KeyMatch::Exact(wanted) => key == wanted,
            KeyMatch::Prefix(start) => key.starts_with(start),
            KeyMatch::Pattern(pattern) => pattern.is_match(key),
        }
    }
}

/// What is shown of a log; by default all of it.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The offsets.
    pub offsets: RangeInclusive<i64>,
    /// The timestamps, in milliseconds; `None` for records without one too.
    pub times: Option<RangeInclusive<i64>>,
    /// The keys; `None` for records without one too.
    pub key: Option<KeyMatch>,
}

impl Default for Filter {
    fn default() -> Filter {
        Filter { offsets: i64::MIN..=i64::MAX, times: None, key: None }
    }
}

impl Filter {
    /// Whether a batch's header leaves it open that a record of it is shown.
    pub fn may_hold(&self, batch: &Batch<'_>) -> bool {
        // Before magic 2 a wrapper does not tell its first offset.
        let begins_after = matches!(batch, Batch::V2 { .. }) && batch.base_offset().0 > *self.offsets.end();
        if batch.last_offset().0 < *self.offsets.start() || begins_after {
            return false;
        }
        if self.key.is_some() && batch.is_control() {
            return false;
        }
        self.times.as_ref().is_none_or(|times| batch.max_timestamp().0 >= *times.start())
    }

    /// Whether records decide, so that a batch is shown only with one that is taken.
    pub const fn asks_records(&self) -> bool {
        self.times.is_some() || self.key.is_some()
    }

    /// Whether a record of the batch is shown.
    pub fn takes(&self, batch: &Batch<'_>, record: &RecordView<'_>) -> bool {
        let time = match batch.timestamp_kind() {
            TimestampKind::LogAppendTime => batch.max_timestamp().0,
            _ => record.timestamp.0,
        };
        self.offsets.contains(&record.offset.0)
            && self.times.as_ref().is_none_or(|times| times.contains(&time))
            && self.key.as_ref().is_none_or(|key| key.takes(record.key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Offset, TimestampMs};
    use crate::ops::dump::DECOMPRESSED_LIMIT;
    use crate::wire::batch::{BatchBuilder, BatchError, BuilderOptions, RecordToWrite};

    fn bytes() -> Vec<u8> {
        let mut builder = BatchBuilder::new(BuilderOptions { base_offset: Offset(10), ..BuilderOptions::default() });
        for (at, key) in [(100, Some("user-1")), (200, Some("user-22")), (300, None), (150, Some("order-1"))] {
            let key = key.map(str::as_bytes);
            builder.append(&RecordToWrite { timestamp: TimestampMs(at), key, ..RecordToWrite::default() });
        }
        builder.build().unwrap()
    }

    fn shown(filter: &Filter) -> Vec<i64> {
        let bytes = bytes();
        let batch = Batch::parse(&bytes).unwrap();
        let mut offsets = Vec::new();
        if filter.may_hold(&batch) {
            let mut scratch = Vec::new();
            let each = batch.each_record(
                &mut scratch,
                DECOMPRESSED_LIMIT,
                |e: BatchError| e,
                |record| {
                    offsets.extend(filter.takes(&batch, &record).then_some(record.offset.0));
                    Ok(())
                },
            );
            each.unwrap();
        }
        offsets
    }

    #[test]
    fn records_are_taken_by_offset_time_and_key_together() {
        assert_eq!(shown(&Filter::default()), [10, 11, 12, 13]);
        assert_eq!(shown(&Filter { offsets: 11..=12, ..Filter::default() }), [11, 12]);
        assert_eq!(shown(&Filter { times: Some(150..=250), ..Filter::default() }), [11, 13]);
        let key = |key| Filter { key: Some(key), ..Filter::default() };
        assert_eq!(shown(&key(KeyMatch::Exact(b"user-1".to_vec()))), [10]);
        assert_eq!(shown(&key(KeyMatch::Prefix(b"user-".to_vec()))), [10, 11]);
        assert_eq!(shown(&key(KeyMatch::Pattern(Regex::new("-1$").unwrap()))), [10, 13]);
        assert_eq!(shown(&Filter { times: Some(120..=999), ..key(KeyMatch::Prefix(b"user".to_vec())) }), [11]);
    }

    #[test]
    fn a_batch_is_passed_over_by_its_header() {
        let bytes = bytes();
        let batch = Batch::parse(&bytes).unwrap();
        for filter in [
            Filter { offsets: 14..=20, ..Filter::default() },
            Filter { offsets: 0..=9, ..Filter::default() },
            Filter { times: Some(301..=999), ..Filter::default() },
        ] {
            assert!(!filter.may_hold(&batch), "{filter:?}");
        }
    }
}
