//! `logbus transactions find-hanging`.

use std::time::Duration;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::{Listing, say};
use crate::cli::table::Table;
use crate::model::TimestampMs;
use crate::ops::transactions::{self, Hanging};

/// Find transactions that no coordinator will end
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only in these topics; in all without it
    #[arg(long = "topic", value_name = "TOPIC")]
    topics: Vec<String>,
    /// Only in the replicas of this broker
    #[arg(long, value_name = "ID")]
    broker: Option<i32>,
    /// How long a transaction may be open, as the longest transaction.timeout.ms of the producers
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = human::parse_duration)]
    older_than: Duration,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let (topics, broker) = (self.topics, self.broker);
        let oldest = i64::try_from(self.older_than.as_millis()).unwrap_or(i64::MAX);
        let now = TimestampMs::now().0;
        let (searched, found) = self.connect.run(|cluster| async move {
            let partitions = transactions::partitions_to_search(&cluster, &topics, broker).await?;
            let found = transactions::find_hanging(&cluster, &partitions, broker, oldest, now).await?;
            Ok::<_, crate::ops::OpsError>((partitions.len(), found))
        })?;
        if self.output.is_table() && found.is_empty() {
            say(&format!("No transaction hangs in {searched} partitions.\n"))?;
            return Ok(Exit::Done);
        }
        let names = || found.iter().map(|h| format!("{}:{}", h.topic, h.partition)).collect();
        self.output.print("hanging_transactions", &found, names, |_| table(&found, now))?;
        if let Some(h) = found.first().filter(|_| self.output.is_table()) {
            let start = h.producer.transaction_start.unwrap_or_default();
            say(&format!("next: logbus transactions abort {}:{} --start-offset {start}\n", h.topic, h.partition))?;
        }
        Ok(Exit::Done)
    }
}

fn table(found: &[Hanging], now: i64) -> Table {
    let mut table = Table::new(&["TOPIC", ">P", ">START", ">PRODUCER", ">EPOCH", "LAST RECORD", ">OPEN FOR"]);
    for Hanging { topic, partition, producer: p } in found {
        table.row([
            topic.clone(),
            partition.to_string(),
            human::or_empty(p.transaction_start, human::grouped),
            p.producer_id.to_string(),
            p.producer_epoch.to_string(),
            human::time(p.last_timestamp_ms),
            human::millis(now - p.last_timestamp_ms),
        ]);
    }
    table
}
