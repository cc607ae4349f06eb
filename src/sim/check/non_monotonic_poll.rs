//! A7: a consumer without a new assignment went back, or read an offset again, inside one poll (internal) or from one
//! poll to the next (external).

use super::book::Book;
use super::{Anomaly, Finding};

pub(super) fn find(book: &Book<'_>, found: &mut Vec<Finding>) {
    for (consumer, part, session) in &book.sessions {
        let mut highest: Option<(i64, usize)> = None;
        for poll in &session.polls {
            for (at, seen) in poll.records.iter().enumerate() {
                match highest {
                    Some((offset, entry)) if seen.offset <= offset => {
                        let how = if at == 0 { "between two polls" } else { "inside a poll" };
                        let name = book.history.name_of(*consumer);
                        let what = format!("{name} read offset {} after offset {offset}, {how}", seen.offset);
                        found.push(book.finding(Anomaly::NonMonotonicPoll, *part, what, &[entry, poll.entry]));
                    }
                    _ => highest = Some((seen.offset, poll.entry)),
                }
            }
        }
    }
    for (part, read) in &book.finals {
        for pair in read.records.windows(2) {
            let [(one, entry), (two, later)] = pair else { continue };
            if two.offset <= one.offset {
                let what = format!("the final read gave offset {} after offset {}", two.offset, one.offset);
                found.push(book.finding(Anomaly::NonMonotonicPoll, *part, what, &[*entry, *later]));
            }
        }
    }
}
