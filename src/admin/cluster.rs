//! `/v3/clusters` and the brokers below it.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::AdminState;
use super::error::{Answer, ErrorBody, Problem};
use super::resource::{Base, Collection, Place, Relationship, Resource};
use crate::client::{Broker, Metadata, Topics};

/// The cluster of a path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct ClusterPath {
    /// The cluster's id.
    cluster_id: String,
}

/// The broker of a path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct BrokerPath {
    /// The cluster's id.
    cluster_id: String,
    /// The broker's `node.id`.
    broker_id: i32,
}

/// A cluster.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClusterData {
    /// Its id.
    cluster_id: String,
    /// The broker that is its controller to clients; null while there is none.
    controller: Option<Relationship>,
    brokers: Relationship,
    consumer_groups: Relationship,
    topics: Relationship,
}

/// A broker.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BrokerData {
    cluster_id: String,
    /// `node.id`.
    broker_id: i32,
    /// The host it advertises.
    host: String,
    /// The port it advertises.
    port: i32,
    /// `broker.rack`.
    rack: Option<String>,
}

/// What every request below a cluster begins with: its id checked against what the cluster says of itself.
pub(super) async fn enter(
    state: &AdminState,
    base: &Base,
    cluster_id: &str,
    topics: Topics<'_>,
) -> Answer<(Place, Metadata)> {
    let metadata = state.cluster.metadata(topics).await?;
    let own = metadata.cluster_id.as_deref().unwrap_or_default();
    if own != cluster_id {
        return Err(Problem::not_found(format!("Cluster {cluster_id} cannot be found; this is {own}.")));
    }
    Ok((Place::cluster(base, cluster_id), metadata))
}

fn cluster_resource(base: &Base, metadata: &Metadata) -> Resource<ClusterData> {
    let id = metadata.cluster_id.clone().unwrap_or_default();
    let place = Place::cluster(base, &id);
    let controller = (metadata.controller >= 0).then(|| broker_place(&place, metadata.controller).related());
    let data = ClusterData {
        controller,
        brokers: place.below("brokers"),
        consumer_groups: place.below("consumer-groups"),
        topics: place.below("topics"),
        cluster_id: id,
    };
    Resource::new("KafkaCluster", &place, data)
}

/// The place of a broker.
pub(super) fn broker_place(cluster: &Place, id: i32) -> Place {
    cluster.child("brokers", "broker", &id.to_string())
}

fn broker_resource(cluster: &Place, cluster_id: &str, broker: &Broker) -> Resource<BrokerData> {
    let data = BrokerData {
        cluster_id: cluster_id.to_owned(),
        broker_id: broker.id,
        host: broker.host.clone(),
        port: broker.port,
        rack: broker.rack.clone(),
    };
    Resource::new("KafkaBroker", &broker_place(cluster, broker.id), data)
}

/// The one cluster that this daemon belongs to.
#[utoipa::path(get, path = "/v3/clusters", tag = "Cluster",
    responses((status = 200, body = Collection<ClusterData>), (status = 503, body = ErrorBody)))]
pub(super) async fn list_clusters(
    State(state): State<AdminState>,
    base: Base,
) -> Answer<Json<Collection<ClusterData>>> {
    let metadata = state.cluster.metadata(Topics::None).await?;
    Ok(Json(Collection::new("KafkaClusterList", &base.clusters(), vec![cluster_resource(&base, &metadata)])))
}

/// A cluster by its id.
#[utoipa::path(get, path = "/v3/clusters/{cluster_id}", tag = "Cluster", params(ClusterPath),
    responses((status = 200, body = Resource<ClusterData>), (status = 404, body = ErrorBody)))]
pub(super) async fn get_cluster(
    State(state): State<AdminState>,
    base: Base,
    path: Result<Path<ClusterPath>, PathRejection>,
) -> Answer<Json<Resource<ClusterData>>> {
    let Path(path) = path?;
    let (_, metadata) = enter(&state, &base, &path.cluster_id, Topics::None).await?;
    Ok(Json(cluster_resource(&base, &metadata)))
}

/// The brokers that are registered and not fenced.
#[utoipa::path(get, path = "/v3/clusters/{cluster_id}/brokers", tag = "Broker", params(ClusterPath),
    responses((status = 200, body = Collection<BrokerData>), (status = 404, body = ErrorBody)))]
pub(super) async fn list_brokers(
    State(state): State<AdminState>,
    base: Base,
    path: Result<Path<ClusterPath>, PathRejection>,
) -> Answer<Json<Collection<BrokerData>>> {
    let Path(path) = path?;
    let (place, metadata) = enter(&state, &base, &path.cluster_id, Topics::None).await?;
    let brokers = metadata.brokers.values().map(|b| broker_resource(&place, &path.cluster_id, b)).collect();
    Ok(Json(Collection::new("KafkaBrokerList", &place.only("brokers"), brokers)))
}

/// A broker by its id.
#[utoipa::path(get, path = "/v3/clusters/{cluster_id}/brokers/{broker_id}", tag = "Broker", params(BrokerPath),
    responses((status = 200, body = Resource<BrokerData>), (status = 404, body = ErrorBody)))]
pub(super) async fn get_broker(
    State(state): State<AdminState>,
    base: Base,
    path: Result<Path<BrokerPath>, PathRejection>,
) -> Answer<Json<Resource<BrokerData>>> {
    let Path(path) = path?;
    let (place, metadata) = enter(&state, &base, &path.cluster_id, Topics::None).await?;
    let broker = metadata.brokers.get(&path.broker_id);
    let broker = broker.ok_or_else(|| Problem::not_found(format!("Broker {} cannot be found.", path.broker_id)))?;
    Ok(Json(broker_resource(&place, &path.cluster_id, broker)))
}

/// For the other resources below a cluster.
pub(super) fn own(cluster_id: &ClusterPath) -> &str {
    &cluster_id.cluster_id
}
