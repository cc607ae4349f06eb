//! `logbus top`: model, update, view. Works against any Kafka cluster.
