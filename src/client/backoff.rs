//! The one policy by which this client tries again.

use std::time::{Duration, Instant};

use super::ClientConfig;

/// Pauses that double up to a maximum, each a fifth longer or shorter by chance, until a deadline.
#[derive(Debug)]
pub struct Backoff {
    next: Duration,
    max: Duration,
    deadline: Instant,
    dice: u64,
}

impl Backoff {
    /// A policy that ends after the client's API timeout.
    pub fn new(config: &ClientConfig) -> Backoff {
        Backoff {
            next: config.retry_backoff,
            max: config.retry_backoff_max,
            deadline: Instant::now() + config.api_timeout,
            dice: seed(),
        }
    }

    /// Time left until the deadline.
    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Waits for the next try; `false` when the deadline would pass before it.
    pub async fn pause(&mut self) -> bool {
        let wait = self.step();
        if wait >= self.left() {
            return false;
        }
        tokio::time::sleep(wait).await;
        true
    }

    fn step(&mut self) -> Duration {
        let percent = 80 + (roll(&mut self.dice) % 41) as u32;
        let wait = self.next * percent / 100;
        self.next = (self.next * 2).min(self.max);
        wait
    }
}

/// A seed from the process's own randomness; only spreads load, guards nothing.
pub(super) fn seed() -> u64 {
    use std::hash::BuildHasher as _;
    std::hash::RandomState::new().hash_one(0u8) | 1
}

/// The next number of a xorshift sequence.
pub(super) fn roll(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_their_maximum_within_a_fifth() {
        let mut backoff = Backoff::new(&ClientConfig::new(vec![]));
        for expected in [100u128, 200, 400, 800, 1000, 1000] {
            let step = backoff.step().as_millis();
            assert!(step * 10 >= expected * 8 && step * 10 <= expected * 12, "{step} for {expected}");
        }
    }
}
