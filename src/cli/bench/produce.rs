//! `logbus bench produce`.

use std::time::Duration;

use super::{BrokerPid, LATENCY, SPENT, latencies, parse_acks, parse_codec, parse_rate, per_second, spent, with_bar};
use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::ops::bench::{self, ProduceBench};
use crate::wire::compression::Compression;

/// How fast the cluster takes records
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The topic; its partitions take turns
    topic: String,
    /// Records in all
    #[arg(short = 'n', long, value_name = "N", default_value = "1000000")]
    records: u64,
    /// Stop after this time, whatever was sent
    #[arg(long, value_name = "TIME", value_parser = human::parse_duration)]
    duration: Option<Duration>,
    /// Bytes of a value
    #[arg(short, long, value_name = "SIZE", default_value = "100", value_parser = human::parse_size)]
    size: u64,
    /// Records of a batch, which is a request
    #[arg(long, value_name = "N", default_value = "500")]
    batch_records: usize,
    /// none, gzip, snappy, lz4, zstd
    #[arg(short = 'z', long, value_name = "CODEC", default_value = "none", value_parser = parse_codec)]
    compression: Compression,
    /// all, 1 or 0
    #[arg(long, value_name = "ACKS", default_value = "all", value_parser = parse_acks)]
    acks: i16,
    /// Requests under way at once on one connection
    #[arg(long, value_name = "N", default_value = "5")]
    in_flight: usize,
    /// Connections, each with a thread of its own
    #[arg(long, value_name = "N", default_value = "1")]
    connections: usize,
    /// Records a second in all; latency then counts from when a request was due. As fast as it goes without it
    #[arg(long, value_name = "N", value_parser = parse_rate)]
    rate: Option<f64>,
    #[command(flatten)]
    broker: BrokerPid,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let bench = ProduceBench {
            topic: self.topic,
            records: self.records,
            duration: self.duration,
            record_size: self.size as usize,
            batch_records: self.batch_records,
            compression: self.compression,
            acks: self.acks,
            in_flight: self.in_flight,
            connections: self.connections,
            rate: self.rate,
            broker_pid: self.broker.broker_pid,
        };
        let total = bench.duration.is_none().then_some(bench.records);
        let report = with_bar(&self.connect, total, "records", |cluster, progress| async move {
            bench::produce(&cluster, &bench, &progress).await
        })?;
        self.output.print("bench-produce", &report, Vec::new, |_| {
            let mut columns = vec![">RECORDS", ">SECONDS", ">RECORDS/S", ">VALUES"];
            columns.extend(LATENCY);
            columns.extend(report.broker.map(|_| SPENT).into_iter().flatten());
            let mut table = Table::new(&columns);
            let head = [
                human::grouped(report.records as i64),
                format!("{:.2}", report.seconds),
                human::grouped(report.records_per_second as i64),
                per_second(report.bytes_per_second),
            ];
            let broker = report.broker.as_ref().map(|b| spent(Some(b))).into_iter().flatten();
            table.row(head.into_iter().chain(latencies(&report.latency)).chain(broker));
            table
        })?;
        Ok(Exit::Done)
    }
}
