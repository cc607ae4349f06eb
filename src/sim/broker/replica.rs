//! One partition on one broker: its log, and the machine of its leader's or follower's side.

use super::super::context::Ctx;
use super::super::log::{Batch, SimLog};
use super::super::message::{Addr, Message, PartIndex};
use super::Asked;
use crate::broker::state::metadata::PartitionImage;
use crate::broker::state::partition::{
    Acks, AlterOutcome, Altered, Assigned, Assignment, Fetched, FollowerFetch, IsrProposal, IsrRules, LogEnds,
    PartitionState, Standing,
};
use crate::broker::state::replication::FollowerState;
use crate::log::producers::{Judgement, ProducerRefusal};
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset};

/// A produce request that waits until its records are committed.
#[derive(Debug)]
struct PendingProduce {
    end: Offset,
    base: Offset,
    to: Addr,
    id: u64,
}

/// One partition on one broker.
#[derive(Debug)]
pub struct Replica {
    pub(super) part: PartIndex,
    pub(super) log: SimLog,
    /// `None` until the metadata says that this broker holds it.
    pub(super) state: Option<PartitionState>,
    /// While it follows.
    pub(super) follower: Option<FollowerState>,
    /// A question about the leader's log that is under way.
    pub(super) locating: Option<Asked>,
    /// High watermarks that followers were told in this term, by their place.
    told: Vec<Offset>,
    pending: Vec<PendingProduce>,
}

impl Replica {
    pub(super) const fn new(part: PartIndex, log: SimLog) -> Replica {
        Replica { part, log, state: None, follower: None, locating: None, told: Vec::new(), pending: Vec::new() }
    }

    pub(super) fn into_log(self) -> SimLog {
        self.log
    }

    pub(super) fn sync(&mut self) {
        self.log.sync();
    }

    /// Its log.
    pub const fn log(&self) -> &SimLog {
        &self.log
    }

    /// Its high watermark, once it is placed.
    pub fn high_watermark(&self) -> Option<Offset> {
        self.state.as_ref().map(PartitionState::high_watermark)
    }

    /// The term in which this broker leads it, if it does.
    pub fn leads_in(&self) -> Option<LeaderEpoch> {
        let state = self.state.as_ref().filter(|state| state.is_leader())?;
        Some(state.assignment().leader_epoch)
    }

    /// Whether, where it leads, every replica is in sync and everything is committed.
    pub fn is_settled(&self) -> bool {
        self.state.as_ref().is_none_or(|state| {
            let assignment = state.assignment();
            let whole = assignment.isr.len() == assignment.replicas.len() && state.high_watermark() == self.log.end();
            if state.is_leader() { whole && self.pending.is_empty() } else { self.follower.is_some() }
        })
    }

    /// The machine, if this broker leads and the asker is in the same term.
    pub(super) fn leading(&self, epoch: LeaderEpoch) -> Result<&PartitionState, ErrorCode> {
        let state = self.state.as_ref().ok_or(ErrorCode::NotLeaderOrFollower)?;
        state.check_leader(epoch)?;
        Ok(state)
    }

    /// Takes the controller's word.
    pub(super) fn assign(
        &mut self,
        me: BrokerId,
        place: usize,
        image: &PartitionImage,
        checkpoint: Offset,
        rules: IsrRules,
        ctx: &mut Ctx<'_>,
    ) {
        let assignment = Assignment {
            leader: image.leader,
            leader_epoch: image.leader_epoch,
            partition_epoch: image.partition_epoch,
            replicas: image.replicas.clone(),
            isr: image.isr.clone(),
        };
        let end = self.log.end();
        let assigned = match &mut self.state {
            None => {
                let mut state = PartitionState::new(me, assignment, checkpoint.min(end));
                state.begin(end, ctx.wall);
                let assigned = if state.is_leader() { Assigned::Leads } else { Assigned::Follows };
                self.state = Some(state);
                assigned
            }
            Some(state) => state.assign(assignment, end, ctx.wall),
        };
        let epoch = image.leader_epoch;
        match assigned {
            Assigned::Stale => return,
            Assigned::Leads => {
                ctx.oracle.leaders.leads(self.part, epoch, place);
                self.log.begin_epoch(epoch);
                (self.follower, self.locating) = (None, None);
                self.told.clear();
                // Those that wait from an earlier leadership may be committed yet; their clients ask again.
                self.refuse_pending(me, ctx);
            }
            Assigned::Follows => {
                self.refuse_pending(me, ctx);
                if ctx.bug.truncates_to_high_watermark()
                    && let Some(state) = &mut self.state
                {
                    self.log.truncate(state.high_watermark());
                    state.clamp(Offset::ZERO, self.log.end());
                }
                self.follower = Some(FollowerState::new(epoch, &self.log));
                self.locating = None;
            }
            Assigned::Updated => {}
        }
        self.advance(place, rules, ctx);
    }

    fn refuse_pending(&mut self, me: BrokerId, ctx: &mut Ctx<'_>) {
        let from = Addr::Broker(me.get() as usize - 1);
        for pending in std::mem::take(&mut self.pending) {
            let result = Err(ErrorCode::NotLeaderOrFollower);
            ctx.send(from, pending.to, Message::Produced { id: pending.id, part: self.part, result });
        }
    }

    /// Moves the high watermark as far as it may go. Whether it moved.
    pub(super) fn advance(&mut self, place: usize, rules: IsrRules, ctx: &mut Ctx<'_>) -> bool {
        let Some(state) = &mut self.state else { return false };
        let before = state.high_watermark();
        if !state.advance(self.log.end(), rules, ctx.wall) {
            return false;
        }
        self.moved(before, place, rules, ctx);
        true
    }

    /// The leader's high watermark moved: answers who waited for it.
    fn moved(&mut self, before: Offset, place: usize, rules: IsrRules, ctx: &mut Ctx<'_>) {
        let Some(state) = &self.state else { return };
        let high_watermark = state.high_watermark();
        let epoch = state.assignment().leader_epoch;
        ctx.oracle.watermarks.leader(self.part, epoch, place, high_watermark);
        ctx.oracle.ledger.committed(self.part, place, epoch, before, high_watermark, &self.log);
        let part = self.part;
        self.pending.retain(|pending| {
            if pending.end > high_watermark {
                return true;
            }
            let result = state.judge_committed(rules.min_insync).map(|()| pending.base);
            ctx.send(Addr::Broker(place), pending.to, Message::Produced { id: pending.id, part, result });
            false
        });
    }

    /// Judges and appends a producer's batch. Gives the answer, if it is known already.
    pub(super) fn produce(
        &mut self,
        from: Addr,
        id: u64,
        batch: Batch,
        rules: IsrRules,
        bug: super::super::bug::Bug,
    ) -> Option<Result<Offset, ErrorCode>> {
        let Some(state) = &self.state else { return Some(Err(ErrorCode::NotLeaderOrFollower)) };
        let epoch = match state.judge_append(Acks::All, rules.min_insync) {
            Ok(epoch) => epoch,
            Err(code) => return Some(Err(code)),
        };
        let (base, end) = match self.log.judge(&batch.header) {
            Ok(Judgement::Duplicate(_)) if bug.appends_duplicates() => (self.log.append(batch, epoch), self.log.end()),
            Ok(Judgement::Duplicate(known)) => (known.first_offset(), known.last_offset.next()),
            Ok(Judgement::Append) => (self.log.append(batch, epoch), self.log.end()),
            Err(ProducerRefusal::OutOfOrderSequence { .. }) => {
                return Some(Err(ErrorCode::OutOfOrderSequenceNumber));
            }
            Err(_) => return Some(Err(ErrorCode::InvalidProducerEpoch)),
        };
        if bug.answers_before_commit() {
            return Some(Ok(base));
        }
        if end <= state.high_watermark() {
            return Some(state.judge_committed(rules.min_insync).map(|()| base));
        }
        self.pending.push(PendingProduce { end, base, to: from, id });
        None
    }

    /// Notes a follower's fetch whose epoch and offset are good.
    pub(super) fn follower_fetched(
        &mut self,
        fetch: &FollowerFetch,
        standing: Standing,
        place: usize,
        rules: IsrRules,
        ctx: &mut Ctx<'_>,
    ) -> Result<Fetched, ErrorCode> {
        let state = self.state.as_mut().ok_or(ErrorCode::NotLeaderOrFollower)?;
        let before = state.high_watermark();
        let ends = LogEnds { end: self.log.end(), counted: self.log.end() };
        let fetched = state.follower_fetched(fetch, standing, ends, rules, ctx.wall)?;
        if fetched.advanced {
            self.moved(before, place, rules, ctx);
        }
        Ok(fetched)
    }

    /// Takes the controller's answer to a proposal. `true` if it is to be sent again.
    pub(super) fn altered(
        &mut self,
        sent: &IsrProposal,
        outcome: &AlterOutcome,
        place: usize,
        rules: IsrRules,
        ctx: &mut Ctx<'_>,
    ) -> bool {
        let Some(state) = &mut self.state else { return false };
        match state.altered(sent, outcome) {
            Altered::Committed | Altered::Withdrawn => {
                self.advance(place, rules, ctx);
                false
            }
            Altered::Retry => true,
            Altered::Late | Altered::GivenUp => false,
        }
    }

    /// Whether a follower is to be told a newer high watermark than it was.
    pub(super) fn has_news(&self, follower: usize, high_watermark: Offset) -> bool {
        self.told.get(follower).copied().unwrap_or(Offset::NONE) < high_watermark
    }

    /// Notes what a follower is told.
    pub(super) fn tell(&mut self, follower: usize, high_watermark: Offset) {
        if self.told.len() <= follower {
            self.told.resize(follower + 1, Offset::NONE);
        }
        self.told[follower] = high_watermark;
    }
}
