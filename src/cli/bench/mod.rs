//! `logbus bench`.

use std::time::Duration;

use clap::Subcommand;

use super::connect::Connect;
use super::error::{CliError, Exit};
use super::human;
use super::output::Output;
use super::table::Table;
use crate::ops::bench::{self, ConsumeBench, LatencyBench, Percentiles, ProduceBench};
use crate::wire::compression::{Codec, Compression};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// How fast the cluster takes records
    Produce(ProduceArgs),
    /// How fast the cluster gives records
    Consume(ConsumeArgs),
    /// How long a record takes at a fixed rate, to its acknowledgement and to a consumer
    Latency(LatencyArgs),
}

/// How fast the cluster takes records
#[derive(Debug, clap::Args)]
pub struct ProduceArgs {
    /// The topic; its partitions take turns
    topic: String,
    /// Records in all
    #[arg(short = 'n', long, value_name = "N", default_value = "1000000")]
    records: u64,
    /// Bytes of a value
    #[arg(short, long, value_name = "SIZE", default_value = "100", value_parser = human::parse_size)]
    size: u64,
    /// Records of a batch
    #[arg(long, value_name = "N", default_value = "500")]
    batch_records: usize,
    /// none, gzip, snappy, lz4, zstd
    #[arg(short = 'z', long, value_name = "CODEC", default_value = "none", value_parser = parse_codec)]
    compression: Compression,
    /// all or 1
    #[arg(long, value_name = "ACKS", default_value = "all", value_parser = parse_acks)]
    acks: Acks,
    /// Requests under way at once
    #[arg(long, value_name = "N", default_value = "5")]
    in_flight: usize,
    /// Records a second; as fast as it goes without it
    #[arg(long, value_name = "N")]
    rate: Option<f64>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

/// How fast the cluster gives records
#[derive(Debug, clap::Args)]
pub struct ConsumeArgs {
    /// The topic, read from its start
    topic: String,
    /// Stop after so many records; at the end of the log without it
    #[arg(short = 'n', long, value_name = "N")]
    records: Option<u64>,
    /// Bytes of one partition in one answer
    #[arg(long, value_name = "SIZE", default_value = "1MiB", value_parser = human::parse_size)]
    partition_bytes: u64,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

/// How long a record takes at a fixed rate
#[derive(Debug, clap::Args)]
pub struct LatencyArgs {
    /// The topic; the records go to its first partition
    topic: String,
    /// Records a second
    #[arg(long, value_name = "N", default_value = "1000")]
    rate: f64,
    /// How long to send
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = human::parse_duration)]
    duration: Duration,
    /// Bytes of a value
    #[arg(short, long, value_name = "SIZE", default_value = "100", value_parser = human::parse_size)]
    size: u64,
    /// all or 1
    #[arg(long, value_name = "ACKS", default_value = "all", value_parser = parse_acks)]
    acks: Acks,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, Debug)]
struct Acks(i16);

fn parse_acks(text: &str) -> Result<Acks, String> {
    match text {
        "all" | "-1" => Ok(Acks(-1)),
        "1" => Ok(Acks(1)),
        _ => Err("acks is all or 1: without an answer there is nothing to measure".into()),
    }
}

fn parse_codec(text: &str) -> Result<Compression, String> {
    Codec::from_name(text).map(Compression::of).ok_or_else(|| "none, gzip, snappy, lz4 or zstd".into())
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::Produce(args) => args.run(),
            Verb::Consume(args) => args.run(),
            Verb::Latency(args) => args.run(),
        }
    }
}

fn millis(ms: f64) -> String {
    if ms < 10.0 { format!("{ms:.2}") } else { format!("{ms:.0}") }
}

const LATENCY: [&str; 6] = [">P50 MS", ">P90 MS", ">P99 MS", ">P99.9 MS", ">MAX MS", ">MEAN MS"];

fn latencies(p: &Percentiles) -> impl Iterator<Item = String> {
    [p.p50_ms, p.p90_ms, p.p99_ms, p.p999_ms, p.max_ms, p.mean_ms].map(millis).into_iter()
}

fn per_second(bytes: f64) -> String {
    format!("{}/s", human::size(bytes as i64))
}

impl ProduceArgs {
    fn run(self) -> Result<Exit, CliError> {
        let bench = ProduceBench {
            topic: self.topic,
            records: self.records,
            record_size: self.size as usize,
            batch_records: self.batch_records,
            compression: self.compression,
            acks: self.acks.0,
            in_flight: self.in_flight,
            rate: self.rate,
        };
        let report = self.connect.run(|cluster| async move { bench::produce(&cluster, &bench).await })?;
        self.output.print("bench-produce", &report, Vec::new, |_| {
            let mut table = Table::new(&[&[">RECORDS", ">SECONDS", ">RECORDS/S", ">VALUES"][..], &LATENCY].concat());
            let head = [
                human::grouped(report.records as i64),
                format!("{:.2}", report.seconds),
                human::grouped(report.records_per_second as i64),
                per_second(report.bytes_per_second),
            ];
            table.row(head.into_iter().chain(latencies(&report.latency)));
            table
        })?;
        Ok(Exit::Done)
    }
}

impl ConsumeArgs {
    fn run(self) -> Result<Exit, CliError> {
        let partition_bytes = i32::try_from(self.partition_bytes).unwrap_or(i32::MAX);
        let bench = ConsumeBench { topic: self.topic, records: self.records, partition_bytes };
        let report = self.connect.run(|cluster| async move { bench::consume(&cluster, &bench).await })?;
        self.output.print("bench-consume", &report, Vec::new, |_| {
            let mut table = Table::new(&[">RECORDS", ">WIRE", ">SECONDS", ">RECORDS/S", ">WIRE RATE"]);
            table.row([
                human::grouped(report.records as i64),
                human::size(report.wire_bytes as i64),
                format!("{:.2}", report.seconds),
                human::grouped(report.records_per_second as i64),
                per_second(report.bytes_per_second),
            ]);
            table
        })?;
        Ok(Exit::Done)
    }
}

impl LatencyArgs {
    fn run(self) -> Result<Exit, CliError> {
        if !(self.rate > 0.0 && self.rate.is_finite()) {
            return Err(CliError::usage("--rate is a number above 0"));
        }
        let bench = LatencyBench {
            topic: self.topic,
            rate: self.rate,
            duration: self.duration,
            record_size: self.size as usize,
            acks: self.acks.0,
        };
        let report = self.connect.run(|cluster| async move { bench::latency(&cluster, &bench).await })?;
        self.output.print("bench-latency", &report, Vec::new, |_| {
            let mut table = Table::new(&[&["WAY", ">RECORDS"][..], &LATENCY].concat());
            let rows =
                [("acknowledged", report.sent, &report.ack), ("end to end", report.received, &report.end_to_end)];
            for (way, records, p) in rows {
                table.row([way.to_owned(), human::grouped(records as i64)].into_iter().chain(latencies(p)));
            }
            table
        })?;
        if report.received < report.sent {
            return Err(CliError::failed(format!(
                "{} of {} records did not come back within 10s",
                report.sent - report.received,
                report.sent
            )));
        }
        Ok(Exit::Done)
    }
}
