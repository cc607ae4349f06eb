//! An async Kafka client, for the tools, the TUI and brokers among themselves. Knows the wire, not the broker.
//!
//! [`Connection`] is one socket with many requests in flight; [`Cluster`] finds the broker that a request belongs to and
//! tries again where trying again can help; [`Producer`] and [`Consumer`] move records. Nothing here prints, and
//! nothing spawns more than the two tasks of a connection.

mod backoff;
mod cluster;
mod config;
mod connection;
mod error;
mod metadata;
mod offsets;
mod records;
mod routing;

pub use backoff::Backoff;
pub use cluster::{Cluster, Target};
pub use config::{ClientConfig, Properties, parse_bootstrap};
pub use connection::{BrokerVersions, Connection};
pub use error::{ClientError, Result};
pub use metadata::{Broker, Metadata, Partition, Topic, Topics};
pub use offsets::{FoundOffset, Isolation, OffsetAt};
pub use records::{AbortedTransactions, for_each_record};
pub use routing::Routed;
