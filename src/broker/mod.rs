//! The broker: pure machines (`state`), their tasks and files (`runtime`), one file an API family (`api`), sockets
//! (`net`). Each imports only those before it.

pub mod api;
pub mod format;
pub mod net;
#[cfg(test)]
mod replication_tests;
pub mod runtime;
pub mod server;
pub mod state;

pub use runtime::broker::Broker;
