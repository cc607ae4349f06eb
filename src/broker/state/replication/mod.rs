//! Data replication as followers do it: what to fetch, what to make of an answer, where to cut a log that diverged
//! (`AbstractFetcherThread.scala`, KIP-101, KIP-279, KIP-320, KIP-595).
//!
//! # How it is driven
//! A follower has one [`FollowerState`] for each partition and term, made when the controller names a leader:
//! 1. [`FollowerState::wants`] says what to ask the leader for: records, or where its log ends or begins.
//! 2. The leader's answer goes into [`FollowerState::answered`] or [`FollowerState::located`], which give an [`Action`]:
//!    - [`Action::Append`]: append the records of the answer, if any, then call [`FollowerState::appended`], and give the
//!      answer's high watermark to `PartitionState::follow`, its log start to the log. If the append fails:
//!      [`FollowerState::append_failed`].
//!    - [`Action::Truncate`], [`Action::StartOver`]: cut the log, call `PartitionState::clamp`, then
//!      [`FollowerState::truncated`]. If that fails: [`FollowerState::append_failed`].
//!    - [`Action::Nothing`].
//! 3. An answer that does not come: [`FollowerState::delay`].
//!
//! A log is never cut to its high watermark: only to where the leader's log says that the two part.
//! [`FetcherSession`] is the follower's half of a fetch session (KIP-227). [`AlterQueue`] is the order in which a broker's
//! proposals for in-sync sets go to the controller.

mod alter_queue;
mod follower;
mod session;
mod throttle;

pub use alter_queue::AlterQueue;
pub use follower::{Action, AppendFailure, FetchAnswer, FollowerState, Position, ReplicaLog, Want};
pub use session::{FetcherSession, SessionFetch};
pub use throttle::{Throttle, ThrottledReplicas};

use crate::model::{PartitionId, Uuid};

/// A partition by its topic's id and its index.
pub type ReplicaKey = (Uuid, PartitionId);
