//! `logbus groups`.

mod delete;
mod describe;
mod list;
mod put_back;
mod reset_offsets;

use clap::Subcommand;

use super::error::{CliError, Exit};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List groups with state and coordinator
    List(list::Args),
    /// Show where a group stands in each partition, and its members
    Describe(describe::Args),
    /// Move where a group stands; shows the plan, needs --execute to change anything
    ResetOffsets(reset_offsets::Args),
    /// Put a group back to where it stood before a reset
    UndoReset(put_back::UndoArgs),
    /// Give a group what another one has committed
    Clone(put_back::CloneArgs),
    /// Delete groups without members
    Delete(delete::Args),
    /// Delete what a group has committed for topics
    DeleteOffsets(delete::OffsetsArgs),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::List(args) => args.run(),
            Verb::Describe(args) => args.run(),
            Verb::ResetOffsets(args) => args.run(),
            Verb::UndoReset(args) => args.run(),
            Verb::Clone(args) => args.run(),
            Verb::Delete(args) => args.run(),
            Verb::DeleteOffsets(args) => args.run(),
        }
    }
}

/// Reads `topic`, `topic:0,1,2`.
fn parse_topic(text: &str) -> Result<(String, Option<Vec<i32>>), String> {
    let Some((topic, partitions)) = text.split_once(':') else { return Ok((text.to_owned(), None)) };
    let ids: Result<Vec<i32>, _> = partitions.split(',').map(|p| p.trim().parse::<i32>()).collect();
    match ids {
        Ok(ids) if !topic.is_empty() => Ok((topic.to_owned(), Some(ids))),
        _ => Err(format!("`{text}` is not TOPIC or TOPIC:0,1,2")),
    }
}
