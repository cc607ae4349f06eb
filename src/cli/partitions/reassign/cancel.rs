//! `logbus partitions reassign cancel`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::say;
use crate::cli::partitions::carry_out;
use crate::client::At;
use crate::ops::reassign::{apply, name, requests};

/// Stop moves: replicas stay where they were, and the throttle is taken off
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only the partitions of this plan; everything without it
    plan: Option<PathBuf>,
    /// Stop them; without it, show what would be stopped
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    connect: Connect,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let plan = self.plan.as_deref().map(carry_out::read).transpose()?;
        let only: Option<BTreeSet<At>> = plan.map(|plan| plan.into_keys().collect());
        if !self.yes {
            let moving = self.connect.run(|cluster| async move { requests::moving(&cluster, only.as_ref()).await })?;
            for at in moving.keys() {
                say(&format!("would stop {}\n", name(at)))?;
            }
            let rest =
                if moving.is_empty() { "Nothing is moving.\n" } else { "Nothing was changed: add --yes to stop.\n" };
            say(rest)?;
            return Ok(Exit::Done);
        }
        let (stopped, cleared) =
            self.connect.run(|cluster| async move { apply::cancel(&cluster, only.as_ref()).await })?;
        for at in &stopped {
            say(&format!("stopped {}\n", name(at)))?;
        }
        if stopped.is_empty() {
            say("Nothing is moving.\n")?;
        }
        carry_out::say_cleared(&cleared);
        Ok(Exit::Done)
    }
}
