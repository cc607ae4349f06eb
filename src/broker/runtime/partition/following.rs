//! A partition that follows: what its leader's answers do to its log.

use std::sync::Arc;

use bytes::Bytes;
use tracing::{info, warn};

use super::{Inner, Partition, off_the_worker};
use crate::broker::runtime::page_cache::TELL_EVERY;
use crate::broker::state::replication::{Action, AppendFailure, FetchAnswer, FollowerState, Position};
use crate::log::{AppendError, BatchToAppend, Log, LogError};
use crate::model::{ErrorCode, LeaderEpoch, Offset, TimestampMs};
use crate::wire::batch::{BatchError, BatchHeader, batches, validate_crc};

/// Batches that are written at once, at most: the kernel takes no more pieces in one call.
const MOST_BATCHES: usize = 256;
/// Bytes that are written at once, at most, where the segment has room for them.
pub(super) const MOST_BYTES: usize = 1 << 20;

/// A leader's answer for one partition.
#[derive(Debug)]
pub struct LeaderAnswer {
    /// Error, or where the logs part.
    pub outcome: FetchAnswer,
    /// The leader's high watermark.
    pub high_watermark: Offset,
    /// Its log start offset.
    pub log_start: Offset,
    /// Whole batches; the last may be cut short.
    pub records: Bytes,
}

/// What an answer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// Bytes appended; there may have been none.
    Appended(u64),
    /// The log was cut: its checkpoints must not speak of more.
    Cut,
    /// Nothing.
    Nothing,
    /// The log or its disk failed: the directory goes out of service.
    Failed,
    /// This broker does not follow in that term any more.
    Gone,
}

impl Partition {
    /// Begins to follow in a term.
    ///
    /// # Errors
    /// KAFKA_STORAGE_ERROR when the log cannot be used; NOT_LEADER_OR_FOLLOWER when the term is over.
    pub fn follow(&self, epoch: LeaderEpoch) -> Result<FollowerState, ErrorCode> {
        self.check_online()?;
        let mut inner = self.inner.lock();
        if !inner.follows_in(epoch) {
            return Err(ErrorCode::NotLeaderOrFollower);
        }
        self.doubt_terms(&mut inner, epoch);
        info!(partition = %self.name(), leader = %inner.state.assignment().leader, leader_epoch = %epoch, from = %inner.log.end_offset(), high_watermark = %inner.state.high_watermark(), "follows");
        Ok(FollowerState::new(epoch, &inner.log))
    }

    /// Where the log starts: what a follower tells its leader.
    pub fn log_start(&self) -> Offset {
        self.lock().log.start_offset()
    }

    /// Does what a leader's answer to a fetch calls for.
    pub fn take_answer(
        self: &Arc<Self>,
        state: &mut FollowerState,
        sent: &Position,
        answer: &LeaderAnswer,
        now: TimestampMs,
        backoff_ms: i64,
    ) -> Followed {
        // A follower may lead next: what it takes over it must have checked. Outside of the lock, as a producer's batch.
        let checked = if answer.outcome.error.is_ok() { check(&answer.records) } else { Ok(Vec::new()) };
        let (followed, flush_due) = {
            let mut inner = self.inner.lock();
            if !inner.follows_in(sent.leader_epoch) || self.is_offline() {
                return Followed::Gone;
            }
            if let Some(cut) = self.cut_damage(&mut inner, state, now) {
                return cut;
            }
            let action = state.answered(sent, &answer.outcome, &inner.log, now, backoff_ms);
            match action {
                Action::Append => self.append_fetched(&mut inner, state, answer, checked, now, backoff_ms),
                action => (self.cut(&mut inner, state, action, now, backoff_ms), false),
            }
        };
        if flush_due && let Err(fault) = off_the_worker(|| self.sync(now, |_| Ok(()))) {
            // It must not be told to the leader as if it were safe.
            self.fault(&fault);
            state.append_failed(AppendFailure::Storage, now, backoff_ms);
            return Followed::Failed;
        }
        followed
    }

    /// Does what a leader's answer to where its log ends or begins calls for.
    pub fn take_location(
        &self,
        state: &mut FollowerState,
        asked_in: LeaderEpoch,
        found: Result<Offset, ErrorCode>,
        now: TimestampMs,
        backoff_ms: i64,
    ) -> Followed {
        let mut inner = self.inner.lock();
        if !inner.follows_in(asked_in) || self.is_offline() {
            return Followed::Gone;
        }
        let action = state.located(asked_in, found, &inner.log, now, backoff_ms);
        self.cut(&mut inner, state, action, now, backoff_ms)
    }

    fn append_fetched(
        &self,
        inner: &mut Inner,
        state: &mut FollowerState,
        answer: &LeaderAnswer,
        checked: Result<Vec<BatchToAppend<'_>>, BatchError>,
        now: TimestampMs,
        backoff_ms: i64,
    ) -> (Followed, bool) {
        if state.position().offset != inner.log.end_offset() {
            // Somebody else moved the log; what was fetched belongs elsewhere.
            state.appended(&inner.log);
            return (Followed::Nothing, false);
        }
        let appended = match checked {
            Ok(batches) => self.append_batches(inner, &batches, now),
            Err(error) => Err(AppendError::Batch(error)),
        };
        match appended {
            Ok((bytes, flush_due)) => {
                state.appended(&inner.log);
                match self.take_watermarks(inner, answer) {
                    Ok(()) => (Followed::Appended(bytes), flush_due),
                    Err(fault) => (self.failed(inner, state, &fault, now), false),
                }
            }
            Err(AppendError::Log(fault)) => (self.failed(inner, state, &fault, now), false),
            Err(error) => {
                warn!(partition = %self.name(), offset = %state.position().offset, error = %error, "what the leader sent cannot be appended; fetching it again");
                // A part of it may stand in the log by now.
                state.appended(&inner.log);
                state.append_failed(AppendFailure::Records, now, backoff_ms);
                (Followed::Nothing, false)
            }
        }
    }

    fn append_batches(
        &self,
        inner: &mut Inner,
        batches: &[BatchToAppend<'_>],
        now: TimestampMs,
    ) -> Result<(u64, bool), AppendError> {
        let Some(first) = batches.first() else { return Ok((0, false)) };
        self.ensure_identity(inner)?;
        let end = inner.log.end_offset();
        let is_empty = inner.log.start_offset() == end;
        if is_empty && first.header.base_offset < end && end < first.header.next_offset() {
            // The leader's log starts within a batch (DeleteRecords): the log begins with the whole of it.
            inner.log.start_over(first.header.base_offset, now)?;
        }
        let segment_bytes = usize::try_from(inner.log.config().segment_bytes).unwrap_or(usize::MAX);
        let (mut bytes, mut flush_due) = (0, false);
        for part in parts(batches, segment_bytes.min(MOST_BYTES)) {
            let info = inner.log.append_as_follower(part, now)?;
            bytes += info.bytes;
            flush_due = info.flush_due;
        }
        self.stir(inner);
        self.tell_appended_under(inner, TELL_EVERY)?;
        Ok((bytes, flush_due))
    }

    fn take_watermarks(&self, inner: &mut Inner, answer: &LeaderAnswer) -> Result<(), LogError> {
        let end = inner.log.end_offset();
        if inner.state.follow(answer.high_watermark, end) {
            inner.high_watermark_moved(0);
            self.stir(inner);
        }
        let start = answer.log_start.min(inner.state.high_watermark());
        if start > inner.log.start_offset() {
            inner.log.delete_records(start)?;
            self.stir(inner);
        }
        Ok(())
    }

    fn cut(
        &self,
        inner: &mut Inner,
        state: &mut FollowerState,
        action: Action,
        now: TimestampMs,
        backoff_ms: i64,
    ) -> Followed {
        let (before, high_watermark) = (inner.log.end_offset(), inner.state.high_watermark());
        let (cut, at) = match action {
            Action::Nothing | Action::Append => return Followed::Nothing,
            Action::Truncate(to) => (inner.log.truncate_to(to, now), to),
            Action::StartOver(at) => (inner.log.start_over(at, now), at),
        };
        if let Err(fault) = cut {
            return self.failed(inner, state, &fault, now);
        }
        if at < high_watermark && at < before {
            warn!(partition = %self.name(), from = %before, to = %at, %high_watermark, "the log is cut below its high watermark, as its leader's is shorter: an unclean election");
        } else {
            info!(partition = %self.name(), from = %before, to = %at, "the log is cut to where its leader's begins to differ");
        }
        let (start, end) = (inner.log.start_offset(), inner.log.end_offset());
        inner.commits.truncated(end);
        inner.state.clamp(start, end);
        inner.waiters.wake_fetches();
        self.stir(inner);
        state.truncated(&inner.log);
        // A log that is cut again and again must not keep the broker busy.
        if end == before {
            state.delay(now, backoff_ms.min(10));
        }
        Followed::Cut
    }

    /// No log has a record of a later term than the partition is in. Where one says so, its leader cannot tell where the two
    /// part, however often it is asked.
    fn doubt_terms(&self, inner: &mut Inner, epoch: LeaderEpoch) {
        let Some(log) = inner.log.made_mut() else { return };
        let Some(&(latest, start)) = log.leader_epochs().last().filter(|(latest, _)| *latest > epoch) else { return };
        let reason = format!("it has leader epoch {latest} at offset {start}, and the partition is in {epoch}");
        let fault = LogError::Corrupt { path: log.dir().to_owned(), reason };
        let segment = log.segment_of(start);
        if log.found_damaged(segment, &fault) {
            warn!(partition = %self.name(), error = %fault, "damage in the log");
        }
    }

    /// Cuts off what was found damaged, to fetch it anew: once this replica is not in sync any more, for until then the
    /// leader counts on what it has.
    fn cut_damage(&self, inner: &mut Inner, state: &mut FollowerState, now: TimestampMs) -> Option<Followed> {
        let from = inner.log.made().and_then(Log::damaged).filter(|_| !inner.state.is_in_sync())?;
        let before = inner.log.end_offset();
        if let Err(fault) = inner.log.truncate_to(from, now) {
            return Some(self.failed(inner, state, &fault, now));
        }
        warn!(partition = %self.name(), %from, to = %before, "what was found damaged is fetched anew from the leader");
        let (start, end) = (inner.log.start_offset(), inner.log.end_offset());
        inner.commits.truncated(end);
        inner.state.clamp(start, end);
        self.stir(inner);
        state.truncated(&inner.log);
        Some(Followed::Cut)
    }

    fn failed(&self, inner: &mut Inner, state: &mut FollowerState, fault: &LogError, now: TimestampMs) -> Followed {
        self.fault_under(inner, fault);
        state.append_failed(AppendFailure::Storage, now, 0);
        Followed::Failed
    }
}

impl Inner {
    fn follows_in(&self, epoch: LeaderEpoch) -> bool {
        !self.state.is_leader() && self.state.assignment().leader_epoch == epoch
    }
}

/// The whole batches of a leader's answer, each with a good CRC.
pub(super) fn check(records: &[u8]) -> Result<Vec<BatchToAppend<'_>>, BatchError> {
    let mut checked = Vec::new();
    for batch in batches(records) {
        match batch {
            Ok((_, bytes)) => {
                let header: BatchHeader = validate_crc(bytes)?;
                checked.push(BatchToAppend { header, bytes });
            }
            // The end of what fitted into the answer.
            Err(BatchError::Truncated { .. }) if !checked.is_empty() => break,
            Err(error) => return Err(error),
        }
    }
    Ok(checked)
}

/// Batches as they are written together: as many as fit, and one at least.
pub(super) fn parts<'a, 'b>(
    batches: &'a [BatchToAppend<'b>],
    most: usize,
) -> impl Iterator<Item = &'a [BatchToAppend<'b>]> {
    let mut rest = batches;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |batch: &&BatchToAppend<'_>| {
            bytes += batch.bytes.len();
            bytes <= most
        };
        let n = rest.iter().take(MOST_BATCHES).take_while(fits).count().max(1).min(rest.len());
        let (part, later) = rest.split_at(n);
        rest = later;
        (!part.is_empty()).then_some(part)
    })
}
