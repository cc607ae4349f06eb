//! `logbus brokers describe`.

use serde::Serialize;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::client::Cluster;
use crate::ops::brokers::{self, BrokerSummary};
use crate::ops::isr::{self, OutOfSync};
use crate::ops::log_dirs::{self, LogDir};

/// Show one broker: where it is, what it holds, what is wrong with it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The broker
    #[arg(value_name = "ID")]
    broker: i32,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

#[derive(Serialize)]
struct Described {
    #[serde(flatten)]
    broker: BrokerSummary,
    log_dirs: Vec<LogDir>,
    out_of_sync_replicas: Vec<OutOfSync>,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let id = self.broker;
        let described = self.connect.run(|cluster| async move { describe(&cluster, id).await })?;
        let names = || vec![id.to_string()];
        self.output.pages("broker", &described, names, |_| text(&described), |_| directories(&described))?;
        Ok(Exit::Done)
    }
}

async fn describe(cluster: &Cluster, id: i32) -> Result<Described, CliError> {
    let all = brokers::list(cluster).await?;
    let known: Vec<String> = all.brokers.iter().map(|broker| broker.id.to_string()).collect();
    let mut broker = all.brokers.into_iter().find(|broker| broker.id == id).ok_or_else(|| {
        CliError::failed(format!("broker {id} is not registered: the brokers are {}", known.join(", ")))
            .with_hint("`logbus isr` shows what a broker that is gone leaves behind")
    })?;
    // The directories come in full below.
    broker.log_dirs.clear();
    let directories = if broker.fenced { None } else { log_dirs::describe(cluster, &[id]).await.remove(&id) };
    let mut out = isr::out_of_sync(cluster, None).await?;
    out.retain(|replica| replica.replica == id);
    let log_dirs = directories.transpose()?.unwrap_or_default();
    Ok(Described { broker, log_dirs, out_of_sync_replicas: out })
}

fn directories(described: &Described) -> Table {
    let mut table = Table::new(&["DIR", ">REPLICAS", ">SIZE", ">DISK", ">DISK FREE", "STATE"]);
    for dir in &described.log_dirs {
        table.row([
            dir.path.clone(),
            dir.replicas.len().to_string(),
            human::size(dir.replicas.iter().map(|r| r.size).sum()),
            human::or_empty(dir.total_bytes, human::size),
            human::or_empty(dir.usable_bytes, human::size),
            if dir.error.is_ok() { "ok".to_owned() } else { dir.error.message().to_owned() },
        ]);
    }
    table
}

fn text(described: &Described) -> String {
    let b = &described.broker;
    let rack = b.rack.as_ref().map(|rack| format!("   rack {rack}")).unwrap_or_default();
    let state = if b.fenced { "fenced" } else { "serves" };
    let mut text = format!(
        "broker {}   {}:{}{rack}   {state}   leads {}   holds {}   {} out of sync\n",
        b.id, b.host, b.port, b.leaders, b.replicas, b.out_of_sync
    );
    if !described.log_dirs.is_empty() {
        text.push_str(&format!("\n{}", directories(described).render()));
    }
    if !described.out_of_sync_replicas.is_empty() {
        let mut table = Table::new(&["OUT OF SYNC", ">P", ">LEADER", ">BEHIND REC", ">BEHIND BYTES"]);
        for f in &described.out_of_sync_replicas {
            table.row([
                f.topic.clone(),
                f.partition.to_string(),
                human::or_empty(f.leader, |id| id.to_string()),
                human::or_empty(f.behind_records, |records| records.to_string()),
                human::or_empty(f.behind_bytes, human::size),
            ]);
        }
        text.push_str(&format!("\n{}", table.render()));
    }
    text
}
