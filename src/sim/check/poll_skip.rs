//! A6: a consumer without a new assignment jumped over records that are there for others, inside one poll (internal) or
//! from one poll to the next (external).

use super::super::history::{Part, Seen};
use super::book::Book;
use super::{Anomaly, Finding};

pub(super) fn find(book: &Book<'_>, found: &mut Vec<Finding>) {
    for (consumer, part, session) in &book.sessions {
        let mut last: Option<(Seen, usize)> = None;
        for poll in &session.polls {
            for (at, seen) in poll.records.iter().enumerate() {
                let before = last.replace((*seen, poll.entry));
                let Some((before, entry)) = before else { continue };
                if let Some((value, offset)) = between(book, *part, before.offset, seen.offset) {
                    let how = if at == 0 { "between two polls" } else { "inside a poll" };
                    let what = format!(
                        "{} went from offset {} to {} {how}, over value {value} at offset {offset}",
                        book.history.name_of(*consumer),
                        before.offset,
                        seen.offset
                    );
                    found.push(book.finding(Anomaly::PollSkip, *part, what, &[entry, poll.entry]));
                }
            }
        }
    }
}

/// A record that somebody read strictly between two offsets.
fn between(book: &Book<'_>, part: Part, from: i64, to: i64) -> Option<(u64, i64)> {
    if to <= from + 1 {
        return None;
    }
    let records = book.sightings_in(part);
    let at = records.partition_point(|s| s.seen.offset <= from);
    let next = records.get(at)?;
    (next.seen.offset < to).then_some((next.seen.value, next.seen.offset))
}
