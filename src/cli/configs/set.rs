//! `logbus configs set` and `unset`.

use super::Subject;
use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::say;
use crate::ops::configs::{self, Change};

/// Change settings
#[derive(Debug, clap::Args)]
pub struct SetArgs {
    #[command(flatten)]
    subject: Subject,
    /// New values; NAME+=VALUE adds to a list, NAME-=VALUE takes out of it
    #[arg(required = true, value_name = "NAME=VALUE", value_parser = super::parse_pair)]
    pairs: Vec<(String, String)>,
    /// Ask whether it could be done, change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    connect: Connect,
}

/// Let settings fall back to the next place
#[derive(Debug, clap::Args)]
pub struct UnsetArgs {
    #[command(flatten)]
    subject: Subject,
    /// Names of settings
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Ask whether it could be done, change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    connect: Connect,
}

impl SetArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        apply(&self.connect, &self.subject, self.pairs.into_iter().map(change).collect(), self.dry_run)
    }
}

impl UnsetArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let changes = self.names.into_iter().map(|name| (name, Change::Unset)).collect();
        apply(&self.connect, &self.subject, changes, self.dry_run)
    }
}

/// The sign before `=` says what to do with a list.
fn change((name, value): (String, String)) -> (String, Change) {
    match (name.strip_suffix('+'), name.strip_suffix('-')) {
        (Some(name), _) => (name.to_owned(), Change::Append(value)),
        (_, Some(name)) => (name.to_owned(), Change::Subtract(value)),
        _ => (name, Change::Set(value)),
    }
}

fn apply(
    connect: &Connect,
    subject: &Subject,
    changes: Vec<(String, Change)>,
    dry_run: bool,
) -> Result<Exit, CliError> {
    let resource = subject.resource();
    let names: Vec<String> = changes.iter().map(|(name, _)| name.clone()).collect();
    let shown = resource.to_string();
    let hint = format!("`logbus configs describe {} --all` shows names and values", subject.option());
    let result = connect.run(|cluster| async move { configs::alter(&cluster, &resource, &changes, dry_run).await });
    result.map_err(|e| if e.has_hint() { e } else { e.with_hint(hint) })?;
    let verb = if dry_run { "would change" } else { "changed" };
    say(&format!("{verb} {} of {shown}\n", names.join(", ")))?;
    Ok(Exit::Done)
}
