//! `logbus transactions`.

mod abort;
mod describe;
mod find_hanging;
mod list;

use clap::Subcommand;

use super::error::{CliError, Exit};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List transactional ids with their state
    List(list::Args),
    /// Show the state of transactional ids and the partitions they write to
    Describe(describe::Args),
    /// Find transactions that no coordinator will end
    FindHanging(find_hanging::Args),
    /// End an open transaction; shows it, needs --yes to change anything
    Abort(abort::Args),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::List(args) => args.run(),
            Verb::Describe(args) => args.run(),
            Verb::FindHanging(args) => args.run(),
            Verb::Abort(args) => args.run(),
        }
    }
}
