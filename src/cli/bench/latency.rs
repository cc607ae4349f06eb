//! `logbus bench latency`.

use std::time::Duration;

use super::{BrokerPid, LATENCY, latencies, parse_answered_acks, parse_rate, with_bar};
use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::ops::bench::{self, LatencyBench};

/// How long a record takes at a fixed rate
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The topic; the records go to its first partition, and nobody else may write there meanwhile
    topic: String,
    /// Records a second
    #[arg(long, value_name = "N", default_value = "1000", value_parser = parse_rate)]
    rate: f64,
    /// How long to send
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = human::parse_duration)]
    duration: Duration,
    /// Bytes of a value
    #[arg(short, long, value_name = "SIZE", default_value = "100", value_parser = human::parse_size)]
    size: u64,
    /// all or 1
    #[arg(long, value_name = "ACKS", default_value = "all", value_parser = parse_answered_acks)]
    acks: i16,
    /// Do not read the records back
    #[arg(long)]
    ack_only: bool,
    #[command(flatten)]
    broker: BrokerPid,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let bench = LatencyBench {
            topic: self.topic,
            rate: self.rate,
            duration: self.duration,
            record_size: self.size as usize,
            acks: self.acks,
            read_back: !self.ack_only,
            broker_pid: self.broker.broker_pid,
        };
        let total = (self.rate * self.duration.as_secs_f64()) as u64;
        let report = with_bar(&self.connect, Some(total), "records", |cluster, progress| async move {
            bench::latency(&cluster, &bench, &progress).await
        })?;
        self.output.print("bench-latency", &report, Vec::new, |_| {
            let mut table = Table::new(&[&["WAY", ">RECORDS"][..], &LATENCY].concat());
            let mut row = |way: &str, records: u64, p| {
                table.row([way.to_owned(), human::grouped(records as i64)].into_iter().chain(latencies(p)));
            };
            row("acknowledged", report.sent, &report.ack);
            if !self.ack_only {
                row("end to end", report.received, &report.end_to_end);
            }
            table
        })?;
        if !self.ack_only && report.received < report.sent {
            return Err(CliError::failed(format!(
                "{} of {} records did not come back within 10s",
                report.sent - report.received,
                report.sent
            )));
        }
        Ok(Exit::Done)
    }
}
