//! `logbus storage`.

mod format;
mod info;

use clap::Subcommand;

use super::error::{CliError, Exit};
use super::output::say;
use crate::model::Uuid;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Print a fresh id for a cluster
    RandomUuid,
    /// Prepare data directories for a node
    Format(format::Args),
    /// Show whose the files in data directories are
    Info(info::Args),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::RandomUuid => {
                say(&format!("{}\n", Uuid::random()))?;
                Ok(Exit::Done)
            }
            Verb::Format(args) => args.run(),
            Verb::Info(args) => args.run(),
        }
    }
}
