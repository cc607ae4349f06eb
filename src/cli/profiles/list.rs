//! `logbus profiles list`.

use serde::Serialize;

use crate::cli::error::{CliError, Exit};
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::client::Guard;
use crate::ops::profiles::Profiles;

/// List profiles
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    output: Listing,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    bootstrap: String,
    security: String,
    read_only: bool,
    protect: String,
    current: bool,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let profiles = Profiles::of_user()?;
        let current = profiles.current()?;
        let mut rows = Vec::new();
        for name in profiles.names()? {
            let properties = profiles.load(&name)?;
            let get = |key: &str| properties.get(key).unwrap_or_default().to_owned();
            rows.push(Row {
                bootstrap: get("bootstrap.servers"),
                security: properties.get("security.protocol").unwrap_or("PLAINTEXT").to_owned(),
                read_only: get(Guard::READ_ONLY) == "true",
                protect: get(Guard::PROTECT),
                current: current.as_deref() == Some(&name),
                name,
            });
        }
        let names = || rows.iter().map(|row| row.name.clone()).collect();
        self.output.print("profiles", &rows, names, |_| {
            let mut table = Table::new(&["PROFILE", "BROKERS", "SECURITY", "LIMITS", "IN USE"]);
            for row in &rows {
                let mut limits: Vec<String> = Vec::new();
                limits.extend(row.read_only.then(|| "read-only".to_owned()));
                limits.extend((!row.protect.is_empty()).then(|| format!("protects {}", row.protect)));
                let in_use = if row.current { "yes" } else { "" };
                let cells: [&str; 5] = [&row.name, &row.bootstrap, &row.security, &limits.join(", "), in_use];
                table.row(cells.map(str::to_owned));
            }
            table
        })?;
        Ok(Exit::Done)
    }
}
