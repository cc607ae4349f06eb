//! A9: a reader of committed transactions saw a record before its transaction's commit was even asked for, its own
//! transaction's reads included.

use super::super::history::{Event, Isolation};
use super::book::Book;
use super::{Anomaly, Finding};

pub(super) fn find(book: &Book<'_>, found: &mut Vec<Finding>) {
    if book.history.setup.isolation != Isolation::ReadCommitted {
        return;
    }
    for sent in &book.sends {
        let Some((id, txn)) = sent.txn.and_then(|id| Some((id, book.txns.get(&id)?))) else { continue };
        let early = book.sightings_of(sent.value).iter().map(|at| &book.sightings[*at as usize]).find(|sighting| {
            let own = matches!(&book.history.entries()[sighting.entry].event,
                Event::Poll { txn: Some(reading), .. } if *reading == id);
            own || txn.commit_asked.is_none_or(|asked| sighting.entry < asked)
        });
        // Of a transaction that was aborted this is A5 already.
        let Some(sighting) = early.filter(|_| txn.committed != Some(false)) else { continue };
        let reader = book.reader(sighting);
        let what = format!("{} was read by {reader} before the commit of transaction {id}", book.name(sent));
        found.push(book.finding(Anomaly::PrecommittedRead, sighting.part, what, &[sent.entry, sighting.entry]));
    }
}
