//! `logbus quorum`.

mod change;
mod describe;

use clap::Subcommand;

use super::error::{CliError, Exit};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show who keeps the metadata log, who leads, and who is behind
    Describe(describe::Args),
    /// Give a controller a vote
    Add(change::AddArgs),
    /// Take the vote from a controller
    Remove(change::RemoveArgs),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::Describe(args) => args.run(),
            Verb::Add(args) => args.run(),
            Verb::Remove(args) => args.run(),
        }
    }
}
