//! Topics, their partitions and replicas.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::AdminState;
use super::cluster::{ClusterPath, broker_place, enter, own};
use super::error::{Answer, ErrorBody, Problem};
use super::resource::{Base, Collection, Place, Relationship, Resource};
use crate::client::{ClientError, Metadata, Partition, Topic, Topics};
use crate::ops::topics::{self, NewTopic};

/// The topic of a path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct TopicPath {
    /// The cluster's id.
    pub cluster_id: String,
    /// The topic's name.
    pub topic_name: String,
}

/// The partition of a path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct PartitionPath {
    /// The cluster's id.
    cluster_id: String,
    /// The topic's name.
    topic_name: String,
    /// The partition's index.
    partition_id: i32,
}

/// A topic.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TopicData {
    cluster_id: String,
    topic_name: String,
    /// Whether it is one of Kafka's own.
    is_internal: bool,
    replication_factor: usize,
    partitions_count: usize,
    partitions: Relationship,
    configs: Relationship,
}

/// A partition.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PartitionData {
    cluster_id: String,
    topic_name: String,
    partition_id: i32,
    /// The replica that leads; null while there is none.
    leader: Option<Relationship>,
    replicas: Relationship,
}

/// A replica.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReplicaData {
    cluster_id: String,
    topic_name: String,
    partition_id: i32,
    broker_id: i32,
    is_leader: bool,
    is_in_sync: bool,
    broker: Relationship,
}

/// A topic to create.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct CreateTopicRequest {
    topic_name: String,
    /// The cluster's `num.partitions` when left out.
    #[serde(default)]
    partitions_count: Option<i32>,
    /// The cluster's `default.replication.factor` when left out.
    #[serde(default)]
    replication_factor: Option<i16>,
    /// Brokers of each partition, by its index, instead of the two counts.
    #[serde(default)]
    replicas_assignments: BTreeMap<i32, Vec<i32>>,
    /// Settings of the topic.
    #[serde(default)]
    configs: Vec<CreateTopicConfig>,
    /// Only ask whether it could be created.
    #[serde(default)]
    validate_only: bool,
}

/// A setting of a topic to create.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct CreateTopicConfig {
    name: String,
    /// Null leaves the setting at its default.
    #[serde(default)]
    value: Option<String>,
}

/// The place of a topic.
pub(super) fn topic_place(cluster: &Place, name: &str) -> Place {
    cluster.child("topics", "topic", name)
}

/// The place of a partition.
pub(super) fn partition_place(cluster: &Place, topic: &str, index: i32) -> Place {
    topic_place(cluster, topic).child("partitions", "partition", &index.to_string())
}

fn replica_place(partition: &Place, broker: i32) -> Place {
    partition.child("replicas", "replica", &broker.to_string())
}

fn topic_resource(cluster: &Place, cluster_id: &str, topic: &Topic) -> Resource<TopicData> {
    let replication_factor = topic.partitions.first().map_or(0, |p| p.replicas.len());
    new_topic_resource(cluster, cluster_id, &topic.name, topic.internal, topic.partitions.len(), replication_factor)
}

fn new_topic_resource(
    cluster: &Place,
    cluster_id: &str,
    name: &str,
    is_internal: bool,
    partitions_count: usize,
    replication_factor: usize,
) -> Resource<TopicData> {
    let place = topic_place(cluster, name);
    let data = TopicData {
        cluster_id: cluster_id.to_owned(),
        topic_name: name.to_owned(),
        is_internal,
        replication_factor,
        partitions_count,
        partitions: place.below("partitions"),
        configs: place.below("configs"),
    };
    Resource::new("KafkaTopic", &place, data)
}

fn partition_resource(cluster: &Place, cluster_id: &str, topic: &Topic, p: &Partition) -> Resource<PartitionData> {
    let place = partition_place(cluster, &topic.name, p.index);
    let data = PartitionData {
        cluster_id: cluster_id.to_owned(),
        topic_name: topic.name.clone(),
        partition_id: p.index,
        leader: (p.leader >= 0).then(|| replica_place(&place, p.leader).related()),
        replicas: place.below("replicas"),
    };
    Resource::new("KafkaPartition", &place, data)
}

/// The topic of an answer that was asked for it alone.
fn only_topic(metadata: Metadata, name: &str) -> Answer<Topic> {
    let missing = || Problem::new(StatusCode::NOT_FOUND, 40403, format!("Topic {name} cannot be found."));
    match metadata.topics.into_values().find(|t| t.name == name) {
        Some(topic) if topic.error.is_ok() => Ok(topic),
        Some(topic) if topic.error == crate::model::ErrorCode::UnknownTopicOrPartition => Err(missing()),
        Some(topic) => Err(ClientError::refused(name, topic.error, None).into()),
        None => Err(missing()),
    }
}

fn only_partition(topic: &Topic, index: i32) -> Answer<&Partition> {
    let found = topic.partitions.iter().find(|p| p.index == index);
    let words = || format!("Partition {index} of topic {} cannot be found.", topic.name);
    found.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, 40402, words()))
}

async fn topic_of(state: &AdminState, base: &Base, cluster_id: &str, name: &str) -> Answer<(Place, Topic)> {
    let names = [name.to_owned()];
    let (cluster, metadata) = enter(state, base, cluster_id, Topics::Named(&names)).await?;
    Ok((cluster, only_topic(metadata, name)?))
}

/// Every topic, Kafka's own among them.
#[utoipa::path(get, path = "/v3/clusters/{cluster_id}/topics", tag = "Topic", params(ClusterPath),
    responses((status = 200, body = Collection<TopicData>), (status = 404, body = ErrorBody)))]
pub(super) async fn list_topics(
    State(state): State<AdminState>,
    base: Base,
    path: Result<Path<ClusterPath>, PathRejection>,
) -> Answer<Json<Collection<TopicData>>> {
    let Path(path) = path?;
    let (cluster, metadata) = enter(&state, &base, own(&path), Topics::All).await?;
    let topics = metadata.topics.values().map(|t| topic_resource(&cluster, own(&path), t)).collect();
    Ok(Json(Collection::new("KafkaTopicList", &cluster.only("topics"), topics)))
}

/// Creates a topic; with `validate_only` says whether it could be.
#[utoipa::path(post, path = "/v3/clusters/{cluster_id}/topics", tag = "Topic", params(ClusterPath),
    request_body = CreateTopicRequest,
    responses((status = 201, body = Resource<TopicData>), (status = 200, body = Resource<TopicData>),
        (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(super) async fn create_topic(
    State(state): State<AdminState>,
    base: Base,
    path: Result<Path<ClusterPath>, PathRejection>,
    body: Result<Json<CreateTopicRequest>, JsonRejection>,
) -> Answer<impl IntoResponse> {
    let (Path(path), Json(body)) = (path?, body?);
    let (cluster, _) = enter(&state, &base, own(&path), Topics::None).await?;
    let validate_only = body.validate_only;
    let wanted = body.into_topic()?;
    let outcomes = topics::create(&state.cluster, std::slice::from_ref(&wanted), validate_only).await?;
    let outcome = outcomes.into_iter().next();
    let created = outcome.ok_or_else(|| Problem::bad_request("the controller did not say what became of it"))?.result;
    let created = created.map_err(|refusal| Problem::from(refusal.about(format!("cannot create {}", wanted.name))))?;
    let count = |said: i64, asked: Option<usize>| usize::try_from(said).ok().or(asked).unwrap_or(0);
    let partitions = count(created.partitions.into(), Some(wanted.assignment.len()));
    let replicas = count(created.replication_factor.into(), wanted.assignment.first().map(Vec::len));
    let topic = new_topic_resource(&cluster, own(&path), &wanted.name, false, partitions, replicas);
    let status = if validate_only { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, [(LOCATION, topic.link().to_owned())], Json(topic)))
}

impl CreateTopicRequest {
    fn into_topic(self) -> Answer<NewTopic> {
        let counted = self.partitions_count.is_some() || self.replication_factor.is_some();
        if counted && !self.replicas_assignments.is_empty() {
            let words = "give partitions_count and replication_factor, or replicas_assignments, not both";
            return Err(Problem::bad_request(words));
        }
        if let Some(gap) = (0..).zip(self.replicas_assignments.keys()).find(|(i, index)| i != *index) {
            return Err(Problem::bad_request(format!("replicas_assignments has no partition {}", gap.0)));
        }
        Ok(NewTopic {
            name: self.topic_name,
            partitions: self.partitions_count,
            replication_factor: self.replication_factor,
            assignment: self.replicas_assignments.into_values().collect(),
            configs: self.configs.into_iter().filter_map(|c| Some((c.name, c.value?))).collect(),
        })
    }
}

/// A topic by its name.
#[utoipa::path(get, path = "/v3/clusters/{cluster_id}/topics/{topic_name}", tag = "Topic", params(TopicPath),
    responses((status = 200, body = Resource<TopicData>), (status = 404, body = ErrorBody)))]
pub(super) async fn get_topic(
    State(state): State<AdminState>,
    base: Base,
    path: Result<Path<TopicPath>, PathRejection>,
) -> Answer<Json<Resource<TopicData>>> {
    let Path(path) = path?;
    let (cluster, topic) = topic_of(&state, &base, &path.cluster_id, &path.topic_name).await?;
    Ok(Json(topic_resource(&cluster, &path.cluster_id, &topic)))
}

/// Deletes a topic and its records.
#[utoipa::path(delete, path = "/v3/clusters/{cluster_id}/topics/{topic_name}", tag = "Topic", params(TopicPath),
    responses((status = 204, description = "It is deleted."), (status = 404, body = ErrorBody)))]
pub(super) async fn delete_topic(
    State(state): State<AdminState>,
    base: Base,
    path: Result<Path<TopicPath>, PathRejection>,
) -> Answer<StatusCode> {
    let Path(path) = path?;
    enter(&state, &base, &path.cluster_id, Topics::None).await?;
    for outcome in topics::delete(&state.cluster, std::slice::from_ref(&path.topic_name)).await? {
        outcome.result.map_err(|refusal| Problem::from(refusal.about(format!("cannot delete {}", path.topic_name))))?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The partitions of a topic.
#[utoipa::path(get, path = "/v3/clusters/{cluster_id}/topics/{topic_name}/partitions", tag = "Partition",
    params(TopicPath),
    responses((status = 200, body = Collection<PartitionData>), (status = 404, body = ErrorBody)))]
pub(super) async fn list_partitions(
    State(state): State<AdminState>,
    base: Base,
    path: Result<Path<TopicPath>, PathRejection>,
) -> Answer<Json<Collection<PartitionData>>> {
    let Path(path) = path?;
    let (cluster, topic) = topic_of(&state, &base, &path.cluster_id, &path.topic_name).await?;
    let partitions = topic.partitions.iter().map(|p| partition_resource(&cluster, &path.cluster_id, &topic, p));
    let place = topic_place(&cluster, &topic.name).only("partitions");
    Ok(Json(Collection::new("KafkaPartitionList", &place, partitions.collect())))
}

/// A partition by its index.
#[utoipa::path(get, path = "/v3/clusters/{cluster_id}/topics/{topic_name}/partitions/{partition_id}",
    tag = "Partition", params(PartitionPath),
    responses((status = 200, body = Resource<PartitionData>), (status = 404, body = ErrorBody)))]
pub(super) async fn get_partition(
    State(state): State<AdminState>,
    base: Base,
    path: Result<Path<PartitionPath>, PathRejection>,
) -> Answer<Json<Resource<PartitionData>>> {
    let Path(path) = path?;
    let (cluster, topic) = topic_of(&state, &base, &path.cluster_id, &path.topic_name).await?;
    let partition = only_partition(&topic, path.partition_id)?;
    Ok(Json(partition_resource(&cluster, &path.cluster_id, &topic, partition)))
}

/// The replicas of a partition, the preferred leader first.
#[utoipa::path(get, path = "/v3/clusters/{cluster_id}/topics/{topic_name}/partitions/{partition_id}/replicas",
    tag = "Partition", params(PartitionPath),
    responses((status = 200, body = Collection<ReplicaData>), (status = 404, body = ErrorBody)))]
pub(super) async fn list_replicas(
    State(state): State<AdminState>,
    base: Base,
    path: Result<Path<PartitionPath>, PathRejection>,
) -> Answer<Json<Collection<ReplicaData>>> {
    let Path(path) = path?;
    let (cluster, topic) = topic_of(&state, &base, &path.cluster_id, &path.topic_name).await?;
    let partition = only_partition(&topic, path.partition_id)?;
    let place = partition_place(&cluster, &topic.name, partition.index);
    let replica = |&broker_id: &i32| {
        let data = ReplicaData {
            cluster_id: path.cluster_id.clone(),
            topic_name: topic.name.clone(),
            partition_id: partition.index,
            broker_id,
            is_leader: broker_id == partition.leader,
            is_in_sync: partition.isr.contains(&broker_id),
            broker: broker_place(&cluster, broker_id).related(),
        };
        Resource::new("KafkaReplica", &replica_place(&place, broker_id), data)
    };
    let replicas = partition.replicas.iter().map(replica).collect();
    Ok(Json(Collection::new("KafkaReplicaList", &place.only("replicas"), replicas)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(json: &str) -> Answer<NewTopic> {
        serde_json::from_str::<CreateTopicRequest>(json).unwrap().into_topic()
    }

    #[test]
    fn counts_left_out_are_the_clusters_defaults() {
        let topic =
            wanted(r#"{"topic_name":"t","configs":[{"name":"retention.ms","value":"1"},{"name":"x"}]}"#).unwrap();
        assert_eq!((topic.partitions, topic.replication_factor), (None, None));
        assert_eq!(topic.configs, [("retention.ms".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn assignments_are_by_index_without_gaps_and_exclude_counts() {
        let topic = wanted(r#"{"topic_name":"t","replicas_assignments":{"1":[2,1],"0":[1,2]}}"#).unwrap();
        assert_eq!(topic.assignment, [[1, 2], [2, 1]]);
        let gap = wanted(r#"{"topic_name":"t","replicas_assignments":{"0":[1],"2":[1]}}"#).unwrap_err();
        assert_eq!(gap, Problem::bad_request("replicas_assignments has no partition 1"));
        let both = wanted(r#"{"topic_name":"t","partitions_count":1,"replicas_assignments":{"0":[1]}}"#);
        assert_eq!(both.unwrap_err().status(), StatusCode::BAD_REQUEST);
    }
}
