//! `logbus metrics list`.

use serde::Serialize;

use super::Admin;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Listing;
use crate::cli::table::Table;

/// List the metrics of a broker, with what they count
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    admin: Admin,
    #[command(flatten)]
    output: Listing,
}

#[derive(Serialize)]
struct Row {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    samples: usize,
    help: String,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let row =
            |f: crate::ops::metrics::Family| Row { samples: f.samples.len(), name: f.name, kind: f.kind, help: f.help };
        let rows: Vec<Row> = self.admin.ask()?.into_iter().map(row).collect();
        let names = || rows.iter().map(|row| row.name.clone()).collect();
        self.output.print("metrics", &rows, names, |_| {
            let mut table = Table::new(&["METRIC", "TYPE", ">NUMBERS", "COUNTS"]);
            for row in &rows {
                table.row([row.name.clone(), row.kind.clone(), row.samples.to_string(), row.help.clone()]);
            }
            table
        })?;
        Ok(Exit::Done)
    }
}
