//! Operator operations: request -> plan -> result, over anything that answers Kafka requests.
//!
//! The native commands, the Kafka-named tools, the REST routes and the TUI call the same functions; results are plain
//! structs, complete enough for each of these faces. Nothing here prints, asks or exits.

pub mod acls;
pub mod bench;
pub mod brokers;
pub mod cluster;
pub mod configs;
pub mod copy;
pub mod declared;
pub mod doctor;
pub mod dump;
pub mod elections;
pub mod error;
pub mod features;
pub mod groups;
pub mod health;
pub mod history;
pub mod isr;
pub mod lag;
pub mod links;
pub mod local_brokers;
pub mod local_cluster;
pub mod log_dirs;
pub mod metadata_tree;
pub mod metrics;
pub mod offsets;
pub mod profiles;
pub mod quorum;
pub mod quotas;
pub mod reassign;
pub mod records;
pub mod reindex;
pub mod replica_verification;
pub mod report;
pub mod restart;
pub mod scram;
pub mod storage;
pub mod tokens;
pub mod topics;
pub mod transactions;
pub mod wait;

pub use error::{OpsError, Outcome, Refusal, Result};
