//! Plans that move as little as can be: another replication factor, a broker emptied, a broker replaced.
//!
//! A replica is copied only where the goal leaves no choice, so that the bytes of such a plan are a lower bound. Within
//! that, a new replica goes to the rack that has the fewest of its partition, then to the broker with the fewest bytes.
//! The leader stays first as long as it stays at all: a move does not change who leads if it need not.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::layout::Layout;
use crate::client::At;
use crate::ops::OpsError;

/// A partition that gets other replicas, or the same ones in another order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Move {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Replicas before.
    pub from: Vec<i32>,
    /// Replicas after, the preferred leader first.
    pub to: Vec<i32>,
    /// Bytes to copy: the partition's size for each new replica.
    pub bytes: u64,
}

impl Move {
    /// The partition.
    pub fn at(&self) -> At {
        (self.topic.clone(), self.partition)
    }

    /// Replicas that are new.
    pub fn adding(&self) -> impl Iterator<Item = i32> {
        self.to.iter().copied().filter(|id| !self.from.contains(id))
    }
}

/// What is to be moved, by partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Only what changes.
    pub moves: Vec<Move>,
}

impl Plan {
    /// The way from a layout to other replicas of some of its partitions.
    pub fn between(layout: &Layout, wanted: &BTreeMap<At, Vec<i32>>) -> Plan {
        let changed = |(at, to): (&At, &Vec<i32>)| {
            let placed = layout.partitions.get(at)?;
            let new = to.iter().filter(|id| !placed.replicas.contains(id)).count() as u64;
            (placed.replicas != *to).then(|| Move {
                topic: at.0.clone(),
                partition: at.1,
                from: placed.replicas.clone(),
                to: to.clone(),
                bytes: placed.bytes.saturating_mul(new),
            })
        };
        Plan { moves: wanted.iter().filter_map(changed).collect() }
    }

    /// Bytes to copy in all.
    pub fn bytes(&self) -> u64 {
        self.moves.iter().map(|m| m.bytes).sum()
    }

    /// Replicas to copy.
    pub fn replicas(&self) -> usize {
        self.moves.iter().map(|m| m.adding().count()).sum()
    }

    /// The replicas after.
    pub fn target(&self) -> BTreeMap<At, Vec<i32>> {
        self.moves.iter().map(|m| (m.at(), m.to.clone())).collect()
    }

    /// The replicas before: the way back.
    pub fn undo(&self) -> BTreeMap<At, Vec<i32>> {
        self.moves.iter().map(|m| (m.at(), m.from.clone())).collect()
    }
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A broker that is not alive.
    #[error("broker {0} is not registered, or fenced")]
    NoSuchBroker(i32),
    /// More replicas than brokers that may hold them.
    #[error("{partition} needs {wanted} brokers, and {usable} may hold it")]
    TooFewBrokers {
        /// `topic-partition`.
        partition: String,
        /// Its replicas.
        wanted: usize,
        /// The brokers that are left.
        usable: usize,
    },
}

impl From<PlanError> for OpsError {
    fn from(error: PlanError) -> OpsError {
        let hint = match error {
            PlanError::NoSuchBroker(_) => "`logbus brokers list` shows the brokers there are",
            PlanError::TooFewBrokers { .. } => {
                "start another broker first, or lower the factor: `logbus topics alter TOPIC --replication-factor N`"
            }
        };
        OpsError::Blocked { message: error.to_string(), details: Vec::new(), hint: hint.to_owned() }
    }
}

/// A plan in the making: replicas as they will be, and what each broker will hold.
pub(super) struct Draft<'a> {
    pub layout: &'a Layout,
    /// The brokers that may get replicas.
    pub usable: BTreeSet<i32>,
    pub now: BTreeMap<At, Vec<i32>>,
    loads: BTreeMap<i32, (u64, u64)>,
    leads: BTreeMap<i32, u64>,
}

impl<'a> Draft<'a> {
    pub fn new(layout: &'a Layout, usable: BTreeSet<i32>) -> Draft<'a> {
        let now = layout.partitions.iter().map(|(at, placed)| (at.clone(), placed.replicas.clone())).collect();
        let mut draft = Draft { layout, usable, now, loads: BTreeMap::new(), leads: BTreeMap::new() };
        for placed in layout.partitions.values() {
            for id in &placed.replicas {
                let load = draft.loads.entry(*id).or_default();
                *load = (load.0 + placed.bytes, load.1 + 1);
            }
            if let Some(first) = placed.replicas.first() {
                *draft.leads.entry(*first).or_default() += 1;
            }
        }
        draft
    }

    /// Bytes and replicas that a broker will hold.
    pub fn load(&self, broker: i32) -> (u64, u64) {
        self.loads.get(&broker).copied().unwrap_or_default()
    }

    /// Gives a partition other replicas.
    pub fn set(&mut self, at: &At, to: Vec<i32>) {
        let bytes = self.layout.partitions.get(at).map_or(0, |placed| placed.bytes);
        let from = self.now.insert(at.clone(), to.clone()).unwrap_or_default();
        for id in &from {
            let load = self.loads.entry(*id).or_default();
            *load = (load.0.saturating_sub(bytes), load.1.saturating_sub(1));
        }
        for id in &to {
            let load = self.loads.entry(*id).or_default();
            *load = (load.0 + bytes, load.1 + 1);
        }
        if let Some(first) = from.first() {
            let leads = self.leads.entry(*first).or_default();
            *leads = leads.saturating_sub(1);
        }
        if let Some(first) = to.first() {
            *self.leads.entry(*first).or_default() += 1;
        }
    }

    /// The broker that should hold one more replica beside `kept`.
    fn choose(&self, kept: &[i32]) -> Option<i32> {
        let beside = |id: i32| kept.iter().filter(|other| self.layout.rack(**other) == self.layout.rack(id)).count();
        let free = self.usable.iter().copied().filter(|id| !kept.contains(id));
        free.min_by_key(|id| (beside(*id), self.load(*id), *id))
    }

    /// `kept` without the replica at `index` and with `new` in its place. Where that was the preferred leader, one that
    /// is in sync already takes over, the present leader if it can: a copy that has yet to be made leads nothing.
    pub fn replaced(&self, at: &At, index: usize, new: i32) -> Vec<i32> {
        let mut replicas = self.now.get(at).cloned().unwrap_or_default();
        if index != 0 || replicas.len() < 2 {
            if let Some(slot) = replicas.get_mut(index) {
                *slot = new;
            }
            return replicas;
        }
        replicas.remove(0);
        let placed = self.layout.partitions.get(at);
        let rank = |id: i32| {
            let leads = placed.is_some_and(|p| p.leader == Some(id));
            let in_sync = placed.is_some_and(|p| p.isr.contains(&id));
            (!leads, !in_sync, self.leads.get(&id).copied().unwrap_or(0))
        };
        let heir = (0..replicas.len()).min_by_key(|i| (rank(replicas[*i]), *i)).unwrap_or(0);
        let heir = replicas.remove(heir);
        replicas.insert(0, heir);
        replicas.push(new);
        replicas
    }

    /// Moves every replica that is on a broker of `gone`.
    pub fn leave(&mut self, gone: &BTreeSet<i32>, prefer: Option<i32>) -> Result<(), PlanError> {
        for at in self.largest_first() {
            while let Some(index) = self.now.get(&at).and_then(|r| r.iter().position(|id| gone.contains(id))) {
                let mut kept = self.now.get(&at).cloned().unwrap_or_default();
                kept.remove(index);
                let preferred = prefer.filter(|id| !kept.contains(id));
                let new = preferred.or_else(|| self.choose(&kept)).ok_or_else(|| self.too_few(&at, kept.len() + 1))?;
                let to = self.replaced(&at, index, new);
                self.set(&at, to);
            }
        }
        Ok(())
    }

    fn largest_first(&self) -> Vec<At> {
        let mut order: Vec<(&At, u64)> = self.layout.partitions.iter().map(|(at, p)| (at, p.bytes)).collect();
        order.sort_by_key(|(at, bytes)| (Reverse(*bytes), *at));
        order.into_iter().map(|(at, _)| at.clone()).collect()
    }

    fn too_few(&self, at: &At, wanted: usize) -> PlanError {
        PlanError::TooFewBrokers { partition: super::name(at), wanted, usable: self.usable.len() }
    }

    /// The plan so far. Steps may have gone back and forth: who was first and still is a replica stays first, and a
    /// partition that has the same replicas as before keeps their order.
    pub fn plan(&self) -> Plan {
        let mut wanted = self.now.clone();
        for (at, to) in &mut wanted {
            let Some(placed) = self.layout.partitions.get(at) else { continue };
            if to.len() == placed.replicas.len() && to.iter().all(|id| placed.replicas.contains(id)) {
                to.clone_from(&placed.replicas);
            } else if let Some(index) = placed.replicas.first().and_then(|first| to.iter().position(|id| id == first)) {
                to[..=index].rotate_right(1);
            }
        }
        Plan::between(self.layout, &wanted)
    }
}

/// Gives every partition of the layout so many replicas.
///
/// # Errors
/// [`PlanError::TooFewBrokers`].
pub fn replication_factor(layout: &Layout, factor: usize) -> Result<Plan, PlanError> {
    let mut draft = Draft::new(layout, layout.brokers.keys().copied().collect());
    for at in draft.largest_first() {
        let mut replicas = draft.now.get(&at).cloned().unwrap_or_default();
        while replicas.len() < factor {
            replicas.push(draft.choose(&replicas).ok_or_else(|| draft.too_few(&at, factor))?);
            draft.set(&at, replicas.clone());
        }
        while replicas.len() > factor.max(1) {
            replicas.remove(least_needed(&draft, &at, &replicas));
            draft.set(&at, replicas.clone());
        }
    }
    Ok(draft.plan())
}

/// The replica to give up: never the leader, first those that are dead or behind, then on the rack with most of them.
fn least_needed(draft: &Draft<'_>, at: &At, replicas: &[i32]) -> usize {
    let placed = draft.layout.partitions.get(at);
    let beside = |id: i32| replicas.iter().filter(|o| draft.layout.rack(**o) == draft.layout.rack(id)).count();
    let key = |i: &usize| {
        let id = replicas[*i];
        let leads = placed.is_some_and(|p| p.leader == Some(id));
        let in_sync = placed.is_some_and(|p| p.isr.contains(&id));
        let alive = draft.layout.brokers.contains_key(&id);
        (leads, alive, in_sync, Reverse(beside(id)), *i == 0, Reverse(draft.load(id)), Reverse(*i))
    };
    (0..replicas.len()).min_by_key(key).unwrap_or(0)
}

/// Takes everything off one broker, which may be dead already.
///
/// # Errors
/// [`PlanError::TooFewBrokers`] when the others cannot hold every replica.
pub fn drain(layout: &Layout, broker: i32) -> Result<Plan, PlanError> {
    let known =
        layout.brokers.contains_key(&broker) || layout.partitions.values().any(|p| p.replicas.contains(&broker));
    if !known {
        return Err(PlanError::NoSuchBroker(broker));
    }
    let mut draft = Draft::new(layout, layout.brokers.keys().copied().filter(|id| *id != broker).collect());
    draft.leave(&BTreeSet::from([broker]), None)?;
    Ok(draft.plan())
}

/// Puts one broker in the place of another; a partition that has both already gets a third.
///
/// # Errors
/// [`PlanError::NoSuchBroker`] when the new one is not alive.
pub fn replace(layout: &Layout, old: i32, new: i32) -> Result<Plan, PlanError> {
    if !layout.brokers.contains_key(&new) {
        return Err(PlanError::NoSuchBroker(new));
    }
    let mut draft = Draft::new(layout, layout.brokers.keys().copied().filter(|id| *id != old).collect());
    draft.leave(&BTreeSet::from([old]), Some(new))?;
    Ok(draft.plan())
}

#[cfg(test)]
#[path = "plan_tests.rs"]
pub(super) mod tests;
