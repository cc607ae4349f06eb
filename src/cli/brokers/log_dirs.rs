//! `logbus brokers log-dirs`.

use serde::Serialize;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::client::Topics;
use crate::model::ErrorCode;
use crate::ops::log_dirs::{self, LogDir};

/// Show log directories: their disks, their replicas, and which are offline
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Brokers; all without any
    #[arg(value_name = "ID")]
    brokers: Vec<i32>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

#[derive(Serialize)]
struct Row {
    broker: i32,
    #[serde(flatten)]
    dir: LogDir,
}

impl Args {
    pub(in crate::cli) fn run(self) -> Result<Exit, CliError> {
        let wanted = self.brokers;
        let found = self.connect.run(|cluster| async move {
            let known = cluster.metadata(Topics::None).await?.brokers;
            let all: Vec<i32> = known.keys().copied().collect();
            let asked = if wanted.is_empty() { all } else { wanted };
            if let Some(strange) = asked.iter().find(|id| !known.contains_key(id)) {
                return Err(CliError::failed(format!("cannot ask broker {strange}: it is not registered, or fenced"))
                    .with_hint("`logbus brokers list` shows the brokers there are"));
            }
            Ok(log_dirs::describe(&cluster, &asked).await)
        })?;
        let (mut rows, mut failed) = (Vec::new(), 0);
        let asked = found.len();
        for (broker, directories) in found {
            match directories {
                Ok(directories) => rows.extend(directories.into_iter().map(|dir| Row { broker, dir })),
                Err(e) => {
                    failed += 1;
                    let error = CliError::from(e);
                    let told = error.has_hint();
                    let hint = "`logbus brokers list` shows the brokers there are";
                    if told { error.print() } else { error.with_hint(hint).print() }
                }
            }
        }
        let names = || rows.iter().map(|row| format!("{}:{}", row.broker, row.dir.path)).collect();
        self.output.print("log-dirs", &rows, names, |_| table(&rows))?;
        Ok(match failed {
            0 => Exit::Done,
            n if n == asked => Exit::Failed,
            _ => Exit::Partly,
        })
    }
}

/// Whether the directory serves, and what is on its way to it.
fn state(dir: &LogDir) -> String {
    if dir.error != ErrorCode::None {
        return dir.error.message().to_owned();
    }
    let lags: Vec<i64> = dir.replicas.iter().filter(|r| r.is_future).map(|r| r.offset_lag).collect();
    match lags.iter().max() {
        Some(most) => format!("ok, {} on the way, at most {most} behind", lags.len()),
        None => "ok".to_owned(),
    }
}

fn table(rows: &[Row]) -> Table {
    let columns = [">BROKER", "DIR", ">REPLICAS", ">SIZE", ">DISK", ">DISK FREE", ">MOST BEHIND", "STATE"];
    let mut table = Table::new(&columns);
    for Row { broker, dir } in rows {
        let behind = dir.replicas.iter().filter(|r| !r.is_future).map(|r| r.offset_lag).max();
        table.row([
            broker.to_string(),
            dir.path.clone(),
            dir.replicas.iter().filter(|r| !r.is_future).count().to_string(),
            human::size(dir.replicas.iter().map(|r| r.size).sum()),
            human::or_empty(dir.total_bytes, human::size),
            human::or_empty(dir.usable_bytes, human::size),
            human::or_empty(behind, |records| records.to_string()),
            state(dir),
        ]);
    }
    table
}
