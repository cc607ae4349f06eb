//! `logbus bench consume`.

use super::{BrokerPid, SPENT, per_second, spent, with_bar};
use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::ops::bench::{self, ConsumeBench};

/// How fast the cluster gives records
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The topic, read from its start
    topic: String,
    /// Stop after so many records; where the log ends now without it
    #[arg(short = 'n', long, value_name = "N")]
    records: Option<u64>,
    /// Bytes of one partition in one answer
    #[arg(long, value_name = "SIZE", default_value = "1MiB", value_parser = human::parse_size)]
    partition_bytes: u64,
    /// Connections at most, each with a thread and partitions of its own
    #[arg(long, value_name = "N", default_value = "1")]
    connections: usize,
    #[command(flatten)]
    broker: BrokerPid,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let bench = ConsumeBench {
            topic: self.topic,
            records: self.records,
            partition_bytes: i32::try_from(self.partition_bytes).unwrap_or(i32::MAX),
            connections: self.connections,
            broker_pid: self.broker.broker_pid,
        };
        let report = with_bar(&self.connect, bench.records, "records", |cluster, progress| async move {
            bench::consume(&cluster, &bench, &progress).await
        })?;
        self.output.print("bench-consume", &report, Vec::new, |_| {
            let mut columns = vec![">RECORDS", ">WIRE", ">SECONDS", ">RECORDS/S", ">WIRE RATE"];
            columns.extend(report.broker.map(|_| SPENT).into_iter().flatten());
            let mut table = Table::new(&columns);
            let head = [
                human::grouped(report.records as i64),
                human::size(report.wire_bytes as i64),
                format!("{:.2}", report.seconds),
                human::grouped(report.records_per_second as i64),
                per_second(report.bytes_per_second),
            ];
            table.row(head.into_iter().chain(report.broker.as_ref().map(|b| spent(Some(b))).into_iter().flatten()));
            table
        })?;
        Ok(Exit::Done)
    }
}
