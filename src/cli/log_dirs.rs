//! `logbus log-dirs`: the noun under which operators look for what `logbus brokers log-dirs` shows.

use clap::Subcommand;

use super::brokers::log_dirs;
use super::error::{CliError, Exit};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show log directories: their disks, their replicas, and which are offline
    Describe(log_dirs::Args),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::Describe(args) => args.run(),
        }
    }
}
