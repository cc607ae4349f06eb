//! `logbus health`.

use std::time::Duration;

use super::connect::Connect;
use super::error::{CliError, Exit};
use super::human;
use super::output::Listing;
use super::table::Table;
use crate::ops::health::{self, Check, Level, Limits, Look, Unit};

/// Say whether the cluster is well; exit code 5 if a check fails
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  logbus health                              one line a check, the bad ones first
  logbus health --lag 1000000 --disk 90      with limits of your own
  logbus health --strict -o json             a warning fails too; for a monitor

Requests are timed from here. The use of the network is told from the growth of the logs, when --network says what a
broker's network carries.")]
pub struct Args {
    /// Partitions without leader that are too many
    #[arg(long, value_name = "N", default_value_t = Limits::default().offline, help_heading = "Limits")]
    offline: u64,
    /// Under-replicated partitions that are too many
    #[arg(long, value_name = "N", default_value_t = Limits::default().under_replicated, help_heading = "Limits")]
    under_replicated: u64,
    /// Partitions below min.insync.replicas that are too many
    #[arg(long, value_name = "N", default_value_t = Limits::default().under_min_isr, help_heading = "Limits")]
    under_min_isr: u64,
    /// Records that a group is behind on a topic that are too many
    #[arg(long, value_name = "RECORDS", default_value_t = Limits::default().lag, help_heading = "Limits")]
    lag: u64,
    /// Records behind that are worth a warning
    #[arg(long, value_name = "RECORDS", default_value_t = Limits::default().lag_warn, help_heading = "Limits")]
    lag_warn: u64,
    /// Time of a request, 99th percentile, that is too long
    #[arg(long, value_name = "TIME", default_value = "100ms", value_parser = human::parse_duration, help_heading = "Limits")]
    p99: Duration,
    /// Changes of ISRs a minute that are too many
    #[arg(long, value_name = "N", default_value_t = Limits::default().isr_changes, help_heading = "Limits")]
    isr_changes: u64,
    /// Percent of a disk in use that is too much
    #[arg(long, value_name = "PERCENT", default_value_t = 85, value_parser = clap::value_parser!(u8).range(0..=100), help_heading = "Limits")]
    disk: u8,
    /// Percent of the network in use that is too much
    #[arg(long, value_name = "PERCENT", default_value_t = 80, value_parser = clap::value_parser!(u8).range(0..=100), help_heading = "Limits")]
    network_use: u8,
    /// What the network of a broker carries in a second, 125MB for instance
    #[arg(long, value_name = "RATE", value_parser = crate::cli::partitions::carry_out::rate)]
    network: Option<u64>,
    /// How long to watch ISRs, requests and traffic; 0 leaves out what needs time
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = human::parse_duration)]
    sample: Duration,
    /// Let warnings fail too
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    fn limits(&self) -> Limits {
        Limits {
            offline: self.offline,
            under_replicated: self.under_replicated,
            under_min_isr: self.under_min_isr,
            lag: self.lag,
            lag_warn: self.lag_warn.min(self.lag),
            p99_ms: self.p99.as_secs_f64() * 1e3,
            isr_changes: self.isr_changes,
            disk_percent: f64::from(self.disk),
            network_percent: f64::from(self.network_use),
        }
    }

    /// Runs the command.
    pub fn run(self) -> Result<Exit, CliError> {
        let (limits, look) = (self.limits(), Look { sample: self.sample, network: self.network });
        let checks = self.connect.run(|cluster| async move { health::check(&cluster, look, &limits).await })?;
        let bad = |check: &&Check| check.level == Level::Fail || self.strict && check.level == Level::Warn;
        let names = || checks.iter().filter(bad).map(|check| check.check.to_owned()).collect();
        self.output.pages("health", &checks, names, |_| table(&checks).render_with(false), |_| table(&checks))?;
        let failed: Vec<&Check> = checks.iter().filter(bad).collect();
        if failed.is_empty() {
            return Ok(Exit::Done);
        }
        let names: Vec<&str> = failed.iter().map(|check| check.check).collect();
        let next = failed.iter().find_map(|check| check.next.as_deref());
        let error = CliError::failed(format!("the cluster is not well: {}", names.join(", ")));
        Err(error.with_exit(Exit::ConditionFails).with_hint(match next {
            Some(command) => format!("`{command}` shows more"),
            None => "`logbus brokers list` shows the brokers and their state".to_owned(),
        }))
    }
}

fn table(checks: &[Check]) -> Table {
    let mut table = Table::new(&["LEVEL", "CHECK", ">VALUE", ">LIMIT", "DETAIL"]);
    for check in checks {
        let limit = value(check.limit, check.unit);
        table.row([
            match check.level {
                Level::Fail => "FAIL",
                Level::Warn => "WARN",
                Level::Ok => "ok",
                Level::Unknown => "",
            }
            .to_owned(),
            check.check.to_owned(),
            human::or_empty(check.value, |found| value(found, check.unit)),
            if human::is_exact() { limit } else { format!("({limit})") },
            check.detail.clone(),
        ]);
    }
    table
}

fn value(value: f64, unit: Unit) -> String {
    let exact = human::is_exact();
    match unit {
        Unit::Count => human::count(value as i64),
        _ if exact => format!("{value:.3}"),
        Unit::Ms => format!("{value:.1} ms"),
        Unit::Percent => format!("{value:.0} %"),
        Unit::PerMinute => format!("{value:.0}/min"),
    }
}
