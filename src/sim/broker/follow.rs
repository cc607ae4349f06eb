//! How a broker fetches from the leaders of the partitions that it follows.

use super::super::context::Ctx;
use super::super::message::{Addr, Message, PartIndex, ReplicaGot, ReplicaWant, broker_at};
use super::super::time::{FETCH_BACKOFF_MS, MS, REQUEST_TIMEOUT};
use super::Broker;
use crate::broker::state::replication::{Action, AppendFailure, FetchAnswer, Want};
use crate::model::{ErrorCode, LeaderEpoch, Offset};

impl Broker {
    /// Asks one leader for all that is wanted from it, unless a request is under way.
    pub(super) fn fetch_from(&mut self, leader: usize, ctx: &mut Ctx<'_>) {
        if leader == self.place || !self.opened {
            return;
        }
        if let Some(asked) = self.fetching[leader] {
            if asked.until > ctx.now {
                return;
            }
            self.fetching[leader] = None;
            for replica in self.replicas.iter_mut().filter(|replica| replica.follows() == Some(leader)) {
                if let Some(follower) = &mut replica.follower {
                    follower.delay(ctx.wall, FETCH_BACKOFF_MS);
                }
            }
        }
        let mut wants = Vec::new();
        let mut questions = Vec::new();
        for replica in self.replicas.iter_mut().filter(|replica| replica.follows() == Some(leader)) {
            match replica.follower.as_ref().and_then(|follower| follower.wants(ctx.wall)) {
                Some(Want::Records(position)) => wants.push(ReplicaWant { part: replica.part, position }),
                Some(Want::LeaderEnd(epoch)) => questions.push((replica.part, epoch, true)),
                Some(Want::LeaderStart(epoch)) => questions.push((replica.part, epoch, false)),
                None => {}
            }
        }
        for (part, epoch, end) in questions {
            if self.replicas[part].locating.is_none_or(|asked| asked.until <= ctx.now) {
                let asked = self.ask(ctx.now + REQUEST_TIMEOUT);
                self.replicas[part].locating = Some(asked);
                ctx.send(self.me, Addr::Broker(leader), Message::Locate { id: asked.id, part, epoch, end });
            }
        }
        if !wants.is_empty() {
            let asked = self.ask(ctx.now + REQUEST_TIMEOUT);
            self.fetching[leader] = Some(asked);
            let (follower, broker_epoch) = (self.id, self.epoch);
            let message = Message::ReplicaFetch { id: asked.id, follower, broker_epoch, wants };
            ctx.send(self.me, Addr::Broker(leader), message);
        }
    }

    pub(super) fn fetched(&mut self, from: Addr, id: u64, got: Vec<ReplicaGot>, ctx: &mut Ctx<'_>) {
        let Addr::Broker(leader) = from else { return };
        if self.fetching[leader].take_if(|asked| asked.id == id).is_none() {
            return;
        }
        for got in got {
            self.replicas[got.part].take(&got, self.place, ctx);
        }
        self.fetch_from(leader, ctx);
    }

    pub(super) fn located(
        &mut self,
        id: u64,
        part: PartIndex,
        epoch: LeaderEpoch,
        result: Result<Offset, ErrorCode>,
        ctx: &mut Ctx<'_>,
    ) {
        let replica = &mut self.replicas[part];
        if replica.locating.take_if(|asked| asked.id == id).is_none() {
            return;
        }
        let Some(follower) = &mut replica.follower else { return };
        let action = follower.located(epoch, result, &replica.log, ctx.wall, FETCH_BACKOFF_MS);
        replica.cut(action, self.place, ctx);
        if let Some(leader) = replica.follows() {
            self.fetch_from(leader, ctx);
        }
    }
}

impl super::Replica {
    /// The place of the leader that is followed.
    pub(super) fn follows(&self) -> Option<usize> {
        let state = self.state.as_ref().filter(|_| self.follower.is_some())?;
        broker_at(state.assignment().leader)
    }

    /// Takes a leader's answer.
    fn take(&mut self, got: &ReplicaGot, place: usize, ctx: &mut Ctx<'_>) {
        let (Some(follower), Some(state)) = (&mut self.follower, &mut self.state) else { return };
        let answer = FetchAnswer { error: got.error, diverging: got.diverging };
        match follower.answered(&got.position, &answer, &self.log, ctx.wall, FETCH_BACKOFF_MS) {
            Action::Append => {
                if self.log.append_copies(&got.batches).is_err() {
                    follower.append_failed(AppendFailure::Records, ctx.wall, FETCH_BACKOFF_MS);
                    return;
                }
                let before = state.high_watermark();
                if state.follow(got.high_watermark, self.log.end()) {
                    ctx.oracle.ledger.followed(self.part, place, before, state.high_watermark(), &self.log);
                }
                follower.appended(&self.log);
            }
            action => self.cut(action, place, ctx),
        }
    }

    /// Cuts the log as the machine asks.
    fn cut(&mut self, action: Action, place: usize, ctx: &mut Ctx<'_>) {
        let (Some(follower), Some(state)) = (&mut self.follower, &mut self.state) else { return };
        let to = match action {
            Action::Truncate(to) => to,
            Action::StartOver(to) => {
                // No log of a simulated cluster begins above 0.
                let what = format!("broker {place} is asked to start over at {to} in partition {}", self.part);
                return ctx.oracle.broken("replication", what);
            }
            Action::Append | Action::Nothing => return,
        };
        self.log.truncate(to);
        state.clamp(Offset::ZERO, self.log.end());
        follower.truncated(&self.log);
    }
}

/// Pauses shorter than a broker's tick end with it.
const _: () = assert!(super::super::time::BROKER_TICK <= FETCH_BACKOFF_MS as u64 * MS);
