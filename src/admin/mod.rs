//! The admin daemon: REST in the shapes of Confluent's REST API v3, OpenAPI, metrics and health. It translates HTTP into
//! the same `ops` calls that the tools make, over a Kafka connection to the broker's own listener, so an answer here is
//! what a client would have seen. A file a resource; no rule of the broker may live here.

mod broker;
mod cluster;
mod configs;
mod error;
mod groups;
mod health;
pub mod metrics;
mod openapi;
mod process;
mod resource;
mod topics;

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::TcpListener;

pub use broker::BrokerMetrics;
pub use error::Problem;
pub use metrics::MetricsSource;
pub use openapi::document;

use crate::broker::Broker;
use crate::client::{ClientConfig, Cluster};

/// What the handlers share. Cheap to clone.
#[derive(Clone)]
pub struct AdminState {
    cluster: Cluster,
    metrics: Arc<dyn MetricsSource>,
}

impl AdminState {
    /// Answers from `cluster` (the broker's own listener, inside the daemon) and from the broker's counters.
    pub fn new(cluster: Cluster, metrics: impl MetricsSource + 'static) -> AdminState {
        AdminState { cluster, metrics: Arc::new(metrics) }
    }

    /// Answers for a broker of this process, through the Kafka listener that it has at `kafka`.
    pub fn of_broker(broker: Arc<Broker>, kafka: SocketAddr) -> AdminState {
        let cluster = Cluster::new(ClientConfig::new(vec![reachable(kafka).to_string()]));
        AdminState::new(cluster, BrokerMetrics(broker))
    }
}

/// The address to connect to for a socket bound there: "every address" is no destination.
fn reachable(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

/// The largest request body taken, in bytes: a topic with thousands of assignments fits.
const BODY_LIMIT: usize = 1 << 20;

/// Every route of the daemon.
pub fn router(state: AdminState) -> Router {
    let v3 = Router::new()
        .route("/clusters", get(cluster::list_clusters))
        .route("/clusters/{cluster_id}", get(cluster::get_cluster))
        .route("/clusters/{cluster_id}/brokers", get(cluster::list_brokers))
        .route("/clusters/{cluster_id}/brokers/{broker_id}", get(cluster::get_broker))
        .route("/clusters/{cluster_id}/topics", get(topics::list_topics).post(topics::create_topic))
        .route("/clusters/{cluster_id}/topics/{topic_name}", get(topics::get_topic).delete(topics::delete_topic))
        .route("/clusters/{cluster_id}/topics/{topic_name}/configs", get(configs::list_topic_configs))
        .route("/clusters/{cluster_id}/topics/{topic_name}/partitions", get(topics::list_partitions))
        .route("/clusters/{cluster_id}/topics/{topic_name}/partitions/{partition_id}", get(topics::get_partition))
        .route(
            "/clusters/{cluster_id}/topics/{topic_name}/partitions/{partition_id}/replicas",
            get(topics::list_replicas),
        )
        .route("/clusters/{cluster_id}/consumer-groups", get(groups::list_groups))
        .route("/clusters/{cluster_id}/consumer-groups/{consumer_group_id}", get(groups::get_group))
        .route("/clusters/{cluster_id}/consumer-groups/{consumer_group_id}/consumers", get(groups::list_consumers))
        .route("/clusters/{cluster_id}/consumer-groups/{consumer_group_id}/lags", get(groups::list_lags))
        .route("/clusters/{cluster_id}/consumer-groups/{consumer_group_id}/lag-summary", get(groups::lag_summary));
    Router::new()
        .nest("/v3", v3)
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(metrics::serve))
        .route("/openapi.json", get(openapi::serve))
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, 404, "HTTP 404 Not Found") })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, 405, "HTTP 405 Method Not Allowed")
        })
        .layer(axum::extract::DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(state)
}

/// Serves until `shutdown` resolves, then lets the requests under way finish.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    state: AdminState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, router(state)).with_graceful_shutdown(shutdown).await
}
