//! `logbus brokers throttle`.

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::{Output, say};
use crate::cli::partitions::carry_out::rate;
use crate::cli::table::Table;
use crate::ops::reassign::throttle::{self, Limits};

/// Hold replication traffic to a rate, show the rates that stand, or take them off
///
/// The rate holds for every replica of every topic there is, or of the topics named, also for those that only catch up:
/// too low a rate keeps replicas out of sync. Topics created later are not limited.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Bytes a second that each broker sends, and that each takes, 50MB for instance
    #[arg(long, value_name = "RATE", value_parser = rate)]
    rate: Option<u64>,
    /// Take every rate off, those of moves too
    #[arg(long, conflicts_with = "rate")]
    clear: bool,
    /// Only this broker; may be repeated
    #[arg(long = "broker", value_name = "ID")]
    brokers: Vec<i32>,
    /// Only this topic; may be repeated
    #[arg(long = "topic", value_name = "TOPIC")]
    topics: Vec<String>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let (brokers, topics) = (self.brokers.clone(), self.topics.clone());
        if let Some(rate) = self.rate {
            let scope =
                self.connect.run(|cluster| async move { throttle::hold(&cluster, &brokers, &topics, rate).await })?;
            let ids: Vec<i32> = scope.brokers.keys().copied().collect();
            let (ids, topics) = (human::ids(&ids), scope.whole_topics.len());
            say(&format!("replication of {topics} topics is held to {rate} B/s on brokers {ids}\n"))?;
            note!("next: logbus brokers throttle --clear   takes it off");
        } else if self.clear {
            let scope =
                self.connect.run(|cluster| async move { throttle::release(&cluster, &brokers, &topics).await })?;
            let ids: Vec<i32> = scope.brokers.keys().copied().collect();
            let topics = scope.whole_topics.len() + scope.moved_topics.len();
            say(&format!("took the rates off {topics} topics and brokers {}\n", human::ids(&ids)))?;
        } else {
            let limits = self.connect.run(|cluster| async move { throttle::limits(&cluster).await })?;
            if limits == Limits::default() && self.output.is_table() {
                say("No rate is set.\n")?;
                return Ok(Exit::Done);
            }
            self.output.print("throttles", &limits, || names(&limits), |_| table(&limits))?;
        }
        Ok(Exit::Done)
    }
}

fn names(limits: &Limits) -> Vec<String> {
    limits.brokers.keys().map(i32::to_string).collect()
}

fn table(limits: &Limits) -> Table {
    let mut table = Table::new(&["LIMITED", ">RATE B/S", "REPLICAS"]);
    for (id, rate) in &limits.brokers {
        table.row([format!("broker {id}"), human::grouped(i64::try_from(*rate).unwrap_or(i64::MAX)), String::new()]);
    }
    for topic in &limits.whole_topics {
        table.row([format!("topic {topic}"), String::new(), "all".to_owned()]);
    }
    for topic in &limits.moved_topics {
        table.row([format!("topic {topic}"), String::new(), "those that move".to_owned()]);
    }
    table
}
