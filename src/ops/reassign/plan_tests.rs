//! Plans are valid, spread over racks, and no cheaper one exists.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::Placed;
use super::*;

/// A cluster of 3 to 5 brokers on 1 to 3 racks (or none), with up to 5 partitions that are all in sync.
pub fn layouts() -> impl Strategy<Value = Layout> {
    (3..=5i32, 0..=3i32, prop::collection::vec((1..=3usize, 0..1000u64, any::<u32>()), 1..=5)).prop_map(
        |(brokers, racks, partitions)| {
            let rack = |id: i32| (racks > 0).then(|| format!("r{}", id % racks.max(1)));
            let mut layout = Layout { brokers: (1..=brokers).map(|id| (id, rack(id))).collect(), ..Layout::default() };
            for (index, (factor, bytes, seed)) in (0..).zip(partitions) {
                let mut ids: Vec<i32> = (1..=brokers).collect();
                let mut seed = seed;
                let mut replicas = Vec::new();
                for _ in 0..factor {
                    let at = seed as usize % ids.len();
                    seed = seed.rotate_right(7).wrapping_mul(2_654_435_761);
                    replicas.push(ids.remove(at));
                }
                let placed = Placed { leader: replicas.first().copied(), isr: replicas.clone(), replicas, bytes };
                layout.partitions.insert(("t".to_owned(), index), placed);
            }
            layout
        },
    )
}

/// Every set of `size` brokers.
pub fn subsets(brokers: &[i32], size: usize) -> Vec<Vec<i32>> {
    if size == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (i, id) in brokers.iter().enumerate() {
        for mut rest in subsets(&brokers[i + 1..], size - 1) {
            rest.insert(0, *id);
            all.push(rest);
        }
    }
    all
}

pub fn after(layout: &Layout, plan: &Plan) -> BTreeMap<At, Vec<i32>> {
    let mut now: BTreeMap<At, Vec<i32>> =
        layout.partitions.iter().map(|(at, placed)| (at.clone(), placed.replicas.clone())).collect();
    now.extend(plan.target());
    now
}

/// Distinct replicas, on live brokers of `usable` only.
pub fn check_valid(layout: &Layout, plan: &Plan, usable: &BTreeSet<i32>) {
    for (at, replicas) in after(layout, plan) {
        let distinct: BTreeSet<i32> = replicas.iter().copied().collect();
        assert_eq!(distinct.len(), replicas.len(), "{at:?} has a broker twice: {replicas:?}");
        assert!(distinct.is_subset(usable), "{at:?} stands where it may not: {replicas:?} of {usable:?}");
    }
}

/// The fewest bytes and, among those, the most racks, over all sets of replicas of one partition.
fn cheapest(layout: &Layout, placed: &Placed, usable: &[i32], factor: usize) -> (u64, usize) {
    let sets = subsets(usable, factor).into_iter().map(|set| {
        let new = set.iter().filter(|id| !placed.replicas.contains(id)).count() as u64;
        (new * placed.bytes, new, Reverse(layout.spread(&set)))
    });
    let best = sets.min_by_key(|(_, new, spread)| (*new, *spread)).unwrap();
    (best.0, best.2.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn another_factor_copies_only_what_it_must_and_spreads_over_racks(layout in layouts(), factor in 1..=3usize) {
        let plan = replication_factor(&layout, factor).unwrap();
        let usable: Vec<i32> = layout.brokers.keys().copied().collect();
        check_valid(&layout, &plan, &usable.iter().copied().collect());
        let now = after(&layout, &plan);
        let mut least = 0;
        for (at, placed) in &layout.partitions {
            prop_assert_eq!(now[at].len(), factor);
            prop_assert_eq!(now[at].contains(&placed.leader.unwrap()), true, "the leader stays");
            let (bytes, spread) = cheapest(&layout, placed, &usable, factor);
            least += bytes;
            // What is taken away keeps the leader, which any set of most racks may hold in place of its rack's other.
            prop_assert_eq!(layout.spread(&now[at]), spread, "{:?} -> {:?}", placed.replicas, &now[at]);
        }
        prop_assert_eq!(plan.bytes(), least);
    }

    #[test]
    fn a_drained_broker_is_empty_and_nothing_else_is_copied(layout in layouts(), broker in 1..=3i32) {
        let left: Vec<i32> = layout.brokers.keys().copied().filter(|id| *id != broker).collect();
        let largest = layout.partitions.values().map(|p| p.replicas.len()).max().unwrap();
        let plan = match drain(&layout, broker) {
            Ok(plan) => plan,
            Err(error) => {
                prop_assert!(largest > left.len(), "{error}");
                return Ok(());
            }
        };
        check_valid(&layout, &plan, &left.iter().copied().collect());
        let now = after(&layout, &plan);
        let mut least = 0;
        for (at, placed) in &layout.partitions {
            let (bytes, spread) = cheapest(&layout, placed, &left, placed.replicas.len());
            least += bytes;
            if placed.replicas.contains(&broker) {
                prop_assert_eq!(layout.spread(&now[at]), spread);
            }
            if placed.leader != Some(broker) {
                prop_assert_eq!(now[at].first(), placed.replicas.first(), "the leader stays first");
            } else if placed.replicas.len() > 1 {
                prop_assert!(placed.replicas.contains(&now[at][0]), "one that is in sync takes over");
            }
        }
        prop_assert_eq!(plan.bytes(), least);
    }

    #[test]
    fn a_replaced_broker_hands_over_one_to_one(layout in layouts(), old in 1..=3i32) {
        let mut layout = layout;
        let new = 9;
        layout.brokers.insert(new, layout.brokers[&old].clone());
        layout.brokers.remove(&old);
        let plan = replace(&layout, old, new).unwrap();
        check_valid(&layout, &plan, &layout.brokers.keys().copied().collect());
        for (at, replicas) in after(&layout, &plan) {
            let mut expected: Vec<i32> =
                layout.partitions[&at].replicas.iter().map(|id| if *id == old { new } else { *id }).collect();
            let mut replicas = replicas;
            expected.sort_unstable();
            replicas.sort_unstable();
            prop_assert_eq!(replicas, expected);
        }
    }
}

#[test]
fn a_broker_that_nobody_knows_is_not_drained() {
    let layout = Layout { brokers: BTreeMap::from([(1, None)]), ..Layout::default() };
    assert_eq!(drain(&layout, 7), Err(PlanError::NoSuchBroker(7)));
    assert_eq!(replace(&layout, 1, 7), Err(PlanError::NoSuchBroker(7)));
}

#[test]
fn a_factor_above_the_number_of_brokers_is_refused_by_name() {
    let placed = Placed { replicas: vec![1], leader: Some(1), isr: vec![1], bytes: 5 };
    let layout = Layout {
        brokers: BTreeMap::from([(1, None), (2, None)]),
        partitions: BTreeMap::from([(("t".to_owned(), 0), placed)]),
    };
    let error = replication_factor(&layout, 3).unwrap_err();
    assert_eq!(error.to_string(), "t-0 needs 3 brokers, and 2 may hold it");
}

#[test]
fn a_replica_out_of_sync_is_given_up_before_one_in_sync() {
    let placed = Placed { replicas: vec![3, 1, 2], leader: Some(1), isr: vec![1, 2], bytes: 5 };
    let layout = Layout {
        brokers: (1..=3).map(|id| (id, None)).collect(),
        partitions: BTreeMap::from([(("t".to_owned(), 0), placed)]),
    };
    assert_eq!(replication_factor(&layout, 2).unwrap().moves[0].to, [1, 2]);
    assert_eq!(replication_factor(&layout, 1).unwrap().moves[0].to, [1]);
}
