//! Each anomaly planted in a history of a few lines and found there, and nothing else found beside it.

use super::super::history::{Event, History, HistoryError, Isolation, Part, Seen, Setup};
use super::{Anomaly, Report, check};

/// Writes histories of one topic by hand; time is the number of the event.
struct Script {
    history: History,
    next_value: u64,
}

const P: &str = "p1";
const C: &str = "c1";

impl Script {
    fn new() -> Script {
        Script { history: History::new(Setup::default()), next_value: 100 }
    }

    fn with(setup: Setup) -> Script {
        Script { history: History::new(setup), next_value: 100 }
    }

    fn part(&mut self) -> Part {
        self.history.part("t", 0)
    }

    fn push(&mut self, event: Event) {
        self.history.push(self.history.entries().len() as u64, event);
    }

    /// A send without an outcome so far; gives its value.
    fn send(&mut self, seq: u64, txn: Option<u64>) -> u64 {
        let value = self.next_value;
        self.next_value += 1;
        let (client, part) = (self.history.client(P), self.part());
        self.push(Event::Send { client, seq, part, value, txn });
        value
    }

    fn acked(&mut self, seq: u64, offset: i64) {
        let client = self.history.client(P);
        self.push(Event::Acked { client, seq, offset: Some(offset) });
    }

    fn acked_somewhere(&mut self, seq: u64) {
        let client = self.history.client(P);
        self.push(Event::Acked { client, seq, offset: None });
    }

    fn failed_send(&mut self, seq: u64) -> u64 {
        let value = self.send(seq, None);
        let client = self.history.client(P);
        self.push(Event::Failed { client, seq });
        value
    }

    /// Sends acknowledged at offsets 0, 1, 2…; gives their values.
    fn log(&mut self, n: u64) -> Vec<u64> {
        let put = |seq: u64| {
            let value = self.send(seq, None);
            self.acked(seq, seq as i64);
            value
        };
        (0..n).map(put).collect()
    }

    fn poll(&mut self, consumer: &str, records: &[(i64, u64)]) {
        self.poll_in(consumer, records, None);
    }

    fn poll_in(&mut self, consumer: &str, records: &[(i64, u64)], txn: Option<u64>) {
        let (consumer, part) = (self.history.client(consumer), self.part());
        let at = self.history.entries().len() as u64;
        self.history.poll(at, consumer, part, &seen(records), txn);
    }

    fn assigned(&mut self, consumer: &str) {
        let (consumer, part) = (self.history.client(consumer), self.part());
        self.push(Event::Assigned { consumer, part });
    }

    fn read_at_end(&mut self, start: i64, records: &[(i64, u64)]) {
        let part = self.part();
        let at = self.history.entries().len() as u64;
        self.history.read_at_end(at, part, start, &seen(records));
    }

    fn end(&mut self, txn: u64, commit: bool) {
        let client = self.history.client(P);
        self.push(Event::End { client, txn, commit });
    }

    fn ended(&mut self, txn: u64, committed: bool) {
        let client = self.history.client(P);
        self.push(Event::Ended { client, txn, committed });
    }

    /// Checks that exactly these anomalies are there, as often as they are named, each with lines to look at.
    #[track_caller]
    fn holds(self, expected: &[Anomaly]) -> Report {
        let report = check(&self.history).unwrap();
        let found: Vec<Anomaly> = report.findings.iter().map(|finding| finding.anomaly).collect();
        assert_eq!(found, expected, "{:#?}", report.findings);
        let lines = self.history.entries().len() + 1;
        for finding in &report.findings {
            assert!(!finding.lines.is_empty() && finding.lines.iter().all(|line| (2..=lines).contains(line)));
        }
        report
    }
}

fn seen(records: &[(i64, u64)]) -> Vec<Seen> {
    records.iter().map(|&(offset, value)| Seen { offset, value }).collect()
}

#[test]
fn a_clean_run_passes_and_is_counted() {
    let mut s = Script::new();
    let v = s.log(4);
    s.failed_send(4);
    s.send(5, None);
    s.assigned(C);
    s.poll(C, &[(0, v[0]), (1, v[1])]);
    s.poll(C, &[(2, v[2])]);
    s.assigned(C);
    s.poll(C, &[(1, v[1]), (2, v[2]), (3, v[3])]);
    s.read_at_end(0, &[(0, v[0]), (1, v[1])]);
    s.read_at_end(0, &[(2, v[2]), (3, v[3])]);
    let report = s.holds(&[]);
    assert!(report.holds());
    assert_eq!((report.sends, report.acked, report.failed, report.unknown), (6, 4, 1, 1));
    assert_eq!((report.polled, report.final_records), (6, 4));
}

#[test]
fn an_unknown_send_may_be_there_or_not() {
    for there in [true, false] {
        let mut s = Script::new();
        let v = s.log(1);
        let maybe = s.send(1, None);
        let both = [(0, v[0]), (1, maybe)];
        s.read_at_end(0, &both[..if there { 2 } else { 1 }]);
        s.holds(&[]);
    }
}

#[test]
fn offsets_may_have_gaps_where_nobody_saw_a_record() {
    let mut s = Script::new();
    let a = s.send(0, None);
    s.acked(0, 0);
    let b = s.send(1, None);
    s.acked(1, 2);
    s.poll(C, &[(0, a), (2, b)]);
    s.read_at_end(0, &[(0, a), (2, b)]);
    s.holds(&[]);
}

#[test]
fn a1_one_offset_with_two_records() {
    let mut s = Script::new();
    let v = s.log(1);
    let maybe = s.send(1, None);
    let other = s.send(2, None);
    s.poll(C, &[(0, v[0]), (1, other)]);
    s.read_at_end(0, &[(0, v[0]), (1, maybe), (2, other)]);
    // The record that moved is at two offsets as well.
    s.holds(&[Anomaly::InconsistentOffset, Anomaly::Duplicate]);
}

#[test]
fn a1_an_offset_made_up_in_the_answer() {
    let mut s = Script::new();
    let v = s.log(1);
    let late = s.send(1, None);
    s.acked(1, 0);
    s.read_at_end(0, &[(0, v[0]), (1, late)]);
    s.holds(&[Anomaly::InconsistentOffset]);
}

#[test]
fn a2_an_acknowledged_record_missing_between_others() {
    let mut s = Script::new();
    let v = s.log(3);
    s.read_at_end(0, &[(0, v[0]), (2, v[2])]);
    s.holds(&[Anomaly::LostWrite]);
}

#[test]
fn a2_a_record_that_was_read_and_went_away() {
    let mut s = Script::new();
    let v = s.log(1);
    let maybe = s.send(1, None);
    s.poll(C, &[(0, v[0]), (1, maybe)]);
    let after = s.send(2, None);
    s.acked(2, 2);
    s.read_at_end(0, &[(0, v[0]), (2, after)]);
    s.holds(&[Anomaly::LostWrite]);
}

#[test]
fn records_deleted_by_intention_are_not_lost() {
    let mut s = Script::new();
    let v = s.log(3);
    s.read_at_end(2, &[(2, v[2])]);
    s.holds(&[]);
}

#[test]
fn a3_an_acknowledged_record_beyond_the_end() {
    let mut s = Script::new();
    let v = s.log(3);
    s.read_at_end(0, &[(0, v[0]), (1, v[1])]);
    s.holds(&[Anomaly::Unseen]);
}

#[test]
fn a3_an_acknowledged_record_of_which_no_offset_is_known() {
    let mut s = Script::new();
    let v = s.log(2);
    s.send(2, None);
    s.acked_somewhere(2);
    s.read_at_end(0, &[(0, v[0]), (1, v[1])]);
    s.holds(&[Anomaly::Unseen]);
}

#[test]
fn a3_a_partition_that_came_back_empty() {
    let mut s = Script::new();
    s.log(2);
    s.read_at_end(0, &[]);
    s.holds(&[Anomaly::Unseen, Anomaly::Unseen]);
}

#[test]
fn a4_one_send_at_two_offsets() {
    let records = |v: &[u64]| vec![(0, v[0]), (1, v[1]), (2, v[1])];
    let mut s = Script::new();
    let v = s.log(2);
    s.read_at_end(0, &records(&v));
    s.holds(&[Anomaly::Duplicate]);

    let mut s = Script::with(Setup { idempotent: false, ..Setup::default() });
    let v = s.log(2);
    s.read_at_end(0, &records(&v));
    assert_eq!(s.holds(&[]).allowed_duplicates, 1);
}

#[test]
fn a5_a_failed_send_that_is_there() {
    let mut s = Script::new();
    let v = s.log(1);
    let failed = s.failed_send(1);
    s.read_at_end(0, &[(0, v[0]), (1, failed)]);
    s.holds(&[Anomaly::AbortedRead]);
}

#[test]
fn a5_a_record_of_an_aborted_transaction() {
    let planted = |isolation| {
        let mut s = Script::with(Setup { isolation, ..Setup::default() });
        let aborted = s.send(0, Some(7));
        s.acked(0, 0);
        s.end(7, false);
        s.ended(7, false);
        s.read_at_end(0, &[(0, aborted)]);
        s
    };
    planted(Isolation::ReadCommitted).holds(&[Anomaly::AbortedRead]);
    planted(Isolation::ReadUncommitted).holds(&[]);
}

#[test]
fn a6_a_consumer_that_jumps() {
    let mut s = Script::new();
    let v = s.log(4);
    s.poll(C, &[(0, v[0]), (2, v[2])]);
    s.poll("c2", &[(0, v[0])]);
    s.poll("c2", &[(3, v[3])]);
    s.poll("c3", &[(0, v[0])]);
    s.assigned("c3");
    s.poll("c3", &[(3, v[3])]);
    s.read_at_end(0, &[(0, v[0]), (1, v[1]), (2, v[2]), (3, v[3])]);
    let report = s.holds(&[Anomaly::PollSkip, Anomaly::PollSkip]);
    assert!(report.findings[0].what.contains("inside a poll") && report.findings[1].what.contains("between two polls"));
}

#[test]
fn a7_a_consumer_that_goes_back() {
    let mut s = Script::new();
    let v = s.log(3);
    s.poll(C, &[(0, v[0]), (1, v[1]), (0, v[0])]);
    s.poll("c2", &[(0, v[0]), (1, v[1])]);
    s.poll("c2", &[(1, v[1]), (2, v[2])]);
    s.poll("c3", &[(0, v[0]), (1, v[1])]);
    s.assigned("c3");
    s.poll("c3", &[(0, v[0])]);
    s.read_at_end(0, &[(0, v[0]), (1, v[1]), (2, v[2])]);
    let report = s.holds(&[Anomaly::NonMonotonicPoll, Anomaly::NonMonotonicPoll]);
    assert!(report.findings[0].what.contains("inside a poll") && report.findings[1].what.contains("between two polls"));
}

#[test]
fn a8_a_later_send_before_an_earlier_one() {
    let planted = |idempotent| {
        let mut s = Script::with(Setup { idempotent, ..Setup::default() });
        let first = s.send(0, None);
        let second = s.send(1, None);
        s.acked(1, 0);
        s.acked(0, 1);
        s.read_at_end(0, &[(0, second), (1, first)]);
        s
    };
    planted(true).holds(&[Anomaly::NonMonotonicSend]);
    planted(false).holds(&[]);
}

#[test]
fn a9_a_record_read_before_its_commit_was_asked_for() {
    let mut s = Script::new();
    let own = s.send(0, Some(7));
    s.acked(0, 0);
    s.poll(C, &[(0, own)]);
    s.end(7, true);
    s.ended(7, true);
    s.read_at_end(0, &[(0, own)]);
    s.holds(&[Anomaly::PrecommittedRead]);
}

#[test]
fn a9_a_transaction_that_reads_its_own_writes() {
    let mut s = Script::new();
    let own = s.send(0, Some(7));
    s.acked(0, 0);
    s.end(7, true);
    s.poll_in(C, &[(0, own)], Some(7));
    s.ended(7, true);
    s.read_at_end(0, &[(0, own)]);
    s.holds(&[Anomaly::PrecommittedRead]);
}

#[test]
fn a10_transactions_that_read_each_other() {
    let mut s = Script::new();
    let one = s.send(0, Some(7));
    s.acked(0, 0);
    let two = s.send(1, Some(8));
    s.acked(1, 1);
    s.end(7, true);
    s.end(8, true);
    s.poll_in("c7", &[(1, two)], Some(7));
    s.poll_in("c8", &[(0, one)], Some(8));
    s.read_at_end(0, &[(0, one), (1, two)]);
    let report = s.holds(&[Anomaly::WriteCycle]);
    assert!(report.findings[0].what.contains("7 → 8"), "{}", report.findings[0].what);
    assert_eq!(report.findings[0].lines.len(), 2);
}

#[test]
fn interleaved_writes_of_two_transactions_are_counted_and_legal() {
    let mut s = Script::new();
    let v: Vec<u64> = (0..3).map(|seq| s.send(seq, Some(7 + seq % 2))).collect();
    for txn in [7, 8] {
        s.end(txn, true);
        s.ended(txn, true);
    }
    s.read_at_end(0, &[(0, v[0]), (1, v[1]), (2, v[2])]);
    assert_eq!(s.holds(&[]).interleaved, 1);
}

#[test]
fn a_transaction_of_which_a_part_was_read_must_be_there_whole() {
    let mut s = Script::new();
    let one = s.send(0, Some(7));
    s.acked(0, 0);
    s.send(1, Some(7));
    s.acked(1, 1);
    let after = s.send(2, None);
    s.acked(2, 2);
    s.end(7, true);
    s.read_at_end(0, &[(0, one), (2, after)]);
    s.holds(&[Anomaly::LostWrite]);
}

#[test]
fn a_transaction_that_may_be_aborted_may_be_away() {
    let mut s = Script::new();
    s.send(0, Some(7));
    s.acked(0, 0);
    s.end(7, true);
    s.read_at_end(0, &[]);
    s.holds(&[]);
}

#[test]
fn a_record_that_nobody_sent_is_told_once() {
    let mut s = Script::new();
    let v = s.log(1);
    s.poll(C, &[(0, v[0]), (1, 9)]);
    s.read_at_end(0, &[(0, v[0]), (1, 9)]);
    s.holds(&[Anomaly::Unsent]);
}

#[test]
fn a_partition_without_a_final_read_is_a_failure() {
    let mut s = Script::new();
    let v = s.log(2);
    s.poll(C, &[(0, v[0])]);
    let report = s.holds(&[Anomaly::Unread]);
    assert!(report.findings[0].what.contains("2 sends"));
}

#[test]
fn a_recorder_that_contradicts_itself_is_refused() {
    let refused = |plant: &dyn Fn(&mut Script)| {
        let mut s = Script::new();
        s.log(1);
        plant(&mut s);
        match check(&s.history) {
            Err(HistoryError::Contradiction { line, what }) => (line, what),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(&|s| s.acked(0, 0)).0, 4);
    assert!(refused(&|s| s.acked(9, 0)).1.contains("did not make"));
    assert!(
        refused(&|s| {
            s.send(0, None);
        })
        .1
        .contains("send 0 a second time")
    );
    assert!(
        refused(&|s| {
            s.next_value = 100;
            s.send(1, None);
        })
        .1
        .contains("value 100 is sent")
    );
    assert!(
        refused(&|s| {
            s.ended(7, true);
            s.ended(7, false);
        })
        .1
        .contains("transaction 7")
    );
}
