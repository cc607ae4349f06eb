//! The quorum of the metadata log: who leads, who follows how closely, and who has a vote.

mod voters;

pub use voters::{NewVoter, add_voter, new_voter, remove_voter};

use serde::Serialize;

use super::cluster::{self, Side};
use crate::client::{ClientError, Cluster, Target};
use crate::model::{ErrorCode, Uuid};
use crate::ops::Result;
use crate::wire::messages::describe_quorum::{
    DescribeQuorumRequest, DescribeQuorumRequestPartitionData, DescribeQuorumRequestTopicData, ReplicaState,
};

/// The topic that the quorum keeps.
const METADATA_TOPIC: &str = "__cluster_metadata";

/// The quorum as its leader sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quorum {
    /// The cluster's id.
    pub cluster_id: String,
    /// The active controller.
    pub leader_id: i32,
    /// Its term.
    pub leader_epoch: i32,
    /// What a majority has: the end of what counts as decided.
    pub high_watermark: i64,
    /// Replicas with a vote.
    pub voters: Vec<Replica>,
    /// Replicas without one: brokers, and controllers that were not added yet.
    pub observers: Vec<Replica>,
    /// Where voters listen, where the cluster tells (KIP-853).
    pub nodes: Vec<QuorumNode>,
}

/// One replica of the metadata log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replica {
    /// `node.id`.
    pub id: i32,
    /// The id of its metadata directory; zero when the cluster does not say.
    #[serde(serialize_with = "as_text")]
    pub directory_id: Uuid,
    /// The first offset that it has not.
    pub log_end_offset: i64,
    /// When it fetched last, in milliseconds since 1970, by the leader's clock.
    pub last_fetch: Option<i64>,
    /// When it had last all that the leader had.
    pub last_caught_up: Option<i64>,
}

/// A voter's listeners.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuorumNode {
    /// `node.id`.
    pub id: i32,
    /// `LISTENER://host:port`.
    pub endpoints: Vec<String>,
}

fn as_text<S: serde::Serializer>(id: &Uuid, out: S) -> std::result::Result<S::Ok, S::Error> {
    out.collect_str(id)
}

impl Replica {
    fn of(state: ReplicaState) -> Replica {
        let known = |at: i64| (at >= 0).then_some(at);
        Replica {
            id: state.replica_id,
            directory_id: state.replica_directory_id,
            log_end_offset: state.log_end_offset,
            last_fetch: known(state.last_fetch_timestamp),
            last_caught_up: known(state.last_caught_up_timestamp),
        }
    }
}

impl Quorum {
    /// The leader's own row.
    pub fn leader(&self) -> Option<&Replica> {
        self.voters.iter().find(|replica| replica.id == self.leader_id)
    }

    /// Records that a replica is behind the leader.
    pub fn lag(&self, replica: &Replica) -> i64 {
        self.leader().map_or(0, |leader| leader.log_end_offset - replica.log_end_offset)
    }

    /// How many voters a majority is.
    pub fn majority(&self) -> usize {
        self.voters.len() / 2 + 1
    }

    /// Whether a voter fetched within `window` milliseconds of the leader's last word, and so counts as alive.
    pub fn is_current(&self, voter: &Replica, window: i64) -> bool {
        let leader = self.leader().and_then(|leader| leader.last_fetch);
        voter.id == self.leader_id
            || matches!((leader, voter.last_fetch), (Some(now), Some(then)) if now - then <= window)
    }
}

/// Describes the quorum.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked, or has no such quorum.
pub async fn describe(cluster: &Cluster, side: Side) -> Result<Quorum> {
    let cluster = cluster::administrator(cluster, side).await?;
    let cluster_id = cluster::nodes(&cluster, side, false).await?.cluster_id;
    let request = DescribeQuorumRequest {
        topics: vec![DescribeQuorumRequestTopicData {
            topic_name: METADATA_TOPIC.to_owned(),
            partitions: vec![DescribeQuorumRequestPartitionData { partition_index: 0 }],
        }],
    };
    let answer = cluster.request(Target::Any, &request).await?;
    let about = || "cannot describe the quorum".to_owned();
    ClientError::check(answer.error_code, answer.error_message.as_deref(), about)?;
    let nodes = answer.nodes.into_iter().map(|node| QuorumNode {
        id: node.node_id,
        endpoints: node.listeners.iter().map(|l| format!("{}://{}:{}", l.name, l.host, l.port)).collect(),
    });
    let nodes = nodes.collect();
    let partition = answer.topics.into_iter().flat_map(|topic| topic.partitions).next().ok_or_else(|| {
        let message = Some("the answer has no partition of the metadata log".to_owned());
        ClientError::refused(about(), ErrorCode::UnknownServerError, message)
    })?;
    ClientError::check(partition.error_code, partition.error_message.as_deref(), about)?;
    Ok(Quorum {
        cluster_id,
        leader_id: partition.leader_id,
        leader_epoch: partition.leader_epoch,
        high_watermark: partition.high_watermark,
        voters: partition.current_voters.into_iter().map(Replica::of).collect(),
        observers: partition.observers.into_iter().map(Replica::of).collect(),
        nodes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replica(id: i32, end: i64, last_fetch: i64) -> Replica {
        let known = (last_fetch >= 0).then_some(last_fetch);
        Replica { id, directory_id: Uuid::ZERO, log_end_offset: end, last_fetch: known, last_caught_up: known }
    }

    #[test]
    fn voters_count_as_alive_while_they_fetch() {
        let voters = vec![replica(1, 100, 50_000), replica(2, 90, 49_000), replica(3, 10, 1_000), replica(4, 0, -1)];
        let quorum = Quorum {
            cluster_id: String::new(),
            leader_id: 1,
            leader_epoch: 1,
            high_watermark: 90,
            voters,
            observers: Vec::new(),
            nodes: Vec::new(),
        };
        let current: Vec<bool> = quorum.voters.iter().map(|voter| quorum.is_current(voter, 5_000)).collect();
        assert_eq!(current, [true, true, false, false]);
        assert_eq!((quorum.majority(), quorum.lag(&quorum.voters[2])), (3, 90));
    }
}
