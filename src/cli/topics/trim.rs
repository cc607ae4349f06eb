//! `logbus topics trim`.

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::{Output, say};
use crate::cli::table::Table;
use crate::model::TimestampMs;
use crate::ops::records::{self, Trim, TrimTo};

/// Delete the oldest records of a topic, up to an offset or a time
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("to").required(true))]
pub struct Args {
    /// The topic
    topic: String,
    /// Only these partitions
    #[arg(short, long, value_name = "P,…", value_delimiter = ',')]
    partitions: Vec<i32>,
    /// Keep this offset and what comes after it
    #[arg(long, value_name = "N", group = "to", value_parser = clap::value_parser!(i64).range(0..))]
    offset: Option<i64>,
    /// Keep the first record of this time and what comes after it, such as `yesterday 14:00Z` or -1h
    #[arg(long, value_name = "TIME", group = "to", allow_hyphen_values = true, value_parser = parse_time)]
    time: Option<TimestampMs>,
    /// Keep nothing of what is there now
    #[arg(long, group = "to")]
    all: bool,
    /// Delete; without it, show what would be deleted
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

fn parse_time(text: &str) -> Result<TimestampMs, String> {
    human::parse_time(text, TimestampMs::now().0).map(TimestampMs)
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let to = match (self.offset, self.time) {
            (Some(offset), _) => TrimTo::Offset(offset),
            (_, Some(time)) => TrimTo::Time(time),
            _ => TrimTo::End,
        };
        let (topic, execute) = (self.topic, self.yes);
        let partitions = (!self.partitions.is_empty()).then_some(self.partitions);
        let trims = self.connect.run(|cluster| async move {
            let plan = records::plan(&cluster, &topic, partitions.as_deref(), to).await?;
            if execute { records::trim(&cluster, plan).await } else { Ok(plan) }
        })?;
        let names = || trims.iter().map(|t| format!("{}-{}", t.topic, t.partition)).collect();
        self.output.print("trim", &trims, names, |_| table(&trims))?;
        let mut refused = 0;
        for trim in &trims {
            if let Some(code) = trim.error {
                refused += 1;
                CliError::failed(format!("cannot trim {}-{}: {}", trim.topic, trim.partition, code.message())).print();
            }
        }
        if self.output.is_table() && !self.yes {
            let records = trims.iter().map(Trim::records).sum();
            say(&format!(
                "would delete {} records in {} partitions. Nothing was changed: add --yes to delete.\n",
                human::grouped(records),
                trims.iter().filter(|t| t.records() > 0).count()
            ))?;
        }
        Ok(match refused {
            0 => Exit::Done,
            n if n == trims.len() => Exit::Failed,
            _ => Exit::Partly,
        })
    }
}

fn table(trims: &[Trim]) -> Table {
    let mut table = Table::new(&["TOPIC", ">P", ">START", ">END", ">NEW START", ">RECORDS"]);
    for t in trims {
        table.row([
            t.topic.clone(),
            t.partition.to_string(),
            human::grouped(t.start),
            human::grouped(t.end),
            human::grouped(t.to),
            human::grouped(t.records()),
        ]);
    }
    table
}
