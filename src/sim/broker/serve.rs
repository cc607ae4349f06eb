//! What a leader answers: to producers, to consumers, and to followers.

use super::super::context::Ctx;
use super::super::log::Batch;
use super::super::message::{Addr, Message, PartIndex, ReplicaGot, ReplicaWant, broker_at};
use super::super::time::FETCH_WAIT;
use super::{Broker, HeldFetch};
use crate::broker::state::partition::FollowerFetch;
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset};

/// Batches of one partition in the answer to a follower.
const REPLICA_BATCHES: usize = 40;

impl Broker {
    pub(super) fn produce(&mut self, from: Addr, id: u64, part: PartIndex, batch: Batch, ctx: &mut Ctx<'_>) {
        let (rules, place) = (self.rules, self.place);
        let replica = &mut self.replicas[part];
        let end = replica.log.end();
        if let Some(result) = replica.produce(from, id, batch, rules, ctx.bug) {
            ctx.send(self.me, from, Message::Produced { id, part, result });
        }
        if replica.log.end() != end {
            replica.advance(place, rules, ctx);
            self.wake(part, ctx);
        }
    }

    pub(super) fn consumer_fetch(
        &self,
        part: PartIndex,
        offset: Offset,
        epoch: LeaderEpoch,
        max: usize,
    ) -> Result<(Offset, LeaderEpoch, Vec<Batch>), ErrorCode> {
        let replica = &self.replicas[part];
        let state = replica.leading(epoch)?;
        if offset > replica.log.end() {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        let high_watermark = state.high_watermark();
        let batches = replica.log.read(offset, high_watermark, max).to_vec();
        Ok((high_watermark, state.assignment().leader_epoch, batches))
    }

    pub(super) fn locate(&self, part: PartIndex, epoch: LeaderEpoch, end: bool) -> Result<Offset, ErrorCode> {
        let replica = &self.replicas[part];
        replica.leading(epoch)?;
        Ok(if end { replica.log.end() } else { Offset::ZERO })
    }

    pub(super) fn replica_fetch(
        &mut self,
        from: Addr,
        id: u64,
        follower: BrokerId,
        broker_epoch: i64,
        wants: Vec<ReplicaWant>,
        ctx: &mut Ctx<'_>,
    ) {
        let standing = self.standing(follower);
        let mut moved = Vec::new();
        let mut refused = Vec::new();
        for want in &wants {
            let replica = &mut self.replicas[want.part];
            if replica.fit(want, ctx.bug.truncates_to_high_watermark()) != Fit::Follows {
                continue;
            }
            let fetch = FollowerFetch {
                follower,
                broker_epoch,
                offset: want.position.offset,
                log_start: Offset::ZERO,
                knows_epoch: true,
            };
            match replica.follower_fetched(&fetch, standing, self.place, self.rules, ctx) {
                Ok(fetched) => {
                    if let Some(proposal) = fetched.proposal {
                        self.alter.submit(Broker::key(want.part), proposal);
                    }
                    if fetched.advanced {
                        moved.push(want.part);
                    }
                }
                Err(code) => refused.push((want.part, code)),
            }
        }
        let held = HeldFetch { from, id, follower, wants, until: ctx.now + FETCH_WAIT };
        self.answer_or_hold(held, &refused, ctx);
        for part in moved {
            self.wake(part, ctx);
        }
        self.propose(ctx);
    }

    fn answer_or_hold(&mut self, held: HeldFetch, refused: &[(PartIndex, ErrorCode)], ctx: &mut Ctx<'_>) {
        let place = broker_at(held.follower).unwrap_or_default();
        let fenced = ctx.bug.truncates_to_high_watermark();
        let is_due = !refused.is_empty() || held.until <= ctx.now;
        if !is_due && !held.wants.iter().any(|want| self.replicas[want.part].has_answer(want, place, fenced)) {
            self.held.push(held);
            return;
        }
        let mut got = Vec::with_capacity(held.wants.len());
        for want in &held.wants {
            let replica = &mut self.replicas[want.part];
            let mut answer = replica.answer(want, fenced);
            if let Some((_, code)) = refused.iter().find(|(part, _)| *part == want.part) {
                answer.error = *code;
                answer.batches.clear();
            }
            if answer.error == ErrorCode::None {
                replica.tell(place, answer.high_watermark);
            }
            got.push(answer);
        }
        ctx.send(self.me, held.from, Message::ReplicaFetched { id: held.id, got });
    }

    /// Answers the followers that wait for news of a partition.
    fn wake(&mut self, part: PartIndex, ctx: &mut Ctx<'_>) {
        self.wake_if(|held| held.wants.iter().any(|want| want.part == part), ctx);
    }

    /// Looks at all followers that wait.
    pub(super) fn wake_all(&mut self, ctx: &mut Ctx<'_>) {
        self.wake_if(|_| true, ctx);
    }

    /// Answers the followers that waited long enough.
    pub(super) fn let_held_go(&mut self, ctx: &mut Ctx<'_>) {
        let now = ctx.now;
        self.wake_if(|held| held.until <= now, ctx);
    }

    fn wake_if(&mut self, which: impl Fn(&HeldFetch) -> bool, ctx: &mut Ctx<'_>) {
        if !self.held.iter().any(&which) {
            return;
        }
        for held in std::mem::take(&mut self.held) {
            if which(&held) {
                self.answer_or_hold(held, &[], ctx);
            } else {
                self.held.push(held);
            }
        }
    }
}

/// How a follower's position relates to a leader's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// The leader has all that stands before it.
    Follows,
    /// The logs part before it.
    Diverges(LeaderEpoch, Offset),
    /// The leader cannot tell.
    Refused(ErrorCode),
}

impl super::Replica {
    /// Judges a follower's position (`Partition.readRecords`). `blind` leaves out what KIP-101 and KIP-595 brought.
    pub(super) fn fit(&self, want: &ReplicaWant, blind: bool) -> Fit {
        let position = &want.position;
        if let Err(code) = self.leading(position.leader_epoch) {
            return Fit::Refused(code);
        }
        if position.last_epoch != LeaderEpoch::NONE && !blind {
            let (epoch, end) = self.log.end_offset_for(position.last_epoch);
            if epoch == LeaderEpoch::NONE {
                return Fit::Refused(ErrorCode::OffsetOutOfRange);
            }
            if epoch < position.last_epoch || end < position.offset {
                return Fit::Diverges(epoch, end);
            }
        }
        if position.offset > self.log.end() { Fit::Refused(ErrorCode::OffsetOutOfRange) } else { Fit::Follows }
    }

    fn has_answer(&self, want: &ReplicaWant, follower: usize, blind: bool) -> bool {
        let high_watermark = self.high_watermark().unwrap_or(Offset::ZERO);
        self.fit(want, blind) != Fit::Follows
            || want.position.offset < self.log.end()
            || self.has_news(follower, high_watermark)
    }

    fn answer(&self, want: &ReplicaWant, blind: bool) -> ReplicaGot {
        let mut got = ReplicaGot {
            part: want.part,
            position: want.position,
            error: ErrorCode::None,
            diverging: None,
            high_watermark: self.high_watermark().unwrap_or(Offset::ZERO),
            batches: Vec::new(),
        };
        match self.fit(want, blind) {
            Fit::Follows => {
                got.batches = self.log.read(want.position.offset, self.log.end(), REPLICA_BATCHES).to_vec();
            }
            Fit::Diverges(epoch, end) => got.diverging = Some((epoch, end)),
            Fit::Refused(code) => got.error = code,
        }
        got
    }
}
