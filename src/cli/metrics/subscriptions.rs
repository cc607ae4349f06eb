//! `logbus metrics subscriptions`.

use serde::Serialize;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::ops::configs::{self, Resource, ResourceType};

/// List what brokers ask of clients' metrics, and of which clients
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

#[derive(Serialize)]
struct Row {
    name: String,
    metrics: Option<String>,
    interval_ms: Option<String>,
    #[serde(rename = "match")]
    matches: Option<String>,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let described = self.connect.run(|cluster| async move {
            let names = configs::list(&cluster, ResourceType::ClientMetrics).await?;
            let resources: Vec<Resource> = names.iter().map(|name| Resource::client_metrics(name)).collect();
            if resources.is_empty() {
                return Ok(Vec::new());
            }
            configs::describe(&cluster, &resources, false).await
        })?;
        let (mut rows, mut refused) = (Vec::new(), 0);
        for one in described {
            let name = one.resource.name;
            match one.result {
                Ok(entries) => {
                    let value = |key: &str| {
                        let entry = entries.iter().find(|entry| entry.name == key);
                        entry.and_then(|entry| entry.value.clone()).filter(|value| !value.is_empty())
                    };
                    let (metrics, interval_ms, matches) = (value("metrics"), value("interval.ms"), value("match"));
                    rows.push(Row { name, metrics, interval_ms, matches });
                }
                Err(refusal) => {
                    refused += 1;
                    CliError::from(refusal.about(name)).print();
                }
            }
        }
        let names = || rows.iter().map(|row| row.name.clone()).collect();
        self.output.print("subscriptions", &rows, names, |_| {
            let mut table = Table::new(&["NAME", "METRICS", ">INTERVAL MS", "CLIENTS"]);
            for row in &rows {
                let text = |value: &Option<String>| value.clone().unwrap_or_default();
                table.row([row.name.clone(), text(&row.metrics), text(&row.interval_ms), text(&row.matches)]);
            }
            table
        })?;
        Ok(match (rows.len(), refused) {
            (_, 0) => Exit::Done,
            (0, _) => Exit::Failed,
            _ => Exit::Partly,
        })
    }
}
