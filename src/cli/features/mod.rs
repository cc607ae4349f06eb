//! `logbus features`.

mod change;
mod describe;

use clap::Subcommand;

use super::error::{CliError, Exit};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show what the cluster supports and what is switched on
    Describe(describe::Args),
    /// Raise features, to a release or one by one
    Upgrade(change::UpgradeArgs),
    /// Lower features, to a release or one by one
    Downgrade(change::DowngradeArgs),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::Describe(args) => args.run(),
            Verb::Upgrade(args) => args.run(),
            Verb::Downgrade(args) => args.run(),
        }
    }
}
