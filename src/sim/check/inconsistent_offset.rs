//! A1: one offset of one partition held two different records; or a send was acknowledged at an offset at which readers
//! found another record, or while they found it elsewhere (an offset made up in the answer).

use super::book::{Book, Sighting};
use super::{Anomaly, Finding};

pub(super) fn find(book: &Book<'_>, found: &mut Vec<Finding>) {
    for pair in book.sightings.windows(2) {
        let [one, two] = pair else { continue };
        if (one.part, one.seen.offset) == (two.part, two.seen.offset) && one.seen.value != two.seen.value {
            let what = format!(
                "offset {} held value {} for {} and value {} for {}",
                one.seen.offset,
                one.seen.value,
                book.reader(one),
                two.seen.value,
                book.reader(two)
            );
            found.push(book.finding(Anomaly::InconsistentOffset, one.part, what, &[one.entry, two.entry]));
        }
    }
    for sent in &book.sends {
        let (Some(offset), Some(outcome)) = (sent.offset, sent.outcome) else { continue };
        let of_value = book.sightings_of(sent.value).iter().map(|at| &book.sightings[*at as usize]);
        let elsewhere: Option<&Sighting> = {
            let mut here = false;
            let mut other = None;
            for sighting in of_value {
                if (sighting.part, sighting.seen.offset) == (sent.part, offset) {
                    here = true;
                } else {
                    other = other.or(Some(sighting));
                }
            }
            other.filter(|_| !here)
        };
        if let Some(sighting) = elsewhere {
            let what = format!(
                "{} was acknowledged at offset {offset} and read at offset {} of {} by {}",
                book.name(sent),
                sighting.seen.offset,
                book.history.part_name(sighting.part),
                book.reader(sighting)
            );
            found.push(book.finding(Anomaly::InconsistentOffset, sent.part, what, &[outcome, sighting.entry]));
            continue;
        }
        let records = book.sightings_in(sent.part);
        let at = records.partition_point(|s| s.seen.offset < offset);
        let other = records[at..].iter().take_while(|s| s.seen.offset == offset).find(|s| s.seen.value != sent.value);
        if let Some(sighting) = other {
            let what = format!(
                "{} was acknowledged at offset {offset}, where {} read value {}",
                book.name(sent),
                book.reader(sighting),
                sighting.seen.value
            );
            found.push(book.finding(Anomaly::InconsistentOffset, sent.part, what, &[outcome, sighting.entry]));
        }
    }
}
