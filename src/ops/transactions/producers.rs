//! The producers that a partition remembers.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::client::{At, Cluster, Target};
use crate::model::ErrorCode;
use crate::ops::{Refusal, Result};
use crate::wire::messages::describe_producers::{DescribeProducersRequest, DescribeProducersResponse, TopicRequest};

/// A producer as a partition remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Producer {
    /// Its id.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i32,
    /// Epoch of the coordinator that last wrote a marker; -1 before the first.
    pub coordinator_epoch: i32,
    /// Sequence of the last record; -1 for none.
    pub last_sequence: i32,
    /// Time of the last record in milliseconds since 1970; -1 for none.
    pub last_timestamp_ms: i64,
    /// Where its open transaction begins.
    pub transaction_start: Option<i64>,
}

/// The producers of a partition, or why they are not told.
pub type ProducersOf = Result<Vec<Producer>, Refusal>;

/// Asks the leaders of partitions, or one broker, for the producers they remember.
///
/// # Errors
/// [`crate::ops::OpsError`] when a broker cannot be asked; refusals stand with each partition.
pub async fn describe_producers(
    cluster: &Cluster,
    partitions: &[At],
    broker: Option<i32>,
) -> Result<BTreeMap<At, ProducersOf>> {
    let mut found = BTreeMap::new();
    let by_broker: BTreeMap<i32, Vec<At>> = match broker {
        Some(id) => BTreeMap::from([(id, partitions.to_vec())]),
        None => {
            let mut topics: Vec<String> = partitions.iter().map(|(topic, _)| topic.clone()).collect();
            topics.dedup();
            cluster.refresh_leaders(&topics).await?;
            let (led, leaderless) = cluster.by_leader(partitions.iter().cloned(), |at| (&at.0, at.1));
            for at in leaderless {
                let code = match cluster.topic(&at.0, false).await {
                    Ok(topic) if topic.partitions.iter().any(|p| p.index == at.1) => ErrorCode::LeaderNotAvailable,
                    _ => ErrorCode::UnknownTopicOrPartition,
                };
                found.insert(at, Err(Refusal { code, message: None }));
            }
            led
        }
    };
    for (id, partitions) in by_broker {
        let mut topics: BTreeMap<String, Vec<i32>> = BTreeMap::new();
        for (topic, partition) in partitions {
            topics.entry(topic).or_default().push(partition);
        }
        let topic = |(name, partition_indexes)| TopicRequest { name, partition_indexes };
        let request = DescribeProducersRequest { topics: topics.into_iter().map(topic).collect() };
        found.extend(read(cluster.request(Target::Broker(id), &request).await?));
    }
    Ok(found)
}

fn read(answer: DescribeProducersResponse) -> impl Iterator<Item = (At, ProducersOf)> {
    answer.topics.into_iter().flat_map(|t| {
        t.partitions.into_iter().map(move |p| {
            let producers = p.active_producers.into_iter().map(|s| Producer {
                producer_id: s.producer_id,
                producer_epoch: s.producer_epoch,
                coordinator_epoch: s.coordinator_epoch,
                last_sequence: s.last_sequence,
                last_timestamp_ms: s.last_timestamp,
                transaction_start: (s.current_txn_start_offset >= 0).then_some(s.current_txn_start_offset),
            });
            let result = Refusal::check(p.error_code, p.error_message).map(|()| producers.collect());
            ((t.name.clone(), p.partition_index), result)
        })
    })
}
