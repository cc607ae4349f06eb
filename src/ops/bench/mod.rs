//! Load and latency of a cluster, measured with as little client as can be: batches are built once, requests are
//! pipelined, and nothing is decompressed.

mod consume;
mod latency;
mod produce;

pub use consume::{ConsumeBench, ConsumeReport, consume};
pub use latency::{LatencyBench, LatencyReport, latency};
pub use produce::{ProduceBench, ProduceReport, produce};

use hdrhistogram::Histogram;
use serde::Serialize;

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

/// Microseconds up to ten minutes, three digits.
fn histogram() -> Option<Histogram<u64>> {
    Histogram::new_with_max(600_000_000, 3).ok()
}

fn percentiles(histogram: Option<&Histogram<u64>>) -> Percentiles {
    let Some(h) = histogram.filter(|h| !h.is_empty()) else { return Percentiles::default() };
    let at = |q: f64| h.value_at_quantile(q) as f64 / 1e3;
    Percentiles {
        p50_ms: at(0.5),
        p90_ms: at(0.9),
        p99_ms: at(0.99),
        p999_ms: at(0.999),
        max_ms: h.max() as f64 / 1e3,
        mean_ms: h.mean() / 1e3,
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
