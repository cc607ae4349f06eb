//! `logbus report`.

mod capacity;
mod stale;

use clap::Subcommand;

use super::error::{CliError, Exit};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show topics and groups that nobody seems to use
    Stale(stale::Args),
    /// Show what topics need of disks and networks
    Capacity(capacity::Args),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::Stale(args) => args.run(),
            Verb::Capacity(args) => args.run(),
        }
    }
}
