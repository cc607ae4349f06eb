//! `logbus cluster history`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::model::TimestampMs;
use crate::ops::history::{Broker, Change, History, HistoryError, Partition, Subject, Wanted, read};

/// Tell from a metadata log who led, with which ISR and settings, and why that changed, without a broker
#[derive(Debug, clap::Args)]
pub struct Args {
    /// metadata.log.dir or the __cluster_metadata-0 in it, of logbus or of Apache Kafka; or one segment or snapshot
    #[arg(long, value_name = "DIR")]
    metadata_dir: PathBuf,
    /// Tell of this topic; without it, of the brokers
    #[arg(short, long, value_name = "TOPIC")]
    topic: Option<String>,
    /// Tell of this partition of it only
    #[arg(short, long, value_name = "ID", requires = "topic")]
    partition: Option<i32>,
    /// Tell how it was at this time: 2026-11-22T14:00:00Z, @1700000000, -1h
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, conflicts_with_all = ["from", "to"])]
    at: Option<String>,
    /// Tell of changes from this time on
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: Option<String>,
    /// Tell of changes up to this time
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    to: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// A topic at some time.
#[derive(Serialize)]
struct TopicThen {
    time_ms: i64,
    topic: String,
    configs: BTreeMap<String, String>,
    partitions: Vec<PartitionThen>,
}

#[derive(Serialize)]
struct PartitionThen {
    partition: i32,
    #[serde(flatten)]
    state: Partition,
    since_ms: i64,
    what: String,
    why: String,
}

#[derive(Serialize)]
struct BrokerThen {
    broker: i32,
    #[serde(flatten)]
    state: Broker,
    since_ms: i64,
    what: String,
    why: String,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let now = TimestampMs::now().0;
        let time = |text: &Option<String>| {
            text.as_deref().map(|text| human::parse_time(text, now)).transpose().map_err(CliError::usage)
        };
        let (at, from_ms, to_ms) = (time(&self.at)?, time(&self.from)?, time(&self.to)?);
        let mut history = read(&self.metadata_dir).map_err(|error| {
            let hint = match error {
                HistoryError::File { .. } => "`logbus dump-log` shows what of the file is readable",
                _ => "--metadata-dir is the metadata.log.dir of a controller or broker, as in logbus-data",
            };
            CliError::failed(error.to_string()).with_hint(hint)
        })?;
        if let Some(topic) = &self.topic {
            let is_of = |change: &Change| match &change.subject {
                Subject::Topic { topic: name } => name == topic,
                Subject::Partition { topic: name, partition } => {
                    name == topic && self.partition.is_none_or(|wanted| wanted == *partition)
                }
                Subject::Broker { .. } => false,
            };
            if !history.changes.iter().any(is_of) {
                let of = self.partition.map_or_else(|| topic.clone(), |partition| format!("{topic}-{partition}"));
                return Err(CliError::failed(format!("{of} is not in this metadata log")).with_hint(reach(&history)));
            }
        }
        if let Some(at) = at {
            if history.begins_ms.is_none_or(|begins| at < begins) {
                let then = human::time(at);
                return Err(CliError::failed(format!("the metadata log does not reach back to {then}"))
                    .with_hint(reach(&history)));
            }
            history.changes.retain(|change| change.time_ms <= at);
            return match self.topic.clone() {
                Some(topic) => self.topic_at(topic, at, &history),
                None => self.brokers_at(&history),
            };
        }
        let wanted = Wanted { topic: self.topic.clone(), partition: self.partition, from_ms, to_ms };
        let rows: Vec<&Change> = history.changes.iter().filter(|change| wanted.takes(change)).collect();
        let names = || rows.iter().map(|change| subject(&change.subject)).collect();
        self.output.print("cluster-history", &rows, names, |wide| changes(&rows, wide))?;
        if rows.is_empty() && self.output.is_table() {
            note!("nothing changed in that time; {}", reach(&history));
        }
        Ok(Exit::Done)
    }

    fn topic_at(&self, topic: String, at: i64, history: &History) -> Result<Exit, CliError> {
        let mut partitions = BTreeMap::new();
        let mut configs = BTreeMap::new();
        let mut exists = false;
        for change in &history.changes {
            match &change.subject {
                Subject::Partition { topic: name, partition } if *name == topic => {
                    if let Some(state) = &change.partition_state {
                        partitions.insert(*partition, (state.clone(), change));
                    }
                }
                Subject::Topic { topic: name } if *name == topic => match &change.config {
                    Some((key, Some(value))) => drop(configs.insert(key.clone(), value.clone())),
                    Some((key, None)) => drop(configs.remove(key)),
                    None => {
                        exists = change.what != DELETED;
                        partitions.clear();
                        if !exists {
                            configs.clear();
                        }
                    }
                },
                _ => {}
            }
        }
        if !exists && partitions.is_empty() {
            let then = human::time(at);
            return Err(CliError::failed(format!("there was no topic {topic} at {then}")).with_hint(reach(history)));
        }
        let wanted = |partition: i32| self.partition.is_none_or(|wanted| wanted == partition);
        let rows = partitions.into_iter().filter(|(partition, _)| wanted(*partition));
        let rows = rows.map(|(partition, (state, change))| PartitionThen {
            partition,
            state,
            since_ms: change.time_ms,
            what: change.what.clone(),
            why: change.why.clone(),
        });
        let then = TopicThen { time_ms: at, topic, configs, partitions: rows.collect() };
        let names = || then.partitions.iter().map(|p| format!("{}-{}", then.topic, p.partition)).collect();
        self.output.print("topic-at", &then, names, |_| partitions_table(&then.partitions))?;
        if self.output.is_table() && !then.configs.is_empty() {
            let settings: Vec<String> = then.configs.iter().map(|(key, value)| format!("{key}={value}")).collect();
            note!("settings of its own then: {}", settings.join(", "));
        }
        Ok(Exit::Done)
    }

    fn brokers_at(&self, history: &History) -> Result<Exit, CliError> {
        let mut brokers: BTreeMap<i32, BrokerThen> = BTreeMap::new();
        for change in &history.changes {
            let Subject::Broker { broker } = change.subject else { continue };
            match change.broker_state {
                Some(state) => {
                    let (what, why) = (change.what.clone(), change.why.clone());
                    brokers.insert(broker, BrokerThen { broker, state, since_ms: change.time_ms, what, why });
                }
                None => drop(brokers.remove(&broker)),
            }
        }
        let rows: Vec<BrokerThen> = brokers.into_values().collect();
        let names = || rows.iter().map(|row| row.broker.to_string()).collect();
        self.output.print("brokers-at", &rows, names, |_| brokers_table(&rows))?;
        Ok(Exit::Done)
    }
}

/// What the change of a topic that ends it says.
const DELETED: &str = "deleted";

/// From when to when the log tells.
fn reach(history: &History) -> String {
    match (history.begins_ms, history.ends_ms) {
        (Some(begins), Some(ends)) => {
            let what = if history.begins_with_snapshot { "a snapshot of" } else { "" };
            format!(
                "it tells from {what}{}{} to {}",
                if what.is_empty() { "" } else { " " },
                human::time(begins),
                human::time(ends)
            )
        }
        _ => "there are no records in it".to_owned(),
    }
}

fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Partition { topic, partition } => format!("{topic}-{partition}"),
        Subject::Topic { topic } => topic.clone(),
        Subject::Broker { broker } => format!("broker {broker}"),
    }
}

fn changes(rows: &[&Change], wide: bool) -> Table {
    let mut columns = vec!["TIME", ">OFFSET", "OF", ">LEADER", ">EPOCH", "ISR", "WHAT", "WHY"];
    if wide {
        columns.extend(["REPLICAS", ">CONTROLLER EPOCH"]);
    }
    let mut table = Table::new(&columns);
    for change in rows {
        let state = change.partition_state.as_ref();
        let mut row = vec![
            human::time_millis(change.time_ms),
            human::grouped(change.offset),
            subject(&change.subject),
            leader(state),
            human::or_empty(state, |p| p.leader_epoch.to_string()),
            human::or_empty(state, |p| human::ids(&p.isr)),
            change.what.clone(),
            change.why.clone(),
        ];
        if wide {
            row.push(human::or_empty(state, |p| human::ids(&p.replicas)));
            row.push(change.controller_epoch.to_string());
        }
        table.row(row);
    }
    table
}

fn leader(state: Option<&Partition>) -> String {
    human::or_empty(state, |p| p.leader.map_or_else(|| "none".to_owned(), |id| id.to_string()))
}

fn partitions_table(rows: &[PartitionThen]) -> Table {
    let mut table =
        Table::new(&[">P", ">LEADER", ">EPOCH", "ISR", "REPLICAS", "ADDING", "REMOVING", "SINCE", "BY", "WHY"]);
    for row in rows {
        table.row([
            row.partition.to_string(),
            leader(Some(&row.state)),
            row.state.leader_epoch.to_string(),
            human::ids(&row.state.isr),
            human::ids(&row.state.replicas),
            human::ids(&row.state.adding),
            human::ids(&row.state.removing),
            human::time_millis(row.since_ms),
            row.what.clone(),
            row.why.clone(),
        ]);
    }
    table
}

fn brokers_table(rows: &[BrokerThen]) -> Table {
    let mut table = Table::new(&[">BROKER", "STATE", "SINCE", "BY", "WHY"]);
    for row in rows {
        let state = match (row.state.fenced, row.state.in_controlled_shutdown) {
            (true, _) => "fenced",
            (false, true) => "stopping",
            (false, false) => "ok",
        };
        table.row([
            row.broker.to_string(),
            state.to_owned(),
            human::time_millis(row.since_ms),
            row.what.clone(),
            row.why.clone(),
        ]);
    }
    table
}
