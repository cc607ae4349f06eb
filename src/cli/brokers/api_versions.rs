//! `logbus brokers api-versions`.

use serde::Serialize;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::ops::brokers;
use crate::wire::api::ApiKey;

/// Show the requests and versions that brokers speak
#[derive(Debug, clap::Args)]
pub struct Args {
    /// One broker; all without it
    #[arg(value_name = "ID")]
    broker: Option<i32>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

#[derive(Serialize)]
struct Row {
    broker: i32,
    key: i16,
    name: Option<&'static str>,
    min: i16,
    max: i16,
    usable: Option<i16>,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let all = self.connect.run(|cluster| async move { brokers::api_versions(&cluster, self.broker).await })?;
        if all.is_empty() {
            return Err(
                CliError::failed("no such broker").with_hint("`logbus brokers list` shows the brokers there are")
            );
        }
        let mut unreachable = 0;
        for broker in &all {
            if let Err(e) = &broker.versions {
                unreachable += 1;
                let error = CliError::failed(format!("broker {}: {e}", broker.id));
                e.hint().into_iter().fold(error, CliError::with_hint).print();
            }
        }
        let rows: Vec<Row> = all
            .iter()
            .flat_map(|b| {
                b.ranges().map(|(key, name, min, max)| {
                    let ours = ApiKey::from_code(key).map(|api| *api.versions().end());
                    Row { broker: b.id, key, name, min, max, usable: ours.map(|v| v.min(max)).filter(|v| *v >= min) }
                })
            })
            .collect();
        let names = || rows.iter().filter_map(|r| r.name).map(str::to_owned).collect();
        self.output.print("api-versions", &rows, names, |_| {
            let mut table = Table::new(&[">BROKER", ">KEY", "REQUEST", ">FROM", ">TO", ">USED"]);
            for r in &rows {
                table.row([
                    r.broker.to_string(),
                    r.key.to_string(),
                    r.name.unwrap_or("(newer than this build)").to_owned(),
                    r.min.to_string(),
                    r.max.to_string(),
                    r.usable.map_or_else(String::new, |v| v.to_string()),
                ]);
            }
            table
        })?;
        Ok(match unreachable {
            0 => Exit::Done,
            n if n == all.len() => Exit::Unreachable,
            _ => Exit::Partly,
        })
    }
}
