//! Sockets: listeners, connections, frames in, answers out. Knows nothing of topics; hands each frame to
//! `api::dispatch` and writes what comes back, in the order of the requests.

mod buffers;
mod cold_reads;
mod connection;
mod frames;
mod listener;
mod outbox;

pub use buffers::BufferPool;
pub use listener::{ConnectionLimits, Listener, NetContext};
