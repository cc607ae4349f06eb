//! Creating topics, adding partitions, deleting.

use serde::Serialize;

use crate::client::{Cluster, Target};
use crate::ops::{Outcome, Refusal, Result};
use crate::wire::messages::create_partitions::{
    CreatePartitionsAssignment, CreatePartitionsRequest, CreatePartitionsTopic,
};
use crate::wire::messages::create_topics::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig, CreateTopicsRequest,
};
use crate::wire::messages::delete_topics::{DeleteTopicState, DeleteTopicsRequest};

/// A topic to create.
#[derive(Clone, Debug, Default)]
pub struct NewTopic {
    /// The name.
    pub name: String,
    /// Number of partitions; `None` for the cluster's default.
    pub partitions: Option<i32>,
    /// Replicas of each; `None` for the cluster's default.
    pub replication_factor: Option<i16>,
    /// Brokers of each partition, instead of the two above.
    pub assignment: Vec<Vec<i32>>,
    /// Settings.
    pub configs: Vec<(String, String)>,
}

/// A topic as it was created.
#[derive(Clone, Debug, Serialize)]
pub struct CreatedTopic {
    /// Its id, in Kafka's base64.
    pub id: String,
    /// Number of partitions; -1 from brokers that do not say.
    pub partitions: i32,
    /// Replicas of each; -1 from brokers that do not say.
    pub replication_factor: i16,
}

/// Creates topics, or with `validate_only` asks whether they could be.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked; refusals stand with each topic.
pub async fn create(cluster: &Cluster, topics: &[NewTopic], validate_only: bool) -> Result<Vec<Outcome<CreatedTopic>>> {
    let creatable = |t: &NewTopic| CreatableTopic {
        name: t.name.clone(),
        num_partitions: if t.assignment.is_empty() { t.partitions.unwrap_or(-1) } else { -1 },
        replication_factor: if t.assignment.is_empty() { t.replication_factor.unwrap_or(-1) } else { -1 },
        assignments: (0..)
            .zip(&t.assignment)
            .map(|(partition_index, ids)| CreatableReplicaAssignment { partition_index, broker_ids: ids.clone() })
            .collect(),
        configs: t
            .configs
            .iter()
            .map(|(name, value)| CreatableTopicConfig { name: name.clone(), value: Some(value.clone()) })
            .collect(),
    };
    let request = CreateTopicsRequest {
        topics: topics.iter().map(creatable).collect(),
        timeout_ms: timeout_ms(cluster),
        validate_only,
    };
    let response = cluster.request(Target::Controller, &request).await?;
    let outcome = |t: crate::wire::messages::create_topics::CreatableTopicResult| Outcome {
        result: Refusal::check(t.error_code, t.error_message).map(|()| CreatedTopic {
            id: t.topic_id.to_string(),
            partitions: t.num_partitions,
            replication_factor: t.replication_factor,
        }),
        name: t.name,
    };
    Ok(response.topics.into_iter().map(outcome).collect())
}

/// A topic that shall have more partitions.
#[derive(Clone, Debug, Default)]
pub struct NewPartitions {
    /// The topic.
    pub topic: String,
    /// How many it shall have in all.
    pub count: i32,
    /// Brokers of each new partition; empty to leave it to the controller.
    pub assignment: Vec<Vec<i32>>,
}

/// Adds partitions to topics, or with `validate_only` asks whether they could be added.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked; refusals stand with each topic.
pub async fn create_partitions(
    cluster: &Cluster,
    topics: &[NewPartitions],
    validate_only: bool,
) -> Result<Vec<Outcome>> {
    let topic = |t: &NewPartitions| CreatePartitionsTopic {
        name: t.topic.clone(),
        count: t.count,
        assignments: (!t.assignment.is_empty())
            .then(|| t.assignment.iter().map(|ids| CreatePartitionsAssignment { broker_ids: ids.clone() }).collect()),
    };
    let request = CreatePartitionsRequest {
        topics: topics.iter().map(topic).collect(),
        timeout_ms: timeout_ms(cluster),
        validate_only,
    };
    let response = cluster.request(Target::Controller, &request).await?;
    let results = response.results.into_iter();
    Ok(results.map(|t| Outcome { name: t.name, result: Refusal::check(t.error_code, t.error_message) }).collect())
}

/// Deletes topics and their records.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked; refusals stand with each topic.
pub async fn delete(cluster: &Cluster, names: &[String]) -> Result<Vec<Outcome>> {
    let connection = cluster.connection(Target::Controller).await?;
    let mut request = DeleteTopicsRequest { timeout_ms: timeout_ms(cluster), ..Default::default() };
    if connection.version_of::<DeleteTopicsRequest>()? >= 6 {
        let state = |name: &String| DeleteTopicState { name: Some(name.clone()), ..Default::default() };
        request.topics = names.iter().map(state).collect();
    } else {
        request.topic_names = names.to_vec();
    }
    let response = cluster.request(Target::Controller, &request).await?;
    let outcome = |t: crate::wire::messages::delete_topics::DeletableTopicResult| Outcome {
        name: t.name.unwrap_or_default(),
        result: Refusal::check(t.error_code, t.error_message),
    };
    Ok(response.responses.into_iter().map(outcome).collect())
}

fn timeout_ms(cluster: &Cluster) -> i32 {
    i32::try_from(cluster.config().request_timeout.as_millis()).unwrap_or(i32::MAX)
}
