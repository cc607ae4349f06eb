//! Pure machines: they take commands, records, times and ids as arguments and give back records, answers and effects.
//! No tokio, files, sockets, clocks, randomness, locks or logging in here.

pub mod controller;
pub mod fetch_session;
pub mod group_commit;
pub mod groups;
pub mod metadata;
pub mod moves;
pub mod partition;
pub mod produce;
pub mod replication;
