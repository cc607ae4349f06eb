//! In every log offsets are dense, epochs do not go back, and no batch of an idempotent producer stands twice or out of
//! its order.

use std::collections::BTreeMap;

use super::super::log::SimLog;
use super::super::message::PartIndex;
use super::{Broken, Found};
use crate::model::Sequence;

/// Looks through one log.
pub fn check_log(part: PartIndex, place: usize, log: &SimLog, found: &mut Found) {
    let mut wrong = |rule, what: String| {
        found.push(Broken { rule, what: format!("broker {place}, partition {part}: {what}") });
    };
    let mut next = 0;
    let mut epoch = -1;
    let mut sequences: BTreeMap<(i64, i16), Sequence> = BTreeMap::new();
    for batch in log.batches() {
        let header = &batch.header;
        let base = header.base_offset.get();
        if base != next {
            wrong("offsets are dense", format!("offset {base} follows offset {}", next - 1));
        }
        if header.leader_epoch.get() < epoch {
            wrong("epochs do not go back", format!("epoch {} at offset {base} after {epoch}", header.leader_epoch));
        }
        (next, epoch) = (header.next_offset().get(), header.leader_epoch.get());
        let producer = (header.producer_id.get(), header.producer_epoch.get());
        // A log that knows nothing of a producer takes any first sequence, as Kafka's does.
        if let Some(expected) = sequences.insert(producer, header.last_sequence().advance(1))
            && header.base_sequence != expected
        {
            let (id, got, expected) = (header.producer_id, header.base_sequence.get(), expected.get());
            let what = format!("producer {id} has sequence {got} at offset {base}, where {expected} is next");
            wrong("an idempotent batch stands once and in order", what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::log::tests::batch;
    use super::*;
    use crate::model::LeaderEpoch;

    fn rules(batches: &[(i32, i32)]) -> Vec<&'static str> {
        let mut log = SimLog::default();
        for (sequence, epoch) in batches {
            log.append(batch(*sequence, 2, 0), LeaderEpoch(*epoch));
        }
        let mut found = Found::new();
        check_log(0, 0, &log, &mut found);
        found.into_iter().map(|broken| broken.rule).collect()
    }

    #[test]
    fn duplicates_gaps_and_old_epochs_are_found() {
        assert!(rules(&[(0, 1), (2, 1), (4, 2)]).is_empty());
        assert_eq!(rules(&[(0, 1), (0, 1), (2, 1)]), ["an idempotent batch stands once and in order"]);
        assert_eq!(rules(&[(0, 1), (4, 1)]), ["an idempotent batch stands once and in order"]);
        assert_eq!(rules(&[(0, 2), (2, 1)]), ["epochs do not go back"]);
    }
}
