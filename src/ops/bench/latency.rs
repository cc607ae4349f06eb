//! How long a record takes, at a fixed rate, from the moment it was due to be sent: a slow answer does not hold up the
//! next record, so that what waits is measured too.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::consume::{Fetcher, Position};
use super::meter::{Meter, Spent};
use super::produce::{batch, check, frame, prompt_sleeps, sleep_until};
use super::socket::Socket;
use super::{Latencies, Percentiles, Progress, thread_lost};
use crate::client::{ClientError, Cluster, OffsetAt, Result, Target};
use crate::model::ErrorCode;
use crate::wire::api::ApiKey;
use crate::wire::compression::Compression;

/// What to measure.
#[derive(Clone, Debug)]
pub struct LatencyBench {
    /// The topic; the records go to its first partition. Nobody else may write to it meanwhile.
    pub topic: String,
    /// Records a second.
    pub rate: f64,
    /// How long to send.
    pub duration: Duration,
    /// Bytes of a value.
    pub record_size: usize,
    /// 1, or -1 for all in sync.
    pub acks: i16,
    /// Whether the records are read back.
    pub read_back: bool,
    /// The broker's process, to tell what it spent.
    pub broker_pid: Option<u32>,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct LatencyReport {
    /// Records sent and acknowledged.
    pub sent: u64,
    /// Records read back.
    pub received: u64,
    /// From when a record was due to its acknowledgement.
    pub ack: Percentiles,
    /// From when a record was due to its arrival at a consumer.
    pub end_to_end: Percentiles,
    /// What the broker spent, if its process is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broker: Option<Spent>,
}

/// How long the reader waits for the last records after they were acknowledged.
const LAST_CALL: Duration = Duration::from_secs(10);

/// Sends at the rate, reads back, and measures both ways. Blocks the thread; `progress` counts acknowledged records.
///
/// # Errors
/// [`ClientError`] with the first refusal, or when others wrote to the partition meanwhile.
pub async fn latency(cluster: &Cluster, bench: &LatencyBench, progress: &Progress) -> Result<LatencyReport> {
    let topic = cluster.topic(&bench.topic, true).await?;
    let Some(first) = topic.partitions.first() else {
        return Err(ClientError::refused(&bench.topic, ErrorCode::UnknownTopicOrPartition, None));
    };
    let (partition, leader) = (first.index, first.leader);
    let address = cluster.connection(Target::Broker(leader)).await?.address().to_owned();
    // Where the first record will stand, and so which record stands where: the n-th at this offset plus n.
    let base = if bench.read_back { end_of(cluster, &bench.topic, partition).await? } else { 0 };
    let total = (bench.rate * bench.duration.as_secs_f64()).round().max(1.0) as u64;
    let mut frame = frame(&bench.topic, partition, bench.acks, batch(bench.record_size, 1, Compression::NONE)?);
    let mut writer = Socket::open(&address, ApiKey::Produce, cluster.config())?;
    let acks = writer.twin()?;
    let reader = bench.read_back.then(|| Socket::open(&address, ApiKey::Fetch, cluster.config())).transpose()?;
    let broker = bench.broker_pid.map(Meter::start).transpose()?;
    // Not at once: the reader's first fetch shall be waiting when the first record comes.
    let started = Instant::now() + Duration::from_millis(50);
    let due = |n: u64| started + Duration::from_secs_f64(n as f64 / bench.rate);
    let all_acked = AtomicBool::new(false);
    let (acked, arrived) = std::thread::scope(|scope| {
        let acks = scope.spawn(|| {
            let acked = read_acks(acks, total, bench.read_back.then_some(base), due, progress);
            all_acked.store(true, Ordering::Release);
            acked
        });
        let reading = reader.map(|socket| {
            let position = Position { partition, offset: base, end: i64::MAX };
            let fetcher = Fetcher::new(socket, &bench.topic, vec![position], 1 << 20, Duration::from_millis(100));
            scope.spawn(|| read_back(fetcher, base, total, due, &all_acked))
        });
        prompt_sleeps();
        for n in 0..total {
            sleep_until(due(n));
            writer.send(&mut frame, n as i32)?;
        }
        let acked = acks.join().map_err(thread_lost)??;
        let arrived = reading.map(|thread| thread.join().map_err(thread_lost)?).transpose()?;
        Ok::<_, ClientError>((acked, arrived))
    })?;
    let (received, arrived) = arrived.map_or((0, Percentiles::default()), |(n, times)| (n, times.percentiles()));
    Ok(LatencyReport {
        sent: total,
        received,
        ack: acked.percentiles(),
        end_to_end: arrived,
        broker: broker.map(|meter| meter.spent(total * bench.record_size as u64, total)).transpose()?,
    })
}

async fn end_of(cluster: &Cluster, topic: &str, partition: i32) -> Result<i64> {
    let at = (topic.to_owned(), partition);
    let ends = cluster.list_offsets([(at, OffsetAt::Latest)], crate::client::Isolation::ReadUncommitted).await?;
    match ends.into_values().next() {
        Some(Ok(found)) => Ok(found.offset),
        Some(Err(code)) => Err(ClientError::refused(topic, code, None)),
        None => Err(ClientError::refused(topic, ErrorCode::UnknownTopicOrPartition, None)),
    }
}

/// Reads the acknowledgements; with `base`, holds every offset against the one expected.
fn read_acks(
    mut socket: Socket,
    total: u64,
    base: Option<i64>,
    due: impl Fn(u64) -> Instant,
    progress: &Progress,
) -> Result<Latencies> {
    let mut latencies = Latencies::new()?;
    for n in 0..total {
        let offset = check(&mut socket)?;
        latencies.record(due(n).elapsed());
        progress.add(1);
        if base.is_some_and(|base| base + n as i64 != offset) {
            return Err(ClientError::Config("others write to the partition: its offsets do not follow ours".into()));
        }
    }
    Ok(latencies)
}

/// Reads the records back. Gives up some time after all were acknowledged.
fn read_back(
    mut fetcher: Fetcher,
    base: i64,
    total: u64,
    due: impl Fn(u64) -> Instant,
    all_acked: &AtomicBool,
) -> Result<(u64, Latencies)> {
    let mut latencies = Latencies::new()?;
    let mut received = 0;
    let mut last_call = None;
    while received < total {
        fetcher.fetch(|_, header| {
            let now = Instant::now();
            for offset in header.base_offset.get()..=header.last_offset().get() {
                if let Ok(n) = u64::try_from(offset - base)
                    && n < total
                {
                    received += 1;
                    latencies.record(now.saturating_duration_since(due(n)));
                }
            }
        })?;
        if all_acked.load(Ordering::Acquire) {
            let at = *last_call.get_or_insert_with(|| Instant::now() + LAST_CALL);
            if Instant::now() > at {
                break;
            }
        }
    }
    Ok((received, latencies))
}
