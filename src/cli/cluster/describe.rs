//! `logbus cluster describe` and `logbus cluster id`: of any cluster, not only of one on this machine.

use serde::Serialize;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::{Listing, Output, say};
use crate::cli::table::Table;
use crate::ops::cluster::{Nodes, Side, nodes};

/// Show the id, the controller and the brokers of any cluster
#[derive(Debug, clap::Args)]
pub struct DescribeArgs {
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

/// Print the id of any cluster
#[derive(Debug, clap::Args)]
pub struct IdArgs {
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

#[derive(Serialize)]
struct Id {
    cluster_id: String,
}

fn ask(connect: &Connect) -> Result<Nodes, CliError> {
    connect.run(|cluster| async move { nodes(&cluster, Side::Brokers, true).await })
}

impl DescribeArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let found = ask(&self.connect)?;
        let names = || vec![found.cluster_id.clone()];
        let page = |_| format!("cluster {}\n\n{}", found.cluster_id, table(&found).render());
        self.output.pages("cluster", &found, names, page, |_| table(&found))?;
        Ok(Exit::Done)
    }
}

impl IdArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let cluster_id = ask(&self.connect)?.cluster_id;
        if self.output.is_table() && !self.output.is_arranged() {
            say(&format!("{cluster_id}\n"))?;
            return Ok(Exit::Done);
        }
        let id = Id { cluster_id };
        self.output.print(
            "cluster",
            &id,
            || vec![id.cluster_id.clone()],
            |_| {
                let mut table = Table::new(&["CLUSTER"]);
                table.row([id.cluster_id.clone()]);
                table
            },
        )?;
        Ok(Exit::Done)
    }
}

fn table(found: &Nodes) -> Table {
    let mut table = Table::new(&[">ID", "ADDRESS", "RACK", "STATE", "CONTROLLER"]);
    for node in &found.nodes {
        table.row([
            node.id.to_string(),
            format!("{}:{}", node.host, node.port),
            node.rack.clone().unwrap_or_default(),
            if node.fenced { "fenced" } else { "ok" }.to_owned(),
            if node.id == found.controller { "yes" } else { "" }.to_owned(),
        ]);
    }
    table
}
