//! `logbus groups list`.

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::ops::groups;

/// List groups with state and coordinator
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only groups in these states: Stable, Empty, …
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    state: Vec<String>,
    /// Only groups of these types: classic, consumer, …
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',')]
    kind: Vec<String>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let (listed, silent) =
            self.connect.run(|cluster| async move { groups::list(&cluster, &self.state, &self.kind).await })?;
        let names = || listed.iter().map(|g| g.group.clone()).collect();
        self.output.print("groups", &listed, names, |_| {
            let mut table = Table::new(&["GROUP", "STATE", "TYPE", "PROTOCOL", ">COORDINATOR"]);
            for g in &listed {
                table.row([
                    g.group.clone(),
                    g.state.clone(),
                    g.kind.clone(),
                    g.protocol_type.clone(),
                    g.coordinator.to_string(),
                ]);
            }
            table
        })?;
        for (broker, refusal) in &silent {
            CliError::failed(format!("groups of broker {broker} are missing: {}", refusal.text())).print();
        }
        Ok(if silent.is_empty() { Exit::Done } else { Exit::Partly })
    }
}
