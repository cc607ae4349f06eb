//! Replicas that are not in sync: how far behind they are, and why.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::cluster::{self, Side};
use super::log_dirs::{self, LogDir};
use super::quorum;
use super::topics::{self, DescribedTopic};
use crate::client::{Cluster, Target, Topics};
use crate::ops::Result;
use crate::wire::messages::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};

/// Partitions asked for at once.
const PAGE: i32 = 2_000;
/// Who may ask a follower for its offsets (`ListOffsetsRequest.DEBUGGING_REPLICA_ID`).
const DEBUGGING_REPLICA: i32 = -2;
/// The timestamp that asks for the end of a log.
const LATEST: i64 = -1;

/// A replica that is not in sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutOfSync {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The leader, if there is one.
    pub leader: Option<i32>,
    /// Replicas in sync.
    pub isr: Vec<i32>,
    /// `min.insync.replicas` of the topic.
    pub min_isr: usize,
    /// The replica.
    pub replica: i32,
    /// Records that the leader has and it has not; `None` where one of the two does not tell.
    pub behind_records: Option<i64>,
    /// Bytes on disk that the leader has more than it.
    pub behind_bytes: Option<i64>,
    /// Why.
    pub why: Why,
    /// Milliseconds since its broker was heard of, where it is gone and the quorum still remembers.
    pub silent_ms: Option<i64>,
}

/// Why a replica is not in sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// No broker of that id is registered.
    NotRegistered,
    /// The broker is registered, but sends no heartbeats, or is starting or stopping.
    Fenced,
    /// The broker serves, but the disk of the replica is offline.
    OfflineDir,
    /// The broker serves and fetches, or should.
    Lagging,
}

/// What the cluster says about its brokers.
struct Brokers {
    live: BTreeSet<i32>,
    fenced: BTreeSet<i32>,
    silent: BTreeMap<i32, i64>,
}

/// Every replica that is not in sync, of some topics or of all.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked, or a topic that was named cannot be described.
pub async fn out_of_sync(cluster: &Cluster, names: Option<&[String]>) -> Result<Vec<OutOfSync>> {
    let mut described: Vec<DescribedTopic> = Vec::new();
    for (name, topic) in topics::describe(cluster, names, PAGE).await? {
        match topic {
            Ok(topic) => described.push(topic),
            Err(refusal) if names.is_some() => return Err(refusal.about(format!("cannot describe {name}"))),
            // Of all topics, one may be deleted while they are read.
            Err(_) => {}
        }
    }
    let brokers = brokers(cluster).await?;
    let mut found = Vec::new();
    for topic in &described {
        for p in &topic.partitions {
            for &replica in p.replicas.iter().filter(|id| !p.isr.contains(id)) {
                found.push(OutOfSync {
                    topic: topic.name.clone(),
                    partition: p.partition,
                    leader: p.leader,
                    isr: p.isr.clone(),
                    min_isr: topic.min_isr(),
                    replica,
                    behind_records: None,
                    behind_bytes: None,
                    why: why(&brokers.live, &brokers.fenced, &p.offline, replica),
                    silent_ms: brokers.silent.get(&replica).copied().filter(|_| !brokers.live.contains(&replica)),
                });
            }
        }
    }
    measure(cluster, &brokers.live, &mut found).await;
    Ok(found)
}

fn why(live: &BTreeSet<i32>, fenced: &BTreeSet<i32>, offline: &[i32], replica: i32) -> Why {
    match (live.contains(&replica), fenced.contains(&replica)) {
        (true, _) if offline.contains(&replica) => Why::OfflineDir,
        (true, _) => Why::Lagging,
        (false, true) => Why::Fenced,
        (false, false) => Why::NotRegistered,
    }
}

async fn brokers(cluster: &Cluster) -> Result<Brokers> {
    let live: BTreeSet<i32> = cluster.metadata(Topics::None).await?.brokers.into_keys().collect();
    // Clusters older than 4.0 do not list fenced brokers, and some listeners do not answer for the quorum: what is
    // out of sync is known without either.
    let fenced = match cluster::nodes(cluster, Side::Brokers, true).await {
        Ok(nodes) => nodes.nodes.into_iter().filter(|node| node.fenced).map(|node| node.id).collect(),
        Err(_) => BTreeSet::new(),
    };
    let mut silent = BTreeMap::new();
    if let Ok(quorum) = quorum::describe(cluster, Side::Brokers).await
        && let Some(now) = quorum.leader().and_then(|leader| leader.last_fetch)
    {
        for replica in quorum.voters.iter().chain(&quorum.observers) {
            silent.extend(replica.last_fetch.map(|then| (replica.id, (now - then).max(0))));
        }
    }
    Ok(Brokers { live, fenced, silent })
}

/// Fills in how far each is behind: from the ends of the logs where both brokers tell, and from sizes on disk.
async fn measure(cluster: &Cluster, live: &BTreeSet<i32>, found: &mut [OutOfSync]) {
    let involved: BTreeSet<i32> =
        found.iter().flat_map(|f| f.leader.into_iter().chain([f.replica])).filter(|id| live.contains(id)).collect();
    let involved: Vec<i32> = involved.into_iter().collect();
    let sizes = log_dirs::describe(cluster, &involved).await;
    let mut ends = BTreeMap::new();
    for &broker in &involved {
        let of = |f: &&OutOfSync| f.leader == Some(broker) || f.replica == broker;
        let wanted: BTreeSet<(&str, i32)> = found.iter().filter(of).map(|f| (f.topic.as_str(), f.partition)).collect();
        ends.insert(broker, log_ends(cluster, broker, &wanted).await);
    }
    for f in found {
        let Some(leader) = f.leader else { continue };
        let at = (f.topic.clone(), f.partition);
        let end = |broker: i32| ends.get(&broker).and_then(|ends| ends.get(&at)).copied();
        f.behind_records = end(leader).zip(end(f.replica)).map(|(ahead, behind)| (ahead - behind).max(0));
        let size = |broker: i32| {
            let dirs = sizes.get(&broker)?.as_ref().ok()?;
            size_of(dirs, &f.topic, f.partition)
        };
        f.behind_bytes = size(leader).zip(size(f.replica)).map(|(ahead, behind)| (ahead - behind).max(0));
    }
}

fn size_of(dirs: &[LogDir], topic: &str, partition: i32) -> Option<i64> {
    let mut replicas = dirs.iter().flat_map(|dir| &dir.replicas);
    replicas.find(|r| !r.is_future && r.partition == partition && r.topic == topic).map(|r| r.size)
}

/// The ends of one broker's own replicas, leader or not; what it does not tell is left out.
async fn log_ends(cluster: &Cluster, broker: i32, partitions: &BTreeSet<(&str, i32)>) -> BTreeMap<(String, i32), i64> {
    let mut by_topic: BTreeMap<&str, Vec<ListOffsetsPartition>> = BTreeMap::new();
    for (topic, partition) in partitions {
        let wanted = ListOffsetsPartition { partition_index: *partition, timestamp: LATEST, current_leader_epoch: -1 };
        by_topic.entry(topic).or_default().push(wanted);
    }
    let topic =
        |(name, partitions): (&str, Vec<ListOffsetsPartition>)| ListOffsetsTopic { name: name.to_owned(), partitions };
    let request = ListOffsetsRequest {
        replica_id: DEBUGGING_REPLICA,
        topics: by_topic.into_iter().map(topic).collect(),
        ..Default::default()
    };
    let Ok(connection) = cluster.connection(Target::Broker(broker)).await else { return BTreeMap::new() };
    let Ok(answer) = connection.send(&request).await else { return BTreeMap::new() };
    let mut ends = BTreeMap::new();
    for topic in answer.topics {
        for p in topic.partitions.into_iter().filter(|p| p.error_code == 0 && p.offset >= 0) {
            ends.insert((topic.name.clone(), p.partition_index), p.offset);
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_the_nearest_one() {
        let (live, fenced) = (BTreeSet::from([1, 2]), BTreeSet::from([3]));
        assert_eq!(why(&live, &fenced, &[], 2), Why::Lagging);
        assert_eq!(why(&live, &fenced, &[2], 2), Why::OfflineDir);
        assert_eq!(why(&live, &fenced, &[3], 3), Why::Fenced);
        assert_eq!(why(&live, &fenced, &[4], 4), Why::NotRegistered);
    }
}
