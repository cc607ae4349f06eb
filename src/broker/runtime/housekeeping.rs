//! Chores on the logs: retention, flushing, checkpoints, and disks that fill up. One plain thread, because every step
//! may wait for a disk.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{error, info, warn};

use super::books::Books;
use super::broker::Broker;
use super::chores::PartitionKey;
use super::log_dirs::LogDir;
use super::page_cache::TELL_SOMETIMES;
use super::partition::Partition;
use super::replicas::log_start_line;
use crate::config::BrokerConfig;
use crate::log::files::write_clean_shutdown;
use crate::log::{Log, LogError};
use crate::model::{Offset, TimestampMs};

/// How often the thread looks whether a chore is due.
const TICK: Duration = Duration::from_millis(500);
/// How often logs that nobody uses give back their files and indexes.
const RELEASE_IDLE_EVERY: Duration = Duration::from_secs(60);
/// The same, when so many logs may have files open that the process could run out of them.
const RELEASE_CROWDED_EVERY: Duration = Duration::from_secs(2);
/// Those are logs that moved lately, more than this part of what the process may have open.
const CROWD: u64 = 3;
/// How often disks are asked how full they are, while the bound is on, at the least.
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
        Every::new(every_ms(period), first)
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

fn every_ms(period: i64) -> Duration {
    Duration::from_millis(u64::try_from(period).unwrap_or(u64::MAX >> 20))
}

/// Partitions that are not at rest, each with where its log ended at the last look for rest.
type Stirred = HashMap<PartitionKey, (Arc<Partition>, Option<Offset>)>;

/// Does the chores until the broker stops. Logs that nobody asked for are opened meanwhile, on all cores.
pub fn run(broker: &Broker) {
    std::thread::scope(|scope| {
        let mut chores = Housekeeper::new(broker);
        while broker.replicas.chores().wait(chores.next_look()) {
            if broker.replicas.take_has_unopened() {
                let threads = std::thread::available_parallelism().map_or(1, usize::from);
                for _ in 0..threads {
                    scope.spawn(|| {
                        let stopping = || broker.replicas.chores().is_stopping();
                        broker.replicas.open_waiting(stopping, |partition| {
                            broker.damaged(partition);
                        });
                    });
                }
            }
            chores.round(TimestampMs::now());
        }
    });
}

struct Housekeeper<'a> {
    broker: &'a Broker,
    stirred: Stirred,
    next_look: Instant,
    next_marks: Instant,
    retention: Every,
    flush: Every,
    high_watermarks: Every,
    recovery_points: Every,
    log_starts: Every,
    producers: Every,
    disks: Every,
    rest: Every,
    rest_of_many: Every,
    /// So many logs are many.
    crowd: usize,
}

impl<'a> Housekeeper<'a> {
    fn new(broker: &'a Broker) -> Housekeeper<'a> {
        let config = &broker.config;
        let initial = Duration::from_millis(u64::try_from(config.log_initial_task_delay_ms()).unwrap_or(30_000));
        // A broker that looks at retention more often than that looks at its disks as often.
        let disk_check = DISK_CHECK_EVERY.min(every_ms(config.log_retention_check_interval_ms()));
        Housekeeper {
            broker,
            stirred: Stirred::new(),
            next_look: Instant::now(),
            next_marks: Instant::now(),
            retention: Every::of_ms(config.log_retention_check_interval_ms(), initial),
            flush: Every::of_ms(config.log_flush_scheduler_interval_ms().min(1000), TICK),
            high_watermarks: Every::of_ms(config.replica_high_watermark_checkpoint_interval_ms(), Duration::ZERO),
            recovery_points: Every::of_ms(i64::from(config.log_flush_offset_checkpoint_interval_ms()), initial),
            log_starts: Every::of_ms(i64::from(config.log_flush_start_offset_checkpoint_interval_ms()), initial),
            producers: Every::of_ms(i64::from(config.producer_id_expiration_check_interval_ms()), initial),
            disks: Every::new(disk_check, disk_check),
            rest: Every::new(RELEASE_IDLE_EVERY, RELEASE_IDLE_EVERY),
            rest_of_many: Every::new(RELEASE_CROWDED_EVERY, RELEASE_CROWDED_EVERY),
            crowd: usize::try_from(open_files_limit() / CROWD).unwrap_or(usize::MAX),
        }
    }

    /// When to come again, unless a log wants a mark before.
    const fn next_look(&self) -> Instant {
        self.next_look
    }

    /// Does what is due.
    fn round(&mut self, now: TimestampMs) {
        self.take_due();
        if Instant::now() < self.next_look {
            return;
        }
        self.next_look = Instant::now() + TICK;
        let (broker, config) = (self.broker, &self.broker.config);
        if self.flush.is_due() {
            self.each_stirred(|partition| flush_if_due(partition, now));
            self.each_stirred(|partition| partition.tell_appended(TELL_SOMETIMES));
        }
        if self.retention.is_due() {
            each(broker, |partition| retain(partition, now));
        }
        if self.disks.is_due() {
            relieve_disks(broker, config);
        }
        if self.recovery_points.is_due() {
            self.each_stirred(|partition| partition.sync(now, Log::prepare_checkpoint));
            self.note_all();
            write_books(broker, Books::write_recovery_points);
            write_books(broker, Books::write_written);
        }
        if self.high_watermarks.is_due() {
            self.note_all();
            write_books(broker, Books::write_high_watermarks);
        }
        if self.log_starts.is_due() {
            self.note_all();
            write_books(broker, Books::write_log_starts);
        }
        if self.producers.is_due() {
            each(broker, |partition| {
                if let Some(log) = partition.lock().log.made_mut() {
                    log.expire_producers(now);
                }
                Ok(())
            });
        }
        if self.rest.is_due() || (self.stirred.len() > self.crowd && self.rest_of_many.is_due()) {
            self.let_rest();
        }
        broker.replicas.dig(now);
    }

    /// Takes in the partitions that left their rest, and marks the logs that want it. The pause between two runs of
    /// marks grows with the file to be written, so that many busy logs do not make it a load.
    fn take_due(&mut self) {
        let replicas = &self.broker.replicas;
        let due = replicas.chores().take();
        for key in due.stirred {
            if let Ok(partition) = replicas.by_id(key.0, key.1) {
                self.stirred.insert(key, (partition, None));
            }
        }
        if due.unmarked.is_empty() {
            return;
        }
        if let Some(wait) = self.next_marks.checked_duration_since(Instant::now()) {
            replicas.chores().pause(wait);
        }
        let began = Instant::now();
        for (topic, index) in due.unmarked {
            let Ok(partition) = replicas.by_id(topic, index) else { continue };
            match partition.mark() {
                Ok(_) => note(self.broker, &partition),
                Err(fault) => failed(self.broker, &partition, &fault),
            }
        }
        write_books(self.broker, Books::write_written);
        self.next_marks = Instant::now() + 10 * began.elapsed();
    }

    fn each_stirred(&self, chore: impl Fn(&Arc<Partition>) -> Result<(), LogError>) {
        for (partition, _) in self.stirred.values() {
            attempt(self.broker, partition, &chore);
        }
    }

    /// Brings the lines of the partitions that moved up to date.
    fn note_all(&self) {
        for (partition, _) in self.stirred.values() {
            note(self.broker, partition);
        }
    }

    /// Lets go of partitions that have come to rest, once their lines are as they will stay.
    fn let_rest(&mut self) {
        let broker = self.broker;
        self.stirred.retain(|_, (partition, seen)| {
            if partition.is_offline() {
                return false;
            }
            match partition.rest(*seen) {
                Ok(end) => {
                    // After it came to rest: what moves from there on tells of itself again.
                    note(broker, partition);
                    *seen = end;
                    end.is_some()
                }
                Err(fault) => {
                    failed(broker, partition, &fault);
                    false
                }
            }
        });
    }
}

/// Runs a chore over every partition whose log is open; a fault takes that partition's directory out of service, no
/// other.
fn each(broker: &Broker, chore: impl Fn(&Arc<Partition>) -> Result<(), LogError>) {
    for partition in broker.replicas.all() {
        attempt(broker, &partition, &chore);
    }
}

fn attempt(broker: &Broker, partition: &Arc<Partition>, chore: &impl Fn(&Arc<Partition>) -> Result<(), LogError>) {
    if !partition.is_offline()
        && !partition.is_unopened()
        && let Err(fault) = chore(partition)
    {
        failed(broker, partition, &fault);
    }
}

fn failed(broker: &Broker, partition: &Partition, fault: &LogError) {
    if matches!(fault, LogError::Corrupt { .. }) {
        // Damage in one log says nothing of the disk; readers of the range are refused.
        error!(partition = %partition.name(), error = %fault, "damage in the log");
        return;
    }
    // One that was deleted meanwhile may miss its files; that is no fault of the disk.
    if !partition.is_offline() {
        partition.fault(fault);
        broker.replicas.partition_failed(partition);
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
        .filter(|p| !p.is_offline() && !p.is_unopened() && *p.log_dir() == *dir.path() && !p.name().topic.is_internal())
        .filter_map(|p| {
            let inner = p.lock();
            let oldest = inner.log.made()?.oldest_closed_segment(inner.state.high_watermark()).ok().flatten();
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

/// How many files the process may have open.
fn open_files_limit() -> u64 {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// How full the file system of `path` is, as `df` counts it.
fn used_percent(path: &Path) -> Option<i32> {
    let stat = rustix::fs::statvfs(path).ok()?;
    let used = stat.f_blocks.saturating_sub(stat.f_bfree);
    let usable = used + stat.f_bavail;
    i32::try_from((used * 100).div_ceil(usable.max(1))).ok()
}

/// Puts where a partition stands into its directory's books.
fn note(broker: &Broker, partition: &Partition) {
    if partition.is_unopened() || partition.is_offline() {
        return;
    }
    // A move to another directory ends under this lock: the lines go where the log is.
    let inner = partition.lock();
    let Some(dir) = broker.replicas.dirs().at(&partition.log_dir()) else { return };
    let log_start = inner.log.made().map_or(Offset::ZERO, log_start_line);
    let mut books = dir.books().lock();
    books.recovery_points.set(partition.name(), inner.log.recovery_point());
    books.high_watermarks.set(partition.name(), inner.state.high_watermark());
    books.log_starts.set(partition.name(), log_start);
    books.written.set(partition.name(), inner.log.marked());
}

/// Writes a checkpoint file of every directory, where a line of it changed.
fn write_books(broker: &Broker, write: impl Fn(&mut Books, &Path) -> Result<(), LogError>) {
    for dir in broker.replicas.dirs().iter().filter(|dir| !dir.is_offline()) {
        let written = write(&mut dir.books().lock(), dir.path());
        if let Err(fault) = written {
            error!(error = %fault, "cannot write a checkpoint");
            broker.replicas.judge_fault(dir, &fault);
        }
    }
}

/// Closes every log in order and marks the directories clean: the next start scans nothing.
pub fn close(broker: &Broker) {
    let now = TimestampMs::now();
    for partition in broker.replicas.all() {
        // What was closed in order before, and not touched since, is so still; what was not must be looked at first.
        if partition.unopened().is_some_and(|unopened| !unopened.spec.clean_shutdown) {
            broker.replicas.ensure_open(&partition);
        }
        attempt(broker, &partition, &|partition: &Arc<Partition>| partition.close_clean(now));
        note(broker, &partition);
    }
    close_copies(broker, now);
    write_books(broker, Books::write_recovery_points);
    write_books(broker, Books::write_written);
    write_books(broker, Books::write_high_watermarks);
    write_books(broker, Books::write_log_starts);
    let epoch = broker.metadata.peek().broker(broker.id).map_or(-1, |registration| registration.epoch);
    for dir in broker.replicas.dirs().iter().filter(|dir| !dir.is_offline()) {
        if let Err(fault) = write_clean_shutdown(dir.path(), epoch) {
            error!(error = %fault, "the directory is not marked clean; the next start will check its logs");
        }
    }
}

/// Closes the copies that are on their way to another directory: the next start goes on with them.
fn close_copies(broker: &Broker, now: TimestampMs) {
    for future in broker.replicas.futures().all() {
        let Some(dir) = broker.replicas.dirs().at(future.log_dir()).filter(|dir| !dir.is_offline()) else { continue };
        if let Err(fault) = broker.mover.close(&future, now) {
            error!(partition = %future.partition().name(), error = %fault, "cannot close the copy of a log");
            broker.replicas.judge_fault(dir, &fault);
        }
    }
}
