//! Operator operations: request -> plan -> result, over anything that answers Kafka requests.

pub mod dump;
