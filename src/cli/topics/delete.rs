//! `logbus topics delete`.

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::say;
use crate::model::ErrorCode;
use crate::ops::topics;

/// Delete topics and their records
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Names
    #[arg(required = true, value_name = "TOPIC")]
    names: Vec<String>,
    /// Delete; without it, show what would be deleted
    #[arg(short, long)]
    yes: bool,
    /// Accept a topic that is not there
    #[arg(long)]
    if_exists: bool,
    #[command(flatten)]
    connect: Connect,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        if !self.yes {
            return self.preview();
        }
        let names = self.names.clone();
        let mut outcomes = self.connect.run(|cluster| async move { topics::delete(&cluster, &names).await })?;
        if self.if_exists {
            outcomes.retain(|o| {
                !o.result.as_ref().is_err_and(|refusal| refusal.code == ErrorCode::UnknownTopicOrPartition)
            });
        }
        for outcome in outcomes.iter().filter(|o| o.result.is_ok()) {
            say(&format!("deleted {}\n", outcome.name))?;
        }
        Ok(super::sum_up("delete", &outcomes))
    }

    fn preview(&self) -> Result<Exit, CliError> {
        let listed = self.connect.run(|cluster| async move { topics::list(&cluster, true, true).await })?;
        let mut missing = 0;
        for name in &self.names {
            match listed.iter().find(|t| t.name == *name) {
                Some(t) => say(&format!(
                    "would delete {name}: {} partitions, {} records, {}\n",
                    t.partitions,
                    human::or_empty(t.detail.records, human::count),
                    human::or_empty(t.detail.bytes, human::size),
                ))?,
                None if self.if_exists => {}
                None => {
                    missing += 1;
                    CliError::failed(format!("{name}: there is no such topic"))
                        .with_hint("`logbus topics list` shows the topics there are")
                        .print();
                }
            }
        }
        if missing == self.names.len() {
            return Ok(Exit::Failed);
        }
        say("Nothing was changed: add --yes to delete.\n")?;
        Ok(if missing > 0 { Exit::Failed } else { Exit::Done })
    }
}
