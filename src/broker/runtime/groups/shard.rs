//! One machine at work: requests take its lock, one task writes for it, one keeps its time.

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot, watch};

use super::clock::Clock;
use super::codec;
use super::offsets_log::OffsetsLog;
use crate::broker::state::groups::{Answer, Command, GroupConfig, Millis, Outcome, Record, Reply, Shard, Token};
use crate::model::{ErrorCode, LeaderEpoch, PartitionId, TimestampMs};
use crate::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite};

/// Writes that may wait behind the one under way. A partition that cannot commit must not fill the memory with commits
/// that clients send again and again.
const MAX_QUEUED: usize = 16_384;

/// A machine that is loaded and serves.
///
/// Requests that change nothing in the log (heartbeats above all) are answered under the lock, without a task switch.
/// Writes that arrive while one is under way wait together and go out as one batch: the more load, the fewer appends.
pub(super) struct LiveShard {
    partition: PartitionId,
    epoch: LeaderEpoch,
    log: Arc<dyn OffsetsLog>,
    clock: Clock,
    /// Largest batch to append.
    max_batch: usize,
    state: Mutex<State>,
    /// Rings when the earliest deadline moved forward, and at the end.
    timer: Notify,
    /// Counts finished writes, for those who wait until what is under way is decided.
    finished: watch::Sender<u64>,
    tokens: AtomicU64,
}

struct State {
    /// None once the leadership is lost.
    machine: Option<Shard>,
    waiting: HashMap<Token, oneshot::Sender<Answer>>,
    queue: Vec<Outcome>,
    /// Outcomes ever queued; those up to `finished` are decided.
    queued: u64,
    writing: bool,
    /// When the timer task wakes up by itself.
    alarm: Option<Millis>,
}

impl State {
    fn release(&mut self, replies: impl IntoIterator<Item = Reply>) {
        for reply in replies {
            if let Some(waiter) = self.waiting.remove(&reply.to) {
                // A closed connection does not wait any more.
                let _ = waiter.send(reply.answer);
            }
        }
    }
}

/// Records to append as one batch, and who is answered after it.
struct Batch {
    bytes: Bytes,
    records: Vec<Record>,
    replies: Vec<Reply>,
    /// Outcomes that end with this batch.
    ends: u64,
}

impl LiveShard {
    /// Takes a machine that has replayed its log into service.
    pub(super) fn start(
        mut machine: Shard,
        partition: PartitionId,
        epoch: LeaderEpoch,
        log: Arc<dyn OffsetsLog>,
        clock: Clock,
        max_batch: usize,
    ) -> Arc<LiveShard> {
        let outcome = machine.loaded(clock.now());
        let state = State {
            machine: Some(machine),
            waiting: HashMap::new(),
            queue: Vec::new(),
            queued: 0,
            writing: false,
            alarm: None,
        };
        let shard = Arc::new(LiveShard {
            partition,
            epoch,
            log,
            clock,
            max_batch,
            state: Mutex::new(state),
            timer: Notify::new(),
            finished: watch::Sender::new(0),
            tokens: AtomicU64::new(0),
        });
        shard.take(&mut shard.state.lock(), outcome);
        tokio::spawn(Arc::clone(&shard).keep_time());
        shard
    }

    /// Handles a request. Nothing happens before the first poll, and then everything up to the answer or the wait for it.
    ///
    /// # Errors
    /// NOT_COORDINATOR when the leadership is lost before the answer is known, COORDINATOR_NOT_AVAILABLE for a commit
    /// while too many writes wait.
    pub(super) async fn submit(self: &Arc<Self>, command: Command) -> Result<Answer, ErrorCode> {
        let waiter = {
            let mut state = self.state.lock();
            if state.queue.len() >= MAX_QUEUED && matches!(command, Command::Commit(_)) {
                return Err(ErrorCode::CoordinatorNotAvailable);
            }
            let token = Token(self.tokens.fetch_add(1, Ordering::Relaxed));
            let machine = state.machine.as_mut().ok_or(ErrorCode::NotCoordinator)?;
            let mut outcome = machine.handle(token, command, self.clock.now());
            // The usual case: one reply, nothing to write. It needs no channel.
            let simple = outcome.records.is_empty() && outcome.replies.len() == 1 && outcome.replies[0].to == token;
            if let Some(reply) = simple.then(|| outcome.replies.pop()).flatten() {
                self.wake_timer(&state);
                return Ok(reply.answer);
            }
            let (sender, waiter) = oneshot::channel();
            state.waiting.insert(token, sender);
            self.take(&mut state, outcome);
            waiter
        };
        waiter.await.map_err(|_| ErrorCode::NotCoordinator)
    }

    /// Reads what is committed.
    ///
    /// # Errors
    /// NOT_COORDINATOR when the leadership is lost.
    pub(super) fn read<T>(&self, look: impl FnOnce(&Shard) -> T) -> Result<T, ErrorCode> {
        self.state.lock().machine.as_ref().map(look).ok_or(ErrorCode::NotCoordinator)
    }

    /// Resolves when every write that is under way now is decided.
    pub(super) async fn settled(&self) {
        let target = self.state.lock().queued;
        let mut finished = self.finished.subscribe();
        // The sender lives in self: the wait cannot fail while we are here.
        let _ = finished.wait_for(|done| *done >= target).await;
    }

    pub(super) fn configure(&self, config: &Arc<GroupConfig>) {
        if let Some(machine) = &mut self.state.lock().machine {
            machine.set_config(Arc::clone(config));
        }
    }

    /// Ends the service: everybody who waits looks for the next coordinator.
    pub(super) fn stop(&self) {
        let mut state = self.state.lock();
        if let Some(machine) = state.machine.take() {
            state.release(machine.unload());
        }
        // Those whose write is still under way learn by their dropped channel.
        state.waiting.clear();
        state.queue.clear();
        let queued = state.queued;
        drop(state);
        self.finished.send_replace(queued);
        self.timer.notify_one();
    }

    fn take(self: &Arc<Self>, state: &mut State, outcome: Outcome) {
        if outcome.records.is_empty() {
            state.release(outcome.replies);
        } else {
            state.queue.push(outcome);
            state.queued += 1;
            if !state.writing {
                state.writing = true;
                tokio::spawn(Arc::clone(self).write());
            }
        }
        self.wake_timer(state);
    }

    fn wake_timer(&self, state: &State) {
        let deadline = state.machine.as_ref().and_then(Shard::next_deadline);
        if deadline.is_some_and(|at| state.alarm.is_none_or(|alarm| at < alarm)) {
            self.timer.notify_one();
        }
    }

    async fn keep_time(self: Arc<Self>) {
        loop {
            let deadline = {
                let mut state = self.state.lock();
                let Some(machine) = &mut state.machine else { return };
                let outcome = machine.tick(self.clock.now());
                let deadline = machine.next_deadline();
                state.alarm = deadline;
                self.take(&mut state, outcome);
                deadline
            };
            let bell = self.timer.notified();
            match deadline {
                Some(at) => tokio::select! {
                    () = tokio::time::sleep_until(self.clock.instant(at)) => {}
                    () = bell => {}
                },
                None => bell.await,
            }
        }
    }

    /// Writes until there is nothing to write.
    async fn write(self: Arc<Self>) {
        loop {
            let outcomes = {
                let mut state = self.state.lock();
                if state.queue.is_empty() || state.machine.is_none() {
                    state.writing = false;
                    return;
                }
                mem::take(&mut state.queue)
            };
            let mut failed = None;
            for batch in pack(outcomes, self.max_batch, self.clock.now().wall) {
                let result = match failed {
                    None => self.log.append(self.partition, self.epoch, batch.bytes.clone()).await.map(|_| ()),
                    // What was decided after a write that failed may rest on it: it fails as well.
                    Some(error) => Err(error),
                };
                failed = result.err();
                self.finish(batch, failed);
            }
        }
    }

    fn finish(self: &Arc<Self>, batch: Batch, failed: Option<ErrorCode>) {
        let mut state = self.state.lock();
        let now = self.clock.now();
        let Some(machine) = &mut state.machine else { return };
        match failed {
            None => {
                let mut replies = Vec::new();
                for record in batch.records {
                    replies.extend(machine.apply(record, now));
                }
                replies.extend(batch.replies);
                state.release(replies);
                self.wake_timer(&state);
            }
            Some(error) => {
                tracing::warn!(
                    partition = self.partition,
                    records = batch.records.len(),
                    error = error.name(),
                    "could not write to __consumer_offsets"
                );
                let outcome = machine.write_failed(batch.records, batch.replies, error, now);
                self.take(&mut state, outcome);
            }
        }
        drop(state);
        self.finished.send_modify(|done| *done += batch.ends);
    }
}

/// Packs outcomes into as few batches as `max` bytes allow. The records of one outcome stay together unless they alone
/// are more than a batch holds; its replies go with its last record.
fn pack(outcomes: Vec<Outcome>, max: usize, now: TimestampMs) -> Vec<Batch> {
    let mut packer =
        Packer { max, now, done: Vec::new(), builder: None, records: Vec::new(), replies: Vec::new(), ends: 0 };
    for outcome in outcomes {
        let encoded: Vec<(Bytes, Option<Bytes>)> = outcome.records.iter().map(codec::encode).collect();
        let size: usize = encoded.iter().map(|(k, v)| bound(k, v.as_ref())).sum();
        if packer.size() + size > max {
            packer.close();
        }
        for (record, (key, value)) in outcome.records.into_iter().zip(encoded) {
            packer.push(record, &key, value.as_ref());
        }
        packer.replies.extend(outcome.replies);
        packer.ends += 1;
    }
    packer.close();
    packer.done
}

fn bound(key: &Bytes, value: Option<&Bytes>) -> usize {
    BatchBuilder::record_size_bound(&RecordToWrite {
        key: Some(key),
        value: value.map(|v| &v[..]),
        ..RecordToWrite::default()
    })
}

struct Packer {
    max: usize,
    now: TimestampMs,
    done: Vec<Batch>,
    builder: Option<BatchBuilder>,
    records: Vec<Record>,
    replies: Vec<Reply>,
    ends: u64,
}

impl Packer {
    fn size(&self) -> usize {
        self.builder.as_ref().map_or(0, BatchBuilder::uncompressed_size)
    }

    fn push(&mut self, record: Record, key: &Bytes, value: Option<&Bytes>) {
        if self.size() + bound(key, value) > self.max {
            self.close();
        }
        let builder = self.builder.get_or_insert_with(|| BatchBuilder::new(BuilderOptions::default()));
        builder.append(&RecordToWrite {
            timestamp: self.now,
            key: Some(key),
            value: value.map(|v| &v[..]),
            headers: &[],
        });
        self.records.push(record);
    }

    fn close(&mut self) {
        let Some(builder) = self.builder.take() else { return };
        // Uncompressed and within `max`, which is far below the format's limit: it cannot fail.
        let bytes = builder.build().expect("an uncompressed batch below 2 GiB builds");
        self.done.push(Batch {
            bytes: bytes.into(),
            records: mem::take(&mut self.records),
            replies: mem::take(&mut self.replies),
            ends: mem::take(&mut self.ends),
        });
    }
}
