//! `logbus cluster`: what any cluster is and was, and a cluster of real processes on this machine.

mod describe;
mod history;
mod pause;
mod start;
mod status;
mod stop;

use std::path::PathBuf;

use clap::Subcommand;

use super::error::{CliError, Exit};
use crate::ops::local_cluster::{LocalError, Node, nodes, pick};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show the id, the controller and the brokers of any cluster
    Describe(describe::DescribeArgs),
    /// Print the id of any cluster
    Id(describe::IdArgs),
    /// Make a cluster here, or start what is down of the one that is here
    Start(start::Args),
    /// Stop nodes by a controlled shutdown
    Stop(stop::StopArgs),
    /// Kill nodes (SIGKILL), as a crash would
    Kill(stop::KillArgs),
    /// Hold nodes (SIGSTOP), as a stall of the machine would
    Pause(pause::PauseArgs),
    /// Let held nodes go on (SIGCONT)
    Resume(pause::ResumeArgs),
    /// Show which nodes run, where they listen and who leads
    Status(status::Args),
    /// Tell from a metadata log who led, with which ISR and settings, and why that changed, without a broker
    History(history::Args),
}

impl Verb {
    /// Runs the verb.
    ///
    /// # Errors
    /// When there is no such cluster or node, or a process does not do what it should.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::Describe(args) => args.run(),
            Verb::Id(args) => args.run(),
            Verb::Start(args) => args.run(),
            Verb::Stop(args) => args.run(),
            Verb::Kill(args) => args.run(),
            Verb::Pause(args) => args.run(),
            Verb::Resume(args) => args.run(),
            Verb::Status(args) => args.run(),
            Verb::History(args) => args.run(),
        }
    }
}

/// Where the cluster is.
#[derive(Debug, clap::Args)]
struct Home {
    /// The cluster's directory
    #[arg(short, long, value_name = "DIR", default_value = "./logbus-cluster")]
    dir: PathBuf,
}

impl Home {
    /// The nodes with those numbers; all of them when none is given.
    fn nodes(&self, ids: &[i32]) -> Result<Vec<Node>, CliError> {
        Ok(pick(&self.dir, nodes(&self.dir)?, ids)?)
    }

    /// The option as it is typed, for hints.
    fn option(&self) -> String {
        if self.dir.as_os_str() == "./logbus-cluster" {
            String::new()
        } else {
            format!(" --dir {}", self.dir.display())
        }
    }
}

/// Prints how each node's part of the work went; gives the exit code of the whole.
fn sum_up(results: Vec<(String, Result<(), LocalError>)>) -> Result<Exit, CliError> {
    let all = results.len();
    let mut failed = 0;
    for (done, result) in results {
        match result {
            Ok(()) => super::output::say(&format!("{done}\n"))?,
            Err(e) => {
                failed += 1;
                CliError::from(e).print();
            }
        }
    }
    Ok(match failed {
        0 => Exit::Done,
        n if n == all => Exit::Failed,
        _ => Exit::Partly,
    })
}

impl From<LocalError> for CliError {
    fn from(error: LocalError) -> CliError {
        let message = error.to_string();
        match error {
            LocalError::File { action, path, source } => CliError::file(action, &path, &source),
            LocalError::NoCluster(_) => {
                CliError::failed(message).with_hint("`logbus cluster start --nodes 3 --dir DIR` makes one")
            }
            LocalError::Exists { .. } => CliError::failed(message)
                .with_hint("start it without --nodes and the like; its settings stand in DIR/node-N/server.properties"),
            LocalError::NoNode { .. } => CliError::failed(message).with_hint("`logbus cluster status` shows them"),
            LocalError::Settings { .. } => CliError::failed(message).with_hint("docs/settings.md lists every setting"),
            LocalError::Plan(_) => CliError::usage(message),
            LocalError::Format(_) => {
                CliError::failed(message).with_hint("`logbus storage info DIR` shows what a directory holds")
            }
            LocalError::Busy(_) => CliError::failed(message).with_hint("wait until that one has ended"),
            LocalError::Ended { log, .. } => {
                CliError::failed(message).with_details(log).with_hint("DIR/node-N/broker.log has the whole log")
            }
            LocalError::Late { log, .. } => CliError::failed(message)
                .with_exit(Exit::Unreachable)
                .with_details(log)
                .with_hint("`logbus cluster status` shows how the nodes are; --timeout gives them more time"),
            LocalError::Signal { .. } => {
                CliError::failed(message).with_hint("run it as the user that started the node")
            }
        }
    }
}
