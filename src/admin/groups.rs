//! Consumer groups, their members and their lag.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::AdminState;
use super::cluster::{ClusterPath, broker_place, enter, own};
use super::error::{Answer, ErrorBody, Problem};
use super::resource::{Base, Collection, Place, Relationship, Resource};
use super::topics::partition_place;
use crate::client::Topics;
use crate::ops::groups::{self, DescribedGroup, Member, PartitionLag};

/// The group of a path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct GroupPath {
    /// The cluster's id.
    cluster_id: String,
    /// The `group.id`.
    consumer_group_id: String,
}

/// A consumer group.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConsumerGroupData {
    cluster_id: String,
    consumer_group_id: String,
    /// Whether it only holds offsets: its consumers assign partitions to themselves.
    is_simple: bool,
    partition_assignor: String,
    /// `STABLE`, `EMPTY`, `PREPARING_REBALANCE`, …
    state: String,
    /// `CLASSIC`, `CONSUMER` (KIP-848), …
    #[serde(rename = "type")]
    kind: String,
    coordinator: Relationship,
    consumers: Relationship,
    lag_summary: Relationship,
}

/// A member of a group.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConsumerData {
    cluster_id: String,
    consumer_group_id: String,
    consumer_id: String,
    /// `group.instance.id`.
    instance_id: Option<String>,
    client_id: String,
}

/// A group's lag on one partition.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConsumerLagData {
    cluster_id: String,
    consumer_group_id: String,
    topic_name: String,
    partition_id: i32,
    /// The next offset to read, as committed.
    current_offset: i64,
    log_end_offset: i64,
    /// Records not read yet.
    lag: i64,
    /// The member that has the partition; empty when nobody has.
    consumer_id: String,
    instance_id: Option<String>,
    client_id: String,
}

/// A group's lag in all.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LagSummaryData {
    cluster_id: String,
    consumer_group_id: String,
    /// The member with the partition that lags most; empty when nobody has it.
    max_lag_consumer_id: String,
    max_lag_instance_id: Option<String>,
    max_lag_client_id: String,
    max_lag_topic_name: String,
    max_lag_partition_id: i32,
    /// The lag of that partition.
    max_lag: i64,
    /// The lag of all partitions.
    total_lag: i64,
    max_lag_partition: Relationship,
}

fn group_place(cluster: &Place, group: &str) -> Place {
    cluster.child("consumer-groups", "consumer-group", group)
}

fn group_resource(cluster: &Place, cluster_id: &str, group: &DescribedGroup) -> Resource<ConsumerGroupData> {
    let place = group_place(cluster, &group.group);
    let data = ConsumerGroupData {
        cluster_id: cluster_id.to_owned(),
        consumer_group_id: group.group.clone(),
        is_simple: group.protocol_type.is_empty(),
        partition_assignor: group.assignor.clone(),
        state: constant_case(&group.state),
        kind: constant_case(group.kind),
        coordinator: broker_place(cluster, group.coordinator).related(),
        consumers: place.below("consumers"),
        lag_summary: place.below("lag-summary"),
    };
    Resource::new("KafkaConsumerGroup", &place, data)
}

/// `PreparingRebalance` as the API writes it, `PREPARING_REBALANCE`.
fn constant_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 2);
    for (i, c) in name.chars().enumerate() {
        if i > 0 && c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}

async fn group_of(state: &AdminState, base: &Base, path: &GroupPath) -> Answer<(Place, DescribedGroup)> {
    let (cluster, _) = enter(state, base, &path.cluster_id, Topics::None).await?;
    let group = groups::describe_one(&state.cluster, &path.consumer_group_id).await?;
    // Brokers before KIP-1043 describe a group that they do not know as dead.
    if group.state == "Dead" {
        let words = format!("Consumer group {} cannot be found.", path.consumer_group_id);
        return Err(Problem::new(axum::http::StatusCode::NOT_FOUND, 40405, words));
    }
    Ok((cluster, group))
}

/// Positions that can be compared: with a commit and a known end.
fn lags(positions: &[PartitionLag]) -> impl Iterator<Item = (&PartitionLag, i64, i64, i64)> {
    positions.iter().filter_map(|p| Some((p, p.committed?, p.end?, p.lag?)))
}

fn member<'a>(group: &'a DescribedGroup, position: &PartitionLag) -> Option<&'a Member> {
    group.members.get(position.member?)
}

/// Every consumer group.
#[utoipa::path(get, path = "/v3/clusters/{cluster_id}/consumer-groups", tag = "Consumer Group", params(ClusterPath),
    responses((status = 200, body = Collection<ConsumerGroupData>), (status = 404, body = ErrorBody)))]
pub(super) async fn list_groups(
    State(state): State<AdminState>,
    base: Base,
    path: Result<Path<ClusterPath>, PathRejection>,
) -> Answer<Json<Collection<ConsumerGroupData>>> {
    let Path(path) = path?;
    let (cluster, _) = enter(&state, &base, own(&path), Topics::None).await?;
    let (listed, _) = groups::list(&state.cluster, &[], &[]).await?;
    let of_consumers = |kind: &str| matches!(kind, "consumer" | "");
    let names: Vec<String> = listed.into_iter().filter(|g| of_consumers(&g.protocol_type)).map(|g| g.group).collect();
    // A group that is gone meanwhile is left out.
    let described = groups::describe(&state.cluster, &names).await?.into_iter().filter_map(|(_, group)| group.ok());
    let list = described.map(|group| group_resource(&cluster, own(&path), &group)).collect();
    Ok(Json(Collection::new("KafkaConsumerGroupList", &cluster.only("consumer-groups"), list)))
}

/// A consumer group by its id.
#[utoipa::path(get, path = "/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}", tag = "Consumer Group",
    params(GroupPath),
    responses((status = 200, body = Resource<ConsumerGroupData>), (status = 404, body = ErrorBody)))]
pub(super) async fn get_group(
    State(state): State<AdminState>,
    base: Base,
    path: Result<Path<GroupPath>, PathRejection>,
) -> Answer<Json<Resource<ConsumerGroupData>>> {
    let Path(path) = path?;
    let (cluster, group) = group_of(&state, &base, &path).await?;
    Ok(Json(group_resource(&cluster, &path.cluster_id, &group)))
}

/// The members of a group.
#[utoipa::path(get, path = "/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}/consumers",
    tag = "Consumer Group", params(GroupPath),
    responses((status = 200, body = Collection<ConsumerData>), (status = 404, body = ErrorBody)))]
pub(super) async fn list_consumers(
    State(state): State<AdminState>,
    base: Base,
    path: Result<Path<GroupPath>, PathRejection>,
) -> Answer<Json<Collection<ConsumerData>>> {
    let Path(path) = path?;
    let (cluster, group) = group_of(&state, &base, &path).await?;
    let place = group_place(&cluster, &group.group);
    let consumer = |m: &Member| {
        let data = ConsumerData {
            cluster_id: path.cluster_id.clone(),
            consumer_group_id: group.group.clone(),
            consumer_id: m.id.clone(),
            instance_id: m.instance_id.clone(),
            client_id: m.client_id.clone(),
        };
        Resource::new("KafkaConsumer", &place.child("consumers", "consumer", &m.id), data)
    };
    let list = group.members.iter().map(consumer).collect();
    Ok(Json(Collection::new("KafkaConsumerList", &place.only("consumers"), list)))
}

/// The lag of a group, partition by partition; partitions without a commit or without a leader are left out.
#[utoipa::path(get, path = "/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}/lags",
    tag = "Consumer Group", params(GroupPath),
    responses((status = 200, body = Collection<ConsumerLagData>), (status = 404, body = ErrorBody)))]
pub(super) async fn list_lags(
    State(state): State<AdminState>,
    base: Base,
    path: Result<Path<GroupPath>, PathRejection>,
) -> Answer<Json<Collection<ConsumerLagData>>> {
    let Path(path) = path?;
    let (cluster, group) = group_of(&state, &base, &path).await?;
    let place = group_place(&cluster, &group.group);
    let positions = groups::offsets(&state.cluster, &group).await?;
    let list = lags(&positions).map(|(p, committed, end, lag)| {
        let member = member(&group, p);
        let place = place.child("lags", "lag", &p.topic).child("partitions", "partition", &p.partition.to_string());
        let data = ConsumerLagData {
            cluster_id: path.cluster_id.clone(),
            consumer_group_id: group.group.clone(),
            topic_name: p.topic.clone(),
            partition_id: p.partition,
            current_offset: committed,
            log_end_offset: end,
            lag,
            consumer_id: member.map(|m| m.id.clone()).unwrap_or_default(),
            instance_id: member.and_then(|m| m.instance_id.clone()),
            client_id: member.map(|m| m.client_id.clone()).unwrap_or_default(),
        };
        Resource::new("KafkaConsumerLag", &place, data)
    });
    Ok(Json(Collection::new("KafkaConsumerLagList", &place.only("lags"), list.collect())))
}

/// The lag of a group in all, and the partition that lags most.
#[utoipa::path(get, path = "/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}/lag-summary",
    tag = "Consumer Group", params(GroupPath),
    responses((status = 200, body = Resource<LagSummaryData>), (status = 404, body = ErrorBody)))]
pub(super) async fn lag_summary(
    State(state): State<AdminState>,
    base: Base,
    path: Result<Path<GroupPath>, PathRejection>,
) -> Answer<Json<Resource<LagSummaryData>>> {
    let Path(path) = path?;
    let (cluster, group) = group_of(&state, &base, &path).await?;
    let positions = groups::offsets(&state.cluster, &group).await?;
    let total_lag = lags(&positions).map(|(.., lag)| lag).sum();
    let (worst, .., max_lag) = lags(&positions).max_by_key(|(.., lag)| *lag).ok_or_else(|| {
        Problem::not_found(format!("Consumer group {} has committed no offsets.", path.consumer_group_id))
    })?;
    let member = member(&group, worst);
    let data = LagSummaryData {
        cluster_id: path.cluster_id.clone(),
        consumer_group_id: group.group.clone(),
        max_lag_consumer_id: member.map(|m| m.id.clone()).unwrap_or_default(),
        max_lag_instance_id: member.and_then(|m| m.instance_id.clone()),
        max_lag_client_id: member.map(|m| m.client_id.clone()).unwrap_or_default(),
        max_lag_topic_name: worst.topic.clone(),
        max_lag_partition_id: worst.partition,
        max_lag,
        total_lag,
        max_lag_partition: partition_place(&cluster, &worst.topic, worst.partition).related(),
    };
    let place = group_place(&cluster, &group.group).only("lag-summary");
    Ok(Json(Resource::new("KafkaConsumerGroupLagSummary", &place, data)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_written_as_constants() {
        assert_eq!(constant_case("PreparingRebalance"), "PREPARING_REBALANCE");
        assert_eq!(constant_case("Stable"), "STABLE");
        assert_eq!(constant_case(""), "");
    }
}
