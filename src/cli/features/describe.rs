//! `logbus features describe`.

use crate::cli::connect::{Connect, Controllers, block_on};
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::ops::features::{self, Features, level_text};

/// Show what the cluster supports and what is switched on
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    controllers: Controllers,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let (cluster, side) = self.connect.cluster_or(&self.controllers)?;
        let features = block_on(features::describe(&cluster, side))??;
        let names = || features.features.iter().map(|f| f.name.clone()).collect();
        self.output.print("features", &features, names, |_| table(&features))?;
        Ok(Exit::Done)
    }
}

fn table(features: &Features) -> Table {
    let mut table = Table::new(&["FEATURE", ">ON", ">LOWEST", ">HIGHEST", "STATE"]);
    for f in &features.features {
        let level = |level| level_text(&f.name, level);
        let state = match f.finalized {
            0 => "off",
            on if on < f.max => "can be raised",
            _ => "newest",
        };
        let on = if f.finalized == 0 { String::new() } else { level(f.finalized) };
        table.row([f.name.clone(), on, level(f.min), level(f.max), state.to_owned()]);
    }
    table
}
