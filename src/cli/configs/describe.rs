//! `logbus configs describe`.

use super::Subject;
use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::client::ClientError;
use crate::model::ErrorCode;
use crate::ops::OpsError;
use crate::ops::configs::{self, ConfigEntry, Source};

/// Show settings and where their values come from
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    subject: Subject,
    /// Show defaults too
    #[arg(short, long)]
    all: bool,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let resource = self.subject.resource();
        let mut entries = self.connect.run(|cluster| async move {
            let described = configs::describe(&cluster, std::slice::from_ref(&resource), true).await?;
            let subject = format!("cannot read the settings of {resource}");
            match described.into_iter().next() {
                Some(one) => one.result.map_err(|refusal| refusal.about(subject)),
                None => Err(OpsError::from(ClientError::refused(subject, ErrorCode::ResourceNotFound, None))),
            }
        })?;
        if !self.all {
            entries.retain(|entry| entry.source != Source::Default);
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let names = || entries.iter().map(|e| e.name.clone()).collect();
        if entries.is_empty() && self.output.is_table() {
            note!("nothing is set there; --all shows the defaults");
            return Ok(Exit::Done);
        }
        self.output.print("configs", &entries, names, |wide| table(&entries, wide))?;
        Ok(Exit::Done)
    }
}

fn table(entries: &[ConfigEntry], wide: bool) -> Table {
    let mut columns = vec!["NAME", "VALUE", "FROM"];
    if wide {
        columns.push("WITHOUT IT");
    }
    let mut table = Table::new(&columns);
    for entry in entries {
        let value = if entry.sensitive { "(secret)".to_owned() } else { entry.value.clone().unwrap_or_default() };
        let mut row = vec![entry.name.clone(), value, entry.source.word().to_owned()];
        if wide {
            let next = entry.synonyms.iter().find(|s| s.source != entry.source);
            row.push(next.map_or_else(String::new, |s| {
                format!("{} ({})", s.value.as_deref().unwrap_or("(secret)"), s.source.word())
            }));
        }
        table.row(row);
    }
    table
}
