//! `logbus offsets`.

use clap::Subcommand;

use super::connect::Connect;
use super::error::{CliError, Exit};
use super::human;
use super::output::Listing;
use super::table::Table;
use crate::client::{Isolation, OffsetAt};
use crate::model::TimestampMs;
use crate::ops::offsets;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Look up the ends of partitions, or offsets by time
    Get(GetArgs),
}

/// Look up the ends of partitions, or offsets by time
#[derive(Debug, clap::Args)]
pub struct GetArgs {
    /// Topics; none for all but the cluster's own
    #[arg(value_name = "TOPIC")]
    topics: Vec<String>,
    /// Only these partitions
    #[arg(short, long, value_name = "P,…", value_delimiter = ',')]
    partitions: Vec<i32>,
    /// earliest, latest, max-timestamp, earliest-local, latest-tiered, earliest-pending-upload, or a time such as `yesterday 14:00Z` or -1h
    #[arg(long, value_name = "WHERE", default_value = "latest", allow_hyphen_values = true, value_parser = parse_at)]
    at: At,
    /// End at the last stable offset
    #[arg(long)]
    read_committed: bool,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

#[derive(Clone, Copy, Debug)]
struct At(OffsetAt);

fn parse_at(text: &str) -> Result<At, String> {
    Ok(At(match text {
        "earliest" => OffsetAt::Earliest,
        "latest" => OffsetAt::Latest,
        "max-timestamp" => OffsetAt::MaxTimestamp,
        "earliest-local" => OffsetAt::EarliestLocal,
        "latest-tiered" => OffsetAt::LatestTiered,
        "earliest-pending-upload" => OffsetAt::EarliestPendingUpload,
        time => OffsetAt::Time(TimestampMs(human::parse_time(time, TimestampMs::now().0)?)),
    }))
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        let Verb::Get(args) = self;
        args.run()
    }
}

impl GetArgs {
    fn run(self) -> Result<Exit, CliError> {
        let (topics, partitions, at) = (self.topics, self.partitions, self.at.0);
        let isolation = if self.read_committed { Isolation::ReadCommitted } else { Isolation::ReadUncommitted };
        let rows = self.connect.run(|cluster| async move {
            let partitions = (!partitions.is_empty()).then_some(partitions);
            offsets::get(&cluster, &topics, partitions.as_deref(), at, isolation).await
        })?;
        let names = || rows.iter().map(|r| format!("{}-{}", r.topic, r.partition)).collect();
        self.output.print("offsets", &rows, names, |_| {
            let mut table = Table::new(&["TOPIC", ">P", ">OFFSET", "TIME"]);
            for r in &rows {
                let time = match r.error {
                    Some(error) => error.name().to_lowercase().replace('_', " "),
                    None => human::or_empty(r.timestamp_ms, human::time_millis),
                };
                table.row([r.topic.clone(), r.partition.to_string(), human::or_empty(r.offset, human::grouped), time]);
            }
            table
        })?;
        let failed = rows.iter().filter(|r| r.error.is_some()).count();
        Ok(match failed {
            0 => Exit::Done,
            n if n == rows.len() => Exit::Failed,
            _ => Exit::Partly,
        })
    }
}
