//! How long a record takes, at a fixed rate, from the moment it was due to be sent: a slow answer does not hold up the
//! next record, so that what waits is measured too.

use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::task::JoinSet;

use super::produce::request_of;
use super::{Percentiles, filler, histogram, percentiles};
use crate::client::{ClientError, Cluster, Consumer, ConsumerConfig, Result, StartAt, Target};
use crate::model::{ErrorCode, TimestampMs};
use crate::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite};

/// What to measure.
#[derive(Clone, Debug)]
pub struct LatencyBench {
    /// The topic; the records go to its first partition.
    pub topic: String,
    /// Records a second.
    pub rate: f64,
    /// How long to send.
    pub duration: Duration,
    /// Bytes of a value, 16 at least.
    pub record_size: usize,
    /// 1, or -1 for all in sync.
    pub acks: i16,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct LatencyReport {
    /// Records sent.
    pub sent: u64,
    /// Records read back.
    pub received: u64,
    /// From when a record was due to its acknowledgement.
    pub ack: Percentiles,
    /// From when a record was due to its arrival at a consumer.
    pub end_to_end: Percentiles,
}

/// Sends at the rate, reads back, and measures both ways.
///
/// # Errors
/// [`ClientError`] with the first refusal.
pub async fn latency(cluster: &Cluster, bench: &LatencyBench) -> Result<LatencyReport> {
    let topic = cluster.topic(&bench.topic, true).await?;
    let Some(first) = topic.partitions.first() else {
        return Err(ClientError::refused(&bench.topic, ErrorCode::UnknownTopicOrPartition, None));
    };
    let partition = first.index;
    let connection = cluster.connection(Target::Broker(first.leader)).await?;
    let config = ConsumerConfig { max_wait: Duration::from_millis(100), ..ConsumerConfig::default() };
    // A consumer of its own connections: a fetch that waits must not hold up an acknowledgement.
    let reading = Cluster::new(cluster.config().clone());
    let at = vec![((bench.topic.clone(), partition), StartAt::Latest)];
    let mut consumer = Consumer::assign(reading, config, at).await?;
    let total = (bench.rate * bench.duration.as_secs_f64()).round().max(1.0) as u64;
    let started = Instant::now();
    let run: u64 = started.elapsed().as_nanos() as u64 ^ TimestampMs::now().0 as u64;
    let due = |n: u64| started + Duration::from_secs_f64(n as f64 / bench.rate);
    let (mut acks, mut arrivals) = (histogram(), histogram());
    let mut under_way: JoinSet<Result<Instant>> = JoinSet::new();
    let (mut sent, mut received) = (0u64, 0u64);
    let give_up = due(total) + Duration::from_secs(10);
    while (received < total || !under_way.is_empty()) && Instant::now() < give_up {
        let next = if sent < total { due(sent) } else { give_up };
        tokio::select! {
            () = tokio::time::sleep(next.saturating_duration_since(Instant::now())), if sent < total => {
                let request = request_of(&bench.topic, partition, bench.acks, record(bench, run, sent)?);
                let (connection, at) = (connection.clone(), due(sent));
                under_way.spawn(async move {
                    let answer = connection.send(&request).await?;
                    let part = answer.responses.first().and_then(|t| t.partition_responses.first());
                    let code = part.map_or(ErrorCode::UnknownServerError.code(), |p| p.error_code);
                    ClientError::check(code, None, || "cannot produce".into())?;
                    Ok(at)
                });
                sent += 1;
            }
            Some(done) = under_way.join_next(), if !under_way.is_empty() => {
                if let (Ok(at), Some(acks)) = (done, &mut acks) {
                    acks.saturating_record(at?.elapsed().as_micros() as u64);
                }
            }
            fetched = consumer.poll(Duration::from_millis(200)) => {
                for part in fetched? {
                    part.for_each(|record| {
                        if let Some(n) = own(record.value.unwrap_or_default(), run) {
                            received += 1;
                            if let Some(arrivals) = &mut arrivals {
                                arrivals.saturating_record(due(n).elapsed().as_micros() as u64);
                            }
                        }
                        true
                    })?;
                }
            }
        }
    }
    Ok(LatencyReport { sent, received, ack: percentiles(acks.as_ref()), end_to_end: percentiles(arrivals.as_ref()) })
}

fn record(bench: &LatencyBench, run: u64, n: u64) -> Result<bytes::Bytes> {
    let mut value = filler(bench.record_size.max(16));
    value[..8].copy_from_slice(&run.to_be_bytes());
    value[8..16].copy_from_slice(&n.to_be_bytes());
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    builder.append(&RecordToWrite { timestamp: TimestampMs::now(), value: Some(&value), ..Default::default() });
    let built = builder.build();
    built
        .map(Into::into)
        .map_err(|e| ClientError::refused("cannot build a batch", ErrorCode::InvalidRecord, Some(e.to_string())))
}

/// The number of a record of this run.
fn own(value: &[u8], run: u64) -> Option<u64> {
    let word =
        |range: std::ops::Range<usize>| value.get(range).and_then(|raw| raw.try_into().ok()).map(u64::from_be_bytes);
    (word(0..8)? == run).then(|| word(8..16)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_other_runs_are_not_counted() {
        let bench =
            LatencyBench { topic: "t".into(), rate: 1.0, duration: Duration::from_secs(1), record_size: 0, acks: 1 };
        let batch = record(&bench, 7, 42).unwrap();
        let value = &batch[batch.len() - 17..batch.len() - 1];
        assert_eq!((own(value, 7), own(value, 8), own(b"short", 7)), (Some(42), None, None));
    }
}
