//! `logbus transactions describe`.

use crate::cli::connect::{Connect, block_on};
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::model::TimestampMs;
use crate::ops::transactions::{self, Described};

/// Show the state of transactional ids and the partitions they write to
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Transactional ids
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let cluster = self.connect.cluster()?;
        let mut found = Vec::new();
        for id in &self.ids {
            match block_on(transactions::describe(&cluster, id))? {
                Ok(described) => found.push(described),
                Err(error) if error.is_unreachable() => return Err(error.into()),
                Err(error) => {
                    let error = CliError::from(error);
                    let error = if error.has_hint() {
                        error
                    } else {
                        error.with_hint("`logbus transactions list` shows those there are")
                    };
                    error.print();
                }
            }
        }
        let names = || found.iter().map(|t| t.transactional_id.clone()).collect();
        if !found.is_empty() || !self.output.is_table() {
            self.output.print("transactions", &found, names, |_| table(&found))?;
        }
        Ok(match found.len() {
            n if n == self.ids.len() => Exit::Done,
            0 => Exit::Failed,
            _ => Exit::Partly,
        })
    }
}

fn table(found: &[Described]) -> Table {
    let now = TimestampMs::now().0;
    let mut table = Table::new(&[
        "TRANSACTIONAL ID",
        "STATE",
        ">PRODUCER",
        ">EPOCH",
        ">COORDINATOR",
        ">TIMEOUT",
        ">OPEN FOR",
        "PARTITIONS",
    ]);
    for t in found {
        let partitions: Vec<String> = t.partitions.iter().map(|(topic, p)| format!("{topic}-{p}")).collect();
        table.row([
            t.transactional_id.clone(),
            t.state.clone(),
            t.producer_id.to_string(),
            t.producer_epoch.to_string(),
            t.coordinator.to_string(),
            human::millis(i64::from(t.timeout_ms)),
            human::or_empty(t.started_ms, |start| human::millis(now - start)),
            partitions.join(","),
        ]);
    }
    table
}
