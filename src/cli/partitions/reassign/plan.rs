//! `logbus partitions reassign plan`.

use std::path::{Path, PathBuf};

use clap::ArgGroup;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::{Output, say};
use crate::cli::partitions::carry_out;
use crate::client::Cluster;
use crate::ops::reassign::leaders::even_leaders;
use crate::ops::reassign::{Layout, Plan, apply, balance, file, gather, plan};
use crate::ops::{OpsError, Result as OpsResult};

/// Show which replicas would move, and write it down; moves nothing. Ends with 5 when something has to move
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("goal").required(true))]
pub struct Args {
    /// Take everything off a broker
    #[arg(long, value_name = "ID", group = "goal")]
    drain: Option<i32>,
    /// Put one broker in the place of another
    #[arg(long, value_name = "OLD:NEW", value_parser = pair, group = "goal")]
    replace: Option<(i32, i32)>,
    /// Even out replicas and bytes over all brokers
    #[arg(long, group = "goal")]
    balance: bool,
    /// With --balance: even out preferred leaders too, by the order of replicas, which copies nothing
    #[arg(long, requires = "balance")]
    leaders: bool,
    /// Bring everything onto these brokers, evenly
    #[arg(long, value_name = "ID,…", value_delimiter = ',', group = "goal")]
    onto: Vec<i32>,
    /// Give every partition so many replicas; needs --topic
    #[arg(long, value_name = "N", group = "goal", requires = "topics", value_parser = clap::value_parser!(u16).range(1..))]
    replication_factor: Option<u16>,
    /// What a plan would still have to move
    #[arg(long, value_name = "PLAN", group = "goal", conflicts_with = "topics")]
    from: Option<PathBuf>,
    /// Only this topic; may be repeated
    #[arg(long = "topic", value_name = "TOPIC")]
    topics: Vec<String>,
    /// Write the plan to a file, in the JSON of Kafka's tool; `-` is stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

/// How far from the mean a broker's bytes may be, unless the operator says: 10 %.
const TOLERANCE: f64 = 0.1;

fn pair(text: &str) -> Result<(i32, i32), String> {
    let ids = text.split_once(':').and_then(|(old, new)| Some((old.parse().ok()?, new.parse().ok()?)));
    ids.ok_or_else(|| format!("`{text}` is not OLD:NEW, two broker ids"))
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let from = self.from.as_deref().map(carry_out::read).transpose()?;
        let this = &self;
        let plan = self.connect.run(|cluster| async move {
            match from {
                Some(wanted) => apply::plan_of(&cluster, &wanted).await,
                None => this.planned(&cluster).await,
            }
        })?;
        let text = format!("{}\n", file::format(&plan.target(), &file::LogDirs::new()));
        match self.out.as_deref() {
            Some(path) if path == Path::new("-") => say(&text)?,
            Some(path) => {
                carry_out::show(&plan, &self.output)?;
                std::fs::write(path, text).map_err(|e| CliError::file("write", path, &e))?;
                if !plan.moves.is_empty() {
                    note!("next: logbus partitions reassign apply {} --throttle 50MB", path.display());
                }
            }
            None => carry_out::show(&plan, &self.output)?,
        }
        Ok(if plan.moves.is_empty() { Exit::Done } else { Exit::ConditionFails })
    }

    async fn planned(&self, cluster: &Cluster) -> OpsResult<Plan> {
        apply::nothing_moves(cluster).await?;
        let layout = gather(cluster, (!self.topics.is_empty()).then_some(self.topics.as_slice())).await?;
        self.goal(&layout)
    }

    fn goal(&self, layout: &Layout) -> OpsResult<Plan> {
        Ok(match (self.drain, self.replace, self.replication_factor) {
            (Some(broker), ..) => plan::drain(layout, broker)?,
            (_, Some((old, new)), _) => plan::replace(layout, old, new)?,
            (.., Some(factor)) => plan::replication_factor(layout, usize::from(factor))?,
            _ if self.leaders => even_leaders(layout, &balance::rebalance(layout, TOLERANCE)),
            _ if self.balance => balance::rebalance(layout, TOLERANCE),
            _ if self.onto.is_empty() => return Err(OpsError::Invalid("say what the plan is for".to_owned())),
            _ => balance::onto(layout, &self.onto.iter().copied().collect())?,
        })
    }
}
