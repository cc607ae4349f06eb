//! The nodes of a cluster as it lists them, from the brokers' side or the controllers', and taking one off the list.

use serde::Serialize;

use crate::client::{ClientError, Cluster, Target};
use crate::ops::Result;
use crate::wire::messages::describe_cluster::{DescribeClusterRequest, DescribeClusterResponse};
use crate::wire::messages::unregister_broker::UnregisterBrokerRequest;

/// Which nodes the address that was given belongs to (KIP-919).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// `--bootstrap-server`.
    Brokers,
    /// `--bootstrap-controller`.
    Controllers,
}

impl Side {
    /// `DescribeClusterRequest.EndpointType`.
    const fn endpoint_type(self) -> i8 {
        match self {
            Side::Brokers => 1,
            Side::Controllers => 2,
        }
    }
}

/// A cluster's nodes of one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Nodes {
    /// The cluster's id.
    pub cluster_id: String,
    /// The node that takes administrative requests; -1 if unknown.
    pub controller: i32,
    /// In the order of the answer.
    pub nodes: Vec<Node>,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// `node.id`.
    pub id: i32,
    /// Where it listens.
    pub host: String,
    /// Its port.
    pub port: i32,
    /// `broker.rack`.
    pub rack: Option<String>,
    /// Whether it is registered but does not serve.
    pub fenced: bool,
}

/// Asks for the nodes.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked, or the address is one of the other side.
pub async fn nodes(cluster: &Cluster, side: Side, include_fenced: bool) -> Result<Nodes> {
    let request = DescribeClusterRequest {
        endpoint_type: side.endpoint_type(),
        include_fenced_brokers: include_fenced,
        ..Default::default()
    };
    let answer: DescribeClusterResponse = cluster.request(Target::Any, &request).await?;
    ClientError::check(answer.error_code, answer.error_message.as_deref(), || "cannot describe the cluster".into())?;
    let node = |b: crate::wire::messages::describe_cluster::DescribeClusterBroker| Node {
        id: b.broker_id,
        host: b.host,
        port: b.port,
        rack: b.rack,
        fenced: b.is_fenced,
    };
    Ok(Nodes {
        cluster_id: answer.cluster_id,
        controller: answer.controller_id,
        nodes: answer.brokers.into_iter().map(node).collect(),
    })
}

/// The handle to send administrative requests to: the cluster itself from the brokers' side, where each forwards them,
/// and the active controller alone from the controllers' side, where none does.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked.
pub async fn administrator(cluster: &Cluster, side: Side) -> Result<Cluster> {
    if side == Side::Brokers {
        return Ok(cluster.clone());
    }
    let nodes = nodes(cluster, side, false).await?;
    let Some(active) = nodes.nodes.iter().find(|node| node.id == nodes.controller) else { return Ok(cluster.clone()) };
    let mut config = cluster.config().clone();
    let host = if active.host.contains(':') { format!("[{}]", active.host) } else { active.host.clone() };
    config.bootstrap = vec![format!("{host}:{}", active.port)];
    Ok(Cluster::new(config))
}

/// Takes a broker that will not come back off the list.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked, or refuses.
pub async fn unregister(cluster: &Cluster, broker_id: i32) -> Result<()> {
    let answer = cluster.request(Target::Any, &UnregisterBrokerRequest { broker_id }).await?;
    let about = || format!("cannot unregister broker {broker_id}");
    Ok(ClientError::check(answer.error_code, answer.error_message.as_deref(), about)?)
}
