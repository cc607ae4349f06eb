//! `logbus partitions`.

pub(super) mod carry_out;
mod reassign;

use clap::Subcommand;

use super::error::{CliError, Exit};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Move replicas between brokers
    #[command(subcommand)]
    Reassign(reassign::Verb),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::Reassign(verb) => verb.run(),
        }
    }
}
