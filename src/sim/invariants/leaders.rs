//! One leader in each term: of a partition (KIP-101 rests on it), and of the metadata quorum.

use std::collections::BTreeMap;
use std::fmt::Debug;

use super::super::message::PartIndex;
use super::{Broken, Found};
use crate::model::LeaderEpoch;

/// Who led in which term.
#[derive(Debug, Default)]
pub struct Leaders<T> {
    terms: BTreeMap<T, usize>,
    pub(super) found: Found,
}

impl<T: Ord + Copy + Debug> Leaders<T> {
    fn note(&mut self, term: T, place: usize) {
        let first = *self.terms.entry(term).or_insert(place);
        if first != place {
            let what = format!("{first} and {place} lead in {term:?}");
            self.found.push(Broken { rule: "one leader per term", what });
        }
    }

    /// How many terms there were.
    pub fn terms(&self) -> usize {
        self.terms.len()
    }
}

impl Leaders<(PartIndex, LeaderEpoch)> {
    /// A broker begins to lead a partition.
    pub fn leads(&mut self, part: PartIndex, epoch: LeaderEpoch, place: usize) {
        self.note((part, epoch), place);
    }
}

impl Leaders<u32> {
    /// A controller begins to decide.
    pub fn decides(&mut self, term: u32, place: usize) {
        self.note(term, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_leaders_of_one_term_are_found() {
        let mut leaders = Leaders::default();
        leaders.leads(0, LeaderEpoch(1), 1);
        leaders.leads(0, LeaderEpoch(1), 1);
        leaders.leads(1, LeaderEpoch(1), 2);
        leaders.leads(0, LeaderEpoch(2), 2);
        assert!(leaders.found.is_empty());
        leaders.leads(0, LeaderEpoch(2), 0);
        assert_eq!(leaders.found.len(), 1);
        assert_eq!(leaders.terms(), 3);
    }
}
