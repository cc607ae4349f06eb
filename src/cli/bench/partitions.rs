//! `logbus bench partitions`.

use std::time::Duration;

use super::{BrokerPid, with_bar};
use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::ops::bench::{self, Growth, PartitionsBench};

/// What idle partitions cost a broker
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Partitions to create
    #[arg(value_name = "N", default_value = "1000")]
    partitions: u64,
    /// Topics that they belong to
    #[arg(long, value_name = "N", default_value = "10")]
    topics: u64,
    /// What the topics' names begin with; a number follows
    #[arg(long, value_name = "TEXT", default_value = "logbus-bench-")]
    prefix: String,
    /// Replicas of each
    #[arg(long, value_name = "N", default_value = "1")]
    replication_factor: i16,
    /// How long to watch the idle broker afterwards
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = human::parse_duration)]
    hold: Duration,
    /// Leave the topics there
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    broker: BrokerPid,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

pub(super) const GREW: [&str; 4] = [">RSS BEFORE", ">RSS AFTER", ">BYTES EACH", ">IDLE CPU %"];

pub(super) fn grew(growth: &Growth, each: Option<f64>, held_seconds: f64) -> [String; 4] {
    [
        human::size(growth.rss_before_bytes as i64),
        human::size(growth.rss_after_bytes as i64),
        each.map_or_else(String::new, |bytes| human::grouped(bytes as i64)),
        if held_seconds > 0.0 { format!("{:.2}", 100.0 * growth.cpu_seconds / held_seconds) } else { String::new() },
    ]
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let bench = PartitionsBench {
            partitions: self.partitions,
            topics: self.topics,
            prefix: self.prefix,
            replication_factor: self.replication_factor,
            hold: self.hold,
            keep: self.keep,
            broker_pid: self.broker.broker_pid,
        };
        let total = Some(self.partitions);
        let report = with_bar(&self.connect, total, "partitions", |cluster, progress| async move {
            bench::partitions(&cluster, &bench, &progress).await
        })
        .map_err(|e: CliError| {
            if e.has_hint() { e } else { e.with_hint("`logbus brokers list` shows who could hold replicas") }
        })?;
        self.output.print("bench-partitions", &report, Vec::new, |_| {
            let mut columns = vec![">PARTITIONS", ">TOPICS", ">SECONDS TO CREATE"];
            columns.extend(report.broker.map(|_| GREW).into_iter().flatten());
            let mut table = Table::new(&columns);
            let head = [
                human::grouped(report.partitions as i64),
                human::grouped(report.topics as i64),
                format!("{:.2}", report.seconds),
            ];
            let grew = report.broker.map(|g| grew(&g, report.bytes_per_partition, report.held_seconds));
            table.row(head.into_iter().chain(grew.into_iter().flatten()));
            table
        })?;
        Ok(Exit::Done)
    }
}
