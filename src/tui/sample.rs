//! Samples of a live cluster, through the same `ops` as every other face. What changes by the second is asked for each
//! sample, what is dear or slow to change less often.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use tokio::task::{JoinHandle, JoinSet};

use super::model::{BrokerSample, GroupOffset, GroupSample, PartitionSample, Snapshot, TopicSample};
use super::run::Source;
use crate::client::{Cluster, FoundOffset, Isolation, Metadata, OffsetAt, Topics};
use crate::model::ErrorCode;
use crate::ops::brokers::{self, BrokerSummary, LogDir};
use crate::ops::configs::{self, Resource};
use crate::ops::groups::{self, DescribedGroup, PartitionLag};
use crate::ops::lag::{self, TopicLag};
use crate::ops::topics;

/// Sizes, disks and first offsets: they move with segments, not with records.
const SIZES_EVERY: Duration = Duration::from_secs(5);
/// `min.insync.replicas`: changed by hand.
const CONFIGS_EVERY: Duration = Duration::from_secs(60);
/// Ages of records written before we watched: reading them takes a fetch.
const AGES_EVERY: Duration = Duration::from_secs(10);

type Offsets = BTreeMap<(String, i32), Result<FoundOffset, ErrorCode>>;

/// Samples a cluster.
pub struct ClusterSource {
    cluster: Cluster,
    sizes: Aged<Sizes>,
    min_isr: Aged<BTreeMap<String, usize>>,
    ages: Ages,
}

/// How long groups' next records have waited, by group and topic, read off the records themselves in the background.
struct Ages {
    known: Aged<BTreeMap<(String, String), u64>>,
    under_way: Option<JoinHandle<crate::ops::Result<Vec<TopicLag>>>>,
}

/// What is asked for less often.
#[derive(Default)]
struct Sizes {
    /// Bytes by topic, partition and broker.
    replicas: BTreeMap<(String, i32, i32), i64>,
    brokers: Vec<BrokerSummary>,
    starts: Offsets,
    gap: Option<String>,
}

/// A value and when it was taken.
struct Aged<T> {
    value: T,
    taken: Option<Instant>,
    lives: Duration,
}

impl<T: Default> Aged<T> {
    fn new(lives: Duration) -> Aged<T> {
        Aged { value: T::default(), taken: None, lives }
    }

    fn is_stale(&self) -> bool {
        self.taken.is_none_or(|taken| taken.elapsed() >= self.lives)
    }

    fn set(&mut self, value: T) {
        *self = Aged { value, taken: Some(Instant::now()), lives: self.lives };
    }
}

impl ClusterSource {
    /// Samples what `cluster` leads to.
    pub fn new(cluster: Cluster) -> ClusterSource {
        let ages = Ages { known: Aged::new(AGES_EVERY), under_way: None };
        ClusterSource { cluster, sizes: Aged::new(SIZES_EVERY), min_isr: Aged::new(CONFIGS_EVERY), ages }
    }

    async fn look(&mut self) -> crate::ops::Result<Snapshot> {
        let metadata = self.cluster.metadata(Topics::All).await?;
        // A new topic has no size and no min ISR yet: ask at once rather than show it bare.
        let is_new = |name: &String| !self.min_isr.value.contains_key(name);
        let grown = metadata.topics.keys().any(is_new);
        if self.sizes.is_stale() || grown {
            let sizes = self.look_at_sizes(&metadata).await?;
            self.sizes.set(sizes);
        }
        if self.min_isr.is_stale() || grown {
            let min_isr = self.look_at_min_isr(&metadata).await;
            self.min_isr.set(min_isr);
        }
        let ends = self.offsets(&metadata, OffsetAt::Latest).await?;
        let (groups, group_gaps) = self.look_at_groups().await?;
        let gaps = self.sizes.value.gap.clone().into_iter().chain(group_gaps).collect();
        Ok(Snapshot {
            taken_at: SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_millis() as i64),
            cluster_id: metadata.cluster_id.clone().unwrap_or_default(),
            controller: (metadata.controller >= 0).then_some(metadata.controller),
            brokers: self.brokers(&metadata),
            topics: self.topics(&metadata, &ends),
            groups,
            gaps,
        })
    }

    async fn offsets(&self, metadata: &Metadata, at: OffsetAt) -> crate::ops::Result<Offsets> {
        let all = metadata.topics.values().flat_map(|t| t.partitions.iter().map(|p| (t.name.clone(), p)));
        // A partition without leader would only hold the others up.
        let led = all.filter(|(_, p)| p.leader >= 0).map(|(topic, p)| ((topic, p.index), at));
        Ok(self.cluster.list_offsets(led.collect::<Vec<_>>(), Isolation::ReadUncommitted).await?)
    }

    async fn look_at_sizes(&self, metadata: &Metadata) -> crate::ops::Result<Sizes> {
        let (replicas, summary, starts) = tokio::join!(
            topics::sizes(&self.cluster, metadata),
            brokers::list(&self.cluster),
            self.offsets(metadata, OffsetAt::Earliest),
        );
        let brokers = summary?.brokers;
        let silent = brokers.iter().filter(|b| !b.fenced && b.bytes.is_none()).count();
        let gap = (silent > 0).then(|| format!("sizes of {silent} brokers: DescribeLogDirs got no answer"));
        Ok(Sizes { replicas, brokers, starts: starts?, gap })
    }

    async fn look_at_min_isr(&self, metadata: &Metadata) -> BTreeMap<String, usize> {
        let resources: Vec<Resource> = metadata.topics.keys().map(|name| Resource::topic(name)).collect();
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        // Not being allowed to read settings costs one number on the screen, not the screen.
        for described in configs::describe(&self.cluster, &resources, false).await.unwrap_or_default() {
            let entries = described.result.unwrap_or_default();
            let value = entries.into_iter().find(|e| e.name == "min.insync.replicas").and_then(|e| e.value);
            found.insert(described.resource.name, value.and_then(|v| v.parse().ok()).unwrap_or(0));
        }
        for name in metadata.topics.keys() {
            found.entry(name.clone()).or_insert(0);
        }
        found
    }

    async fn look_at_groups(&mut self) -> crate::ops::Result<(Vec<GroupSample>, Vec<String>)> {
        let (listed, silent) = groups::list(&self.cluster, &[], &[]).await?;
        let gaps = silent.into_iter().map(|(id, why)| format!("groups of broker {id}: {}", why.text())).collect();
        // Connect workers and schema registries form groups too, but consume nothing.
        let readers = listed.into_iter().filter(|g| matches!(g.protocol_type.as_str(), "consumer" | ""));
        let names: Vec<String> = readers.map(|g| g.group).collect();
        let mut asked = JoinSet::new();
        for (_, described) in groups::describe(&self.cluster, &names).await? {
            // A group that is gone meanwhile is gone from the screen.
            let Ok(group) = described else { continue };
            let cluster = self.cluster.clone();
            asked.spawn(async move {
                let positions = groups::offsets(&cluster, &group).await.unwrap_or_default();
                (group, positions)
            });
        }
        let mut samples = Vec::new();
        while let Some(done) = asked.join_next().await {
            if let Ok((group, positions)) = done {
                samples.push(self.group(group, positions));
            }
        }
        samples.sort_by(|a: &GroupSample, b| a.id.cmp(&b.id));
        self.ages.follow(&self.cluster, &samples).await;
        Ok((samples, gaps))
    }

    fn group(&self, group: DescribedGroup, positions: Vec<PartitionLag>) -> GroupSample {
        let ages = &self.ages.known.value;
        let offset = |p: PartitionLag| GroupOffset {
            lag_ms: ages.get(&(group.group.clone(), p.topic.clone())).copied(),
            client_id: p.member.and_then(|i| group.members.get(i)).map(|m| m.client_id.clone()),
            topic: p.topic,
            partition: p.partition,
            committed: p.committed,
            end: p.end,
        };
        GroupSample {
            offsets: positions.into_iter().map(offset).collect(),
            kind: group.kind.to_lowercase(),
            coordinator: Some(group.coordinator),
            members: group.members.len(),
            state: group.state,
            id: group.group,
        }
    }

    fn brokers(&self, metadata: &Metadata) -> Vec<BrokerSample> {
        let live = |id: i32| metadata.brokers.contains_key(&id);
        let bytes = |n: i64| u64::try_from(n).ok();
        // A broker that was not asked for its directories has unknown disks, not empty ones.
        let sum = |b: &BrokerSummary, pick: fn(&LogDir) -> Option<i64>| {
            let all = b.log_dirs.iter().map(pick).sum::<Option<i64>>();
            all.filter(|_| !b.log_dirs.is_empty()).and_then(bytes)
        };
        let known = self.sizes.value.brokers.iter().map(|b| BrokerSample {
            id: b.id,
            endpoint: format!("{}:{}", b.host, b.port),
            rack: b.rack.clone(),
            // What Metadata lists is not fenced; it is asked more often than the summary.
            fenced: !live(b.id),
            log_bytes: b.bytes.and_then(bytes),
            disk_total: sum(b, |d| d.total_bytes),
            disk_free: sum(b, |d| d.usable_bytes),
            failed_dirs: 0,
        });
        let mut all: Vec<BrokerSample> = known.collect();
        for b in metadata.brokers.values().filter(|b| all.iter().all(|known| known.id != b.id)).collect::<Vec<_>>() {
            all.push(BrokerSample { id: b.id, endpoint: b.address(), rack: b.rack.clone(), ..Default::default() });
        }
        all.sort_by_key(|b| b.id);
        all
    }

    fn topics(&self, metadata: &Metadata, ends: &Offsets) -> Vec<TopicSample> {
        let offset = |found: &Offsets, at: &(String, i32)| match found.get(at) {
            Some(Ok(found)) if found.offset >= 0 => Some(found.offset),
            _ => None,
        };
        let topic = |t: &crate::client::Topic| TopicSample {
            name: t.name.clone(),
            internal: t.internal,
            min_isr: self.min_isr.value.get(&t.name).copied().filter(|min| *min > 0),
            partitions: t
                .partitions
                .iter()
                .map(|p| {
                    let at = (t.name.clone(), p.index);
                    let size = self.sizes.value.replicas.get(&(t.name.clone(), p.index, p.leader));
                    PartitionSample {
                        index: p.index,
                        leader: (p.leader >= 0).then_some(p.leader),
                        leader_epoch: p.leader_epoch,
                        replicas: p.replicas.clone(),
                        isr: p.isr.clone(),
                        start: offset(&self.sizes.value.starts, &at),
                        end: offset(ends, &at),
                        size: size.and_then(|bytes| u64::try_from(*bytes).ok()),
                    }
                })
                .collect(),
        };
        metadata.topics.values().map(topic).collect()
    }
}

impl Ages {
    /// Takes up an answer that has come, and asks anew when it is time and somebody lags.
    async fn follow(&mut self, cluster: &Cluster, groups: &[GroupSample]) {
        if let Some(done) = self.under_way.take_if(|task| task.is_finished()) {
            // Without an answer the column stays empty, which is what is known.
            let rows = done.await.ok().and_then(Result::ok).unwrap_or_default();
            let age = |row: TopicLag| Some(((row.group, row.topic), u64::try_from(row.lag_ms?).ok()?));
            self.known.set(rows.into_iter().filter_map(age).collect());
        }
        let lags = |g: &&GroupSample| g.offsets.iter().any(|o| o.lag().is_some_and(|lag| lag > 0));
        let behind: Vec<String> = groups.iter().filter(lags).map(|g| g.id.clone()).collect();
        if self.under_way.is_none() && self.known.is_stale() && !behind.is_empty() {
            let cluster = cluster.clone();
            self.under_way = Some(tokio::spawn(async move { lag::lag(&cluster, Some(&behind), Duration::ZERO).await }));
        }
    }
}

impl Drop for Ages {
    fn drop(&mut self) {
        if let Some(task) = &self.under_way {
            task.abort();
        }
    }
}

impl Source for ClusterSource {
    async fn sample(&mut self) -> Result<Snapshot, String> {
        self.look().await.map_err(|e| e.to_string())
    }
}
