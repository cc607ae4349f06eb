//! One topic, or some, with every partition and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::client::{Cluster, Target, Topics};
use crate::model::{ErrorCode, Uuid};
use crate::ops::configs::{self, ConfigEntry, Resource};
use crate::ops::{Refusal, Result};
use crate::wire::messages::describe_topic_partitions::{
    DescribeTopicPartitionsRequest, DescribeTopicPartitionsRequestCursor, TopicRequest,
};

/// A topic with its partitions and configuration.
#[derive(Clone, Debug, Serialize)]
pub struct DescribedTopic {
    /// The name.
    pub name: String,
    /// The id; zero from brokers older than 2.8.
    #[serde(serialize_with = "as_text")]
    pub id: Uuid,
    /// Whether it is one of the cluster's own.
    pub internal: bool,
    /// By index.
    pub partitions: Vec<DescribedPartition>,
    /// Every setting, in the broker's order; empty when they may not be read.
    pub configs: Vec<ConfigEntry>,
}

fn as_text<S: serde::Serializer>(id: &Uuid, out: S) -> std::result::Result<S::Ok, S::Error> {
    out.collect_str(id)
}

/// One partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DescribedPartition {
    /// Its index.
    pub partition: i32,
    /// The leader's id, if there is a leader.
    pub leader: Option<i32>,
    /// The leader's term.
    pub leader_epoch: i32,
    /// Replicas, the preferred leader first.
    pub replicas: Vec<i32>,
    /// Replicas in sync.
    pub isr: Vec<i32>,
    /// Replicas that may become leader although not in sync (KIP-966); `None` when the broker does not say.
    pub elr: Option<Vec<i32>>,
    /// The last known eligible leader, when all others are gone (KIP-966).
    pub last_known_elr: Option<Vec<i32>>,
    /// Replicas on brokers or disks that are down.
    pub offline: Vec<i32>,
}

/// What may be wrong with a partition, as `kafka-topics --describe` filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartitionProblem {
    /// The ISR is smaller than the replica set.
    UnderReplicated,
    /// No leader, or a leader that is not a live broker.
    Unavailable,
    /// Fewer in sync than `min.insync.replicas`: acks=all is refused.
    UnderMinIsr,
    /// Exactly as many in sync as needed: one more loss stops acks=all.
    AtMinIsr,
}

/// A partition that has one of the problems asked for.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// The topic.
    pub topic: String,
    /// The partition.
    #[serde(flatten)]
    pub partition: DescribedPartition,
    /// `min.insync.replicas` of the topic.
    pub min_isr: usize,
}

impl DescribedPartition {
    /// Whether the partition has the problem, given the topic's `min.insync.replicas` and the brokers that are alive.
    pub fn has(&self, problem: PartitionProblem, min_isr: usize, live: &BTreeSet<i32>) -> bool {
        match problem {
            PartitionProblem::UnderReplicated => self.isr.len() < self.replicas.len(),
            PartitionProblem::Unavailable => self.leader.is_none_or(|leader| !live.contains(&leader)),
            PartitionProblem::UnderMinIsr => self.leader.is_none() || self.isr.len() < min_isr,
            PartitionProblem::AtMinIsr => self.isr.len() == min_isr,
        }
    }
}

impl DescribedTopic {
    /// `min.insync.replicas`, 1 when it is not known.
    pub fn min_isr(&self) -> usize {
        let entry = self.configs.iter().find(|c| c.name == "min.insync.replicas");
        entry.and_then(|c| c.value.as_deref()?.parse().ok()).unwrap_or(1)
    }

    /// Replicas of the first partition.
    pub fn replication_factor(&self) -> usize {
        self.partitions.first().map_or(0, |p| p.replicas.len())
    }

    /// Settings of the topic itself.
    pub fn overrides(&self) -> impl Iterator<Item = &ConfigEntry> {
        self.configs.iter().filter(|c| c.source == configs::Source::Topic)
    }
}

/// Describes topics by name, or all of them, each with its own answer. `page` is the number of partitions asked for at
/// once (`response.partition.limit`, KIP-966).
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked.
pub async fn describe(
    cluster: &Cluster,
    names: Option<&[String]>,
    page: i32,
) -> Result<Vec<(String, Result<DescribedTopic, Refusal>)>> {
    let all;
    let names = match names {
        Some(names) => names,
        None => {
            all = cluster.metadata(Topics::All).await?.topics.into_keys().collect::<Vec<_>>();
            &all
        }
    };
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let connection = cluster.connection(Target::Any).await?;
    let mut topics = match connection.version_of::<DescribeTopicPartitionsRequest>() {
        Ok(_) => by_pages(cluster, names, page).await?,
        Err(_) => by_metadata(cluster, names).await?,
    };
    let found: Vec<Resource> = topics.iter().filter(|(_, t)| t.is_ok()).map(|(n, _)| Resource::topic(n)).collect();
    // Who may describe a topic may lack the right to read its settings: the partitions are shown in any case.
    if let Ok(mut settings) = configs::describe(cluster, &found, false).await {
        for (name, topic) in &mut topics {
            let at = settings.iter().position(|s| s.resource.name == *name);
            if let (Ok(topic), Some(at)) = (topic, at) {
                topic.configs = settings.swap_remove(at).result.unwrap_or_default();
            }
        }
    }
    Ok(topics.into_iter().collect())
}

type Found = BTreeMap<String, Result<DescribedTopic, Refusal>>;

async fn by_pages(cluster: &Cluster, names: &[String], page: i32) -> Result<Found> {
    let mut found = Found::new();
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort();
    let mut cursor: Option<DescribeTopicPartitionsRequestCursor> = None;
    loop {
        let from = cursor.as_ref().map(|c| c.topic_name.clone());
        let rest = sorted.iter().filter(|name| from.as_ref().is_none_or(|from| *name >= &from));
        let request = DescribeTopicPartitionsRequest {
            topics: rest.map(|name| TopicRequest { name: (*name).clone() }).collect(),
            response_partition_limit: page,
            cursor: cursor.clone(),
        };
        let response = cluster.request(Target::Any, &request).await?;
        for t in response.topics {
            let name = t.name.unwrap_or_default();
            if let Err(refusal) = Refusal::check(t.error_code, None) {
                found.insert(name, Err(refusal));
                continue;
            }
            let partitions = t.partitions.into_iter().map(|p| DescribedPartition {
                partition: p.partition_index,
                leader: (p.leader_id >= 0).then_some(p.leader_id),
                leader_epoch: p.leader_epoch,
                replicas: p.replica_nodes,
                isr: p.isr_nodes,
                elr: p.eligible_leader_replicas,
                last_known_elr: p.last_known_elr,
                offline: p.offline_replicas,
            });
            // A topic may go on where the last page of it ended.
            let topic = found.entry(name.clone()).or_insert_with(|| {
                Ok(DescribedTopic {
                    name,
                    id: t.topic_id,
                    internal: t.is_internal,
                    partitions: Vec::new(),
                    configs: Vec::new(),
                })
            });
            if let Ok(topic) = topic {
                topic.partitions.extend(partitions);
                topic.partitions.sort_by_key(|p| p.partition);
                topic.partitions.dedup_by_key(|p| p.partition);
            }
        }
        let next = response.next_cursor.map(|c| DescribeTopicPartitionsRequestCursor {
            topic_name: c.topic_name,
            partition_index: c.partition_index,
        });
        if next.is_none() || next == cursor {
            return Ok(found);
        }
        cursor = next;
    }
}

async fn by_metadata(cluster: &Cluster, names: &[String]) -> Result<Found> {
    let metadata = cluster.metadata(Topics::Named(names)).await?;
    let topics = metadata.topics.into_iter().map(|(name, t)| {
        if t.error != ErrorCode::None {
            return (name, Err(Refusal { code: t.error, message: None }));
        }
        let partitions = t.partitions.into_iter().map(|p| DescribedPartition {
            partition: p.index,
            leader: (p.leader >= 0).then_some(p.leader),
            leader_epoch: p.leader_epoch,
            replicas: p.replicas,
            isr: p.isr,
            elr: None,
            last_known_elr: None,
            offline: p.offline,
        });
        let topic = DescribedTopic {
            name: t.name,
            id: t.id,
            internal: t.internal,
            partitions: partitions.collect(),
            configs: Vec::new(),
        };
        (name, Ok(topic))
    });
    Ok(topics.collect())
}

/// The partitions of these topics that have any of the problems.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked.
pub async fn problems(
    cluster: &Cluster,
    topics: &[DescribedTopic],
    wanted: &[PartitionProblem],
) -> Result<Vec<Problem>> {
    let live: BTreeSet<i32> = cluster.metadata(Topics::None).await?.brokers.into_keys().collect();
    let mut found = Vec::new();
    for topic in topics {
        let min_isr = topic.min_isr();
        let bad = topic.partitions.iter().filter(|p| wanted.iter().any(|&problem| p.has(problem, min_isr, &live)));
        found.extend(bad.map(|p| Problem { topic: topic.name.clone(), partition: p.clone(), min_isr }));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(leader: Option<i32>, replicas: &[i32], isr: &[i32]) -> DescribedPartition {
        DescribedPartition { leader, replicas: replicas.into(), isr: isr.into(), ..Default::default() }
    }

    #[test]
    fn problems_follow_kafkas_four_filters() {
        let live = BTreeSet::from([1, 2]);
        let healthy = partition(Some(1), &[1, 2, 3], &[1, 2, 3]);
        let shrunk = partition(Some(1), &[1, 2, 3], &[1, 2]);
        let low = partition(Some(1), &[1, 2, 3], &[1]);
        let leaderless = partition(None, &[1, 2, 3], &[]);
        let dead_leader = partition(Some(9), &[9], &[9]);
        let has = |p: &DescribedPartition, problem| p.has(problem, 2, &live);
        use PartitionProblem::{AtMinIsr, Unavailable, UnderMinIsr, UnderReplicated};
        assert!([UnderReplicated, Unavailable, UnderMinIsr, AtMinIsr].iter().all(|&p| !has(&healthy, p)));
        assert!(has(&shrunk, UnderReplicated) && has(&shrunk, AtMinIsr) && !has(&shrunk, UnderMinIsr));
        assert!(has(&low, UnderMinIsr) && !has(&low, AtMinIsr));
        assert!(has(&leaderless, Unavailable) && has(&leaderless, UnderMinIsr));
        assert!(has(&dead_leader, Unavailable));
    }
}
