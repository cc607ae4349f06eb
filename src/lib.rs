//! logbus: a Kafka-compatible broker, its admin daemon, and the operator's toolbox, in one binary.
//!
//! The rooms, lowest first. A room imports only rooms below it; `tests/it/house.rs` scans `src/` and
//! fails on an arrow that points up or in a circle. `ARCHITECTURE.md` has the map.

#![warn(missing_docs)]

pub mod model;

pub mod config;
pub mod wire;

pub mod client;
pub mod log;

pub mod broker;
pub mod ops;

pub mod admin;
pub mod sim;
pub mod tui;

pub mod cli;
