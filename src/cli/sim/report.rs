//! What many seeds came to, for a person and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::cli::human;
use crate::sim::SeedReport;

/// The JSON document.
#[derive(Serialize)]
pub(super) struct Answer<'a> {
    #[serde(flatten)]
    pub totals: &'a Totals,
    /// Seeds that break a rule.
    pub failed: &'a [SeedReport],
}

/// Sums over seeds.
#[derive(Debug, Default, Serialize)]
pub(super) struct Totals {
    pub seeds: u64,
    pub seeds_failed: u64,
    pub steps: u64,
    pub events: u64,
    pub simulated_s: f64,
    pub sends: u64,
    pub acked: u64,
    pub consumed: u64,
    pub committed: u64,
    pub leader_epochs: u64,
    pub controller_epochs: u64,
    pub faults: BTreeMap<&'static str, u64>,
    pub messages_lost: u64,
    pub messages_copied: u64,
    pub messages_delayed: u64,
    pub batches_lost: u64,
    /// Fingerprint of the last seed: equal for equal runs.
    pub fingerprint: String,
}

impl Totals {
    pub fn add(&mut self, report: &SeedReport) {
        self.seeds += 1;
        self.seeds_failed += u64::from(!report.holds());
        self.steps += report.steps;
        self.events += report.events;
        self.simulated_s += report.simulated_s;
        self.sends += report.sends as u64;
        self.acked += report.acked;
        self.consumed += report.consumed;
        self.committed += report.committed as u64;
        self.leader_epochs += report.leader_epochs as u64;
        self.controller_epochs += report.controller_epochs as u64;
        for (kind, count) in &report.faults {
            *self.faults.entry(kind).or_default() += count;
        }
        self.messages_lost += report.messages_lost;
        self.messages_copied += report.messages_copied;
        self.messages_delayed += report.messages_delayed;
        self.batches_lost += report.batches_lost;
        self.fingerprint.clone_from(&report.fingerprint);
    }

    /// What never happened, of all that should.
    pub fn missed(&self) -> Vec<&'static str> {
        let kinds = self.faults.iter().filter(|(_, count)| **count == 0).map(|(kind, _)| *kind);
        let hits = [
            ("a lost message", self.messages_lost),
            ("a repeated message", self.messages_copied),
            ("a delayed message", self.messages_delayed),
            ("a record lost with the power", self.batches_lost),
        ];
        kinds.chain(hits.into_iter().filter(|(_, count)| *count == 0).map(|(what, _)| what)).collect()
    }

    pub fn in_words(&self) -> String {
        let count = |n: u64| human::count(n as i64);
        let mut text = format!(
            "{} seeds, {} faults, {} events in {} of simulated time\n",
            count(self.seeds),
            count(self.steps),
            count(self.events),
            human::duration(std::time::Duration::from_secs(self.simulated_s as u64))
        );
        let mut told = |what: &str, line: String| {
            // Writing to a text does not fail.
            let _ = writeln!(text, "{what:<10} {line}");
        };
        told(
            "records",
            format!(
                "{} sent, {} acknowledged, {} committed, {} read",
                count(self.sends),
                count(self.acked),
                count(self.committed),
                count(self.consumed)
            ),
        );
        let terms = (count(self.leader_epochs), count(self.controller_epochs));
        told("elections", format!("{} of partitions, {} of controllers", terms.0, terms.1));
        let faults: Vec<String> = self.faults.iter().map(|(kind, n)| format!("{kind} {}", count(*n))).collect();
        told("faults", faults.join(", "));
        told(
            "hits",
            format!(
                "{} messages lost, {} repeated, {} delayed, {} batches lost with the power",
                count(self.messages_lost),
                count(self.messages_copied),
                count(self.messages_delayed),
                count(self.batches_lost)
            ),
        );
        if self.seeds == 1 {
            told("run", self.fingerprint.clone());
        }
        let verdict = match self.seeds_failed {
            0 => "every rule holds".to_owned(),
            failed => format!("{failed} seeds break a rule"),
        };
        told("verdict", verdict);
        text
    }
}

/// A seed that breaks a rule.
pub(super) fn failure(report: &SeedReport) -> String {
    let combined = if report.combined { "controllers among them" } else { "controllers beside them" };
    let (seed, brokers, partitions) = (report.seed, report.brokers, report.partitions);
    let mut text = format!("seed {seed}: {brokers} brokers, {combined}, {partitions} partitions\n");
    for broken in &report.broken {
        let _ = writeln!(text, "  {}: {}", broken.rule, broken.what);
    }
    for finding in &report.findings {
        let _ = writeln!(text, "  {}: {}: {}", finding.anomaly, finding.partition, finding.what);
    }
    text
}
