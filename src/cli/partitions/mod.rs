//! `logbus partitions`.

mod elect;

use clap::Subcommand;

use super::error::{CliError, Exit};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Elect leaders: the preferred replicas, or any that are left
    Elect(elect::Args),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::Elect(args) => args.run(),
        }
    }
}
