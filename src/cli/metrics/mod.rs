//! `logbus metrics`.

mod get;
mod list;
mod subscriptions;
mod watch;

use std::time::Duration;

use clap::{Args, Subcommand};

use super::connect::block_on;
use super::error::{CliError, Exit};
use super::human;
use crate::ops::metrics::{self, Family, MetricsError, Sample};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List the metrics of a broker, with what they count
    List(list::Args),
    /// Show the numbers of metrics
    Get(get::Args),
    /// Show numbers again and again, and how fast they change
    Watch(watch::Args),
    /// List what brokers ask of clients' metrics, and of which clients
    Subscriptions(subscriptions::Args),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::List(args) => args.run(),
            Verb::Get(args) => args.run(),
            Verb::Watch(args) => args.run(),
            Verb::Subscriptions(args) => args.run(),
        }
    }
}

/// Which broker's metrics.
#[derive(Clone, Debug, Args)]
struct Admin {
    /// The admin daemon of the broker
    #[arg(
        short,
        long,
        value_name = "URL",
        env = "LOGBUS_ADMIN",
        default_value = "http://127.0.0.1:8082",
        help_heading = "Cluster"
    )]
    admin: String,
    /// Longest time for an answer
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = human::parse_duration, help_heading = "Cluster")]
    timeout: Duration,
}

impl Admin {
    fn ask(&self) -> Result<Vec<Family>, CliError> {
        Ok(block_on(metrics::get(&self.admin, self.timeout))??)
    }
}

impl From<MetricsError> for CliError {
    fn from(error: MetricsError) -> CliError {
        let message = error.to_string();
        let hint = "a logbus broker prints the address of its admin daemon when it is ready; --admin takes it";
        match error {
            MetricsError::Address(_) => CliError::usage(message).with_hint("write http://HOST:PORT"),
            MetricsError::Unreachable { .. } | MetricsError::Late(_) => {
                CliError::failed(message).with_exit(Exit::Unreachable).with_hint(hint)
            }
            MetricsError::Refused { .. } | MetricsError::Strange { .. } => CliError::failed(message).with_hint(hint),
        }
    }
}

/// What metrics are meant: names, or beginnings of names that end in `*`; and labels that they must have.
#[derive(Clone, Debug, Args)]
struct Wanted {
    /// Names; `kafka_log_*` for all that begin so
    #[arg(required = true, value_name = "METRIC")]
    names: Vec<String>,
    /// Only numbers with this label
    #[arg(short, long = "label", value_name = "NAME=VALUE", value_parser = super::configs::parse_pair)]
    labels: Vec<(String, String)>,
}

impl Wanted {
    /// The numbers that are meant; an error names what there is none of.
    fn of(&self, families: Vec<Family>) -> Result<Vec<Sample>, CliError> {
        for name in &self.names {
            if !families.iter().any(|family| fits(&family.name, name)) {
                return Err(CliError::failed(format!("there is no metric {name}"))
                    .with_hint("`logbus metrics list` shows those there are"));
            }
        }
        let meant = |family: &Family| self.names.iter().any(|name| fits(&family.name, name));
        let labelled = |sample: &Sample| self.labels.iter().all(|(name, value)| sample.labels.get(name) == Some(value));
        Ok(families.into_iter().filter(meant).flat_map(|family| family.samples).filter(labelled).collect())
    }
}

fn fits(name: &str, wanted: &str) -> bool {
    wanted.strip_suffix('*').map_or(name == wanted, |begin| name.starts_with(begin))
}

/// A number as people read it: whole ones without a fraction.
fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { format!("{value:.0}") } else { format!("{value}") }
}
