//! `logbus cluster start`.

use std::time::{Duration, Instant};

use super::status::table;
use super::{Home, status::look};
use crate::broker::format::bootstrap_values;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Output;
use crate::ops::local_cluster::{
    LocalError, Node, NodeState, Plan, create, format, lock, nodes, pick, process_of, spawn, wait_until_ready,
};

/// Nodes of a new cluster unless told: the fewest that outlive the loss of one.
const NODES: u16 = 3;
/// How long it may take until every node has heard that another is ready.
const SETTLES: Duration = Duration::from_secs(3);

/// Make a cluster here, or start what is down of the one that is here
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  logbus cluster start                             three nodes in ./logbus-cluster, on free ports
  logbus cluster start --nodes 5 --base-port 9092 --dir /tmp/five
  logbus cluster start --override log.segment.bytes=1048576
  logbus cluster start 2                           node 2 again, after `logbus cluster kill 2`

Each node is a `logbus broker` of its own with its own directory, settings, log and ports. A node whose data was
removed by hand is formatted again, for the same cluster.")]
pub struct Args {
    /// Nodes to start; every one without it
    #[arg(value_name = "NODE")]
    ids: Vec<i32>,
    #[command(flatten)]
    home: Home,
    /// Nodes of a new cluster [default: 3]
    #[arg(short, long, value_name = "N")]
    nodes: Option<u16>,
    /// How many nodes of a new cluster vote on the metadata [default: 3, or 1 of fewer than 3 nodes]
    #[arg(long, value_name = "N")]
    controllers: Option<u16>,
    /// Serve clients on this port and those that follow, controllers 100 above, admin daemons 200 above [default: free ports]
    #[arg(long, value_name = "PORT")]
    base_port: Option<u16>,
    /// Set one setting of every node of a new cluster; may be repeated
    #[arg(long = "override", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// Longest time until all nodes are ready
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = human::parse_duration)]
    timeout: Duration,
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let plan = self.plan()?;
        // Nothing is made for a request that cannot be: not even the directory for the lock.
        plan.iter().try_for_each(Plan::check)?;
        if !self.ids.is_empty() {
            nodes(&self.home.dir)?;
        }
        let lock = lock(&self.home.dir)?;
        let all = match nodes(&self.home.dir) {
            Ok(found) if plan.is_some() => {
                return Err(LocalError::Exists { dir: self.home.dir, nodes: found.len() }.into());
            }
            Ok(found) => found,
            Err(LocalError::NoCluster(_)) if self.ids.is_empty() => {
                create(&self.home.dir, &plan.unwrap_or_else(|| Plan::of(NODES)))?
            }
            Err(e) => return Err(e.into()),
        };
        format(&all, &bootstrap_values())?;
        let chosen = pick(&self.home.dir, all.clone(), &self.ids)?;
        start(&chosen, self.timeout)?;
        drop(lock);
        self.report(&all)
    }

    /// What is asked of a new cluster; `None` when nothing is.
    fn plan(&self) -> Result<Option<Plan>, CliError> {
        let mut settings = Vec::new();
        for pair in &self.overrides {
            let (key, value) =
                pair.split_once('=').ok_or_else(|| CliError::usage(format!("--override {pair}: write KEY=VALUE")))?;
            settings.push((key.trim().to_owned(), value.trim().to_owned()));
        }
        let is_asked = self.nodes.is_some() || self.controllers.is_some() || self.base_port.is_some();
        Ok((is_asked || !settings.is_empty()).then(|| Plan {
            nodes: self.nodes.unwrap_or(NODES),
            controllers: self.controllers,
            base_port: self.base_port,
            settings,
        }))
    }

    fn report(&self, all: &[Node]) -> Result<Exit, CliError> {
        let mut found = look(all)?;
        // A node is ready once the controller says so; that the others have heard of it takes a moment more.
        let until = Instant::now() + SETTLES;
        while found.iter().any(|node| node.state == NodeState::NotServing) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
            found = look(all)?;
        }
        let servers: Vec<String> = found.iter().filter_map(|node| node.kafka.clone()).collect();
        self.output.print("local-cluster", &found, || servers.clone(), |wide| table(&found, wide))?;
        if self.output.is_table() {
            let option = self.home.option();
            note!("\nexport LOGBUS_BOOTSTRAP_SERVER={}", servers.join(","));
            note!("stop it with `logbus cluster stop{option}`; `logbus cluster kill 2{option}` is a crash of node 2");
        }
        Ok(Exit::Done)
    }
}

/// Starts those that do not run, all at once, and waits for them together: a quorum needs its majority to be ready.
fn start(nodes: &[Node], timeout: Duration) -> Result<(), CliError> {
    let binary = std::env::current_exe().map_err(|e| CliError::failed(format!("cannot find this program: {e}")))?;
    let mut started = Vec::new();
    for node in nodes {
        if process_of(node)?.is_none() {
            started.push(spawn(node, &binary)?);
        }
    }
    Ok(wait_until_ready(&mut started, timeout)?)
}
