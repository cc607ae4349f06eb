//! `logbus top`.

use std::time::Duration;

use super::connect::{Connect, block_on};
use super::error::{CliError, Exit};
use super::human;
use crate::client::Cluster;
use crate::tui::{self, ClusterSource, Options, TopError};

/// Watch the cluster live: topics, partitions at risk, groups with their lag
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Time between samples
    #[arg(short, long, value_name = "TIME", default_value = "1s", value_parser = human::parse_duration)]
    interval: Duration,
    /// Print one frame and leave
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    connect: Connect,
}

impl Args {
    /// Runs the command.
    pub fn run(self) -> Result<Exit, CliError> {
        let (config, _) = self.connect.settings()?;
        let options = Options {
            bootstrap: config.bootstrap.join(","),
            interval: self.interval.max(Duration::from_millis(100)),
            once: self.once,
            ..Options::default()
        };
        let source = ClusterSource::new(Cluster::new(config));
        match block_on(tui::run(source, options))? {
            Ok(()) => Ok(Exit::Done),
            Err(e @ TopError::Sample(_)) => Err(CliError::failed(e.to_string()).with_exit(Exit::Unreachable)),
            Err(e) => Err(CliError::failed(e.to_string())),
        }
    }
}
