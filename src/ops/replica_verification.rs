//! Whether the replicas of partitions hold the same batches: each is fetched from every broker that has it, and their
//! offsets and checksums are compared up to what is committed.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bytes::Bytes;
use tokio::task::JoinSet;

use crate::client::{At, ClientError, Cluster, Isolation, OffsetAt, Topics};
use crate::model::ErrorCode;
use crate::ops::{OpsError, Result, offsets};
use crate::wire::batch::batches;
use crate::wire::messages::fetch::{FetchPartition, FetchRequest, FetchTopic};

/// A fetch that any replica answers, and that makes nobody a follower (`FetchRequest.DEBUGGING_CONSUMER_ID`).
const DEBUGGING_CONSUMER: i32 = -2;
/// The most that one answer may have: there is no bound but that of each partition.
const MAX_BYTES: i32 = i32::MAX;

/// How much is fetched at once, and how long a broker may wait for it.
#[derive(Clone, Copy, Debug)]
pub struct FetchLimits {
    /// Bytes of each partition.
    pub partition_bytes: i32,
    /// Milliseconds.
    pub max_wait_ms: i32,
}

/// A difference between two replicas of a partition; the replica of the smaller id comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Their batches end at different offsets.
    Offset {
        /// The partition.
        at: At,
        /// A replica, and its offset.
        first: (i32, i64),
        /// Another one.
        other: (i32, i64),
    },
    /// Batches that end at the same offset are not the same.
    Checksum {
        /// The partition.
        at: At,
        /// Where they end.
        offset: i64,
        /// A replica, and its checksum.
        first: (i32, u32),
        /// Another one.
        other: (i32, u32),
    },
}

/// How far a partition is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The partition.
    pub at: At,
    /// The offset to go on from.
    pub offset: i64,
    /// Records between it and the highest high watermark that a replica told.
    pub lag: i64,
}

/// What a replica answered.
#[derive(Clone, Debug)]
struct Fetched {
    high_watermark: i64,
    records: Bytes,
}

impl Fetched {
    /// Of a broker that did not answer.
    const NOTHING: Fetched = Fetched { high_watermark: -1, records: Bytes::new() };
}

/// A verification under way.
#[derive(Debug)]
pub struct Verification {
    cluster: Cluster,
    limits: FetchLimits,
    /// The partitions, in the order in which they are compared.
    pub partitions: Vec<At>,
    by_broker: BTreeMap<i32, Vec<At>>,
    offsets: HashMap<At, i64>,
}

impl Verification {
    /// Looks up the replicas of the topics that `wanted` takes; none of them makes a verification of nothing.
    ///
    /// # Errors
    /// [`OpsError`] when the cluster cannot be asked.
    pub async fn of_topics(
        cluster: &Cluster,
        limits: FetchLimits,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Verification> {
        let metadata = cluster.metadata(Topics::All).await?;
        let mut found = Verification {
            cluster: cluster.clone(),
            limits,
            partitions: Vec::new(),
            by_broker: BTreeMap::new(),
            offsets: HashMap::new(),
        };
        for topic in metadata.topics.into_values().filter(|t| t.error.is_ok() && wanted(&t.name)) {
            for partition in topic.partitions {
                let at = (topic.name.clone(), partition.index);
                for replica in partition.replicas {
                    found.by_broker.entry(replica).or_default().push(at.clone());
                }
                found.partitions.push(at);
            }
        }
        // Without one of them there would be nothing to compare with, and nobody would notice.
        if let Some(id) = found.by_broker.keys().find(|id| !metadata.brokers.contains_key(id)) {
            let text = format!("broker {id} is not there: all brokers have to be up when a verification begins");
            return Err(OpsError::Invalid(text));
        }
        Ok(found)
    }

    /// Sets where each partition begins.
    ///
    /// # Errors
    /// [`OpsError`] when a partition has no such offset, or does not tell it.
    pub async fn begin_at(&mut self, at: OffsetAt) -> Result<()> {
        for row in offsets::look_up(&self.cluster, &self.partitions, at, Isolation::ReadUncommitted).await? {
            let name = format!("{}-{}", row.topic, row.partition);
            let offset = match (row.offset, row.error) {
                (_, Some(code)) => return Err(ClientError::refused(name, code, None).into()),
                (None, None) => return Err(OpsError::Invalid(format!("no record of {name} is of that time or later"))),
                (Some(offset), None) => offset,
            };
            self.offsets.insert((row.topic, row.partition), offset);
        }
        Ok(())
    }

    /// Fetches from every replica once, and compares. What differs is given to `tell`, which says whether to go on.
    pub async fn round(&mut self, mut tell: impl FnMut(Difference) -> bool) -> Vec<Verified> {
        let mut asked = JoinSet::new();
        for (&broker, partitions) in &self.by_broker {
            let (cluster, request) = (self.cluster.clone(), self.request(partitions));
            let wait = Duration::from_millis(u64::try_from(self.limits.max_wait_ms).unwrap_or(0));
            let wait = wait + cluster.config().request_timeout;
            asked.spawn(async move { (broker, cluster.send_to(broker, &request, wait).await) });
        }
        let mut fetched: HashMap<At, BTreeMap<i32, Fetched>> = HashMap::new();
        while let Some(done) = asked.join_next().await {
            // A broker that is down for a while holds up what it has, not the rest.
            let Ok((broker, answer)) = done else { continue };
            for at in self.by_broker.get(&broker).into_iter().flatten() {
                fetched.entry(at.clone()).or_default().insert(broker, Fetched::NOTHING);
            }
            for topic in answer.into_iter().flat_map(|response| response.responses) {
                for p in topic.partitions {
                    let replica = fetched.get_mut(&(topic.topic.clone(), p.partition_index));
                    let replica = replica.and_then(|replicas| replicas.get_mut(&broker));
                    if let Some(replica) = replica.filter(|_| ErrorCode::from_code(p.error_code).is_ok()) {
                        replica.high_watermark = p.high_watermark;
                        replica.records = p.records.unwrap_or_default();
                    }
                }
            }
        }
        let mut verified = Vec::new();
        for at in &self.partitions {
            let from = self.offsets.get(at).copied().unwrap_or(-1);
            let Some(replicas) = fetched.get(at) else { continue };
            let (offset, go_on) = compare(at, from, replicas, &mut tell);
            self.offsets.insert(at.clone(), offset);
            let highest = replicas.values().map(|replica| replica.high_watermark).max().unwrap_or(-1);
            verified.push(Verified { at: at.clone(), offset, lag: highest - offset });
            if !go_on {
                break;
            }
        }
        verified
    }

    fn request(&self, partitions: &[At]) -> FetchRequest {
        let mut topics: BTreeMap<&str, Vec<FetchPartition>> = BTreeMap::new();
        for at in partitions {
            topics.entry(&at.0).or_default().push(FetchPartition {
                partition: at.1,
                fetch_offset: self.offsets.get(at).copied().unwrap_or(-1),
                log_start_offset: 0,
                partition_max_bytes: self.limits.partition_bytes,
                ..Default::default()
            });
        }
        let topic = |(name, partitions): (&str, _)| FetchTopic { topic: name.into(), partitions, ..Default::default() };
        FetchRequest {
            replica_id: DEBUGGING_CONSUMER,
            max_wait_ms: self.limits.max_wait_ms,
            min_bytes: 1,
            max_bytes: MAX_BYTES,
            topics: topics.into_iter().map(topic).collect(),
            ..Default::default()
        }
    }
}

/// Compares the batches of a partition one by one, as far as all replicas have them; the offset behind the last that all
/// have, and whether to go on.
fn compare(
    at: &At,
    from: i64,
    replicas: &BTreeMap<i32, Fetched>,
    tell: &mut impl FnMut(Difference) -> bool,
) -> (i64, bool) {
    let mut logs: Vec<_> = replicas
        .iter()
        .map(|(id, replica)| (*id, replica.high_watermark, batches(&replica.records).map_while(|batch| batch.ok())))
        .collect();
    let mut verified = from;
    loop {
        let mut first: Option<(i32, i64, i64, u32)> = None;
        let mut in_all = !logs.is_empty();
        for (id, high_watermark, log) in &mut logs {
            let Some((batch, _)) = log.next() else {
                in_all = false;
                continue;
            };
            let (offset, crc) = (batch.last_offset().0, batch.crc);
            // Behind the high watermark the replicas may differ.
            if offset >= *high_watermark {
                in_all = false;
                continue;
            }
            let differs = match first {
                None => {
                    first = Some((*id, offset, batch.next_offset().0, crc));
                    continue;
                }
                Some((other, its, ..)) if its != offset => {
                    Difference::Offset { at: at.clone(), first: (other, its), other: (*id, offset) }
                }
                Some((other, .., its)) if its != crc => {
                    Difference::Checksum { at: at.clone(), offset, first: (other, its), other: (*id, crc) }
                }
                Some(_) => continue,
            };
            if !tell(differs) {
                return (verified, false);
            }
        }
        match first {
            Some((_, _, next, _)) if in_all => verified = next,
            _ => return (verified, true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Offset, TimestampMs};
    use crate::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite};

    fn log(high_watermark: i64, batches: &[(i64, &[u8])]) -> Fetched {
        let mut records = Vec::new();
        for &(offset, value) in batches {
            let options = BuilderOptions { base_offset: Offset(offset), ..BuilderOptions::default() };
            let mut builder = BatchBuilder::new(options);
            let record =
                RecordToWrite { timestamp: TimestampMs(1_000), value: Some(value), ..RecordToWrite::default() };
            builder.append(&record);
            records.extend(builder.build().unwrap());
        }
        Fetched { high_watermark, records: records.into() }
    }

    fn compared(replicas: [Fetched; 2]) -> (i64, Vec<Difference>) {
        let replicas = [1, 2].into_iter().zip(replicas).collect();
        let mut told = Vec::new();
        let (offset, _) = compare(&("t".to_owned(), 0), 5, &replicas, &mut |difference| {
            let goes_on = matches!(difference, Difference::Checksum { .. });
            told.push(difference);
            goes_on
        });
        (offset, told)
    }

    #[test]
    fn what_is_in_all_replicas_and_committed_is_verified() {
        let same: [(i64, &[u8]); 3] = [(5, b"a"), (6, b"b"), (7, b"c")];
        assert_eq!(compared([log(8, &same), log(8, &same)]), (8, vec![]));
        assert_eq!(compared([log(8, &same), log(7, &same)]), (7, vec![]), "behind the high watermark of one");
        assert_eq!(compared([log(8, &same), log(8, &same[..1])]), (6, vec![]), "not fetched from one");
        assert_eq!(compared([log(8, &same), Fetched::NOTHING]), (5, vec![]), "not answered by one");
    }

    #[test]
    fn another_checksum_is_told_and_passed_and_another_offset_ends_it() {
        let ours: [(i64, &[u8]); 2] = [(5, b"a"), (6, b"b")];
        let theirs: [(i64, &[u8]); 2] = [(5, b"x"), (7, b"b")];
        let (offset, told) = compared([log(8, &ours), log(8, &theirs)]);
        assert_eq!(offset, 6);
        assert!(matches!(&told[0], Difference::Checksum { offset: 5, first: (1, a), other: (2, b), .. } if a != b));
        assert_eq!(told[1..], [Difference::Offset { at: ("t".to_owned(), 0), first: (1, 6), other: (2, 7) }]);
    }
}
