//! Brokers and what they speak.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::client::{BrokerVersions, ClientError, Cluster, Target, Topics};
use crate::ops::Result;
use crate::wire::api::ApiKey;
use crate::wire::messages::describe_cluster::DescribeClusterRequest;
use crate::wire::messages::describe_log_dirs::DescribeLogDirsRequest;

/// A cluster and its brokers.
#[derive(Clone, Debug, Serialize)]
pub struct ClusterSummary {
    /// The cluster's id.
    pub cluster_id: Option<String>,
    /// The broker that takes administrative requests; -1 if unknown.
    pub controller: i32,
    /// By id.
    pub brokers: Vec<BrokerSummary>,
}

/// One broker.
#[derive(Clone, Debug, Serialize)]
pub struct BrokerSummary {
    /// `node.id`.
    pub id: i32,
    /// Advertised host.
    pub host: String,
    /// Advertised port.
    pub port: i32,
    /// `broker.rack`.
    pub rack: Option<String>,
    /// Whether it is registered but does not serve (KIP-1073).
    pub fenced: bool,
    /// Partitions it leads.
    pub leaders: usize,
    /// Replicas it holds.
    pub replicas: usize,
    /// Replicas it holds that are not in sync.
    pub out_of_sync: usize,
    /// Bytes in its log directories; `None` when it does not say.
    pub bytes: Option<i64>,
    /// Log directories with their disks.
    pub log_dirs: Vec<LogDir>,
}

/// A log directory.
#[derive(Clone, Debug, Serialize)]
pub struct LogDir {
    /// Its path on the broker.
    pub path: String,
    /// Size of the disk; `None` when the broker does not say.
    pub total_bytes: Option<i64>,
    /// Free bytes of the disk.
    pub usable_bytes: Option<i64>,
}

/// Lists brokers with what they lead and hold, those fenced included where the cluster tells.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked.
pub async fn list(cluster: &Cluster) -> Result<ClusterSummary> {
    let metadata = cluster.metadata(Topics::All).await?;
    let mut brokers: BTreeMap<i32, BrokerSummary> = BTreeMap::new();
    let blank = |id, host: &str, port, rack: &Option<String>, fenced| BrokerSummary {
        id,
        host: host.to_owned(),
        port,
        rack: rack.clone(),
        fenced,
        leaders: 0,
        replicas: 0,
        out_of_sync: 0,
        bytes: None,
        log_dirs: Vec::new(),
    };
    for b in metadata.brokers.values() {
        brokers.insert(b.id, blank(b.id, &b.host, b.port, &b.rack, false));
    }
    let request = DescribeClusterRequest { include_fenced_brokers: true, ..Default::default() };
    if let Ok(described) = cluster.request(Target::Any, &request).await {
        for b in described.brokers.iter().filter(|b| b.is_fenced) {
            brokers.insert(b.broker_id, blank(b.broker_id, &b.host, b.port, &b.rack, true));
        }
    }
    for p in metadata.topics.values().flat_map(|t| &t.partitions) {
        if let Some(leader) = brokers.get_mut(&p.leader) {
            leader.leaders += 1;
        }
        for id in &p.replicas {
            if let Some(holder) = brokers.get_mut(id) {
                holder.replicas += 1;
                holder.out_of_sync += usize::from(!p.isr.contains(id));
            }
        }
    }
    for (id, broker) in brokers.iter_mut().filter(|(_, b)| !b.fenced) {
        let request = DescribeLogDirsRequest { topics: None };
        let Ok(answer) = cluster.request(Target::Broker(*id), &request).await else { continue };
        let sizes = answer.results.iter().flat_map(|d| &d.topics).flat_map(|t| &t.partitions);
        broker.bytes = Some(sizes.map(|p| p.partition_size).sum());
        let known = |bytes: i64| (bytes >= 0).then_some(bytes);
        broker.log_dirs = answer
            .results
            .into_iter()
            .map(|d| LogDir { path: d.log_dir, total_bytes: known(d.total_bytes), usable_bytes: known(d.usable_bytes) })
            .collect();
    }
    Ok(ClusterSummary {
        cluster_id: metadata.cluster_id,
        controller: metadata.controller,
        brokers: brokers.into_values().collect(),
    })
}

/// What one broker speaks.
#[derive(Clone, Debug)]
pub struct BrokerApis {
    /// `node.id`.
    pub id: i32,
    /// `host:port`.
    pub address: String,
    /// `broker.rack`.
    pub rack: Option<String>,
    /// Its versions, or why they cannot be had.
    pub versions: Result<BrokerVersions, ClientError>,
}

impl BrokerApis {
    /// Every API of the broker with its name, `None` for those newer than this build.
    pub fn ranges(&self) -> impl Iterator<Item = (i16, Option<&'static str>, i16, i16)> {
        let ranges = self.versions.iter().flat_map(|v| &v.ranges);
        ranges.map(|(key, r)| (*key, ApiKey::from_code(*key).map(ApiKey::name), *r.start(), *r.end()))
    }
}

/// Asks every broker, or one, what it speaks.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked at all.
pub async fn api_versions(cluster: &Cluster, only: Option<i32>) -> Result<Vec<BrokerApis>> {
    let metadata = cluster.metadata(Topics::None).await?;
    let mut all = Vec::new();
    for broker in metadata.brokers.into_values().filter(|b| only.is_none_or(|id| id == b.id)) {
        let versions = cluster.connection(Target::Broker(broker.id)).await.map(|c| c.versions().clone());
        all.push(BrokerApis { id: broker.id, address: broker.address(), rack: broker.rack, versions });
    }
    Ok(all)
}
