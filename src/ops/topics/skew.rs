//! How evenly a topic is spread: partitions that hold or get more than their share, and keys that make them so.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::client::{At, Cluster, Consumer, ConsumerConfig, Isolation, OffsetAt, StartAt, Topics};
use crate::model::TimestampMs;
use crate::ops::Result;

/// Longest time for reading the sample.
const LONGEST: Duration = Duration::from_secs(60);

/// One partition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The partition.
    pub partition: i32,
    /// Its leader.
    pub leader: Option<i32>,
    /// Records that it keeps.
    pub records: i64,
    /// Bytes on the leader's disk.
    pub bytes: Option<i64>,
    /// Records that came a second, over the window.
    pub rate: f64,
    /// Its records beside the mean of all partitions: 1 is even.
    pub of_mean: f64,
    /// Its rate beside the mean.
    pub rate_of_mean: f64,
}

/// One key of the sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HotKey {
    /// The key as text; `None` for records without.
    pub key: Option<String>,
    /// The partition with most of its records.
    pub partition: i32,
    /// Records of the sample with it.
    pub records: u64,
}

/// A topic's spread.
#[derive(Clone, Debug, Serialize)]
pub struct Skew {
    /// The topic.
    pub topic: String,
    /// By number.
    pub partitions: Vec<Share>,
    /// Records that were read to find keys.
    pub sampled: u64,
    /// The most frequent keys of the sample, first the most frequent.
    pub keys: Vec<HotKey>,
}

impl Skew {
    /// The largest share beside the mean, of what is kept or of what comes.
    pub fn worst(&self) -> f64 {
        self.partitions.iter().map(|share| share.of_mean.max(share.rate_of_mean)).fold(0.0, f64::max)
    }
}

/// Looks at a topic: rates over the last `window`, keys of the last `sample` records of all partitions together.
///
/// # Errors
/// [`crate::ops::OpsError`] when the topic is not there or cannot be read.
pub async fn skew(cluster: &Cluster, topic: &str, window: Duration, sample: u64, keys: usize) -> Result<Skew> {
    let described = cluster.topic(topic, true).await?;
    let metadata = cluster.metadata(Topics::Named(&[topic.to_owned()])).await?;
    let since = TimestampMs::now() + -(window.as_millis() as i64);
    let ask = |at: OffsetAt| {
        let all = described.partitions.iter().map(|p| ((topic.to_owned(), p.index), at));
        cluster.list_offsets(all.collect::<Vec<_>>(), Isolation::ReadUncommitted)
    };
    let (sizes, starts, ends, firsts) = tokio::join!(
        super::sizes(cluster, &metadata),
        ask(OffsetAt::Earliest),
        ask(OffsetAt::Latest),
        ask(OffsetAt::Time(since))
    );
    let (starts, ends, firsts) = (starts?, ends?, firsts?);
    let mut shares = Vec::new();
    for p in &described.partitions {
        let at = (topic.to_owned(), p.index);
        let offset = |map: &BTreeMap<At, std::result::Result<crate::client::FoundOffset, _>>| {
            map.get(&at).and_then(|f| f.as_ref().ok()).map(|f| f.offset)
        };
        let (start, end) = (offset(&starts).unwrap_or(0), offset(&ends).unwrap_or(0));
        let came = offset(&firsts).filter(|&first| first >= 0).map_or(0, |first| (end - first).max(0));
        shares.push(Share {
            partition: p.index,
            leader: (p.leader >= 0).then_some(p.leader),
            records: (end - start).max(0),
            bytes: sizes.get(&(topic.to_owned(), p.index, p.leader)).copied(),
            rate: came as f64 / window.as_secs_f64().max(1.0),
            of_mean: 0.0,
            rate_of_mean: 0.0,
        });
    }
    beside_the_mean(&mut shares);
    let (sampled, keys) = if sample > 0 { hot_keys(cluster, topic, &shares, sample, keys).await? } else { (0, vec![]) };
    Ok(Skew { topic: topic.to_owned(), partitions: shares, sampled, keys })
}

fn beside_the_mean(shares: &mut [Share]) {
    let n = shares.len() as f64;
    let records: i64 = shares.iter().map(|s| s.records).sum();
    let rate: f64 = shares.iter().map(|s| s.rate).sum();
    for share in shares {
        share.of_mean = if records > 0 { share.records as f64 * n / records as f64 } else { 0.0 };
        share.rate_of_mean = if rate > 0.0 { share.rate * n / rate } else { 0.0 };
    }
}

/// Reads the last records of each partition, as many of each as its share of all is, and counts their keys.
async fn hot_keys(
    cluster: &Cluster,
    topic: &str,
    shares: &[Share],
    sample: u64,
    wanted: usize,
) -> Result<(u64, Vec<HotKey>)> {
    let all: i64 = shares.iter().map(|s| s.records).sum();
    let part = |s: &Share| if all > 0 { (sample as f64 * s.records as f64 / all as f64).ceil() as i64 } else { 0 };
    let start: Vec<(At, StartAt)> = shares
        .iter()
        .filter(|s| part(s) > 0)
        .map(|s| ((topic.to_owned(), s.partition), StartAt::BeforeEnd(part(s))))
        .collect();
    let mut open: BTreeMap<i32, i64> = shares.iter().map(|s| (s.partition, part(s))).filter(|(_, n)| *n > 0).collect();
    let config = ConsumerConfig { reset: Some(StartAt::Earliest), ..ConsumerConfig::default() };
    let mut consumer = Consumer::assign(cluster.clone(), config, start).await?;
    let mut counts: HashMap<Option<Vec<u8>>, BTreeMap<i32, u64>> = HashMap::new();
    let (begun, mut sampled) = (Instant::now(), 0);
    while !open.is_empty() && begun.elapsed() < LONGEST {
        let polled = consumer.poll(Duration::from_secs(1)).await?;
        // Nothing more comes: markers of transactions count as offsets, but are no records.
        if polled.is_empty() {
            break;
        }
        for records in polled {
            let partition = records.partition;
            let Some(left) = open.get_mut(&partition) else { continue };
            records.for_each(|record| {
                let key = record.key.map(<[u8]>::to_vec);
                *counts.entry(key).or_default().entry(partition).or_default() += 1;
                sampled += 1;
                *left -= 1;
                *left > 0
            })?;
            if *left <= 0 {
                open.remove(&partition);
                consumer.drop_partition(topic, partition);
            }
        }
    }
    Ok((sampled, most_frequent(counts, wanted)))
}

fn most_frequent(counts: HashMap<Option<Vec<u8>>, BTreeMap<i32, u64>>, wanted: usize) -> Vec<HotKey> {
    let hot = |(key, by_partition): (Option<Vec<u8>>, BTreeMap<i32, u64>)| HotKey {
        key: key.map(|key| String::from_utf8_lossy(&key).into_owned()),
        partition: by_partition.iter().max_by_key(|(_, n)| **n).map_or(-1, |(p, _)| *p),
        records: by_partition.values().sum(),
    };
    let mut keys: Vec<HotKey> = counts.into_iter().map(hot).collect();
    keys.sort_by(|a, b| b.records.cmp(&a.records).then_with(|| a.key.cmp(&b.key)));
    keys.truncate(wanted);
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_told_beside_the_mean() {
        let share = |partition, records, rate| Share {
            partition,
            leader: None,
            records,
            bytes: None,
            rate,
            of_mean: 0.0,
            rate_of_mean: 0.0,
        };
        let mut shares = vec![share(0, 30, 0.0), share(1, 10, 0.0), share(2, 20, 6.0)];
        beside_the_mean(&mut shares);
        let told: Vec<(f64, f64)> = shares.iter().map(|s| (s.of_mean, s.rate_of_mean)).collect();
        assert_eq!(told, [(1.5, 0.0), (0.5, 0.0), (1.0, 3.0)]);
        let skew = Skew { topic: "t".into(), partitions: shares, sampled: 0, keys: vec![] };
        assert!((skew.worst() - 3.0).abs() < 1e-9);
    }

    #[test]
    fn the_most_frequent_keys_come_first() {
        let counts = HashMap::from([
            (Some(b"a".to_vec()), BTreeMap::from([(0, 5)])),
            (None, BTreeMap::from([(0, 1), (1, 8)])),
            (Some(b"b".to_vec()), BTreeMap::from([(1, 2)])),
        ]);
        let keys = most_frequent(counts, 2);
        assert_eq!(keys[0], HotKey { key: None, partition: 1, records: 9 });
        assert_eq!((keys[1].key.as_deref(), keys.len()), (Some("a"), 2));
    }
}
