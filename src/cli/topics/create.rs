//! `logbus topics create`.

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::{Output, say};
use crate::cli::table::Table;
use crate::model::ErrorCode;
use crate::ops::Outcome;
use crate::ops::topics::{self, CreatedTopic, NewTopic};

/// Create topics
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Names
    #[arg(required = true, value_name = "TOPIC")]
    names: Vec<String>,
    /// Partitions of each [default: the cluster's num.partitions]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    partitions: Option<i32>,
    /// Replicas of each partition [default: the cluster's default.replication.factor]
    #[arg(short, long, value_name = "N", visible_alias = "rf", value_parser = clap::value_parser!(i16).range(1..))]
    replication_factor: Option<i16>,
    /// Brokers of each partition, replicas by colon, partitions by comma: 1:2,2:3
    #[arg(long, value_name = "1:2,…", conflicts_with_all = ["partitions", "replication_factor"], value_parser = parse_assignment)]
    assignment: Option<Assignment>,
    /// Setting of the topic; may be repeated
    #[arg(short, long = "config", value_name = "NAME=VALUE", value_parser = crate::cli::configs::parse_pair)]
    configs: Vec<(String, String)>,
    /// Accept a topic that is there already
    #[arg(long)]
    if_not_exists: bool,
    /// Ask whether it could be done, change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Debug)]
struct Assignment(Vec<Vec<i32>>);

fn parse_assignment(text: &str) -> Result<Assignment, String> {
    let ids = |part: &str| part.split(':').map(|id| id.trim().parse::<i32>()).collect::<Result<Vec<_>, _>>();
    let parsed = text.split(',').map(ids).collect::<Result<Vec<_>, _>>();
    parsed.map(Assignment).map_err(|_| format!("`{text}` is not broker ids such as 1:2,2:3"))
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let new = |name: &String| NewTopic {
            name: name.clone(),
            partitions: self.partitions,
            replication_factor: self.replication_factor,
            assignment: self.assignment.clone().map_or_else(Vec::new, |a| a.0),
            configs: self.configs.clone(),
        };
        let wanted: Vec<NewTopic> = self.names.iter().map(new).collect();
        let dry_run = self.dry_run;
        let outcomes = self.connect.run(|cluster| async move { topics::create(&cluster, &wanted, dry_run).await })?;
        let (there, outcomes): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(|outcome| {
            let exists = outcome.result.as_ref().is_err_and(|r| r.code == ErrorCode::TopicAlreadyExists);
            self.if_not_exists && exists
        });
        if !self.output.is_table() {
            let names = || outcomes.iter().filter(|o| o.result.is_ok()).map(|o| o.name.clone()).collect();
            self.output.print("created-topics", &outcomes, names, |_| table(&outcomes))?;
            return Ok(super::sum_up("create", &outcomes));
        }
        for outcome in &there {
            note!("{} exists already", outcome.name);
        }
        for outcome in &outcomes {
            if let Ok(topic) = &outcome.result {
                let verb = if dry_run { "would create" } else { "created" };
                let shape = if topic.partitions > 0 {
                    format!(": {} partitions, RF {}", topic.partitions, topic.replication_factor)
                } else {
                    String::new()
                };
                say(&format!("{verb} {}{shape}\n", outcome.name))?;
            }
        }
        Ok(super::sum_up("create", &outcomes))
    }
}

fn table(outcomes: &[Outcome<CreatedTopic>]) -> Table {
    let mut table = Table::new(&["TOPIC", ">PARTITIONS", ">RF", "ID", "REFUSED"]);
    for outcome in outcomes {
        let row = match &outcome.result {
            Ok(t) => [t.partitions.to_string(), t.replication_factor.to_string(), t.id.clone(), String::new()],
            Err(refusal) => [String::new(), String::new(), String::new(), refusal.text().to_owned()],
        };
        table.row(std::iter::once(outcome.name.clone()).chain(row));
    }
    table
}
