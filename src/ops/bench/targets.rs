//! Where the load goes: the partitions of a topic, shared among connections to their leaders.

use std::collections::BTreeMap;

use crate::client::{Cluster, Result, Target};

/// What one connection loads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Share {
    /// The leader's `host:port`.
    pub(super) address: String,
    /// Its partitions.
    pub(super) partitions: Vec<i32>,
}

/// Shares a topic's partitions among `connections` connections.
pub(super) async fn shares(cluster: &Cluster, topic: &str, connections: usize) -> Result<Vec<Share>> {
    let found = cluster.topic(topic, true).await?;
    let mut by_leader: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for partition in &found.partitions {
        by_leader.entry(partition.leader).or_default().push(partition.index);
    }
    let mut leaders = Vec::new();
    for (leader, partitions) in by_leader {
        let address = cluster.connection(Target::Broker(leader)).await?.address().to_owned();
        leaders.push((address, partitions));
    }
    Ok(deal(&leaders, connections))
}

/// Every leader gets a connection, whatever `connections` says; the connections of one leader take turns with its
/// partitions, and where there are more connections than partitions several write to the same one.
fn deal(leaders: &[(String, Vec<i32>)], connections: usize) -> Vec<Share> {
    let mut shares = Vec::new();
    let count = connections.max(leaders.len());
    for (l, (address, partitions)) in leaders.iter().enumerate() {
        let mine = count / leaders.len() + usize::from(l < count % leaders.len());
        for c in 0..mine {
            let partitions = if mine > partitions.len() {
                vec![partitions[c % partitions.len()]]
            } else {
                partitions.iter().skip(c).step_by(mine).copied().collect()
            };
            shares.push(Share { address: address.clone(), partitions });
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dealt(leaders: &[(&str, &[i32])], connections: usize) -> Vec<(String, Vec<i32>)> {
        let leaders: Vec<_> = leaders.iter().map(|(a, p)| ((*a).to_owned(), p.to_vec())).collect();
        deal(&leaders, connections).into_iter().map(|s| (s.address, s.partitions)).collect()
    }

    #[test]
    fn every_partition_has_a_connection_and_every_connection_a_partition() {
        let one = |a: &str, p: &[i32]| (a.to_owned(), p.to_vec());
        assert_eq!(dealt(&[("a", &[0, 1, 2])], 1), [one("a", &[0, 1, 2])]);
        assert_eq!(dealt(&[("a", &[0, 1, 2])], 2), [one("a", &[0, 2]), one("a", &[1])]);
        assert_eq!(dealt(&[("a", &[0, 1])], 3), [one("a", &[0]), one("a", &[1]), one("a", &[0])]);
        assert_eq!(dealt(&[("a", &[0]), ("b", &[1])], 1), [one("a", &[0]), one("b", &[1])]);
    }
}
