//! The machines' tasks, timers and files: partitions with their logs, the replicas of this broker, the controller and
//! the group coordinator at work. Thin: what to do is decided in `state`.

pub mod answers;
pub mod books;
pub mod broker;
pub mod chores;
pub mod config_rules;
pub mod controller;
pub mod controller_link;
pub mod directories;
pub mod flusher;
pub mod groups;
pub mod housekeeping;
pub mod inbox;
pub mod lifecycle;
pub mod log_dirs;
pub mod metadata;
pub mod metrics;
pub mod moves;
pub mod offsets_log;
pub mod page_cache;
pub mod partition;
pub mod producer_ids;
pub mod quorum;
pub mod replicas;
pub mod replication;
pub mod waiters;
pub mod workers;
