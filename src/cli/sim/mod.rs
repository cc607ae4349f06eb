//! `logbus sim`: a cluster under simulated faults, and histories of clients, judged.

mod check;
mod report;

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::error::{CliError, Exit};
use super::output::{print_json, say};
use crate::sim::{Options, SeedReport, run_seed};
use report::Totals;

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Lines for a person
    Text,
    /// One JSON document
    Json,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Look for lost, doubled, reordered and made-up records in what clients recorded
    Check(check::Args),
}

/// Run a whole cluster on simulated time, break it, and check that nothing is lost
///
/// Machines are killed, lose power, stand still and lose their clocks; links are cut, slow, and lose and repeat messages.
/// Then everything heals, and the cluster must be whole again within a minute of its time, with every acknowledged record
/// in its place. A seed decides everything: the same seed with the same number of steps is the same run.
///
/// Exits with 5 when a rule does not hold.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// The first seed
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// How many seeds, from the first on
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// Faults in each seed
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    steps: u64,
    /// Write what the clients of the last seed did and saw into this file, for `logbus sim check`
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// Print every event to standard error
    #[arg(long)]
    trace: bool,
    /// Form of the answer
    #[arg(short = 'o', long, value_enum, default_value_t = Form::Text, value_name = "FORM", help_heading = "Output")]
    output: Form,
}

impl Args {
    /// Runs the command.
    pub fn run(self) -> Result<Exit, CliError> {
        if let Some(Verb::Check(args)) = self.verb {
            return args.run();
        }
        let mut totals = Totals::default();
        let mut failed: Vec<SeedReport> = Vec::new();
        let mut last = None;
        for seed in (0..self.seeds).map(|n| self.seed.wrapping_add(n)) {
            let mut options = Options::new(seed, self.steps);
            options.trace = self.trace;
            let (report, history) = run_seed(options);
            totals.add(&report);
            if !report.holds() {
                if self.output == Form::Text {
                    say(&report::failure(&report))?;
                }
                failed.push(report);
            }
            last = Some(history);
        }
        if let (Some(file), Some(history)) = (&self.history, last) {
            let written =
                std::fs::File::create(file).map(std::io::BufWriter::new).and_then(|mut f| history.write(&mut f));
            written.map_err(|e| CliError::file("write", file, &e))?;
        }
        match self.output {
            Form::Json => print_json("simulation", &report::Answer { totals: &totals, failed: &failed })?,
            Form::Text => say(&totals.in_words())?,
        }
        if let Some(first) = failed.first() {
            let error = CliError::failed(format!("{} of {} seeds break a rule", failed.len(), self.seeds));
            let hint = format!("`logbus sim --seed {} --steps {}` is the same run again", first.seed, self.steps);
            return Err(error.with_exit(Exit::ConditionFails).with_hint(hint));
        }
        let missed = totals.missed();
        if missed.is_empty() || totals.steps < ENOUGH_STEPS {
            return Ok(Exit::Done);
        }
        let error = CliError::failed(format!("so many faults, and never one of these: {}", missed.join(", ")));
        let hint = "a fault that never hits proves nothing: try other seeds";
        Err(error.with_exit(Exit::ConditionFails).with_hint(hint))
    }
}

/// From so many faults on, each kind must have hit.
const ENOUGH_STEPS: u64 = 20_000;
