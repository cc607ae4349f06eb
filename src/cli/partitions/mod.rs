//! `logbus partitions`.

pub(super) mod carry_out;
mod elect;
mod move_dir;
mod reassign;

use clap::Subcommand;

use super::error::{CliError, Exit};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Elect leaders: the preferred replicas, or any that are left
    Elect(elect::Args),
    /// Move replicas to another log directory of their broker
    MoveDir(move_dir::Args),
    /// Move replicas between brokers
    #[command(subcommand)]
    Reassign(reassign::Verb),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::Elect(args) => args.run(),
            Verb::MoveDir(args) => args.run(),
            Verb::Reassign(verb) => verb.run(),
        }
    }
}
