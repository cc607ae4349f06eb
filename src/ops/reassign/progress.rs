//! How far moves are, counted in bytes: what new replicas have on disk against what the leader has.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

use super::requests::{self, Moving, OnDisk};
use crate::client::{At, Cluster, Topics};
use crate::ops::Result;

/// One partition on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartitionProgress {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// All replicas, those to be removed included.
    pub replicas: Vec<i32>,
    /// Replicas that are being made.
    pub adding: Vec<i32>,
    /// Replicas that go at the end.
    pub removing: Vec<i32>,
    /// Bytes that the new replicas have.
    pub done_bytes: u64,
    /// Bytes that they will have.
    pub total_bytes: u64,
}

/// All that moves, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// By topic and partition.
    pub partitions: Vec<PartitionProgress>,
}

impl Progress {
    /// Bytes that new replicas have.
    pub fn done_bytes(&self) -> u64 {
        self.partitions.iter().map(|p| p.done_bytes).sum()
    }

    /// Bytes that they will have.
    pub fn total_bytes(&self) -> u64 {
        self.partitions.iter().map(|p| p.total_bytes).sum()
    }

    /// Lets partitions whose brokers told nothing this time have what they had.
    pub fn remember(&mut self, earlier: &Progress) {
        for now in &mut self.partitions {
            let same =
                |p: &&PartitionProgress| (&p.topic, p.partition, &p.adding) == (&now.topic, now.partition, &now.adding);
            if let Some(before) = earlier.partitions.iter().find(same) {
                now.total_bytes = now.total_bytes.max(before.total_bytes);
                now.done_bytes = now.done_bytes.max(before.done_bytes);
            }
        }
    }

    /// Bytes a second since an earlier moment; partitions that arrived in between count with what they lacked then.
    pub fn rate_since(&self, earlier: &Progress, elapsed: Duration) -> f64 {
        let now: BTreeMap<(&str, i32), u64> =
            self.partitions.iter().map(|p| ((p.topic.as_str(), p.partition), p.done_bytes)).collect();
        let copied = earlier.partitions.iter().map(|p| {
            let has = now.get(&(p.topic.as_str(), p.partition)).copied().unwrap_or(p.total_bytes);
            has.saturating_sub(p.done_bytes)
        });
        let copied: u64 = copied.sum();
        if elapsed.is_zero() { 0.0 } else { copied as f64 / elapsed.as_secs_f64() }
    }

    /// The time left at a rate; `None` when it does not get there.
    pub fn time_left(&self, rate: f64) -> Option<Duration> {
        let left = self.total_bytes().saturating_sub(self.done_bytes());
        if left == 0 {
            return Some(Duration::ZERO);
        }
        (rate >= 1.0).then(|| Duration::from_secs_f64((left as f64 / rate).min(1e9)))
    }
}

/// Looks at everything that moves, or at some partitions.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked. Brokers that do not tell sizes count as having nothing.
pub async fn look(cluster: &Cluster, only: Option<&BTreeSet<At>>) -> Result<Progress> {
    let moving = requests::moving(cluster, only).await?;
    if moving.is_empty() {
        return Ok(Progress::default());
    }
    let topics: BTreeSet<&String> = moving.keys().map(|(topic, _)| topic).collect();
    let topics: Vec<String> = topics.into_iter().cloned().collect();
    let metadata = cluster.metadata(Topics::Named(&topics)).await?;
    let leader = |at: &At| {
        let topic = metadata.topics.get(&at.0)?;
        topic.partitions.iter().find(|p| p.index == at.1).map(|p| p.leader).filter(|id| *id >= 0)
    };
    let wanted: BTreeSet<(At, i32)> = moving
        .iter()
        .flat_map(|(at, m)| m.adding.iter().copied().chain(leader(at)).map(|id| (at.clone(), id)))
        .filter(|(_, id)| metadata.brokers.contains_key(id))
        .collect();
    let brokers: BTreeSet<i32> = wanted.iter().map(|(_, id)| *id).collect();
    let mut found = BTreeMap::new();
    for broker in brokers {
        let here = wanted.iter().filter(|(_, id)| *id == broker).cloned().collect();
        match requests::on_disk(cluster, &here).await {
            Ok(there) => found.extend(there),
            // A move goes on while a broker is away, and so does who watches it.
            Err(e) if e.may_pass() => {}
            Err(e) => return Err(e),
        }
    }
    Ok(count(&moving, leader, &found))
}

fn count(
    moving: &BTreeMap<At, Moving>,
    leader: impl Fn(&At) -> Option<i32>,
    found: &BTreeMap<(At, i32), OnDisk>,
) -> Progress {
    let bytes = |at: &At, id: i32| found.get(&(at.clone(), id)).map_or(0, |on| on.bytes);
    let partition = |(at, m): (&At, &Moving)| {
        let whole = leader(at).map_or(0, |id| bytes(at, id));
        PartitionProgress {
            topic: at.0.clone(),
            partition: at.1,
            replicas: m.replicas.clone(),
            adding: m.adding.clone(),
            removing: m.removing.clone(),
            // Segments are cut elsewhere on a follower: it may have a little more than the leader.
            done_bytes: m.adding.iter().map(|id| bytes(at, *id).min(whole)).sum(),
            total_bytes: whole.saturating_mul(m.adding.len() as u64),
        }
    };
    Progress { partitions: moving.iter().map(partition).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_rate_and_time_left_are_those_of_the_new_replicas() {
        let at = |p: i32| ("t".to_owned(), p);
        let moving = |adding: &[i32]| Moving { replicas: vec![1], adding: adding.into(), removing: vec![1] };
        let moving = BTreeMap::from([(at(0), moving(&[2, 3])), (at(1), moving(&[2]))]);
        let has = |two: u64, three: u64, other: u64| {
            let on = |bytes: u64| OnDisk { current: Some("/d".into()), future: None, bytes };
            let of_first = [((at(0), 1), on(1000)), ((at(0), 2), on(two)), ((at(0), 3), on(three))];
            let of_second = [((at(1), 1), on(500)), ((at(1), 2), on(other))];
            count(&moving, |_| Some(1), &of_first.into_iter().chain(of_second).collect())
        };
        let (first, second) = (has(100, 0, 0), has(400, 200, 510));
        assert_eq!((first.done_bytes(), first.total_bytes()), (100, 2500));
        assert_eq!((second.done_bytes(), second.total_bytes()), (1100, 2500));
        assert!((second.rate_since(&first, Duration::from_secs(2)) - 500.0).abs() < 1e-9);
        assert_eq!(second.time_left(500.0), Some(Duration::from_millis(2800)));
        assert_eq!(second.time_left(0.0), None);
        // A broker that is away tells nothing: what it had is not lost.
        let mut away = has(0, 200, 510);
        away.remember(&second);
        assert_eq!((away.done_bytes(), away.total_bytes()), (1100, 2500));
        // A partition that has arrived is no longer listed, and counts whole.
        assert!((Progress::default().rate_since(&first, Duration::from_secs(1)) - 2400.0).abs() < 1e-9);
    }
}
