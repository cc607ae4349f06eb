//! `logbus doctor`.

use std::time::Duration;

use super::connect::{Connect, block_on};
use super::error::{CliError, Exit};
use super::output::{Output, say};
use super::table::Table;
use crate::ops::doctor::{Checkup, Health, Step, check};

/// How long one step may take.
const STEP: Duration = Duration::from_secs(5);

/// Say step by step whether and how a cluster is reached, and what is wrong
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A topic to read a record from
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// Write a record to that topic, too
    #[arg(long, requires = "topic")]
    write: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

impl Args {
    /// Runs the command.
    pub fn run(self) -> Result<Exit, CliError> {
        let (mut config, _) = self.connect.settings()?;
        config.connect_timeout = config.connect_timeout.min(STEP);
        config.request_timeout = config.request_timeout.min(STEP);
        let checkup = Checkup { topic: self.topic, write: self.write };
        let (is_table, mut written) = (self.output.is_table() && !self.output.is_arranged(), Ok(()));
        let mut show = |step: &Step| {
            if is_table && written.is_ok() {
                written = say(&line(step));
            }
        };
        let report = block_on(check(&config, &checkup, &mut show))?;
        written?;
        if !is_table {
            let failed = || report.steps.iter().filter(|step| step.health == Health::Failed);
            let names = || failed().map(|step| step.step.to_owned()).collect();
            self.output.print("checkup", &report, names, |_| table(&report.steps))?;
        }
        let Some(failure) = report.failure() else { return Ok(Exit::Done) };
        let beyond = matches!(failure.step, "tls" | "sasl");
        let exit = if report.reached || beyond { Exit::ConditionFails } else { Exit::Unreachable };
        let text = match failure.step {
            "advertised" => format!("{} is not reached: {}", failure.subject, failure.detail),
            _ => failure.detail.clone(),
        };
        let hint = failure.hint.clone().unwrap_or_else(|| "the broker's log says more".to_owned());
        Err(CliError::failed(text).with_exit(exit).with_hint(hint))
    }
}

fn table(steps: &[Step]) -> Table {
    let mut table = Table::new(&["STATE", "STEP", "SUBJECT", "DETAIL"]);
    for step in steps {
        table.row([word(step.health), step.step, &step.subject, &step.detail].map(str::to_owned));
    }
    table
}

const fn word(health: Health) -> &'static str {
    match health {
        Health::Ok => "ok",
        Health::Warning => "WARN",
        Health::Failed => "FAIL",
    }
}

fn line(step: &Step) -> String {
    let health = word(step.health);
    let mut line = format!("{health:<4}  {:<16}  {}  {}\n", step.step, step.subject, step.detail);
    // The hint of a failure comes with the error.
    if let (Health::Warning, Some(hint)) = (step.health, &step.hint) {
        line.push_str(&format!("      {:<16}  {hint}\n", ""));
    }
    line
}
