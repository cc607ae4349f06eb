//! `logbus plan` and `logbus apply`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::{Output, say};
use crate::cli::table::Table;
use crate::ops::declared::{self, Action, Change, Declared, Done, Kind, Kinds};
use crate::ops::{OpsError, Result as OpsResult};

/// Show how a cluster differs from a file; changes nothing. Ends with 5 when it does
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The file:
  cluster: 5L6g3nShT-eMCtK--X86sw       refused on any other cluster
  owns: [team-a.]                       names of topics that --prune may delete
  topics:
    clicks:
      partitions: 6
      replication_factor: 3
      configs: {retention.ms: 604800000, cleanup.policy: delete}
  configs:
    all_brokers: {log.retention.ms: 86400000}
    groups: {billing: {consumer.session.timeout.ms: 50000}}
  quotas:
    - entity: {user: alice}             null instead of a name is the default
      limits: {producer_byte_rate: 1048576}
  users:
    alice: {SCRAM-SHA-512: {iterations: 4096, password_env: ALICE_PASSWORD}}

What the file does not say is left as it is. A password cannot be compared, only whether there is one.

Examples:
  logbus plan -f cluster.yaml
  logbus plan -f cluster.yaml -o json; test $? -eq 5 && echo drift")]
pub struct PlanArgs {
    #[command(flatten)]
    file: File,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

/// Make a cluster as a file says; deletes nothing without --prune
#[derive(Debug, clap::Args)]
#[command(after_help = "\
`logbus plan --help` shows the form of the file.

Examples:
  logbus apply -f cluster.yaml
  logbus apply -f cluster.yaml --prune          shows what would be deleted, and changes nothing
  logbus apply -f cluster.yaml --prune --yes")]
pub struct ApplyArgs {
    #[command(flatten)]
    file: File,
    /// Ask what would be done, change nothing
    #[arg(long)]
    dry_run: bool,
    /// Delete what --prune finds; without it, nothing is changed when there is something to delete
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, clap::Args)]
struct File {
    /// The file, YAML or JSON; `-` is stdin
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    file: PathBuf,
    /// Delete topics that begin as `owns` says and are not in the file, and settings, quotas and users that the parts
    /// of the file do not name
    #[arg(long)]
    prune: bool,
}

impl File {
    fn read(&self) -> Result<Declared, CliError> {
        let mut text = String::new();
        let read = if self.file == Path::new("-") {
            std::io::stdin().read_to_string(&mut text).map(drop)
        } else {
            std::fs::read_to_string(&self.file).map(|read| text = read)
        };
        read.map_err(|e| CliError::file("read", &self.file, &e))?;
        let declared = Declared::parse(&text).map_err(|e| {
            CliError::failed(format!("{}: {e}", self.file.display())).with_hint("`logbus plan --help` shows the form")
        })?;
        Ok(declared)
    }

    fn compare(&self, connect: &Connect) -> Result<Vec<Change>, CliError> {
        let declared = self.read()?;
        let (prune, wanted) = (self.prune, &declared);
        let changes = connect.run(|cluster| async move {
            let here = cluster.metadata(crate::client::Topics::None).await?.cluster_id;
            locked(wanted, here.as_deref())?;
            let read = declared::read(&cluster, Kinds::of(wanted)).await?;
            Ok::<_, OpsError>(declared::diff(wanted, &read, prune))
        })?;
        if self.prune && declared.topics.is_some() && declared.owns.is_empty() {
            note!("note: no topic is deleted: `owns` does not say which names this file decides about");
        }
        if declared.cluster.is_none() {
            note!("note: the file names no cluster, so it goes to any; `cluster: ID` ties it to one");
        }
        Ok(changes)
    }
}

/// Refuses a cluster that the file is not for.
fn locked(declared: &Declared, here: Option<&str>) -> OpsResult<()> {
    match (&declared.cluster, here) {
        (Some(wanted), here) if Some(wanted.as_str()) != here => Err(OpsError::Blocked {
            message: format!("the file is for cluster {wanted}, and this is cluster {}", here.unwrap_or("without id")),
            details: Vec::new(),
            hint: "-b names the cluster to ask; `cluster:` in the file the one that it is for".into(),
        }),
        _ => Ok(()),
    }
}

impl PlanArgs {
    /// Runs the command.
    pub fn run(self) -> Result<Exit, CliError> {
        let changes = self.file.compare(&self.connect)?;
        show(&changes, &self.output)?;
        if changes.is_empty() {
            return Ok(Exit::Done);
        }
        let error = CliError::failed(format!("the cluster differs from {}", self.file.file.display()));
        let prune = if self.file.prune { " --prune" } else { "" };
        let hint = format!("`logbus apply -f {}{prune}` makes it so", self.file.file.display());
        Err(error.with_exit(Exit::ConditionFails).with_hint(hint))
    }
}

impl ApplyArgs {
    /// Runs the command.
    pub fn run(self) -> Result<Exit, CliError> {
        let changes = self.file.compare(&self.connect)?;
        show(&changes, &self.output)?;
        if changes.is_empty() || self.dry_run {
            return Ok(Exit::Done);
        }
        let deletes = changes.iter().filter(|change| change.action == Action::Delete).count();
        if deletes > 0 && !self.yes {
            say_or_note(&self.output, &format!("Nothing was changed: add --yes to delete {deletes} of these.\n"))?;
            return Ok(Exit::Done);
        }
        let these = &changes;
        let done = self.connect.run(|cluster| async move { declared::carry_out(&cluster, these).await })?;
        report(&done, &self.output)
    }
}

fn say_or_note(output: &Output, text: &str) -> Result<(), CliError> {
    if output.is_table() {
        return say(text);
    }
    note!("{}", text.trim_end());
    Ok(())
}

fn report(done: &[Done<'_>], output: &Output) -> Result<Exit, CliError> {
    let failed: Vec<&Done<'_>> = done.iter().filter(|(_, answer)| answer.is_err()).collect();
    for (change, answer) in &failed {
        let Err(why) = answer else { continue };
        let what = if change.what.is_empty() { String::new() } else { format!(", {}", change.what) };
        CliError::failed(format!("{} {}{what}: {why}", kind(change.kind), change.name))
            .with_hint("`logbus plan -f FILE` shows what is left to do")
            .print();
    }
    say_or_note(output, &format!("done: {} of {} changes\n", done.len() - failed.len(), done.len()))?;
    Ok(match failed.len() {
        0 => Exit::Done,
        n if n == done.len() => Exit::Failed,
        _ => Exit::Partly,
    })
}

fn show(changes: &[Change], output: &Output) -> Result<(), CliError> {
    if changes.is_empty() && output.is_table() {
        return say("Nothing has to change.\n");
    }
    let names = || changes.iter().map(|change| change.name.clone()).collect();
    output.print("changes", &changes, names, |_| table(changes))?;
    let count = |action| changes.iter().filter(|change| change.action == action).count();
    if output.is_table() {
        let (new, other, gone) = (count(Action::Create), count(Action::Change), count(Action::Delete));
        say(&format!("{new} to create, {other} to change, {gone} to delete\n"))?;
    }
    Ok(())
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Topic => "topic",
        Kind::Broker => "broker",
        Kind::Group => "group",
        Kind::Quota => "quota",
        Kind::User => "user",
    }
}

fn table(changes: &[Change]) -> Table {
    let mut table = Table::new(&["ACTION", "KIND", "NAME", "WHAT", "NOW", "WANTED", "NOTE"]);
    for change in changes {
        let action = match change.action {
            Action::Create => "+ create",
            Action::Change => "~ change",
            Action::Delete => "- delete",
        };
        table.row([
            action.to_owned(),
            kind(change.kind).to_owned(),
            change.name.clone(),
            change.what.clone(),
            change.now.clone().unwrap_or_default(),
            change.wanted.clone().unwrap_or_default(),
            change.impossible.as_ref().map(|why| format!("cannot be done: {why}")).unwrap_or_default(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_to_the_cluster_that_it_names_and_to_no_other() {
        let file = |text: &str| Declared::parse(text).unwrap();
        assert!(locked(&file("cluster: abc"), Some("abc")).is_ok());
        assert!(locked(&file("cluster: abc"), Some("xyz")).is_err());
        assert!(locked(&file("cluster: abc"), None).is_err());
        assert!(locked(&file("topics: {}"), Some("xyz")).is_ok());
    }
}
