//! Batches that came while another was appended, and are appended together.

use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::combine::{Combiner, Offered, Turn};
use super::{Appended, Inner, Partition, Produced, to_append};
use crate::broker::state::partition::Acks;
use crate::broker::state::produce::{AcceptedBatch, ProduceRefusal};
use crate::log::producers::AppendOrigin;
use crate::log::{AppendError, AppendInfo};
use crate::model::{ErrorCode, LeaderEpoch, TimestampMs};

/// Batches that are taken at once of those that wait to be appended; one write takes no more.
pub(super) const MOST_TOGETHER: usize = 64;
/// Times that a produce takes batches which others left to it. Then the rest becomes a task of its own, so that the
/// answer of this one is not held up for as long as others come.
pub(super) const TIMES_FOR_OTHERS: usize = 16;
/// A batch up to this size is copied when it must wait: what it was received into is larger, and is wanted for the next
/// read. Larger frames are counted against the memory of requests until they are answered.
const COPIED_UP_TO: usize = 16 * 1024;

/// A batch that was left to the one whose turn it is.
#[derive(Debug)]
pub(super) struct LeftBatch {
    batch: AcceptedBatch,
    acks: Acks,
    now: TimestampMs,
    done: oneshot::Sender<Result<Appended, ProduceRefusal>>,
}

/// Holds the turn in a task of its own.
struct Holder(Arc<Partition>);

impl Deref for Holder {
    type Target = Combiner<LeftBatch>;

    fn deref(&self) -> &Combiner<LeftBatch> {
        &self.0.combiner
    }
}

impl Partition {
    /// Leaves a batch to whoever has the turn; appends it after all if nobody has any more.
    #[cold]
    pub(super) fn leave(
        self: &Arc<Self>,
        mut batch: AcceptedBatch,
        acks: Acks,
        now: TimestampMs,
    ) -> Result<Produced, ProduceRefusal> {
        if batch.bytes.len() <= COPIED_UP_TO {
            batch.bytes = Bytes::copy_from_slice(&batch.bytes);
        }
        let (done, appending) = oneshot::channel();
        match self.combiner.offer(LeftBatch { batch, acks, now, done }) {
            Offered::Left => Ok(Produced::Soon(appending)),
            Offered::Returned(LeftBatch { batch, .. }, turn) => {
                self.append_in_turn(turn, &batch, acks, now).map(Produced::Now)
            }
        }
    }

    /// Appends what was left to the one who has the turn, until nothing is left or others would have to wait for it.
    #[cold]
    pub(super) fn append_for_others<C: Deref<Target = Combiner<LeftBatch>>>(
        self: &Arc<Self>,
        mut turn: Turn<LeftBatch, C>,
    ) {
        let mut left = Vec::new();
        loop {
            for _ in 0..TIMES_FOR_OTHERS {
                turn.take(MOST_TOGETHER, &mut left);
                while !left.is_empty() {
                    // Given back between two writes: readers come through, and nobody is woken under it.
                    let mut inner = self.inner.lock();
                    let outcomes = self.append_together(&mut inner, &left);
                    self.announce(inner);
                    for (LeftBatch { done, .. }, outcome) in left.drain(..outcomes.len()).zip(outcomes) {
                        // A dropped receiver is a client that left; nothing to tell it.
                        let _ = done.send(outcome);
                    }
                }
                match turn.end() {
                    None => return,
                    Some(still) => turn = still,
                }
            }
            // Without a runtime there is nobody to go on with it.
            if let Ok(runtime) = Handle::try_current() {
                let partition = Arc::clone(self);
                let turn = turn.through(Holder(Arc::clone(self)));
                runtime.spawn(async move { partition.append_for_others(turn) });
                return;
            }
        }
    }

    /// Appends the first of the batches that others left, as many as one write may take: at least one, and as many as
    /// there are outcomes. Each is judged by the rules of [`Partition::produce`] as if it came alone.
    fn append_together(&self, inner: &mut Inner, left: &[LeftBatch]) -> Vec<Result<Appended, ProduceRefusal>> {
        let refuse = |code: ErrorCode| ProduceRefusal::new(code, "");
        if let Err(code) = self.check_online() {
            return left.iter().map(|_| Err(refuse(code))).collect();
        }
        let min_insync = inner.config.min_insync;
        let judged: Vec<_> = left.iter().map(|one| inner.state.judge_append(one.acks, min_insync)).collect();
        let written = match self.write_together(inner, left, &judged) {
            Ok(written) => written,
            Err(fault) => {
                let failed = |judged: Result<_, ErrorCode>| judged.map_or_else(refuse, |_| fault.clone());
                return judged.into_iter().map(|judged| Err(failed(judged))).collect();
            }
        };
        let mut written = written.into_iter();
        let mut outcomes = Vec::with_capacity(left.len());
        for (one, judged) in left.iter().zip(judged) {
            outcomes.push(match judged {
                Err(code) => Err(refuse(code)),
                Ok(_) => match written.next() {
                    Some(Ok((info, must_wait))) => {
                        Ok(inner.appended(&info, one.batch.header.record_count, one.acks, must_wait))
                    }
                    Some(Err(error)) => Err(self.refusal(inner, error)),
                    None => break,
                },
            });
        }
        outcomes
    }

    /// Writes the first of the batches that were judged good, and tells of each whether its answer must wait for a sync.
    fn write_together(
        &self,
        inner: &mut Inner,
        left: &[LeftBatch],
        judged: &[Result<LeaderEpoch, ErrorCode>],
    ) -> Result<Vec<Result<(AppendInfo, bool), AppendError>>, ProduceRefusal> {
        // All that may be appended are of the one term in which this broker leads.
        let Some(epoch) = judged.iter().find_map(|judged| judged.ok()) else { return Ok(Vec::new()) };
        let good = left.iter().zip(judged).filter(|(_, judged)| judged.is_ok());
        let batches: Vec<_> = good.map(|(one, _)| to_append(&one.batch, AppendOrigin::Client)).collect();
        let now = left.iter().map(|one| one.now).max().unwrap_or(TimestampMs::NONE);
        self.ensure_identity(inner).map_err(|fault| self.refusal(inner, AppendError::Log(fault)))?;
        let infos = inner.log.append_each(&batches, epoch, now).map_err(|error| self.refusal(inner, error))?;
        let mut shown = 0;
        let mut written = Vec::with_capacity(infos.len());
        for (info, (batch, _)) in infos.into_iter().zip(&batches) {
            written.push(info.map(|info| {
                let must_wait = inner.note(&info, batch.bytes.len());
                let end = info.last_offset.next();
                // What is held back is shown by the sync that it waits for.
                if !info.duplicate && inner.commits.counted_end(end) == end {
                    shown += batch.bytes.len();
                }
                (info, must_wait)
            }));
        }
        self.after_append(inner, shown, now)?;
        Ok(written)
    }
}
