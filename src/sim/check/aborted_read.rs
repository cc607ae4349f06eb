//! A5 (G1a): a record was read although its send failed, or although its transaction was aborted and readers asked for
//! committed transactions only.

use super::super::history::Isolation;
use super::book::{Book, Fate};
use super::{Anomaly, Finding};

pub(super) fn find(book: &Book<'_>, found: &mut Vec<Finding>) {
    let read_committed = book.history.setup.isolation == Isolation::ReadCommitted;
    for sent in book.sends.iter().filter(|sent| sent.fate == Fate::Failed) {
        let aborted = sent.txn.filter(|txn| book.txns.get(txn).is_some_and(|txn| txn.committed == Some(false)));
        if aborted.is_some() && !read_committed {
            continue;
        }
        let Some(at) = book.sightings_of(sent.value).first() else { continue };
        let sighting = &book.sightings[*at as usize];
        let why = aborted.map_or_else(|| "failed".to_owned(), |txn| format!("is of the aborted transaction {txn}"));
        let (name, reader) = (book.name(sent), book.reader(sighting));
        let what = format!("{name} {why}, and {reader} read it at offset {}", sighting.seen.offset);
        let entries: Vec<usize> = [sent.outcome, Some(sighting.entry)].into_iter().flatten().collect();
        found.push(book.finding(Anomaly::AbortedRead, sighting.part, what, &entries));
    }
}
