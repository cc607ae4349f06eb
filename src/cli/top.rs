//! `logbus top`.

use std::time::Duration;

use clap::ValueEnum;

use super::connect::Connect;
use super::error::{CliError, Exit};
use super::human;
use crate::client::{ClientError, Cluster};
use crate::tui::{self, ClusterSource, Options, Screen, TopError};

/// Watch the cluster live: topics, partitions at risk, groups and their lag
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    connect: Connect,
    /// Time between samples
    #[arg(long, short, value_name = "TIME", default_value = "1s", value_parser = human::parse_duration)]
    interval: Duration,
    /// The tab to begin with
    #[arg(long, short = 's', value_enum, default_value = "overview")]
    screen: Tab,
    /// Print one frame as text and exit
    #[arg(long)]
    once: bool,
    /// Width and height of that frame [default: the terminal's, else 80x24]
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = parse_size, requires = "once")]
    size: Option<(u16, u16)>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Tab {
    Overview,
    Topics,
    Partitions,
    Groups,
    Brokers,
}

impl From<Tab> for Screen {
    fn from(tab: Tab) -> Screen {
        match tab {
            Tab::Overview => Screen::Overview,
            Tab::Topics => Screen::Topics,
            Tab::Partitions => Screen::Partitions,
            Tab::Groups => Screen::Groups,
            Tab::Brokers => Screen::Brokers,
        }
    }
}

fn parse_size(text: &str) -> Result<(u16, u16), String> {
    let side = |n: &str| n.trim().parse::<u16>().ok().filter(|n| (1..=1000).contains(n));
    let parsed = text.split_once(['x', '×']).and_then(|(w, h)| Some((side(w)?, side(h)?)));
    parsed.ok_or_else(|| format!("`{text}` is not a size: expected two numbers up to 1000, as in 200x50"))
}

impl Args {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let (config, _) = self.connect.settings()?;
        let options = Options {
            bootstrap: config.bootstrap.join(","),
            interval: self.interval.max(Duration::from_millis(100)),
            screen: self.screen.into(),
            once: self.once,
            size: self.size,
            colour: tui::colour_from_env(),
        };
        // Two threads: a slow cluster must not make keys wait.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let result = runtime.block_on(tui::run(ClusterSource::new(Cluster::new(config)), options));
        runtime.shutdown_background();
        match result {
            Ok(()) => Ok(Exit::Done),
            Err(TopError::NotATerminal) => {
                let error = CliError::usage("top needs a terminal, and this is not one");
                Err(error.with_hint("`logbus top --once` prints one frame into a pipe"))
            }
            Err(e @ TopError::Sample(_)) => {
                let error = CliError::failed(e.to_string()).with_exit(Exit::Unreachable);
                Err(ClientError::Unreachable { tried: Vec::new() }.hint().into_iter().fold(error, CliError::with_hint))
            }
            Err(e) => Err(CliError::failed(e.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_two_numbers_in_bounds() {
        assert_eq!(parse_size("200x50"), Ok((200, 50)));
        for bad in ["200", "0x5", "x", "80x99999", "80x-1"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }
}
