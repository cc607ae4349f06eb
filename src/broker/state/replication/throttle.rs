//! Bounds on the bytes that replication may move for replicas that are not in sync yet (KIP-73): reassigned replicas must
//! not take the network from those that serve.

use crate::model::{BrokerId, PartitionId, TimestampMs};

/// How many milliseconds' worth of bytes are saved up while nothing moves: little, so that a short move keeps to the
/// rate too.
const BURST_MS: i64 = 100;
/// How long who waits under a rate of zero waits before it looks again.
const STANDSTILL_MS: i64 = 1_000;
/// The rate that is no bound.
const UNBOUNDED: i64 = i64::MAX;

/// A bound in bytes a second: a bucket that fills evenly, and holds what a tenth of a second brings. What is taken may
/// overdraw it, so that answers need not be cut; then nothing more is given until it has filled again.
#[derive(Clone, Debug)]
pub struct Throttle {
    rate: i64,
    /// Thousandths of bytes that may be moved now, so that no part of a byte is lost; below zero after an overdraft.
    left: i64,
    /// When `left` was true.
    at: TimestampMs,
}

impl Default for Throttle {
    fn default() -> Self {
        Throttle { rate: UNBOUNDED, left: 0, at: TimestampMs(0) }
    }
}

impl Throttle {
    /// Puts another rate in force, in bytes a second; `i64::MAX` is no bound.
    pub fn set_rate(&mut self, rate: i64, now: TimestampMs) {
        if self.rate != rate {
            *self = Throttle { rate, left: rate.saturating_mul(BURST_MS), at: now };
        }
    }

    /// Whether nothing may be moved now.
    pub fn is_exceeded(&mut self, now: TimestampMs) -> bool {
        if self.rate == UNBOUNDED {
            return false;
        }
        self.fill(now);
        self.left <= 0
    }

    /// How many bytes are there to be moved now; below zero after an overdraft.
    pub fn left(&mut self, now: TimestampMs) -> i64 {
        if self.rate == UNBOUNDED {
            return UNBOUNDED;
        }
        self.fill(now);
        // Part of a byte is enough to go on.
        self.left.saturating_add(999).div_euclid(1_000)
    }

    /// Notes bytes that were moved.
    pub fn record(&mut self, bytes: u64, now: TimestampMs) {
        if self.rate != UNBOUNDED {
            self.fill(now);
            self.left = self.left.saturating_sub(i64::try_from(bytes).unwrap_or(i64::MAX).saturating_mul(1_000));
        }
    }

    /// How many milliseconds it takes until something may be moved again.
    pub fn wait_ms(&mut self, now: TimestampMs) -> i64 {
        if !self.is_exceeded(now) {
            return 0;
        }
        // Nothing ever comes under a rate of zero; somebody may raise it.
        if self.rate == 0 { STANDSTILL_MS } else { self.left.saturating_neg() / self.rate + 1 }
    }

    /// A clock that goes back begins anew from there.
    fn fill(&mut self, now: TimestampMs) {
        let passed = (now - self.at).max(0);
        let filled = self.left.saturating_add(self.rate.saturating_mul(passed));
        (self.left, self.at) = (filled.min(self.rate.saturating_mul(BURST_MS)), now);
    }
}

/// Which replicas of a topic a bound holds for (`leader.replication.throttled.replicas` and the follower's).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ThrottledReplicas {
    /// None.
    #[default]
    None,
    /// `*`: all.
    All,
    /// These, by partition and broker.
    Some(Vec<(PartitionId, BrokerId)>),
}

impl ThrottledReplicas {
    /// Reads the setting's items; what is no pair was refused when it was set.
    pub fn read(items: &[String]) -> ThrottledReplicas {
        if items.iter().any(|item| item.trim() == "*") {
            return ThrottledReplicas::All;
        }
        let pair = |item: &String| {
            let (partition, broker) = item.split_once(':')?;
            Some((partition.trim().parse().ok()?, BrokerId(broker.trim().parse().ok()?)))
        };
        let pairs: Vec<_> = items.iter().filter_map(pair).collect();
        if pairs.is_empty() { ThrottledReplicas::None } else { ThrottledReplicas::Some(pairs) }
    }

    /// Whether the bound holds for a broker's replica.
    pub fn has(&self, partition: PartitionId, broker: BrokerId) -> bool {
        match self {
            ThrottledReplicas::None => false,
            ThrottledReplicas::All => true,
            ThrottledReplicas::Some(pairs) => pairs.contains(&(partition, broker)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: TimestampMs = TimestampMs(1_000_000);

    fn throttle(rate: i64) -> Throttle {
        let mut throttle = Throttle::default();
        throttle.set_rate(rate, NOW);
        throttle
    }

    #[test]
    fn an_overdraft_is_waited_for() {
        let mut throttle = throttle(1_000);
        assert!(!throttle.is_exceeded(NOW));
        throttle.record(3_000, NOW);
        let wait = throttle.wait_ms(NOW + 1_000);
        assert!((1_900..1_910).contains(&wait), "{wait}");
        assert!(throttle.is_exceeded(NOW + 2_899));
        assert!(!throttle.is_exceeded(NOW + 1_000 + wait));
    }

    #[test]
    fn an_idle_while_saves_up_a_tenth_of_a_second() {
        let mut throttle = throttle(10_000);
        assert_eq!(throttle.left(NOW + 60_000), 1_000);
        throttle.record(1_500, NOW + 60_000);
        assert_eq!((throttle.left(NOW + 60_000), throttle.left(NOW + 60_050)), (-500, 0));
        assert_eq!(Throttle::default().left(NOW), i64::MAX);
    }

    #[test]
    fn without_a_rate_nothing_is_bounded_and_at_zero_everything_is() {
        let mut unbounded = Throttle::default();
        unbounded.record(u64::MAX, NOW);
        assert_eq!((unbounded.is_exceeded(NOW), unbounded.wait_ms(NOW)), (false, 0));
        let mut nothing = throttle(0);
        assert!(nothing.is_exceeded(NOW + 1_000_000) && nothing.wait_ms(NOW + 1_000_000) > 0);
    }

    #[test]
    fn the_same_rate_again_gives_nothing_away() {
        let mut throttle = throttle(1_000);
        throttle.record(5_000, NOW);
        throttle.set_rate(1_000, NOW);
        assert!(throttle.is_exceeded(NOW));
        throttle.set_rate(2_000, NOW);
        assert!(!throttle.is_exceeded(NOW), "a new rate begins anew");
    }

    #[test]
    fn replicas_are_named_by_partition_and_broker() {
        let read = |items: &[&str]| ThrottledReplicas::read(&items.iter().map(|i| (*i).to_owned()).collect::<Vec<_>>());
        assert_eq!(read(&[]), ThrottledReplicas::None);
        assert_eq!(read(&["*"]), ThrottledReplicas::All);
        let some = read(&["0:101", "1:102"]);
        assert!(some.has(0, BrokerId(101)) && !some.has(0, BrokerId(102)) && some.has(1, BrokerId(102)));
        assert!(!ThrottledReplicas::None.has(0, BrokerId(1)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Who moves bytes only while it may moves no more than the rate, the burst and one piece.
        #[test]
        fn the_rate_holds_over_time(rate in 1i64..1_000_000, steps in proptest::collection::vec((0i64..500, 1u64..5_000), 1..200)) {
            let mut throttle = throttle(rate);
            let (mut now, mut moved) = (NOW, 0);
            for (pause, bytes) in steps {
                now = now + pause;
                if !throttle.is_exceeded(now) {
                    throttle.record(bytes, now);
                    moved += bytes as i64;
                }
                let most = rate * (now - NOW) / 1_000 + rate / 10 + 5_000;
                prop_assert!(moved <= most, "{moved} of {most} bytes");
            }
        }

        /// Looking often loses nothing: slow rates fill too.
        #[test]
        fn a_slow_rate_fills_however_often_one_looks(rate in 1i64..1_000) {
            let mut throttle = throttle(rate);
            throttle.record(rate as u64 + 10, NOW);
            let needed = 11_000 / rate + 1_000;
            let mut now = NOW;
            while now - NOW <= needed {
                now = now + 1;
                throttle.is_exceeded(now);
            }
            prop_assert!(!throttle.is_exceeded(now));
        }
    }
}
