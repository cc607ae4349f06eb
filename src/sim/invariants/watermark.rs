//! A leader's high watermark does not go back within its term, and what it once covered is covered for good: the latter
//! is what clients rely on, for a new leader may take a moment to learn how much is committed.

use std::collections::BTreeMap;

use super::super::message::PartIndex;
use super::{Broken, Found};
use crate::model::{LeaderEpoch, Offset};

/// The highest watermark of each term.
#[derive(Debug, Default)]
pub struct Watermarks {
    terms: BTreeMap<(PartIndex, LeaderEpoch), Offset>,
    pub(super) found: Found,
}

impl Watermarks {
    /// A leader's high watermark is at an offset now.
    pub fn leader(&mut self, part: PartIndex, epoch: LeaderEpoch, place: usize, at: Offset) {
        let highest = self.terms.entry((part, epoch)).or_insert(at);
        if at < *highest {
            let what = format!("of partition {part} in epoch {epoch}, at broker {place}: from {highest} to {at}");
            self.found.push(Broken { rule: "the high watermark never goes back", what });
        }
        *highest = (*highest).max(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_back_within_a_term_is_found_and_one_between_terms_is_not() {
        let mut marks = Watermarks::default();
        for (epoch, at) in [(1, 5), (1, 9), (2, 7), (2, 8)] {
            marks.leader(0, LeaderEpoch(epoch), 0, Offset(at));
        }
        assert!(marks.found.is_empty());
        marks.leader(0, LeaderEpoch(2), 0, Offset(6));
        assert_eq!(marks.found.len(), 1);
    }
}
