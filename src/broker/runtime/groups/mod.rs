//! The group coordinator at work: one live shard per `__consumer_offsets` partition that this broker leads, the task
//! that writes for it and the one that keeps its time, and the loading of its log.
//!
//! What to do is decided in `broker::state::groups`. The partitions themselves are reached through [`OffsetsLog`].

mod clock;
mod codec;
mod coordinator;
mod load;
mod offsets_log;
mod shard;

#[cfg(test)]
mod memory;
#[cfg(test)]
mod tests;

pub use coordinator::{CoordinatorSettings, FetchedOffset, GroupCoordinator};
pub use offsets_log::{LogFuture, OffsetsLog};

#[cfg(test)]
pub(crate) use memory::MemoryLog;
