//! `logbus topics alter`.

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::{Output, say};
use crate::cli::partitions::carry_out::{self, Carrying};
use crate::ops::reassign::{apply, gather, plan};
use crate::ops::topics::{self, NewPartitions};

/// Add partitions to a topic, or change its replication factor; settings are changed with `logbus configs set`
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub struct Args {
    /// The topic
    topic: String,
    /// How many partitions it shall have in all
    #[arg(short, long, value_name = "N", group = "what", value_parser = clap::value_parser!(i32).range(1..))]
    partitions: Option<i32>,
    /// How many replicas each partition shall have; copies only what is missing
    #[arg(short, long, value_name = "N", group = "what", value_parser = clap::value_parser!(u16).range(1..))]
    replication_factor: Option<u16>,
    /// Ask whether it could be done, change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    carrying: Carrying,
    #[command(flatten)]
    connect: Connect,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        if let Some(factor) = self.replication_factor {
            return self.replicate(usize::from(factor));
        }
        let count = self.partitions.unwrap_or_default();
        let wanted = [NewPartitions { topic: self.topic.clone(), count, assignment: Vec::new() }];
        let outcomes = self
            .connect
            .run(|cluster| async move { topics::create_partitions(&cluster, &wanted, self.dry_run).await })?;
        let exit = super::sum_up("alter", &outcomes);
        if exit == Exit::Done {
            let verb = if self.dry_run { "would have" } else { "has now" };
            say(&format!("{} {verb} {count} partitions\n", self.topic))?;
            note!("note: keys go to other partitions from now on; order per key holds only within a partition");
        }
        Ok(exit)
    }

    fn replicate(self, factor: usize) -> Result<Exit, CliError> {
        let names = [self.topic.clone()];
        let planned = self.connect.run(|cluster| async move {
            apply::nothing_moves(&cluster).await?;
            Ok::<_, CliError>(plan::replication_factor(&gather(&cluster, Some(&names)).await?, factor))
        });
        let plan = planned?.map_err(crate::ops::OpsError::from)?;
        if self.dry_run {
            carry_out::show(&plan, &Output::default())?;
            if !plan.moves.is_empty() {
                say("Nothing was changed: leave out --dry-run to move.\n")?;
            }
            return Ok(Exit::Done);
        }
        self.carrying.carry_out(&self.connect, &plan, &carry_out::undo_file(&self.topic))
    }
}
