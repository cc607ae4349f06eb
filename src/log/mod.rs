//! Files: one append-only log in Kafka's on-disk format. Synchronous; knows no topic, no replication, no tokio.
