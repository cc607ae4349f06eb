//! Topics: listing, describing, and changing which there are.

mod change;
mod describe;
mod list;
pub mod skew;

pub use change::{CreatedTopic, NewPartitions, NewTopic, create, create_partitions, delete};
pub use describe::{DescribedPartition, DescribedTopic, PartitionProblem, Problem, describe, problems};
pub use list::{ListedTopic, TopicDetail, list, sizes};
