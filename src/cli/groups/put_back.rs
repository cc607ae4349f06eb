//! `logbus groups undo-reset` and `clone`: committing offsets that were saved.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::{Output, say};
use crate::cli::table::Table;
use crate::cli::{human, undo};
use crate::client::{At, Cluster};
use crate::ops::groups::saved::{self, Restored, SavedOffsets};
use crate::ops::{OpsError, Result as OpsResult};

/// Put a group back to where it stood before a reset; shows the plan, needs --execute to change anything
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  logbus groups undo-reset logbus-undo-reset-billing-1790000000000.json
  logbus groups undo-reset logbus-undo-reset-billing-1790000000000.json --execute")]
pub struct UndoArgs {
    /// The file that the reset wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    common: Common,
}

/// Give a group what another one has committed; shows the plan, needs --execute to change anything
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  logbus groups clone billing billing-v2
  logbus groups clone billing billing-v2 --topic orders --execute")]
pub struct CloneArgs {
    /// The group that has committed
    #[arg(value_name = "FROM")]
    from: String,
    /// The group that shall stand where it stands; it must have no members, and need not be there
    #[arg(value_name = "TO")]
    to: String,
    /// TOPIC, or TOPIC:0,1,2; all that FROM has committed without it; may be repeated
    #[arg(long = "topic", value_name = "TOPIC", value_parser = super::parse_topic)]
    topics: Vec<(String, Option<Vec<i32>>)>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Common {
    /// Do it
    #[arg(long)]
    execute: bool,
    /// Show what would be done; this is the default
    #[arg(long, conflicts_with = "execute")]
    dry_run: bool,
    /// Where the way back is written [default: a new file here, or in LOGBUS_UNDO_DIR]
    #[arg(long, value_name = "FILE")]
    backup: Option<PathBuf>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

#[derive(Serialize)]
struct Shown<'a> {
    group: &'a str,
    moves: &'a [Restored],
}

impl UndoArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let text = std::fs::read_to_string(&self.file).map_err(|e| CliError::file("read", &self.file, &e))?;
        let saved = SavedOffsets::parse(&text).map_err(|e| {
            CliError::failed(format!("{}: {e}", self.file.display()))
                .with_hint("`logbus groups reset-offsets … --execute` says which file it wrote")
        })?;
        self.common.run(&saved)
    }
}

impl CloneArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        if self.from == self.to {
            return Err(CliError::usage("a group stands where it stands: name two groups"));
        }
        let (from, topics) = (self.from.clone(), self.topics.clone());
        let mut found = self.common.connect.run(|cluster| async move { saved::save(&cluster, &from, None).await })?;
        let wanted = |at: &saved::SavedOffset| {
            topics
                .iter()
                .any(|(topic, ps)| *topic == at.topic && ps.as_ref().is_none_or(|ps| ps.contains(&at.partition)))
        };
        if !topics.is_empty() {
            found.offsets.retain(wanted);
        }
        let saved = found.for_group(&self.to);
        if saved.offsets.is_empty() {
            return Err(CliError::failed(format!("group {} has committed nothing there", self.from))
                .with_hint(format!("`logbus groups describe {}` shows what it has", self.from)));
        }
        self.common.run(&saved)
    }
}

impl Common {
    fn run(&self, saved: &SavedOffsets) -> Result<Exit, CliError> {
        let rows = self.connect.run(|cluster| async move { saved::diff(&cluster, saved).await })?;
        let changed = rows.iter().filter(|row| row.committed != row.new).count();
        let written = if self.execute && changed > 0 {
            let at: Vec<At> = rows.iter().map(|row| (row.topic.clone(), row.partition)).collect();
            let path = back_up(&self.connect, &saved.group, &at, self.backup.as_deref())?;
            let restored = self.connect.run(|cluster| async move { saved::restore(&cluster, saved).await });
            note!("the way back: logbus groups undo-reset {} --execute", path.display());
            restored?;
            true
        } else {
            false
        };
        let names = || rows.iter().map(|row| format!("{}-{}", row.topic, row.partition)).collect();
        let shown = Shown { group: &saved.group, moves: &rows };
        self.output.print("restored-offsets", &shown, names, |_| table(&rows))?;
        if self.output.is_table() {
            say(&match (changed, written) {
                (0, _) => format!("group {} stands there already.\n", saved.group),
                (n, true) => format!("done: set {n} offsets of group {}.\n", saved.group),
                (n, false) => format!(
                    "would set {n} offsets of group {}. Nothing was changed: add --execute to apply.\n",
                    saved.group
                ),
            })?;
        }
        Ok(Exit::Done)
    }
}

/// Writes where a group stands, before it is moved: a move without a way back is not made.
pub(super) fn back_up(
    connect: &Connect,
    group: &str,
    partitions: &[At],
    file: Option<&Path>,
) -> Result<PathBuf, CliError> {
    let path = file.map_or_else(|| undo::file(&format!("reset-{group}")), Path::to_path_buf);
    let saved = connect.run(|cluster| async move { save_those_there(&cluster, group, partitions).await })?;
    // The file of an earlier reset may be the only way back to where the group stood then.
    let made = std::fs::File::create_new(&path).and_then(|mut file| {
        std::io::Write::write_all(&mut file, saved.to_json().as_bytes()).and_then(|()| file.sync_all())
    });
    made.map_err(|e| {
        CliError::failed(format!("nothing was changed: cannot write the way back to {}: {e}", path.display()))
            .with_hint("--backup FILE names another place for it")
    })?;
    Ok(path)
}

async fn save_those_there(cluster: &Cluster, group: &str, partitions: &[At]) -> OpsResult<SavedOffsets> {
    match saved::save(cluster, group, Some(partitions)).await {
        // A topic that is gone cannot be asked for by name, but may still have commits.
        Err(OpsError::Client(e)) if e.code().is_some() => {
            let mut all = saved::save(cluster, group, None).await?;
            all.offsets.retain(|s| partitions.iter().any(|at| at.0 == s.topic && at.1 == s.partition));
            Ok(all)
        }
        other => other,
    }
}

fn table(rows: &[Restored]) -> Table {
    let mut table = Table::new(&["TOPIC", ">P", ">COMMITTED", ">NEW", ">CHANGE"]);
    for row in rows {
        let change = match (row.committed, row.new) {
            (Some(now), Some(new)) if now == new => "0".to_owned(),
            (Some(now), Some(new)) if new > now => format!("+{} skipped", human::grouped(new - now)),
            (Some(now), Some(new)) => format!("{} replayed", human::grouped(new - now)),
            (Some(_), None) => "commit deleted".to_owned(),
            (None, Some(_)) => "first commit".to_owned(),
            (None, None) => String::new(),
        };
        table.row([
            row.topic.clone(),
            row.partition.to_string(),
            human::or_empty(row.committed, human::grouped),
            human::or_empty(row.new, human::grouped),
            change,
        ]);
    }
    table
}
