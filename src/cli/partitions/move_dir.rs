//! `logbus partitions move-dir`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cli::connect::{Connect, block_on};
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::client::At;
use crate::model::ErrorCode;
use crate::ops::reassign::{file::LogDirs, name, requests};

/// Move replicas to another log directory of their broker
///
/// The broker copies the log while it goes on serving, and swaps the two when the copy has all. A move back to where the
/// replica lies gives up one that is under way.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Partitions
    #[arg(value_name = "TOPIC:PARTITION", required = true)]
    partitions: Vec<String>,
    /// The broker whose replicas move
    #[arg(long, value_name = "ID")]
    broker: i32,
    /// The directory that they move to, as `logbus brokers log-dirs` shows it
    #[arg(long, value_name = "DIR")]
    to: String,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

/// What the broker said of one replica.
#[derive(Serialize)]
struct Asked {
    topic: String,
    partition: i32,
    broker: i32,
    to: String,
    error: Option<&'static str>,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let wanted = self.partitions.iter().map(|word| Ok(((at(word)?, self.broker), self.to.clone())));
        let wanted = wanted.collect::<Result<LogDirs, CliError>>()?;
        let cluster = self.connect.cluster()?;
        let answers: BTreeMap<(At, i32), ErrorCode> =
            block_on(async { requests::alter_log_dirs(&cluster, &wanted).await })??;
        let asked: Vec<Asked> = answers
            .iter()
            .map(|(((topic, partition), broker), code)| Asked {
                topic: topic.clone(),
                partition: *partition,
                broker: *broker,
                to: self.to.clone(),
                error: (*code != ErrorCode::None).then(|| code.name()),
            })
            .collect();
        let names = || answers.keys().map(|(at, _)| name(at)).collect();
        self.output.print("log-dir-moves", &asked, names, |_| table(&asked))?;
        let refused: Vec<&ErrorCode> = answers.values().filter(|code| **code != ErrorCode::None).collect();
        if refused.len() < answers.len() && self.output.is_table() {
            eprintln!("next: logbus brokers log-dirs   shows the copies, and how far they are");
        }
        if refused.contains(&&ErrorCode::LogDirNotFound) {
            CliError::failed(format!("broker {} has no log directory {}", self.broker, self.to))
                .with_hint("`logbus brokers log-dirs` shows those it has")
                .print();
        }
        Ok(match refused.len() {
            0 => Exit::Done,
            n if n == answers.len() => Exit::Failed,
            _ => Exit::Partly,
        })
    }
}

fn at(word: &str) -> Result<At, CliError> {
    let parsed = word.rsplit_once(':').and_then(|(topic, partition)| Some((topic.to_owned(), partition.parse().ok()?)));
    parsed.ok_or_else(|| CliError::usage(format!("`{word}` is not TOPIC:PARTITION")))
}

fn table(asked: &[Asked]) -> Table {
    let mut table = Table::new(&["TOPIC", ">P", ">BROKER", "TO", "STATE"]);
    for one in asked {
        let state = one.error.map_or_else(|| "moving".to_owned(), |error| format!("refused: {error}"));
        table.row([one.topic.clone(), one.partition.to_string(), one.broker.to_string(), one.to.clone(), state]);
    }
    table
}
