//! Accepting connections, within limits.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tracing::{debug, info, warn};

use super::buffers::BufferPool;
use super::cold_reads::ColdReads;
use super::connection::Connection;
use crate::broker::api::dispatch::Session;
use crate::broker::runtime::broker::Broker;
use crate::broker::runtime::metrics::Metrics;

/// What connections may take.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// `socket.request.max.bytes`.
    pub max_frame_bytes: i32,
    /// `max.connections`, over all listeners.
    pub max_connections: usize,
    /// `max.connections.per.ip`.
    pub max_connections_per_ip: usize,
    /// `connections.max.idle.ms`.
    pub max_idle: Duration,
    /// Memory of large requests in flight, in KiB (`queued.max.request.bytes`, or a share of the machine).
    pub request_memory_kib: u32,
}

/// What all connections share.
#[derive(Debug)]
pub struct NetContext {
    pub(super) limits: ConnectionLimits,
    pub(super) buffers: BufferPool,
    pub(super) request_memory: Arc<Semaphore>,
    pub(super) cold_reads: ColdReads,
    pub(super) metrics: Arc<Metrics>,
    open: Mutex<HashMap<IpAddr, usize>>,
}

impl NetContext {
    /// A context within `limits`.
    pub fn new(limits: ConnectionLimits, metrics: Arc<Metrics>) -> NetContext {
        let request_memory = Arc::new(Semaphore::new(limits.request_memory_kib as usize));
        NetContext {
            limits,
            buffers: BufferPool::new(64),
            request_memory,
            cold_reads: ColdReads::new(),
            metrics,
            open: Mutex::new(HashMap::new()),
        }
    }

    fn admit(self: &Arc<Self>, ip: IpAddr) -> Result<Admitted, &'static str> {
        let mut open = self.open.lock();
        if open.values().sum::<usize>() >= self.limits.max_connections {
            return Err("max.connections reached");
        }
        let count = open.entry(ip).or_default();
        if *count >= self.limits.max_connections_per_ip {
            return Err("max.connections.per.ip reached");
        }
        *count += 1;
        drop(open);
        self.metrics.connection_opened();
        Ok(Admitted { context: Arc::clone(self), ip })
    }
}

/// A connection's place in the count; given back when dropped.
struct Admitted {
    context: Arc<NetContext>,
    ip: IpAddr,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.context.metrics.connection_closed();
        let mut open = self.context.open.lock();
        if let Some(count) = open.get_mut(&self.ip) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.ip);
            }
        }
    }
}

/// A bound socket that turns into connections.
#[derive(Debug)]
pub struct Listener {
    name: String,
    socket: TcpListener,
}

impl Listener {
    /// Takes a bound socket; `name` is the listener's name in the configuration.
    pub const fn new(name: String, socket: TcpListener) -> Listener {
        Listener { name, socket }
    }

    /// The address it is bound to.
    ///
    /// # Errors
    /// When the socket is gone.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Accepts until told to stop.
    pub async fn run(self, broker: Arc<Broker>, context: Arc<NetContext>, mut stop: watch::Receiver<bool>) {
        let name: Arc<str> = self.name.into();
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            match accepted {
                Ok((stream, peer)) => Self::open(stream, peer, &name, &broker, &context, &stop),
                Err(e) => {
                    // Out of descriptors, most likely: accepting at once again would only spin.
                    warn!(listener = %name, error = %e, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn open(
        stream: TcpStream,
        peer: SocketAddr,
        name: &Arc<str>,
        broker: &Arc<Broker>,
        context: &Arc<NetContext>,
        stop: &watch::Receiver<bool>,
    ) {
        let place = match context.admit(peer.ip()) {
            Ok(place) => place,
            Err(reason) => {
                info!(%peer, listener = %name, reason, "connection refused");
                return;
            }
        };
        if let Err(e) = stream.set_nodelay(true) {
            debug!(%peer, error = %e, "cannot set TCP_NODELAY");
        }
        let session = Session::new(Arc::clone(broker), Arc::clone(name), peer);
        let connection = Connection::new(stream, Arc::clone(context), session);
        let stop = stop.clone();
        tokio::spawn(async move {
            let _place = place;
            let ended = connection.serve(stop).await;
            if ended.is_notable() {
                warn!(%peer, reason = %ended, "connection closed");
            } else {
                debug!(%peer, reason = %ended, "connection closed");
            }
        });
    }
}
