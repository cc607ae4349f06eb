//! `logbus users set-scram` and `delete-scram`.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::PathBuf;

use super::Mechanism;
use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::say;
use crate::model::ScramMechanism;
use crate::ops::scram::{self, Change};

/// Give a user a password
#[derive(Debug, clap::Args)]
pub struct SetArgs {
    /// The user
    user: String,
    /// How the password is used
    #[arg(short, long, value_enum, default_value = "sha-512")]
    mechanism: Mechanism,
    /// What it shall cost to guess the password
    #[arg(
        long,
        value_name = "N",
        default_value_t = ScramMechanism::MIN_ITERATIONS,
        value_parser = clap::value_parser!(i32).range(ScramMechanism::MIN_ITERATIONS as i64..=ScramMechanism::MAX_ITERATIONS as i64)
    )]
    iterations: i32,
    /// The file whose first line is the password; stdin without it
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    #[command(flatten)]
    connect: Connect,
}

/// Take a user's password away
#[derive(Debug, clap::Args)]
pub struct DeleteArgs {
    /// The user
    user: String,
    /// Which of the user's passwords
    #[arg(short, long, value_enum, default_value = "sha-512")]
    mechanism: Mechanism,
    #[command(flatten)]
    connect: Connect,
}

impl SetArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let password = self.password()?;
        let mechanism = ScramMechanism::from(self.mechanism);
        let change = Change::Set { mechanism, iterations: self.iterations, password: password.into_bytes() };
        let user = self.user.clone();
        self.connect.run(|cluster| async move { scram::alter(&cluster, &user, &[change]).await }).map_err(helped)?;
        say(&format!("{} can log in with {}\n", self.user, mechanism.name()))?;
        Ok(Exit::Done)
    }

    /// The first line of the file or of stdin; never a word of the command line, which others can read.
    fn password(&self) -> Result<String, CliError> {
        let text = match &self.password_file {
            Some(path) => std::fs::read_to_string(path).map_err(|e| CliError::file("read", path, &e))?,
            None => {
                let stdin = std::io::stdin();
                if stdin.is_terminal() {
                    note!(
                        "the password, and Enter; it is shown while you type (--password-file reads it from a file):"
                    );
                }
                let mut line = String::new();
                stdin.lock().read_line(&mut line)?;
                line
            }
        };
        match text.lines().next().unwrap_or_default() {
            "" => Err(CliError::usage("the password is empty")
                .with_hint("write it to stdin, or to a file that --password-file names")),
            password => Ok(password.to_owned()),
        }
    }
}

impl DeleteArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let mechanism = ScramMechanism::from(self.mechanism);
        let (user, change) = (self.user.clone(), Change::Delete(mechanism));
        self.connect.run(|cluster| async move { scram::alter(&cluster, &user, &[change]).await }).map_err(helped)?;
        say(&format!("{} can no longer log in with {}\n", self.user, mechanism.name()))?;
        Ok(Exit::Done)
    }
}

fn helped(error: CliError) -> CliError {
    if error.has_hint() { error } else { error.with_hint("`logbus users list` shows users and their mechanisms") }
}
