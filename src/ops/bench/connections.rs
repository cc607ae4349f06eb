//! What a connection costs a broker that has nothing to do on it.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::meter::{Growth, Meter};
use super::socket::Socket;
use super::{Progress, thread_lost};
use crate::client::{ClientError, Cluster, Result, Target};
use crate::wire::api::ApiKey;
use crate::wire::messages::api_versions::ApiVersionsRequest;

/// What to open.
#[derive(Clone, Debug)]
pub struct ConnectionsBench {
    /// Connections, to any one broker.
    pub connections: usize,
    /// How long to hold them.
    pub hold: Duration,
    /// The broker's process, to tell how it grew.
    pub broker_pid: Option<u32>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ConnectionsReport {
    /// Connections that were open at once.
    pub connections: u64,
    /// Seconds until all were open and each had its first answer.
    pub seconds: f64,
    /// Seconds they were held.
    pub held_seconds: f64,
    /// How the broker grew; its CPU is that of the time they were held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broker: Option<Growth>,
    /// Bytes of a connection, of that growth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_per_connection: Option<f64>,
}

/// Threads that open connections.
const OPENERS: usize = 16;

/// Opens connections that say who they are and then nothing, as idle clients do. Blocks the thread; `progress` counts
/// connections.
///
/// # Errors
/// [`ClientError`] when a connection is refused or unanswered: limits on open files count on both sides.
pub async fn connections(
    cluster: &Cluster,
    bench: &ConnectionsBench,
    progress: &Progress,
) -> Result<ConnectionsReport> {
    let address = cluster.connection(Target::Any).await?.address().to_owned();
    let broker = bench.broker_pid.map(Meter::start).transpose()?;
    let before = broker.as_ref().map(Meter::resident).transpose()?;
    let started = Instant::now();
    let open = |share: usize| {
        let mut sockets = Vec::with_capacity(share);
        for _ in 0..share {
            let mut socket = Socket::open(&address, ApiKey::ApiVersions, cluster.config())?;
            socket.ask(&ApiVersionsRequest::default(), 0)?;
            sockets.push(socket);
            progress.add(1);
        }
        Ok::<_, ClientError>(sockets)
    };
    let sockets = std::thread::scope(|scope| {
        let share = |i| bench.connections / OPENERS + usize::from(i < bench.connections % OPENERS);
        let threads: Vec<_> = (0..OPENERS).map(|i| scope.spawn(move || open(share(i)))).collect();
        let mut sockets = Vec::with_capacity(bench.connections);
        for thread in threads {
            sockets.extend(thread.join().map_err(thread_lost)??);
        }
        Ok::<_, ClientError>(sockets)
    })?;
    let seconds = started.elapsed().as_secs_f64();
    let idle = bench.broker_pid.map(Meter::start).transpose()?;
    std::thread::sleep(bench.hold);
    let growth = match (idle, before) {
        (Some(meter), Some(rss_before_bytes)) => {
            let (rss_after_bytes, cpu_seconds) = (meter.resident()?, meter.cpu()?);
            Some(Growth { rss_before_bytes, rss_after_bytes, cpu_seconds })
        }
        _ => None,
    };
    Ok(ConnectionsReport {
        connections: sockets.len() as u64,
        seconds,
        held_seconds: bench.hold.as_secs_f64(),
        broker: growth,
        bytes_per_connection: growth.map(|g| g.each(sockets.len() as u64)),
    })
}
