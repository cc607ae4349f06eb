//! `logbus transactions list`.

use std::time::Duration;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::ops::transactions::{self, ListFilter};

/// List transactional ids with their state
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only those in these states: Ongoing, PrepareCommit, CompleteAbort, …
    #[arg(long = "state", value_name = "STATE", value_delimiter = ',')]
    states: Vec<String>,
    /// Only those whose transaction is open for longer than this
    #[arg(long, value_name = "TIME", value_parser = human::parse_duration)]
    longer_than: Option<Duration>,
    /// Only those that match this regular expression
    #[arg(long, value_name = "REGEX")]
    pattern: Option<String>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let filter = ListFilter {
            states: self.states,
            longer_than_ms: self.longer_than.map(|time| i64::try_from(time.as_millis()).unwrap_or(i64::MAX)),
            pattern: self.pattern,
            ..ListFilter::default()
        };
        let mut listed = self.connect.run(|cluster| async move { transactions::list(&cluster, &filter).await })?;
        listed.sort_by(|a, b| a.transactional_id.cmp(&b.transactional_id));
        let names = || listed.iter().map(|t| t.transactional_id.clone()).collect();
        self.output.print("transactions", &listed, names, |_| {
            let mut table = Table::new(&["TRANSACTIONAL ID", "STATE", ">PRODUCER", ">COORDINATOR"]);
            for t in &listed {
                table.row([
                    t.transactional_id.clone(),
                    t.state.clone(),
                    t.producer_id.to_string(),
                    t.coordinator.to_string(),
                ]);
            }
            table
        })?;
        Ok(Exit::Done)
    }
}
