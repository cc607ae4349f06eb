//! What every command that moves replicas shares: showing a plan, and carrying it out with a throttle, a way back and a
//! bar.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::{Output, say};
use crate::cli::table::Table;
use crate::client::At;
use crate::ops::reassign::apply::{self, Order, Seen};
use crate::ops::reassign::throttle::Limits;
use crate::ops::reassign::{Plan, file, name};

/// How moves are carried out.
#[derive(Clone, Debug, clap::Args)]
pub struct Carrying {
    /// Bytes a second between brokers, 50MB for instance; slowed down while other replicas fall behind
    #[arg(long, value_name = "RATE", value_parser = rate, help_heading = "Moving")]
    throttle: Option<u64>,
    /// Where to write the way back, as a plan that `apply` and Kafka's tool take
    #[arg(long, value_name = "FILE", help_heading = "Moving")]
    undo: Option<PathBuf>,
    /// Start the moves and come back at once; `logbus partitions reassign status` takes the throttle off at the end
    #[arg(long, help_heading = "Moving")]
    no_wait: bool,
    /// Wait until everything is where it shall be; what happens without it too
    #[arg(long, conflicts_with = "no_wait", help_heading = "Moving")]
    wait: bool,
}

/// A rate as people write it: `50MB`, `50MB/s`; the brokers take nothing below 1 byte a second.
pub fn rate(text: &str) -> Result<u64, String> {
    match human::parse_size(text.trim().trim_end_matches("/s"))? {
        0 => Err("a rate of 0 would stop the replicas for good".to_owned()),
        rate => Ok(rate),
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    moves: &'a [crate::ops::reassign::Move],
    replicas: usize,
    bytes: u64,
}

/// Prints a plan.
pub fn show(plan: &Plan, output: &Output) -> Result<(), CliError> {
    let shown = Shown { moves: &plan.moves, replicas: plan.replicas(), bytes: plan.bytes() };
    let names = || plan.moves.iter().map(|m| name(&m.at())).collect();
    if plan.moves.is_empty() && output.is_table() {
        return say("Nothing has to move.\n");
    }
    output.print("reassignment-plan", &shown, names, |_| {
        let mut table = Table::new(&["TOPIC", ">P", "FROM", "TO", ">COPIES", ">SIZE"]);
        for m in &plan.moves {
            table.row([
                m.topic.clone(),
                m.partition.to_string(),
                human::ids(&m.from),
                human::ids(&m.to),
                m.adding().count().to_string(),
                human::size(i64::try_from(m.bytes).unwrap_or(i64::MAX)),
            ]);
        }
        table
    })?;
    if output.is_table() { say(&sum(plan)) } else { Ok(()) }
}

fn sum(plan: &Plan) -> String {
    let bytes = human::size(i64::try_from(plan.bytes()).unwrap_or(i64::MAX));
    format!("{} partitions change, {} replicas to copy, {bytes}\n", plan.moves.len(), plan.replicas())
}

/// Reads a plan from a file.
pub fn read(path: &Path) -> Result<BTreeMap<At, Vec<i32>>, CliError> {
    let text = std::fs::read_to_string(path).map_err(|e| CliError::file("read", path, &e))?;
    let entries = file::parse(&text).and_then(|entries| file::check(&entries).map(|()| entries)).map_err(|e| {
        CliError::failed(format!("{} is not a plan: {e}", path.display()))
            .with_hint("`logbus partitions reassign plan --out FILE` writes one")
    })?;
    if let Some(((at, id), dir)) = file::log_dirs(&entries).into_iter().next() {
        let message = format!("{}: {} on broker {id} shall go to {dir}", path.display(), name(&at));
        return Err(CliError::failed(message)
            .with_hint("moves between log directories are made by `logbus partitions move-dir`"));
    }
    Ok(file::replicas(&entries))
}

impl Carrying {
    /// Carries a plan out. The way back is written to `undo` if the operator named no file.
    pub fn carry_out(&self, connect: &Connect, plan: &Plan, undo: &Path) -> Result<Exit, CliError> {
        if plan.moves.is_empty() {
            say("Nothing has to move.\n")?;
            return Ok(Exit::Done);
        }
        let undo = self.undo.as_deref().unwrap_or(undo);
        let order = Order { throttle: self.throttle, undo };
        let bar = Bar::over(plan.bytes());
        let back = format!("the way back: logbus partitions reassign apply {}", undo.display());
        let interrupted = connect.run(|cluster| async move {
            apply::start(&cluster, plan, order).await?;
            if self.no_wait {
                return Ok::<_, CliError>(false);
            }
            tokio::select! {
                done = apply::finish(&cluster, plan, self.throttle, |seen| bar.show(seen)) => {
                    bar.finish();
                    done?;
                    Ok(false)
                }
                _ = tokio::signal::ctrl_c() => {
                    bar.finish();
                    Ok(true)
                }
            }
        });
        let interrupted = match interrupted {
            Ok(interrupted) => interrupted,
            // Whoever reads the error must know that there is a way back, if there is one.
            Err(error) if undo.exists() => {
                note!("{back}");
                return Err(error);
            }
            Err(error) => return Err(error),
        };
        let verb = if self.no_wait || interrupted { "moving" } else { "moved" };
        say(&format!("{verb}: {}", sum(plan)))?;
        note!("{back}");
        if self.no_wait || interrupted {
            let throttle = if self.throttle.is_some() { " and takes the throttle off at the end" } else { "" };
            note!("next: logbus partitions reassign status   shows how far it is{throttle}");
        }
        Ok(if interrupted { Exit::Partly } else { Exit::Done })
    }
}

/// A name for the way back that no earlier move has taken.
pub fn undo_file(what: &str) -> PathBuf {
    crate::cli::undo::file(what)
}

/// Says which throttle was taken off, if one was.
pub fn say_cleared(cleared: &Limits) {
    if !cleared.moved_topics.is_empty() {
        let topics = cleared.moved_topics.iter().map(String::as_str).collect::<Vec<_>>().join(",");
        let brokers: Vec<i32> = cleared.brokers.keys().copied().collect();
        note!("took the throttle off topics {topics} and brokers {}", human::ids(&brokers));
    }
}

/// A bar on a terminal, nothing elsewhere.
struct Bar {
    bar: Option<ProgressBar>,
    total: u64,
}

impl Bar {
    fn over(total: u64) -> Bar {
        let bar = io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes}  {msg}");
            ProgressBar::new(total).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Bar { bar, total }
    }

    fn show(&self, seen: &Seen) {
        let Some(bar) = &self.bar else { return };
        // Partitions that have arrived are no longer counted: what is left is taken from the whole.
        let left = seen.progress.total_bytes().saturating_sub(seen.progress.done_bytes());
        bar.set_position(self.total.saturating_sub(left));
        let bytes = |n: f64| human::size(n as i64);
        let time =
            seen.progress.time_left(seen.rate).map_or_else(String::new, |t| format!("  {} left", human::duration(t)));
        let limit =
            seen.throttle.map_or_else(String::new, |rate| format!(", at most {}/s a broker", bytes(rate as f64)));
        let partitions = seen.progress.partitions.len();
        bar.set_message(format!("{}/s{limit}{time}  {partitions} partitions", bytes(seen.rate)));
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_sizes_a_second_and_never_nothing() {
        assert_eq!([rate("50MB"), rate("50MB/s"), rate("1MiB")], [Ok(50_000_000), Ok(50_000_000), Ok(1 << 20)]);
        assert!(rate("0").is_err() && rate("fast").is_err());
    }
}
