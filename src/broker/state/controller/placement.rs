//! Which brokers get a new partition's replicas: Kafka's striped placement.
//!
//! Racks take turns, and within a rack its brokers do, each from a random start that moves on with every partition.
//! Unfenced brokers go before fenced ones, and the first replica (the leader) is always an unfenced one.

use super::decision::Refusal;
use crate::broker::state::metadata::Replicas;
use crate::model::{BrokerId, ErrorCode};

/// A broker that replicas may be placed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsableBroker {
    /// Its id.
    pub id: BrokerId,
    /// Its rack.
    pub rack: Option<String>,
    /// Whether it is fenced.
    pub fenced: bool,
}

/// A small generator (xorshift64*): placement wants spread, not secrecy, and the same seed must give the same plan.
#[derive(Clone, Debug)]
struct Spread(u64);

impl Spread {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        (mixed as usize) % n.max(1)
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// Brokers that take turns; a new round begins one place further.
#[derive(Clone, Debug, Default)]
struct Ring {
    brokers: Vec<BrokerId>,
    taken: usize,
    start: usize,
    round: usize,
}

impl Ring {
    fn next(&mut self, round: usize) -> Option<BrokerId> {
        if self.brokers.is_empty() {
            return None;
        }
        if self.round != round {
            self.round = round;
            self.taken = 0;
            self.start = (self.start + 1) % self.brokers.len();
        }
        if self.taken == self.brokers.len() {
            return None;
        }
        let broker = self.brokers[(self.taken + self.start) % self.brokers.len()];
        self.taken += 1;
        Some(broker)
    }
}

#[derive(Clone, Debug, Default)]
struct Rack {
    name: Option<String>,
    unfenced: Ring,
    fenced: Ring,
}

/// Places the partitions of one request.
#[derive(Clone, Debug)]
pub struct Placer {
    spread: Spread,
    racks: Vec<Rack>,
    total: usize,
    unfenced: usize,
    round: usize,
    start: usize,
}

impl Placer {
    /// Prepares a placement over these brokers. Two seeds give two equally good plans.
    pub fn new(brokers: impl IntoIterator<Item = UsableBroker>, seed: u64) -> Placer {
        let mut spread = Spread(seed | 1);
        let mut racks: Vec<Rack> = Vec::new();
        let (mut total, mut unfenced) = (0, 0);
        for broker in brokers {
            let at = racks.iter().position(|rack| rack.name == broker.rack).unwrap_or_else(|| {
                racks.push(Rack { name: broker.rack.clone(), ..Rack::default() });
                racks.len() - 1
            });
            let ring = if broker.fenced { &mut racks[at].fenced } else { &mut racks[at].unfenced };
            ring.brokers.push(broker.id);
            total += 1;
            unfenced += usize::from(!broker.fenced);
        }
        racks.sort_by(|a, b| a.name.cmp(&b.name));
        for ring in racks.iter_mut().flat_map(|rack| [&mut rack.fenced, &mut rack.unfenced]) {
            ring.brokers.sort();
            ring.start = spread.below(ring.brokers.len());
        }
        let start = spread.below(racks.len());
        Placer { spread, racks, total, unfenced, round: 0, start }
    }

    /// The replicas of the next partition.
    ///
    /// # Errors
    /// `INVALID_REPLICATION_FACTOR` when there are too few brokers, in Kafka's words.
    pub fn place(&mut self, replication_factor: i16) -> Result<Replicas, Refusal> {
        let refuse = |text: String| Err(Refusal::new(ErrorCode::InvalidReplicationFactor, text));
        let wanted = match usize::try_from(replication_factor) {
            Ok(n) if n > 0 => n,
            _ => {
                return refuse(format!(
                    "Invalid replication factor {replication_factor}: the replication factor must be positive."
                ));
            }
        };
        if self.unfenced == 0 {
            return refuse("All brokers are currently fenced.".to_owned());
        }
        if wanted > self.total {
            return refuse(format!(
                "The target replication factor of {wanted} cannot be reached because only {} broker(s) are registered or \
                 some brokers have all their log directories cordoned.",
                self.total
            ));
        }
        Ok(self.stripe(wanted))
    }

    fn stripe(&mut self, wanted: usize) -> Replicas {
        // Once every unfenced broker had its turn as leader, mix anew, so that plans do not repeat themselves.
        if self.round == self.unfenced && self.unfenced > 1 {
            self.spread.shuffle(&mut self.racks);
            for rack in &mut self.racks {
                self.spread.shuffle(&mut rack.unfenced.brokers);
                self.spread.shuffle(&mut rack.fenced.brokers);
            }
            self.round = 0;
        }
        let racks = self.racks.len();
        self.start %= racks;
        let round = self.round;
        let mut replicas = Replicas::new();
        let mut leader_rack = None;
        for step in 0..racks {
            let at = (self.start + step) % racks;
            if let Some(broker) = self.racks[at].unfenced.next(round) {
                replicas.push(broker);
                leader_rack = Some(at);
                break;
            }
        }
        // The leader's rack sits out its first turn: it has had it.
        let mut sits_out = leader_rack;
        let mut at = self.start;
        while replicas.len() < wanted {
            if sits_out == Some(at) {
                sits_out = None;
            } else {
                let rack = &mut self.racks[at];
                if let Some(broker) = rack.unfenced.next(round).or_else(|| rack.fenced.next(round)) {
                    replicas.push(broker);
                }
            }
            at = (at + 1) % racks;
        }
        self.round += 1;
        self.start += 1;
        replicas
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn broker(id: i32, rack: Option<&str>, fenced: bool) -> UsableBroker {
        UsableBroker { id: BrokerId(id), rack: rack.map(str::to_owned), fenced }
    }

    #[test]
    fn the_refusals_are_worded_as_kafkas() {
        let mut one = Placer::new([broker(1, None, false)], 7);
        assert_eq!(
            one.place(3).unwrap_err().text(),
            "The target replication factor of 3 cannot be reached because only 1 broker(s) are registered or \
                 some brokers have all their log directories cordoned."
        );
        let mut fenced = Placer::new([broker(1, None, true)], 7);
        assert_eq!(fenced.place(1).unwrap_err().text(), "All brokers are currently fenced.");
        assert_eq!(one.place(1).unwrap().as_slice(), [BrokerId(1)]);
    }

    #[test]
    fn a_partition_is_spread_over_the_racks() {
        let brokers = (0..9).map(|id| broker(id, Some(["a", "b", "c"][id as usize % 3]), false));
        let mut placer = Placer::new(brokers, 99);
        for _ in 0..30 {
            let mut racks: Vec<i32> = placer.place(3).unwrap().iter().map(|id| id.get() % 3).collect();
            racks.sort();
            assert_eq!(racks, [0, 1, 2]);
        }
    }

    proptest! {
        #[test]
        fn replicas_differ_and_leaders_are_unfenced_and_shared_out(
            brokers in prop::collection::vec((0u8..3, any::<bool>()), 1..12),
            factor in 1i16..5,
            seed in any::<u64>(),
        ) {
            let brokers: Vec<UsableBroker> = brokers
                .iter()
                .enumerate()
                .map(|(id, (rack, fenced))| broker(id as i32, Some(["a", "b", "c"][*rack as usize]), *fenced))
                .collect();
            let unfenced = brokers.iter().filter(|b| !b.fenced).count();
            let mut placer = Placer::new(brokers.clone(), seed);
            let mut leads: BTreeMap<BrokerId, usize> = BTreeMap::new();
            for _ in 0..unfenced * 4 {
                match placer.place(factor) {
                    Ok(replicas) => {
                        let mut sorted = replicas.to_vec();
                        sorted.sort();
                        sorted.dedup();
                        prop_assert_eq!(sorted.len(), factor as usize);
                        prop_assert!(brokers.iter().any(|b| b.id == replicas[0] && !b.fenced));
                        *leads.entry(replicas[0]).or_default() += 1;
                    }
                    Err(_) => prop_assert!(factor as usize > brokers.len()),
                }
            }
        }
    }
}
