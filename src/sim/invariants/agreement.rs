//! Replicas agree below the high watermark. The first leader whose high watermark passes an offset settles what stands
//! there; whoever passes it later, as leader or follower, must have the same.

use super::super::log::SimLog;
use super::super::message::PartIndex;
use super::{Broken, Found};
use crate::model::{LeaderEpoch, Offset};

/// A committed record: its value and the term in which it was written.
type Settled = (u64, LeaderEpoch);

/// What is committed, by partition.
#[derive(Debug, Default)]
pub struct Agreement {
    parts: Vec<Vec<Settled>>,
    pub(super) found: Found,
}

impl Agreement {
    /// How many records of a partition are committed.
    pub fn len(&self, part: PartIndex) -> usize {
        self.parts.get(part).map_or(0, Vec::len)
    }

    /// All committed records.
    pub fn total(&self) -> usize {
        self.parts.iter().map(Vec::len).sum()
    }

    /// The value of a committed record.
    pub fn value(&self, part: PartIndex, offset: i64) -> Option<u64> {
        self.parts.get(part)?.get(usize::try_from(offset).ok()?).map(|(value, _)| *value)
    }

    /// A leader's high watermark moved.
    pub fn committed(
        &mut self,
        part: PartIndex,
        place: usize,
        epoch: LeaderEpoch,
        from: Offset,
        to: Offset,
        log: &SimLog,
    ) {
        if self.parts.len() <= part {
            self.parts.resize(part + 1, Vec::new());
        }
        let who = || format!("broker {place}, leader in epoch {epoch},");
        self.compare(part, from, to, log, who, true);
    }

    /// A follower's high watermark moved.
    pub fn followed(&mut self, part: PartIndex, place: usize, from: Offset, to: Offset, log: &SimLog) {
        self.compare(part, from, to, log, || format!("follower {place}"), false);
    }

    /// Compares a whole log, up to `to`.
    pub fn holds(&mut self, part: PartIndex, place: usize, to: Offset, log: &SimLog) {
        self.compare(part, Offset::ZERO, to, log, || format!("replica {place}"), false);
    }

    fn compare(
        &mut self,
        part: PartIndex,
        from: Offset,
        to: Offset,
        log: &SimLog,
        who: impl Fn() -> String,
        settles: bool,
    ) {
        let mut wrong = |what: String| {
            self.found.push(Broken { rule: "replicas agree below the high watermark", what });
        };
        let settled = match self.parts.get_mut(part) {
            Some(settled) => settled,
            None => return,
        };
        if to > log.end() {
            return wrong(format!("{} has a high watermark of {to} in partition {part}, and {}", who(), log.end()));
        }
        let from = from.min(Offset(settled.len() as i64));
        for batch in log.read(from, to, usize::MAX / 2) {
            let epoch = batch.header.leader_epoch;
            for (offset, value) in batch.records().filter(|(offset, _)| *offset >= from.get()) {
                let index = offset as usize;
                match settled.get(index) {
                    Some(known) if *known == (value, epoch) => {}
                    Some((other, in_epoch)) => {
                        return wrong(format!(
                            "{} has value {value} of epoch {epoch} at offset {offset} of partition {part}, where value \
                             {other} of epoch {in_epoch} is committed",
                            who()
                        ));
                    }
                    None if settles && index == settled.len() => settled.push((value, epoch)),
                    None => {
                        return wrong(format!(
                            "{} takes offset {offset} of partition {part} to be committed, which no leader committed",
                            who()
                        ));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::log::tests::batch;
    use super::*;

    fn log(values: &[(u64, i32)]) -> SimLog {
        let mut log = SimLog::default();
        for (at, (value, epoch)) in values.iter().enumerate() {
            log.append(batch(at as i32, 1, *value), LeaderEpoch(*epoch));
        }
        log
    }

    #[test]
    fn what_one_leader_committed_every_other_must_have() {
        let mut ledger = Agreement::default();
        let first = log(&[(10, 1), (11, 1), (12, 1)]);
        ledger.committed(0, 0, LeaderEpoch(1), Offset(0), Offset(2), &first);
        assert_eq!((ledger.len(0), ledger.value(0, 1), ledger.value(0, 2)), (2, Some(11), None));
        let same = log(&[(10, 1), (11, 1), (13, 2)]);
        ledger.committed(0, 1, LeaderEpoch(2), Offset(0), Offset(3), &same);
        assert!(ledger.found.is_empty());
        ledger.committed(0, 0, LeaderEpoch(1), Offset(2), Offset(3), &first);
        assert_eq!(ledger.found.len(), 1, "12 stands where 13 is committed");
    }

    #[test]
    fn a_follower_may_not_be_ahead_of_all_leaders() {
        let mut ledger = Agreement::default();
        let one = log(&[(10, 1), (11, 1)]);
        ledger.committed(0, 0, LeaderEpoch(1), Offset(0), Offset(1), &one);
        ledger.followed(0, 1, Offset(0), Offset(1), &one);
        assert!(ledger.found.is_empty());
        ledger.followed(0, 1, Offset(1), Offset(2), &one);
        assert_eq!(ledger.found.len(), 1);
        ledger.holds(0, 1, Offset(9), &one);
        assert_eq!(ledger.found.len(), 2, "the log ends before");
    }
}
