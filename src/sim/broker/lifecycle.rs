//! Registration, heartbeats, metadata, and proposals for in-sync sets: a broker's talk with the controller.

use std::collections::BTreeMap;

use super::super::context::Ctx;
use super::super::message::{Addr, Message, PartIndex};
use super::super::raft::Entry;
use super::super::time::{BROKER_HEARTBEAT, LAG_MAX_MS, MS, REQUEST_TIMEOUT};
use super::Broker;
use crate::broker::state::controller::HeartbeatAnswer;
use crate::broker::state::metadata::{LocalChange, MetadataChanges, MetadataImage};
use crate::broker::state::partition::{AlterOutcome, IsrProposal};
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset};
use crate::wire::messages::alter_partition::{
    AlterPartitionRequest, AlterPartitionRequestPartitionData, AlterPartitionRequestTopicData, AlterPartitionResponse,
    BrokerState,
};

impl Broker {
    /// Registers, says that it is alive, and follows the metadata log.
    pub(super) fn keep_in_touch(&mut self, ctx: &mut Ctx<'_>) {
        let late = |asked: &Option<super::Asked>| asked.is_some_and(|asked| asked.until <= ctx.now);
        if late(&self.registering) || late(&self.beating) || late(&self.observing) || late(&self.altering) {
            self.controller = (self.controller + 1) % self.topology.controllers;
        }
        if late(&self.altering) {
            self.altering = None;
            self.alter.failed(ctx.wall);
        }
        for asked in [&mut self.registering, &mut self.beating, &mut self.observing] {
            asked.take_if(|asked| asked.until <= ctx.now);
        }
        if self.observing.is_none() {
            let asked = self.ask(ctx.now + REQUEST_TIMEOUT);
            self.observing = Some(asked);
            let from = (self.loader.last().offset.get() + 1) as usize;
            self.tell_controller(Message::MetadataFetch { id: asked.id, from }, ctx);
        }
        if self.epoch < 0 {
            if self.registering.is_none() {
                let asked = self.ask(ctx.now + REQUEST_TIMEOUT);
                self.registering = Some(asked);
                let (broker, incarnation, previous_epoch) = (self.id, self.incarnation, self.previous_epoch);
                self.tell_controller(Message::Register { id: asked.id, broker, incarnation, previous_epoch }, ctx);
            }
        } else if self.opened && self.beating.is_none() && ctx.now >= self.beat_at {
            let asked = self.ask(ctx.now + REQUEST_TIMEOUT);
            self.beating = Some(asked);
            self.beat_at = ctx.now + BROKER_HEARTBEAT;
            let (broker, epoch, want_shut_down) = (self.id, self.epoch, self.stopping);
            let offset = self.image.offset();
            self.tell_controller(Message::Heartbeat { id: asked.id, broker, epoch, offset, want_shut_down }, ctx);
        }
    }

    fn tell_controller(&self, message: Message, ctx: &mut Ctx<'_>) {
        ctx.send(self.me, Addr::Controller(self.controller), message);
    }

    /// Another controller may know better.
    fn refused_by_controller(&mut self, from: Addr, code: ErrorCode) {
        if code == ErrorCode::NotController && from == Addr::Controller(self.controller) {
            self.controller = (self.controller + 1) % self.topology.controllers;
        }
    }

    pub(super) fn registered(&mut self, from: Addr, id: u64, result: Result<i64, ErrorCode>, ctx: &mut Ctx<'_>) {
        if self.registering.take_if(|asked| asked.id == id).is_none() {
            return;
        }
        match result {
            Ok(epoch) => {
                self.epoch = epoch;
                self.open(ctx);
            }
            Err(code) => self.refused_by_controller(from, code),
        }
    }

    pub(super) fn heartbeat_answered(
        &mut self,
        from: Addr,
        id: u64,
        result: Result<HeartbeatAnswer, ErrorCode>,
        ctx: &mut Ctx<'_>,
    ) {
        if self.beating.take_if(|asked| asked.id == id).is_none() {
            return;
        }
        match result {
            Ok(answer) => {
                self.may_stop |= self.stopping && answer.should_shut_down;
                if answer.fenced && !self.stopping {
                    // It may be let in as soon as it has caught up: no need to wait a whole interval.
                    self.beat_at = ctx.now + 50 * MS;
                }
            }
            Err(code) => self.refused_by_controller(from, code),
        }
    }

    /// Takes records of the metadata log.
    pub(super) fn observed(
        &mut self,
        id: u64,
        from: usize,
        entries: Option<Vec<Entry>>,
        leader: Option<usize>,
        ctx: &mut Ctx<'_>,
    ) {
        if self.observing.take_if(|asked| asked.id == id).is_none() {
            return;
        }
        if let Some(leader) = leader {
            self.controller = leader;
        }
        let Some(entries) = entries else {
            if leader.is_none() {
                self.controller = (self.controller + 1) % self.topology.controllers;
            }
            return;
        };
        for (at, entry) in (from..).zip(&entries) {
            let (offset, epoch) = (Offset(at as i64), LeaderEpoch(entry.term as i32));
            if offset != self.loader.last().offset.next() {
                continue;
            }
            let loaded = match &entry.record {
                Some(record) => self.loader.load(offset, epoch, record),
                None => {
                    self.loader.skip(offset, epoch);
                    Ok(())
                }
            };
            if let Err(error) = loaded {
                ctx.oracle.broken("metadata", format!("broker {} cannot load the metadata: {error}", self.id));
                return;
            }
        }
        if let Some(update) = self.loader.publish() {
            if self.opened {
                self.image = update.new;
                self.take_changes(&update.changes, &update.old, ctx);
            } else {
                self.image = update.new;
                self.open(ctx);
            }
        }
        let asked = self.ask(ctx.now + REQUEST_TIMEOUT);
        self.observing = Some(asked);
        let from = (self.loader.last().offset.get() + 1) as usize;
        self.tell_controller(Message::MetadataFetch { id: asked.id, from }, ctx);
    }

    /// Opens the partitions, once the metadata has come to this life's registration: what it said before is of the past.
    fn open(&mut self, ctx: &mut Ctx<'_>) {
        let known = self.image.broker(self.id).is_some_and(|broker| broker.epoch == self.epoch);
        if self.opened || self.epoch < 0 || !known {
            return;
        }
        self.opened = true;
        self.beat_at = ctx.now;
        let before = MetadataImage::default();
        let changes = MetadataChanges::between(&before, &self.image);
        self.take_changes(&changes, &before, ctx);
    }

    fn take_changes(&mut self, changes: &MetadataChanges, old: &MetadataImage, ctx: &mut Ctx<'_>) {
        for change in changes.for_broker(self.id, old, &self.image) {
            let (LocalChange::Lead { partition, state, .. } | LocalChange::Follow { partition, state, .. }) = change
            else {
                continue;
            };
            let part = partition as PartIndex;
            let checkpoint = self.checkpoint[part];
            self.replicas[part].assign(self.id, self.place, &state, checkpoint, self.rules, ctx);
        }
        for id in &changes.brokers {
            let standing = self.standing(*id);
            for replica in &mut self.replicas {
                if replica.state.as_mut().is_some_and(|state| state.broker_changed(*id, standing)) {
                    replica.advance(self.place, self.rules, ctx);
                }
            }
        }
        self.wake_all(ctx);
    }

    /// Takes replicas out of in-sync sets that lag.
    pub(super) fn shrink(&mut self, ctx: &mut Ctx<'_>) {
        if ctx.now < self.shrink_at {
            return;
        }
        self.shrink_at = ctx.now + LAG_MAX_MS as u64 / 2 * MS;
        for replica in &mut self.replicas {
            let end = replica.log.end();
            let lagging = replica.state.as_mut().and_then(|state| state.shrink(end, self.rules, ctx.wall));
            if let Some(proposal) = lagging {
                self.alter.submit(Broker::key(replica.part), proposal);
            }
        }
    }

    /// Sends the proposals that wait.
    pub(super) fn propose(&mut self, ctx: &mut Ctx<'_>) {
        if self.altering.is_some() || self.epoch < 0 {
            return;
        }
        let (id, epoch) = (self.id, self.epoch);
        let Some(proposals) = self.alter.next(ctx.wall) else { return };
        let partitions = proposals.iter().map(|((_, part), proposal)| proposed(id, epoch, *part, proposal)).collect();
        let topic = AlterPartitionRequestTopicData { topic_id: super::super::controller::TOPIC_ID, partitions };
        let request = Box::new(AlterPartitionRequest { broker_id: id.get(), broker_epoch: epoch, topics: vec![topic] });
        let asked = self.ask(ctx.now + REQUEST_TIMEOUT);
        self.altering = Some(asked);
        self.tell_controller(Message::Alter { id: asked.id, request }, ctx);
    }

    pub(super) fn altered(
        &mut self,
        from: Addr,
        id: u64,
        result: Result<Box<AlterPartitionResponse>, ErrorCode>,
        ctx: &mut Ctx<'_>,
    ) {
        if self.altering.take_if(|asked| asked.id == id).is_none() {
            return;
        }
        let response = match result {
            Ok(response) => response,
            Err(code) => {
                self.refused_by_controller(from, code);
                return self.alter.failed(ctx.wall);
            }
        };
        let mut outcomes = BTreeMap::new();
        for part in response.topics.iter().flat_map(|topic| &topic.partitions) {
            let outcome = match ErrorCode::from_code(part.error_code) {
                ErrorCode::None => AlterOutcome::Accepted {
                    leader_epoch: LeaderEpoch(part.leader_epoch),
                    partition_epoch: part.partition_epoch,
                    isr: part.isr.iter().copied().map(BrokerId).collect(),
                },
                code => AlterOutcome::Refused(code),
            };
            outcomes.insert(Broker::key(part.partition_index as PartIndex), outcome);
        }
        for (key, proposal, outcome) in self.alter.answered(outcomes, ctx.wall) {
            let part = key.1 as PartIndex;
            if self.replicas[part].altered(&proposal, &outcome, self.place, self.rules, ctx) {
                self.alter.retry(key, proposal, ctx.wall);
            }
        }
        self.wake_all(ctx);
        self.propose(ctx);
    }

    /// Leader and term of each partition, as the metadata says.
    pub(super) fn leaders(&self) -> Vec<(Option<usize>, LeaderEpoch)> {
        let topic = self.image.topic(super::super::controller::TOPIC);
        let partitions = topic.into_iter().flat_map(|topic| topic.partitions.iter());
        partitions.map(|p| (super::super::message::broker_at(p.leader), p.leader_epoch)).collect()
    }
}

fn proposed(
    me: BrokerId,
    epoch: i64,
    partition_index: i32,
    proposal: &IsrProposal,
) -> AlterPartitionRequestPartitionData {
    let state = |(id, known): &(BrokerId, i64)| BrokerState {
        broker_id: id.get(),
        broker_epoch: if *id == me { epoch } else { *known },
    };
    AlterPartitionRequestPartitionData {
        partition_index,
        leader_epoch: proposal.leader_epoch.get(),
        new_isr: Vec::new(),
        new_isr_with_epochs: proposal.isr.iter().map(state).collect(),
        leader_recovery_state: 0,
        partition_epoch: proposal.partition_epoch,
    }
}
