//! A partition that took acknowledged sends and was not read to its end after everything healed: either the cluster did
//! not come back, or the harness did not ask. Both leave losses unjudged.

use std::collections::BTreeMap;

use super::book::{Book, Fate};
use super::{Anomaly, Finding};

pub(super) fn find(book: &Book<'_>, found: &mut Vec<Finding>) {
    let mut owed: BTreeMap<_, (usize, usize)> = BTreeMap::new();
    for sent in book.sends.iter().filter(|sent| sent.fate == Fate::Acked && !book.finals.contains_key(&sent.part)) {
        owed.entry(sent.part).or_insert((0, sent.entry)).0 += 1;
    }
    for (part, (acked, entry)) in owed {
        let highest = book.highest_read(part).map_or_else(|| "nothing".to_owned(), |at| format!("up to offset {at}"));
        let what = format!("{acked} sends are acknowledged, no final read is recorded, and consumers read {highest}");
        found.push(book.finding(Anomaly::Unread, part, what, &[entry]));
    }
}
