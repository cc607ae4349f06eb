//! A history sorted out: what became of each send, what each reader saw where, and what lies at each offset.

use std::collections::BTreeMap;

use super::super::history::{Client, Event, History, HistoryError, Isolation, Part, Seen};
use super::{Anomaly, Finding, Report};

/// What became of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It happened.
    Acked,
    /// It did not happen.
    Failed,
    /// Nobody can tell.
    Unknown,
}

/// One send and its outcome.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub client: Client,
    pub seq: u64,
    pub part: Part,
    pub value: u64,
    pub txn: Option<u64>,
    /// The send's outcome and that of its transaction taken together.
    pub fate: Fate,
    /// Where it was acknowledged.
    pub offset: Option<i64>,
    /// Entry of the send.
    pub entry: usize,
    /// Entry of the outcome.
    pub outcome: Option<usize>,
}

/// One record in one reader's hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sighting {
    pub part: Part,
    pub seen: Seen,
    /// Entry of the poll or of the final read.
    pub entry: usize,
    /// Whether it is of the final read.
    pub at_end: bool,
}

/// A transaction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Txn {
    /// Entry that asks for the commit.
    pub commit_asked: Option<usize>,
    /// Whether it was committed, where somebody was told.
    pub committed: Option<bool>,
}

/// The full read of one partition.
#[derive(Clone, Debug, Default)]
pub(super) struct FinalRead {
    /// The partition's first offset.
    pub start: i64,
    /// Its records in the order in which they were read.
    pub records: Vec<(Seen, usize)>,
}

impl FinalRead {
    /// The highest offset read.
    pub fn highest(&self) -> Option<i64> {
        self.records.iter().map(|(seen, _)| seen.offset).max()
    }
}

/// One poll's records of one partition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Poll<'a> {
    pub entry: usize,
    pub records: &'a [Seen],
    pub txn: Option<u64>,
}

/// The polls of one consumer on one partition between two assignments.
#[derive(Clone, Debug, Default)]
pub(super) struct Session<'a> {
    pub polls: Vec<Poll<'a>>,
}

/// The history, sorted out.
#[derive(Debug)]
pub(super) struct Book<'a> {
    pub history: &'a History,
    pub sends: Vec<Sent>,
    /// Sends by value, as indexes.
    pub by_value: BTreeMap<u64, usize>,
    pub txns: BTreeMap<u64, Txn>,
    /// Everything that was read, sorted by partition, offset, value and entry.
    pub sightings: Vec<Sighting>,
    /// The same, as indexes into `sightings`, sorted by value.
    pub sightings_by_value: Vec<u32>,
    pub finals: BTreeMap<Part, FinalRead>,
    /// By consumer and partition.
    pub sessions: Vec<(Client, Part, Session<'a>)>,
}

impl<'a> Book<'a> {
    pub fn read(history: &'a History) -> Result<Book<'a>, HistoryError> {
        let mut book = Book {
            history,
            sends: Vec::new(),
            by_value: BTreeMap::new(),
            txns: BTreeMap::new(),
            sightings: Vec::new(),
            sightings_by_value: Vec::new(),
            finals: BTreeMap::new(),
            sessions: Vec::new(),
        };
        let mut by_client: BTreeMap<(Client, u64), usize> = BTreeMap::new();
        let mut open: BTreeMap<(Client, Part), usize> = BTreeMap::new();
        for (entry, at) in history.entries().iter().enumerate() {
            match &at.event {
                Event::Send { client, seq, part, value, txn } => {
                    let index = book.sends.len();
                    if book.by_value.insert(*value, index).is_some() {
                        return Err(contradiction(entry, format!("value {value} is sent a second time")));
                    }
                    if by_client.insert((*client, *seq), index).is_some() {
                        let name = history.name_of(*client);
                        return Err(contradiction(entry, format!("{name} makes its send {seq} a second time")));
                    }
                    if let Some(txn) = txn {
                        book.txns.entry(*txn).or_default();
                    }
                    book.sends.push(Sent {
                        client: *client,
                        seq: *seq,
                        part: *part,
                        value: *value,
                        txn: *txn,
                        fate: Fate::Unknown,
                        offset: None,
                        entry,
                        outcome: None,
                    });
                }
                Event::Acked { client, seq, offset } => {
                    book.outcome(&by_client, entry, *client, *seq, Fate::Acked, *offset)?;
                }
                Event::Failed { client, seq } => {
                    book.outcome(&by_client, entry, *client, *seq, Fate::Failed, None)?;
                }
                Event::Unknown { client, seq } => {
                    book.outcome(&by_client, entry, *client, *seq, Fate::Unknown, None)?;
                }
                Event::Assigned { consumer, part } => drop(open.remove(&(*consumer, *part))),
                Event::Poll { consumer, part, records, txn } => {
                    let session = *open.entry((*consumer, *part)).or_insert_with(|| {
                        book.sessions.push((*consumer, *part, Session::default()));
                        book.sessions.len() - 1
                    });
                    let records = history.seen(records);
                    book.sessions[session].2.polls.push(Poll { entry, records, txn: *txn });
                    book.see(*part, records, entry, false);
                }
                Event::Final { part, start, records } => {
                    let records = history.seen(records);
                    let read =
                        book.finals.entry(*part).or_insert_with(|| FinalRead { start: *start, ..FinalRead::default() });
                    read.start = read.start.min(*start);
                    read.records.extend(records.iter().map(|seen| (*seen, entry)));
                    book.see(*part, records, entry, true);
                }
                Event::End { txn, commit, .. } => {
                    let known = book.txns.entry(*txn).or_default();
                    if *commit {
                        known.commit_asked = Some(entry);
                    }
                }
                Event::Ended { txn, committed, .. } => {
                    let known = book.txns.entry(*txn).or_default();
                    if known.committed.is_some_and(|before| before != *committed) {
                        let what = format!("transaction {txn} is told to be committed and to be aborted");
                        return Err(contradiction(entry, what));
                    }
                    known.committed = Some(*committed);
                }
            }
        }
        book.sort();
        book.judge_transactions();
        Ok(book)
    }

    fn outcome(
        &mut self,
        by_client: &BTreeMap<(Client, u64), usize>,
        entry: usize,
        client: Client,
        seq: u64,
        fate: Fate,
        offset: Option<i64>,
    ) -> Result<(), HistoryError> {
        let name = || self.history.name_of(client).to_owned();
        let Some(&index) = by_client.get(&(client, seq)) else {
            return Err(contradiction(
                entry,
                format!("{} is told the outcome of a send {seq} that it did not make", name()),
            ));
        };
        let sent = &mut self.sends[index];
        if sent.outcome.is_some() {
            return Err(contradiction(entry, format!("{} is told a second outcome of its send {seq}", name())));
        }
        (sent.fate, sent.offset, sent.outcome) = (fate, offset, Some(entry));
        Ok(())
    }

    fn see(&mut self, part: Part, records: &[Seen], entry: usize, at_end: bool) {
        self.sightings.extend(records.iter().map(|seen| Sighting { part, seen: *seen, entry, at_end }));
    }

    fn sort(&mut self) {
        self.sightings.sort_unstable();
        let sightings = &self.sightings;
        self.sightings_by_value = (0..sightings.len() as u32).collect();
        self.sightings_by_value.sort_unstable_by_key(|&at| (sightings[at as usize].seen.value, at));
    }

    /// A transaction that nobody knows the end of is committed if any of it was seen; then all of it must be there.
    fn judge_transactions(&mut self) {
        let read_committed = self.history.setup.isolation == Isolation::ReadCommitted;
        let mut shown = Vec::new();
        for sent in self.sends.iter().filter(|sent| sent.txn.is_some()) {
            if read_committed && !self.sightings_of(sent.value).is_empty() {
                shown.extend(sent.txn);
            }
        }
        for txn in shown {
            self.txns.entry(txn).or_default().committed.get_or_insert(true);
        }
        for sent in &mut self.sends {
            let Some(txn) = sent.txn else { continue };
            match self.txns.get(&txn).and_then(|txn| txn.committed) {
                Some(true) => {}
                Some(false) => sent.fate = Fate::Failed,
                None if sent.fate == Fate::Acked => sent.fate = Fate::Unknown,
                None => {}
            }
        }
    }

    /// Everywhere that a value was read, as indexes into `sightings`, by partition and offset.
    pub fn sightings_of(&self, value: u64) -> &[u32] {
        let key = |at: &u32| self.sightings[*at as usize].seen.value;
        let from = self.sightings_by_value.partition_point(|at| key(at) < value);
        let to = self.sightings_by_value.partition_point(|at| key(at) <= value);
        &self.sightings_by_value[from..to]
    }

    /// The sightings of one partition, by offset.
    pub fn sightings_in(&self, part: Part) -> &[Sighting] {
        let from = self.sightings.partition_point(|s| s.part < part);
        let to = self.sightings.partition_point(|s| s.part <= part);
        &self.sightings[from..to]
    }

    /// The highest offset of a partition that anybody read.
    pub fn highest_read(&self, part: Part) -> Option<i64> {
        self.sightings_in(part).last().map(|s| s.seen.offset)
    }

    /// Who read a sighting, in words.
    pub fn reader(&self, sighting: &Sighting) -> &str {
        match &self.history.entries()[sighting.entry].event {
            Event::Poll { consumer, .. } => self.history.name_of(*consumer),
            _ => "the final read",
        }
    }

    /// A send in words.
    pub fn name(&self, sent: &Sent) -> String {
        format!("value {} (send {} of {})", sent.value, sent.seq, self.history.name_of(sent.client))
    }

    /// A finding in one partition.
    pub fn finding(&self, anomaly: Anomaly, part: Part, what: String, entries: &[usize]) -> Finding {
        let lines = entries.iter().map(|entry| History::line(*entry)).collect();
        Finding { anomaly, partition: self.history.part_name(part), what, lines }
    }

    pub fn counts(&self) -> Report {
        let fates = |fate| self.sends.iter().filter(|sent| sent.fate == fate).count();
        Report {
            sends: self.sends.len(),
            acked: fates(Fate::Acked),
            failed: fates(Fate::Failed),
            unknown: fates(Fate::Unknown),
            polled: self.sightings.iter().filter(|s| !s.at_end).count(),
            final_records: self.sightings.iter().filter(|s| s.at_end).count(),
            ..Report::default()
        }
    }
}

fn contradiction(entry: usize, what: String) -> HistoryError {
    HistoryError::Contradiction { line: History::line(entry), what }
}
