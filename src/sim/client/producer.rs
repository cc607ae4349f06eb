//! An idempotent producer with acks=all: up to five batches of a partition in flight, resent in order with the same
//! sequences until they are answered or their time is over; then a new epoch, and what was in flight is unknown.

use std::collections::VecDeque;

use super::super::context::Ctx;
use super::super::history::{Client, Event, Part};
use super::super::log::Batch;
use super::super::message::{Addr, Message, PartIndex};
use super::super::time::{DELIVERY_TIMEOUT, MS, Micros, REQUEST_TIMEOUT};
use super::Leaders;
use crate::model::{ErrorCode, LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, TimestampMs};
use crate::wire::batch::{Attributes, BatchHeader};

/// `max.in.flight.requests.per.connection` of an idempotent producer.
const IN_FLIGHT: usize = 5;
/// Batches of a partition that wait at most.
const QUEUE: usize = 12;
/// `retry.backoff.ms`.
const BACKOFF: Micros = 100 * MS;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Waits(Micros),
    Sent { id: u64, to: usize, until: Micros },
    Acked,
}

#[derive(Debug)]
struct Outgoing {
    batch: Batch,
    /// The client's number of the first record's send.
    seq: u64,
    born: Micros,
    /// Whether it was ever sent.
    tried: bool,
    step: Step,
}

/// What goes to one partition. Each has a producer id of its own, so that one may begin a new epoch by itself.
#[derive(Debug)]
struct Lane {
    id: ProducerId,
    epoch: ProducerEpoch,
    next_sequence: Sequence,
    queue: VecDeque<Outgoing>,
    /// Birth of the youngest batch that was acknowledged.
    acked_born: Option<Micros>,
}

/// A producer.
#[derive(Debug)]
pub struct Producer {
    me: Addr,
    client: Client,
    parts: Vec<Part>,
    leaders: Leaders,
    lanes: Vec<Lane>,
    next_seq: u64,
    /// The next record's value; values of producers do not meet.
    next_value: u64,
    /// How often it makes a batch, in percent of its ticks.
    busy: u32,
    producing: bool,
}

impl Producer {
    /// The `n`-th client, as a producer.
    pub fn new(n: usize, client: Client, parts: Vec<Part>, brokers: usize, busy: u32) -> Producer {
        let lane = |part: usize| Lane {
            id: ProducerId((n * 1000 + part + 1) as i64),
            epoch: ProducerEpoch(0),
            next_sequence: Sequence(0),
            queue: VecDeque::new(),
            acked_born: None,
        };
        Producer {
            me: Addr::Client(n),
            client,
            lanes: (0..parts.len()).map(lane).collect(),
            parts,
            leaders: Leaders::new(Addr::Client(n), brokers),
            next_seq: 0,
            next_value: (n as u64 + 1) << 32,
            busy,
            producing: true,
        }
    }

    /// Makes no more batches.
    pub const fn stop(&mut self) {
        self.producing = false;
    }

    /// Whether everything has its outcome.
    pub fn is_drained(&self) -> bool {
        self.lanes.iter().all(|lane| lane.queue.is_empty())
    }

    /// Whether a batch that was made at or after `since` was acknowledged in each partition.
    pub fn went_on_since(&self, since: Micros) -> bool {
        self.lanes.iter().all(|lane| lane.acked_born.is_some_and(|born| born >= since))
    }

    /// Takes the time.
    pub fn tick(&mut self, ctx: &mut Ctx<'_>) {
        self.leaders.tick(ctx);
        if self.producing && ctx.rng.chance(self.busy) {
            let part = ctx.rng.index(self.lanes.len());
            let count = 1 + ctx.rng.below(3) as i32;
            self.make(part, count, ctx);
        }
        self.fail_late_requests(ctx);
        for part in 0..self.lanes.len() {
            if self.lanes[part].queue.front().is_some_and(|first| first.born + DELIVERY_TIMEOUT <= ctx.now) {
                self.give_up(part, ctx);
            }
            self.send(part, ctx);
        }
    }

    fn make(&mut self, part: PartIndex, count: i32, ctx: &mut Ctx<'_>) {
        let lane = &mut self.lanes[part];
        if lane.queue.len() >= QUEUE {
            return;
        }
        let header = BatchHeader {
            base_offset: Offset::ZERO,
            length: 0,
            leader_epoch: LeaderEpoch::NONE,
            crc: 0,
            attributes: Attributes(0),
            last_offset_delta: count - 1,
            base_timestamp: ctx.wall,
            max_timestamp: TimestampMs(ctx.wall.get()),
            producer_id: lane.id,
            producer_epoch: lane.epoch,
            base_sequence: lane.next_sequence,
            record_count: count,
        };
        lane.next_sequence = lane.next_sequence.advance(count);
        let (seq, value) = (self.next_seq, self.next_value);
        self.next_seq += count as u64;
        self.next_value += count as u64;
        for at in 0..count as u64 {
            let (client, part) = (self.client, self.parts[part]);
            ctx.history.push(ctx.now, Event::Send { client, seq: seq + at, part, value: value + at, txn: None });
        }
        let step = Step::Waits(ctx.now);
        lane.queue.push_back(Outgoing { batch: Batch { header, value }, seq, born: ctx.now, tried: false, step });
    }

    /// A request that is not answered in time ends its connection, and with it all others on it.
    fn fail_late_requests(&mut self, ctx: &mut Ctx<'_>) {
        let sent = self.lanes.iter().flat_map(|lane| &lane.queue).filter_map(|out| match out.step {
            Step::Sent { to, until, .. } if until <= ctx.now => Some(to),
            _ => None,
        });
        let Some(late) = sent.min() else { return };
        for out in self.lanes.iter_mut().flat_map(|lane| &mut lane.queue) {
            if matches!(out.step, Step::Sent { to, .. } if to == late) {
                out.step = Step::Waits(ctx.now + BACKOFF);
            }
        }
        ctx.reconnects.push((self.me, Addr::Broker(late)));
        self.leaders.refresh(ctx.now);
    }

    /// Sends what waits, in order. Never to a new leader what follows something that is under way to the old one.
    fn send(&mut self, part: PartIndex, ctx: &mut Ctx<'_>) {
        let Some((leader, _)) = self.leaders.of(part) else { return };
        let mut under_way = 0;
        for at in 0..self.lanes[part].queue.len() {
            let out = &mut self.lanes[part].queue[at];
            match out.step {
                Step::Acked => {}
                Step::Sent { to, .. } if to == leader => under_way += 1,
                Step::Sent { .. } => return,
                Step::Waits(until) if until > ctx.now || under_way >= IN_FLIGHT => return,
                Step::Waits(_) => {
                    let id = self.leaders.request();
                    let out = &mut self.lanes[part].queue[at];
                    out.step = Step::Sent { id, to: leader, until: ctx.now + REQUEST_TIMEOUT };
                    out.tried = true;
                    under_way += 1;
                    let batch = out.batch;
                    ctx.send(self.me, Addr::Broker(leader), Message::Produce { id, part, batch });
                }
            }
        }
    }

    /// Takes a message.
    pub fn receive(&mut self, message: Message, ctx: &mut Ctx<'_>) {
        match message {
            Message::MetadataAnswered { id, leaders } => self.leaders.answered(id, &leaders, ctx.now),
            Message::Produced { id, part, result } => self.produced(id, part, result, ctx),
            _ => {}
        }
    }

    fn produced(&mut self, id: u64, part: PartIndex, result: Result<Offset, ErrorCode>, ctx: &mut Ctx<'_>) {
        let lane = &mut self.lanes[part];
        let is_answered = |out: &Outgoing| matches!(out.step, Step::Sent { id: sent, .. } if sent == id);
        let Some(at) = lane.queue.iter().position(is_answered) else { return };
        match result {
            Ok(offset) => {
                let out = &mut lane.queue[at];
                out.step = Step::Acked;
                lane.acked_born = lane.acked_born.max(Some(out.born));
                for n in 0..out.batch.count() {
                    let (client, seq, value) = (self.client, out.seq + n as u64, out.batch.value + n as u64);
                    ctx.history.push(ctx.now, Event::Acked { client, seq, offset: Some(offset.get() + n) });
                    ctx.oracle.acknowledged(part, offset + n, value);
                }
                while lane.queue.front().is_some_and(|first| first.step == Step::Acked) {
                    lane.queue.pop_front();
                }
                self.send(part, ctx);
            }
            Err(ErrorCode::InvalidProducerEpoch) => self.give_up(part, ctx),
            Err(ErrorCode::OutOfOrderSequenceNumber)
                if lane.queue.iter().position(|out| out.step != Step::Acked) == Some(at) =>
            {
                // The log lacks what comes before, and nothing comes before.
                self.give_up(part, ctx);
            }
            Err(code) => {
                lane.queue[at].step = Step::Waits(ctx.now + BACKOFF);
                if matches!(
                    code,
                    ErrorCode::NotLeaderOrFollower | ErrorCode::FencedLeaderEpoch | ErrorCode::UnknownLeaderEpoch
                ) {
                    self.leaders.refresh(ctx.now);
                }
            }
        }
    }

    /// The outcome of everything that was tried is unknown; what was not goes on in a new epoch.
    fn give_up(&mut self, part: PartIndex, ctx: &mut Ctx<'_>) {
        let lane = &mut self.lanes[part];
        lane.epoch = ProducerEpoch(lane.epoch.get() + 1);
        lane.next_sequence = Sequence(0);
        for mut out in std::mem::take(&mut lane.queue) {
            let late = out.born + DELIVERY_TIMEOUT <= ctx.now;
            if out.step == Step::Acked {
                continue;
            }
            if out.tried || late {
                for n in 0..out.batch.count() as u64 {
                    let (client, seq) = (self.client, out.seq + n);
                    let outcome = match out.tried {
                        true => Event::Unknown { client, seq },
                        false => Event::Failed { client, seq },
                    };
                    ctx.history.push(ctx.now, outcome);
                }
                continue;
            }
            let header = &mut out.batch.header;
            (header.producer_epoch, header.base_sequence) = (lane.epoch, lane.next_sequence);
            lane.next_sequence = lane.next_sequence.advance(header.record_count);
            lane.queue.push_back(out);
        }
    }
}
