//! `logbus brokers`.

mod api_versions;
mod can_restart;
mod describe;
mod drain;
mod list;
pub mod log_dirs;
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
    /// Show one broker: where it is, what it holds, what is wrong with it
    Describe(describe::Args),
    /// Show log directories: their disks, their replicas, and which are offline
    LogDirs(log_dirs::Args),
    /// Say whether a broker can be restarted without anybody noticing; exit code 5 if not
    CanRestart(can_restart::Args),
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
            Verb::Describe(args) => args.run(),
            Verb::LogDirs(args) => args.run(),
            Verb::CanRestart(args) => args.run(),
            Verb::Drain(args) => args.run(),
            Verb::Rebalance(args) => args.run(),
            Verb::Throttle(args) => args.run(),
        }
    }
}
