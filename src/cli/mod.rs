//! The native commands, a folder a noun; `cli/kafka` has the Kafka-named tools.

pub mod kafka;
