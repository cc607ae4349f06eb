//! `logbus cluster pause` and `logbus cluster resume`.

use super::{Home, sum_up};
use crate::cli::error::{CliError, Exit};
use crate::ops::local_cluster::{LocalError, Node, Signal, lock, process_of, send};

/// Hold nodes (SIGSTOP), as a stall of the machine would
#[derive(Debug, clap::Args)]
pub struct PauseArgs {
    /// Nodes to hold
    #[arg(required = true, value_name = "NODE")]
    ids: Vec<i32>,
    #[command(flatten)]
    home: Home,
}

/// Let held nodes go on (SIGCONT)
#[derive(Debug, clap::Args)]
pub struct ResumeArgs {
    /// Nodes to let go on; every held one without it
    #[arg(value_name = "NODE")]
    ids: Vec<i32>,
    #[command(flatten)]
    home: Home,
}

impl PauseArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        signal(&self.home, &self.ids, Signal::STOP, "paused")
    }
}

impl ResumeArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        signal(&self.home, &self.ids, Signal::CONT, "resumed")
    }
}

fn signal(home: &Home, ids: &[i32], signal: Signal, done: &str) -> Result<Exit, CliError> {
    let nodes = home.nodes(ids)?;
    let _lock = lock(&home.dir)?;
    let one = |node: &Node| -> Result<String, LocalError> {
        let Some(process) = process_of(node)? else { return Ok(format!("node {} is down", node.id)) };
        send(node, &process, signal)?;
        Ok(format!("{done} node {}", node.id))
    };
    let results = nodes.iter().map(|node| match one(node) {
        Ok(said) => (said, Ok(())),
        Err(e) => (String::new(), Err(e)),
    });
    sum_up(results.collect())
}
