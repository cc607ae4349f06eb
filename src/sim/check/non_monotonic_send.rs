//! A8: a later send of one idempotent producer lies before an earlier one in the same partition.

use std::collections::BTreeMap;

use super::super::history::{Client, Part};
use super::book::{Book, Sent};
use super::{Anomaly, Finding};

pub(super) fn find(book: &Book<'_>, found: &mut Vec<Finding>) {
    if !book.history.setup.idempotent {
        return;
    }
    let mut by_producer: BTreeMap<(Client, Part), Vec<(&Sent, i64)>> = BTreeMap::new();
    for sent in &book.sends {
        let seen = book.sightings_of(sent.value).iter().map(|at| &book.sightings[*at as usize]);
        let seen = seen.filter(|sighting| sighting.part == sent.part).map(|sighting| sighting.seen.offset).min();
        if let Some(offset) = seen.or(sent.offset) {
            by_producer.entry((sent.client, sent.part)).or_default().push((sent, offset));
        }
    }
    for ((_, part), mut sends) in by_producer {
        sends.sort_by_key(|(sent, _)| sent.seq);
        let mut highest: Option<(&Sent, i64)> = None;
        for (sent, offset) in sends {
            match highest {
                Some((earlier, at)) if offset < at => {
                    let what = format!(
                        "{} is at offset {offset}, before {} at offset {at}, which was sent earlier",
                        book.name(sent),
                        book.name(earlier)
                    );
                    found.push(book.finding(Anomaly::NonMonotonicSend, part, what, &[earlier.entry, sent.entry]));
                }
                _ => highest = Some((sent, offset)),
            }
        }
    }
}
