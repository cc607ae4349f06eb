//! What `kafka-consumer-perf-test` counts and prints: a row for each interval, or one in the end.

use std::time::Duration;

use serde_json::json;

use super::answer;
use super::date_format::DateFormat;
use super::java::{fixed, millis};

/// The kind of its documents.
const KIND: &str = "consumer-perf";
const MIB: f64 = 1024.0 * 1024.0;

/// The line that names the columns.
pub fn header(detailed: bool) -> String {
    let first = if detailed { "time, threadId" } else { "start.time, end.time" };
    format!(
        "{first}, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec"
    )
}

/// Counters over a run, and where they stood at the last row.
#[derive(Debug)]
pub struct Report<'a> {
    dates: &'a DateFormat,
    detailed: bool,
    interval: i64,
    start: i64,
    records: i64,
    bytes: u64,
    rebalance: i64,
    reported: Reported,
}

#[derive(Debug)]
struct Reported {
    at: i64,
    records: i64,
    bytes: u64,
    rebalance: i64,
}

impl<'a> Report<'a> {
    /// Nothing counted yet.
    pub fn new(interval: i64, detailed: bool, dates: &'a DateFormat) -> Report<'a> {
        Report::started(millis(), interval, detailed, dates)
    }

    fn started(start: i64, interval: i64, detailed: bool, dates: &'a DateFormat) -> Report<'a> {
        let reported = Reported { at: start, records: 0, bytes: 0, rebalance: 0 };
        Report { dates, detailed, interval, start, records: 0, bytes: 0, rebalance: 0, reported }
    }

    /// Records so far.
    pub const fn records(&self) -> i64 {
        self.records
    }

    /// The time that joining the group has taken so far.
    pub fn rebalanced(&mut self, total: Duration) {
        self.rebalance = total.as_millis() as i64;
    }

    /// Counts a record of the answer that came at `now`; gives the row to print when an interval is over.
    pub fn record(&mut self, bytes: usize, now: i64) -> Option<String> {
        self.records += 1;
        self.bytes += bytes as u64;
        if now - self.reported.at < self.interval {
            return None;
        }
        let row = self.detailed.then(|| self.row(now));
        self.reported = Reported { at: now, records: self.records, bytes: self.bytes, rebalance: self.rebalance };
        row
    }

    fn row(&self, now: i64) -> String {
        let elapsed = (now - self.reported.at) as f64;
        let rebalance = self.rebalance - self.reported.rebalance;
        let fetch = now - self.reported.at - rebalance;
        let mib = (self.bytes - self.reported.bytes) as f64 / MIB;
        let records = (self.records - self.reported.records) as f64;
        let a_second = |amount: f64| if fetch <= 0 { 0.0 } else { 1000.0 * amount / fetch as f64 };
        answer::row(KIND, || {
            json!({
                "final": false,
                "end_ms": now,
                "elapsed_ms": now - self.reported.at,
                "records": self.records,
                "bytes": self.bytes,
                "records_per_second": records / elapsed * 1000.0,
                "mib_per_second": 1000.0 * mib / elapsed,
                "rebalance_ms": rebalance,
                "fetch_ms": fetch,
            })
        });
        format!(
            "{}, 0, {}, {}, {}, {}, {rebalance}, {fetch}, {}, {}",
            self.dates.format(now),
            fixed(self.bytes as f64 / MIB, 4),
            fixed(1000.0 * mib / elapsed, 4),
            self.records,
            fixed(records / elapsed * 1000.0, 4),
            fixed(a_second(mib), 4),
            fixed(a_second(records), 4),
        )
    }

    /// The row for the whole run; none when there is one for each interval.
    pub fn summary(&self, ended: i64) -> Option<String> {
        if self.detailed {
            return None;
        }
        let elapsed = (ended - self.start) as f64 / 1000.0;
        let fetch = ended - self.start - self.rebalance;
        let fetching = fetch as f64 / 1000.0;
        let mib = self.bytes as f64 / MIB;
        let records = self.records as f64;
        answer::row(KIND, || {
            json!({
                "final": true,
                "end_ms": ended,
                "elapsed_ms": ended - self.start,
                "records": self.records,
                "bytes": self.bytes,
                "records_per_second": records / elapsed,
                "mib_per_second": mib / elapsed,
                "rebalance_ms": self.rebalance,
                "fetch_ms": fetch,
            })
        });
        Some(format!(
            "{}, {}, {}, {}, {}, {}, {}, {fetch}, {}, {}",
            self.dates.format(self.start),
            self.dates.format(ended),
            fixed(mib, 4),
            fixed(mib / elapsed, 4),
            self.records,
            fixed(records / elapsed, 4),
            self.rebalance,
            fixed(mib / fetching, 4),
            fixed(records / fetching, 4),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_names_the_columns() {
        let rest = ", data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec";
        assert_eq!(header(false), format!("start.time, end.time{rest}"));
        assert_eq!(header(true), format!("time, threadId{rest}"));
    }

    #[test]
    fn a_run_is_one_row() {
        let dates = DateFormat::new("'D'").unwrap();
        let mut report = Report::started(1_000, 5_000, false, &dates);
        report.rebalanced(Duration::from_millis(500));
        for _ in 0..3 {
            assert_eq!(report.record(1 << 19, 1_200), None);
        }
        assert_eq!(report.summary(3_000).unwrap(), "D, D, 1.5000, 0.7500, 3, 1.5000, 500, 1500, 1.0000, 2.0000");
    }

    #[test]
    fn intervals_are_rows_of_their_own_and_leave_no_summary() {
        let dates = DateFormat::new("'D'").unwrap();
        let mut report = Report::started(0, 1_000, true, &dates);
        assert_eq!(report.record(1 << 20, 999), None);
        report.rebalanced(Duration::from_millis(1_500));
        assert_eq!(
            report.record(1 << 20, 2_000).unwrap(),
            "D, 0, 2.0000, 1.0000, 2, 1.0000, 1500, 500, 4.0000, 4.0000"
        );
        assert_eq!(report.record(1 << 20, 2_500), None);
        assert_eq!(report.record(0, 4_000).unwrap(), "D, 0, 3.0000, 0.5000, 4, 1.0000, 0, 2000, 0.5000, 1.0000");
        assert_eq!(report.summary(4_000), None);
    }

    #[test]
    fn nothing_read_in_no_time_is_not_a_number() {
        let dates = DateFormat::new("'D'").unwrap();
        let report = Report::started(0, 1_000, false, &dates);
        assert_eq!(report.summary(0).unwrap(), "D, D, 0.0000, NaN, 0, NaN, 0, 0, NaN, NaN");
    }
}
