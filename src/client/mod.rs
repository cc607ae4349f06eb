//! An async Kafka client, for the tools, the TUI and brokers among themselves. Knows the wire, not the broker.
