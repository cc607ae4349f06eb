//! How fast a cluster takes records.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Serialize;
use tokio::task::JoinSet;

use super::{Percentiles, filler, histogram, percentiles};
use crate::client::{ClientError, Cluster, Connection, Result, Target};
use crate::model::{ErrorCode, TimestampMs};
use crate::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite};
use crate::wire::compression::Compression;
use crate::wire::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};

/// What to send.
#[derive(Clone, Debug)]
pub struct ProduceBench {
    /// The topic; its partitions take turns.
    pub topic: String,
    /// Records in all.
    pub records: u64,
    /// Bytes of a value.
    pub record_size: usize,
    /// Records of a batch.
    pub batch_records: usize,
    /// Codec of the batches.
    pub compression: Compression,
    /// 1, or -1 for all in sync.
    pub acks: i16,
    /// Requests under way at once.
    pub in_flight: usize,
    /// Records a second; as fast as it goes when not given.
    pub rate: Option<f64>,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct ProduceReport {
    /// Records acknowledged.
    pub records: u64,
    /// Bytes of their values.
    pub bytes: u64,
    /// Bytes of the batches on the wire.
    pub wire_bytes: u64,
    /// Seconds.
    pub seconds: f64,
    /// Records a second.
    pub records_per_second: f64,
    /// Bytes of values a second.
    pub bytes_per_second: f64,
    /// From sending a request to its answer.
    pub latency: Percentiles,
}

/// Sends prebuilt batches and waits for every answer.
///
/// # Errors
/// [`ClientError`] with the first refusal.
pub async fn produce(cluster: &Cluster, bench: &ProduceBench) -> Result<ProduceReport> {
    let topic = cluster.topic(&bench.topic, true).await?;
    let mut targets: Vec<(i32, Connection)> = Vec::new();
    for p in &topic.partitions {
        targets.push((p.index, cluster.connection(Target::Broker(p.leader)).await?));
    }
    let batch = build(bench)?;
    let per_batch = bench.batch_records.max(1) as u64;
    let batches = bench.records.div_ceil(per_batch);
    let mut hist = histogram();
    let mut under_way: JoinSet<Result<Duration>> = JoinSet::new();
    let started = Instant::now();
    for n in 0..batches {
        while under_way.len() >= bench.in_flight.max(1) {
            settle(&mut under_way, &mut hist).await?;
        }
        if let Some(rate) = bench.rate {
            let due = started + Duration::from_secs_f64((n * per_batch) as f64 / rate);
            tokio::time::sleep(due.saturating_duration_since(Instant::now())).await;
        }
        let (partition, connection) = &targets[n as usize % targets.len()];
        let request = request(bench, *partition, batch.clone());
        let connection = connection.clone();
        under_way.spawn(async move {
            let sent = Instant::now();
            let answer = connection.send(&request).await?;
            let part = answer.responses.first().and_then(|t| t.partition_responses.first());
            let code = part.map_or(ErrorCode::UnknownServerError.code(), |p| p.error_code);
            let message = part.and_then(|p| p.error_message.as_deref());
            ClientError::check(code, message, || "cannot produce".into())?;
            Ok(sent.elapsed())
        });
    }
    while !under_way.is_empty() {
        settle(&mut under_way, &mut hist).await?;
    }
    let seconds = started.elapsed().as_secs_f64().max(1e-9);
    let records = batches * per_batch;
    let bytes = records * bench.record_size as u64;
    Ok(ProduceReport {
        records,
        bytes,
        wire_bytes: batches * batch.len() as u64,
        seconds,
        records_per_second: records as f64 / seconds,
        bytes_per_second: bytes as f64 / seconds,
        latency: percentiles(hist.as_ref()),
    })
}

async fn settle(
    under_way: &mut JoinSet<Result<Duration>>,
    hist: &mut Option<hdrhistogram::Histogram<u64>>,
) -> Result<()> {
    if let Some(Ok(done)) = under_way.join_next().await {
        let took = done?;
        if let Some(hist) = hist {
            hist.saturating_record(took.as_micros() as u64);
        }
    }
    Ok(())
}

fn build(bench: &ProduceBench) -> Result<Bytes> {
    let options = BuilderOptions { compression: bench.compression, ..BuilderOptions::default() };
    let mut builder = BatchBuilder::new(options);
    let value = filler(bench.record_size);
    let timestamp = TimestampMs::now();
    for _ in 0..bench.batch_records.max(1) {
        builder.append(&RecordToWrite { timestamp, value: Some(&value), ..Default::default() });
    }
    let built = builder.build();
    built
        .map(Bytes::from)
        .map_err(|e| ClientError::refused("cannot build a batch", ErrorCode::InvalidRecord, Some(e.to_string())))
}

pub(super) fn request_of(topic: &str, partition: i32, acks: i16, records: Bytes) -> ProduceRequest {
    let data = PartitionProduceData { index: partition, records: Some(records) };
    let topic = TopicProduceData { name: topic.to_owned(), partition_data: vec![data], ..Default::default() };
    ProduceRequest { acks, timeout_ms: 30_000, topic_data: vec![topic], ..Default::default() }
}

fn request(bench: &ProduceBench, partition: i32, records: Bytes) -> ProduceRequest {
    request_of(&bench.topic, partition, bench.acks, records)
}
