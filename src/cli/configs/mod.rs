//! `logbus configs`.

mod describe;
mod set;

use clap::{Args, Subcommand};

use super::error::{CliError, Exit};
use crate::ops::configs::Resource;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show settings and where their values come from
    Describe(describe::Args),
    /// Change settings
    Set(set::SetArgs),
    /// Let settings fall back to the next place
    Unset(set::UnsetArgs),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::Describe(args) => args.run(),
            Verb::Set(args) => args.run(),
            Verb::Unset(args) => args.run(),
        }
    }
}

/// What the settings belong to.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Subject {
    /// Settings of a topic
    #[arg(long, value_name = "NAME")]
    topic: Option<String>,
    /// Settings of one broker
    #[arg(long, value_name = "ID")]
    broker: Option<i32>,
    /// Settings of all brokers
    #[arg(long)]
    all_brokers: bool,
    /// Settings of a group
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// Levels of one broker's loggers
    #[arg(long, value_name = "ID")]
    broker_logger: Option<i32>,
    /// Settings of a subscription of client metrics
    #[arg(long, value_name = "NAME")]
    client_metrics: Option<String>,
}

impl Subject {
    fn resource(&self) -> Resource {
        match self {
            Subject { topic: Some(name), .. } => Resource::topic(name),
            Subject { group: Some(name), .. } => Resource::group(name),
            Subject { client_metrics: Some(name), .. } => Resource::client_metrics(name),
            Subject { broker_logger: Some(id), .. } => Resource::broker_logger(*id),
            Subject { broker, .. } => Resource::broker(*broker),
        }
    }

    /// The option as it stands on the command line, for hints.
    fn option(&self) -> String {
        match self {
            Subject { topic: Some(name), .. } => format!("--topic {name}"),
            Subject { group: Some(name), .. } => format!("--group {name}"),
            Subject { client_metrics: Some(name), .. } => format!("--client-metrics {name}"),
            Subject { broker_logger: Some(id), .. } => format!("--broker-logger {id}"),
            Subject { broker: Some(id), .. } => format!("--broker {id}"),
            Subject { .. } => "--all-brokers".into(),
        }
    }
}

/// Reads `name=value`; the value may be empty or hold further `=`.
pub fn parse_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err(format!("`{text}` is not NAME=VALUE")),
    }
}
