//! All topics at a glance.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::client::{Cluster, Isolation, Metadata, OffsetAt, Target, Topics};
use crate::ops::Result;
use crate::wire::messages::describe_log_dirs::DescribeLogDirsRequest;

/// A topic in a list.
#[derive(Clone, Debug, Serialize)]
pub struct ListedTopic {
    /// The name.
    pub name: String,
    /// The id in Kafka's base64; `None` from brokers that have none.
    pub id: Option<String>,
    /// Whether it is one of the cluster's own.
    pub internal: bool,
    /// Number of partitions.
    pub partitions: usize,
    /// Replicas of the first partition.
    pub replication_factor: usize,
    /// Partitions whose ISR is smaller than their replica set.
    pub under_replicated: usize,
    /// Partitions without leader.
    pub offline: usize,
    /// What takes more requests to know.
    #[serde(flatten)]
    pub detail: TopicDetail,
}

/// Facts about a topic that need more than Metadata; `None` where they were not asked for or not to be had.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TopicDetail {
    /// Bytes on the leaders' disks.
    pub bytes: Option<i64>,
    /// Sum of log end offset minus log start offset.
    pub records: Option<i64>,
    /// Largest timestamp of a record, in milliseconds.
    pub last_record_ms: Option<i64>,
}

/// Lists topics by name. With `detail`, asks brokers for sizes and leaders for their ends.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked; missing details are not errors.
pub async fn list(cluster: &Cluster, include_internal: bool, detail: bool) -> Result<Vec<ListedTopic>> {
    let metadata = cluster.metadata(Topics::All).await?;
    let mut details = if detail { details(cluster, &metadata).await? } else { BTreeMap::new() };
    let shown = metadata.topics.into_values().filter(|t| include_internal || !t.internal);
    let listed = shown.map(|t| ListedTopic {
        id: (!t.id.is_zero()).then(|| t.id.to_string()),
        internal: t.internal,
        partitions: t.partitions.len(),
        replication_factor: t.partitions.first().map_or(0, |p| p.replicas.len()),
        under_replicated: t.partitions.iter().filter(|p| p.isr.len() < p.replicas.len()).count(),
        offline: t.partitions.iter().filter(|p| p.leader < 0).count(),
        detail: details.remove(&t.name).unwrap_or_default(),
        name: t.name,
    });
    Ok(listed.collect())
}

async fn details(cluster: &Cluster, metadata: &Metadata) -> Result<BTreeMap<String, TopicDetail>> {
    let at = |offset| {
        let all = metadata.topics.values().flat_map(|t| t.partitions.iter().map(|p| (t.name.clone(), p.index)));
        cluster.list_offsets(all.map(|at| (at, offset)).collect::<Vec<_>>(), Isolation::ReadUncommitted)
    };
    let (sizes, starts, ends, newest) = tokio::join!(
        sizes(cluster, metadata),
        at(OffsetAt::Earliest),
        at(OffsetAt::Latest),
        at(OffsetAt::MaxTimestamp)
    );
    let (starts, ends, newest) = (starts?, ends?, newest?);
    let mut details: BTreeMap<String, TopicDetail> = BTreeMap::new();
    for ((topic, _, _), bytes) in sizes.iter().filter(|((t, p, broker), _)| cluster.leader(t, *p) == Some(*broker)) {
        *details.entry(topic.clone()).or_default().bytes.get_or_insert(0) += bytes;
    }
    for (at, end) in &ends {
        if let (Ok(end), Some(Ok(start))) = (end, starts.get(at)) {
            *details.entry(at.0.clone()).or_default().records.get_or_insert(0) += end.offset - start.offset;
        }
    }
    for ((topic, _), found) in newest {
        if let Some(found) = found.ok().filter(|found| found.timestamp >= 0) {
            let last = &mut details.entry(topic).or_default().last_record_ms;
            *last = (*last).max(Some(found.timestamp));
        }
    }
    Ok(details)
}

/// Bytes of each replica, by topic, partition and broker; brokers that do not answer are left out.
pub async fn sizes(cluster: &Cluster, metadata: &Metadata) -> BTreeMap<(String, i32, i32), i64> {
    let mut asked = tokio::task::JoinSet::new();
    for &broker in metadata.brokers.keys() {
        let cluster = cluster.clone();
        asked.spawn(async move {
            let request = DescribeLogDirsRequest { topics: None };
            (broker, cluster.request(Target::Broker(broker), &request).await)
        });
    }
    let mut sizes = BTreeMap::new();
    while let Some(done) = asked.join_next().await {
        let Ok((broker, Ok(response))) = done else { continue };
        for topic in response.results.into_iter().flat_map(|dir| dir.topics) {
            for p in topic.partitions.iter().filter(|p| !p.is_future_key) {
                sizes.insert((topic.name.clone(), p.partition_index, broker), p.partition_size);
            }
        }
    }
    sizes
}
