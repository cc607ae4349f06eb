//! A3: an acknowledged record, or one that a consumer saw, that no reader sees after everything healed, beyond the end of
//! the final read or at an offset that nobody was told.

use super::book::{Book, Fate};
use super::{Anomaly, Finding};

pub(super) fn find(book: &Book<'_>, found: &mut Vec<Finding>) {
    for sent in &book.sends {
        let Some(read) = book.finals.get(&sent.part) else { continue };
        let sightings = book.sightings_of(sent.value);
        let at_end = sightings.iter().any(|at| book.sightings[*at as usize].at_end);
        let polled = sightings.first().map(|at| &book.sightings[*at as usize]);
        if at_end || !(sent.fate == Fate::Acked || (sent.fate == Fate::Unknown && polled.is_some())) {
            continue;
        }
        let highest = read.highest();
        let what = match sent.offset.or(polled.map(|sighting| sighting.seen.offset)) {
            Some(offset) if highest.is_none_or(|highest| offset > highest) && offset >= read.start => {
                let end = highest.map_or_else(|| "is empty".to_owned(), |highest| format!("ends at {highest}"));
                format!("{} is at offset {offset}, and the final read {end}", book.name(sent))
            }
            Some(_) => continue,
            // Without an offset it may have been deleted with the records before the partition's start.
            None if read.start > 0 => continue,
            None => format!("{} was acknowledged without an offset and is nowhere to be read", book.name(sent)),
        };
        let entries: Vec<usize> = [Some(sent.entry), sent.outcome].into_iter().flatten().collect();
        found.push(book.finding(Anomaly::Unseen, sent.part, what, &entries));
    }
}
