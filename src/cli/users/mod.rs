//! `logbus users`: who may log in by SCRAM.

mod change;
mod list;

use clap::{Subcommand, ValueEnum};

use super::error::{CliError, Exit};
use crate::model::ScramMechanism;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List users and their credentials
    List(list::Args),
    /// Give a user a password
    SetScram(change::SetArgs),
    /// Take a user's password away
    DeleteScram(change::DeleteArgs),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::List(args) => args.run(),
            Verb::SetScram(args) => args.run(),
            Verb::DeleteScram(args) => args.run(),
        }
    }
}

/// A mechanism as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mechanism {
    /// SCRAM-SHA-256
    #[value(name = "sha-256", alias = "SCRAM-SHA-256")]
    Sha256,
    /// SCRAM-SHA-512
    #[value(name = "sha-512", alias = "SCRAM-SHA-512")]
    Sha512,
}

impl From<Mechanism> for ScramMechanism {
    fn from(mechanism: Mechanism) -> ScramMechanism {
        match mechanism {
            Mechanism::Sha256 => ScramMechanism::Sha256,
            Mechanism::Sha512 => ScramMechanism::Sha512,
        }
    }
}
