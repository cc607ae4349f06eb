//! Evening out what brokers hold, with the fewest bytes copied.
//!
//! Replica counts are made even exactly: no broker ends with fewer than the mean rounded down, or more than the mean
//! rounded up, and of all ways there the cheapest is taken. That is a flow of least cost: brokers are nodes, moving one
//! replica is an arc that costs its bytes, moving it on costs nothing more, and moving it home gives them back. Each round
//! takes the cheapest path from a broker that gains by giving to one that gains by taking, until no path gains.
//! Bytes are evened out after that by exchanging replicas of two brokers, until within a tolerance or nothing helps.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::Layout;
use super::plan::{Draft, Plan, PlanError};
use crate::client::At;

/// What a step costs: distance from even counts first, then bytes, then replicas, then leaders moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Cost(i64, i128, i64, i64);

impl std::ops::Add for Cost {
    type Output = Cost;

    fn add(self, o: Cost) -> Cost {
        Cost(self.0 + o.0, self.1 + o.1, self.2 + o.2, self.3 + o.3)
    }
}

/// One replica on its way.
#[derive(Clone, Debug)]
struct Step {
    cost: Cost,
    at: At,
    from: i32,
    to: i32,
}

/// Evens out counts over all live brokers, and then bytes to within `tolerance` of the mean (0.1 is 10 %).
///
/// Replicas on brokers that are not alive stay: they may come back, and [`super::plan::drain`] says that they shall not.
pub fn rebalance(layout: &Layout, tolerance: f64) -> Plan {
    let mut draft = Draft::new(layout, layout.brokers.keys().copied().collect());
    even_counts(&mut draft);
    even_bytes(&mut draft, tolerance);
    draft.plan()
}

/// Brings every replica onto some brokers and evens out counts among them.
///
/// # Errors
/// [`PlanError`] when one of them is not alive, or they are too few.
pub fn onto(layout: &Layout, brokers: &BTreeSet<i32>) -> Result<Plan, PlanError> {
    if let Some(id) = brokers.iter().find(|id| !layout.brokers.contains_key(id)) {
        return Err(PlanError::NoSuchBroker(*id));
    }
    let mut draft = Draft::new(layout, brokers.clone());
    let held = layout.partitions.values().flat_map(|p| p.replicas.iter().copied());
    let gone: BTreeSet<i32> = held.filter(|id| !brokers.contains(id)).collect();
    draft.leave(&gone, None)?;
    even_counts(&mut draft);
    Ok(draft.plan())
}

fn even_counts(draft: &mut Draft<'_>) {
    let usable: Vec<i32> = draft.usable.iter().copied().collect();
    if usable.len() < 2 {
        return;
    }
    let total: u64 = usable.iter().map(|id| draft.load(*id).1).sum();
    let (floor, rest) = (total / usable.len() as u64, total % usable.len() as u64);
    let ceiling = floor + u64::from(rest > 0);
    let off = |count: i64| (floor as i64 - count).max(0) + (count - ceiling as i64).max(0);
    while let Some(path) = cheapest_path(draft, &usable, off) {
        for step in path {
            take(draft, &step);
        }
    }
}

/// The path that gains most, if one gains.
fn cheapest_path(draft: &Draft<'_>, usable: &[i32], off: impl Fn(i64) -> i64) -> Option<Vec<Step>> {
    let arcs = cheapest_steps(draft);
    let count = |id: i32| draft.load(id).1 as i64;
    let giving = |id: i32| Cost(off(count(id) - 1) - off(count(id)), 0, 0, 0);
    let taking = |id: i32| Cost(off(count(id) + 1) - off(count(id)), 0, 0, 0);
    let mut reached: BTreeMap<i32, (Cost, Vec<&Step>)> = usable.iter().map(|id| (*id, (giving(*id), vec![]))).collect();
    // Bellman and Ford: arcs may have negative costs, circles of them do not occur.
    for _ in 1..usable.len() {
        let mut changed = false;
        for step in arcs.values() {
            let Some((cost, path)) = reached.get(&step.from) else { continue };
            // A path that comes back, or moves two replicas of one partition, would judge its second step wrongly.
            if path.iter().any(|s| s.at == step.at || s.from == step.to) {
                continue;
            }
            let through = (*cost + step.cost, [path.as_slice(), &[step]].concat());
            if reached.get(&step.to).is_none_or(|(known, _)| through.0 < *known) {
                reached.insert(step.to, through);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let gains = reached.into_iter().filter(|(_, (_, path))| !path.is_empty());
    let best = gains.map(|(id, (cost, path))| (cost + taking(id), path)).min_by_key(|(cost, _)| *cost)?;
    (best.0 < Cost::default()).then(|| best.1.into_iter().cloned().collect())
}

/// For each pair of brokers, the cheapest replica that may go from one to the other.
fn cheapest_steps(draft: &Draft<'_>) -> BTreeMap<(i32, i32), Step> {
    let mut arcs: BTreeMap<(i32, i32), Step> = BTreeMap::new();
    for (at, replicas) in &draft.now {
        let Some(placed) = draft.layout.partitions.get(at) else { continue };
        let homes = |id: i32| placed.replicas.contains(&id);
        for from in replicas.iter().copied().filter(|id| draft.usable.contains(id)) {
            for to in draft.usable.iter().copied().filter(|id| !replicas.contains(id)) {
                // Bytes are copied to a broker that had none before, and saved by going back to one that had.
                let copies = i64::from(!homes(to)) - i64::from(!homes(from));
                let leader = i64::from(homes(from) && placed.leader == Some(from));
                let cost = Cost(0, i128::from(placed.bytes) * i128::from(copies), copies, leader);
                let known = arcs.get(&(from, to));
                if known.is_none_or(|known| cost < known.cost) && keeps_spread(draft.layout, placed, replicas, from, to)
                {
                    arcs.insert((from, to), Step { cost, at: at.clone(), from, to });
                }
            }
        }
    }
    arcs
}

/// Whether a step leaves the replicas on as many racks as they were on.
fn keeps_spread(layout: &Layout, placed: &super::Placed, replicas: &[i32], from: i32, to: i32) -> bool {
    let after: Vec<i32> = replicas.iter().map(|id| if *id == from { to } else { *id }).collect();
    layout.spread(&after) >= layout.spread(&placed.replicas).min(layout.spread(replicas))
}

fn take(draft: &mut Draft<'_>, step: &Step) {
    let index = draft.now.get(&step.at).and_then(|replicas| replicas.iter().position(|id| *id == step.from));
    if let Some(index) = index {
        let to = draft.replaced(&step.at, index, step.to);
        draft.set(&step.at, to);
    }
}

/// Exchanges replicas between the fullest and the emptiest broker while that brings them together.
fn even_bytes(draft: &mut Draft<'_>, tolerance: f64) {
    let usable: Vec<i32> = draft.usable.iter().copied().collect();
    // Every exchange makes the sum of squares smaller, so this ends; the bound is for tiny steps.
    for _ in 0..draft.now.len() * 2 {
        let by_bytes = |id: &&i32| draft.load(**id).0;
        let (Some(&full), Some(&empty)) = (usable.iter().max_by_key(by_bytes), usable.iter().min_by_key(by_bytes))
        else {
            return;
        };
        let mean = usable.iter().map(|id| draft.load(*id).0 as f64).sum::<f64>() / usable.len() as f64;
        let gap = draft.load(full).0 - draft.load(empty).0;
        let within = |id: i32| (draft.load(id).0 as f64 - mean).abs() <= mean * tolerance;
        if gap == 0 || (within(full) && within(empty)) {
            return;
        }
        let Some((out, back)) = best_exchange(draft, full, empty, gap) else { return };
        take(draft, &Step { cost: Cost::default(), at: out, from: full, to: empty });
        take(draft, &Step { cost: Cost::default(), at: back, from: empty, to: full });
    }
}

/// The pair whose difference is nearest to half the gap; counts stay as they are.
fn best_exchange(draft: &Draft<'_>, full: i32, empty: i32, gap: u64) -> Option<(At, At)> {
    let only = |on: i32, not: i32| -> Vec<(&At, u64)> {
        let may = draft.now.iter().filter_map(|(at, replicas)| {
            let placed = draft.layout.partitions.get(at)?;
            let goes = replicas.contains(&on) && !replicas.contains(&not);
            (goes && keeps_spread(draft.layout, placed, replicas, on, not)).then_some((at, placed.bytes))
        });
        may.collect()
    };
    let mut smaller = only(empty, full);
    smaller.sort_by_key(|(at, bytes)| (*bytes, *at));
    let mut best: Option<(u64, &At, &At)> = None;
    for (out, bytes) in only(full, empty) {
        // The wanted partner is smaller by half the gap; only its two neighbours in size can be the nearest.
        let wanted = bytes.saturating_sub(gap / 2);
        let near = smaller.partition_point(|(_, size)| *size < wanted);
        for (back, size) in smaller[near.saturating_sub(1)..(near + 1).min(smaller.len())].iter().copied() {
            let Some(shift) = bytes.checked_sub(size).filter(|shift| *shift > 0 && *shift < gap) else { continue };
            let miss = shift.abs_diff(gap / 2);
            if best.is_none_or(|(known, ..)| miss < known) {
                best = Some((miss, out, back));
            }
        }
    }
    best.map(|(_, out, back)| (out.clone(), back.clone()))
}

#[cfg(test)]
#[path = "balance_tests.rs"]
mod tests;
