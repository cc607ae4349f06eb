//! Counters, without locks. The admin daemon reads them; nothing on the hot path does.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::wire::api::ApiKey;

/// API keys are small numbers; anything above the table is refused before it is counted.
const MAX_API_KEY: usize = 96;

/// What the broker counts since it started.
#[derive(Debug)]
pub struct Metrics {
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

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics {
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
    /// Counts a request.
    pub fn request(&self, key: ApiKey) {
        if let Some(counter) = self.requests.get(key.code() as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts bytes received.
    pub fn network_bytes_in(&self, n: u64) {
        self.network_in.fetch_add(n, Ordering::Relaxed);
    }

    /// Counts bytes queued for sending.
    pub fn network_bytes_out(&self, n: u64) {
        self.network_out.fetch_add(n, Ordering::Relaxed);
    }

    /// Counts an append.
    pub fn produced(&self, bytes: u64, records: u64) {
        self.bytes_in.fetch_add(bytes, Ordering::Relaxed);
        self.records_in.fetch_add(records, Ordering::Relaxed);
    }

    /// Counts a refused partition of a produce.
    pub fn produce_failed(&self) {
        self.failed_produce.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts record bytes of a fetch answer.
    pub fn fetched(&self, bytes: u64) {
        self.bytes_out.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts a refused partition of a fetch.
    pub fn fetch_failed(&self) {
        self.failed_fetch.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a connection.
    pub fn connection_opened(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
        self.connections_total.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a connection's end.
    pub fn connection_closed(&self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }

    /// Reads all counters.
    pub fn snapshot(&self) -> MetricsSnapshot {
        let count = |key: &ApiKey| self.requests.get(key.code() as usize).map_or(0, |c| c.load(Ordering::Relaxed));
        let requests = ApiKey::ALL.iter().map(|key| (*key, count(key))).filter(|(_, n)| *n > 0).collect();
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        MetricsSnapshot {
            requests,
            network_in: read(&self.network_in),
            network_out: read(&self.network_out),
            bytes_in: read(&self.bytes_in),
            bytes_out: read(&self.bytes_out),
            records_in: read(&self.records_in),
            failed_produce: read(&self.failed_produce),
            failed_fetch: read(&self.failed_fetch),
            connections: self.connections.load(Ordering::Relaxed),
            connections_total: read(&self.connections_total),
        }
    }
}
