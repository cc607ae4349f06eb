//! `logbus metrics get`.

use super::{Admin, Wanted, number};
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Listing;
use crate::cli::table::Table;

/// Show the numbers of metrics
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    admin: Admin,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let found = self.wanted.of(self.admin.ask()?)?;
        let names = || found.iter().map(ToString::to_string).collect();
        self.output.print("metric-samples", &found, names, |_| {
            let mut table = Table::new(&["METRIC", "LABELS", ">NUMBER"]);
            for sample in &found {
                let labels: Vec<String> = sample.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
                table.row([sample.name.clone(), labels.join(","), number(sample.value)]);
            }
            table
        })?;
        Ok(Exit::Done)
    }
}
