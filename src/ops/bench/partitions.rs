//! What a partition costs a broker that has nothing to do with it.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::Progress;
use super::meter::{Growth, Meter};
use crate::client::Cluster;
use crate::ops::topics::{NewTopic, create, delete};
use crate::ops::{Refusal, Result};

/// What to create.
#[derive(Clone, Debug)]
pub struct PartitionsBench {
    /// Partitions in all.
    pub partitions: u64,
    /// Topics they belong to; the first ones have one more where it does not divide.
    pub topics: u64,
    /// What the topics' names begin with.
    pub prefix: String,
    /// Replicas of each.
    pub replication_factor: i16,
    /// How long to watch the idle broker.
    pub hold: Duration,
    /// Whether the topics stay.
    pub keep: bool,
    /// The broker's process, to tell how it grew.
    pub broker_pid: Option<u32>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PartitionsReport {
    /// Partitions created.
    pub partitions: u64,
    /// Topics created.
    pub topics: u64,
    /// Seconds until all were created and described.
    pub seconds: f64,
    /// Seconds the broker was watched afterwards.
    pub held_seconds: f64,
    /// How the broker grew; its CPU is that of the time it was watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broker: Option<Growth>,
    /// Bytes of a partition, of that growth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_per_partition: Option<f64>,
}

/// Topics of one request.
const AT_ONCE: usize = 500;
/// Partitions of one request: what a controller takes in one step (`QuorumController.MAX_RECORDS_PER_USER_OP`).
const PARTITIONS_AT_ONCE: u64 = 10_000;

/// Cuts the topics into requests. A topic that is too large by itself goes alone, to be refused for what it is.
fn requests(mut topics: &[NewTopic]) -> Vec<&[NewTopic]> {
    let mut requests = Vec::new();
    while !topics.is_empty() {
        let mut partitions = 0;
        let fits = |topic: &&NewTopic| {
            partitions += topic.partitions.map_or(1, i64::from).unsigned_abs();
            partitions <= PARTITIONS_AT_ONCE
        };
        let n = topics.iter().take(AT_ONCE).take_while(fits).count().max(1);
        let (request, rest) = topics.split_at(n);
        requests.push(request);
        topics = rest;
    }
    requests
}

/// Creates topics, waits until the cluster shows them all, watches, and deletes them. `progress` counts partitions.
///
/// # Errors
/// [`crate::ops::OpsError`] with the first refusal.
pub async fn partitions(cluster: &Cluster, bench: &PartitionsBench, progress: &Progress) -> Result<PartitionsReport> {
    let before = bench.broker_pid.map(Meter::start).transpose()?.map(|meter| meter.resident()).transpose()?;
    let count = bench.topics.clamp(1, bench.partitions.max(1));
    let share = |i: u64| bench.partitions / count + u64::from(i < bench.partitions % count);
    let wanted: Vec<NewTopic> = (0..count)
        .map(|i| NewTopic {
            name: format!("{}{i}", bench.prefix),
            partitions: Some(i32::try_from(share(i)).unwrap_or(i32::MAX)),
            replication_factor: Some(bench.replication_factor),
            ..Default::default()
        })
        .collect();
    let started = Instant::now();
    for some in requests(&wanted) {
        for outcome in create(cluster, some, false).await? {
            outcome.result.map_err(|refusal| refusal.about(outcome.name))?;
        }
        progress.add(some.iter().filter_map(|t| t.partitions).map(|n| n as u64).sum());
    }
    let names: Vec<String> = wanted.into_iter().map(|topic| topic.name).collect();
    let shown = cluster.metadata(crate::client::Topics::Named(&names)).await?;
    let partitions = shown.topics.values().map(|topic| topic.partitions.len() as u64).sum();
    let seconds = started.elapsed().as_secs_f64();
    let idle = bench.broker_pid.map(Meter::start).transpose()?;
    tokio::time::sleep(bench.hold).await;
    let growth = match (idle, before) {
        (Some(meter), Some(rss_before_bytes)) => {
            let (rss_after_bytes, cpu_seconds) = (meter.resident()?, meter.cpu()?);
            Some(Growth { rss_before_bytes, rss_after_bytes, cpu_seconds })
        }
        _ => None,
    };
    if !bench.keep {
        for some in names.chunks(AT_ONCE) {
            for outcome in delete(cluster, some).await? {
                outcome.result.map_err(|refusal: Refusal| refusal.about(outcome.name))?;
            }
        }
    }
    Ok(PartitionsReport {
        partitions,
        topics: names.len() as u64,
        seconds,
        held_seconds: bench.hold.as_secs_f64(),
        broker: growth,
        bytes_per_partition: growth.map(|g| g.each(partitions)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_asks_for_no_more_than_a_controller_takes() {
        let topics = |sizes: &[i32]| -> Vec<NewTopic> {
            sizes.iter().map(|&n| NewTopic { partitions: Some(n), ..Default::default() }).collect()
        };
        let cut = |sizes: &[i32]| requests(&topics(sizes)).iter().map(|some| some.len()).collect::<Vec<_>>();
        assert_eq!(cut(&[5000, 5000, 5000]), [2, 1]);
        assert_eq!(cut(&[20_000, 1, 1]), [1, 2]);
        assert_eq!(cut(&[1; 1200]), [500, 500, 200]);
        assert_eq!(cut(&[]), [0; 0]);
    }
}
