//! One checker for every history: the ten anomalies that Jepsen's queue workload looks for, a file each.
//!
//! The checker goes by `(partition, offset) → value` first and by orders after that. A send without a known outcome may
//! have happened or not; offsets may have gaps (control records take some). It never guesses in favour of the cluster:
//! a partition with acknowledged sends that nobody read to its end is a failure of its own.

mod aborted_read;
mod book;
mod duplicate;
mod inconsistent_offset;
mod lost_write;
mod non_monotonic_poll;
mod non_monotonic_send;
mod poll_skip;
mod precommitted_read;
#[cfg(test)]
mod specs;
mod unread;
mod unseen;
mod unsent;
mod write_cycle;

use std::fmt;

use serde::Serialize;

use super::history::{History, HistoryError};
use book::Book;

/// What can be wrong with a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Anomaly {
    /// A1: one offset of a partition held two records, or a send was acknowledged at an offset where it is not.
    InconsistentOffset,
    /// A2: an acknowledged record, below the end of what was read, that is not in the final read.
    LostWrite,
    /// A3: an acknowledged record beyond all that was read after everything healed.
    Unseen,
    /// A4: one send at two offsets, although the producer is idempotent.
    Duplicate,
    /// A5: a record was read whose send failed, or whose transaction was aborted.
    AbortedRead,
    /// A6: a consumer jumped over records without a new assignment.
    PollSkip,
    /// A7: a consumer went back without a new assignment.
    NonMonotonicPoll,
    /// A8: a later send of one idempotent producer lies before an earlier one.
    NonMonotonicSend,
    /// A9: a record of a transaction was read before its commit was asked for.
    PrecommittedRead,
    /// A10: transactions that read each other's writes in a circle (G1c).
    WriteCycle,
    /// A record was read that nobody sent.
    Unsent,
    /// A partition with acknowledged sends has no final read, so that nothing can be said of losses.
    Unread,
}

impl Anomaly {
    /// Its number among the ten, if it is one of them.
    pub const fn number(self) -> Option<u8> {
        match self {
            Anomaly::InconsistentOffset => Some(1),
            Anomaly::LostWrite => Some(2),
            Anomaly::Unseen => Some(3),
            Anomaly::Duplicate => Some(4),
            Anomaly::AbortedRead => Some(5),
            Anomaly::PollSkip => Some(6),
            Anomaly::NonMonotonicPoll => Some(7),
            Anomaly::NonMonotonicSend => Some(8),
            Anomaly::PrecommittedRead => Some(9),
            Anomaly::WriteCycle => Some(10),
            Anomaly::Unsent | Anomaly::Unread => None,
        }
    }

    /// Its name in words.
    pub const fn name(self) -> &'static str {
        match self {
            Anomaly::InconsistentOffset => "inconsistent offset",
            Anomaly::LostWrite => "lost write",
            Anomaly::Unseen => "unseen write",
            Anomaly::Duplicate => "duplicate",
            Anomaly::AbortedRead => "aborted read",
            Anomaly::PollSkip => "poll skip",
            Anomaly::NonMonotonicPoll => "non-monotonic poll",
            Anomaly::NonMonotonicSend => "non-monotonic send",
            Anomaly::PrecommittedRead => "pre-committed read",
            Anomaly::WriteCycle => "write cycle",
            Anomaly::Unsent => "record that nobody sent",
            Anomaly::Unread => "partition not read at the end",
        }
    }
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number() {
            Some(number) => write!(f, "A{number} {}", self.name()),
            None => f.write_str(self.name()),
        }
    }
}

/// One place where a history is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is.
    pub anomaly: Anomaly,
    /// The partition, as in `orders-0`; empty for what spans several.
    pub partition: String,
    /// What is wrong, in one sentence.
    pub what: String,
    /// Lines of the history file that show it.
    pub lines: Vec<usize>,
}

/// What the checker counted and found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Sends.
    pub sends: usize,
    /// Those that were acknowledged and whose transaction, if any, is not aborted.
    pub acked: usize,
    /// Those that certainly did not happen.
    pub failed: usize,
    /// Those that may have happened.
    pub unknown: usize,
    /// Records that polls gave.
    pub polled: usize,
    /// Records of the final reads.
    pub final_records: usize,
    /// Transactions whose writes interleave with another's (G0), as Kafka's model allows.
    pub interleaved: usize,
    /// Sends that are in the log twice, where producers are not idempotent.
    pub allowed_duplicates: usize,
    /// All that is wrong, in the order of [`Anomaly`].
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }

    /// How often an anomaly was found.
    pub fn count(&self, anomaly: Anomaly) -> usize {
        self.findings.iter().filter(|finding| finding.anomaly == anomaly).count()
    }
}

/// Judges a history.
///
/// # Errors
/// When the recorder contradicts itself (an outcome without a send, one value sent twice): then nothing can be concluded.
pub fn check(history: &History) -> Result<Report, HistoryError> {
    let book = Book::read(history)?;
    let mut report = book.counts();
    let mut found = Vec::new();
    inconsistent_offset::find(&book, &mut found);
    lost_write::find(&book, &mut found);
    unseen::find(&book, &mut found);
    report.allowed_duplicates = duplicate::find(&book, &mut found);
    aborted_read::find(&book, &mut found);
    poll_skip::find(&book, &mut found);
    non_monotonic_poll::find(&book, &mut found);
    non_monotonic_send::find(&book, &mut found);
    precommitted_read::find(&book, &mut found);
    report.interleaved = write_cycle::find(&book, &mut found);
    unsent::find(&book, &mut found);
    unread::find(&book, &mut found);
    report.findings = found;
    Ok(report)
}
