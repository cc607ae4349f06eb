//! The controller's decisions. Each takes the newest image (with everything proposed so far), a request, and what it may
//! not find out by itself (ids, seeds, times, configuration rules), and gives records to write and an answer to hold back
//! until they are committed. Nothing here writes: applying the records is the only way the state moves.

mod alter_partition;
mod brokers;
mod configs;
mod decision;
mod directories;
mod edits;
mod elections;
mod features;
mod handover;
mod leaders;
mod partitions;
mod placement;
mod producer_ids;
mod reassignments;
mod sessions;
mod topics;

pub use alter_partition::alter_partition;
pub use brokers::{
    HeartbeatAnswer, broker_heartbeat, fence_broker, register_broker, register_controller, unregister_broker,
};
pub use configs::{AlterConfigs, ConfigEdit, ConfigOp, alter_configs};
pub use decision::{ConfigRules, Context, Decision, Defaults, Refusal, offsets_taken};
pub use directories::assign_replicas_to_dirs;
pub use elections::{Acceptable, Election, PartitionEdit, Target};
pub use features::{QuorumFacts, update_features};
pub use leaders::{balance_leaders, elect_leaders, elect_unclean_leaders};
pub use partitions::create_partitions;
pub use placement::{Placer, UsableBroker};
pub use producer_ids::{PRODUCER_ID_BLOCK, ProducerIdBlock, allocate_producer_ids};
pub use reassignments::{alter_partition_reassignments, list_partition_reassignments};
pub use sessions::BrokerSessions;
pub use topics::{create_topics, delete_topics};

#[cfg(test)]
mod testing;
