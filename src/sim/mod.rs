//! A whole cluster in one thread on simulated time, and the checker that judges what its clients saw.
//!
//! - `history` is what clients did and saw, in one format for simulated and for real clients; `check` looks for the ten
//!   anomalies in it.
//! - `run` takes one seed from its first event to its verdict. `world` has the queue of events and the processes,
//!   `nemesis` breaks things, `invariants` looks inside all the while.
//! - `controller` and `broker` drive the pure machines of `broker::state` as the runtime does, with simulated logs
//!   (`log`), network, disks and clocks below them. `client` has producers and consumers.
//!
//! What is real: every decision of the controller, the metadata images, the partition and replication machines, the rules
//! for idempotent producers. What is not: the quorum (`raft` says why), the files, the sockets, and the glue between them,
//! which the tests of real processes are for.
//!
//! Nothing in here reads a clock, a socket or a source of randomness: a seed decides everything, and replays exactly.

mod broker;
mod bug;
pub mod check;
mod client;
mod context;
mod controller;
pub mod history;
mod invariants;
mod log;
mod machine;
mod message;
mod nemesis;
mod network;
mod queue;
mod raft;
mod rng;
mod run;
#[cfg(test)]
mod tests;
mod time;
mod world;

pub use invariants::Broken;
pub use nemesis::Fault;
pub use run::{Options, SeedReport, run_seed};
