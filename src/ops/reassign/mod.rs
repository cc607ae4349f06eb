//! Moving replicas between brokers: a plan that moves as little as can be, and the way from a plan to its end.
//!
//! [`plan`], [`balance`] and [`leaders`] are pure: a [`Layout`] goes in, a [`Plan`] comes out. [`file`] reads and writes plans in the
//! JSON of Kafka's own tool, so that either tool can take the other's. [`requests`] speaks to the cluster, [`throttle`]
//! sets and clears the limits exactly where Kafka's tool sets them, [`progress`] counts bytes, and [`apply`] is a move
//! from beginning to end: undo file, throttle, request, wait, clear.

pub mod apply;
pub mod balance;
pub mod file;
mod layout;
pub mod leaders;
pub mod plan;
pub mod progress;
pub mod requests;
pub mod throttle;

pub use layout::{Layout, Placed, gather};
pub use plan::{Move, Plan, PlanError};

use crate::client::At;

/// `topic-partition`, as Kafka names one.
pub fn name(at: &At) -> String {
    format!("{}-{}", at.0, at.1)
}
