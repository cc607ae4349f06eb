//! `logbus partitions elect`.

use crate::cli::connect::{Connect, block_on};
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::client::{Cluster, Topics};
use crate::model::ErrorCode;
use crate::ops::elections::{self, Election, ElectionOutcome, ElectionType};

/// Elect leaders: the preferred replicas, or any that are left
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Topics, or single partitions of them as TOPIC:PARTITION
    #[arg(value_name = "TOPIC[:PARTITION]", required_unless_present = "all", conflicts_with = "all")]
    partitions: Vec<String>,
    /// Every partition that needs an election of that kind
    #[arg(long)]
    all: bool,
    /// Take any replica that is alive where none in sync is left: records that only the others have are lost
    #[arg(long, requires = "yes")]
    unclean: bool,
    /// Confirm --unclean
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let kind = if self.unclean { ElectionType::Unclean } else { ElectionType::Preferred };
        let cluster = self.connect.cluster()?;
        let mut elections = block_on(async {
            let wanted = if self.all { None } else { Some(expand(&cluster, &self.partitions).await?) };
            Ok::<_, CliError>(elections::elect(&cluster, kind, wanted.as_deref()).await?)
        })??;
        elections.sort_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
        let names = || {
            let elected = elections.iter().filter(|e| e.outcome == ElectionOutcome::Elected);
            elected.map(|e| format!("{}:{}", e.topic, e.partition)).collect()
        };
        if elections.is_empty() && self.output.is_table() {
            note!("no partition needs an election");
        } else {
            self.output.print("elections", &elections, names, |_| table(&elections))?;
        }
        let mut refused = 0;
        for election in &elections {
            if let ElectionOutcome::Refused(refusal) = &election.outcome {
                refused += 1;
                let at = format!("{}:{}", election.topic, election.partition);
                CliError::failed(format!("no election of {at}: {}", refusal.text()))
                    .with_hint(format!("`logbus isr {}` shows which replicas are in sync", election.topic))
                    .print();
            }
        }
        Ok(match refused {
            0 => Exit::Done,
            n if n == elections.len() => Exit::Failed,
            _ => Exit::Partly,
        })
    }
}

/// Topics stand for all of their partitions.
async fn expand(cluster: &Cluster, words: &[String]) -> Result<Vec<(String, i32)>, CliError> {
    let mut wanted = Vec::new();
    for word in words {
        let single = word.rsplit_once(':').map(|(topic, partition)| (topic, partition.parse::<i32>()));
        match single {
            Some((topic, Ok(partition))) => wanted.push((topic.to_owned(), partition)),
            Some((_, Err(_))) => {
                return Err(CliError::usage(format!("`{word}` is not TOPIC or TOPIC:PARTITION")));
            }
            None => {
                let metadata = cluster.metadata(Topics::Named(std::slice::from_ref(word))).await?;
                let topic = metadata.topics.get(word).filter(|topic| topic.error == ErrorCode::None);
                let topic = topic.ok_or_else(|| {
                    CliError::failed(format!("there is no topic {word}"))
                        .with_hint("`logbus topics list` shows the topics there are")
                })?;
                wanted.extend(topic.partitions.iter().map(|p| (word.clone(), p.index)));
            }
        }
    }
    Ok(wanted)
}

fn table(elections: &[Election]) -> Table {
    let mut table = Table::new(&["TOPIC", ">P", "ELECTION"]);
    for election in elections {
        let outcome = match &election.outcome {
            ElectionOutcome::Elected => "new leader".to_owned(),
            ElectionOutcome::NotNeeded => "not needed".to_owned(),
            ElectionOutcome::Refused(refusal) => format!("refused: {}", refusal.text()),
        };
        table.row([election.topic.clone(), election.partition.to_string(), outcome]);
    }
    table
}
