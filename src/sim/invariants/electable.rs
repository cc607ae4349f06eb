//! Whoever may be elected has everything that is committed: leaders count on it when they move the high watermark, and
//! the controller when it elects. A replica that is in sync by the metadata alone does no harm until its leader dies, so
//! that only a look inside finds it at once.

use super::super::message::PartIndex;
use super::agreement::Agreement;
use super::{Broken, Found};
use crate::model::Offset;

/// Looks at those in sync.
#[derive(Debug, Default)]
pub struct Electable {
    pub(super) found: Found,
}

impl Electable {
    /// A replica in sync, whose broker runs and is not fenced, has a log up to `end`.
    pub(super) fn is_in_sync(&mut self, part: PartIndex, place: usize, end: Offset, ledger: &Agreement) {
        let committed = ledger.len(part) as i64;
        if end.get() < committed {
            let what = format!(
                "replica {place} of partition {part} is in sync by the metadata and ends at {end}, where {committed} are \
                 committed"
            );
            self.found.push(Broken { rule: "whoever may lead has what is committed", what });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::log::SimLog;
    use super::super::super::log::tests::batch;
    use super::*;
    use crate::model::LeaderEpoch;

    #[test]
    fn a_replica_in_sync_that_lacks_a_committed_record_is_found() {
        let mut log = SimLog::default();
        for at in 0..3 {
            log.append(batch(at, 1, at as u64), LeaderEpoch(1));
        }
        let mut ledger = Agreement::default();
        ledger.committed(0, 0, LeaderEpoch(1), Offset(0), Offset(2), &log);
        let mut electable = Electable::default();
        electable.is_in_sync(0, 1, Offset(2), &ledger);
        electable.is_in_sync(0, 2, Offset(3), &ledger);
        electable.is_in_sync(1, 1, Offset(0), &ledger);
        assert!(electable.found.is_empty());
        electable.is_in_sync(0, 1, Offset(1), &ledger);
        assert_eq!(electable.found.len(), 1);
    }
}
