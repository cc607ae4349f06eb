//! How the nodes of a local cluster are: what their processes do, and what the cluster itself says of them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use super::error::LocalError;
use super::layout::Node;
use super::process::{Process, process_of};
use crate::client::{ClientConfig, Cluster, Metadata, Target, Topics};
use crate::wire::messages::describe_quorum::{
    DescribeQuorumRequest, DescribeQuorumRequestPartitionData, DescribeQuorumRequestTopicData,
    DescribeQuorumResponsePartitionData,
};

/// Longest time to ask one node anything: a paused one takes connections and answers nothing.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);

/// What a node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// It runs, and the cluster counts on it.
    Ok,
    /// Its process runs, and the cluster does not count on it (yet, or any more).
    NotServing,
    /// SIGSTOP holds it.
    Paused,
    /// No process.
    Down,
    /// It runs, and nobody could be asked how it is.
    Unknown,
}

/// A node's part in the metadata quorum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuorumRole {
    /// The active controller.
    Leader,
    /// A controller that follows it.
    Voter,
    /// A broker alone.
    Observer,
}

/// How one node is.
#[derive(Clone, Debug, Serialize)]
pub struct NodeStatus {
    /// `node.id`.
    pub id: i32,
    /// What it does.
    pub state: NodeState,
    /// Its process.
    pub pid: Option<u32>,
    /// For how many seconds that has run.
    pub up_seconds: Option<u64>,
    /// Its part in the metadata quorum; `None` where only the cluster could tell and does not.
    pub quorum: Option<QuorumRole>,
    /// Partitions it leads.
    pub leaders: Option<usize>,
    /// `host:port` for clients.
    pub kafka: Option<String>,
    /// `host:port` for controllers.
    pub controller: Option<String>,
    /// `host:port` of the admin daemon.
    pub admin: Option<String>,
    /// Its directory.
    pub dir: PathBuf,
}

/// Looks at every process, and asks the first node that answers what the cluster thinks.
///
/// # Errors
/// [`LocalError::File`] when a pid file cannot be read. A cluster that does not answer is no error.
pub async fn status(nodes: &[Node]) -> Result<Vec<NodeStatus>, LocalError> {
    let processes = nodes.iter().map(process_of).collect::<Result<Vec<_>, _>>()?;
    let mut told = None;
    for (node, process) in nodes.iter().zip(&processes) {
        if let (Some(address), Some(Process { is_paused: false, .. })) = (&node.kafka, process) {
            told = ask(address).await;
        }
        if told.is_some() {
            break;
        }
    }
    Ok(nodes.iter().zip(processes).map(|(node, process)| judge(node, process, told.as_ref())).collect())
}

/// What the cluster says of itself.
struct Told {
    metadata: Metadata,
    /// The active controller, and those who vote.
    quorum: Option<(i32, Vec<i32>)>,
    leaders: BTreeMap<i32, usize>,
}

async fn ask(address: &str) -> Option<Told> {
    let mut config = ClientConfig::new(vec![address.to_owned()]);
    config.set_timeout(PATIENCE);
    let cluster = Cluster::new(config);
    let metadata = cluster.metadata(Topics::All).await.ok()?;
    let partition = DescribeQuorumRequestPartitionData { partition_index: 0 };
    let topic =
        DescribeQuorumRequestTopicData { topic_name: "__cluster_metadata".to_owned(), partitions: vec![partition] };
    let answer = cluster.request(Target::Any, &DescribeQuorumRequest { topics: vec![topic] }).await.ok();
    let quorum = answer.and_then(|answer| answer.topics.into_iter().next()?.partitions.into_iter().next());
    let known = |quorum: &DescribeQuorumResponsePartitionData| quorum.error_code == 0;
    let quorum = quorum
        .filter(known)
        .map(|quorum| (quorum.leader_id, quorum.current_voters.iter().map(|voter| voter.replica_id).collect()));
    let mut leaders = BTreeMap::new();
    for partition in metadata.topics.values().flat_map(|topic| &topic.partitions) {
        *leaders.entry(partition.leader).or_default() += 1;
    }
    Some(Told { metadata, quorum, leaders })
}

fn judge(node: &Node, process: Option<Process>, told: Option<&Told>) -> NodeStatus {
    let state = match (&process, told) {
        (None, _) => NodeState::Down,
        (Some(process), _) if process.is_paused => NodeState::Paused,
        (Some(_), None) => NodeState::Unknown,
        // A controller alone is in no list of brokers.
        (Some(_), Some(told)) if !node.is_broker || told.metadata.brokers.contains_key(&node.id) => NodeState::Ok,
        (Some(_), Some(_)) => NodeState::NotServing,
    };
    let quorum = match told.and_then(|told| told.quorum.as_ref()) {
        Some((leader, _)) if *leader == node.id => Some(QuorumRole::Leader),
        Some((_, voters)) if voters.contains(&node.id) => Some(QuorumRole::Voter),
        Some(_) => Some(QuorumRole::Observer),
        None if node.is_controller => None,
        None => Some(QuorumRole::Observer),
    };
    NodeStatus {
        id: node.id,
        state,
        pid: process.as_ref().map(|process| process.pid),
        up_seconds: process.as_ref().and_then(Process::age).map(|age| age.as_secs()),
        quorum,
        leaders: told.map(|told| told.leaders.get(&node.id).copied().unwrap_or_default()),
        kafka: node.kafka.clone(),
        controller: node.controller.clone(),
        admin: node.admin.clone(),
        dir: node.dir.clone(),
    }
}
