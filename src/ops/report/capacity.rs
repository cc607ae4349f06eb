//! What topics need: rate × size × retention × replication factor, of disks; and of the network, what is produced,
//! replicated and read. From rates as the logs tell them, or from given ones.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

use crate::client::{Cluster, Isolation, OffsetAt, Topics};
use crate::model::TimestampMs;
use crate::ops::topics;
use crate::ops::{Result, groups, log_dirs};

/// Partitions asked for at once.
const PAGE: i32 = 2_000;

/// What a topic takes in, keeps and gives out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Load {
    /// The topic.
    pub topic: String,
    /// Records that come a second.
    pub records_per_second: f64,
    /// Bytes of a record on disk, as compressed as it is.
    pub record_bytes: f64,
    /// `retention.ms`; `None` without limit.
    pub retention_ms: Option<i64>,
    /// `retention.bytes` of all partitions together; `None` without limit.
    pub retention_bytes: Option<i64>,
    /// Whether it is compacted: then it keeps a record a key, and not a time's worth.
    pub compacted: bool,
    /// Replicas of each partition.
    pub replication_factor: usize,
    /// Groups that read all of it.
    pub readers: usize,
    /// Bytes on all disks now.
    pub disk_now: Option<i64>,
}

/// What it needs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Needs {
    /// Bytes on all disks when it is full; `None` when it grows without end, or keeps a record a key.
    pub disk: Option<f64>,
    /// Bytes a second that brokers take in, from producers and from each other.
    pub network_in: f64,
    /// Bytes a second that brokers give out, to each other and to readers.
    pub network_out: f64,
}

impl Load {
    /// What it needs.
    pub fn needs(&self) -> Needs {
        let rate = self.records_per_second * self.record_bytes;
        let replicas = self.replication_factor.max(1) as f64;
        let by_time = self.retention_ms.map(|ms| rate * ms as f64 / 1e3);
        let by_size = self.retention_bytes.map(|bytes| bytes as f64);
        let kept = match (by_time, by_size) {
            _ if self.compacted => None,
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Needs {
            disk: kept.map(|bytes| bytes * replicas),
            network_in: rate * replicas,
            network_out: rate * (replicas - 1.0 + self.readers as f64),
        }
    }
}

/// Loads of topics and the disks there are for them.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// By topic.
    pub loads: Vec<Load>,
    /// Bytes of all disks of all brokers; `None` when a broker does not tell.
    pub disk_total: Option<i64>,
    /// Bytes of them that are free.
    pub disk_free: Option<i64>,
}

/// Measures the topics of a cluster, over the last `window`.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked.
pub async fn measure(cluster: &Cluster, names: Option<&[String]>, window: Duration) -> Result<Measured> {
    let mut described = Vec::new();
    for (name, topic) in topics::describe(cluster, names, PAGE).await? {
        match topic {
            Ok(topic) if names.is_some() || !topic.internal => described.push(topic),
            Err(refusal) if names.is_some() => return Err(refusal.about(name)),
            _ => {}
        }
    }
    let metadata = cluster.metadata(Topics::All).await?;
    let since = TimestampMs::now() + -(window.as_millis() as i64);
    let ask = |at: OffsetAt| {
        let all = described.iter().flat_map(|t| t.partitions.iter().map(|p| (t.name.clone(), p.partition)));
        cluster.list_offsets(all.map(|p| (p, at)).collect::<Vec<_>>(), Isolation::ReadUncommitted)
    };
    let ids: Vec<i32> = metadata.brokers.keys().copied().collect();
    let (sizes, starts, ends, firsts, readers, disks) = tokio::join!(
        topics::sizes(cluster, &metadata),
        ask(OffsetAt::Earliest),
        ask(OffsetAt::Latest),
        ask(OffsetAt::Time(since)),
        readers(cluster),
        log_dirs::describe(cluster, &ids)
    );
    let (starts, ends, firsts, readers) = (starts?, ends?, firsts?, readers?);
    let mut loads = Vec::new();
    for topic in &described {
        let (mut kept, mut came, mut bytes, mut all_bytes) = (0, 0, 0, 0);
        for p in &topic.partitions {
            let at = (topic.name.clone(), p.partition);
            let offset = |map: &BTreeMap<_, std::result::Result<crate::client::FoundOffset, _>>| {
                map.get(&at).and_then(|f| f.as_ref().ok()).map(|f| f.offset)
            };
            let (Some(start), Some(end)) = (offset(&starts), offset(&ends)) else { continue };
            kept += end - start;
            came += offset(&firsts).filter(|&first| first >= 0).map_or(0, |first| end - first);
            let of = |broker: i32| sizes.get(&(topic.name.clone(), p.partition, broker)).copied();
            bytes += p.leader.and_then(of).unwrap_or(0);
            all_bytes += p.replicas.iter().filter_map(|&id| of(id)).sum::<i64>();
        }
        let setting = |name: &str| topic.configs.iter().find(|c| c.name == name).and_then(|c| c.value.as_deref());
        let number = |name: &str| setting(name).and_then(|v| v.parse::<i64>().ok()).filter(|&n| n >= 0);
        loads.push(Load {
            topic: topic.name.clone(),
            records_per_second: came as f64 / window.as_secs_f64().max(1.0),
            record_bytes: if kept > 0 { bytes as f64 / kept as f64 } else { 0.0 },
            retention_ms: number("retention.ms"),
            retention_bytes: number("retention.bytes").map(|bytes| bytes * topic.partitions.len() as i64),
            compacted: setting("cleanup.policy").is_some_and(|policy| !policy.contains("delete")),
            replication_factor: topic.replication_factor(),
            readers: readers.get(&topic.name).copied().unwrap_or(0),
            disk_now: Some(all_bytes),
        });
    }
    // Directories of one broker may share a disk; those with the same size and room are taken for one.
    let mut seen = BTreeSet::new();
    let mut told = (Some(0), Some(0));
    for (id, dirs) in disks {
        for dir in dirs.unwrap_or_default() {
            if seen.insert((id, dir.total_bytes, dir.usable_bytes)) {
                told.0 = told.0.zip(dir.total_bytes).map(|(sum, bytes)| sum + bytes);
                told.1 = told.1.zip(dir.usable_bytes).map(|(sum, bytes)| sum + bytes);
            }
        }
    }
    Ok(Measured { loads, disk_total: told.0, disk_free: told.1 })
}

/// How many groups read each topic.
async fn readers(cluster: &Cluster) -> Result<BTreeMap<String, usize>> {
    let (listed, _) = groups::list(cluster, &[], &[]).await?;
    let mut readers: BTreeMap<String, usize> = BTreeMap::new();
    for group in listed.iter().filter(|group| !matches!(group.state.as_str(), "Empty" | "Dead")) {
        let Ok(committed) = cluster.committed(&group.group, None).await else { continue };
        let topics: BTreeSet<String> = committed.into_keys().map(|(topic, _)| topic).collect();
        for topic in topics {
            *readers.entry(topic).or_default() += 1;
        }
    }
    Ok(readers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load() -> Load {
        Load {
            topic: "t".into(),
            records_per_second: 1_000.0,
            record_bytes: 100.0,
            retention_ms: Some(3_600_000),
            retention_bytes: None,
            compacted: false,
            replication_factor: 3,
            readers: 2,
            disk_now: None,
        }
    }

    #[test]
    fn disk_is_rate_times_size_times_retention_times_replicas() {
        let needs = load().needs();
        assert_eq!(needs.disk, Some(1_000.0 * 100.0 * 3_600.0 * 3.0));
        assert_eq!((needs.network_in, needs.network_out), (300_000.0, 400_000.0));
    }

    #[test]
    fn the_nearer_limit_counts_and_without_one_there_is_no_end() {
        let small = Load { retention_bytes: Some(1_000), ..load() };
        assert_eq!(small.needs().disk, Some(3_000.0));
        assert_eq!(Load { retention_ms: None, ..load() }.needs().disk, None);
        assert_eq!(Load { compacted: true, ..load() }.needs().disk, None);
    }
}
