//! `logbus bench`: load, latency, and what things cost a broker. A file per verb; what they share is here.

mod connections;
mod consume;
mod floor;
mod latency;
mod null_broker;
mod partitions;
mod produce;

use std::future::Future;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};

use super::connect::Connect;
use super::error::{CliError, Exit};
use super::human;
use crate::client::Cluster;
use crate::ops::bench::{Percentiles, Progress, Spent};
use crate::wire::compression::{Codec, Compression};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// How fast the cluster takes records
    Produce(produce::Args),
    /// How fast the cluster gives records
    Consume(consume::Args),
    /// How long a record takes at a fixed rate, to its acknowledgement and to a consumer
    Latency(latency::Args),
    /// What idle connections cost a broker
    Connections(connections::Args),
    /// What idle partitions cost a broker
    Partitions(partitions::Args),
    /// What the kernel alone takes for a gigabyte in and out
    Floor(floor::Args),
    /// A broker that answers at once and stores nothing, to measure clients against
    NullBroker(null_broker::Args),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::Produce(args) => args.run(),
            Verb::Consume(args) => args.run(),
            Verb::Latency(args) => args.run(),
            Verb::Connections(args) => args.run(),
            Verb::Partitions(args) => args.run(),
            Verb::Floor(args) => args.run(),
            Verb::NullBroker(args) => args.run(),
        }
    }
}

/// The broker's process.
#[derive(Clone, Copy, Debug, clap::Args)]
struct BrokerPid {
    /// The broker's process, on this machine: tells what the broker spent
    #[arg(long, value_name = "PID")]
    broker_pid: Option<u32>,
}

fn parse_acks(text: &str) -> Result<i16, String> {
    match text {
        "all" | "-1" => Ok(-1),
        "0" => Ok(0),
        "1" => Ok(1),
        _ => Err("acks is all, 1 or 0".into()),
    }
}

fn parse_answered_acks(text: &str) -> Result<i16, String> {
    match parse_acks(text) {
        Ok(0) | Err(_) => Err("acks is all or 1: without an answer there is nothing to measure".into()),
        acks => acks,
    }
}

fn parse_codec(text: &str) -> Result<Compression, String> {
    Codec::from_name(text).map(Compression::of).ok_or_else(|| "none, gzip, snappy, lz4 or zstd".into())
}

fn parse_rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate: &f64| *rate > 0.0 && rate.is_finite());
    rate.ok_or_else(|| "a rate is a number above 0".into())
}

fn millis(ms: f64) -> String {
    match ms {
        ms if ms < 1.0 => format!("{ms:.3}"),
        ms if ms < 10.0 => format!("{ms:.2}"),
        ms => format!("{ms:.0}"),
    }
}

const LATENCY: [&str; 6] = [">P50 MS", ">P90 MS", ">P99 MS", ">P99.9 MS", ">MAX MS", ">MEAN MS"];

fn latencies(p: &Percentiles) -> impl Iterator<Item = String> {
    [p.p50_ms, p.p90_ms, p.p99_ms, p.p999_ms, p.max_ms, p.mean_ms].map(millis).into_iter()
}

fn per_second(bytes: f64) -> String {
    format!("{}/s", human::size(bytes as i64))
}

const SPENT: [&str; 3] = [">BROKER CPU S/GB", ">CPU S/M RECORDS", ">RSS"];

fn spent(broker: Option<&Spent>) -> [String; 3] {
    broker.map_or_else(Default::default, |s| {
        let cpu = |seconds: f64| format!("{seconds:.3}");
        [cpu(s.cpu_seconds_per_gb), cpu(s.cpu_seconds_per_million), human::size(s.rss_bytes as i64)]
    })
}

/// Runs an operation, with a bar on stderr when that is a terminal.
fn with_bar<T, E, F>(
    connect: &Connect,
    total: Option<u64>,
    unit: &str,
    operation: impl FnOnce(Cluster, Arc<Progress>) -> F,
) -> Result<T, CliError>
where
    F: Future<Output = Result<T, E>>,
    CliError: From<E>,
{
    watched(total, unit, |progress| connect.run(|cluster| operation(cluster, progress)))
}

/// Runs a closure while another thread draws how far it is.
fn watched<T>(total: Option<u64>, unit: &str, run: impl FnOnce(Arc<Progress>) -> T) -> T {
    let progress = Arc::new(Progress::default());
    if !std::io::stderr().is_terminal() {
        return run(progress);
    }
    let template = if total.is_some() {
        format!("{{bar:40}} {{human_pos}}/{{human_len}} {unit}  {{per_sec}}  {{eta}} left")
    } else {
        format!("{{spinner}} {{human_pos}} {unit}  {{per_sec}}  {{elapsed}}")
    };
    let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    bar.set_style(ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    let (done, over) = std::sync::mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let (watching, shown) = (Arc::clone(&progress), bar.clone());
        scope.spawn(move || {
            // Ten times a second costs nothing that a measurement would show.
            while over.recv_timeout(Duration::from_millis(100)) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                shown.set_position(watching.done());
            }
            shown.finish_and_clear();
        });
        let result = run(progress);
        drop(done);
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latency_needs_an_answer_and_a_rate_is_positive() {
        assert_eq!((parse_answered_acks("all"), parse_answered_acks("1")), (Ok(-1), Ok(1)));
        assert!(parse_answered_acks("0").is_err());
        assert_eq!(parse_acks("0"), Ok(0));
        assert!(parse_rate("0").is_err() && parse_rate("inf").is_err() && parse_rate("2.5") == Ok(2.5));
    }
}
