//! Balance is reached, and no cheaper way there exists.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::plan::tests::{after, check_valid, layouts, subsets};
use super::*;

fn counts(layout: &Layout, now: &BTreeMap<At, Vec<i32>>) -> BTreeMap<i32, i64> {
    let mut counts: BTreeMap<i32, i64> = layout.brokers.keys().map(|id| (*id, 0)).collect();
    for id in now.values().flatten() {
        *counts.entry(*id).or_default() += 1;
    }
    counts
}

fn unevenness(counts: &BTreeMap<i32, i64>) -> i64 {
    let total: i64 = counts.values().sum();
    let (floor, rest) = (total / counts.len() as i64, total % counts.len() as i64);
    let ceiling = floor + i64::from(rest > 0);
    counts.values().map(|count| (floor - count).max(0) + (count - ceiling).max(0)).sum()
}

/// The least unevenness, and the fewest bytes that reach it, over every way to place the partitions.
fn cheapest(layout: &Layout) -> (i64, u64) {
    let brokers: Vec<i32> = layout.brokers.keys().copied().collect();
    let mut ways: Vec<(BTreeMap<At, Vec<i32>>, u64)> = vec![(BTreeMap::new(), 0)];
    for (at, placed) in &layout.partitions {
        let sets = subsets(&brokers, placed.replicas.len());
        let longer = ways.iter().flat_map(|(way, bytes)| {
            sets.iter().map(move |set| {
                let new = set.iter().filter(|id| !placed.replicas.contains(id)).count() as u64;
                let mut way = way.clone();
                way.insert(at.clone(), set.clone());
                (way, bytes + new * placed.bytes)
            })
        });
        ways = longer.collect();
    }
    ways.iter().map(|(way, bytes)| (unevenness(&counts(layout, way)), *bytes)).min().unwrap()
}

/// Without racks, which may forbid the cheapest way.
fn small() -> impl Strategy<Value = Layout> {
    layouts().prop_map(|mut layout| {
        layout.brokers = layout.brokers.into_keys().take(4).map(|id| (id, None)).collect();
        let alive: BTreeSet<i32> = layout.brokers.keys().copied().collect();
        layout.partitions.retain(|(_, p), placed| *p < 4 && placed.replicas.iter().all(|id| alive.contains(id)));
        layout
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn counts_become_even_with_the_fewest_bytes(layout in small()) {
        let all = layout.brokers.keys().copied().collect();
        let plan = onto(&layout, &all).unwrap();
        check_valid(&layout, &plan, &all);
        let (uneven, bytes) = cheapest(&layout);
        prop_assert_eq!(unevenness(&counts(&layout, &after(&layout, &plan))), uneven);
        prop_assert_eq!(plan.bytes(), bytes);
    }

    #[test]
    fn racks_are_not_given_up_for_balance(layout in layouts()) {
        let all: BTreeSet<i32> = layout.brokers.keys().copied().collect();
        let plan = rebalance(&layout, 0.1);
        check_valid(&layout, &plan, &all);
        for (at, replicas) in after(&layout, &plan) {
            prop_assert!(layout.spread(&replicas) >= layout.spread(&layout.partitions[&at].replicas));
        }
    }

    #[test]
    fn bytes_come_closer_and_counts_stay_even(layout in small()) {
        let even = after(&layout, &onto(&layout, &layout.brokers.keys().copied().collect()).unwrap());
        let plan = rebalance(&layout, 0.0);
        let now = after(&layout, &plan);
        let squares = |now: &BTreeMap<At, Vec<i32>>| {
            let mut bytes: BTreeMap<i32, u128> = BTreeMap::new();
            for (at, replicas) in now {
                for id in replicas {
                    *bytes.entry(*id).or_default() += u128::from(layout.partitions[at].bytes);
                }
            }
            bytes.values().map(|bytes| bytes * bytes).sum::<u128>()
        };
        prop_assert_eq!(unevenness(&counts(&layout, &now)), unevenness(&counts(&layout, &even)));
        prop_assert!(squares(&now) <= squares(&even));
    }

    #[test]
    fn partitions_come_onto_the_brokers_named(layout in layouts()) {
        let chosen: BTreeSet<i32> = layout.brokers.keys().copied().take(3).collect();
        let plan = onto(&layout, &chosen).unwrap();
        check_valid(&layout, &plan, &chosen);
    }
}

#[test]
fn a_new_broker_gets_its_share_and_a_second_run_moves_nothing() {
    let placed = |a: i32, b: i32, bytes: u64| super::super::Placed {
        replicas: vec![a, b],
        leader: Some(a),
        isr: vec![a, b],
        bytes,
    };
    let mut layout = Layout { brokers: (1..=3).map(|id| (id, None)).collect(), ..Layout::default() };
    for p in 0..6 {
        let pair = if p % 2 == 0 { (1, 2) } else { (2, 1) };
        layout.partitions.insert(("t".to_owned(), p), placed(pair.0, pair.1, 100));
    }
    let plan = rebalance(&layout, 0.1);
    assert_eq!((plan.replicas(), plan.bytes()), (4, 400));
    for m in plan.moves {
        let placed = layout.partitions.get_mut(&m.at()).unwrap();
        // Leaders stay where they are: only followers moved.
        assert_eq!(placed.replicas[0], m.to[0]);
        placed.replicas = m.to;
    }
    assert_eq!(rebalance(&layout, 0.1).moves, []);
}
