//! The native commands, a folder a noun; `cli/kafka` has the Kafka-named tools.
//!
//! A verb's file holds its arguments, what it asks of `ops`, and how the answer looks. What all verbs share is in
//! `connect` (how to reach a cluster), `output`, `table`, `human` (how numbers, sizes and times are read and written)
//! and `error` (exit codes and hints).

#[macro_use]
mod note;

mod acls;
mod app;
mod bench;
mod broker;
mod brokers;
mod cluster;
mod complete;
mod configs;
mod connect;
mod consume;
mod converse;
mod copy;
mod declared;
pub mod docs;
mod doctor;
pub mod dump_log;
mod error;
mod examples;
mod features;
mod groups;
mod health;
pub mod human;
mod isr;
pub mod kafka;
mod lag;
mod lines;
mod links;
mod log_dirs;
mod metadata;
mod metrics;
mod offsets;
mod output;
mod partitions;
mod produce;
mod producers;
mod profiles;
mod quorum;
mod quotas;
mod report;
mod sim;
mod storage;
pub mod table;
mod tokens;
mod top;
mod topics;
mod transactions;
mod undo;
mod users;
mod wait;
mod watch;
mod yaml;

pub use app::{Cli, command, main};
pub use error::{CliError, Exit};
pub use output::{Format, Output};
