//! Evening out who leads, by the order of replicas alone: nothing is copied.
//!
//! Brokers are nodes, and a partition is an arc from its preferred leader to each other replica: along a path of such
//! arcs, one leadership passes from a broker that has most of them to one that has at least two fewer. Each round takes a
//! shortest path between the two that are furthest apart, until no path leads from more to less.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::layout::Layout;
use super::plan::Plan;
use crate::client::At;

/// The plan with the replicas of all partitions in an order that evens out preferred leaders over live brokers.
pub fn even_leaders(layout: &Layout, plan: &Plan) -> Plan {
    let mut now: BTreeMap<At, Vec<i32>> =
        layout.partitions.iter().map(|(at, placed)| (at.clone(), placed.replicas.clone())).collect();
    now.extend(plan.target());
    let mut leads: BTreeMap<i32, usize> = layout.brokers.keys().map(|id| (*id, 0)).collect();
    // What a broker that is down is to lead when it is back stays its own.
    for first in now.values().filter_map(|replicas| replicas.first()) {
        if let Some(count) = leads.get_mut(first) {
            *count += 1;
        }
    }
    while let Some(path) = next_path(layout, &now, &leads) {
        for (at, to) in path {
            let Some(replicas) = now.get_mut(&at) else { continue };
            let Some(index) = replicas.iter().position(|id| *id == to) else { continue };
            if let Some(before) = replicas.first().and_then(|first| leads.get_mut(first)) {
                *before -= 1;
            }
            replicas.swap(0, index);
            *leads.entry(to).or_default() += 1;
        }
    }
    Plan::between(layout, &now)
}

/// Partitions and their next leaders, from a broker with the most leaderships that can pass one on to one with fewer.
fn next_path(layout: &Layout, now: &BTreeMap<At, Vec<i32>>, leads: &BTreeMap<i32, usize>) -> Option<Vec<(At, i32)>> {
    let mut most: Vec<(usize, i32)> = leads.iter().map(|(id, count)| (*count, *id)).collect();
    most.sort_by_key(|(count, id)| (std::cmp::Reverse(*count), *id));
    most.into_iter().find_map(|(count, from)| {
        let reached = reach(layout, now, from);
        let to = |id: &i32| leads.get(id).copied().unwrap_or(0);
        let least = reached.keys().copied().filter(|id| to(id) + 2 <= count).min_by_key(|id| (to(id), *id))?;
        let (mut path, mut at) = (Vec::new(), least);
        while let Some((partition, before)) = reached.get(&at) {
            path.push((partition.clone(), at));
            at = *before;
        }
        Some(path)
    })
}

/// The brokers that a leadership of `from` can be passed on to, each with the last partition on the way and its leader.
fn reach(layout: &Layout, now: &BTreeMap<At, Vec<i32>>, from: i32) -> BTreeMap<i32, (At, i32)> {
    let mut reached: BTreeMap<i32, (At, i32)> = BTreeMap::new();
    let (mut seen, mut queue) = (BTreeSet::from([from]), VecDeque::from([from]));
    while let Some(leader) = queue.pop_front() {
        for (at, replicas) in now.iter().filter(|(_, replicas)| replicas.first() == Some(&leader)) {
            for id in replicas[1..].iter().copied().filter(|id| layout.brokers.contains_key(id)) {
                if seen.insert(id) {
                    reached.insert(id, (at.clone(), leader));
                    queue.push_back(id);
                }
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::super::layout::Placed;
    use super::*;

    fn layout(brokers: &[i32], partitions: &[&[i32]]) -> Layout {
        let placed = |(p, replicas): (usize, &&[i32])| {
            let isr = replicas.to_vec();
            let placed = Placed { replicas: isr.clone(), leader: isr.first().copied(), isr, bytes: 100 };
            (("t".to_owned(), p as i32), placed)
        };
        Layout {
            brokers: brokers.iter().map(|id| (*id, None)).collect(),
            partitions: partitions.iter().enumerate().map(placed).collect(),
        }
    }

    fn leaders(layout: &Layout, plan: &Plan) -> BTreeMap<i32, usize> {
        let mut now: BTreeMap<At, Vec<i32>> =
            layout.partitions.iter().map(|(at, placed)| (at.clone(), placed.replicas.clone())).collect();
        now.extend(plan.target());
        let mut leads = BTreeMap::new();
        for replicas in now.values() {
            *leads.entry(replicas[0]).or_default() += 1;
        }
        leads
    }

    #[test]
    fn leaders_become_even_and_nothing_is_copied() {
        let all_on_one = layout(&[1, 2, 3], &[&[1, 2], &[1, 3], &[1, 2], &[1, 3], &[1, 2], &[1, 3]]);
        let plan = even_leaders(&all_on_one, &Plan::default());
        assert_eq!(leaders(&all_on_one, &plan), BTreeMap::from([(1, 2), (2, 2), (3, 2)]));
        assert_eq!((plan.replicas(), plan.bytes(), plan.moves.len()), (0, 0, 4));
        let even = layout(&[1, 2, 3], &[&[1, 2], &[2, 3], &[3, 1], &[1, 2]]);
        assert_eq!(even_leaders(&even, &Plan::default()), Plan::default(), "one more than another is even");
    }

    #[test]
    fn a_leadership_goes_through_a_third_broker_where_there_is_no_other_way() {
        let chain = layout(&[1, 2, 3], &[&[1, 2], &[1, 2], &[1, 2], &[2, 3], &[2, 3]]);
        let plan = even_leaders(&chain, &Plan::default());
        let told: Vec<usize> = leaders(&chain, &plan).into_values().collect();
        assert_eq!((told.iter().sum::<usize>(), told.iter().max()), (5, Some(&2)), "{plan:?}");
    }

    #[test]
    fn who_is_down_gets_no_leadership_and_moves_are_kept() {
        let down = layout(&[1, 2], &[&[1, 3], &[1, 3], &[1, 3], &[2]]);
        assert_eq!(even_leaders(&down, &Plan::default()), Plan::default());
        let moving = layout(&[1, 2], &[&[1], &[1]]);
        let to = BTreeMap::from([(("t".to_owned(), 0), vec![1, 2]), (("t".to_owned(), 1), vec![1, 2])]);
        let plan = even_leaders(&moving, &Plan::between(&moving, &to));
        assert_eq!((plan.moves.len(), plan.replicas()), (2, 2));
        assert_eq!(leaders(&moving, &plan), BTreeMap::from([(1, 1), (2, 1)]));
    }
}
