//! Counters, without locks. The admin daemon reads them; nothing on the hot path does.

use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};

use crate::wire::api::ApiKey;

/// API keys are small numbers; anything above the table is refused before it is counted.
const MAX_API_KEY: usize = 96;

/// Sets of counters that threads share out among themselves.
const STRIPES: usize = 16;

/// One set of counters, on cache lines that no other set is on.
#[derive(Debug)]
#[repr(align(128))]
struct Stripe {
    requests: [AtomicU64; MAX_API_KEY],
    network_in: AtomicU64,
    network_out: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    records_in: AtomicU64,
    failed_produce: AtomicU64,
    failed_fetch: AtomicU64,
    connections: AtomicI64,
    connections_total: AtomicU64,
}

impl Default for Stripe {
    fn default() -> Stripe {
        Stripe {
            requests: [const { AtomicU64::new(0) }; MAX_API_KEY],
            network_in: AtomicU64::new(0),
            network_out: AtomicU64::new(0),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            records_in: AtomicU64::new(0),
            failed_produce: AtomicU64::new(0),
            failed_fetch: AtomicU64::new(0),
            connections: AtomicI64::new(0),
            connections_total: AtomicU64::new(0),
        }
    }
}

/// What the broker counts since it started. Each thread counts in a set of its own (nearly: there are as many sets as
/// workers are likely), so that no count waits for another worker's cache; a reading sums the sets.
#[derive(Debug, Default)]
pub struct Metrics {
    stripes: [Stripe; STRIPES],
}

/// A reading of all counters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetricsSnapshot {
    /// Requests by API, those that were asked at least once.
    pub requests: Vec<(ApiKey, u64)>,
    /// Bytes received on all sockets.
    pub network_in: u64,
    /// Bytes sent on all sockets.
    pub network_out: u64,
    /// Bytes of record batches appended for clients.
    pub bytes_in: u64,
    /// Bytes of record batches sent to clients.
    pub bytes_out: u64,
    /// Records appended for clients.
    pub records_in: u64,
    /// Partitions of produce requests that were refused.
    pub failed_produce: u64,
    /// Partitions of fetch requests that were refused.
    pub failed_fetch: u64,
    /// Connections open now.
    pub connections: i64,
    /// Connections opened since the start.
    pub connections_total: u64,
}

impl Metrics {
    fn mine(&self) -> &Stripe {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static MINE: usize = NEXT.fetch_add(1, Ordering::Relaxed) % STRIPES;
        }
        // A thread that is ending has no place of its own any more.
        &self.stripes[MINE.try_with(|mine| *mine).unwrap_or(0)]
    }

    /// Counts a request.
    pub fn request(&self, key: ApiKey) {
        if let Some(counter) = self.mine().requests.get(key.code() as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts bytes received.
    pub fn network_bytes_in(&self, n: u64) {
        self.mine().network_in.fetch_add(n, Ordering::Relaxed);
    }

    /// Counts bytes queued for sending.
    pub fn network_bytes_out(&self, n: u64) {
        self.mine().network_out.fetch_add(n, Ordering::Relaxed);
    }

    /// Counts an append.
    pub fn produced(&self, bytes: u64, records: u64) {
        let mine = self.mine();
        mine.bytes_in.fetch_add(bytes, Ordering::Relaxed);
        mine.records_in.fetch_add(records, Ordering::Relaxed);
    }

    /// Counts a refused partition of a produce.
    pub fn produce_failed(&self) {
        self.mine().failed_produce.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts record bytes of a fetch answer.
    pub fn fetched(&self, bytes: u64) {
        self.mine().bytes_out.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts a refused partition of a fetch.
    pub fn fetch_failed(&self) {
        self.mine().failed_fetch.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a connection.
    pub fn connection_opened(&self) {
        let mine = self.mine();
        mine.connections.fetch_add(1, Ordering::Relaxed);
        mine.connections_total.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a connection's end.
    pub fn connection_closed(&self) {
        self.mine().connections.fetch_sub(1, Ordering::Relaxed);
    }

    /// Reads all counters.
    pub fn snapshot(&self) -> MetricsSnapshot {
        let sum = |of: fn(&Stripe) -> &AtomicU64| self.stripes.iter().map(|s| of(s).load(Ordering::Relaxed)).sum();
        let count = |key: &ApiKey| -> u64 {
            let of = |s: &Stripe| s.requests.get(key.code() as usize).map_or(0, |c| c.load(Ordering::Relaxed));
            self.stripes.iter().map(of).sum()
        };
        let requests = ApiKey::ALL.iter().map(|key| (*key, count(key))).filter(|(_, n)| *n > 0).collect();
        MetricsSnapshot {
            requests,
            network_in: sum(|s| &s.network_in),
            network_out: sum(|s| &s.network_out),
            bytes_in: sum(|s| &s.bytes_in),
            bytes_out: sum(|s| &s.bytes_out),
            records_in: sum(|s| &s.records_in),
            failed_produce: sum(|s| &s.failed_produce),
            failed_fetch: sum(|s| &s.failed_fetch),
            // Opened here, closed there: a single set may stand below zero, the sum does not.
            connections: self.stripes.iter().map(|s| s.connections.load(Ordering::Relaxed)).sum(),
            connections_total: sum(|s| &s.connections_total),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_threads_count_apart_is_read_together() {
        let metrics = Metrics::default();
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| {
                    metrics.connection_opened();
                    metrics.request(ApiKey::Fetch);
                    metrics.produced(10, 2);
                });
            }
        });
        (0..20).for_each(|_| metrics.connection_closed());
        let read = metrics.snapshot();
        assert_eq!((read.connections, read.connections_total, read.bytes_in, read.records_in), (0, 20, 200, 40));
        assert_eq!(read.requests, [(ApiKey::Fetch, 20)]);
    }
}
