//! Reports on a whole cluster: what nobody uses any more, and what it needs of disks and networks.

pub mod capacity;
pub mod stale;
