//! An async Kafka client, for the tools, the TUI and brokers among themselves. Knows the wire, not the broker.
//!
//! [`Connection`] is one socket with many requests in flight; [`Cluster`] finds the broker that a request belongs to and
//! tries again where trying again can help; [`Producer`], [`Consumer`] and [`ShareConsumer`] move records. Nothing here prints, and
//! nothing spawns more than the two tasks of a connection.

pub mod assignor;
mod backoff;
mod cluster;
mod committed;
mod config;
mod connection;
mod consumer;
mod error;
mod group_member;
mod guard;
mod metadata;
mod offsets;
mod peek;
mod producer;
mod records;
mod routing;
pub mod security;
mod share;

pub use backoff::Backoff;
pub use cluster::{Cluster, Target};
pub use committed::{Committed, CommittedOffset};
pub use config::{ClientConfig, Properties, parse_bootstrap, set_base};
pub use connection::{BrokerVersions, Connection};
pub use consumer::{Consumer, ConsumerConfig, PartitionRecords, Rebalance, StartAt};
pub use error::{ClientError, Result};
pub use guard::{Guard, glob_matches};
pub use metadata::{Broker, Metadata, Partition, Topic, Topics};
pub use offsets::{At, FoundOffset, Isolation, OffsetAt};
pub use producer::{Delivery, Producer, ProducerConfig, ProducerRecord};
pub use records::{AbortedTransactions, for_each_record};
pub use routing::Routed;
pub use security::Security;
pub use share::{Acknowledge, Acknowledged, ShareConfig, ShareConsumer, ShareRecord, ShareRecords};
