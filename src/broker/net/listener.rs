//! Accepting connections, within limits.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tracing::{debug, info, warn};

use super::buffers::BufferPool;
use super::cold_reads::ColdReads;
use super::connection::Connection;
use crate::broker::api::dispatch::Session;
use crate::broker::runtime::broker::Broker;
use crate::broker::runtime::metrics::Metrics;
use crate::broker::runtime::page_cache::PageCacheBound;

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
    /// Memory that requests may take from their first byte to their answer (`queued.max.request.bytes`).
    pub request_memory: usize,
}

/// What all connections share.
#[derive(Debug)]
pub struct NetContext {
    pub(super) limits: ConnectionLimits,
    pub(super) buffers: BufferPool,
    /// Memory of large frames, a permit a KiB.
    pub(super) request_memory: Arc<Semaphore>,
    pub(super) frame_memory_kib: u32,
    pub(super) cold_reads: ColdReads,
    pub(super) metrics: Arc<Metrics>,
    /// What is left of `max.connections`.
    places: Arc<Semaphore>,
    open: Mutex<HashMap<IpAddr, usize>>,
}

impl NetContext {
    /// A context within `limits`.
    ///
    /// The memory of requests has two parts, so that no two connections can wait for each other. A quarter are receive
    /// buffers: nobody waits for one, a connection that gets none reads less at a time. The rest is for large frames:
    /// a connection asks for the whole of a frame before it receives more of it, holds nothing else that others wait
    /// for, and when it has its memory needs no more to receive, serve and answer the frame. Those who wait are served
    /// in the order they came, and do not read, which pushes back on their clients. What a connection holds beside
    /// this is bounded for each: the beginning of a small frame, and little more than 64 KiB of answers.
    pub fn new(limits: ConnectionLimits, metrics: Arc<Metrics>, page_cache: Option<Arc<PageCacheBound>>) -> NetContext {
        let for_buffers = limits.request_memory / 4;
        let largest = usize::try_from(limits.max_frame_bytes).unwrap_or(0) + 4;
        let for_frames = (limits.request_memory - for_buffers).max(largest).div_ceil(1024);
        let frame_memory_kib = u32::try_from(for_frames).unwrap_or(u32::MAX >> 4);
        let request_memory = Arc::new(Semaphore::new(frame_memory_kib as usize));
        let places = Arc::new(Semaphore::new(limits.max_connections.min(Semaphore::MAX_PERMITS)));
        NetContext {
            limits,
            buffers: BufferPool::new(64, for_buffers),
            request_memory,
            frame_memory_kib,
            cold_reads: ColdReads::new(page_cache),
            metrics,
            places,
            open: Mutex::new(HashMap::new()),
        }
    }

    /// A place among `max.connections`: whoever comes when all are taken waits for one, as with Kafka
    /// (`ConnectionQuotas.waitForConnectionSlot`).
    async fn place(&self, peer: SocketAddr, listener: &str) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(place);
        }
        info!(%peer, listener, "max.connections reached: new connections wait until one ends");
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    fn admit(self: &Arc<Self>, ip: IpAddr, place: OwnedSemaphorePermit) -> Result<Admitted, &'static str> {
        let mut open = self.open.lock();
        let count = open.entry(ip).or_default();
        if *count >= self.limits.max_connections_per_ip {
            return Err("max.connections.per.ip reached");
        }
        *count += 1;
        drop(open);
        self.metrics.connection_opened();
        Ok(Admitted { context: Arc::clone(self), ip, _place: place })
    }
}

/// A connection's place in the count; given back when dropped.
struct Admitted {
    context: Arc<NetContext>,
    ip: IpAddr,
    _place: OwnedSemaphorePermit,
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
                Ok((stream, peer)) => {
                    let place = tokio::select! {
                        place = context.place(peer, &name) => place,
                        _ = stop.wait_for(|stop| *stop) => return,
                    };
                    if let Some(place) = place {
                        Self::open(stream, peer, place, &name, &broker, &context, &stop);
                    }
                }
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
        place: OwnedSemaphorePermit,
        name: &Arc<str>,
        broker: &Arc<Broker>,
        context: &Arc<NetContext>,
        stop: &watch::Receiver<bool>,
    ) {
        let place = match context.admit(peer.ip(), place) {
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
