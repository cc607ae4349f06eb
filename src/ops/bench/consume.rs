//! How fast a cluster gives records.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::client::{Cluster, Consumer, ConsumerConfig, Result, StartAt};
use crate::wire::batch::batches;

/// What to read.
#[derive(Clone, Debug)]
pub struct ConsumeBench {
    /// The topic, from its start.
    pub topic: String,
    /// Stop after so many records; at the end of the log when not given.
    pub records: Option<u64>,
    /// `max.partition.fetch.bytes`.
    pub partition_bytes: i32,
}

/// What came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ConsumeReport {
    /// Records in the batches that came.
    pub records: u64,
    /// Bytes on the wire.
    pub wire_bytes: u64,
    /// Seconds from the first fetch to the last answer.
    pub seconds: f64,
    /// Records a second.
    pub records_per_second: f64,
    /// Bytes a second.
    pub bytes_per_second: f64,
}

/// Reads by the headers of batches, without looking into them.
///
/// # Errors
/// [`crate::client::ClientError`] when the topic cannot be read.
pub async fn consume(cluster: &Cluster, bench: &ConsumeBench) -> Result<ConsumeReport> {
    let topic = cluster.topic(&bench.topic, true).await?;
    let from = topic.partitions.iter().map(|p| ((bench.topic.clone(), p.index), StartAt::Earliest)).collect();
    let config = ConsumerConfig {
        max_partition_bytes: bench.partition_bytes,
        reset: Some(StartAt::Earliest),
        ..ConsumerConfig::default()
    };
    let mut consumer = Consumer::assign(cluster.clone(), config, from).await?;
    let mut report = ConsumeReport::default();
    let started = Instant::now();
    let mut last = started;
    while bench.records.is_none_or(|wanted| report.records < wanted) {
        let fetched = consumer.poll(Duration::from_millis(700)).await?;
        if fetched.is_empty() {
            break;
        }
        last = Instant::now();
        for part in fetched {
            report.wire_bytes += part.bytes as u64;
            report.records += batches(part.raw())
                .map_while(std::result::Result::ok)
                .map(|(h, _)| h.record_count.max(0) as u64)
                .sum::<u64>();
        }
    }
    report.seconds = (last - started).as_secs_f64().max(1e-9);
    report.records_per_second = report.records as f64 / report.seconds;
    report.bytes_per_second = report.wire_bytes as f64 / report.seconds;
    Ok(report)
}
