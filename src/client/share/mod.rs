//! Reading as a member of a share group (KIP-932): the broker hands out records and waits to hear what became of each.
//!
//! `member` keeps the membership, `session` says what each leader is asked and told, `records` is what came, and
//! [`ShareConsumer`] ties them together. Like the reader of partitions it spawns nothing that outlives a request: whoever
//! uses it calls [`ShareConsumer::poll`] more often than the session timeout.

mod consumer;
mod member;
mod records;
mod session;

pub use consumer::{Acknowledged, ShareConfig, ShareConsumer};
pub use records::{ShareRecord, ShareRecords};
pub use session::Acknowledge;
