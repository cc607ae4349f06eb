//! Groups: who they are, where they stand, moving where they stand, deleting.

mod change;
mod describe;
mod evict;
mod list;
mod offsets;
pub mod reset;
pub mod saved;
pub mod share;
pub mod streams;
pub mod streams_reset;

pub use change::{delete, delete_offsets};
pub use describe::{DescribedGroup, Member, describe, describe_any, describe_listed, describe_one};
pub use evict::{evict, execute_evicting};
pub use list::{ListedGroup, list};
pub use offsets::{PartitionLag, offsets, offsets_of};
