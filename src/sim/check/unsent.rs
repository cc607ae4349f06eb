//! A record was read that nobody sent: bytes that were made up or damaged.

use super::book::Book;
use super::{Anomaly, Finding};

pub(super) fn find(book: &Book<'_>, found: &mut Vec<Finding>) {
    let mut last = None;
    for at in &book.sightings_by_value {
        let sighting = &book.sightings[*at as usize];
        let value = sighting.seen.value;
        if book.by_value.contains_key(&value) || last.replace(value) == Some(value) {
            continue;
        }
        let (reader, offset) = (book.reader(sighting), sighting.seen.offset);
        let what = format!("{reader} read value {value} at offset {offset}, which nobody sent");
        found.push(book.finding(Anomaly::Unsent, sighting.part, what, &[sighting.entry]));
    }
}
