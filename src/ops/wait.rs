//! Conditions that a script waits for, each asked once: it holds, or it does not and here is why.

use std::time::Duration;

use super::groups;
use super::health::{self, Level, Limits, Look};
use super::reassign::progress;
use super::restart;
use crate::client::{Cluster, Topics};
use crate::model::ErrorCode;
use crate::ops::{OpsError, Result};

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// No check of `health` fails.
    Healthy,
    /// Topics are there, every partition with a leader.
    TopicReady(Vec<String>),
    /// Topics are gone.
    TopicGone(Vec<String>),
    /// Every replica is in sync, of some topics or of all.
    InSync(Vec<String>),
    /// Groups have no members.
    GroupEmpty(Vec<String>),
    /// Groups have members, and all their partitions are shared out.
    GroupStable(Vec<String>),
    /// Groups have at most so many records left in each topic.
    LagBelow(Vec<String>, u64),
    /// So many brokers serve.
    Brokers(usize),
    /// No reassignment is under way.
    NoMoves,
    /// A broker can be restarted without anybody noticing.
    CanRestart(i32),
}

/// Whether it holds now; if not, what is missing.
///
/// # Errors
/// [`OpsError`] when the cluster cannot be asked.
pub async fn holds(cluster: &Cluster, condition: &Condition) -> Result<Result<(), String>> {
    match condition {
        Condition::Healthy => healthy(cluster).await,
        Condition::TopicReady(topics) => topics_ready(cluster, topics).await,
        Condition::TopicGone(topics) => topics_gone(cluster, topics).await,
        Condition::InSync(topics) => in_sync(cluster, topics).await,
        Condition::GroupEmpty(names) => groups_are(cluster, names, |group| group.is_inactive()).await,
        Condition::GroupStable(names) => groups_are(cluster, names, |group| group.state == "Stable").await,
        Condition::LagBelow(names, limit) => lag_below(cluster, names, *limit).await,
        Condition::Brokers(wanted) => {
            let live = cluster.metadata(Topics::None).await?.brokers.len();
            Ok(if live >= *wanted { Ok(()) } else { Err(format!("{live} of {wanted} brokers serve")) })
        }
        Condition::NoMoves => {
            let progress = progress::look(cluster, None).await?;
            let moving = progress.partitions.len();
            Ok(if moving == 0 { Ok(()) } else { Err(format!("{moving} partitions move")) })
        }
        Condition::CanRestart(id) => {
            let verdict = restart::can_restart(cluster, *id).await?;
            let reasons = verdict.reasons.len();
            Ok(if verdict.can_restart { Ok(()) } else { Err(format!("broker {id} is needed, for {reasons} reasons")) })
        }
    }
}

fn missing(all: Vec<String>) -> Result<(), String> {
    match all.len() {
        0 => Ok(()),
        1..=3 => Err(all.join(", ")),
        n => Err(format!("{} and {} more", all[..3].join(", "), n - 3)),
    }
}

async fn healthy(cluster: &Cluster) -> Result<Result<(), String>> {
    let look = Look { sample: Duration::ZERO, network: None };
    let checks = health::check(cluster, look, &Limits::default()).await?;
    let failed = checks.iter().filter(|check| check.level == Level::Fail);
    Ok(missing(failed.map(|check| format!("{}: {}", check.check, check.detail)).collect()))
}

async fn topics_ready(cluster: &Cluster, topics: &[String]) -> Result<Result<(), String>> {
    let metadata = cluster.metadata(Topics::Named(topics)).await?;
    let state = |name: &String| match metadata.topics.get(name) {
        Some(t) if t.error.is_ok() && !t.partitions.is_empty() => {
            let leaderless = t.partitions.iter().filter(|p| p.leader < 0).count();
            (leaderless > 0).then(|| format!("{name}: {leaderless} partitions have no leader"))
        }
        Some(t) if !matches!(t.error, ErrorCode::None | ErrorCode::UnknownTopicOrPartition) => {
            Some(format!("{name}: {}", t.error.message()))
        }
        _ => Some(format!("{name} is not there")),
    };
    Ok(missing(topics.iter().filter_map(state).collect()))
}

async fn topics_gone(cluster: &Cluster, topics: &[String]) -> Result<Result<(), String>> {
    let metadata = cluster.metadata(Topics::Named(topics)).await?;
    let is_there =
        |name: &&String| metadata.topics.get(*name).is_some_and(|t| t.error != ErrorCode::UnknownTopicOrPartition);
    Ok(missing(topics.iter().filter(is_there).map(|name| format!("{name} is there")).collect()))
}

async fn in_sync(cluster: &Cluster, topics: &[String]) -> Result<Result<(), String>> {
    let metadata = cluster.metadata(if topics.is_empty() { Topics::All } else { Topics::Named(topics) }).await?;
    let mut behind = Vec::new();
    for topic in metadata.topics.values() {
        if !topic.error.is_ok() {
            behind.push(format!("{}: {}", topic.name, topic.error.message()));
        }
        let shrunk = topic.partitions.iter().filter(|p| p.isr.len() < p.replicas.len()).count();
        if shrunk > 0 {
            behind.push(format!("{}: {shrunk} of {} partitions are not in sync", topic.name, topic.partitions.len()));
        }
    }
    Ok(missing(behind))
}

async fn groups_are(
    cluster: &Cluster,
    names: &[String],
    is_so: impl Fn(&groups::DescribedGroup) -> bool,
) -> Result<Result<(), String>> {
    let mut not = Vec::new();
    for (name, described) in groups::describe(cluster, names).await? {
        match described {
            Ok(group) if is_so(&group) => {}
            Ok(group) => not.push(format!("{name} is {} with {} members", group.state, group.members.len())),
            Err(e) => not.push(e.to_string()),
        }
    }
    Ok(missing(not))
}

async fn lag_below(cluster: &Cluster, names: &[String], limit: u64) -> Result<Result<(), String>> {
    let mut above = Vec::new();
    for name in names {
        let described = match groups::describe_one(cluster, name).await {
            Ok(described) => described,
            Err(e) if e.code() == Some(ErrorCode::GroupIdNotFound) => {
                above.push(format!("group {name} is not there"));
                continue;
            }
            Err(e) => return Err(OpsError::from(e)),
        };
        let rows = groups::offsets(cluster, &described).await?;
        let lag: u64 = rows.iter().filter_map(|row| row.lag).map(|lag| u64::try_from(lag).unwrap_or(0)).sum();
        let told = rows.iter().any(|row| row.lag.is_some());
        if !told {
            above.push(format!("{name} has committed nothing"));
        } else if lag > limit {
            above.push(format!("{name} is {lag} records behind"));
        }
    }
    Ok(missing(above))
}
