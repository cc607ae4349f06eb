//! Whether a broker can be restarted without anybody noticing: the gate of a rolling restart.

use std::collections::BTreeMap;

use serde::Serialize;

use super::cluster::Side;
use super::quorum::{self, Quorum};
use super::topics::{self, DescribedTopic};
use crate::client::{ClientError, Cluster, Target, Topics};
use crate::model::ErrorCode;
use crate::ops::Result;
use crate::wire::messages::list_partition_reassignments::ListPartitionReassignmentsRequest;

/// Partitions asked for at once.
const PAGE: i32 = 2_000;
/// A voter that fetched within this time of the leader's last word counts as alive, in milliseconds: the default of
/// `controller.quorum.fetch.timeout.ms` is 2 s, and a voter that is silent for longer begins an election.
const VOTER_SILENCE_MS: i64 = 5_000;

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The broker.
    pub broker: i32,
    /// Whether it can be restarted.
    pub can_restart: bool,
    /// What its restart would break, by kind.
    pub reasons: Vec<Reason>,
    /// Replicas it holds.
    pub replicas: usize,
    /// Partitions it leads, which get other leaders.
    pub leads: usize,
}

/// One thing that would break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Reason {
    /// It is the only replica: the partition is unavailable meanwhile.
    OnlyReplica {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
    },
    /// The other replicas are not in sync: the partition is unavailable, or loses records by an unclean election.
    LastInSync {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// Replicas that are not in sync.
        out: Vec<i32>,
    },
    /// Fewer than `min.insync.replicas` would be left: producers with acks=all are refused.
    UnderMinIsr {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// Replicas in sync without it.
        left: usize,
        /// `min.insync.replicas`.
        min_isr: usize,
        /// Replicas in all: with one more than are left, all of them are in sync now.
        replicas: usize,
    },
    /// It takes part in a move that is under way.
    Reassignment {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
    },
    /// The voters that are left are no majority: the cluster would have no active controller.
    QuorumMajority {
        /// Voters that are alive without it.
        left: usize,
        /// How many are needed.
        needed: usize,
    },
}

/// Judges whether broker `id` can be restarted now.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked, or there is no such broker.
pub async fn can_restart(cluster: &Cluster, id: i32) -> Result<Verdict> {
    let metadata = cluster.metadata(Topics::None).await?;
    let quorum = quorum::describe(cluster, Side::Brokers).await?;
    let is_voter = quorum.voters.iter().any(|voter| voter.id == id);
    if !metadata.brokers.contains_key(&id) && !is_voter {
        let message = Some(format!("broker {id} is not registered, or is down already"));
        let subject = format!("cannot judge broker {id}");
        return Err(ClientError::refused(subject, ErrorCode::BrokerIdNotRegistered, message).into());
    }
    let described: Vec<DescribedTopic> =
        topics::describe(cluster, None, PAGE).await?.into_iter().filter_map(|(_, topic)| topic.ok()).collect();
    let moves = moves(cluster).await?;
    let mut reasons: Vec<Reason> = described.iter().flat_map(|topic| at_risk(topic, id)).collect();
    let involved = moves.into_iter().filter(|(_, replicas)| replicas.contains(&id));
    reasons.extend(involved.map(|((topic, partition), _)| Reason::Reassignment { topic, partition }));
    reasons.extend(majority(&quorum, id));
    let partitions = || described.iter().flat_map(|topic| &topic.partitions);
    Ok(Verdict {
        broker: id,
        can_restart: reasons.is_empty(),
        reasons,
        replicas: partitions().filter(|p| p.replicas.contains(&id)).count(),
        leads: partitions().filter(|p| p.leader == Some(id)).count(),
    })
}

type Moves = BTreeMap<(String, i32), Vec<i32>>;

async fn moves(cluster: &Cluster) -> Result<Moves> {
    let request = ListPartitionReassignmentsRequest { topics: None, ..Default::default() };
    let answer = cluster.request(Target::Controller, &request).await?;
    let about = || "cannot list reassignments".to_owned();
    ClientError::check(answer.error_code, answer.error_message.as_deref(), about)?;
    let mut moves = Moves::new();
    for topic in answer.topics {
        for p in topic.partitions {
            let replicas = [p.replicas, p.adding_replicas, p.removing_replicas].concat();
            moves.insert((topic.name.clone(), p.partition_index), replicas);
        }
    }
    Ok(moves)
}

/// What the loss of `id` does to a topic.
fn at_risk(topic: &DescribedTopic, id: i32) -> impl Iterator<Item = Reason> {
    let min_isr = topic.min_isr();
    // A replica that is not in sync is not counted on: nothing changes without it.
    topic.partitions.iter().filter(move |p| p.isr.contains(&id)).filter_map(move |p| {
        let (topic, partition) = (topic.name.clone(), p.partition);
        let left = p.isr.len() - 1;
        if p.replicas == [id] {
            return Some(Reason::OnlyReplica { topic, partition });
        }
        if left == 0 {
            let out = p.replicas.iter().copied().filter(|replica| *replica != id).collect();
            return Some(Reason::LastInSync { topic, partition, out });
        }
        // The controller counts at most as many as there are replicas (`getEffectiveMinIsr`).
        let min_isr = min_isr.min(p.replicas.len());
        let replicas = p.replicas.len();
        (left < min_isr).then_some(Reason::UnderMinIsr { topic, partition, left, min_isr, replicas })
    })
}

fn majority(quorum: &Quorum, id: i32) -> Option<Reason> {
    if !quorum.voters.iter().any(|voter| voter.id == id) {
        return None;
    }
    let others = quorum.voters.iter().filter(|voter| voter.id != id);
    let left = others.filter(|voter| quorum.is_current(voter, VOTER_SILENCE_MS)).count();
    let needed = quorum.majority();
    (left < needed).then_some(Reason::QuorumMajority { left, needed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Uuid;
    use crate::ops::configs::{ConfigEntry, Source};
    use crate::ops::quorum::Replica;
    use crate::ops::topics::DescribedPartition;

    fn topic(min_isr: &str, partitions: &[(&[i32], &[i32])]) -> DescribedTopic {
        let partition = |(at, (replicas, isr)): (usize, &(&[i32], &[i32]))| DescribedPartition {
            partition: at as i32,
            leader: isr.first().copied(),
            replicas: replicas.to_vec(),
            isr: isr.to_vec(),
            ..Default::default()
        };
        let min_isr = ConfigEntry {
            name: "min.insync.replicas".into(),
            value: Some(min_isr.into()),
            source: Source::Topic,
            sensitive: false,
            read_only: false,
            synonyms: Vec::new(),
        };
        DescribedTopic {
            name: "t".into(),
            id: Uuid::ZERO,
            internal: false,
            partitions: partitions.iter().enumerate().map(partition).collect(),
            configs: vec![min_isr],
        }
    }

    fn partition_of(reason: &Reason) -> (i32, &'static str) {
        match reason {
            Reason::OnlyReplica { partition, .. } => (*partition, "only"),
            Reason::LastInSync { partition, .. } => (*partition, "last"),
            Reason::UnderMinIsr { partition, .. } => (*partition, "under"),
            Reason::Reassignment { partition, .. } => (*partition, "move"),
            Reason::QuorumMajority { .. } => (-1, "quorum"),
        }
    }

    #[test]
    fn partitions_that_would_suffer_are_named_and_no_others() {
        let topic = topic(
            "2",
            &[
                (&[1, 2, 3], &[1, 2, 3]), // two are left
                (&[1, 2, 3], &[1, 2]),    // one is left of two
                (&[1, 2, 3], &[1]),       // nobody is left
                (&[1], &[1]),             // nobody else has it
                (&[1, 2, 3], &[2, 3]),    // not in sync, so not missed
                (&[2, 3], &[2, 3]),       // not there
            ],
        );
        let reasons: Vec<Reason> = at_risk(&topic, 1).collect();
        let found: Vec<_> = reasons.iter().map(partition_of).collect();
        assert_eq!(found, [(1, "under"), (2, "last"), (3, "only")]);
    }

    #[test]
    fn a_quorum_needs_its_majority_of_voters_that_are_alive() {
        let voter = |id, fetch| Replica {
            id,
            directory_id: Uuid::ZERO,
            log_end_offset: 1,
            last_fetch: Some(fetch),
            last_caught_up: Some(fetch),
        };
        let mut quorum = Quorum {
            cluster_id: String::new(),
            leader_id: 1,
            leader_epoch: 1,
            high_watermark: 1,
            voters: vec![voter(1, 100_000), voter(2, 99_900), voter(3, 99_900)],
            observers: Vec::new(),
            nodes: Vec::new(),
        };
        assert_eq!(majority(&quorum, 2), None);
        assert_eq!(majority(&quorum, 9), None, "no voter, no vote");
        quorum.voters[2] = voter(3, 1_000);
        assert_eq!(majority(&quorum, 2), Some(Reason::QuorumMajority { left: 1, needed: 2 }));
        assert_eq!(majority(&quorum, 3), None, "it is out already");
    }
}
