//! `logbus sim check`.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::PathBuf;

use super::Form;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::{print_json, say};
use crate::sim::check::{Report, check};
use crate::sim::history::{History, HistoryError};

/// Look for lost, doubled, reordered and made-up records in what clients recorded
///
/// Exits with 5 when a history shows an anomaly. The format of the file is in the documentation of the module
/// `sim::history`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A history in JSON lines; - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Form of the answer
    #[arg(short = 'o', long, value_enum, default_value_t = Form::Text, value_name = "FORM", help_heading = "Output")]
    output: Form,
}

/// Findings of one kind that a person is shown.
const SHOWN: usize = 20;

impl Args {
    /// Runs the command.
    pub fn run(self) -> Result<Exit, CliError> {
        let read = if self.file.as_os_str() == "-" {
            History::read(io::stdin().lock())
        } else {
            let file = File::open(&self.file).map_err(|e| CliError::file("read", &self.file, &e))?;
            History::read(BufReader::new(file))
        };
        let report = read.and_then(|history| check(&history)).map_err(|error| self.unusable(&error))?;
        match self.output {
            Form::Json => print_json("history_report", &report)?,
            Form::Text => say(&in_words(&report))?,
        }
        if report.holds() {
            return Ok(Exit::Done);
        }
        let error = CliError::failed(match report.findings.len() {
            1 => "the history shows an anomaly".to_owned(),
            n => format!("the history shows {n} anomalies"),
        });
        let hint = format!("`sed -n 'LINEp' {}` shows a line that is named above", self.file.display());
        Err(error.with_exit(Exit::ConditionFails).with_hint(hint))
    }

    fn unusable(&self, error: &HistoryError) -> CliError {
        let hint = match error {
            HistoryError::Contradiction { .. } => {
                "the recorder is at fault: nothing can be concluded about the cluster"
            }
            HistoryError::Read { .. } => "is it a file of text?",
            _ => "a history is JSON lines, the first of which describes the run",
        };
        CliError::failed(format!("{}: {error}", self.file.display())).with_hint(hint)
    }
}

/// A report for a person.
pub(super) fn in_words(report: &Report) -> String {
    let count = |n: usize| human::count(n as i64);
    let mut text = format!(
        "{} sends: {} acknowledged, {} failed, {} unknown\n{} records polled, {} in the final read\n",
        count(report.sends),
        count(report.acked),
        count(report.failed),
        count(report.unknown),
        count(report.polled),
        count(report.final_records)
    );
    let mut told = |line: std::fmt::Arguments<'_>| {
        // Writing to a text does not fail.
        let _ = text.write_fmt(line);
    };
    if report.interleaved > 0 {
        told(format_args!("{} pairs of transactions interleave, as they may\n", count(report.interleaved)));
    }
    if report.allowed_duplicates > 0 {
        told(format_args!(
            "{} duplicates, as producers without idempotence may leave\n",
            count(report.allowed_duplicates)
        ));
    }
    if report.holds() {
        told(format_args!("no anomaly\n"));
    }
    for of_kind in report.findings.chunk_by(|one, two| one.anomaly == two.anomaly) {
        told(format_args!("{}: {}\n", of_kind[0].anomaly, count(of_kind.len())));
        for finding in &of_kind[..of_kind.len().min(SHOWN)] {
            let lines: Vec<String> = finding.lines.iter().map(usize::to_string).collect();
            let place = if finding.partition.is_empty() { "" } else { ": " };
            told(format_args!("  {}{place}{} (lines {})\n", finding.partition, finding.what, lines.join(", ")));
        }
        if of_kind.len() > SHOWN {
            told(format_args!("  … and {} more; `-o json` has all\n", count(of_kind.len() - SHOWN)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_each_anomaly_with_its_lines() {
        let text = r#"{"event":"history","version":1,"idempotent":true,"isolation":"read_committed"}
{"event":"send","at":1,"client":"p","seq":0,"topic":"t","partition":0,"value":17}
{"event":"acked","at":2,"client":"p","seq":0,"offset":0}
{"event":"final","at":3,"topic":"t","partition":0,"start":0,"records":[]}
"#;
        let report = check(&History::read(text.as_bytes()).unwrap()).unwrap();
        let expected = "\
1 sends: 1 acknowledged, 0 failed, 0 unknown
0 records polled, 0 in the final read
A3 unseen write: 1
  t-0: value 17 (send 0 of p) is at offset 0, and the final read is empty (lines 2, 3)
";
        assert_eq!(in_words(&report), expected);
    }
}
