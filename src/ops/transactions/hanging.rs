//! Transactions that a partition still waits for, and that no coordinator will end.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Described, ListFilter, Producer, describe, describe_producers, list};
use crate::client::{At, ClientError, Cluster, Topics};
use crate::model::ErrorCode;
use crate::ops::Result;

/// A transaction that hangs in a partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hanging {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Who began it, and where.
    #[serde(flatten)]
    pub producer: Producer,
}

/// The partitions of some topics, or of all, that `broker` has a replica of where one is named.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked, or one of the topics is not there.
pub async fn partitions_to_search(cluster: &Cluster, topics: &[String], broker: Option<i32>) -> Result<Vec<At>> {
    let asked = if topics.is_empty() { Topics::All } else { Topics::Named(topics) };
    let described = cluster.metadata(asked).await?;
    let mut found = Vec::new();
    for topic in described.topics.into_values() {
        ClientError::check(topic.error.code(), None, || topic.name.clone())?;
        let held = topic.partitions.iter().filter(|p| broker.is_none_or(|id| p.replicas.contains(&id)));
        found.extend(held.map(|p| (topic.name.clone(), p.index)));
    }
    Ok(found)
}

/// Those of `partitions` in which a transaction is open for longer than `older_than_ms`, though the coordinator of its
/// transactional id does not know the partition as part of it, or nobody knows the producer.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked, or a partition does not tell its producers.
pub async fn find_hanging(
    cluster: &Cluster,
    partitions: &[At],
    broker: Option<i32>,
    older_than_ms: i64,
    now_ms: i64,
) -> Result<Vec<Hanging>> {
    let mut open: BTreeMap<i64, Vec<Hanging>> = BTreeMap::new();
    for ((topic, partition), producers) in describe_producers(cluster, partitions, broker).await? {
        let about = || format!("cannot describe the producers of {topic}-{partition}");
        for producer in producers.map_err(|refusal| refusal.about(about()))? {
            let is_old = now_ms.saturating_sub(producer.last_timestamp_ms) > older_than_ms;
            if producer.transaction_start.is_some() && is_old {
                let candidate = Hanging { topic: topic.clone(), partition, producer };
                open.entry(candidate.producer.producer_id).or_default().push(candidate);
            }
        }
    }
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let filter = ListFilter { producer_ids: open.keys().copied().collect(), ..ListFilter::default() };
    let mut known: BTreeMap<i64, Described> = BTreeMap::new();
    for listed in list(cluster, &filter).await? {
        match describe(cluster, &listed.transactional_id).await {
            Ok(described) => drop(known.insert(listed.producer_id, described)),
            Err(error) if error.code() == Some(ErrorCode::TransactionalIdNotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(open.into_iter().flat_map(|(id, candidates)| unknown_to(known.get(&id), candidates)).collect())
}

/// The candidates that are not in the transaction that their coordinator knows.
fn unknown_to(described: Option<&Described>, mut candidates: Vec<Hanging>) -> Vec<Hanging> {
    let known: &[At] = described.map_or(&[], |d| &d.partitions);
    candidates.retain(|c| !known.iter().any(|(topic, partition)| *topic == c.topic && *partition == c.partition));
    candidates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_coordinator_knows_to_be_open_does_not_hang() {
        let producer = Producer {
            producer_id: 7,
            producer_epoch: 0,
            coordinator_epoch: 0,
            last_sequence: 0,
            last_timestamp_ms: 0,
            transaction_start: Some(3),
        };
        let in_partition = |partition| Hanging { topic: "t".into(), partition, producer: producer.clone() };
        let described = Described {
            transactional_id: "x".into(),
            coordinator: 1,
            producer_id: 7,
            producer_epoch: 0,
            state: "Ongoing".into(),
            timeout_ms: 60_000,
            started_ms: Some(0),
            partitions: vec![("t".into(), 0)],
        };
        let both = || vec![in_partition(0), in_partition(1)];
        assert_eq!(unknown_to(Some(&described), both()), [in_partition(1)]);
        assert_eq!(unknown_to(None, both()), both());
    }
}
