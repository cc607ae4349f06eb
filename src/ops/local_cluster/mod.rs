//! A cluster of real processes on this machine, for trying, testing and runbooks.
//!
//! ```text
//! DIR/lock                        held while a command changes what runs
//! DIR/node-1/server.properties    the node's settings, in Kafka's own format, to be edited at will
//! DIR/node-1/data/                log.dirs
//! DIR/node-1/broker.log           what its process logs, one start after another
//! DIR/node-1/ready                what its process says on stdout: the ready line
//! DIR/node-1/pid                  which process that is
//! ```
//!
//! There is no other state: what a node is stands in its `server.properties`, whether it runs in `pid` and `/proc`.

mod error;
mod layout;
mod plan;
mod process;
mod status;

pub use error::LocalError;
pub use layout::{Node, format, lock, nodes, pick};
pub use plan::{Plan, create};
pub use process::{Process, Signal, Started, process_of, send, spawn, tail_of_log, wait_for_end, wait_until_ready};
pub use status::{NodeState, NodeStatus, QuorumRole, status};
