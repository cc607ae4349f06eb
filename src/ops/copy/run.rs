//! The loop: read, filter, send; and every second wait for all that was sent, and keep how far it is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::filter::Filter;
use super::route::{Partitioning, Route};
use super::state::{self, Resume, State};
use super::tail::{Tail, print};
use crate::client::{
    At, ClientError, Cluster, Consumer, ConsumerConfig, Isolation, OffsetAt, Producer, ProducerConfig, ProducerRecord,
    StartAt, Topics,
};
use crate::model::{ErrorCode, TimestampMs};
use crate::ops::configs::{self, Resource};
use crate::ops::{OpsError, Result};
use crate::wire::batch::Record;

/// How often it is kept how far the copy is.
const KEEP_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked whether to stop, while a rate holds the copy.
const LOOK_UP: Duration = Duration::from_millis(100);
/// Bytes fetched at once: the rate shall not be held by what is in memory.
const FETCH_BYTES: i32 = 8 << 20;

/// Where to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Where the source ends when the copy begins.
    End,
    /// Nowhere: what comes is copied too.
    Never,
}

/// What to copy, and how.
#[derive(Clone, Debug)]
pub struct Job {
    /// The cluster that is read.
    pub source: Cluster,
    /// The cluster that is written.
    pub destination: Cluster,
    /// The topic that is read.
    pub from: String,
    /// Where records go.
    pub route: Route,
    /// Which partition they go to.
    pub partitioning: Partitioning,
    /// Partitions that are read; `None` for all.
    pub partitions: Option<Vec<i32>>,
    /// Where to begin, where nothing was kept.
    pub start: StartAt,
    /// Where to end.
    pub until: Until,
    /// Which records.
    pub filter: Filter,
    /// Copies at most.
    pub limit: Option<u64>,
    /// Records a second at most.
    pub records_per_second: Option<f64>,
    /// Bytes of records a second at most.
    pub bytes_per_second: Option<u64>,
    /// Where it is kept how far it is.
    pub resume: Resume,
    /// How records are sent.
    pub producer: ProducerConfig,
    /// Count, and send nothing.
    pub dry_run: bool,
}

/// What became of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Records read.
    pub read: u64,
    /// Records sent and acknowledged; with a dry run, those that would be.
    pub copied: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Records that the filter leaves out.
    pub filtered: u64,
    /// Records that an earlier run had sent when it was killed: found at the destination, and not sent again.
    pub already_there: u64,
    /// Records whose headers do not say where they belong.
    pub unrouted: u64,
}

/// How it ended.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The topic that was read.
    pub from: String,
    /// What became of its records.
    #[serde(flatten)]
    pub counts: Counts,
    /// Whether it went on from where an earlier run was.
    pub resumed: bool,
    /// Whether it was ended before its time.
    pub interrupted: bool,
    /// Offsets to go on from, by partition.
    pub next: BTreeMap<i32, i64>,
    /// Milliseconds it took.
    pub took_ms: u64,
}

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// So far.
    pub counts: Counts,
    /// Offsets between here and the end; `None` without end.
    pub left: Option<u64>,
}

/// A record out of its batch.
struct Owned {
    from: i32,
    offset: i64,
    to: At,
    timestamp: TimestampMs,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

struct Run<'a> {
    job: &'a Job,
    producer: Producer,
    counts_of_targets: BTreeMap<String, i32>,
    /// Source offsets up to which records were sent, or need not be.
    sent: BTreeMap<i32, i64>,
    kept: State,
    tail: Tail,
    with_time: bool,
    counts: Counts,
    begun: Instant,
    last_kept: Instant,
}

/// Copies until the end, or until `stop`; what was sent by then is acknowledged and kept.
///
/// # Errors
/// [`OpsError`] when a topic is not there or does not fit, or one of the clusters does not answer. What was kept by then
/// is what the next run goes on from.
pub async fn run(job: &Job, stop: &AtomicBool, mut show: impl FnMut(Seen)) -> Result<Report> {
    let begun = Instant::now();
    check_clusters(job).await?;
    let known: Vec<i32> = job.source.topic(&job.from, true).await?.partitions.iter().map(|p| p.index).collect();
    let chosen = job.partitions.clone().unwrap_or(known);
    let loaded = state::load(&job.resume, &job.source, &job.from).await?;
    let resumed = loaded.is_some();
    let kept = loaded.unwrap_or_default();
    let wanted = chosen.iter().map(|&p| {
        let start = kept.next.get(&p).map_or(job.start, |&next| StartAt::Offset(next));
        ((job.from.clone(), p), start)
    });
    let config = ConsumerConfig {
        isolation: Isolation::ReadCommitted,
        reset: None,
        max_bytes: FETCH_BYTES,
        ..ConsumerConfig::default()
    };
    let mut consumer = Consumer::assign(job.source.clone(), config, wanted.collect()).await?;
    let ends = ends(job, &chosen).await?;
    let sent: BTreeMap<i32, i64> = consumer.positions().map(|((_, p), next)| (*p, next)).collect();
    let mut producer = job.producer.clone();
    producer.report_deliveries = true;
    let mut run = Run {
        job,
        producer: Producer::new(job.destination.clone(), producer),
        counts_of_targets: BTreeMap::new(),
        sent,
        with_time: true,
        tail: Tail::default(),
        kept,
        counts: Counts::default(),
        begun,
        last_kept: begun,
    };
    if let Route::Topic(topic) = &job.route {
        run.with_time = !has_own_time(&job.destination, topic).await;
        let count = job.destination.topic(topic, true).await?.partitions.len() as i32;
        fits(job, topic, count, &chosen)?;
        run.meet(topic).await?;
    }
    if resumed && !job.dry_run {
        run.tail = Tail::read(&job.destination, &run.kept.ends.clone(), run.with_time).await?;
    }
    run.keep().await?;
    let interrupted = loop {
        let left = left(&run.sent, &ends);
        show(Seen { counts: run.counts, left });
        if left == Some(0) || job.limit.is_some_and(|limit| run.counts.copied >= limit) {
            break false;
        }
        if stop.load(Ordering::Acquire) {
            break true;
        }
        for records in consumer.poll(Duration::from_millis(200)).await? {
            let partition = records.partition;
            let end = ends.as_ref().and_then(|ends| ends.get(&partition)).copied().unwrap_or(i64::MAX);
            let mut owned = Vec::new();
            let (mut filtered, mut unrouted, mut read) = (0, 0, 0);
            let next = records.for_each(|record| {
                if record.offset.0 >= end {
                    return false;
                }
                read += 1;
                if !job.filter.takes(record) {
                    filtered += 1;
                } else if let Some(topic) = job.route.topic(record) {
                    owned.push(own(partition, record, topic));
                } else {
                    unrouted += 1;
                }
                true
            })?;
            run.counts.read += read;
            run.counts.filtered += filtered;
            run.counts.unrouted += unrouted;
            let mut all = true;
            for record in owned {
                if job.limit.is_some_and(|limit| run.counts.copied >= limit) || !run.send(record, stop).await? {
                    all = false;
                    break;
                }
            }
            if !all {
                break;
            }
            // Behind the last record there may be some that are not copied.
            run.sent.insert(partition, next.min(end));
            if run.last_kept.elapsed() >= KEEP_EVERY {
                run.keep().await?;
            }
        }
        if run.last_kept.elapsed() >= KEEP_EVERY {
            run.keep().await?;
        }
    };
    run.keep().await?;
    Ok(Report {
        from: job.from.clone(),
        counts: run.counts,
        resumed,
        interrupted,
        next: run.sent,
        took_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

impl Run<'_> {
    /// Learns a destination: how many partitions it has, and where they end before anything is sent there.
    async fn meet(&mut self, topic: &str) -> Result<i32> {
        if let Some(&count) = self.counts_of_targets.get(topic) {
            return Ok(count);
        }
        let count = self.job.destination.topic(topic, true).await?.partitions.len() as i32;
        let all = (0..count).map(|p| ((topic.to_owned(), p), OffsetAt::Latest));
        let found = self.job.destination.list_offsets(all.collect::<Vec<_>>(), Isolation::ReadUncommitted).await?;
        for (at, end) in found {
            let end = end.map_err(|code| {
                ClientError::refused(format!("cannot find the end of {}-{}", at.0, at.1), code, None)
            })?;
            self.kept.ends.entry(at).or_insert(end.offset);
        }
        self.counts_of_targets.insert(topic.to_owned(), count);
        Ok(count)
    }

    /// Sends a record; `false` when it was not, as the copy shall end.
    async fn send(&mut self, mut record: Owned, stop: &AtomicBool) -> Result<bool> {
        if !self.counts_of_targets.contains_key(&record.to.0) {
            self.meet(&record.to.0.clone()).await?;
            // Kept before anything goes there: without it, what is sent until a kill could not be found again.
            self.keep().await?;
        }
        let count = self.counts_of_targets.get(&record.to.0).copied().unwrap_or(1);
        let topic = std::mem::take(&mut record.to.0);
        record.to = self.job.partitioning.target(topic, count, record.from, record.key.as_deref());
        let size = record.size();
        let headers: Vec<(&[u8], Option<&[u8]>)> =
            record.headers.iter().map(|(name, value)| (name.as_slice(), value.as_deref())).collect();
        if !self.tail.is_empty() {
            let print = record.print(self.with_time);
            if self.tail.has(record.from, &record.to, print) {
                self.counts.already_there += 1;
                self.sent.insert(record.from, record.offset + 1);
                return Ok(true);
            }
        }
        if !self.job.dry_run {
            if !self.pace(size, stop).await? {
                return Ok(false);
            }
            self.producer
                .send(&ProducerRecord {
                    topic: &record.to.0,
                    partition: Some(record.to.1),
                    timestamp: Some(record.timestamp),
                    key: record.key.as_deref(),
                    value: record.value.as_deref(),
                    headers: &headers,
                })
                .await?;
        }
        self.counts.copied += 1;
        self.counts.bytes += size;
        self.sent.insert(record.from, record.offset + 1);
        Ok(true)
    }

    /// Waits until the rate allows one more, while what was sent goes on its way; `false` when the copy shall end.
    async fn pace(&mut self, size: u64, stop: &AtomicBool) -> Result<bool> {
        let by_records = self.job.records_per_second.map_or(0.0, |rate| self.counts.copied as f64 / rate);
        let by_bytes = self.job.bytes_per_second.map_or(0.0, |rate| (self.counts.bytes + size) as f64 / rate as f64);
        let due = self.begun + Duration::from_secs_f64(by_records.max(by_bytes).min(1e9));
        while Instant::now() < due {
            let wake = due.min(Instant::now() + LOOK_UP);
            tokio::select! {
                () = tokio::time::sleep_until(wake.into()) => {}
                driven = self.producer.drive() => driven?,
            }
            if self.last_kept.elapsed() >= KEEP_EVERY {
                self.keep().await?;
            }
            if stop.load(Ordering::Acquire) {
                return Ok(false);
            }
        }
        Ok(!stop.load(Ordering::Acquire))
    }

    /// Waits for all that was sent, and keeps how far it is.
    async fn keep(&mut self) -> Result<()> {
        if self.job.dry_run {
            return Ok(());
        }
        self.producer.flush().await?;
        for delivery in self.producer.take_deliveries() {
            if let Ok(base) = delivery.result
                && base >= 0
            {
                let end = self.kept.ends.entry((delivery.topic, delivery.partition)).or_insert(0);
                *end = (*end).max(base + i64::from(delivery.count));
            }
        }
        self.kept.next.extend(self.sent.iter().map(|(p, next)| (*p, *next)));
        state::save(&self.job.resume, &self.job.source, &self.job.from, &self.kept).await?;
        self.last_kept = Instant::now();
        Ok(())
    }
}

impl Owned {
    fn size(&self) -> u64 {
        let len = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + len(value)).sum();
        (len(&self.key) + len(&self.value) + headers) as u64
    }

    fn print(&self, with_time: bool) -> [u8; 32] {
        let headers = self.headers.iter().map(|(name, value)| (name.as_slice(), value.as_deref()));
        print(self.timestamp, self.key.as_deref(), self.value.as_deref(), headers, with_time)
    }
}

fn own(from: i32, record: &Record<'_>, topic: String) -> Owned {
    let headers = record.headers.map(|h| (h.key.to_vec(), h.value.map(<[u8]>::to_vec)));
    Owned {
        from,
        offset: record.offset.0,
        to: (topic, -1),
        timestamp: record.timestamp,
        key: record.key.map(<[u8]>::to_vec),
        value: record.value.map(<[u8]>::to_vec),
        headers: headers.collect(),
    }
}

/// Offsets between here and the ends.
fn left(sent: &BTreeMap<i32, i64>, ends: &Option<BTreeMap<i32, i64>>) -> Option<u64> {
    let ends = ends.as_ref()?;
    Some(ends.iter().map(|(p, end)| u64::try_from(end - sent.get(p).unwrap_or(end)).unwrap_or(0)).sum())
}

async fn ends(job: &Job, chosen: &[i32]) -> Result<Option<BTreeMap<i32, i64>>> {
    if job.until == Until::Never {
        return Ok(None);
    }
    let all = chosen.iter().map(|&p| ((job.from.clone(), p), OffsetAt::Latest));
    let mut ends = BTreeMap::new();
    for (at, found) in job.source.list_offsets(all.collect::<Vec<_>>(), Isolation::ReadCommitted).await? {
        let about = || format!("cannot find the end of {}-{}", at.0, at.1);
        ends.insert(at.1, found.map_err(|code| ClientError::refused(about(), code, None))?.offset);
    }
    Ok(Some(ends))
}

/// A topic that is copied into itself never ends.
async fn check_clusters(job: &Job) -> Result<()> {
    let Route::Topic(to) = &job.route else { return Ok(()) };
    if *to != job.from {
        return Ok(());
    }
    let id = async |cluster: &Cluster| cluster.metadata(Topics::None).await.map(|m| m.cluster_id);
    let (here, there) = (id(&job.source).await?, id(&job.destination).await?);
    if here.is_some() && here == there {
        return Err(OpsError::Invalid(format!("{to} would be copied into itself")));
    }
    Ok(())
}

/// Whether the destination puts its own time into records.
async fn has_own_time(cluster: &Cluster, topic: &str) -> bool {
    let Ok(described) = configs::describe(cluster, &[Resource::topic(topic)], false).await else { return false };
    let entries = described.into_iter().filter_map(|one| one.result.ok()).flatten();
    entries.into_iter().any(|e| e.name == "message.timestamp.type" && e.value.as_deref() == Some("LogAppendTime"))
}

fn fits(job: &Job, topic: &str, count: i32, chosen: &[i32]) -> Result<()> {
    let Some(most) = chosen.iter().max().filter(|_| job.partitioning == Partitioning::Keep) else { return Ok(()) };
    if *most < count {
        return Ok(());
    }
    let message = Some(format!("it has {count} partitions, and {} has partition {most}", job.from));
    Err(ClientError::refused(topic, ErrorCode::InvalidPartitions, message).into())
}
