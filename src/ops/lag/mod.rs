//! Lag that means something: records, seconds, rates, the time to drain, and a verdict with its reason.

mod verdict;
mod waiting;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

pub use verdict::{Facts, Verdict, judge};

use crate::client::{At, ClientError, Cluster, Isolation, OffsetAt};
use crate::model::TimestampMs;
use crate::ops::Result;
use crate::ops::groups::{self, DescribedGroup, ListedGroup, PartitionLag};

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
    let groups = match only {
        None => {
            let (listed, _) = groups::list(cluster, &[], &[]).await?;
            let is_reader = |g: &ListedGroup| matches!(g.protocol_type.as_str(), "consumer" | "share" | "");
            let readers: Vec<ListedGroup> = listed.into_iter().filter(is_reader).collect();
            let (sharing, others): (Vec<ListedGroup>, Vec<ListedGroup>) =
                readers.into_iter().partition(|group| group.kind.eq_ignore_ascii_case("share"));
            let mut described = groups::describe_listed(cluster, &others).await?;
            for group in sharing {
                described.extend(groups::share::describe(cluster, &group.group).await.ok());
            }
            described
        }
        Some(names) => {
            let described = groups::describe_any(cluster, names).await?;
            described.into_iter().map(|(_, group)| group).collect::<Result<Vec<_>, ClientError>>()?
        }
    };
    let at = Instant::now();
    let before = groups::offsets_of(cluster, &groups).await?;
    let (read, after) = if sample.is_zero() {
        (None, before)
    } else {
        tokio::time::sleep(sample.saturating_sub(at.elapsed())).await;
        let seconds = at.elapsed().as_secs_f64();
        let after = groups::offsets_of(cluster, &groups).await?;
        (Some((before, seconds)), after)
    };
    let all: Vec<&PartitionLag> = after.iter().flatten().collect();
    let (waiting, arrival) = tokio::join!(waiting::since(cluster, &after), arrival(cluster, &all));
    let mut rows = Vec::new();
    for (at, (group, partitions)) in groups.iter().zip(&after).enumerate() {
        let old = read.as_ref().map(|(before, seconds)| (before[at].as_slice(), *seconds));
        let now = Now { waiting: &waiting[at], arrival: &arrival };
        rows.extend(by_topic(partitions).map(|partitions| row(group, partitions, old, &now)));
    }
    Ok(rows)
}

/// What the cluster says of partitions beside their ends.
struct Now<'a> {
    /// By topic and partition, when the next record that a group reads was written.
    waiting: &'a BTreeMap<At, i64>,
    /// By topic and partition, records that arrive a second.
    arrival: &'a BTreeMap<At, f64>,
}

/// Rows come by topic and partition.
fn by_topic(rows: &[PartitionLag]) -> impl Iterator<Item = &[PartitionLag]> {
    rows.chunk_by(|a, b| a.topic == b.topic)
}

/// A group's lag on one topic; `old` is where it stood, and so many seconds ago.
fn row(
    group: &DescribedGroup,
    partitions: &[PartitionLag],
    old: Option<(&[PartitionLag], f64)>,
    now: &Now<'_>,
) -> TopicLag {
    let read = |(before, seconds): (&[PartitionLag], f64)| {
        let moved = |p: &PartitionLag| {
            let old = before.binary_search_by(|b| (&b.topic, b.partition).cmp(&(&p.topic, p.partition))).ok()?;
            Some((p.committed? - before[old].committed?).max(0))
        };
        partitions.iter().filter_map(moved).sum::<i64>() as f64 / seconds
    };
    let at = |p: &PartitionLag| (p.topic.clone(), p.partition);
    let lag = partitions.iter().filter_map(|p| p.lag).reduce(|a, b| a + b);
    let oldest = partitions.iter().filter_map(|p| now.waiting.get(&at(p))).min();
    let in_rate = partitions.iter().filter_map(|p| now.arrival.get(&at(p))).copied().reduce(|a, b| a + b);
    let out_rate = old.map(read);
    let (verdict, drains_in_s) = judge(Facts { lag, members: group.members.len(), in_rate, out_rate });
    TopicLag {
        group: group.group.clone(),
        topic: partitions[0].topic.clone(),
        state: group.state.clone(),
        members: group.members.len(),
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
        partitions: partitions.to_vec(),
    }
}

/// Records that arrived a second in each partition over the last minute: the log's own times tell it without waiting.
async fn arrival(cluster: &Cluster, rows: &[&PartitionLag]) -> BTreeMap<At, f64> {
    let since = TimestampMs::now() + -(ARRIVAL_WINDOW.as_millis() as i64);
    let wanted = rows.iter().map(|row| ((row.topic.clone(), row.partition), OffsetAt::Time(since)));
    let Ok(found) = cluster.list_offsets(wanted.collect::<Vec<_>>(), Isolation::ReadUncommitted).await else {
        return BTreeMap::new();
    };
    let rate = |row: &&PartitionLag| {
        let at = (row.topic.clone(), row.partition);
        let first = found.get(&at)?.as_ref().ok()?.offset;
        let arrived = if first < 0 { 0 } else { row.end? - first };
        Some((at, arrived.max(0) as f64 / ARRIVAL_WINDOW.as_secs_f64()))
    };
    rows.iter().filter_map(rate).collect()
}
