//! `logbus topics`.

mod alter;
mod create;
mod delete;
mod describe;
mod list;
mod skew;
mod trim;

use clap::Subcommand;

use super::error::{CliError, Exit};
use crate::model::ErrorCode;
use crate::ops::{Outcome, Refusal};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List topics with size and state
    List(list::Args),
    /// Show partitions, settings and what is wrong
    Describe(describe::Args),
    /// Show hot partitions and hot keys
    Skew(skew::Args),
    /// Create topics
    Create(create::Args),
    /// Add partitions to a topic, or change its replication factor
    Alter(alter::Args),
    /// Delete topics and their records
    Delete(delete::Args),
    /// Delete the oldest records of a topic, up to an offset or a time
    Trim(trim::Args),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::List(args) => args.run(),
            Verb::Describe(args) => args.run(),
            Verb::Skew(args) => args.run(),
            Verb::Create(args) => args.run(),
            Verb::Alter(args) => args.run(),
            Verb::Delete(args) => args.run(),
            Verb::Trim(args) => args.run(),
        }
    }
}

/// Prints what was refused and sums up: all done, some, none.
fn sum_up<T>(verb: &str, outcomes: &[Outcome<T>]) -> Exit {
    let mut refused = 0;
    for outcome in outcomes {
        if let Err(refusal) = &outcome.result {
            refused += 1;
            let error = CliError::failed(format!("cannot {verb} {}: {}", outcome.name, first_line(refusal.text())));
            match hint(refusal, &outcome.name) {
                Some(hint) => error.with_hint(hint).print(),
                None => error.print(),
            }
        }
    }
    match refused {
        0 => Exit::Done,
        n if n == outcomes.len() => Exit::Failed,
        _ => Exit::Partly,
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or(text)
}

fn hint(refusal: &Refusal, name: &str) -> Option<String> {
    Some(match refusal.code {
        ErrorCode::TopicAlreadyExists => {
            format!("`logbus topics describe {name}` shows it; --if-not-exists accepts it")
        }
        ErrorCode::UnknownTopicOrPartition => "`logbus topics list` shows the topics there are".into(),
        ErrorCode::InvalidReplicationFactor => {
            "--replication-factor 1, or start more brokers; `logbus brokers list` shows those there are".into()
        }
        ErrorCode::InvalidPartitions => "partitions can only be added, one at least".into(),
        ErrorCode::InvalidConfig => format!("`logbus configs describe --topic {name} --all` shows names and values"),
        ErrorCode::TopicDeletionDisabled => "delete.topic.enable is false on the brokers".into(),
        _ => return None,
    })
}
