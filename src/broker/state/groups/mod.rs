//! The group coordinator's machine: classic groups and committed offsets of one `__consumer_offsets` partition.
//!
//! A [`Shard`] takes commands and the time, and gives back records to write and replies to hold until those records are
//! committed. What the log can rebuild (offsets, the last persisted metadata of each group) changes in [`Shard::apply`]
//! only. Who waits for a rebalance, and every timer, is soft: it lives with the leadership of the partition and is gone
//! with it, as in Kafka. Nothing here knows tasks, clocks, sockets or the encoding of a record.

mod command;
mod config;
mod group;
mod join;
mod leave;
mod member;
mod offsets;
mod query;
mod rebalance;
mod record;
mod replacement;
mod shard;
mod subscription;
mod sync;
mod timers;

#[cfg(test)]
mod harness;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod specs;

pub use command::{
    Answer, Command, Commit, DeleteOffsets, Heartbeat, Join, JoinAnswer, JoinedMember, Leave, LeaveAnswer, Leaving,
    Outcome, PartitionCommit, Protocol, Reply, Sync, SyncAnswer, Token,
};
pub use config::GroupConfig;
pub use group::GroupState;
pub use query::{GroupDescription, GroupListing, MemberDescription};
pub use record::{CommittedOffset, GroupMetadata, MemberMetadata, Record};
pub use shard::Shard;
pub use timers::{Millis, Now};
