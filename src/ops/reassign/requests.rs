//! What is asked of the cluster about moves: start, stop and list them, and where replicas are on disk.

use std::collections::{BTreeMap, BTreeSet};

use super::file::LogDirs;
use crate::client::{At, ClientError, Cluster, Target};
use crate::model::ErrorCode;
use crate::ops::{Refusal, Result};
use crate::wire::messages::alter_partition_reassignments::{
    AlterPartitionReassignmentsRequest, ReassignablePartition, ReassignableTopic,
};
use crate::wire::messages::alter_replica_log_dirs::{
    AlterReplicaLogDir, AlterReplicaLogDirTopic, AlterReplicaLogDirsRequest,
};
use crate::wire::messages::describe_log_dirs::{DescribableLogDirTopic, DescribeLogDirsRequest};
use crate::wire::messages::list_partition_reassignments::{
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsTopics,
};

/// A partition that is being moved (KIP-455).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moving {
    /// All replicas, those to be removed included.
    pub replicas: Vec<i32>,
    /// Replicas that are being made.
    pub adding: Vec<i32>,
    /// Replicas that go when the new ones are in sync.
    pub removing: Vec<i32>,
}

/// What is moving: everything, or some partitions.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked or says no.
pub async fn moving(cluster: &Cluster, only: Option<&BTreeSet<At>>) -> Result<BTreeMap<At, Moving>> {
    let topics = only.map(|only| {
        let topics = by_topic(only.iter());
        topics.map(|(name, partition_indexes)| ListPartitionReassignmentsTopics { name, partition_indexes }).collect()
    });
    let request = ListPartitionReassignmentsRequest { timeout_ms: timeout_ms(cluster), topics };
    let response = cluster.request(Target::Controller, &request).await?;
    ClientError::check(response.error_code, response.error_message.as_deref(), || "cannot list moves".into())?;
    let mut found = BTreeMap::new();
    for topic in response.topics {
        for p in topic.partitions {
            let moving = Moving { replicas: p.replicas, adding: p.adding_replicas, removing: p.removing_replicas };
            found.insert((topic.name.clone(), p.partition_index), moving);
        }
    }
    Ok(found)
}

/// Starts moves, and stops those of partitions that are given no replicas. The answer has what was refused.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked or refuses all of it.
pub async fn alter(
    cluster: &Cluster,
    wanted: &BTreeMap<At, Option<Vec<i32>>>,
    allow_replication_factor_change: bool,
) -> Result<BTreeMap<At, Refusal>> {
    let topics = by_topic(wanted.keys()).map(|(name, indexes)| {
        let partition = |index: i32| ReassignablePartition {
            partition_index: index,
            replicas: wanted.get(&(name.clone(), index)).cloned().flatten(),
        };
        ReassignableTopic { partitions: indexes.into_iter().map(partition).collect(), name }
    });
    let request = AlterPartitionReassignmentsRequest {
        timeout_ms: timeout_ms(cluster),
        allow_replication_factor_change,
        topics: topics.collect(),
    };
    let response = cluster.request(Target::Controller, &request).await?;
    ClientError::check(response.error_code, response.error_message.as_deref(), || "cannot move partitions".into())?;
    let mut refused = BTreeMap::new();
    for topic in response.responses {
        for p in topic.partitions {
            if let Err(refusal) = Refusal::check(p.error_code, p.error_message) {
                refused.insert((topic.name.clone(), p.partition_index), refusal);
            }
        }
    }
    Ok(refused)
}

/// Where a replica is on its broker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnDisk {
    /// The directory, if it is in a live one.
    pub current: Option<String>,
    /// The directory that it is being moved to.
    pub future: Option<String>,
    /// Bytes in the current one.
    pub bytes: u64,
}

/// Looks up where replicas are. Every replica asked for has an entry.
///
/// # Errors
/// [`crate::ops::OpsError`] when a broker cannot be asked or says no.
pub async fn on_disk(cluster: &Cluster, replicas: &BTreeSet<(At, i32)>) -> Result<BTreeMap<(At, i32), OnDisk>> {
    let mut found: BTreeMap<(At, i32), OnDisk> = replicas.iter().map(|r| (r.clone(), OnDisk::default())).collect();
    let brokers: BTreeSet<i32> = replicas.iter().map(|(_, id)| *id).collect();
    for id in brokers {
        let here = by_topic(replicas.iter().filter(|(_, on)| *on == id).map(|(at, _)| at));
        let topics = here.map(|(topic, partitions)| DescribableLogDirTopic { topic, partitions }).collect();
        let request = DescribeLogDirsRequest { topics: Some(topics) };
        let response = cluster.request(Target::Broker(id), &request).await?;
        ClientError::check(response.error_code, None, || {
            format!("cannot look into the log directories of broker {id}")
        })?;
        for dir in response.results.iter().filter(|dir| dir.error_code == 0) {
            for topic in &dir.topics {
                for p in &topic.partitions {
                    let Some(replica) = found.get_mut(&((topic.name.clone(), p.partition_index), id)) else { continue };
                    if p.is_future_key {
                        replica.future = Some(dir.log_dir.clone());
                    } else {
                        replica.current = Some(dir.log_dir.clone());
                        replica.bytes = u64::try_from(p.partition_size).unwrap_or(0);
                    }
                }
            }
        }
    }
    Ok(found)
}

/// Asks brokers to move replicas between their directories; what each said, success included.
///
/// # Errors
/// [`crate::ops::OpsError`] when a broker cannot be asked.
pub async fn alter_log_dirs(cluster: &Cluster, wanted: &LogDirs) -> Result<BTreeMap<(At, i32), ErrorCode>> {
    let mut answers = BTreeMap::new();
    let brokers: BTreeSet<i32> = wanted.keys().map(|(_, id)| *id).collect();
    for id in brokers {
        let here = || wanted.iter().filter(move |((_, on), _)| *on == id);
        let paths: BTreeSet<&String> = here().map(|(_, path)| path).collect();
        let dirs = paths.into_iter().map(|path| {
            let topics = by_topic(here().filter(|(_, wanted)| *wanted == path).map(|((at, _), _)| at));
            let topics = topics.map(|(name, partitions)| AlterReplicaLogDirTopic { name, partitions }).collect();
            AlterReplicaLogDir { path: path.clone(), topics }
        });
        let request = AlterReplicaLogDirsRequest { dirs: dirs.collect() };
        let response = cluster.request(Target::Broker(id), &request).await?;
        for topic in response.results {
            for p in topic.partitions {
                let at = (topic.topic_name.clone(), p.partition_index);
                answers.insert((at, id), ErrorCode::from_code(p.error_code));
            }
        }
    }
    Ok(answers)
}

/// Partitions in order, by topic.
fn by_topic<'a>(partitions: impl Iterator<Item = &'a At>) -> impl Iterator<Item = (String, Vec<i32>)> {
    let mut topics: BTreeMap<String, Vec<i32>> = BTreeMap::new();
    for (topic, partition) in partitions {
        topics.entry(topic.clone()).or_default().push(*partition);
    }
    topics.into_iter()
}

fn timeout_ms(cluster: &Cluster) -> i32 {
    i32::try_from(cluster.config().request_timeout.as_millis()).unwrap_or(i32::MAX)
}
