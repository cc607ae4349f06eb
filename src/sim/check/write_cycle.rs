//! A10: transactions that read each other's writes in a circle (G1c). Writes of two transactions that merely interleave
//! (G0) are normal in Kafka's model and only counted.

use std::collections::{BTreeMap, BTreeSet};

use super::super::history::History;
use super::book::Book;
use super::{Anomaly, Finding};

/// Adds what is wrong, and gives the number of pairs of transactions that interleave.
pub(super) fn find(book: &Book<'_>, found: &mut Vec<Finding>) -> usize {
    // Reader to the writers that it read from, with the entry of the poll.
    let mut reads: BTreeMap<u64, BTreeMap<u64, usize>> = BTreeMap::new();
    for (_, _, session) in &book.sessions {
        for poll in &session.polls {
            let Some(reader) = poll.txn else { continue };
            for seen in poll.records {
                let writer = book.by_value.get(&seen.value).and_then(|at| book.sends[*at].txn);
                if let Some(writer) = writer.filter(|writer| *writer != reader) {
                    reads.entry(reader).or_default().entry(writer).or_insert(poll.entry);
                }
            }
        }
    }
    for circle in circles(&reads) {
        let steps = circle.iter().zip(circle.iter().cycle().skip(1));
        let entries: Vec<usize> =
            steps.filter_map(|(reader, writer)| reads.get(reader)?.get(writer).copied()).collect();
        let names: Vec<String> = circle.iter().map(u64::to_string).collect();
        let what = format!("transactions {} read each other's writes in a circle", names.join(" → "));
        let lines = entries.into_iter().map(History::line).collect();
        found.push(Finding { anomaly: Anomaly::WriteCycle, partition: String::new(), what, lines });
    }
    interleaved(book)
}

/// One circle for each transaction that is on one, a shortest, each circle once.
fn circles(reads: &BTreeMap<u64, BTreeMap<u64, usize>>) -> Vec<Vec<u64>> {
    let mut circles = Vec::new();
    let mut known = BTreeSet::new();
    for &start in reads.keys() {
        if known.contains(&start) {
            continue;
        }
        let mut came_from: BTreeMap<u64, u64> = BTreeMap::new();
        let mut queue = std::collections::VecDeque::from([start]);
        'search: while let Some(at) = queue.pop_front() {
            for &next in reads.get(&at).into_iter().flat_map(BTreeMap::keys) {
                if next == start {
                    let mut circle = vec![at];
                    while let Some(&before) = circle.last().and_then(|at| came_from.get(at)) {
                        circle.push(before);
                    }
                    circle.reverse();
                    known.extend(circle.iter().copied());
                    circles.push(circle);
                    break 'search;
                }
                if next != start && !came_from.contains_key(&next) {
                    came_from.insert(next, at);
                    queue.push_back(next);
                }
            }
        }
    }
    circles
}

/// Pairs of transactions of which one wrote between two writes of the other in some partition.
fn interleaved(book: &Book<'_>) -> usize {
    let mut pairs = BTreeSet::new();
    for part in book.history.parts() {
        let mut order: Vec<u64> = Vec::new();
        for sighting in book.sightings_in(part) {
            let txn = book.by_value.get(&sighting.seen.value).and_then(|at| book.sends[*at].txn);
            if let Some(txn) = txn.filter(|txn| order.last() != Some(txn)) {
                order.push(txn);
            }
        }
        let mut last_turn: BTreeMap<u64, usize> = BTreeMap::new();
        for (turn, txn) in order.iter().enumerate() {
            if let Some(before) = last_turn.insert(*txn, turn) {
                pairs.extend(order[before + 1..turn].iter().map(|other| (*txn.min(other), *txn.max(other))));
            }
        }
    }
    pairs.len()
}
