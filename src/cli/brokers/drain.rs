//! `logbus brokers drain` and `rebalance`.

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::{Output, say};
use crate::cli::partitions::carry_out::{self, Carrying};
use crate::ops::Result as OpsResult;
use crate::ops::reassign::leaders::even_leaders;
use crate::ops::reassign::{Layout, Plan, apply, balance, gather, plan};

/// Take every replica off a broker, so that it can be stopped for good
#[derive(Debug, clap::Args)]
pub struct DrainArgs {
    /// The broker; it may be down already
    #[arg(value_name = "ID")]
    broker: i32,
    #[command(flatten)]
    common: Common,
}

/// Even out replicas and bytes over all brokers, with as little copying as can be
#[derive(Debug, clap::Args)]
pub struct RebalanceArgs {
    /// How far a broker's bytes may be from the mean, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = clap::value_parser!(u8).range(0..=100))]
    tolerance: u8,
    /// Even out preferred leaders too, by the order of replicas: that copies nothing
    #[arg(long)]
    leaders: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Common {
    /// Move; without it, show what would be moved
    #[arg(long)]
    execute: bool,
    /// Show what would be moved, as without --execute
    #[arg(long, conflicts_with = "execute")]
    dry_run: bool,
    #[command(flatten)]
    carrying: Carrying,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

impl DrainArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let broker = self.broker;
        self.common.run("drain", |layout| Ok(plan::drain(layout, broker)?))
    }
}

impl RebalanceArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let tolerance = f64::from(self.tolerance) / 100.0;
        self.common.run("rebalance", |layout| {
            let plan = balance::rebalance(layout, tolerance);
            Ok(if self.leaders { even_leaders(layout, &plan) } else { plan })
        })
    }
}

impl Common {
    fn run(self, what: &str, goal: impl FnOnce(&Layout) -> OpsResult<Plan>) -> Result<Exit, CliError> {
        let plan = self.connect.run(|cluster| async move {
            apply::nothing_moves(&cluster).await?;
            goal(&gather(&cluster, None).await?)
        });
        let plan = plan?;
        if self.execute {
            return self.carrying.carry_out(&self.connect, &plan, &carry_out::undo_file(what));
        }
        carry_out::show(&plan, &self.output)?;
        if !plan.moves.is_empty() && self.output.is_table() {
            say("Nothing was changed: add --execute to move.\n")?;
        }
        Ok(Exit::Done)
    }
}
