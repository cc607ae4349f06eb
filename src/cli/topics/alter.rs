//! `logbus topics alter`.

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::say;
use crate::ops::topics::{self, NewPartitions};

/// Add partitions to a topic; settings are changed with `logbus configs set`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The topic
    topic: String,
    /// How many partitions it shall have in all
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    partitions: i32,
    /// Ask whether it could be done, change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    connect: Connect,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let wanted = [NewPartitions { topic: self.topic.clone(), count: self.partitions, assignment: Vec::new() }];
        let outcomes = self
            .connect
            .run(|cluster| async move { topics::create_partitions(&cluster, &wanted, self.dry_run).await })?;
        let exit = super::sum_up("alter", &outcomes);
        if exit == Exit::Done {
            let verb = if self.dry_run { "would have" } else { "has now" };
            say(&format!("{} {verb} {} partitions\n", self.topic, self.partitions))?;
            eprintln!("note: keys go to other partitions from now on; order per key holds only within a partition");
        }
        Ok(exit)
    }
}
