//! `logbus bench connections`.

use std::time::Duration;

use super::{BrokerPid, with_bar};
use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::ops::bench::{self, ConnectionsBench};

/// What idle connections cost a broker
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Connections to open
    #[arg(value_name = "N", default_value = "1000")]
    connections: usize,
    /// How long to hold them
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = human::parse_duration)]
    hold: Duration,
    #[command(flatten)]
    broker: BrokerPid,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let bench =
            ConnectionsBench { connections: self.connections, hold: self.hold, broker_pid: self.broker.broker_pid };
        let total = Some(self.connections as u64);
        let report = with_bar(&self.connect, total, "connections", |cluster, progress| async move {
            bench::connections(&cluster, &bench, &progress).await
        })?;
        self.output.print("bench-connections", &report, Vec::new, |_| {
            let mut columns = vec![">CONNECTIONS", ">SECONDS TO OPEN"];
            columns.extend(report.broker.map(|_| super::partitions::GREW).into_iter().flatten());
            let mut table = Table::new(&columns);
            let head = [human::grouped(report.connections as i64), format!("{:.2}", report.seconds)];
            let each = report.bytes_per_connection;
            let grew = report.broker.map(|g| super::partitions::grew(&g, each, report.held_seconds));
            table.row(head.into_iter().chain(grew.into_iter().flatten()));
            table
        })?;
        Ok(Exit::Done)
    }
}
