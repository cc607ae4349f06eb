//! `logbus isr`.

use super::connect::Connect;
use super::error::{CliError, Exit};
use super::human;
use super::output::Listing;
use super::table::Table;
use crate::ops::isr::{self, OutOfSync, Why};

/// Show which replicas are not in sync, how far behind, and why
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Topics; none for all
    #[arg(value_name = "TOPIC")]
    topics: Vec<String>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    /// Runs it.
    pub fn run(self) -> Result<Exit, CliError> {
        let names = (!self.topics.is_empty()).then_some(self.topics);
        let found = self.connect.run(|cluster| async move { isr::out_of_sync(&cluster, names.as_deref()).await })?;
        if found.is_empty() && self.output.is_table() {
            note!("every replica is in sync");
            return Ok(Exit::Done);
        }
        let names = || found.iter().map(|f| format!("{}:{}", f.topic, f.partition)).collect();
        self.output.print("isr", &found, names, |_| table(&found))?;
        if self.output.is_table() {
            let out: std::collections::BTreeSet<i32> = found.iter().map(|f| f.replica).collect();
            let next: Vec<String> = out.iter().map(|id| format!("logbus brokers describe {id}")).collect();
            note!("next: {}", next.join("   "));
        }
        Ok(Exit::Done)
    }
}

fn table(found: &[OutOfSync]) -> Table {
    let mut table =
        Table::new(&["TOPIC", ">P", ">LEADER", "ISR", ">MIN", ">OUT", ">BEHIND REC", ">BEHIND BYTES", "SILENT", "WHY"]);
    for f in found {
        table.row([
            f.topic.clone(),
            f.partition.to_string(),
            human::or_empty(f.leader, |id| id.to_string()),
            human::ids(&f.isr),
            f.min_isr.to_string(),
            f.replica.to_string(),
            human::or_empty(f.behind_records, |records| records.to_string()),
            human::or_empty(f.behind_bytes, human::size),
            human::or_empty(f.silent_ms, human::millis),
            why(f),
        ]);
    }
    table
}

fn why(f: &OutOfSync) -> String {
    let id = f.replica;
    match f.why {
        Why::NotRegistered => format!("broker {id} is not registered, or down"),
        Why::Fenced => format!("broker {id} is fenced: it sends no heartbeats, or is starting or stopping"),
        Why::OfflineDir => format!("a log directory of broker {id} is offline"),
        Why::Lagging => format!("broker {id} serves, but is behind"),
    }
}
