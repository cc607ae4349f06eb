//! A consumer of all partitions, which now and then is assigned one anew, at an earlier place.

use super::super::context::Ctx;
use super::super::history::{Client, Event, Part, Seen};
use super::super::message::{Addr, Message, PartIndex};
use super::super::time::{Micros, REQUEST_TIMEOUT};
use super::Leaders;
use crate::model::{ErrorCode, LeaderEpoch, Offset};

use super::super::log::Batch;

/// Batches in one poll.
const POLL: usize = 20;

/// A consumer.
#[derive(Debug)]
pub struct Consumer {
    me: Addr,
    client: Client,
    parts: Vec<Part>,
    leaders: Leaders,
    positions: Vec<Offset>,
    asked: Vec<Option<(u64, Micros)>>,
    seen: Vec<Seen>,
}

impl Consumer {
    /// The `n`-th client, as a consumer.
    pub fn new(n: usize, client: Client, parts: Vec<Part>, brokers: usize) -> Consumer {
        Consumer {
            me: Addr::Client(n),
            client,
            leaders: Leaders::new(Addr::Client(n), brokers),
            positions: vec![Offset::ZERO; parts.len()],
            asked: vec![None; parts.len()],
            parts,
            seen: Vec::new(),
        }
    }

    /// Whether it has read everything up to these ends.
    pub fn has_read(&self, end: impl Fn(PartIndex) -> usize) -> bool {
        self.positions.iter().enumerate().all(|(part, position)| position.get() >= end(part) as i64)
    }

    /// Takes the time.
    pub fn tick(&mut self, ctx: &mut Ctx<'_>) {
        self.leaders.tick(ctx);
        if ctx.rng.below(400) == 0 {
            let part = ctx.rng.index(self.parts.len());
            let back = ctx.rng.below(60) as i64;
            self.asked[part] = None;
            self.positions[part] = Offset((self.positions[part].get() - back).max(0));
            ctx.history.push(ctx.now, Event::Assigned { consumer: self.client, part: self.parts[part] });
        }
        for part in 0..self.parts.len() {
            if self.asked[part].is_some_and(|(_, until)| until > ctx.now) {
                continue;
            }
            if self.asked[part].take().is_some() {
                self.leaders.refresh(ctx.now);
            }
            // Not each time: what has come meanwhile makes polls of several batches.
            if let Some((leader, epoch)) = self.leaders.of(part)
                && ctx.rng.chance(40)
            {
                let id = self.leaders.request();
                self.asked[part] = Some((id, ctx.now + REQUEST_TIMEOUT));
                let offset = self.positions[part];
                ctx.send(self.me, Addr::Broker(leader), Message::Fetch { id, part, offset, epoch, max: POLL });
            }
        }
    }

    /// Takes a message.
    pub fn receive(&mut self, message: Message, ctx: &mut Ctx<'_>) {
        match message {
            Message::MetadataAnswered { id, leaders } => self.leaders.answered(id, &leaders, ctx.now),
            Message::Fetched { id, part, result } => self.fetched(id, part, result, ctx),
            _ => {}
        }
    }

    fn fetched(
        &mut self,
        id: u64,
        part: PartIndex,
        result: Result<(Offset, LeaderEpoch, Vec<Batch>), ErrorCode>,
        ctx: &mut Ctx<'_>,
    ) {
        if self.asked[part].take_if(|(asked, _)| *asked == id).is_none() {
            return;
        }
        match result {
            Ok((_, _, batches)) => {
                let position = self.positions[part].get();
                self.seen.clear();
                for (offset, value) in batches.iter().flat_map(Batch::records).filter(|(at, _)| *at >= position) {
                    self.seen.push(Seen { offset, value });
                    ctx.oracle.consumed(part, offset, value);
                }
                if let Some(last) = self.seen.last() {
                    self.positions[part] = Offset(last.offset + 1);
                    ctx.history.poll(ctx.now, self.client, self.parts[part], &self.seen, None);
                }
            }
            Err(ErrorCode::OffsetOutOfRange) => {
                let at = self.positions[part];
                let what = format!("a consumer at {at} is out of range in partition {part}");
                ctx.oracle.broken("what consumers read stays there", what);
            }
            Err(_) => self.leaders.refresh(ctx.now),
        }
    }
}
