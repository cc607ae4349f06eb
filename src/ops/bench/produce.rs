//! How fast a cluster takes records.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Serialize;

use super::meter::{Meter, Spent};
use super::socket::{Frame, Socket};
use super::targets::{Share, shares};
use super::{Latencies, Percentiles, Progress, filler, thread_lost};
use crate::client::{ClientError, Cluster, Result};
use crate::model::{ErrorCode, TimestampMs};
use crate::wire::api::ApiKey;
use crate::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite};
use crate::wire::compression::Compression;
use crate::wire::messages::api_versions::ApiVersionsRequest;
use crate::wire::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};

/// The last version in which a request ends in its records, so that they can follow a prepared head uncopied. Kafka 4
/// serves it.
pub(super) const PRODUCE_VERSION: i16 = 8;

/// What to send.
#[derive(Clone, Debug)]
pub struct ProduceBench {
    /// The topic; its partitions take turns.
    pub topic: String,
    /// Records in all.
    pub records: u64,
    /// Stop after this time, whatever was sent.
    pub duration: Option<Duration>,
    /// Bytes of a value.
    pub record_size: usize,
    /// Records of a batch, which is a request.
    pub batch_records: usize,
    /// Codec of the batches.
    pub compression: Compression,
    /// 0, 1, or -1 for all in sync.
    pub acks: i16,
    /// Requests under way at once on one connection.
    pub in_flight: usize,
    /// Connections, each with a thread.
    pub connections: usize,
    /// Records a second over all connections; as fast as it goes when not given. Latency then counts from the moment
    /// a request was due, not from when it could be sent.
    pub rate: Option<f64>,
    /// The broker's process, to tell what it spent.
    pub broker_pid: Option<u32>,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct ProduceReport {
    /// Records acknowledged (sent, with acks=0).
    pub records: u64,
    /// Bytes of their values.
    pub bytes: u64,
    /// Bytes of the batches on the wire.
    pub wire_bytes: u64,
    /// Seconds from the first request to the last answer.
    pub seconds: f64,
    /// Records a second.
    pub records_per_second: f64,
    /// Bytes of values a second.
    pub bytes_per_second: f64,
    /// From sending a request, or from when it was due, to its answer.
    pub latency: Percentiles,
    /// CPU-seconds of this process.
    pub client_cpu_seconds: f64,
    /// What the broker spent, if its process is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broker: Option<Spent>,
}

/// Sends prebuilt batches and waits for every answer. Blocks the thread; `progress` counts records.
///
/// # Errors
/// [`ClientError`] with the first refusal.
pub async fn produce(cluster: &Cluster, bench: &ProduceBench, progress: &Progress) -> Result<ProduceReport> {
    let shares = shares(cluster, &bench.topic, bench.connections.max(1)).await?;
    let batch = batch(bench.record_size, bench.batch_records, bench.compression)?;
    let mut sockets = Vec::new();
    for share in &shares {
        sockets.push(Socket::open(&share.address, ApiKey::Produce, cluster.config())?);
    }
    let broker = bench.broker_pid.map(Meter::start).transpose()?;
    let client = Meter::myself()?;
    let started = Instant::now();
    let plan = Plan {
        per_batch: bench.batch_records.max(1) as u64,
        batches: bench.records.div_ceil(bench.batch_records.max(1) as u64),
        next: AtomicU64::new(0),
        started,
        until: bench.duration.map(|duration| started + duration),
        progress,
    };
    let (mut sent, mut latencies) = (0, Latencies::new()?);
    std::thread::scope(|scope| {
        let threads: Vec<_> = sockets
            .into_iter()
            .zip(&shares)
            .enumerate()
            .map(|(lane, (socket, share))| {
                let (plan, batch, lanes) = (&plan, &batch, shares.len());
                scope.spawn(move || {
                    let mut frames = frames(bench, share, batch);
                    match bench.rate {
                        Some(rate) if bench.acks != 0 => open_loop(socket, &mut frames, plan, lane, lanes, rate),
                        rate => closed_loop(socket, &mut frames, plan, bench, rate.map(|all| all / lanes as f64)),
                    }
                })
            })
            .collect();
        for thread in threads {
            let (batches, some) = thread.join().map_err(thread_lost)??;
            sent += batches;
            latencies.merge(&some);
        }
        Ok::<_, ClientError>(())
    })?;
    let seconds = started.elapsed().as_secs_f64().max(1e-9);
    let records = sent * plan.per_batch;
    let (bytes, wire_bytes) = (records * bench.record_size as u64, sent * batch.len() as u64);
    Ok(ProduceReport {
        records,
        bytes,
        wire_bytes,
        seconds,
        records_per_second: records as f64 / seconds,
        bytes_per_second: bytes as f64 / seconds,
        latency: latencies.percentiles(),
        client_cpu_seconds: client.cpu()?,
        broker: broker.map(|meter| meter.spent(wire_bytes, records)).transpose()?,
    })
}

/// What the connections of a run share.
struct Plan<'a> {
    per_batch: u64,
    batches: u64,
    next: AtomicU64,
    started: Instant,
    until: Option<Instant>,
    progress: &'a Progress,
}

impl Plan<'_> {
    /// Claims the next batch of all; `false` when none is left or time is up.
    fn claim(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until)
            && self.next.fetch_add(1, Ordering::Relaxed) < self.batches
    }
}

/// Keeps `in_flight` requests under way on one connection, or sends at this connection's `rate` what nobody answers.
fn closed_loop(
    mut socket: Socket,
    frames: &mut [Frame],
    plan: &Plan<'_>,
    bench: &ProduceBench,
    rate: Option<f64>,
) -> Result<(u64, Latencies)> {
    let mut latencies = Latencies::new()?;
    let mut under_way = std::collections::VecDeque::with_capacity(bench.in_flight.max(1));
    let (mut sent, mut more) = (0u64, true);
    while more || !under_way.is_empty() {
        while more && under_way.len() < bench.in_flight.max(1) {
            more = plan.claim();
            if !more {
                break;
            }
            if let Some(rate) = rate {
                sleep_until(plan.started + Duration::from_secs_f64((sent * plan.per_batch) as f64 / rate));
            }
            let at = sent as usize % frames.len();
            socket.send(&mut frames[at], sent as i32)?;
            sent += 1;
            if bench.acks == 0 {
                plan.progress.add(plan.per_batch);
            } else {
                under_way.push_back(Instant::now());
            }
        }
        if let Some(at) = under_way.pop_front() {
            check(&mut socket)?;
            latencies.record(at.elapsed());
            plan.progress.add(plan.per_batch);
        }
    }
    if bench.acks == 0 {
        // Answers come in the order of the requests: when this one is here, everything before it has been taken.
        socket.ask(&ApiVersionsRequest::default(), 0)?;
    }
    Ok((sent, latencies))
}

/// Sends every request when it is due, however late the answers are; a second thread reads them.
fn open_loop(
    socket: Socket,
    frames: &mut [Frame],
    plan: &Plan<'_>,
    lane: usize,
    lanes: usize,
    rate: f64,
) -> Result<(u64, Latencies)> {
    let mut writer = socket.twin()?;
    let due = |n: u64| plan.started + Duration::from_secs_f64((n * plan.per_batch) as f64 / rate);
    let (tell, told) = mpsc::channel::<Instant>();
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let (mut socket, mut latencies) = (socket, Latencies::new()?);
            while let Ok(at) = told.recv() {
                check(&mut socket)?;
                latencies.record(at.elapsed());
                plan.progress.add(plan.per_batch);
            }
            Ok::<_, ClientError>(latencies)
        });
        prompt_sleeps();
        let mut sent = 0;
        for n in (lane as u64..plan.batches).step_by(lanes) {
            let at = due(n);
            if plan.until.is_some_and(|until| at >= until) {
                break;
            }
            sleep_until(at);
            let frame = sent as usize % frames.len();
            writer.send(&mut frames[frame], sent as i32)?;
            sent += 1;
            if tell.send(at).is_err() {
                break;
            }
        }
        drop(tell);
        Ok((sent, reader.join().map_err(thread_lost)??))
    })
}

/// Reads one answer; the base offset.
pub(super) fn check(socket: &mut Socket) -> Result<i64> {
    let answer = Bytes::copy_from_slice(socket.answer("Produce")?);
    let answer = socket.decode::<ProduceRequest>(answer, PRODUCE_VERSION)?;
    let part = answer.responses.first().and_then(|t| t.partition_responses.first());
    let code = part.map_or(ErrorCode::UnknownServerError.code(), |p| p.error_code);
    let message = part.and_then(|p| p.error_message.as_deref());
    ClientError::check(code, message, || "cannot produce".into())?;
    Ok(part.map_or(-1, |p| p.base_offset))
}

/// Lets this thread's sleeps end within microseconds of their time; where that is refused, they end later, and what
/// is late counts as latency.
pub(super) fn prompt_sleeps() {
    let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
}

pub(super) fn sleep_until(at: Instant) {
    let left = at.saturating_duration_since(Instant::now());
    if !left.is_zero() {
        std::thread::sleep(left);
    }
}

fn frames(bench: &ProduceBench, share: &Share, batch: &Bytes) -> Vec<Frame> {
    share.partitions.iter().map(|&partition| frame(&bench.topic, partition, bench.acks, batch.clone())).collect()
}

/// A request with one batch for one partition.
pub(super) fn frame(topic: &str, partition: i32, acks: i16, batch: Bytes) -> Frame {
    // Empty records end the request in a length of four bytes, which the batch's takes the place of.
    let data = PartitionProduceData { index: partition, records: Some(Bytes::new()) };
    let topic = TopicProduceData { name: topic.to_owned(), partition_data: vec![data], ..Default::default() };
    let request = ProduceRequest { acks, timeout_ms: 30_000, topic_data: vec![topic], ..Default::default() };
    Frame::new(&request, PRODUCE_VERSION, batch)
}

/// A batch of equal records.
pub(super) fn batch(record_size: usize, records: usize, compression: Compression) -> Result<Bytes> {
    let mut builder = BatchBuilder::new(BuilderOptions { compression, ..BuilderOptions::default() });
    let value = filler(record_size);
    let timestamp = TimestampMs::now();
    for _ in 0..records.max(1) {
        builder.append(&RecordToWrite { timestamp, value: Some(&value), ..Default::default() });
    }
    let built = builder.build();
    built
        .map(Bytes::from)
        .map_err(|e| ClientError::refused("cannot build a batch", ErrorCode::InvalidRecord, Some(e.to_string())))
}
