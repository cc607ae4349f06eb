//! Reading a partition: for consumers, for followers, and for coordinators that replay it.

use std::sync::Arc;

use bytes::Bytes;
use tracing::error;

use super::{Inner, Partition, off_the_worker};
use crate::broker::runtime::inbox::Inbox;
use crate::broker::runtime::waiters::FetchWaiter;
use crate::broker::state::partition::{FollowerFetch, Isolation, LogEnds, Standing};
use crate::log::{AbortedTxn, FileSlice, LogError, ReadError};
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset, TimestampMs};
use crate::wire::batch::batches;

/// What a fetch asks of a partition.
#[derive(Clone, Copy, Debug)]
pub struct ReadRequest {
    /// First offset wanted.
    pub offset: Offset,
    /// Bytes at most.
    pub max_bytes: usize,
    /// Whether one batch must come even if it is larger.
    pub at_least_one: bool,
    /// How far the reader may see.
    pub isolation: Isolation,
    /// The leader epoch that the client knows, or -1.
    pub current_epoch: LeaderEpoch,
    /// The epoch of the last record that the client has, or -1 (KIP-595).
    pub last_fetched_epoch: LeaderEpoch,
    /// Whether only the leader may answer: to followers, and to consumers that do not know other replicas (KIP-392).
    pub leader_only: bool,
    /// The follower whose fetch this is, if it is to be noted.
    pub follower: Option<FollowerRead>,
}

/// A follower's fetch that its leader takes notice of.
#[derive(Clone, Copy, Debug)]
pub struct FollowerRead {
    /// Who.
    pub id: BrokerId,
    /// The epoch under which it is registered as it says itself, or -1.
    pub broker_epoch: i64,
    /// The start of its log, or -1.
    pub log_start: Offset,
    /// What the metadata says of it.
    pub standing: Standing,
    /// When its request came.
    pub now: TimestampMs,
}

/// What a fetch waits for that got too little.
#[derive(Clone, Copy, Debug)]
pub struct FetchWait {
    /// How far the reader may see.
    pub isolation: Isolation,
    /// Readable end that it saw.
    pub seen: Offset,
    /// Whether only the leader may answer.
    pub leader_only: bool,
    /// For followers: the high watermark that it was told of.
    pub told: Offset,
}

/// What a partition answers to a fetch.
#[derive(Debug)]
pub struct ReadAnswer {
    /// Records, as a range of a segment file.
    pub records: Option<FileSlice>,
    /// The high watermark.
    pub high_watermark: Offset,
    /// The last stable offset.
    pub last_stable: Offset,
    /// The log start offset.
    pub log_start: Offset,
    /// First offset that this reader may not see.
    pub readable_end: Offset,
    /// Aborted transactions in the range, for read_committed.
    pub aborted: Option<Vec<AbortedTxn>>,
    /// The epoch and its end where the client's log diverges.
    pub diverging: Option<(LeaderEpoch, Offset)>,
}

impl Partition {
    /// Reads for a fetch. No bytes are copied: the answer is a range of a file.
    ///
    /// # Errors
    /// The code for the partition's part of the answer.
    pub fn read(&self, request: &ReadRequest) -> Result<ReadAnswer, ErrorCode> {
        let mut answer = self.read_unchecked(request)?;
        if let Some(slice) = answer.records.as_ref().filter(|slice| slice.is_unchecked()) {
            answer.records = Some(self.checked(slice)?);
        }
        Ok(answer)
    }

    fn read_unchecked(&self, request: &ReadRequest) -> Result<ReadAnswer, ErrorCode> {
        self.check_online()?;
        let mut inner = self.inner.lock();
        if request.leader_only {
            inner.state.check_leader(request.current_epoch)?;
        } else {
            inner.state.check_epoch(request.current_epoch)?;
        }
        let (start, end) = (inner.log.start_offset(), inner.log.end_offset());
        let diverging = inner.diverging(request)?;
        if diverging.is_none() && (request.offset < start || request.offset > end) {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        if let (Some(follower), None) = (&request.follower, diverging) {
            self.note_follower(&mut inner, request, follower)?;
        }
        let high_watermark = inner.state.high_watermark();
        let last_stable = inner.log.last_stable_offset(high_watermark);
        let mut answer = ReadAnswer {
            records: None,
            high_watermark,
            last_stable,
            log_start: start,
            readable_end: match request.isolation {
                Isolation::ReadUncommitted => high_watermark,
                Isolation::ReadCommitted => last_stable,
                Isolation::Replica => end,
            },
            aborted: (request.isolation == Isolation::ReadCommitted).then(Vec::new),
            diverging,
        };
        if diverging.is_some() || request.offset >= answer.readable_end {
            return Ok(answer);
        }
        let read = inner.log.read(request.offset, request.max_bytes, answer.readable_end, request.at_least_one);
        match read {
            Ok(slice) => {
                if let (Some(aborted), Some(slice)) = (&mut answer.aborted, &slice) {
                    let found = inner.log.aborted_transactions(request.offset, slice.upper_bound);
                    *aborted = found.map_err(|fault| self.fault_under(&mut inner, &fault))?;
                }
                // Where pages are let go of on purpose, whether they are there is asked at each read.
                let trusted = self.background.page_cache.is_none();
                answer.records = slice.map(|slice| FileSlice { hot: slice.hot && trusted, ..slice });
                // It may have opened a file.
                self.stir(&mut inner);
                Ok(answer)
            }
            Err(ReadError::OutOfRange { .. }) => Err(ErrorCode::OffsetOutOfRange),
            Err(ReadError::Log(fault)) => {
                let segment = inner.log.segment_of(request.offset);
                Err(self.unreadable(&mut inner, segment, &fault))
            }
        }
    }

    /// Checks a range that stood on the disk before this process did, and gives what of it is sound. Without the lock: it
    /// may have to be read.
    #[cold]
    fn checked(&self, slice: &FileSlice) -> Result<FileSlice, ErrorCode> {
        let dir = self.log_dir().join(self.name().to_string());
        let sound = off_the_worker(|| slice.check(&dir));
        let mut inner = self.inner.lock();
        match sound {
            Ok(bytes) => {
                let sound = slice.first(bytes);
                inner.log.checked(&sound);
                Ok(sound)
            }
            Err(fault) => Err(self.unreadable(&mut inner, slice.segment_base, &fault)),
        }
    }

    /// What a failed read means. Damage is no fault of the disk: what else stands in the log is served.
    fn unreadable(&self, inner: &mut Inner, segment: Offset, fault: &LogError) -> ErrorCode {
        if !matches!(fault, LogError::Corrupt { .. }) {
            return self.fault_under(inner, fault);
        }
        if inner.log.found_damaged(segment, fault) {
            error!(partition = %self.name, error = %fault, "damage in the log: the range is not served");
        }
        ErrorCode::CorruptMessage
    }

    /// Takes notice of a follower's fetch, of which epoch and offset are good.
    fn note_follower(
        &self,
        inner: &mut Inner,
        request: &ReadRequest,
        follower: &FollowerRead,
    ) -> Result<(), ErrorCode> {
        let end = inner.log.end_offset();
        let log = LogEnds { end, counted: inner.commits.counted_end(end) };
        let fetch = FollowerFetch {
            follower: follower.id,
            broker_epoch: follower.broker_epoch,
            offset: request.offset,
            log_start: follower.log_start,
            knows_epoch: request.current_epoch != LeaderEpoch::NONE,
        };
        let rules = inner.config.isr_rules();
        let fetched = inner.state.follower_fetched(&fetch, follower.standing, log, rules, follower.now)?;
        if fetched.advanced {
            inner.high_watermark_moved(0);
            self.stir(inner);
        }
        if let Some(proposal) = fetched.proposal {
            self.propose(inner, proposal);
        }
        Ok(())
    }

    /// Registers a fetch that wants more than it got; wakes it at once if there is more by now.
    pub fn wait_for_bytes(&self, waiter: &Arc<FetchWaiter>, wait: &FetchWait) {
        let mut inner = self.inner.lock();
        let readable = inner.readable_end(wait.isolation);
        if readable > wait.seen || self.is_offline() || (wait.leader_only && !inner.state.is_leader()) {
            waiter.wake();
        } else if wait.isolation == Isolation::Replica {
            if inner.state.high_watermark() > wait.told {
                waiter.tell();
            }
            inner.waiters.add_follower(Arc::clone(waiter));
        } else {
            inner.waiters.add_fetch(Arc::clone(waiter));
        }
    }

    /// Tells a follower's session of everything that moves from now on; `slot` is the partition's place in it.
    pub fn watch(&self, inbox: &Arc<Inbox>, slot: usize) {
        self.inner.lock().waiters.watch(inbox, slot);
    }

    /// The batches from `offset` on up to the log's end, copied: for coordinators that replay their log. A new leader
    /// commits what it has before anything new, so what lies above the high watermark counts as well.
    ///
    /// # Errors
    /// The code of a failed read.
    pub fn read_copied(&self, offset: Offset, max_bytes: usize) -> Result<(Bytes, Offset), ErrorCode> {
        let request = ReadRequest {
            offset,
            max_bytes,
            at_least_one: true,
            isolation: Isolation::Replica,
            current_epoch: LeaderEpoch::NONE,
            last_fetched_epoch: LeaderEpoch::NONE,
            leader_only: true,
            follower: None,
        };
        let answer = self.read(&request)?;
        let Some(slice) = answer.records else { return Ok((Bytes::new(), offset)) };
        let mut copy = vec![0; slice.len];
        slice.read_exact_at(&mut copy, 0).map_err(|e| {
            error!(partition = %self.name, error = %e, "cannot read the log");
            ErrorCode::KafkaStorageError
        })?;
        let next = batches(&copy).filter_map(Result::ok).last().map_or(offset, |(header, _)| header.next_offset());
        Ok((copy.into(), next))
    }
}

impl Inner {
    /// Where the reader's log and this one part, if they do (KIP-595).
    fn diverging(&self, request: &ReadRequest) -> Result<Option<(LeaderEpoch, Offset)>, ErrorCode> {
        if request.last_fetched_epoch == LeaderEpoch::NONE {
            return Ok(None);
        }
        let (epoch, epoch_end) = self.log.end_offset_for_epoch(request.last_fetched_epoch);
        if epoch == LeaderEpoch::NONE {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        Ok((epoch < request.last_fetched_epoch || epoch_end < request.offset).then_some((epoch, epoch_end)))
    }
}
