//! A2: an acknowledged record that lies below the end of the final read and is not in it; and a record that a consumer
//! saw and the final read does not have.

use super::book::{Book, Fate};
use super::{Anomaly, Finding};

pub(super) fn find(book: &Book<'_>, found: &mut Vec<Finding>) {
    for sent in &book.sends {
        let Some(read) = book.finals.get(&sent.part) else { continue };
        let sightings = book.sightings_of(sent.value);
        let at_end = sightings.iter().any(|at| book.sightings[*at as usize].at_end);
        let polled = sightings.first().map(|at| &book.sightings[*at as usize]);
        let required = sent.fate == Fate::Acked || (sent.fate == Fate::Unknown && polled.is_some());
        let offset = sent.offset.or(polled.map(|sighting| sighting.seen.offset));
        let Some(offset) = offset.filter(|_| required && !at_end) else { continue };
        if offset < read.start || read.highest().is_none_or(|highest| offset > highest) {
            // Deleted by intention, or a case of A3.
            continue;
        }
        let claim = if sent.fate == Fate::Acked { "acknowledged" } else { "read" };
        let what = format!("{} was {claim} at offset {offset}, and the final read lacks it", book.name(sent));
        let seen = polled.map(|sighting| sighting.entry);
        let entries: Vec<usize> = [Some(sent.entry), sent.outcome, seen].into_iter().flatten().collect();
        found.push(book.finding(Anomaly::LostWrite, sent.part, what, &entries));
    }
}
