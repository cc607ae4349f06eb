//! What `kafka-producer-perf-test` counts and prints: a line for each interval, and one in the end.

use serde_json::json;

use super::answer;
use super::java::{fixed, millis};

/// Latencies kept for the percentiles, at most.
const SAMPLES: i64 = 500_000;
/// The kind of its documents.
const KIND: &str = "producer-perf";
const MIB: f64 = 1024.0 * 1024.0;

/// Counters over a run, and over the interval since the last line.
#[derive(Clone, Debug)]
pub struct Stats {
    start: i64,
    window_start: i64,
    interval: i64,
    /// Every so many records one latency is kept.
    sampling: u64,
    latencies: Vec<i32>,
    total: Counters,
    window: Counters,
    steady: bool,
    silent: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counters {
    records: u64,
    bytes: u64,
    latency: i64,
    max_latency: i32,
}

impl Counters {
    fn add(&mut self, latency: i32, bytes: usize) {
        self.records += 1;
        self.bytes += bytes as u64;
        self.latency += i64::from(latency);
        self.max_latency = self.max_latency.max(latency);
    }

    /// Records and MiB a second, over milliseconds.
    fn rates(&self, elapsed: i64) -> (f64, f64) {
        let elapsed = elapsed as f64;
        (1000.0 * self.records as f64 / elapsed, 1000.0 * self.bytes as f64 / elapsed / MIB)
    }

    fn average(&self) -> f64 {
        self.latency as f64 / self.records as f64
    }
}

impl Stats {
    /// Nothing counted yet. `steady` marks the lines of what comes after a warm-up.
    pub fn new(records: i64, interval: i64, steady: bool) -> Stats {
        let now = millis();
        let sampling = (records / records.clamp(1, SAMPLES)).max(1).unsigned_abs();
        Stats {
            start: now,
            window_start: now,
            interval,
            sampling,
            latencies: Vec::new(),
            total: Counters::default(),
            window: Counters::default(),
            steady,
            silent: false,
        }
    }

    /// Counts a record that was acknowledged at `now`; gives the lines to print when an interval is over.
    pub fn record(&mut self, latency: i32, bytes: usize, now: i64) -> Option<String> {
        if self.total.records.is_multiple_of(self.sampling) {
            self.latencies.push(latency);
        }
        self.total.add(latency, bytes);
        self.window.add(latency, bytes);
        if now - self.window_start < self.interval {
            return None;
        }
        let mut lines = String::new();
        if self.steady && self.total.records == self.window.records {
            lines.push_str("In steady state.\n");
        }
        if !self.silent {
            lines.push_str(&self.window_line(millis() - self.window_start));
        }
        self.window = Counters::default();
        self.window_start = millis();
        Some(lines)
    }

    /// No lines for intervals any more.
    pub fn be_silent(&mut self) {
        self.silent = true;
    }

    fn window_line(&self, elapsed: i64) -> String {
        let (records, mib) = self.window.rates(elapsed);
        answer::row(KIND, || {
            json!({
                "final": false,
                "steady": self.steady,
                "elapsed_ms": elapsed,
                "records": self.window.records,
                "bytes": self.window.bytes,
                "records_per_second": records,
                "mib_per_second": mib,
                "average_ms": self.window.average(),
                "max_ms": self.window.max_latency,
            })
        });
        format!(
            "{} records sent, {} records/sec ({} MB/sec), {} ms avg latency, {} ms max latency.\n",
            self.window.records,
            fixed(records, 1),
            fixed(mib, 2),
            fixed(self.window.average(), 1),
            fixed(f64::from(self.window.max_latency), 1),
        )
    }

    /// The line for the whole run so far.
    pub fn summary(&mut self) -> String {
        self.summary_after(millis() - self.start)
    }

    fn summary_after(&mut self, elapsed: i64) -> String {
        let (records, mib) = self.total.rates(elapsed);
        self.latencies.sort_unstable();
        let at = |share: f64| self.latencies.get((share * self.latencies.len() as f64) as usize).copied().unwrap_or(0);
        answer::row(KIND, || {
            json!({
                "final": true,
                "steady": self.steady,
                "elapsed_ms": elapsed,
                "records": self.total.records,
                "bytes": self.total.bytes,
                "records_per_second": records,
                "mib_per_second": mib,
                "average_ms": self.total.average(),
                "max_ms": self.total.max_latency,
                "p50_ms": at(0.5),
                "p95_ms": at(0.95),
                "p99_ms": at(0.99),
                "p999_ms": at(0.999),
            })
        });
        format!(
            "{}{} records sent, {} records/sec ({} MB/sec), {} ms avg latency, {} ms max latency, {} ms 50th, {} ms 95th, {} ms 99th, {} ms 99.9th.\n",
            self.total.records,
            if self.steady { " steady state" } else { "" },
            fixed(records, 6),
            fixed(mib, 2),
            fixed(self.total.average(), 2),
            fixed(f64::from(self.total.max_latency), 2),
            at(0.5),
            at(0.95),
            at(0.99),
            at(0.999),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_and_a_run_are_printed_as_kafka_prints_them() {
        let mut stats = Stats::new(4, 1_000, false);
        for latency in [1, 2, 10] {
            assert_eq!(stats.record(latency, 1 << 20, stats.start), None);
        }
        assert_eq!(
            stats.window_line(2_000),
            "3 records sent, 1.5 records/sec (1.50 MB/sec), 4.3 ms avg latency, 10.0 ms max latency.\n"
        );
        assert_eq!(
            stats.summary_after(2_000),
            "3 records sent, 1.500000 records/sec (1.50 MB/sec), 4.33 ms avg latency, 10.00 ms max latency, 2 ms 50th, 10 ms 95th, 10 ms 99th, 10 ms 99.9th.\n"
        );
    }

    #[test]
    fn a_line_is_due_when_the_interval_is_over_and_counts_anew() {
        let mut stats = Stats::new(10, 1_000, false);
        assert_eq!(stats.record(5, 100, stats.start + 999), None);
        let line = stats.record(7, 100, stats.start + 1_000).unwrap();
        assert!(line.starts_with("2 records sent, ") && line.ends_with(" 6.0 ms avg latency, 7.0 ms max latency.\n"));
        assert_eq!(stats.window.records, 0);
    }

    #[test]
    fn the_steady_state_announces_itself_and_the_whole_falls_silent() {
        let (mut all, mut steady) = (Stats::new(10, 10, false), Stats::new(5, 10, true));
        all.be_silent();
        assert_eq!(all.record(1, 1, all.start + 10).unwrap(), "");
        assert!(steady.record(1, 1, steady.start + 10).unwrap().starts_with("In steady state.\n1 records sent, "));
        assert!(steady.summary().starts_with("1 steady state records sent, "));
    }

    #[test]
    fn a_run_without_records_has_no_average() {
        assert_eq!(
            Stats::new(4, 1_000, false).summary_after(5),
            "0 records sent, 0.000000 records/sec (0.00 MB/sec), NaN ms avg latency, 0.00 ms max latency, 0 ms 50th, 0 ms 95th, 0 ms 99th, 0 ms 99.9th.\n"
        );
    }

    #[test]
    fn of_many_records_a_share_is_kept_for_the_percentiles() {
        let mut stats = Stats::new(1_000_000, 1_000, false);
        for latency in 0..10 {
            stats.record(latency, 1, stats.start);
        }
        assert_eq!(stats.latencies, [0, 2, 4, 6, 8]);
    }
}
