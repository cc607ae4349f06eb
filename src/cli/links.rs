//! `logbus links`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::error::{CliError, Exit};
use super::kafka;
use super::output::{Listing, say};
use super::table::Table;
use crate::ops::links::{self, Link, LinkState};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Put a link to this program under the name of every Kafka tool, with and without .sh
    Install(ChangeArgs),
    /// Show which names of Kafka tools lead to this program
    List(ListArgs),
    /// Remove the links to this program
    Remove(ChangeArgs),
}

/// A folder, and whether it is changed.
#[derive(Debug, clap::Args)]
pub struct ChangeArgs {
    /// The folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Show what would be done
    #[arg(long)]
    dry_run: bool,
}

/// Show which names of Kafka tools lead to this program
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// The folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    output: Listing,
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::Install(args) => args.install(),
            Verb::List(args) => args.run(),
            Verb::Remove(args) => args.remove(),
        }
    }
}

fn program() -> Result<PathBuf, CliError> {
    Ok(fs::canonicalize(std::env::current_exe()?)?)
}

fn look(folder: &Path, program: &Path) -> Result<Vec<Link>, CliError> {
    if let Err(error) = fs::read_dir(folder) {
        return Err(CliError::file("read", folder, &error));
    }
    let names: Vec<String> = kafka::names().flat_map(|name| [name.to_owned(), format!("{name}.sh")]).collect();
    links::look(folder, &names, program).map_err(|error| CliError::file("read", folder, &error))
}

impl ChangeArgs {
    fn install(self) -> Result<Exit, CliError> {
        let program = program()?;
        let (mut made, mut there, mut foreign) = (0, 0, 0);
        for link in look(&self.folder, &program)? {
            match link.state {
                LinkState::Missing => {
                    if !self.dry_run {
                        links::make(&link, &program).map_err(|error| CliError::file("create", &link.path, &error))?;
                    }
                    made += 1;
                    let verb = if self.dry_run { "would link" } else { "linked" };
                    say(&format!("{verb} {}\n", link.path.display()))?;
                }
                LinkState::Ours => there += 1,
                LinkState::Foreign => {
                    foreign += 1;
                    CliError::failed(format!("{} is not a link to this program, and stays", link.path.display()))
                        .with_hint("move it away first, or choose a folder of its own that comes first in PATH")
                        .print();
                }
            }
        }
        let verb = if self.dry_run { "to make" } else { "made" };
        note!("{made} links {verb}, {there} there already, {foreign} names taken");
        Ok(match (foreign, made + there) {
            (0, _) => Exit::Done,
            (_, 0) => Exit::Failed,
            _ => Exit::Partly,
        })
    }

    fn remove(self) -> Result<Exit, CliError> {
        let mut removed = 0;
        for link in look(&self.folder, &program()?)?.iter().filter(|link| link.state == LinkState::Ours) {
            if !self.dry_run {
                links::remove(link).map_err(|error| CliError::file("remove", &link.path, &error))?;
            }
            removed += 1;
            say(&format!("{} {}\n", if self.dry_run { "would remove" } else { "removed" }, link.path.display()))?;
        }
        note!("{removed} links {}", if self.dry_run { "to remove" } else { "removed" });
        Ok(Exit::Done)
    }
}

impl ListArgs {
    fn run(self) -> Result<Exit, CliError> {
        let found = look(&self.folder, &program()?)?;
        let names =
            || found.iter().filter(|l| l.state == LinkState::Ours).map(|l| l.path.display().to_string()).collect();
        self.output.print("links", &found, names, |_| {
            let mut table = Table::new(&["NAME", "STATE"]);
            for link in &found {
                let state = match link.state {
                    LinkState::Missing => "not there",
                    LinkState::Ours => "this program",
                    LinkState::Foreign => "something else",
                };
                table.row([link.path.display().to_string(), state.to_owned()]);
            }
            table
        })?;
        Ok(Exit::Done)
    }
}
