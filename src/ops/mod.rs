//! Operator operations: request -> plan -> result, over anything that answers Kafka requests.
//!
//! The native commands, the Kafka-named tools, the REST routes and the TUI call the same functions; results are plain
//! structs, complete enough for each of these faces. Nothing here prints, asks or exits.

pub mod bench;
pub mod brokers;
pub mod configs;
pub mod dump;
pub mod error;
pub mod groups;
pub mod lag;
pub mod local_cluster;
pub mod offsets;
pub mod reassign;
pub mod storage;
pub mod topics;

pub use error::{OpsError, Outcome, Refusal, Result};
