//! What was copied after the state was last kept. A copy that is killed has sent records that its state does not know;
//! they stand at the end of the destination, and are found there instead of being sent twice.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::client::{At, Cluster, Consumer, ConsumerConfig, Isolation, OffsetAt, StartAt};
use crate::model::TimestampMs;
use crate::ops::Result;
use crate::wire::batch::Record;

type Print = [u8; 32];

/// Records at the ends of the destination's partitions that may be copies.
#[derive(Debug, Default)]
pub(super) struct Tail {
    left: BTreeMap<At, HashMap<Print, u32>>,
    /// Pairs of source and destination between which a record was missing: order holds between them, so that nothing
    /// later was copied either.
    passed: BTreeSet<(i32, At)>,
}

/// A record's fingerprint. The destination may put its own time in.
pub(super) fn print<'a>(
    time: TimestampMs,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
    headers: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
    with_time: bool,
) -> Print {
    let mut hash = Sha256::new();
    let mut part = |bytes: Option<&[u8]>| {
        hash.update(bytes.map_or(-1, |b| b.len() as i64).to_be_bytes());
        hash.update(bytes.unwrap_or_default());
    };
    if with_time {
        part(Some(&time.0.to_be_bytes()));
    }
    part(key);
    part(value);
    for (name, value) in headers {
        part(Some(name));
        part(value);
    }
    hash.finalize().into()
}

fn print_of(record: &Record<'_>, with_time: bool) -> Print {
    let headers = record.headers.map(|header| (header.key, header.value));
    print(record.timestamp, record.key, record.value, headers, with_time)
}

impl Tail {
    /// Reads what the destination got since its partitions ended where `ends` says.
    pub(super) async fn read(cluster: &Cluster, ends: &BTreeMap<At, i64>, with_time: bool) -> Result<Tail> {
        let mut tail = Tail::default();
        let wanted: Vec<(At, OffsetAt)> = ends.keys().map(|at| (at.clone(), OffsetAt::Latest)).collect();
        if wanted.is_empty() {
            return Ok(tail);
        }
        let now = cluster.list_offsets(wanted, Isolation::ReadUncommitted).await?;
        let mut open: BTreeMap<At, i64> = BTreeMap::new();
        for (at, then) in ends {
            if let Some(Ok(end)) = now.get(at)
                && end.offset > *then
            {
                open.insert(at.clone(), end.offset);
            }
        }
        if open.is_empty() {
            return Ok(tail);
        }
        let config = ConsumerConfig { reset: Some(StartAt::Earliest), ..ConsumerConfig::default() };
        let start = open.keys().map(|at| (at.clone(), StartAt::Offset(ends[at]))).collect();
        let mut consumer = Consumer::assign(cluster.clone(), config, start).await?;
        while !open.is_empty() {
            for records in consumer.poll(Duration::from_secs(1)).await? {
                let at = (records.topic.clone(), records.partition);
                let seen = tail.left.entry(at).or_default();
                records.for_each(|record| {
                    *seen.entry(print_of(record, with_time)).or_default() += 1;
                    true
                })?;
            }
            let done: Vec<At> = consumer
                .positions()
                .filter(|(at, next)| open.get(*at).is_none_or(|end| next >= end))
                .map(|(at, _)| at.clone())
                .collect();
            for at in done {
                consumer.drop_partition(&at.0, at.1);
                open.remove(&at);
            }
        }
        Ok(tail)
    }

    /// Whether there is nothing to look through.
    pub(super) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Whether the record is there already.
    pub(super) fn has(&mut self, from: i32, to: &At, print: Print) -> bool {
        let pair = (from, to.clone());
        if self.passed.contains(&pair) {
            return false;
        }
        let found = self.left.get_mut(to).and_then(|left| left.get_mut(&print)).filter(|n| **n > 0);
        match found {
            Some(n) => {
                *n -= 1;
                true
            }
            None => {
                self.passed.insert(pair);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_copy_is_found_once_and_nothing_after_the_first_that_is_missing() {
        let to = ("t".to_owned(), 0);
        let mut tail = Tail {
            left: BTreeMap::from([(to.clone(), HashMap::from([([1; 32], 2), ([2; 32], 1)]))]),
            ..Tail::default()
        };
        assert!(tail.has(0, &to, [1; 32]) && tail.has(0, &to, [1; 32]));
        assert!(!tail.has(0, &to, [1; 32]), "a third one was not copied");
        assert!(!tail.has(0, &to, [2; 32]), "nor what came after it");
        assert!(tail.has(1, &to, [2; 32]), "another source has its own order");
    }
}
