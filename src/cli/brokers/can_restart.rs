//! `logbus brokers can-restart`.

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::ops::restart::{self, Reason, Verdict};

/// Say whether a broker can be restarted without anybody noticing; exit code 5 if not
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The broker
    #[arg(value_name = "ID")]
    broker: i32,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let verdict = self.connect.run(|cluster| async move { restart::can_restart(&cluster, self.broker).await })?;
        let names = || vec![yes_or_no(&verdict).to_owned()];
        self.output.pages("can-restart", &verdict, names, |_| text(&verdict), |_| table(&verdict))?;
        if verdict.can_restart {
            return Ok(Exit::Done);
        }
        let error = CliError::failed(format!("restarting broker {} would be noticed", verdict.broker));
        let hint = verdict.reasons.first().map(hint).unwrap_or_default();
        Err(error.with_exit(Exit::ConditionFails).with_hint(hint))
    }
}

/// Where to go on from the first reason.
fn hint(reason: &Reason) -> String {
    match reason {
        Reason::LastInSync { .. } => "`logbus isr` shows which replicas are not in sync, and why".to_owned(),
        Reason::UnderMinIsr { replicas, left, .. } if left + 1 < *replicas => {
            "`logbus isr` shows which replicas are not in sync, and why".to_owned()
        }
        Reason::OnlyReplica { topic, .. } => {
            format!("`logbus topics alter {topic} --replication-factor 2` would give it another replica")
        }
        Reason::UnderMinIsr { topic, replicas, .. } => {
            format!("`logbus topics alter {topic} --replication-factor {}` would give it one to spare", replicas + 1)
        }
        Reason::Reassignment { .. } => "`logbus partitions reassign status` shows how far it is".to_owned(),
        Reason::QuorumMajority { .. } => "`logbus quorum describe` shows which voters are behind".to_owned(),
    }
}

fn yes_or_no(verdict: &Verdict) -> &'static str {
    if verdict.can_restart { "yes" } else { "no" }
}

fn table(verdict: &Verdict) -> Table {
    let mut table = Table::new(&[">BROKER", "CAN RESTART", "REASON"]);
    let mut row = |reason: String| table.row([verdict.broker.to_string(), yes_or_no(verdict).to_owned(), reason]);
    if verdict.reasons.is_empty() {
        row(String::new());
    }
    verdict.reasons.iter().for_each(|reason| row(sentence(reason)));
    table
}

fn text(verdict: &Verdict) -> String {
    let Verdict { broker, replicas, leads, reasons, .. } = verdict;
    if verdict.can_restart {
        return format!(
            "yes: broker {broker} can be restarted   {replicas} replicas, {leads} leaders move meanwhile\n"
        );
    }
    let lines: String = reasons.iter().map(|reason| format!("  {}\n", sentence(reason))).collect();
    format!("no: broker {broker} is needed\n{lines}")
}

fn sentence(reason: &Reason) -> String {
    match reason {
        Reason::OnlyReplica { topic, partition } => {
            format!("{topic}-{partition}: it is the only replica, so the partition is unavailable meanwhile")
        }
        Reason::LastInSync { topic, partition, out } => {
            format!("{topic}-{partition}: it is the last in sync; {} out of sync", human::ids(out))
        }
        Reason::UnderMinIsr { topic, partition, left, min_isr, .. } => {
            format!(
                "{topic}-{partition}: {left} in sync without it, below min.insync.replicas={min_isr}: acks=all is refused"
            )
        }
        Reason::Reassignment { topic, partition } => {
            format!("{topic}-{partition}: a reassignment that it takes part in is under way")
        }
        Reason::QuorumMajority { left, needed } => {
            format!("metadata quorum: {left} of the other voters are alive, and {needed} are needed")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_goes_with_the_reason() {
        let topic = "t".to_owned();
        let under =
            |replicas| Reason::UnderMinIsr { topic: topic.clone(), partition: 0, left: 1, min_isr: 2, replicas };
        assert!(hint(&under(2)).starts_with("`logbus topics alter t --replication-factor 3`"), "all are in sync");
        assert!(hint(&under(3)).starts_with("`logbus isr`"), "one is not");
        let only = Reason::OnlyReplica { topic, partition: 0 };
        assert!(hint(&only).starts_with("`logbus topics alter t --replication-factor 2`"));
    }
}
