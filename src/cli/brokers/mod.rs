//! `logbus brokers`.

mod api_versions;
mod list;

use clap::Subcommand;

use super::error::{CliError, Exit};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List brokers with what they lead and hold
    List(list::Args),
    /// Show the requests and versions that brokers speak
    ApiVersions(api_versions::Args),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::List(args) => args.run(),
            Verb::ApiVersions(args) => args.run(),
        }
    }
}
