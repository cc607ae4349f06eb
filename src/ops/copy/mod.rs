//! Copying records to another topic, of this cluster or of another one: with their partition, timestamp, key, value and
//! headers, as fast as is allowed, and from where it was left after a kill.
//!
//! `filter` says which records, `route` where each goes, `state` what is kept to go on from, `tail` finds what was
//! copied after that was last kept, `run` is the loop.

mod filter;
mod route;
mod run;
mod state;
mod tail;

pub use filter::Filter;
pub use route::{Partitioning, Route};
pub use run::{Counts, Job, Report, Seen, Until, run};
pub use state::Resume;
