//! `logbus producers`.

use clap::Subcommand;

use super::connect::Connect;
use super::error::{CliError, Exit};
use super::human;
use super::output::Listing;
use super::table::Table;
use crate::client::At;
use crate::ops::transactions::{self, Producer};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List the producers that the partitions of a topic remember
    List(Args),
}

/// List the producers that the partitions of a topic remember
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The topic
    topic: String,
    /// Only these partitions
    #[arg(short, long = "partition", value_name = "ID", value_delimiter = ',')]
    partitions: Vec<i32>,
    /// Ask the replicas on this broker, not the leaders
    #[arg(long, value_name = "ID")]
    broker: Option<i32>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

/// A producer and the partition that remembers it.
#[derive(Debug, serde::Serialize)]
struct Row {
    topic: String,
    partition: i32,
    #[serde(flatten)]
    producer: Producer,
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        let Verb::List(args) = self;
        args.run()
    }
}

impl Args {
    fn run(self) -> Result<Exit, CliError> {
        let (topic, wanted, broker) = (self.topic, self.partitions, self.broker);
        let found = self.connect.run(|cluster| async move {
            let all = transactions::partitions_to_search(&cluster, std::slice::from_ref(&topic), broker).await?;
            let asked: Vec<At> = match wanted[..] {
                [] => all,
                _ => wanted.into_iter().map(|partition| (topic.clone(), partition)).collect(),
            };
            transactions::describe_producers(&cluster, &asked, broker).await
        })?;
        let partitions = found.len();
        let (mut rows, mut refused) = (Vec::new(), 0);
        for ((topic, partition), producers) in found {
            match producers {
                Ok(all) => {
                    rows.extend(all.into_iter().map(|producer| Row { topic: topic.clone(), partition, producer }));
                }
                Err(refusal) => {
                    refused += 1;
                    CliError::from(refusal.about(format!("{topic}-{partition}"))).print();
                }
            }
        }
        let names = || rows.iter().map(|row| row.producer.producer_id.to_string()).collect();
        self.output.print("producers", &rows, names, |_| table(&rows))?;
        Ok(match refused {
            0 => Exit::Done,
            n if n == partitions => Exit::Failed,
            _ => Exit::Partly,
        })
    }
}

fn table(rows: &[Row]) -> Table {
    let mut table =
        Table::new(&[">P", ">PRODUCER", ">EPOCH", ">COORD EPOCH", ">LAST SEQ", "LAST RECORD", ">OPEN SINCE OFFSET"]);
    let known = |n: i32| human::or_empty((n >= 0).then_some(n), |n| n.to_string());
    for Row { partition, producer: p, .. } in rows {
        table.row([
            partition.to_string(),
            p.producer_id.to_string(),
            p.producer_epoch.to_string(),
            known(p.coordinator_epoch),
            known(p.last_sequence),
            human::or_empty((p.last_timestamp_ms >= 0).then_some(p.last_timestamp_ms), human::time),
            human::or_empty(p.transaction_start, human::grouped),
        ]);
    }
    table
}
