//! Simulated clients: producers as librdkafka's idempotent ones, and consumers.

mod auditor;
mod consumer;
mod producer;

pub use auditor::Auditor;
pub use consumer::Consumer;
pub use producer::Producer;

use super::context::Ctx;
use super::message::{Addr, Message};
use super::time::{MS, Micros, SECOND};
use crate::model::LeaderEpoch;

/// What a client knows of the leaders.
#[derive(Debug)]
pub struct Leaders {
    me: Addr,
    brokers: usize,
    /// Leader and term, by partition.
    known: Vec<(Option<usize>, LeaderEpoch)>,
    asked: Option<(u64, Micros)>,
    /// When to ask next.
    ask_at: Micros,
    requests: u64,
}

impl Leaders {
    /// A client that knows nothing.
    pub const fn new(me: Addr, brokers: usize) -> Leaders {
        Leaders { me, brokers, known: Vec::new(), asked: None, ask_at: 0, requests: 0 }
    }

    /// The number of a new request.
    pub const fn request(&mut self) -> u64 {
        self.requests += 1;
        self.requests
    }

    /// The leader of a partition and its term.
    pub fn of(&self, part: usize) -> Option<(usize, LeaderEpoch)> {
        let (leader, epoch) = *self.known.get(part)?;
        Some((leader?, epoch))
    }

    /// Asks soon again: an answer said that what is known is old.
    pub fn refresh(&mut self, now: Micros) {
        self.ask_at = self.ask_at.min(now + 50 * MS);
    }

    /// Asks a broker now and then.
    pub fn tick(&mut self, ctx: &mut Ctx<'_>) {
        self.asked.take_if(|(_, until)| *until <= ctx.now);
        if self.asked.is_none() && ctx.now >= self.ask_at {
            let id = self.request();
            self.asked = Some((id, ctx.now + 500 * MS));
            self.ask_at = ctx.now + 5 * SECOND;
            let to = Addr::Broker(ctx.rng.index(self.brokers));
            ctx.send(self.me, to, Message::Metadata { id });
        } else if self.asked.is_none() && self.known.is_empty() {
            self.ask_at = ctx.now;
        }
    }

    /// Takes an answer. What it says of a term that is over is left out.
    pub fn answered(&mut self, id: u64, leaders: &[(Option<usize>, LeaderEpoch)], now: Micros) {
        if self.asked.take_if(|(asked, _)| *asked == id).is_none() {
            return;
        }
        self.known.resize(leaders.len().max(self.known.len()), (None, LeaderEpoch::NONE));
        for (known, told) in self.known.iter_mut().zip(leaders) {
            if told.1 >= known.1 {
                *known = *told;
            }
        }
        if self.known.is_empty() || self.known.iter().any(|(leader, _)| leader.is_none()) {
            self.refresh(now);
        }
    }
}
