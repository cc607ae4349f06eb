//! What clients did and what they saw, in the order in which it happened: the one format that the simulator and the
//! harness of real processes hand to the checker.
//!
//! # The file
//! JSON lines, UTF-8. The first line describes the run; every other line is one event. Lines stand in the order of the
//! events. `at` is microseconds on one clock of the recorder. Client and consumer names are free. A client notes `send`
//! and `commit` *before* it asks and everything else *after* it was told, so that what stands earlier was not caused by
//! what stands later.
//!
//! ```text
//! {"event":"history","version":1,"idempotent":true,"isolation":"read_committed"}
//! {"event":"send","at":10,"client":"p1","seq":0,"topic":"t","partition":0,"value":17}
//! {"event":"acked","at":14,"client":"p1","seq":0,"offset":5}
//! {"event":"failed","at":14,"client":"p1","seq":1}
//! {"event":"unknown","at":14,"client":"p1","seq":2}
//! {"event":"assigned","at":15,"consumer":"c1","topic":"t","partition":0}
//! {"event":"poll","at":20,"consumer":"c1","topic":"t","partition":0,"records":[[5,17],[6,19]]}
//! {"event":"final","at":99,"topic":"t","partition":0,"start":0,"records":[[5,17],[6,19]]}
//! ```
//!
//! - `send`: one record. `seq` counts the sends of a client from 0 up, in the order in which it made them; `value` is
//!   the record's content, a number that no other send of the history has. A transactional send has `"txn":N`.
//! - `acked`: the send succeeded; `offset` is left out when the client was not told one. `failed`: it certainly did not
//!   happen and never will (refused by the broker, or never sent). `unknown`: it may have happened, or may happen yet (a
//!   timeout). A send without an outcome counts as unknown.
//! - `assigned`: the consumer's position in the partition was set anew: an assignment, a seek, a reset after an offset
//!   that is out of range. Order between polls is judged only between two of these.
//! - `poll`: what one poll gave for one partition, as pairs of offset and value. A poll inside a transaction (consume,
//!   transform, produce) has `"txn":N`.
//! - `final`: what a new consumer read from the partition's first offset to its end after everything healed; `start` is
//!   that first offset (0 unless records were deleted). A partition may have several of these lines, one after another;
//!   one without records says that the partition was found empty.
//! - `commit`, `abort`: `{"event":"commit","at":30,"client":"p1","txn":7}`: the client asks to end the transaction, a
//!   number that is unique in the history. `committed`, `aborted`: it was told that this happened. A transaction that
//!   was told neither may have gone either way.
//!
//! `isolation` is that of all consumers; `idempotent` says whether duplicates and changes of order are anomalies.

mod lines;

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use lines::HistoryError;

/// A client or consumer of a history: an index into its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Client(pub u32);

/// A partition of a history: an index into its partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part(pub u32);

/// One record as a reader saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// Its offset.
    pub offset: i64,
    /// The value that its send gave it.
    pub value: u64,
}

/// What consumers may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// Committed transactions only.
    #[default]
    ReadCommitted,
    /// Everything below the high watermark.
    ReadUncommitted,
}

/// How the run was set up, as far as the checker must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Producers were idempotent: each send lands once, and in order.
    pub idempotent: bool,
    /// What the consumers asked for.
    pub isolation: Isolation,
}

impl Default for Setup {
    fn default() -> Self {
        Setup { idempotent: true, isolation: Isolation::ReadCommitted }
    }
}

/// One thing that a client did or saw. The module's documentation has the meaning of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A record is handed to the producer.
    Send {
        /// Who sends.
        client: Client,
        /// The how many-th send of the client.
        seq: u64,
        /// Where to.
        part: Part,
        /// The record's content.
        value: u64,
        /// The transaction it belongs to.
        txn: Option<u64>,
    },
    /// The send succeeded.
    Acked {
        /// Who sent.
        client: Client,
        /// Which send.
        seq: u64,
        /// Where it landed, if the client was told.
        offset: Option<i64>,
    },
    /// The send did not happen.
    Failed {
        /// Who sent.
        client: Client,
        /// Which send.
        seq: u64,
    },
    /// The send may have happened.
    Unknown {
        /// Who sent.
        client: Client,
        /// Which send.
        seq: u64,
    },
    /// A consumer's position was set anew.
    Assigned {
        /// Who reads.
        consumer: Client,
        /// What.
        part: Part,
    },
    /// What one poll gave for one partition: a range of [`History::seen`].
    Poll {
        /// Who reads.
        consumer: Client,
        /// What.
        part: Part,
        /// The records.
        records: Range<usize>,
        /// The transaction that the poll is part of.
        txn: Option<u64>,
    },
    /// A part of the full read at the end.
    Final {
        /// The partition.
        part: Part,
        /// Its first offset.
        start: i64,
        /// The records.
        records: Range<usize>,
    },
    /// A client asks to end a transaction.
    End {
        /// Who.
        client: Client,
        /// The transaction.
        txn: u64,
        /// Whether by a commit.
        commit: bool,
    },
    /// A client was told how a transaction ended.
    Ended {
        /// Who.
        client: Client,
        /// The transaction.
        txn: u64,
        /// Whether it is committed.
        committed: bool,
    },
}

/// An event and its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Microseconds on the recorder's clock.
    pub at: u64,
    /// What happened.
    pub event: Event,
}

/// A recorded run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// How the run was set up.
    pub setup: Setup,
    entries: Vec<Entry>,
    seen: Vec<Seen>,
    clients: Names<String>,
    parts: Names<(String, i32)>,
}

/// Names in the order of their first use.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Names<T: Ord> {
    list: Vec<T>,
    index: BTreeMap<T, u32>,
}

impl<T: Ord> Default for Names<T> {
    fn default() -> Self {
        Names { list: Vec::new(), index: BTreeMap::new() }
    }
}

impl<T: Ord + Clone> Names<T> {
    fn of(&mut self, name: T) -> u32 {
        if let Some(&known) = self.index.get(&name) {
            return known;
        }
        let id = self.list.len() as u32;
        self.list.push(name.clone());
        self.index.insert(name, id);
        id
    }
}

impl History {
    /// An empty history of a run.
    pub fn new(setup: Setup) -> History {
        History { setup, ..History::default() }
    }

    /// The client or consumer of that name.
    pub fn client(&mut self, name: &str) -> Client {
        Client(self.clients.of(name.to_owned()))
    }

    /// The partition of that name.
    pub fn part(&mut self, topic: &str, partition: i32) -> Part {
        Part(self.parts.of((topic.to_owned(), partition)))
    }

    /// A client's name.
    pub fn name_of(&self, client: Client) -> &str {
        self.clients.list.get(client.0 as usize).map_or("?", String::as_str)
    }

    /// A partition's name, as in `orders-0`.
    pub fn part_name(&self, part: Part) -> String {
        self.parts.list.get(part.0 as usize).map_or_else(|| "?".to_owned(), |(topic, index)| format!("{topic}-{index}"))
    }

    /// All partitions that events name.
    pub fn parts(&self) -> impl Iterator<Item = Part> + use<> {
        (0..self.parts.list.len() as u32).map(Part)
    }

    /// The events in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The records of a poll or of the final read.
    pub fn seen(&self, records: &Range<usize>) -> &[Seen] {
        self.seen.get(records.clone()).unwrap_or_default()
    }

    /// The line of an event in the file; the setup is line 1.
    pub const fn line(entry: usize) -> usize {
        entry + 2
    }

    /// Adds an event without records.
    pub fn push(&mut self, at: u64, event: Event) {
        self.entries.push(Entry { at, event });
    }

    /// Adds a poll.
    pub fn poll(&mut self, at: u64, consumer: Client, part: Part, records: &[Seen], txn: Option<u64>) {
        let records = self.keep(records);
        self.push(at, Event::Poll { consumer, part, records, txn });
    }

    /// Adds a part of the full read at the end.
    pub fn read_at_end(&mut self, at: u64, part: Part, start: i64, records: &[Seen]) {
        let records = self.keep(records);
        self.push(at, Event::Final { part, start, records });
    }

    fn keep(&mut self, records: &[Seen]) -> Range<usize> {
        let from = self.seen.len();
        self.seen.extend_from_slice(records);
        from..self.seen.len()
    }
}
