//! One look at a cluster, through `ops`: what [`Snapshot`] holds, and a line for each thing that could not be asked.

use std::collections::BTreeMap;

use super::model::{BrokerSample, GroupOffset, GroupSample, PartitionSample, Snapshot, TopicSample};
use super::run::Source;
use crate::client::{At, Cluster, Isolation, OffsetAt};
use crate::model::TimestampMs;
use crate::ops::{brokers, groups, topics};

/// Samples a cluster over the network.
#[derive(Debug)]
pub struct ClusterSource {
    cluster: Cluster,
}

impl ClusterSource {
    /// Samples this cluster.
    pub fn new(cluster: Cluster) -> ClusterSource {
        ClusterSource { cluster }
    }
}

impl Source for ClusterSource {
    async fn sample(&mut self) -> Result<Snapshot, String> {
        let cluster = &self.cluster;
        let summary = brokers::list(cluster).await.map_err(|e| e.to_string())?;
        let mut snapshot = Snapshot {
            taken_at: TimestampMs::now().0,
            cluster_id: summary.cluster_id.unwrap_or_default(),
            controller: (summary.controller >= 0).then_some(summary.controller),
            ..Snapshot::default()
        };
        snapshot.brokers = summary.brokers.iter().map(broker).collect();
        match topics::describe(cluster, None, 2000).await {
            Ok(described) => snapshot.topics = with_extents(cluster, described, &mut snapshot.gaps).await,
            Err(e) => snapshot.gaps.push(format!("topics: {e}")),
        }
        match groups::list(cluster, &[], &[]).await {
            Ok((listed, silent)) => {
                for (id, refusal) in silent {
                    snapshot.gaps.push(format!("groups of broker {id}: {}", refusal.text()));
                }
                for group in listed.into_iter().filter(|g| matches!(g.protocol_type.as_str(), "consumer" | "")) {
                    match sample_group(cluster, &group).await {
                        Ok(sample) => snapshot.groups.push(sample),
                        Err(e) => snapshot.gaps.push(format!("group {}: {e}", group.group)),
                    }
                }
            }
            Err(e) => snapshot.gaps.push(format!("groups: {e}")),
        }
        Ok(snapshot)
    }
}

fn broker(b: &brokers::BrokerSummary) -> BrokerSample {
    let sum = |pick: fn(&brokers::LogDir) -> Option<i64>| {
        let all: Option<i64> = b.log_dirs.iter().map(pick).sum();
        all.filter(|_| !b.log_dirs.is_empty()).and_then(|n| u64::try_from(n).ok())
    };
    BrokerSample {
        id: b.id,
        endpoint: format!("{}:{}", b.host, b.port),
        rack: b.rack.clone(),
        fenced: b.fenced,
        log_bytes: b.bytes.and_then(|n| u64::try_from(n).ok()),
        disk_total: sum(|d| d.total_bytes),
        disk_free: sum(|d| d.usable_bytes),
        failed_dirs: 0,
    }
}

async fn with_extents(
    cluster: &Cluster,
    described: Vec<(String, crate::ops::Result<topics::DescribedTopic, crate::ops::Refusal>)>,
    gaps: &mut Vec<String>,
) -> Vec<TopicSample> {
    let mut found = Vec::new();
    for (name, result) in described {
        match result {
            Ok(topic) => found.push(topic),
            Err(refusal) => gaps.push(format!("topic {name}: {}", refusal.text())),
        }
    }
    let all: Vec<At> = found.iter().flat_map(|t| t.partitions.iter().map(|p| (t.name.clone(), p.partition))).collect();
    let ask = |at: OffsetAt| {
        cluster.list_offsets(all.iter().map(|p| (p.clone(), at)).collect::<Vec<_>>(), Isolation::ReadUncommitted)
    };
    let metadata = cluster.metadata(crate::client::Topics::None);
    let (starts, ends, metadata) = tokio::join!(ask(OffsetAt::Earliest), ask(OffsetAt::Latest), metadata);
    let sizes = match metadata {
        Ok(metadata) => topics::sizes(cluster, &metadata).await,
        Err(_) => BTreeMap::new(),
    };
    let mut offsets = |result: crate::client::Result<BTreeMap<At, Result<crate::client::FoundOffset, _>>>| match result
    {
        Ok(map) => map.into_iter().filter_map(|(at, r)| Some((at, r.ok()?.offset))).collect::<BTreeMap<At, i64>>(),
        Err(e) => {
            gaps.push(format!("offsets: {e}"));
            BTreeMap::new()
        }
    };
    let (starts, ends) = (offsets(starts), offsets(ends));
    let sample = |topic: topics::DescribedTopic| {
        let partitions = topic.partitions.iter().map(|p| {
            let at = (topic.name.clone(), p.partition);
            let size = p.leader.and_then(|leader| sizes.get(&(at.0.clone(), at.1, leader)));
            PartitionSample {
                index: p.partition,
                leader: p.leader,
                leader_epoch: p.leader_epoch,
                replicas: p.replicas.clone(),
                isr: p.isr.clone(),
                start: starts.get(&at).copied(),
                end: ends.get(&at).copied(),
                size: size.and_then(|&n| u64::try_from(n).ok()),
            }
        });
        TopicSample {
            internal: topic.internal,
            min_isr: (!topic.configs.is_empty()).then(|| topic.min_isr()),
            partitions: partitions.collect(),
            name: topic.name,
        }
    };
    found.into_iter().map(sample).collect()
}

async fn sample_group(cluster: &Cluster, listed: &groups::ListedGroup) -> crate::ops::Result<GroupSample> {
    let group = groups::describe_one(cluster, &listed.group).await?;
    let offsets = groups::offsets(cluster, &group).await?;
    Ok(GroupSample {
        id: group.group.clone(),
        state: group.state.clone(),
        kind: group.kind.to_lowercase(),
        coordinator: (group.coordinator >= 0).then_some(group.coordinator),
        members: group.members.len(),
        offsets: offsets
            .into_iter()
            .map(|o| GroupOffset {
                client_id: o.member.and_then(|i| group.members.get(i)).map(|m| m.client_id.clone()),
                topic: o.topic,
                partition: o.partition,
                committed: o.committed,
                end: o.end,
                lag_ms: None,
            })
            .collect(),
    })
}
