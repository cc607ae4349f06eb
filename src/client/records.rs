//! Reading the records of a fetch answer: batches, decompression, and what an isolation level hides.

use std::collections::{BTreeMap, BTreeSet};

use super::{ClientError, Result};
use crate::model::Offset;
use crate::wire::batch::{BatchError, BatchHeader};
use crate::wire::batch::{ControlRecordType, Record, RecordsIter, batches, validate_crc};
use crate::wire::compression::DEFAULT_DECOMPRESSED_LIMIT;
use crate::wire::messages::fetch::AbortedTransaction;

/// The aborted transactions of a fetch answer, as a reader of committed records needs them.
#[derive(Clone, Debug, Default)]
pub struct AbortedTransactions {
    by_first_offset: BTreeMap<i64, Vec<i64>>,
}

impl AbortedTransactions {
    /// Takes the list of the answer; empty when everything is to be read.
    pub fn new(list: &[AbortedTransaction]) -> AbortedTransactions {
        let mut by_first_offset: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for aborted in list {
            by_first_offset.entry(aborted.first_offset).or_default().push(aborted.producer_id);
        }
        AbortedTransactions { by_first_offset }
    }
}

/// Calls `visit` for each record at or after `from` that an application may see, and gives the offset to go on from.
/// A batch that is cut short at the end, as fetch answers have them, ends the walk. `visit` returns `false` to
/// stop after the record it was given.
///
/// # Errors
/// [`ClientError::Records`] for a corrupt batch.
pub fn for_each_record(
    partition: &str,
    bytes: &[u8],
    from: i64,
    aborted: &AbortedTransactions,
    mut visit: impl FnMut(&Record<'_>) -> bool,
) -> Result<i64> {
    let mut next = from;
    let mut scratch = Vec::new();
    let mut waiting = aborted.by_first_offset.clone();
    let mut open: BTreeSet<i64> = BTreeSet::new();
    for batch in batches(bytes) {
        let (header, raw) = match batch {
            Ok(batch) => batch,
            Err(BatchError::Truncated { .. }) => break,
            Err(source) => return Err(fault(partition, next, source)),
        };
        let offset = header.base_offset.0;
        validate_crc(raw).map_err(|source| fault(partition, offset, source))?;
        if header.last_offset().0 < next {
            continue;
        }
        let last = header.last_offset().0;
        while let Some(entry) = waiting.first_entry().filter(|entry| *entry.key() <= last) {
            open.extend(entry.remove());
        }
        if header.is_control() {
            if is_abort_marker(&header, raw) {
                open.remove(&header.producer_id.0);
            }
        } else if !(header.is_transactional() && open.contains(&header.producer_id.0)) {
            let records = RecordsIter::of(&header, raw, &mut scratch, DEFAULT_DECOMPRESSED_LIMIT)
                .map_err(|source| fault(partition, offset, source))?;
            for record in records {
                let record = record.map_err(|source| fault(partition, offset, source))?;
                if record.offset >= Offset(next) {
                    if !visit(&record) {
                        return Ok(record.offset.0 + 1);
                    }
                    next = record.offset.0 + 1;
                }
            }
        }
        next = header.next_offset().0;
    }
    Ok(next)
}

fn fault(partition: &str, offset: i64, source: BatchError) -> ClientError {
    ClientError::Records { partition: partition.to_owned(), offset, source }
}

fn is_abort_marker(header: &BatchHeader, raw: &[u8]) -> bool {
    let mut scratch = Vec::new();
    let Ok(mut records) = RecordsIter::of(header, raw, &mut scratch, 1 << 16) else { return false };
    let Some(Ok(marker)) = records.next() else { return false };
    ControlRecordType::from_key(marker.key).is_ok_and(|kind| kind == ControlRecordType::Abort)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ProducerEpoch, ProducerId, TimestampMs};
    use crate::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite};

    fn batch(base: i64, values: &[&str], producer: i64) -> Vec<u8> {
        let mut builder = BatchBuilder::new(BuilderOptions {
            base_offset: Offset(base),
            producer_id: ProducerId(producer),
            producer_epoch: ProducerEpoch(0),
            transactional: producer >= 0,
            ..BuilderOptions::default()
        });
        for value in values {
            let record =
                RecordToWrite { timestamp: TimestampMs(1), value: Some(value.as_bytes()), ..Default::default() };
            builder.append(&record);
        }
        builder.build().unwrap()
    }

    fn read(bytes: &[u8], from: i64, aborted: &[AbortedTransaction]) -> (Vec<String>, i64) {
        let mut seen = Vec::new();
        let next = for_each_record("t-0", bytes, from, &AbortedTransactions::new(aborted), |r| {
            seen.push(String::from_utf8_lossy(r.value.unwrap()).into_owned());
            true
        });
        (seen, next.unwrap())
    }

    #[test]
    fn records_before_the_position_and_a_cut_batch_are_not_seen() {
        let mut bytes = batch(10, &["a", "b", "c"], -1);
        bytes.extend(&batch(13, &["d"], -1)[..40]);
        assert_eq!(read(&bytes, 11, &[]), (vec!["b".into(), "c".into()], 13));
    }

    #[test]
    fn records_of_aborted_transactions_are_skipped_and_the_position_moves_past_them() {
        let mut bytes = batch(0, &["gone"], 7);
        bytes.extend(batch(1, &["kept"], 8));
        let aborted = [AbortedTransaction { producer_id: 7, first_offset: 0 }];
        assert_eq!(read(&bytes, 0, &aborted), (vec!["kept".into()], 2));
    }

    #[test]
    fn a_corrupt_batch_names_partition_and_offset() {
        let mut bytes = batch(5, &["x"], -1);
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        let error = for_each_record("t-0", &bytes, 0, &AbortedTransactions::default(), |_| true).unwrap_err();
        assert!(error.to_string().starts_with("t-0 at offset 5: the batch is corrupt"), "{error}");
    }
}
