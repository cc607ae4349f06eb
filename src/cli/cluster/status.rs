//! `logbus cluster status`.

use std::time::Duration;

use super::Home;
use crate::cli::connect::block_on;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::ops::local_cluster::{Node, NodeState, NodeStatus, QuorumRole, status};

/// Show which nodes run, where they listen and who leads
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    home: Home,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let found = look(&self.home.nodes(&[])?)?;
        let names = || found.iter().filter_map(|node| node.kafka.clone()).collect();
        self.output.print("local-cluster", &found, names, |wide| table(&found, wide))?;
        Ok(Exit::Done)
    }
}

/// How the nodes are now.
pub(super) fn look(nodes: &[Node]) -> Result<Vec<NodeStatus>, CliError> {
    Ok(block_on(status(nodes))??)
}

const fn state(state: NodeState) -> &'static str {
    match state {
        NodeState::Ok => "ok",
        NodeState::NotServing => "not serving",
        NodeState::Paused => "paused",
        NodeState::Down => "down",
        NodeState::Unknown => "runs, does not answer",
    }
}

const fn role(role: QuorumRole) -> &'static str {
    match role {
        QuorumRole::Leader => "leader",
        QuorumRole::Voter => "voter",
        QuorumRole::Observer => "observer",
    }
}

pub(super) fn table(found: &[NodeStatus], wide: bool) -> Table {
    let mut columns = vec![">NODE", "STATE", "QUORUM", ">LEADERS", "KAFKA", "ADMIN", ">PID", ">UP"];
    if wide {
        columns.extend(["CONTROLLER", "DIR"]);
    }
    let mut table = Table::new(&columns);
    for node in found {
        let mut row = vec![
            node.id.to_string(),
            state(node.state).to_owned(),
            node.quorum.map(role).unwrap_or_default().to_owned(),
            human::or_empty(node.leaders, |n| n.to_string()),
            node.kafka.clone().unwrap_or_default(),
            node.admin.clone().unwrap_or_default(),
            human::or_empty(node.pid, |pid| pid.to_string()),
            human::or_empty(node.up_seconds, |s| human::duration(Duration::from_secs(s))),
        ];
        if wide {
            row.push(node.controller.clone().unwrap_or_default());
            row.push(node.dir.display().to_string());
        }
        table.row(row);
    }
    table
}
