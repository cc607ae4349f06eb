//! `logbus storage info`.

use std::path::PathBuf;

use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::ops::storage;

/// Show whose the files in data directories are
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Data directories
    #[arg(value_name = "DIR", default_value = "./logbus-data")]
    dirs: Vec<PathBuf>,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let mut found = Vec::new();
        for dir in &self.dirs {
            let info = storage::info(dir).map_err(|e| {
                let hint = "name a directory of `log.dirs`; `logbus broker` keeps its own in ./logbus-data";
                CliError::failed(e.to_string()).with_hint(hint)
            });
            found.push(info?);
        }
        let names = || found.iter().map(|d| d.path.display().to_string()).collect();
        self.output.print("storage", &found, names, |_| {
            let mut table = Table::new(&["DIR", "STATE", ">NODE", "CLUSTER", "DIRECTORY ID", ">PARTITIONS", ">SIZE"]);
            for d in &found {
                table.row([
                    d.path.display().to_string(),
                    if d.formatted { "formatted" } else { "not formatted" }.to_owned(),
                    human::or_empty(d.node_id, |id| id.to_string()),
                    d.cluster_id.clone().unwrap_or_default(),
                    d.directory_id.clone().unwrap_or_default(),
                    d.partitions.to_string(),
                    human::size(d.bytes as i64),
                ]);
            }
            table
        })?;
        Ok(Exit::Done)
    }
}
