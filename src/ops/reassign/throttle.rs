//! Limits on replication traffic, under the names and in the places where Kafka's tool sets them (KIP-73): rates on
//! brokers, and on each topic the replicas that the rates hold for.

use std::collections::{BTreeMap, BTreeSet};

use super::requests::Moving;
use crate::client::{At, Cluster, Target, Topics};
use crate::ops::configs::{self, Change, Resource, ResourceType, Source};
use crate::ops::{Refusal, Result};
use crate::wire::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};

/// Bytes a second that a broker sends from throttled replicas.
pub const LEADER_RATE: &str = "leader.replication.throttled.rate";
/// Bytes a second that a broker takes for throttled replicas.
pub const FOLLOWER_RATE: &str = "follower.replication.throttled.rate";
/// Bytes a second that moves between log directories of a broker take.
pub const LOG_DIRS_RATE: &str = "replica.alter.log.dirs.io.max.bytes.per.second";
/// Replicas of a topic that send under the limit.
pub const LEADER_REPLICAS: &str = "leader.replication.throttled.replicas";
/// Replicas of a topic that receive under the limit.
pub const FOLLOWER_REPLICAS: &str = "follower.replication.throttled.replicas";
/// Every replica of a topic.
pub const ALL_REPLICAS: &str = "*";

/// Where the bytes of a partition come from and go to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// Brokers that have it.
    pub sources: BTreeSet<i32>,
    /// Brokers that get it.
    pub destinations: BTreeSet<i32>,
}

/// The routes of everything that moves: what is moving already, and what is wanted beside it.
pub fn routes(
    moving: &BTreeMap<At, Moving>,
    wanted: &BTreeMap<At, Vec<i32>>,
    current: &BTreeMap<At, Vec<i32>>,
) -> BTreeMap<At, Route> {
    let under_way = moving.iter().map(|(at, m)| {
        let sources = m.replicas.iter().copied().filter(|id| !m.adding.contains(id)).collect();
        (at.clone(), Route { sources, destinations: m.adding.iter().copied().collect() })
    });
    let mut routes: BTreeMap<At, Route> = under_way.collect();
    for (at, replicas) in wanted {
        let known = routes.get(at).map(|route| route.sources.clone());
        let sources = known.unwrap_or_else(|| current.get(at).into_iter().flatten().copied().collect());
        let destinations = replicas.iter().copied().filter(|id| !sources.contains(id)).collect();
        routes.insert(at.clone(), Route { sources, destinations });
    }
    routes
}

/// The two lists of each topic, `partition:broker,…`, sorted as text as Kafka's tool sorts them.
pub fn replica_lists(routes: &BTreeMap<At, Route>) -> BTreeMap<String, (String, String)> {
    let mut sets: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    for ((topic, partition), route) in routes {
        let (leaders, followers) = sets.entry(topic.clone()).or_default();
        leaders.extend(route.sources.iter().map(|id| format!("{partition}:{id}")));
        let new = route.destinations.difference(&route.sources);
        followers.extend(new.map(|id| format!("{partition}:{id}")));
    }
    let joined = |set: BTreeSet<String>| set.into_iter().collect::<Vec<_>>().join(",");
    sets.into_iter().map(|(topic, (leaders, followers))| (topic, (joined(leaders), joined(followers)))).collect()
}

/// Every broker that sends or receives.
pub fn brokers(routes: &BTreeMap<At, Route>) -> BTreeSet<i32> {
    routes.values().flat_map(|route| route.sources.union(&route.destinations)).copied().collect()
}

/// Names the replicas of each topic that the rates hold for.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked or says no.
pub async fn limit_topics(cluster: &Cluster, lists: &BTreeMap<String, (String, String)>) -> Result<()> {
    for (topic, (leaders, followers)) in lists {
        let changes = [
            (LEADER_REPLICAS.to_owned(), Change::Set(leaders.clone())),
            (FOLLOWER_REPLICAS.to_owned(), Change::Set(followers.clone())),
        ];
        configs::alter(cluster, &Resource::topic(topic), &changes, false).await?;
    }
    Ok(())
}

/// Sets the rates of brokers, in bytes a second.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked or says no.
pub async fn limit_brokers(cluster: &Cluster, brokers: &BTreeSet<i32>, names: &[&str], rate: u64) -> Result<()> {
    for id in brokers {
        let changes: Vec<_> = names.iter().map(|name| ((*name).to_owned(), Change::Set(rate.to_string()))).collect();
        configs::alter(cluster, &Resource::broker(Some(*id)), &changes, false).await?;
    }
    Ok(())
}

/// Takes all rates off brokers.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked or says no.
pub async fn clear_brokers(cluster: &Cluster, brokers: &BTreeSet<i32>) -> Result<()> {
    let changes = [LEADER_RATE, FOLLOWER_RATE, LOG_DIRS_RATE].map(|name| (name.to_owned(), Change::Unset));
    for id in brokers {
        configs::alter(cluster, &Resource::broker(Some(*id)), &changes, false).await?;
    }
    Ok(())
}

/// Takes the lists of replicas off topics.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked or says no.
pub async fn clear_topics(cluster: &Cluster, topics: &BTreeSet<String>) -> Result<()> {
    let changes = [LEADER_REPLICAS, FOLLOWER_REPLICAS].map(|name| (name.to_owned(), Change::Unset));
    for topic in topics {
        configs::alter(cluster, &Resource::topic(topic), &changes, false).await?;
    }
    Ok(())
}

/// The same for both, through a controller that was reached on its own listener: it takes the settings of any broker.
///
/// # Errors
/// [`crate::ops::OpsError`] when it cannot be asked or says no.
pub async fn clear_at_controller(cluster: &Cluster, brokers: &BTreeSet<i32>, topics: &BTreeSet<String>) -> Result<()> {
    const DELETE: i8 = 1;
    let unset = |names: &[&str]| {
        let config = |name: &&str| AlterableConfig { name: (*name).to_owned(), config_operation: DELETE, value: None };
        names.iter().map(config).collect::<Vec<_>>()
    };
    let broker = |id: &i32| AlterConfigsResource {
        resource_type: ResourceType::Broker as i8,
        resource_name: id.to_string(),
        configs: unset(&[LEADER_RATE, FOLLOWER_RATE, LOG_DIRS_RATE]),
    };
    let topic = |name: &String| AlterConfigsResource {
        resource_type: ResourceType::Topic as i8,
        resource_name: name.clone(),
        configs: unset(&[LEADER_REPLICAS, FOLLOWER_REPLICAS]),
    };
    let resources = brokers.iter().map(broker).chain(topics.iter().map(topic)).collect();
    let request = IncrementalAlterConfigsRequest { resources, validate_only: false };
    let response = cluster.request(Target::Controller, &request).await?;
    for r in response.responses {
        Refusal::check(r.error_code, r.error_message)
            .map_err(|refusal| refusal.about(format!("cannot clear the throttle of {}", r.resource_name)))?;
    }
    Ok(())
}

/// The limits that stand in a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Limits {
    /// Brokers with a rate of their own, and the lower of their rates.
    pub brokers: BTreeMap<i32, u64>,
    /// Topics where single replicas are named: left by a move.
    pub moved_topics: BTreeSet<String>,
    /// Topics of which every replica is limited: somebody wants that.
    pub whole_topics: BTreeSet<String>,
}

/// Looks up the limits that stand.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked.
pub async fn limits(cluster: &Cluster) -> Result<Limits> {
    let metadata = cluster.metadata(Topics::All).await?;
    let mut resources: Vec<Resource> = metadata.topics.keys().map(|name| Resource::topic(name)).collect();
    resources.extend(metadata.brokers.keys().map(|id| Resource::broker(Some(*id))));
    let mut limits = Limits::default();
    for described in configs::describe(cluster, &resources, false).await? {
        let name = described.resource.name;
        for entry in described.result.unwrap_or_default() {
            let value = entry.value.as_deref().unwrap_or_default();
            match entry.name.as_str() {
                LEADER_RATE | FOLLOWER_RATE if entry.source == Source::DynamicBroker => {
                    if let (Ok(id), Ok(rate)) = (name.parse(), value.parse::<u64>()) {
                        let known = limits.brokers.entry(id).or_insert(rate);
                        *known = rate.min(*known);
                    }
                }
                LEADER_REPLICAS | FOLLOWER_REPLICAS if entry.source == Source::Topic && !value.is_empty() => {
                    let topics =
                        if value == ALL_REPLICAS { &mut limits.whole_topics } else { &mut limits.moved_topics };
                    topics.insert(name.clone());
                }
                _ => {}
            }
        }
    }
    Ok(limits)
}

/// Clears what moves have left, if nothing moves any more; what limits whole topics was set by hand and stays. The
/// answer is what was cleared.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked or says no.
pub async fn clear_leftovers(cluster: &Cluster) -> Result<Limits> {
    let mut left = limits(cluster).await?;
    if left.moved_topics.is_empty() {
        return Ok(Limits::default());
    }
    clear_topics(cluster, &left.moved_topics).await?;
    if left.whole_topics.is_empty() {
        clear_brokers(cluster, &left.brokers.keys().copied().collect()).await?;
    } else {
        left.brokers.clear();
    }
    left.whole_topics.clear();
    Ok(left)
}

/// Holds all replication of some topics to a rate on some brokers; of all, where none are named. The answer is the scope.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked or says no.
pub async fn hold(cluster: &Cluster, brokers: &[i32], topics: &[String], rate: u64) -> Result<Limits> {
    let metadata = cluster.metadata(Topics::All).await?;
    let brokers: BTreeSet<i32> =
        if brokers.is_empty() { metadata.brokers.into_keys().collect() } else { brokers.iter().copied().collect() };
    let topics: BTreeSet<String> =
        if topics.is_empty() { metadata.topics.into_keys().collect() } else { topics.iter().cloned().collect() };
    let all = || (ALL_REPLICAS.to_owned(), ALL_REPLICAS.to_owned());
    limit_topics(cluster, &topics.iter().map(|topic| (topic.clone(), all())).collect()).await?;
    limit_brokers(cluster, &brokers, &[LEADER_RATE, FOLLOWER_RATE], rate).await?;
    let brokers = brokers.into_iter().map(|id| (id, rate)).collect();
    Ok(Limits { brokers, whole_topics: topics, moved_topics: BTreeSet::new() })
}

/// Takes every rate off some brokers and topics; off all that have one, where none are named. The answer is what had one.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked or says no.
pub async fn release(cluster: &Cluster, brokers: &[i32], topics: &[String]) -> Result<Limits> {
    let mut found = limits(cluster).await?;
    // Naming brokers alone leaves topics as they are, and the other way round.
    let everything = brokers.is_empty() && topics.is_empty();
    found.brokers.retain(|id, _| everything || brokers.contains(id));
    found.whole_topics.retain(|topic| everything || topics.contains(topic));
    found.moved_topics.retain(|topic| everything || topics.contains(topic));
    clear_topics(cluster, &found.whole_topics.union(&found.moved_topics).cloned().collect()).await?;
    clear_brokers(cluster, &found.brokers.keys().copied().collect()).await?;
    Ok(found)
}

/// The slowest that a throttle is made, in bytes a second; a partition that takes writes faster would never arrive.
const SLOWEST: u64 = 1_000_000;

/// The rate for the next while: halved while partitions that do not move fall out of sync, since they share the disks
/// and the network with those that do, and back towards the ceiling when all is well.
pub fn adapted(rate: u64, ceiling: u64, in_trouble: bool) -> u64 {
    if in_trouble { (rate / 2).max(SLOWEST.min(ceiling)) } else { rate.saturating_add(rate / 4 + 1).min(ceiling) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(partition: i32) -> At {
        ("t".to_owned(), partition)
    }

    #[test]
    fn lists_have_sources_and_new_replicas_sorted_as_text() {
        let current = BTreeMap::from([(at(0), vec![2, 1]), (at(10), vec![1])]);
        let wanted = BTreeMap::from([(at(0), vec![3, 2]), (at(10), vec![2])]);
        let routes = routes(&BTreeMap::new(), &wanted, &current);
        assert_eq!(replica_lists(&routes)["t"], ("0:1,0:2,10:1".to_owned(), "0:3,10:2".to_owned()));
        assert_eq!(brokers(&routes), BTreeSet::from([1, 2, 3]));
    }

    #[test]
    fn a_move_under_way_keeps_its_own_sources() {
        let moving = Moving { replicas: vec![3, 1], adding: vec![3], removing: vec![1] };
        let moving = BTreeMap::from([(at(0), moving)]);
        let current = BTreeMap::from([(at(0), vec![3, 1])]);
        let routes = routes(&moving, &BTreeMap::from([(at(0), vec![2])]), &current);
        assert_eq!(routes[&at(0)], Route { sources: [1].into(), destinations: [2].into() });
    }

    #[test]
    fn the_rate_falls_fast_in_trouble_and_comes_back() {
        assert_eq!(adapted(50_000_000, 50_000_000, true), 25_000_000);
        assert_eq!(adapted(1_500_000, 50_000_000, true), 1_000_000);
        assert_eq!(adapted(500_000, 500_000, true), 500_000);
        let mut rate = 1_000_000;
        for _ in 0..30 {
            rate = adapted(rate, 50_000_000, false);
        }
        assert_eq!(rate, 50_000_000);
    }
}
