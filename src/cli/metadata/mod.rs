//! `logbus metadata`.

mod shell;

use clap::Subcommand;

use super::error::{CliError, Exit};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Walk the state that a metadata log or snapshot holds, without a broker
    Shell(shell::Args),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::Shell(args) => args.run(),
        }
    }
}
