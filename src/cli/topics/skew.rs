//! `logbus topics skew`.

use std::time::Duration;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::ops::topics::skew::{self, Skew};

/// Show how evenly a topic is spread: hot partitions, and the keys that make them so
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  logbus topics skew orders
  logbus topics skew orders --sample 100000 --keys 20
  logbus topics skew orders --max 2               exit code 5 when a partition has twice its share")]
pub struct Args {
    /// The topic
    topic: String,
    /// Over which time rates are measured
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = human::parse_duration)]
    window: Duration,
    /// How many of the last records to read for their keys; 0 reads none
    #[arg(long, value_name = "RECORDS", default_value_t = 10_000)]
    sample: u64,
    /// How many keys to show
    #[arg(long, value_name = "N", default_value_t = 10)]
    keys: usize,
    /// Exit with 5 when a partition has more than so many times its share
    #[arg(long, value_name = "FACTOR")]
    max: Option<f64>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let (topic, window) = (self.topic.clone(), self.window);
        let (sample, keys) = (self.sample, self.keys);
        let skew =
            self.connect.run(|cluster| async move { skew::skew(&cluster, &topic, window, sample, keys).await })?;
        let names = || skew.partitions.iter().map(|p| format!("{}-{}", skew.topic, p.partition)).collect();
        self.output.pages("skew", &skew, names, |_| page(&skew), |_| partitions(&skew))?;
        if let Some(max) = self.max.filter(|max| skew.worst() > *max) {
            let error =
                CliError::failed(format!("a partition of {} has {:.1} times its share", skew.topic, skew.worst()));
            let hint = format!("--max is {max}; another key, or a key with something added to it, spreads records");
            return Err(error.with_exit(Exit::ConditionFails).with_hint(hint));
        }
        Ok(Exit::Done)
    }
}

fn page(skew: &Skew) -> String {
    let mut text = partitions(skew).render();
    if !skew.keys.is_empty() {
        let mut table = Table::new(&["KEY", ">P", ">RECORDS", ">%"]);
        for key in &skew.keys {
            table.row([
                key.key.as_deref().map_or_else(|| "(none)".to_owned(), |key| key.chars().take(60).collect()),
                key.partition.to_string(),
                human::grouped(i64::try_from(key.records).unwrap_or(i64::MAX)),
                format!("{:.1}", key.records as f64 * 100.0 / skew.sampled.max(1) as f64),
            ]);
        }
        let sampled = human::grouped(i64::try_from(skew.sampled).unwrap_or(i64::MAX));
        text.push_str(&format!("\nkeys of the last {sampled} records\n{}", table.render()));
    }
    text
}

fn partitions(skew: &Skew) -> Table {
    let mut table = Table::new(&[">P", ">LEADER", ">RECORDS", ">OF MEAN", ">SIZE", ">IN/S", ">IN OF MEAN"]);
    for share in &skew.partitions {
        table.row([
            share.partition.to_string(),
            human::or_empty(share.leader, |id| id.to_string()),
            human::count(share.records),
            format!("{:.2}", share.of_mean),
            human::or_empty(share.bytes, human::size),
            human::rate(share.rate),
            format!("{:.2}", share.rate_of_mean),
        ]);
    }
    table
}
