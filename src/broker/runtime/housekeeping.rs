//! Chores on the logs: retention, flushing, checkpoints, and disks that fill up. One plain thread, because every step
//! may wait for a disk.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tracing::{error, info, warn};

use super::broker::Broker;
use super::log_dirs::LogDir;
use super::partition::Partition;
use crate::config::BrokerConfig;
use crate::log::files::{
    LOG_START_OFFSET_CHECKPOINT, RECOVERY_POINT_CHECKPOINT, REPLICATION_OFFSET_CHECKPOINT, write_clean_shutdown,
    write_offsets,
};
use crate::log::{Log, LogError};
use crate::model::{Offset, TimestampMs, TopicPartition};

/// How often the thread looks whether a chore is due.
const TICK: Duration = Duration::from_millis(100);
/// How often logs that nobody uses give back their files and indexes.
const RELEASE_IDLE_EVERY: Duration = Duration::from_secs(60);
/// How often disks are asked how full they are, while the bound is on.
const DISK_CHECK_EVERY: Duration = Duration::from_secs(10);

/// A chore's clock: due at once, then after each period.
struct Every {
    period: Duration,
    next: Instant,
}

impl Every {
    fn new(period: Duration, first: Duration) -> Every {
        Every { period: period.max(TICK), next: Instant::now() + first }
    }

    fn of_ms(period: i64, first: Duration) -> Every {
        Every::new(Duration::from_millis(u64::try_from(period).unwrap_or(u64::MAX >> 20)), first)
    }

    fn is_due(&mut self) -> bool {
        let now = Instant::now();
        let due = now >= self.next;
        if due {
            self.next = now + self.period;
        }
        due
    }
}

/// Does the chores until `stop` is closed.
pub fn run(broker: &Arc<Broker>, stop: &Receiver<()>) {
    let config = &broker.config;
    let initial = Duration::from_millis(u64::try_from(config.log_initial_task_delay_ms()).unwrap_or(30_000));
    let mut retention = Every::of_ms(config.log_retention_check_interval_ms(), initial);
    let mut flush = Every::of_ms(config.log_flush_scheduler_interval_ms().min(1000), TICK);
    let mut high_watermarks = Every::of_ms(config.replica_high_watermark_checkpoint_interval_ms(), Duration::ZERO);
    let mut recovery_points = Every::of_ms(i64::from(config.log_flush_offset_checkpoint_interval_ms()), initial);
    let mut log_starts = Every::of_ms(i64::from(config.log_flush_start_offset_checkpoint_interval_ms()), initial);
    let mut producers = Every::of_ms(i64::from(config.producer_id_expiration_check_interval_ms()), initial);
    let mut disks = Every::new(DISK_CHECK_EVERY, DISK_CHECK_EVERY);
    let mut idle = Every::new(RELEASE_IDLE_EVERY, RELEASE_IDLE_EVERY);
    loop {
        match stop.recv_timeout(TICK) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
        let now = TimestampMs::now();
        if flush.is_due() {
            each(broker, |partition| flush_if_due(partition, now));
        }
        if retention.is_due() {
            each(broker, |partition| retain(partition, now));
        }
        if disks.is_due() {
            relieve_disks(broker, config);
        }
        if recovery_points.is_due() {
            each(broker, |partition| partition.sync(now, Log::prepare_checkpoint));
            write_checkpoints(broker, RECOVERY_POINT_CHECKPOINT, |inner| Some(inner.log.recovery_point()));
        }
        if high_watermarks.is_due() {
            write_high_watermarks(broker);
        }
        if log_starts.is_due() {
            write_log_starts(broker);
        }
        if producers.is_due() {
            each(broker, |partition| {
                partition.lock().log.expire_producers(now);
                Ok(())
            });
        }
        if idle.is_due() {
            each(broker, |partition| partition.lock().log.release_idle());
        }
        broker.replicas.dig(now);
    }
}

/// Runs a chore over every partition; a fault takes that partition's directory out of service, no other.
fn each(broker: &Broker, chore: impl Fn(&Arc<Partition>) -> Result<(), LogError>) {
    for partition in broker.replicas.all() {
        if !partition.is_offline()
            && let Err(fault) = chore(&partition)
            // One that was deleted meanwhile may miss its files; that is no fault of the disk.
            && !partition.is_offline()
        {
            partition.fault(&fault);
            broker.replicas.partition_failed(&partition);
        }
    }
}

fn flush_if_due(partition: &Arc<Partition>, now: TimestampMs) -> Result<(), LogError> {
    if partition.lock().log.flush_due(now) { partition.sync(now, |_| Ok(())) } else { Ok(()) }
}

fn retain(partition: &Partition, now: TimestampMs) -> Result<(), LogError> {
    for segment in partition.retain(now)? {
        info!(partition = %partition.name(), base_offset = %segment.segment.base, bytes = segment.segment.size, reason = segment.reason.describe(), "segment deleted");
    }
    Ok(())
}

/// `log.retention.disk.usage.percent`: while a disk is fuller than that, its oldest closed segment goes, of whatever
/// partition.
fn relieve_disks(broker: &Broker, config: &BrokerConfig) {
    let limit = config.log_retention_disk_usage_percent();
    if limit >= 100 {
        return;
    }
    for dir in broker.replicas.dirs().iter().filter(|dir| !dir.is_offline()) {
        while let Some(used) = used_percent(dir.path()).filter(|used| *used > limit) {
            if !delete_oldest_in(broker, dir, used, limit) {
                warn!(dir = %dir.path().display(), used, limit, "disk is over log.retention.disk.usage.percent, and no closed segment is left to delete");
                break;
            }
        }
    }
}

fn delete_oldest_in(broker: &Broker, dir: &LogDir, used: i32, limit: i32) -> bool {
    let partitions = broker.replicas.all();
    let oldest = partitions
        .iter()
        .filter(|p| !p.is_offline() && p.log_dir() == dir.path() && !p.name().topic.is_internal())
        .filter_map(|p| {
            let inner = p.lock();
            let oldest = inner.log.oldest_closed_segment(inner.state.high_watermark()).ok().flatten();
            oldest.map(|segment| (segment.timestamp, p))
        })
        .min_by_key(|(timestamp, _)| *timestamp);
    let Some((_, partition)) = oldest else { return false };
    let deleted = {
        let mut inner = partition.lock();
        let high_watermark = inner.state.high_watermark();
        inner.log.delete_oldest_closed(high_watermark)
    };
    match deleted {
        Ok(Some(segment)) => {
            info!(partition = %partition.name(), base_offset = %segment.segment.base, bytes = segment.segment.size, used, limit, "segment deleted: disk usage is over log.retention.disk.usage.percent");
            true
        }
        Ok(None) => false,
        Err(fault) => {
            partition.fault(&fault);
            broker.replicas.partition_failed(partition);
            false
        }
    }
}

/// How full the file system of `path` is, as `df` counts it.
fn used_percent(path: &Path) -> Option<i32> {
    let stat = rustix::fs::statvfs(path).ok()?;
    let used = stat.f_blocks.saturating_sub(stat.f_bfree);
    let usable = used + stat.f_bavail;
    i32::try_from((used * 100).div_ceil(usable.max(1))).ok()
}

type Inner = super::partition::Inner;

/// Writes one checkpoint file a directory.
fn write_checkpoints(broker: &Broker, file: &str, value: impl Fn(&Inner) -> Option<Offset>) {
    let mut by_dir: BTreeMap<&Path, BTreeMap<TopicPartition, Offset>> =
        broker.replicas.dirs().iter().filter(|d| !d.is_offline()).map(|d| (d.path(), BTreeMap::new())).collect();
    for partition in broker.replicas.all() {
        if let Some(offsets) = by_dir.get_mut(partition.log_dir().as_path())
            && let Some(offset) = value(&partition.lock())
        {
            offsets.insert(partition.name().clone(), offset);
        }
    }
    for (dir, offsets) in by_dir {
        if let Err(fault) = write_offsets(&dir.join(file), &offsets) {
            error!(error = %fault, "cannot write a checkpoint");
            if let Some(dir) = broker.replicas.dirs().at(dir) {
                broker.replicas.judge_fault(dir, &fault);
            }
        }
    }
}

fn write_high_watermarks(broker: &Broker) {
    write_checkpoints(broker, REPLICATION_OFFSET_CHECKPOINT, |inner| Some(inner.state.high_watermark()));
}

/// Only logs whose start is not simply their first segment's base need the line.
fn write_log_starts(broker: &Broker) {
    write_checkpoints(broker, LOG_START_OFFSET_CHECKPOINT, |inner| {
        let start = inner.log.start_offset();
        inner.log.segments().next().is_some_and(|(base, _)| start > base).then_some(start)
    });
}

/// Closes every log in order and marks the directories clean: the next start scans nothing.
pub fn close(broker: &Broker) {
    let now = TimestampMs::now();
    each(broker, |partition| partition.close_clean(now));
    write_checkpoints(broker, RECOVERY_POINT_CHECKPOINT, |inner| Some(inner.log.recovery_point()));
    write_high_watermarks(broker);
    write_log_starts(broker);
    let epoch = broker.metadata.peek().broker(broker.id).map_or(-1, |registration| registration.epoch);
    for dir in broker.replicas.dirs().iter().filter(|dir| !dir.is_offline()) {
        if let Err(fault) = write_clean_shutdown(dir.path(), epoch) {
            error!(error = %fault, "the directory is not marked clean; the next start will check its logs");
        }
    }
}
