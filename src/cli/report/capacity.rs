//! `logbus report capacity`.

use std::time::Duration;

use serde::Serialize;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::ops::report::capacity::{self, Load, Measured, Needs};

/// Show what topics need of disks and networks: rate × size × retention × replication factor
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Rates are those of the last --window, by the times of records. With --rate no cluster is asked.

Examples:
  logbus report capacity
  logbus report capacity orders --window 24h --growth 2
  logbus report capacity --rate 50000 --record-size 1kB --retention 7d --replication-factor 3 --readers 4")]
pub struct Args {
    /// Topics; none for all
    #[arg(value_name = "TOPIC", conflicts_with = "rate")]
    topics: Vec<String>,
    /// Over which time rates are measured
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = human::parse_duration)]
    window: Duration,
    /// As if so many times as much came
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    growth: f64,
    /// Records a second of a topic that is only thought of
    #[arg(long, value_name = "N", requires = "record_size")]
    rate: Option<f64>,
    /// Bytes of one of its records, as compressed as they will be
    #[arg(long, value_name = "SIZE", value_parser = human::parse_size, requires = "rate")]
    record_size: Option<u64>,
    /// How long it keeps them
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = human::parse_duration)]
    retention: Duration,
    /// Replicas of each of its partitions
    #[arg(short, long, value_name = "N", default_value_t = 3)]
    replication_factor: usize,
    /// How many groups read it
    #[arg(long, value_name = "N", default_value_t = 1)]
    readers: usize,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    load: Load,
    needs: Needs,
}

#[derive(Serialize)]
struct Shown {
    topics: Vec<Row>,
    total: Needs,
    disk_total: Option<i64>,
    disk_free: Option<i64>,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        if !(self.growth.is_finite() && self.growth > 0.0) {
            return Err(CliError::usage(format!("--growth {}: write a factor above 0", self.growth)));
        }
        let measured = match (self.rate, self.record_size) {
            (Some(rate), Some(size)) => {
                Measured { loads: vec![self.thought_of(rate, size)], disk_total: None, disk_free: None }
            }
            _ => {
                let names = (!self.topics.is_empty()).then(|| self.topics.clone());
                let window = self.window;
                self.connect
                    .run(|cluster| async move { capacity::measure(&cluster, names.as_deref(), window).await })?
            }
        };
        let shown = shown(measured, self.growth);
        let names = || shown.topics.iter().map(|row| row.load.topic.clone()).collect();
        let page = |_| format!("{}{}", table(&shown).render(), sum(&shown));
        self.output.pages("capacity", &shown, names, page, |_| table(&shown))?;
        Ok(Exit::Done)
    }

    fn thought_of(&self, rate: f64, size: u64) -> Load {
        Load {
            topic: "(given)".to_owned(),
            records_per_second: rate,
            record_bytes: size as f64,
            retention_ms: i64::try_from(self.retention.as_millis()).ok(),
            retention_bytes: None,
            compacted: false,
            replication_factor: self.replication_factor,
            readers: self.readers,
            disk_now: None,
        }
    }
}

fn shown(measured: Measured, growth: f64) -> Shown {
    let mut total = Needs { disk: Some(0.0), network_in: 0.0, network_out: 0.0 };
    let mut topics = Vec::new();
    for mut load in measured.loads {
        load.records_per_second *= growth;
        let needs = load.needs();
        // A topic without limit needs what it has, at least.
        let disk = needs.disk.or(load.disk_now.map(|bytes| bytes as f64)).unwrap_or(0.0);
        total.disk = total.disk.map(|sum| sum + disk);
        total.network_in += needs.network_in;
        total.network_out += needs.network_out;
        topics.push(Row { load, needs });
    }
    Shown { topics, total, disk_total: measured.disk_total, disk_free: measured.disk_free }
}

fn bytes(n: f64) -> String {
    human::size(n as i64)
}

fn table(shown: &Shown) -> Table {
    let columns = [
        "TOPIC",
        ">IN REC/S",
        ">RECORD",
        "RETENTION",
        ">RF",
        ">READERS",
        ">DISK NOW",
        ">DISK NEEDED",
        ">NET IN/S",
        ">NET OUT/S",
    ];
    let mut table = Table::new(&columns);
    for Row { load, needs } in &shown.topics {
        let retention = match (load.compacted, load.retention_ms, load.retention_bytes) {
            (true, ..) => "compacted".to_owned(),
            (_, Some(ms), None) => human::millis(ms),
            (_, Some(ms), Some(n)) => format!("{} or {}", human::millis(ms), human::size(n)),
            (_, None, Some(n)) => human::size(n),
            (_, None, None) => "unlimited".to_owned(),
        };
        table.row([
            load.topic.clone(),
            human::rate(load.records_per_second),
            bytes(load.record_bytes),
            retention,
            load.replication_factor.to_string(),
            load.readers.to_string(),
            human::or_empty(load.disk_now, human::size),
            human::or_empty(needs.disk, bytes),
            bytes(needs.network_in),
            bytes(needs.network_out),
        ]);
    }
    table
}

/// The whole in one line: what is needed, and what there is.
fn sum(shown: &Shown) -> String {
    let needed = shown.total.disk.unwrap_or(0.0);
    let disks = match shown.disk_total {
        Some(total) if total > 0 => {
            let percent = needed / total as f64 * 100.0;
            format!(" of {} on all disks ({percent:.0} %)", human::size(total))
        }
        _ => String::new(),
    };
    let (into, out) = (bytes(shown.total.network_in), bytes(shown.total.network_out));
    format!("in all: disk {}{disks}, network {into}/s in, {out}/s out\n", bytes(needed))
}
