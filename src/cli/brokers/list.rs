//! `logbus brokers list`.

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::ops::brokers::{self, BrokerSummary, ClusterSummary};

/// List brokers with what they lead and hold
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let cluster = self.connect.run(|cluster| async move { brokers::list(&cluster).await })?;
        let names = || cluster.brokers.iter().map(|b| b.id.to_string()).collect();
        self.output.print("brokers", &cluster, names, |wide| table(&cluster, wide))?;
        Ok(Exit::Done)
    }
}

fn state(broker: &BrokerSummary) -> String {
    match (broker.fenced, broker.out_of_sync) {
        (true, _) => "fenced".into(),
        (false, 0) => "ok".into(),
        (false, n) => format!("{n} replicas not in sync"),
    }
}

fn table(cluster: &ClusterSummary, wide: bool) -> Table {
    let mut columns = vec![">ID", "ADDRESS", "RACK", ">LEADERS", ">REPLICAS", ">SIZE", ">DISK FREE", "STATE"];
    if wide {
        columns.push("LOG DIRS");
    }
    let mut table = Table::new(&columns);
    for b in &cluster.brokers {
        let free: Option<i64> = b.log_dirs.iter().map(|d| d.usable_bytes).sum();
        let mut row = vec![
            b.id.to_string(),
            format!("{}:{}", b.host, b.port),
            b.rack.clone().unwrap_or_default(),
            b.leaders.to_string(),
            b.replicas.to_string(),
            human::or_empty(b.bytes, human::size),
            human::or_empty(free.filter(|_| !b.log_dirs.is_empty()), human::size),
            state(b),
        ];
        if wide {
            row.push(b.log_dirs.iter().map(|d| d.path.as_str()).collect::<Vec<_>>().join(","));
        }
        table.row(row);
    }
    table
}
