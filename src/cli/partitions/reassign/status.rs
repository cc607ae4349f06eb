//! `logbus partitions reassign status`.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::{Listing, say};
use crate::cli::partitions::carry_out;
use crate::cli::table::Table;
use crate::client::Cluster;
use crate::ops::Result as OpsResult;
use crate::ops::reassign::apply;
use crate::ops::reassign::progress::{self, PartitionProgress, Progress};
use crate::ops::reassign::throttle::Limits;

/// Show how far moves are, in bytes; take the throttle off when they are done
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How long to measure the rate; throttled copies come in bursts
    #[arg(long, value_name = "TIME", default_value = "3s", value_parser = human::parse_duration)]
    sample: Duration,
    /// Leave the throttle as it is
    #[arg(long)]
    keep_throttle: bool,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

#[derive(Serialize)]
struct Shown<'a> {
    partitions: &'a [PartitionProgress],
    done_bytes: u64,
    total_bytes: u64,
    bytes_per_second: f64,
    seconds_left: Option<u64>,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let (sample, keep) = (self.sample, self.keep_throttle);
        let (progress, rate, cleared) =
            self.connect.run(|cluster| async move { look(&cluster, sample, keep).await })?;
        let left = progress.time_left(rate);
        let shown = Shown {
            partitions: &progress.partitions,
            done_bytes: progress.done_bytes(),
            total_bytes: progress.total_bytes(),
            bytes_per_second: rate,
            seconds_left: left.map(|left| left.as_secs()),
        };
        carry_out::say_cleared(&cleared);
        if progress.partitions.is_empty() && self.output.is_table() {
            say("Nothing is moving.\n")?;
            return Ok(Exit::Done);
        }
        let names = || progress.partitions.iter().map(|p| format!("{}-{}", p.topic, p.partition)).collect();
        self.output.print("reassignments", &shown, names, |_| table(&progress))?;
        if self.output.is_table() {
            let time =
                left.map_or_else(|| "no end in sight".to_owned(), |left| format!("{} left", human::duration(left)));
            let bytes = |n: u64| human::size(i64::try_from(n).unwrap_or(i64::MAX));
            let (done, total) = (bytes(shown.done_bytes), bytes(shown.total_bytes));
            say(&format!("{done} of {total}, {}/s, {time}\n", human::size(rate as i64)))?;
        }
        Ok(Exit::Done)
    }
}

async fn look(cluster: &Cluster, sample: Duration, keep_throttle: bool) -> OpsResult<(Progress, f64, Limits)> {
    let (begun, first) = (Instant::now(), progress::look(cluster, None).await?);
    if first.partitions.is_empty() {
        let cleared = if keep_throttle { Limits::default() } else { apply::settle(cluster).await? };
        return Ok((first, 0.0, cleared));
    }
    tokio::time::sleep(sample).await;
    let second = progress::look(cluster, None).await?;
    let rate = second.rate_since(&first, begun.elapsed());
    let cleared = if keep_throttle { Limits::default() } else { apply::settle(cluster).await? };
    Ok((second, rate, cleared))
}

fn table(progress: &Progress) -> Table {
    let mut table = Table::new(&["TOPIC", ">P", "REPLICAS", "ADDING", "REMOVING", ">DONE", ">OF", ">%"]);
    let bytes = |n: u64| human::size(i64::try_from(n).unwrap_or(i64::MAX));
    for p in &progress.partitions {
        let percent = (p.done_bytes * 100).checked_div(p.total_bytes).map_or_else(String::new, |n| n.to_string());
        table.row([
            p.topic.clone(),
            p.partition.to_string(),
            human::ids(&p.replicas),
            human::ids(&p.adding),
            human::ids(&p.removing),
            bytes(p.done_bytes),
            bytes(p.total_bytes),
            percent,
        ]);
    }
    table
}
