//! Asking the controller to elect leaders: the preferred replica, or any that is left.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::client::{ClientError, Cluster, Target};
use crate::model::ErrorCode;
use crate::ops::{Refusal, Result};
use crate::wire::messages::elect_leaders::{ElectLeadersRequest, TopicPartitions};

/// Who may become leader (`ElectionType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ElectionType {
    /// The first replica of the list, if it is in sync.
    Preferred = 0,
    /// Any replica that is alive, where no replica in sync is left: records may be lost.
    Unclean = 1,
}

/// What became of one partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Election {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Whether it has a new leader, needs none, or gets none.
    #[serde(flatten)]
    pub outcome: ElectionOutcome,
}

/// How an election ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "refusal")]
pub enum ElectionOutcome {
    /// There is another leader now.
    Elected,
    /// The leader is the right one already.
    NotNeeded,
    /// No election.
    Refused(Refusal),
}

/// Elects leaders of `partitions`, or of all that need one.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked, or refuses altogether.
pub async fn elect(
    cluster: &Cluster,
    kind: ElectionType,
    partitions: Option<&[(String, i32)]>,
) -> Result<Vec<Election>> {
    let by_topic = partitions.map(|list| {
        let mut topics: BTreeMap<&String, Vec<i32>> = BTreeMap::new();
        for (topic, partition) in list {
            topics.entry(topic).or_default().push(*partition);
        }
        let topic = |(topic, partitions): (&String, Vec<i32>)| TopicPartitions { topic: topic.clone(), partitions };
        topics.into_iter().map(topic).collect()
    });
    let request = ElectLeadersRequest {
        election_type: kind as i8,
        topic_partitions: by_topic,
        timeout_ms: i32::try_from(cluster.config().request_timeout.as_millis()).unwrap_or(i32::MAX),
    };
    let answer = cluster.request(Target::Controller, &request).await?;
    ClientError::check(answer.error_code, None, || "cannot elect leaders".to_owned())?;
    let results = answer.replica_election_results.into_iter().flat_map(|topic| {
        let name = topic.topic;
        topic.partition_result.into_iter().map(move |p| (name.clone(), p))
    });
    let election = |(topic, p): (String, crate::wire::messages::elect_leaders::PartitionResult)| Election {
        topic,
        partition: p.partition_id,
        outcome: match Refusal::check(p.error_code, p.error_message) {
            Ok(()) => ElectionOutcome::Elected,
            Err(refusal) if refusal.code == ErrorCode::ElectionNotNeeded => ElectionOutcome::NotNeeded,
            Err(refusal) => ElectionOutcome::Refused(refusal),
        },
    };
    Ok(results.map(election).collect())
}
