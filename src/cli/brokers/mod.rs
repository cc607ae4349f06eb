//! `logbus brokers`.

mod api_versions;
mod drain;
mod list;
mod throttle;

use clap::Subcommand;

use super::error::{CliError, Exit};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List brokers with what they lead and hold
    List(list::Args),
    /// Show the requests and versions that brokers speak
    ApiVersions(api_versions::Args),
    /// Take every replica off a broker
    Drain(drain::DrainArgs),
    /// Even out replicas and bytes over all brokers
    Rebalance(drain::RebalanceArgs),
    /// Hold replication traffic to a rate
    Throttle(throttle::Args),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::List(args) => args.run(),
            Verb::ApiVersions(args) => args.run(),
            Verb::Drain(args) => args.run(),
            Verb::Rebalance(args) => args.run(),
            Verb::Throttle(args) => args.run(),
        }
    }
}
