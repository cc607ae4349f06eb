//! `logbus partitions reassign`.

mod apply;
mod cancel;
mod plan;
mod status;

use clap::Subcommand;

use crate::cli::error::{CliError, Exit};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show which replicas would move, and write it down; moves nothing
    Plan(plan::Args),
    /// Move replicas as a plan says
    Apply(apply::Args),
    /// Show how far moves are; take the throttle off when they are done
    Status(status::Args),
    /// Stop moves: replicas stay where they were
    Cancel(cancel::Args),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::Plan(args) => args.run(),
            Verb::Apply(args) => args.run(),
            Verb::Status(args) => args.run(),
            Verb::Cancel(args) => args.run(),
        }
    }
}
