//! `logbus lag`.

use std::time::Duration;

use super::connect::Connect;
use super::error::{CliError, Exit};
use super::human;
use super::output::Listing;
use super::table::Table;
use crate::ops::lag::{self, TopicLag};

/// Show who is behind, by how much, and until when
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Groups; none for all
    #[arg(value_name = "GROUP")]
    groups: Vec<String>,
    /// All groups, as without a name
    #[arg(long, conflicts_with = "groups")]
    all: bool,
    /// How long to watch the groups read; 0 leaves out OUT/S and what follows from it [default: 5s for groups that are
    /// named, 1s for all]
    #[arg(long, value_name = "TIME", value_parser = human::parse_duration)]
    sample: Option<Duration>,
    /// Exit with 5 when a lag is above so many records
    #[arg(long, value_name = "RECORDS")]
    max: Option<i64>,
    /// Exit with 5 when a lag is above so much time
    #[arg(long, value_name = "TIME", value_parser = human::parse_duration)]
    max_time: Option<Duration>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

const NAMED_SAMPLE: Duration = Duration::from_secs(5);
const ALL_SAMPLE: Duration = Duration::from_secs(1);

impl Args {
    /// Runs the command.
    pub fn run(self) -> Result<Exit, CliError> {
        let groups = (!self.groups.is_empty()).then(|| self.groups.clone());
        // Whoever names a group wants to know how fast it reads; whoever asks for all wants to know which to name.
        let sample = self.sample.unwrap_or(if groups.is_some() { NAMED_SAMPLE } else { ALL_SAMPLE });
        let mut rows =
            self.connect.run(|cluster| async move { lag::lag(&cluster, groups.as_deref(), sample).await })?;
        rows.sort_by_key(|row| std::cmp::Reverse((row.lag_ms, row.lag)));
        if rows.is_empty() && self.output.is_table() {
            note!("no group has committed offsets");
        } else {
            let names = || rows.iter().map(|r| r.group.clone()).collect();
            self.output.print("lag", &rows, names, |_| table(&rows))?;
        }
        let over = |row: &&TopicLag| {
            let records = self.max.is_some_and(|max| row.lag.is_some_and(|lag| lag > max));
            let time = self.max_time.is_some_and(|max| row.lag_ms.is_some_and(|ms| ms as u128 > max.as_millis()));
            records || time
        };
        let worst = rows.iter().filter(over).count();
        if worst > 0 {
            let error = CliError::failed(format!("{worst} of {} are above the limit", rows.len()));
            let hint = "`logbus groups describe GROUP` shows where a group stands";
            return Err(error.with_exit(Exit::ConditionFails).with_hint(hint));
        }
        Ok(Exit::Done)
    }
}

fn table(rows: &[TopicLag]) -> Table {
    let mut table = Table::new(&["GROUP", "TOPIC", ">LAG REC", ">LAG TIME", ">IN/S", ">OUT/S", "DRAINS IN", "VERDICT"]);
    for row in rows {
        let behind = matches!(row.verdict, lag::Verdict::FallingBehind { .. } | lag::Verdict::Stalled);
        table.row([
            row.group.clone(),
            row.topic.clone(),
            human::or_empty(row.lag, human::count),
            human::or_empty(row.lag_ms, |ms| human::duration(Duration::from_secs(ms as u64 / 1000))),
            human::or_empty(row.in_rate, human::rate),
            human::or_empty(row.out_rate, human::rate),
            match row.drains_in_s {
                Some(seconds) => human::duration(Duration::from_secs(seconds.ceil().min(1e12) as u64)),
                None if behind => "never".into(),
                None => human::EMPTY.into(),
            },
            row.verdict.to_string(),
        ]);
    }
    table
}
