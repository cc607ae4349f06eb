//! `logbus groups reset-offsets`.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::{Output, say};
use crate::cli::table::Table;
use crate::client::At;
use crate::model::TimestampMs;
use crate::ops::OpsError;
use crate::ops::groups::reset::{self, Move, Note, ResetPlan, ResetTo, Scope};
use crate::ops::groups::{Member, describe_one, execute_evicting, share};

/// Move where a group stands; shows the plan, needs --execute to change anything
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  logbus groups reset-offsets billing --topic orders --to-earliest
  logbus groups reset-offsets billing --topic orders:0,1 --to-datetime 2026-11-22T00:00:00Z --execute
  logbus groups reset-offsets billing --all-topics --to-current --export > offsets.csv
  logbus groups reset-offsets billing --topic orders --to-latest --execute --evict --yes   sends its members away first

--execute writes where the group stood first: `logbus groups undo-reset FILE` puts it back.")]
pub struct Args {
    /// The group
    group: String,
    /// TOPIC, or TOPIC:0,1,2; may be repeated
    #[arg(long = "topic", value_name = "TOPIC", value_parser = super::parse_topic)]
    topics: Vec<(String, Option<Vec<i32>>)>,
    /// All topics that the group has committed
    #[arg(long, conflicts_with = "topics")]
    all_topics: bool,
    #[command(flatten)]
    to: To,
    /// Show what would be done; this is the default
    #[arg(long, conflicts_with = "execute")]
    dry_run: bool,
    /// Do it
    #[arg(long)]
    execute: bool,
    /// Send the members away first: a group with members keeps its offsets. Those that live come back, and begin where
    /// the group was moved to
    #[arg(long, requires = "execute")]
    evict: bool,
    /// Yes, send them away; without it --evict says who would go
    #[arg(short, long, requires = "evict")]
    yes: bool,
    /// Where the way back is written before anything is moved [default: a new file here, or in LOGBUS_UNDO_DIR]
    #[arg(long, value_name = "FILE")]
    backup: Option<PathBuf>,
    /// Print the plan as lines that --from-file reads
    #[arg(long)]
    export: bool,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct To {
    /// To the first record kept
    #[arg(long)]
    to_earliest: bool,
    /// To the end
    #[arg(long)]
    to_latest: bool,
    /// To where it stands; for --export
    #[arg(long)]
    to_current: bool,
    /// To one offset in every partition
    #[arg(long, value_name = "OFFSET")]
    to_offset: Option<i64>,
    /// Forward by so many records, back when negative
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    shift_by: Option<i64>,
    /// To the first record at or after a time; without zone it is UTC
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    to_datetime: Option<String>,
    /// To the first record of the last so long: 2h, or ISO 8601 such as P1DT2H
    #[arg(long, value_name = "DURATION", value_parser = parse_back)]
    by_duration: Option<Duration>,
    /// To the offsets of a file: TOPIC,PARTITION,OFFSET lines
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,
}

fn parse_back(text: &str) -> Result<Duration, String> {
    let iso = text.starts_with(['P', 'p']).then(|| text.parse::<jiff::SignedDuration>().ok()).flatten();
    match iso.and_then(|d| Duration::try_from(d).ok()) {
        Some(duration) => Ok(duration),
        // ISO 8601 days are not fixed durations to every parser; here a day is 24 hours, as in Kafka's tool.
        None => days(text).map_or_else(|| human::parse_duration(text), Ok),
    }
}

/// `P1D`, `P1DT2H`: the days of an ISO 8601 duration, and what follows them.
fn days(text: &str) -> Option<Duration> {
    let (days, rest) = text.strip_prefix(['P', 'p'])?.split_once(['D', 'd'])?;
    let days: u64 = days.parse().ok()?;
    let rest = match rest {
        "" => Duration::ZERO,
        rest => Duration::try_from(format!("P{rest}").parse::<jiff::SignedDuration>().ok()?).ok()?,
    };
    Some(Duration::from_secs(days * 86_400) + rest)
}

impl To {
    fn target(&self, group: &str) -> Result<ResetTo, CliError> {
        let now = TimestampMs::now().0;
        Ok(if self.to_earliest {
            ResetTo::Earliest
        } else if self.to_latest {
            ResetTo::Latest
        } else if self.to_current {
            ResetTo::Current
        } else if let Some(offset) = self.to_offset {
            ResetTo::Offset(offset)
        } else if let Some(n) = self.shift_by {
            ResetTo::ShiftBy(n)
        } else if let Some(text) = &self.to_datetime {
            ResetTo::Time(TimestampMs(human::parse_time(text, now).map_err(CliError::usage)?))
        } else if let Some(back) = self.by_duration {
            ResetTo::Time(TimestampMs(now - back.as_millis() as i64))
        } else if let Some(path) = &self.from_file {
            let text = std::fs::read_to_string(path).map_err(|e| CliError::file("read", path, &e))?;
            ResetTo::Each(reset::parse_csv(&text, group)?)
        } else {
            return Err(CliError::usage("say where to, as with --to-earliest"));
        })
    }
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let to = self.to.target(&self.group)?;
        let scope = match (self.topics.is_empty(), self.all_topics, &to) {
            (false, _, _) => Scope::Topics(self.topics.clone()),
            (true, true, _) | (true, false, ResetTo::Each(_)) => Scope::Committed,
            _ => {
                return Err(CliError::usage("say which topics: --topic NAME or --all-topics")
                    .with_hint(format!("`logbus groups describe {}` shows them", self.group)));
            }
        };
        let (group, execute) = (self.group.clone(), self.execute);
        let plan = self.connect.run(|cluster| async move {
            let plan = reset::plan(&cluster, &group, &scope, &to).await?;
            // Those who ask for other groups are told that it is not there.
            if plan.state == "Dead" && share::describe(&cluster, &group).await.is_ok() {
                return Err(OpsError::Blocked {
                    message: format!("{group} is a share group: it stands at start offsets, not at committed ones"),
                    details: Vec::new(),
                    hint: format!("`logbus kafka-share-groups --reset-offsets --group {group}` moves them"),
                });
            }
            Ok(plan)
        })?;
        if execute && plan.moves.iter().any(|m| m.change() != Some(0)) {
            let at: Vec<At> = plan.moves.iter().map(|m| (m.topic.clone(), m.partition)).collect();
            let this = &plan;
            if !self.evict {
                self.connect.run(|cluster| async move { reset::movable(&cluster, &this.group).await })?;
            } else if !self.yes {
                return self.tell_who_would_go();
            }
            let back = super::put_back::back_up(&self.connect, &plan.group, &at, self.backup.as_deref())?;
            let evict = self.evict;
            let moved = self.connect.run(|cluster| async move {
                if evict {
                    execute_evicting(&cluster, this).await
                } else {
                    reset::execute(&cluster, this).await.map(|()| Vec::new())
                }
            });
            if let Ok(gone) = &moved
                && evict
            {
                note!(
                    "sent away {}",
                    if gone.is_empty() { "nobody: it had no members".to_owned() } else { gone.join(", ") }
                );
            }
            note!("the way back: logbus groups undo-reset {} --execute", back.display());
            moved?;
        }
        if self.export {
            say(&reset::to_csv(&plan))?;
            return Ok(Exit::Done);
        }
        let names = || plan.moves.iter().map(|m| format!("{}-{}", m.topic, m.partition)).collect();
        self.output.print("reset-offsets", &plan, names, |_| table(&plan))?;
        if self.output.is_table() {
            say(&summary(&plan, execute))?;
        }
        Ok(Exit::Done)
    }
}

impl Args {
    /// What `--evict` does is shown before it is done, as everything that others notice.
    fn tell_who_would_go(&self) -> Result<Exit, CliError> {
        let group = self.group.clone();
        let described =
            self.connect.run(|cluster| async move { Ok::<_, CliError>(describe_one(&cluster, &group).await?) })?;
        let member = |m: &Member| format!("{}  {}  client {}\n", m.id, m.host.trim_start_matches('/'), m.client_id);
        let members: String = described.members.iter().map(member).collect();
        say(&format!("{members}would be sent away from {}. Nothing was changed: add --yes to do it.\n", self.group))?;
        Ok(Exit::Done)
    }
}

fn change(m: &Move) -> String {
    match m.change() {
        None => human::EMPTY.into(),
        Some(0) => "0".into(),
        Some(n) if n > 0 => format!("+{} skipped", human::grouped(n)),
        Some(n) => format!("{} replayed", human::grouped(n)),
    }
}

fn note(m: &Move) -> String {
    match (m.note, m.time_ms) {
        (Some(Note::PastEnd), _) => "the end: the wish lies past it".into(),
        (Some(Note::BeforeStart), _) => "the start: the wish lies before it".into(),
        (Some(Note::NothingThatLate), _) => "the end: no record that late".into(),
        (None, Some(ms)) if ms >= 0 => human::time_millis(ms),
        _ => human::EMPTY.into(),
    }
}

fn table(plan: &ResetPlan) -> Table {
    let mut table = Table::new(&["TOPIC", ">P", ">COMMITTED", ">NEW", ">CHANGE", "TIME OF NEW OFFSET"]);
    for m in &plan.moves {
        table.row([
            m.topic.clone(),
            m.partition.to_string(),
            human::or_empty(m.committed, human::grouped),
            human::grouped(m.new),
            change(m),
            note(m),
        ]);
    }
    table
}

fn summary(plan: &ResetPlan, executed: bool) -> String {
    let changes = || plan.moves.iter().filter_map(Move::change);
    let skipped: i64 = changes().filter(|n| *n > 0).sum();
    let replayed: i64 = changes().filter(|n| *n < 0).sum();
    let moved = plan.moves.iter().filter(|m| m.change() != Some(0)).count();
    let mut parts = Vec::new();
    if skipped > 0 {
        parts.push(format!("skip {} records", human::grouped(skipped)));
    }
    if replayed < 0 {
        parts.push(format!("replay {} records", human::grouped(-replayed)));
    }
    let what = match (parts.is_empty(), moved) {
        (true, 0) => "change nothing".to_owned(),
        (true, n) => format!("set {n} offsets"),
        (false, n) => format!("{} in {n} partitions", parts.join(" and ")),
    };
    if executed {
        format!("done: {what}.\n")
    } else if parts.is_empty() && moved == 0 {
        "would change nothing.\n".to_owned()
    } else {
        format!("would {what}. Nothing was changed: add --execute to apply.\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(committed: Option<i64>, new: i64) -> Move {
        Move { topic: "t".into(), partition: 0, committed, new, time_ms: None, note: None }
    }

    #[test]
    fn the_summary_says_what_is_skipped_and_what_comes_again() {
        let plan =
            ResetPlan { group: "g".into(), state: "Empty".into(), moves: vec![one(Some(5), 1_005), one(Some(9), 2)] };
        assert_eq!(
            summary(&plan, false),
            "would skip 1,000 records and replay 7 records in 2 partitions. \
             Nothing was changed: add --execute to apply.\n"
        );
        assert_eq!(change(&plan.moves[0]), "+1,000 skipped");
        assert_eq!(change(&plan.moves[1]), "-7 replayed");
        let fresh = ResetPlan { moves: vec![one(None, 0)], ..plan };
        assert_eq!(summary(&fresh, true), "done: set 1 offsets.\n");
    }

    #[test]
    fn durations_are_read_in_both_dialects() {
        assert_eq!(parse_back("PT1H30M"), Ok(Duration::from_secs(5_400)));
        assert_eq!(parse_back("P1DT2H"), Ok(Duration::from_secs(93_600)));
        assert_eq!(parse_back("P2D"), Ok(Duration::from_secs(172_800)));
        assert_eq!(parse_back("2h"), Ok(Duration::from_secs(7_200)));
        assert!(parse_back("P").is_err());
    }
}
