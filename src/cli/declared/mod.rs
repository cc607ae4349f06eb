//! `logbus export`, `plan` and `apply`: a cluster's topics, settings, quotas and users as a file.

mod change;
mod export;

pub use change::{ApplyArgs, PlanArgs};
pub use export::Args as ExportArgs;
