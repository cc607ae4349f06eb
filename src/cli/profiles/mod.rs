//! `logbus profiles`.

mod create;
mod import;
mod list;
mod show;

use clap::Subcommand;

use super::error::{CliError, Exit};
use super::output::say;
use crate::ops::profiles::{ProfileError, Profiles};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Keep a way to reach a cluster under a name
    Create(create::Args),
    /// Choose the profile for commands that name no cluster
    Use(UseArgs),
    /// List profiles
    List(list::Args),
    /// Show a profile's settings, without its secrets
    Show(show::Args),
    /// Delete profiles
    Delete(DeleteArgs),
    /// Make a profile of a file with Java client properties
    Import(import::Args),
}

/// Choose the profile for commands that name no cluster
#[derive(Debug, clap::Args)]
pub struct UseArgs {
    /// The profile
    #[arg(value_name = "NAME", required_unless_present = "none")]
    name: Option<String>,
    /// Use none
    #[arg(long, conflicts_with = "name")]
    none: bool,
}

/// Delete profiles
#[derive(Debug, clap::Args)]
pub struct DeleteArgs {
    /// The profiles
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::Create(args) => args.run(),
            Verb::Use(args) => args.run(),
            Verb::List(args) => args.run(),
            Verb::Show(args) => args.run(),
            Verb::Delete(args) => args.run(),
            Verb::Import(args) => args.run(),
        }
    }
}

impl UseArgs {
    fn run(self) -> Result<Exit, CliError> {
        Profiles::of_user()?.choose(self.name.as_deref())?;
        match self.name {
            Some(name) => say(&format!("profile {name} is in use\n"))?,
            None => say("no profile is in use\n")?,
        }
        Ok(Exit::Done)
    }
}

impl DeleteArgs {
    fn run(self) -> Result<Exit, CliError> {
        let profiles = Profiles::of_user()?;
        let mut refused = 0;
        for name in &self.names {
            match profiles.delete(name) {
                Ok(()) => say(&format!("deleted profile {name}\n"))?,
                Err(error) => {
                    refused += 1;
                    CliError::from(error).print();
                }
            }
        }
        Ok(match refused {
            0 => Exit::Done,
            n if n == self.names.len() => Exit::Failed,
            _ => Exit::Partly,
        })
    }
}

impl From<ProfileError> for CliError {
    fn from(error: ProfileError) -> CliError {
        let hint = match &error {
            ProfileError::Unknown(_) => "`logbus profiles list` shows the profiles there are",
            ProfileError::Exists(_) => "--force replaces it",
            ProfileError::Name(_) => "choose a name such as prod-eu",
            ProfileError::Homeless => "set HOME",
            ProfileError::File { .. } => "`ls -ld` shows what stands there",
        };
        CliError::failed(error.to_string()).with_hint(hint)
    }
}
