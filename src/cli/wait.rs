//! `logbus wait`.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use super::connect::{Connect, block_on};
use super::error::{CliError, Exit};
use super::human;
use super::output::say;
use crate::client::Cluster;
use crate::ops::OpsError;
use crate::ops::wait::{self, Condition};

/// Wait until the cluster, a topic or a group is as it should be; exit code 5 if it is not in time
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Conditions:
  healthy                no check of `logbus health` fails
  topic-ready TOPIC…     the topics are there, every partition with a leader
  topic-gone TOPIC…      the topics are not there any more
  in-sync [TOPIC…]       every replica is in sync
  group-empty GROUP…     the groups have no members
  group-stable GROUP…    the groups have members and are not rebalancing
  lag-below=N GROUP…     each group has at most N records left
  brokers=N              at least N brokers serve
  no-moves               no reassignment is under way
  can-restart=ID         broker ID can be restarted without anybody noticing

Examples:
  logbus wait --until brokers=1 --timeout 30s          a broker that is still starting is waited for too
  logbus wait --until in-sync clicks --timeout 10m
  logbus wait --until lag-below=1000 billing && echo caught up")]
pub struct Args {
    /// What to wait for; see below
    #[arg(long, value_name = "CONDITION")]
    until: String,
    /// The topics or groups that the condition is about
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Time between two looks
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = human::parse_duration)]
    interval: Duration,
    /// Say nothing when it holds
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    connect: Connect,
}

/// Time for the answer to the last look.
const LAST_LOOK: Duration = Duration::from_millis(200);

/// The condition that the words mean.
fn parse(until: &str, names: &[String]) -> Result<Condition, CliError> {
    let (word, number) = match until.split_once('=') {
        Some((word, number)) => (word, Some(number)),
        None => (until, None),
    };
    let of = |make: fn(Vec<String>) -> Condition, what: &str| {
        if names.is_empty() {
            Err(CliError::usage(format!("{word} of what? name {what}")))
        } else {
            Ok(make(names.to_vec()))
        }
    };
    let n = || -> Result<u64, CliError> {
        let parsed = number.and_then(|n| n.trim().replace(['_', ','], "").parse().ok());
        parsed.ok_or_else(|| CliError::usage(format!("`{until}` lacks a number: write {word}=N")))
    };
    let small = || n().and_then(|n| i32::try_from(n).map_err(|_| CliError::usage(format!("{n} is too large"))));
    let condition = match word {
        "healthy" => Condition::Healthy,
        "topic-ready" => of(Condition::TopicReady, "a topic")?,
        "topic-gone" => of(Condition::TopicGone, "a topic")?,
        "in-sync" => Condition::InSync(names.to_vec()),
        "group-empty" => of(Condition::GroupEmpty, "a group")?,
        "group-stable" => of(Condition::GroupStable, "a group")?,
        "lag-below" => {
            let limit = n()?;
            of(|names| Condition::LagBelow(names, 0), "a group")?;
            Condition::LagBelow(names.to_vec(), limit)
        }
        "brokers" => Condition::Brokers(usize::try_from(n()?).unwrap_or(usize::MAX)),
        "no-moves" => Condition::NoMoves,
        "can-restart" => Condition::CanRestart(small()?),
        _ => return Err(CliError::usage(format!("there is no condition `{until}`"))),
    };
    let takes_number = matches!(word, "lag-below" | "brokers" | "can-restart");
    let takes_names = matches!(
        condition,
        Condition::TopicReady(_)
            | Condition::TopicGone(_)
            | Condition::InSync(_)
            | Condition::GroupEmpty(_)
            | Condition::GroupStable(_)
            | Condition::LagBelow(..)
    );
    if number.is_some() && !takes_number {
        return Err(CliError::usage(format!("{word} takes no number")));
    }
    if !names.is_empty() && !takes_names {
        return Err(CliError::usage(format!("{word} is about no names: leave out {}", names.join(" "))));
    }
    Ok(condition)
}

/// Where to look when it does not come about.
fn next(condition: &Condition) -> &'static str {
    match condition {
        Condition::Healthy => "`logbus health` shows all checks",
        Condition::TopicReady(_) | Condition::TopicGone(_) => "`logbus topics list` shows the topics there are",
        Condition::InSync(_) => "`logbus isr` shows who is behind, and why",
        Condition::GroupEmpty(_) | Condition::GroupStable(_) => {
            "`logbus groups describe GROUP --members` shows who is in it"
        }
        Condition::LagBelow(..) => "`logbus lag GROUP` shows whether it catches up, and when",
        Condition::Brokers(_) => "`logbus brokers list` shows the brokers and their state",
        Condition::NoMoves => "`logbus partitions reassign status` shows how far moves are",
        Condition::CanRestart(_) => "`logbus brokers can-restart ID` shows the reasons",
    }
}

/// A line that changes, on a terminal alone.
struct Line(Option<ProgressBar>);

impl Line {
    fn show(&self, begun: Instant, why: &str) {
        if let Some(bar) = &self.0 {
            bar.set_message(format!("{}  {why}", human::duration(Duration::from_secs(begun.elapsed().as_secs()))));
            bar.tick();
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

impl Args {
    /// Runs the command.
    pub fn run(self) -> Result<Exit, CliError> {
        let condition = parse(&self.until, &self.names)?;
        let cluster = self.connect.cluster()?;
        let begun = Instant::now();
        let outcome = block_on(self.wait(&cluster, &condition, begun))?;
        let waited = human::duration(begun.elapsed());
        match outcome {
            Ok(()) => {
                if !self.quiet {
                    say(&format!("{} after {waited}\n", self.until))?;
                }
                Ok(Exit::Done)
            }
            Err(Ended::Not(why)) => {
                let error = CliError::failed(format!("not {} after {waited}: {why}", self.until));
                Err(error.with_exit(Exit::ConditionFails).with_hint(next(&condition)))
            }
            Err(Ended::Error(e)) => Err(e.into()),
        }
    }

    /// Asks until it holds or the time is over. A cluster that is not reached may be on its way up; only at the end it
    /// is an error.
    async fn wait(&self, cluster: &Cluster, condition: &Condition, begun: Instant) -> Result<(), Ended> {
        let bar = std::io::stderr().is_terminal().then(ProgressBar::new_spinner);
        let line = Line(bar);
        let deadline = begun + self.connect.timeout();
        let mut last: Option<Ended> = None;
        loop {
            // The last look, at the end of the time, has a moment for its answer.
            let left = deadline.saturating_duration_since(Instant::now()).max(LAST_LOOK);
            let asked = tokio::time::timeout(left, wait::holds(cluster, condition)).await;
            match asked {
                Ok(Ok(Ok(()))) => return Ok(()),
                Ok(Ok(Err(why))) => {
                    line.show(begun, &why);
                    last = Some(Ended::Not(why));
                }
                Ok(Err(e)) if e.may_pass() => {
                    line.show(begun, &e.to_string());
                    last = Some(Ended::Error(e));
                }
                Ok(Err(e)) => return Err(Ended::Error(e)),
                Err(_) => return Err(last.unwrap_or_else(|| Ended::Error(self.silent(cluster)))),
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(last.unwrap_or_else(|| Ended::Error(self.silent(cluster))));
            }
            tokio::time::sleep(self.interval.max(Duration::from_millis(50)).min(left)).await;
        }
    }

    fn silent(&self, cluster: &Cluster) -> OpsError {
        let broker = cluster.config().bootstrap.join(",");
        crate::client::ClientError::TimedOut { what: "the question", broker, after: self.connect.timeout() }.into()
    }
}

enum Ended {
    Not(String),
    Error(OpsError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(until: &str, names: &[&str]) -> Result<Condition, CliError> {
        parse(until, &names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn conditions_are_words_with_numbers_and_names_where_they_need_them() {
        assert_eq!(parsed("healthy", &[]).unwrap(), Condition::Healthy);
        assert_eq!(parsed("lag-below=1000", &["g"]).unwrap(), Condition::LagBelow(vec!["g".into()], 1_000));
        assert_eq!(parsed("in-sync", &[]).unwrap(), Condition::InSync(vec![]));
        for (until, names) in [
            ("healthy", &["x"][..]),
            ("healthy=3", &[]),
            ("topic-ready", &[]),
            ("lag-below", &["g"]),
            ("lag-below=1", &[]),
            ("brokers=many", &[]),
            ("frob", &[]),
        ] {
            assert_eq!(parsed(until, names).unwrap_err().exit(), Exit::Usage, "{until}");
        }
    }
}
