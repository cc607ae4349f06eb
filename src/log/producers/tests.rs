use super::*;
use crate::model::LeaderEpoch;
use crate::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite, end_txn_batch};
use proptest::prelude::*;

const CLIENT: ProducerRules = ProducerRules { origin: AppendOrigin::Client, transaction_v2: false };

fn batch(offset: i64, id: i64, epoch: i16, sequence: i32, count: i32, transactional: bool) -> BatchHeader {
    let mut builder = BatchBuilder::new(BuilderOptions {
        base_offset: Offset(offset),
        producer_id: ProducerId(id),
        producer_epoch: ProducerEpoch(epoch),
        base_sequence: Sequence(sequence),
        transactional,
        ..BuilderOptions::default()
    });
    for _ in 0..count {
        builder.append(&RecordToWrite { timestamp: TimestampMs(1000), ..RecordToWrite::default() });
    }
    BatchHeader::parse(&builder.build().unwrap()).unwrap()
}

fn end(offset: i64, id: i64, epoch: i16, committed: bool) -> (BatchHeader, EndTxnMarker) {
    let marker = EndTxnMarker { committed, coordinator_epoch: 3 };
    let (id, epoch) = (ProducerId(id), ProducerEpoch(epoch));
    let bytes = end_txn_batch(id, epoch, marker, TimestampMs(2000), Offset(offset), LeaderEpoch(0));
    (BatchHeader::parse(&bytes).unwrap(), marker)
}

#[test]
fn the_last_five_batches_are_known_again_and_the_sixth_is_not() {
    let mut states = ProducerStates::default();
    for i in 0..6 {
        let b = batch(i64::from(i) * 10, 7, 0, i * 10, 10, false);
        assert_eq!(states.judge(&b, CLIENT), Ok(Judgement::Append));
        states.apply(&b);
    }
    for i in 1..6 {
        let again = batch(0, 7, 0, i * 10, 10, false);
        let Ok(Judgement::Duplicate(original)) = states.judge(&again, CLIENT) else { panic!("{i}") };
        assert_eq!((original.first_offset().0, original.last_offset.0), (i64::from(i) * 10, i64::from(i) * 10 + 9));
    }
    let forgotten = states.judge(&batch(0, 7, 0, 0, 10, false), CLIENT);
    assert!(matches!(forgotten, Err(ProducerRefusal::OutOfOrderSequence { expected: Some(Sequence(60)), .. })));
    // The same first sequence with another length is another batch.
    assert!(states.judge(&batch(0, 7, 0, 50, 9, false), CLIENT).is_err());
}

#[test]
fn sequences_continue_wrap_and_start_at_zero_in_a_new_epoch() {
    let mut states = ProducerStates::default();
    states.apply(&batch(0, 7, 0, i32::MAX - 1, 2, false));
    assert_eq!(states.judge(&batch(0, 7, 0, 0, 1, false), CLIENT), Ok(Judgement::Append));
    assert!(states.judge(&batch(0, 7, 0, 1, 1, false), CLIENT).is_err());
    assert_eq!(states.judge(&batch(0, 7, 1, 0, 1, false), CLIENT), Ok(Judgement::Append));
    assert!(states.judge(&batch(0, 7, 1, 5, 1, false), CLIENT).is_err());
    states.apply(&batch(2, 7, 1, 0, 1, false));
    let old = states.judge(&batch(0, 7, 0, 0, 1, false), CLIENT);
    assert!(matches!(old, Err(ProducerRefusal::InvalidProducerEpoch { current: ProducerEpoch(1), .. })));
}

#[test]
fn a_batch_that_wraps_is_known_again() {
    let mut states = ProducerStates::default();
    states.apply(&batch(0, 7, 0, i32::MAX, 3, false));
    assert!(matches!(states.judge(&batch(0, 7, 0, i32::MAX, 3, false), CLIENT), Ok(Judgement::Duplicate(_))));
}

#[test]
fn a_producer_without_state_may_begin_anywhere_unless_it_speaks_transactions_v2() {
    let states = ProducerStates::default();
    assert_eq!(states.judge(&batch(0, 7, 0, 500, 1, true), CLIENT), Ok(Judgement::Append));
    let v2 = ProducerRules { transaction_v2: true, ..CLIENT };
    assert!(states.judge(&batch(0, 7, 0, 500, 1, true), v2).is_err());
    assert_eq!(states.judge(&batch(0, 7, 0, 0, 1, true), v2), Ok(Judgement::Append));
}

#[test]
fn replication_is_never_refused() {
    let mut states = ProducerStates::default();
    states.apply(&batch(0, 7, 4, 0, 1, true));
    let rules = ProducerRules { origin: AppendOrigin::Replication, transaction_v2: false };
    assert_eq!(states.judge(&batch(0, 7, 1, 99, 1, false), rules), Ok(Judgement::Append));
    let (header, marker) = end(5, 7, 1, true);
    assert_eq!(states.judge_marker(&header, marker, rules), Ok(()));
}

#[test]
fn plain_batches_within_an_open_transaction_are_refused() {
    let mut states = ProducerStates::default();
    states.apply(&batch(10, 7, 0, 0, 1, true));
    let refusal = states.judge(&batch(0, 7, 0, 1, 1, false), CLIENT);
    assert_eq!(refusal, Err(ProducerRefusal::InvalidTxnState { producer_id: ProducerId(7), open_since: Offset(10) }));
}

#[test]
fn the_stable_offset_follows_open_transactions_and_markers_above_the_high_watermark() {
    let mut states = ProducerStates::default();
    assert_eq!(states.first_unstable_offset(Offset(0)), None);
    states.apply(&batch(10, 7, 0, 0, 5, true));
    states.apply(&batch(15, 8, 0, 0, 5, true));
    assert_eq!(states.first_unstable_offset(Offset(20)), Some(Offset(10)));

    let (header, marker) = end(20, 7, 0, false);
    assert_eq!(states.judge_marker(&header, marker, CLIENT), Ok(()));
    let txn = states.apply_marker(&header, marker).unwrap();
    assert_eq!(
        txn,
        CompletedTxn { producer_id: ProducerId(7), first_offset: Offset(10), last_offset: Offset(20), aborted: true }
    );
    assert_eq!(states.stable_offset_after(&txn), Offset(15));
    states.complete(&txn);
    assert_eq!(states.first_unstable_offset(Offset(20)), Some(Offset(10)), "the marker is not replicated");
    assert_eq!(states.first_unstable_offset(Offset(21)), Some(Offset(15)));

    let (header, marker) = end(21, 8, 0, true);
    let txn = states.apply_marker(&header, marker).unwrap();
    assert_eq!(states.stable_offset_after(&txn), Offset(22));
    states.complete(&txn);
    states.on_high_watermark(Offset(22));
    assert_eq!(states.first_unstable_offset(Offset(22)), None);
    assert!(states.apply_marker(&header, marker).is_none(), "a marker without data ends nothing");
}

#[test]
fn stale_markers_are_refused() {
    let mut states = ProducerStates::default();
    let (header, marker) = end(0, 7, 3, true);
    states.apply_marker(&header, marker);
    let old_coordinator = EndTxnMarker { coordinator_epoch: 2, ..marker };
    assert!(matches!(
        states.judge_marker(&header, old_coordinator, CLIENT),
        Err(ProducerRefusal::CoordinatorFenced { .. })
    ));
    let v2 = ProducerRules { origin: AppendOrigin::Coordinator, transaction_v2: true };
    assert_eq!(states.judge_marker(&header, marker, v2), Ok(()), "the same marker again");
    states.apply(&batch(1, 7, 3, 0, 1, true));
    assert!(states.judge_marker(&header, marker, v2).is_err(), "TV2 markers raise the epoch");
    let (old_epoch, _) = end(0, 7, 2, true);
    assert!(states.judge_marker(&old_epoch, marker, CLIENT).is_err());
}

#[test]
fn idle_producers_expire_but_not_within_a_transaction() {
    let mut states = ProducerStates::default();
    states.apply(&batch(0, 7, 0, 0, 1, false));
    states.apply(&batch(1, 8, 0, 0, 1, true));
    assert_eq!(states.expire(TimestampMs(1500), 1000), 0);
    assert_eq!(states.expire(TimestampMs(2000), 1000), 1);
    assert!(states.get(ProducerId(7)).is_none() && states.get(ProducerId(8)).is_some());
}

#[test]
fn a_snapshot_keeps_epoch_last_batch_and_open_transaction() {
    let mut states = ProducerStates::default();
    states.apply(&batch(0, 7, 2, 0, 4, false));
    states.apply(&batch(4, 8, 0, 0, 2, true));
    let bytes = states.snapshot();
    assert_eq!(bytes.len(), 10 + 2 * 46);
    let mut back = ProducerStates::from_snapshot(&bytes, TimestampMs(1500), 10_000).unwrap();
    assert_eq!(back.get(ProducerId(7)).unwrap().batches(), states.get(ProducerId(7)).unwrap().batches());
    assert_eq!(back.first_unstable_offset(Offset(6)), Some(Offset(4)));
    assert!(matches!(back.judge(&batch(0, 7, 2, 0, 4, false), CLIENT), Ok(Judgement::Duplicate(_))));
    let (header, marker) = end(6, 8, 0, true);
    let txn = back.apply_marker(&header, marker).unwrap();
    back.complete(&txn);
    assert_eq!(back.first_unstable_offset(Offset(7)), None);
    assert_eq!(ProducerStates::from_snapshot(&bytes, TimestampMs(90_000), 10_000).unwrap().len(), 1);
}

proptest! {
    #[test]
    fn a_damaged_snapshot_is_refused_and_never_a_panic(cut in any::<proptest::sample::Index>(), flip in any::<proptest::sample::Index>()) {
        let mut states = ProducerStates::default();
        states.apply(&batch(0, 7, 2, 0, 4, false));
        states.apply(&batch(4, 8, 0, 0, 2, true));
        let good = states.snapshot();
        prop_assert!(parse_snapshot(&good[..cut.index(good.len())]).is_err());
        let mut bad = good.clone();
        bad[flip.index(good.len())] ^= 0x10;
        prop_assert!(parse_snapshot(&bad).is_err());
    }
}
