//! `logbus cluster stop` and `logbus cluster kill`.

use std::time::{Duration, Instant};

use super::{Home, sum_up};
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::ops::local_cluster::{LocalError, Node, Process, Signal, lock, process_of, send, wait_for_end};

/// A killed process is gone as soon as the kernel comes to it.
const KILL_PATIENCE: Duration = Duration::from_secs(10);

/// Stop nodes by a controlled shutdown
#[derive(Debug, clap::Args)]
pub struct StopArgs {
    /// Nodes to stop; every one without it
    #[arg(value_name = "NODE")]
    ids: Vec<i32>,
    #[command(flatten)]
    home: Home,
    /// Longest time until they have stopped
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = human::parse_duration)]
    timeout: Duration,
}

/// Kill nodes (SIGKILL), as a crash would
#[derive(Debug, clap::Args)]
pub struct KillArgs {
    /// Nodes to kill
    #[arg(required = true, value_name = "NODE")]
    ids: Vec<i32>,
    #[command(flatten)]
    home: Home,
}

impl StopArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let nodes = self.home.nodes(&self.ids)?;
        let _lock = lock(&self.home.dir)?;
        // A paused process takes SIGTERM once it goes on.
        end(&nodes, &[Signal::TERM, Signal::CONT], "stopped", self.timeout)
    }
}

impl KillArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let nodes = self.home.nodes(&self.ids)?;
        let _lock = lock(&self.home.dir)?;
        end(&nodes, &[Signal::KILL], "killed", KILL_PATIENCE)
    }
}

fn end(nodes: &[Node], signals: &[Signal], done: &str, given: Duration) -> Result<Exit, CliError> {
    let until = Instant::now() + given;
    // All are told before any is waited for: the time is for all of them.
    let signal = |node: &Node| -> Result<Option<Process>, LocalError> {
        let process = process_of(node)?;
        if let Some(process) = &process {
            signals.iter().try_for_each(|signal| send(node, process, *signal))?;
        }
        Ok(process)
    };
    let told: Vec<_> = nodes.iter().map(|node| (node, signal(node))).collect();
    let results = told.into_iter().map(|(node, told)| match told {
        Ok(None) => (format!("node {} is down already", node.id), Ok(())),
        Ok(Some(process)) => (format!("{done} node {}", node.id), wait_for_end(node, &process, until, given)),
        Err(e) => (String::new(), Err(e)),
    });
    sum_up(results.collect())
}
