//! Load and latency, measured with as little client as can be: batches are built once, frames are written to plain
//! sockets by plain threads, and answers are read by their headers. What is measured is the broker, not the client.
//!
//! Beside the load stand its yardsticks: a broker that answers at once and stores nothing ([`null_broker`]), and what
//! the kernel alone takes for a gigabyte in and out ([`floor`]).

mod connections;
mod consume;
mod floor;
mod latency;
mod meter;
mod null_broker;
mod partitions;
mod produce;
mod socket;
mod targets;

use std::sync::atomic::{AtomicU64, Ordering};

pub use connections::{ConnectionsBench, ConnectionsReport, connections};
pub use consume::{ConsumeBench, ConsumeReport, consume};
pub use floor::{FloorBench, FloorReport, FloorWay, floor};
pub use latency::{LatencyBench, LatencyReport, latency};
pub use meter::{Growth, Spent};
pub use null_broker::NullBroker;
pub use partitions::{PartitionsBench, PartitionsReport, partitions};
pub use produce::{ProduceBench, ProduceReport, produce};

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::client::{ClientError, Result};
use crate::model::ErrorCode;

/// How far a run is, for whoever shows it.
#[derive(Debug, Default)]
pub struct Progress(AtomicU64);

impl Progress {
    fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// Units done so far; what a unit is, each run says.
    pub fn done(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Latencies in milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[allow(missing_docs)]
pub struct Percentiles {
    pub p50_ms: f64,
    pub p90_ms: f64,
    pub p99_ms: f64,
    pub p999_ms: f64,
    pub max_ms: f64,
    pub mean_ms: f64,
}

/// Nanoseconds up to ten minutes, three digits.
#[derive(Clone, Debug)]
struct Latencies(Histogram<u64>);

impl Latencies {
    fn new() -> Result<Latencies> {
        let histogram = Histogram::new_with_bounds(100, 600_000_000_000, 3);
        histogram.map(Latencies).map_err(|e| ClientError::Config(format!("cannot keep latencies: {e}")))
    }

    fn record(&mut self, took: std::time::Duration) {
        self.0.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }

    fn merge(&mut self, other: &Latencies) {
        // Both have the same bounds, so nothing can be out of range.
        let _ = self.0.add(&other.0);
    }

    fn percentiles(&self) -> Percentiles {
        let h = &self.0;
        if h.is_empty() {
            return Percentiles::default();
        }
        let at = |q: f64| h.value_at_quantile(q) as f64 / 1e6;
        Percentiles {
            p50_ms: at(0.5),
            p90_ms: at(0.9),
            p99_ms: at(0.99),
            p999_ms: at(0.999),
            max_ms: h.max() as f64 / 1e6,
            mean_ms: h.mean() / 1e6,
        }
    }
}

/// Bytes that do not compress to nothing: the letters of a fixed sequence.
fn filler(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let letter = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        b'a' + (state % 26) as u8
    };
    (0..len).map(letter).collect()
}

/// A thread of a run that panicked, as an error.
fn thread_lost<T>(_: T) -> ClientError {
    ClientError::refused("a thread of the run ended early", ErrorCode::UnknownServerError, None)
}
