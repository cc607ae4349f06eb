//! What a simulated process may use while it handles an event: the time, chance, and a tray for what it sends.

use super::bug::Bug;
use super::history::History;
use super::invariants::Oracle;
use super::message::{Addr, Message};
use super::rng::Rng;
use super::time::Micros;
use crate::model::TimestampMs;

/// What an event handler may see and do.
pub struct Ctx<'a> {
    /// Simulated time.
    pub now: Micros,
    /// What this machine's wall clock shows.
    pub wall: TimestampMs,
    /// Chance.
    pub rng: &'a mut Rng,
    /// Sees everything, and knows what must not be.
    pub oracle: &'a mut Oracle,
    /// What clients do and see.
    pub history: &'a mut History,
    /// What is planted.
    pub bug: Bug,
    /// Messages to send: from, to, what.
    pub sent: &'a mut Vec<(Addr, Addr, Message)>,
    /// Connections to open anew: from, to.
    pub reconnects: &'a mut Vec<(Addr, Addr)>,
}

impl Ctx<'_> {
    /// Sends a message.
    pub fn send(&mut self, from: Addr, to: Addr, message: Message) {
        self.sent.push((from, to, message));
    }
}
