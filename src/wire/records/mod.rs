//! Records that Kafka persists in its own topics: the metadata log, `__consumer_offsets`, `__transaction_state`,
//! `__share_group_state`, `__remote_log_metadata`, control records, and what classic consumers carry through the group protocol. Encoding only; no meaning.

pub mod consumer_assignment;
pub mod consumer_group;
pub mod consumer_protocol;
pub mod control;
pub mod legacy_offsets;
pub mod metadata;
pub mod offsets;
pub mod quorum_state;
pub mod remote_log;
pub mod share_group;
pub mod streams_group;
pub mod transaction;
pub mod voters;
