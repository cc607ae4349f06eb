//! `logbus partitions reassign apply`.

use std::path::PathBuf;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::{Output, say};
use crate::cli::partitions::carry_out::{self, Carrying};
use crate::ops::reassign::apply;

/// Move replicas as a plan says. What is there already is left alone, so that a plan can be applied again
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A plan, from `plan --out`, from Kafka's tool, or a way back
    plan: PathBuf,
    /// Show what would be moved, change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    carrying: Carrying,
    #[command(flatten)]
    connect: Connect,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let wanted = carry_out::read(&self.plan)?;
        let plan = self.connect.run(|cluster| async move { apply::plan_of(&cluster, &wanted).await })?;
        if self.dry_run {
            carry_out::show(&plan, &Output::default())?;
            if !plan.moves.is_empty() {
                say("Nothing was changed: leave out --dry-run to move.\n")?;
            }
            return Ok(Exit::Done);
        }
        let mut undo = self.plan.clone().into_os_string();
        undo.push(".undo.json");
        self.carrying.carry_out(&self.connect, &plan, &PathBuf::from(undo))
    }
}
