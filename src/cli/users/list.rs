//! `logbus users list`.

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::ops::scram;

/// List users and their credentials
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these
    #[arg(value_name = "USER")]
    users: Vec<String>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

#[derive(serde::Serialize)]
struct Row {
    user: String,
    credentials: Vec<scram::Credential>,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let asked = self.users.clone();
        let users = self.connect.run(|cluster| async move { scram::describe(&cluster, &self.users).await })?;
        let mut missing: Vec<&String> = asked.iter().filter(|name| users.iter().all(|u| u.name != **name)).collect();
        missing.dedup();
        let mut refused = missing.len();
        for name in missing {
            CliError::failed(format!("{name} has no credentials"))
                .with_hint("`logbus users list` shows the users there are")
                .print();
        }
        let mut rows = Vec::new();
        for user in users {
            match user.credentials {
                Ok(credentials) => rows.push(Row { user: user.name, credentials }),
                Err(refusal) => {
                    refused += 1;
                    CliError::failed(format!("{}: {}", user.name, refusal.text())).print();
                }
            }
        }
        rows.sort_by(|a, b| a.user.cmp(&b.user));
        if rows.is_empty() && refused == 0 && self.output.is_table() {
            note!("there are no users; `logbus users set-scram NAME` adds one");
            return Ok(Exit::Done);
        }
        if !rows.is_empty() || !self.output.is_table() {
            let names = || rows.iter().map(|row| row.user.clone()).collect();
            self.output.print("users", &rows, names, |_| table(&rows))?;
        }
        Ok(match (refused, rows.len()) {
            (0, _) => Exit::Done,
            (_, 0) => Exit::Failed,
            _ => Exit::Partly,
        })
    }
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new(&["USER", "MECHANISM", ">ITERATIONS"]);
    for row in rows {
        for c in &row.credentials {
            table.row([row.user.clone(), c.mechanism.to_owned(), c.iterations.to_string()]);
        }
    }
    table
}
