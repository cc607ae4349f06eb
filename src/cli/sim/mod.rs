//! `logbus sim`: histories of clients, judged.

mod check;

use clap::{Subcommand, ValueEnum};

use super::error::{CliError, Exit};

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Lines for a person
    Text,
    /// One JSON document
    Json,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Look for lost, doubled, reordered and made-up records in what clients recorded
    Check(check::Args),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::Check(args) => args.run(),
        }
    }
}
