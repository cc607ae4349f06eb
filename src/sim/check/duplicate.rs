//! A4: one send at two offsets. Legal only without idempotence, where it is counted.

use super::book::Book;
use super::{Anomaly, Finding};

/// Adds what is wrong, and gives the number of duplicates that are allowed.
pub(super) fn find(book: &Book<'_>, found: &mut Vec<Finding>) -> usize {
    let mut allowed = 0;
    for sent in &book.sends {
        let mut places = book.sightings_of(sent.value).iter().map(|at| &book.sightings[*at as usize]);
        let Some(first) = places.next() else { continue };
        let place = |s: &super::book::Sighting| (s.part, s.seen.offset);
        let Some(other) = places.find(|other| place(other) != place(first)) else { continue };
        if !book.history.setup.idempotent {
            allowed += 1;
            continue;
        }
        let what = format!(
            "{} is at offset {} of {} for {} and at offset {} of {} for {}",
            book.name(sent),
            first.seen.offset,
            book.history.part_name(first.part),
            book.reader(first),
            other.seen.offset,
            book.history.part_name(other.part),
            book.reader(other)
        );
        found.push(book.finding(Anomaly::Duplicate, sent.part, what, &[sent.entry, first.entry, other.entry]));
    }
    allowed
}
