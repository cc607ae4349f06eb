//! Lag that means something: records, seconds, rates, the time to drain, and a verdict with its reason.

mod verdict;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

pub use verdict::{Facts, Verdict, judge};

use crate::client::{At, Cluster, Consumer, ConsumerConfig, Isolation, OffsetAt, StartAt};
use crate::model::TimestampMs;
use crate::ops::Result;
use crate::ops::groups::{self, PartitionLag};

/// How far back the rate of arrival is measured.
const ARRIVAL_WINDOW: Duration = Duration::from_secs(60);

/// A group's lag on one topic.
#[derive(Clone, Debug, Serialize)]
pub struct TopicLag {
    /// The group.
    pub group: String,
    /// The topic.
    pub topic: String,
    /// The group's state.
    pub state: String,
    /// Its members.
    pub members: usize,
    /// Records not read yet; `None` when nothing is committed.
    pub lag: Option<i64>,
    /// How long the oldest record that was not read has been waiting, in milliseconds.
    pub lag_ms: Option<i64>,
    /// Records that arrive a second, over the last minute.
    pub in_rate: Option<f64>,
    /// Records read a second, over the sample.
    pub out_rate: Option<f64>,
    /// Seconds until nothing waits, at these rates.
    pub drains_in_s: Option<f64>,
    /// What to think of it.
    pub verdict: Verdict,
    /// Each partition.
    pub partitions: Vec<PartitionLag>,
}

/// The lag of some groups, or of all consumer groups, a row a topic. Waits for `sample` to see how fast they read;
/// zero leaves that out.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked. A group that is gone meanwhile is left out.
pub async fn lag(cluster: &Cluster, only: Option<&[String]>, sample: Duration) -> Result<Vec<TopicLag>> {
    let names = match only {
        Some(names) => names.to_vec(),
        None => {
            let (listed, _) = groups::list(cluster, &[], &[]).await?;
            let readers = listed.into_iter().filter(|g| matches!(g.protocol_type.as_str(), "consumer" | ""));
            readers.map(|g| g.group).collect()
        }
    };
    let mut first = Vec::new();
    for name in &names {
        let described = match groups::describe_one(cluster, name).await {
            Ok(described) => described,
            Err(e) if only.is_none() && !e.is_unreachable() => continue,
            Err(e) => return Err(e.into()),
        };
        let before = groups::offsets(cluster, &described).await?;
        first.push((described, before, Instant::now()));
    }
    if !sample.is_zero() {
        tokio::time::sleep(sample).await;
    }
    let mut rows = Vec::new();
    for (described, before, at) in first {
        let after = if sample.is_zero() { before.clone() } else { groups::offsets(cluster, &described).await? };
        let seconds = (!sample.is_zero()).then(|| at.elapsed().as_secs_f64());
        let waiting = waiting_since(cluster, &after).await;
        let arrival = arrival(cluster, &after).await;
        let mut topics: BTreeMap<&str, Vec<&PartitionLag>> = BTreeMap::new();
        for row in &after {
            topics.entry(&row.topic).or_default().push(row);
        }
        for (topic, partitions) in topics {
            let read: i64 = partitions
                .iter()
                .filter_map(|p| {
                    let old = before.iter().find(|b| b.topic == p.topic && b.partition == p.partition)?;
                    Some((p.committed? - old.committed?).max(0))
                })
                .sum();
            let lag = partitions.iter().filter_map(|p| p.lag).reduce(|a, b| a + b);
            let oldest = partitions.iter().filter_map(|p| waiting.get(&(p.topic.clone(), p.partition))).min();
            let in_rate = partitions
                .iter()
                .filter_map(|p| arrival.get(&(p.topic.clone(), p.partition)))
                .copied()
                .reduce(|a, b| a + b);
            let out_rate = seconds.map(|s| read as f64 / s);
            let facts = Facts { lag, members: described.members.len(), in_rate, out_rate };
            let (verdict, drains_in_s) = judge(facts);
            rows.push(TopicLag {
                group: described.group.clone(),
                topic: topic.to_owned(),
                state: described.state.clone(),
                members: described.members.len(),
                lag,
                lag_ms: match (lag, oldest) {
                    (Some(0), _) => Some(0),
                    (_, Some(&oldest)) => Some((TimestampMs::now().0 - oldest).max(0)),
                    _ => None,
                },
                in_rate,
                out_rate,
                drains_in_s,
                verdict,
                partitions: partitions.into_iter().cloned().collect(),
            });
        }
    }
    Ok(rows)
}

/// The timestamps of the next records to be read, where there are such; best effort.
async fn waiting_since(cluster: &Cluster, rows: &[PartitionLag]) -> BTreeMap<At, i64> {
    let behind = rows.iter().filter(|row| row.lag.is_some_and(|lag| lag > 0));
    let wanted: Vec<(At, StartAt)> = behind
        .filter_map(|row| {
            let from = row.committed?.max(row.start.unwrap_or(0));
            Some(((row.topic.clone(), row.partition), StartAt::Offset(from)))
        })
        .collect();
    let mut missing = wanted.len();
    let mut found = BTreeMap::new();
    let config = ConsumerConfig {
        reset: Some(StartAt::Earliest),
        max_partition_bytes: 64 << 10,
        max_wait: Duration::from_millis(100),
        ..ConsumerConfig::default()
    };
    let Ok(mut consumer) = Consumer::assign(cluster.clone(), config, wanted).await else { return found };
    let deadline = Instant::now() + Duration::from_secs(3);
    while missing > 0 && Instant::now() < deadline {
        let Ok(fetched) = consumer.poll(Duration::from_millis(500)).await else { break };
        for records in fetched {
            let at = (records.topic.clone(), records.partition);
            let seen = records.for_each(|record| {
                found.entry(at.clone()).or_insert(record.timestamp.0);
                false
            });
            if seen.is_ok() && found.contains_key(&at) {
                consumer.drop_partition(&at.0, at.1);
                missing = missing.saturating_sub(1);
            }
        }
    }
    found
}

/// Records that arrived a second in each partition over the last minute: the log's own times tell it without waiting.
async fn arrival(cluster: &Cluster, rows: &[PartitionLag]) -> BTreeMap<At, f64> {
    let since = TimestampMs::now() + -(ARRIVAL_WINDOW.as_millis() as i64);
    let wanted = rows.iter().map(|row| ((row.topic.clone(), row.partition), OffsetAt::Time(since)));
    let Ok(found) = cluster.list_offsets(wanted.collect::<Vec<_>>(), Isolation::ReadUncommitted).await else {
        return BTreeMap::new();
    };
    let rate = |row: &PartitionLag| {
        let at = (row.topic.clone(), row.partition);
        let first = found.get(&at)?.as_ref().ok()?.offset;
        let arrived = if first < 0 { 0 } else { row.end? - first };
        Some((at, arrived.max(0) as f64 / ARRIVAL_WINDOW.as_secs_f64()))
    };
    rows.iter().filter_map(rate).collect()
}
