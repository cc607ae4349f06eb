//! `logbus topics list`.

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::model::TimestampMs;
use crate::ops::topics::{self, ListedTopic};

/// List topics with size and state
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Show the cluster's own topics too
    #[arg(long)]
    internal: bool,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let detail = self.output.needs_rows();
        let listed = self.connect.run(|cluster| async move { topics::list(&cluster, self.internal, detail).await })?;
        let names = || listed.iter().map(|t| t.name.clone()).collect();
        self.output.print("topics", &listed, names, |wide| table(&listed, wide))?;
        if listed.is_empty() && self.output.is_table() {
            note!("no topics; next: logbus topics create NAME");
        }
        Ok(Exit::Done)
    }
}

fn state(topic: &ListedTopic) -> String {
    match (topic.offline, topic.under_replicated) {
        (0, 0) => "ok".into(),
        (0, n) => format!("{n} under-replicated"),
        (n, _) => format!("{n} without leader"),
    }
}

fn table(listed: &[ListedTopic], wide: bool) -> Table {
    let mut columns = vec!["TOPIC", ">PARTITIONS", ">RF", ">SIZE", ">RECORDS", "LAST RECORD", "STATE"];
    if wide {
        columns.push("ID");
    }
    let mut table = Table::new(&columns);
    let now = TimestampMs::now().0;
    for topic in listed {
        let mut row = vec![
            topic.name.clone(),
            topic.partitions.to_string(),
            topic.replication_factor.to_string(),
            human::or_empty(topic.detail.bytes, human::size),
            human::or_empty(topic.detail.records, human::count),
            human::or_empty(topic.detail.last_record_ms, |ms| human::ago(ms, now)),
            state(topic),
        ];
        if wide {
            row.push(topic.id.clone().unwrap_or_default());
        }
        table.row(row);
    }
    table
}
