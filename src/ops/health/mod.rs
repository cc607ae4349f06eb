//! Whether a cluster is well, as checks with a value, a limit and a level; all through the protocol, so of any cluster.
//!
//! `facts` asks the cluster, `judge` holds what it said against the limits; the two meet in [`check`].

mod facts;
mod judge;

use std::time::Duration;

use serde::Serialize;

pub use facts::{Facts, GroupLag, gather};
pub use judge::judge;

use crate::client::Cluster;
use crate::ops::Result;

/// What is too much. What is above the limit fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Partitions without leader.
    pub offline: u64,
    /// Partitions whose ISR is smaller than their replica set.
    pub under_replicated: u64,
    /// Partitions with fewer in sync than `min.insync.replicas`.
    pub under_min_isr: u64,
    /// Records that a group has not read of a topic.
    pub lag: u64,
    /// The lag that is worth a warning.
    pub lag_warn: u64,
    /// 99th percentile of the time of a request, in milliseconds.
    pub p99_ms: f64,
    /// Changes of ISRs a minute.
    pub isr_changes: u64,
    /// Percent of a disk that is used.
    pub disk_percent: f64,
    /// Percent of the network's capacity that is used.
    pub network_percent: f64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            offline: 0,
            under_replicated: 0,
            under_min_isr: 0,
            lag: 100_000,
            lag_warn: 1_000,
            p99_ms: 100.0,
            isr_changes: 10,
            disk_percent: 85.0,
            network_percent: 80.0,
        }
    }
}

/// How closely to look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// How long ISRs, requests and traffic are watched; zero leaves out what needs time.
    pub sample: Duration,
    /// Bytes a second that the network of a broker carries; without it its use cannot be told.
    pub network: Option<u64>,
}

/// How bad it is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Above the limit.
    Fail,
    /// Worth a look.
    Warn,
    /// As it should be.
    Ok,
    /// The cluster does not tell.
    Unknown,
}

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Things.
    Count,
    /// Milliseconds.
    Ms,
    /// Percent.
    Percent,
    /// Things a minute.
    PerMinute,
}

/// One question and its answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// What is asked: `under-replicated partitions`.
    pub check: &'static str,
    /// The answer.
    pub level: Level,
    /// What was found; `None` when the cluster does not tell.
    pub value: Option<f64>,
    /// What would be too much.
    pub limit: f64,
    /// What both count.
    pub unit: Unit,
    /// Which things, or why there is no value.
    pub detail: String,
    /// The command that shows more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Asks every question; those that are answered badly come first.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked at all; what it does not tell is a check of level unknown.
pub async fn check(cluster: &Cluster, look: Look, limits: &Limits) -> Result<Vec<Check>> {
    let facts = gather(cluster, look).await?;
    let mut checks = judge(&facts, limits);
    checks.sort_by_key(|check| check.level);
    Ok(checks)
}

/// The worst of the levels, unknown ones aside.
pub fn worst(checks: &[Check]) -> Level {
    checks.iter().map(|check| check.level).filter(|level| *level != Level::Unknown).min().unwrap_or(Level::Ok)
}
