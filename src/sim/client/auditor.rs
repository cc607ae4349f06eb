//! Reads every partition from its first offset to its end, after everything healed.

use super::super::context::Ctx;
use super::super::history::{Part, Seen};
use super::super::log::Batch;
use super::super::message::{Addr, Message};
use super::super::time::{Micros, REQUEST_TIMEOUT};
use super::Leaders;

/// Batches in one fetch.
const FETCH: usize = 500;

/// The reader at the end.
#[derive(Debug)]
pub struct Auditor {
    me: Addr,
    parts: Vec<Part>,
    leaders: Leaders,
    positions: Vec<i64>,
    asked: Vec<Option<(u64, Micros)>>,
    reads: bool,
}

impl Auditor {
    /// The `n`-th client, as the reader at the end.
    pub fn new(n: usize, parts: Vec<Part>, brokers: usize) -> Auditor {
        Auditor {
            me: Addr::Client(n),
            leaders: Leaders::new(Addr::Client(n), brokers),
            positions: vec![0; parts.len()],
            asked: vec![None; parts.len()],
            parts,
            reads: false,
        }
    }

    /// Begins to read.
    pub fn begin(&mut self, ctx: &mut Ctx<'_>) {
        self.reads = true;
        for part in &self.parts {
            // That the partition was asked for counts, also if it is empty.
            ctx.history.read_at_end(ctx.now, *part, 0, &[]);
        }
    }

    /// How far it has come in a partition.
    pub fn position(&self, part: usize) -> i64 {
        self.positions[part]
    }

    /// Takes the time.
    pub fn tick(&mut self, ctx: &mut Ctx<'_>) {
        self.leaders.tick(ctx);
        for part in 0..self.parts.len() {
            if self.reads && self.asked[part].is_none_or(|(_, until)| until <= ctx.now) {
                self.ask(part, ctx);
            }
        }
    }

    fn ask(&mut self, part: usize, ctx: &mut Ctx<'_>) {
        let Some((leader, epoch)) = self.leaders.of(part) else { return };
        let id = self.leaders.request();
        self.asked[part] = Some((id, ctx.now + REQUEST_TIMEOUT));
        let offset = crate::model::Offset(self.positions[part]);
        ctx.send(self.me, Addr::Broker(leader), Message::Fetch { id, part, offset, epoch, max: FETCH });
    }

    /// Takes a message.
    pub fn receive(&mut self, message: Message, ctx: &mut Ctx<'_>) {
        match message {
            Message::MetadataAnswered { id, leaders } => self.leaders.answered(id, &leaders, ctx.now),
            Message::Fetched { id, part, result } => {
                if self.asked[part].take_if(|(asked, _)| *asked == id).is_none() {
                    return;
                }
                let Ok((_, _, batches)) = result else { return self.leaders.refresh(ctx.now) };
                let from = self.positions[part];
                let seen: Vec<Seen> = batches
                    .iter()
                    .flat_map(Batch::records)
                    .filter(|(offset, _)| *offset >= from)
                    .map(|(offset, value)| Seen { offset, value })
                    .collect();
                if let Some(last) = seen.last() {
                    self.positions[part] = last.offset + 1;
                    ctx.history.read_at_end(ctx.now, self.parts[part], 0, &seen);
                    self.ask(part, ctx);
                }
            }
            _ => {}
        }
    }
}
