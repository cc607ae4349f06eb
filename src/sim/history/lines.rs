//! A history as JSON lines.

use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};

use super::{Client, Event, History, Isolation, Part, Seen, Setup};

/// The version of the format; raised when a line changes its meaning.
const VERSION: u32 = 1;

/// A file that is no history.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file cannot be read.
    #[error("line {line}: {source}")]
    Read {
        /// Where reading stopped.
        line: usize,
        /// Why.
        source: io::Error,
    },
    /// A line is not an event.
    #[error("line {line} is not an event of a history: {source}")]
    Parse {
        /// The line.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The first line does not describe the run.
    #[error("line 1 must describe the run: {{\"event\":\"history\",\"version\":1,…}}")]
    NoSetup,
    /// A version that this program does not know.
    #[error("the history has version {0}, and this program reads version {VERSION}")]
    Version(u32),
    /// The recorder contradicts itself, so that nothing can be concluded.
    #[error("line {line}: {what}")]
    Contradiction {
        /// The line.
        line: usize,
        /// What contradicts what.
        what: String,
    },
}

/// A line of the file. Names are texts here, and numbers in [`Event`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    History {
        version: u32,
        idempotent: bool,
        isolation: Isolation,
    },
    Send {
        at: u64,
        client: String,
        seq: u64,
        topic: String,
        partition: i32,
        value: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        txn: Option<u64>,
    },
    Acked {
        at: u64,
        client: String,
        seq: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offset: Option<i64>,
    },
    Failed {
        at: u64,
        client: String,
        seq: u64,
    },
    Unknown {
        at: u64,
        client: String,
        seq: u64,
    },
    Assigned {
        at: u64,
        consumer: String,
        topic: String,
        partition: i32,
    },
    Poll {
        at: u64,
        consumer: String,
        topic: String,
        partition: i32,
        records: Vec<(i64, u64)>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        txn: Option<u64>,
    },
    Final {
        at: u64,
        topic: String,
        partition: i32,
        #[serde(default)]
        start: i64,
        records: Vec<(i64, u64)>,
    },
    Commit {
        at: u64,
        client: String,
        txn: u64,
    },
    Abort {
        at: u64,
        client: String,
        txn: u64,
    },
    Committed {
        at: u64,
        client: String,
        txn: u64,
    },
    Aborted {
        at: u64,
        client: String,
        txn: u64,
    },
}

impl History {
    /// Reads a file. Empty lines are refused: line numbers in reports count events.
    ///
    /// # Errors
    /// The first line that cannot be read or is not an event.
    pub fn read(input: impl BufRead) -> Result<History, HistoryError> {
        let mut history: Option<History> = None;
        for (at, text) in input.lines().enumerate() {
            let line = at + 1;
            let text = text.map_err(|source| HistoryError::Read { line, source })?;
            let parsed = serde_json::from_str(&text).map_err(|source| HistoryError::Parse { line, source })?;
            match (&mut history, parsed) {
                (None, Line::History { version: VERSION, idempotent, isolation }) => {
                    history = Some(History::new(Setup { idempotent, isolation }));
                }
                (None, Line::History { version, .. }) => return Err(HistoryError::Version(version)),
                (None, _) => return Err(HistoryError::NoSetup),
                (Some(_), Line::History { .. }) => {
                    let what = "the run is described a second time: one history a file".to_owned();
                    return Err(HistoryError::Contradiction { line, what });
                }
                (Some(history), event) => history.take(event),
            }
        }
        history.ok_or(HistoryError::NoSetup)
    }

    fn take(&mut self, line: Line) {
        let seen = |records: Vec<(i64, u64)>| {
            records.into_iter().map(|(offset, value)| Seen { offset, value }).collect::<Vec<_>>()
        };
        let (at, event) = match line {
            Line::History { .. } => return,
            Line::Send { at, client, seq, topic, partition, value, txn } => {
                let (client, part) = (self.client(&client), self.part(&topic, partition));
                (at, Event::Send { client, seq, part, value, txn })
            }
            Line::Acked { at, client, seq, offset } => (at, Event::Acked { client: self.client(&client), seq, offset }),
            Line::Failed { at, client, seq } => (at, Event::Failed { client: self.client(&client), seq }),
            Line::Unknown { at, client, seq } => (at, Event::Unknown { client: self.client(&client), seq }),
            Line::Assigned { at, consumer, topic, partition } => {
                (at, Event::Assigned { consumer: self.client(&consumer), part: self.part(&topic, partition) })
            }
            Line::Poll { at, consumer, topic, partition, records, txn } => {
                let (consumer, part) = (self.client(&consumer), self.part(&topic, partition));
                return self.poll(at, consumer, part, &seen(records), txn);
            }
            Line::Final { at, topic, partition, start, records } => {
                let part = self.part(&topic, partition);
                return self.read_at_end(at, part, start, &seen(records));
            }
            Line::Commit { at, client, txn } => (at, Event::End { client: self.client(&client), txn, commit: true }),
            Line::Abort { at, client, txn } => (at, Event::End { client: self.client(&client), txn, commit: false }),
            Line::Committed { at, client, txn } => {
                (at, Event::Ended { client: self.client(&client), txn, committed: true })
            }
            Line::Aborted { at, client, txn } => {
                (at, Event::Ended { client: self.client(&client), txn, committed: false })
            }
        };
        self.push(at, event);
    }

    /// Writes the file.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Setup { idempotent, isolation } = self.setup;
        let setup = Line::History { version: VERSION, idempotent, isolation };
        for line in
            std::iter::once(setup).chain(self.entries().iter().map(|entry| self.line_of(entry.at, &entry.event)))
        {
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")?;
        }
        out.flush()
    }

    fn line_of(&self, at: u64, event: &Event) -> Line {
        let client = |client: &Client| self.name_of(*client).to_owned();
        let part = |part: &Part| self.parts.list[part.0 as usize].clone();
        let pairs = |range| self.seen(range).iter().map(|seen| (seen.offset, seen.value)).collect();
        match event {
            Event::Send { client: by, seq, part: to, value, txn } => {
                let (topic, partition) = part(to);
                Line::Send { at, client: client(by), seq: *seq, topic, partition, value: *value, txn: *txn }
            }
            Event::Acked { client: by, seq, offset } => {
                Line::Acked { at, client: client(by), seq: *seq, offset: *offset }
            }
            Event::Failed { client: by, seq } => Line::Failed { at, client: client(by), seq: *seq },
            Event::Unknown { client: by, seq } => Line::Unknown { at, client: client(by), seq: *seq },
            Event::Assigned { consumer, part: of } => {
                let (topic, partition) = part(of);
                Line::Assigned { at, consumer: client(consumer), topic, partition }
            }
            Event::Poll { consumer, part: of, records, txn } => {
                let (topic, partition) = part(of);
                Line::Poll { at, consumer: client(consumer), topic, partition, records: pairs(records), txn: *txn }
            }
            Event::Final { part: of, start, records } => {
                let (topic, partition) = part(of);
                Line::Final { at, topic, partition, start: *start, records: pairs(records) }
            }
            Event::End { client: by, txn, commit: true } => Line::Commit { at, client: client(by), txn: *txn },
            Event::End { client: by, txn, commit: false } => Line::Abort { at, client: client(by), txn: *txn },
            Event::Ended { client: by, txn, committed: true } => Line::Committed { at, client: client(by), txn: *txn },
            Event::Ended { client: by, txn, committed: false } => Line::Aborted { at, client: client(by), txn: *txn },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"event":"history","version":1,"idempotent":true,"isolation":"read_committed"}
{"event":"send","at":10,"client":"p1","seq":0,"topic":"t","partition":0,"value":17}
{"event":"acked","at":14,"client":"p1","seq":0,"offset":5}
{"event":"send","at":15,"client":"p1","seq":1,"topic":"t","partition":0,"value":18,"txn":7}
{"event":"acked","at":16,"client":"p1","seq":1}
{"event":"send","at":16,"client":"p1","seq":2,"topic":"t","partition":1,"value":19,"txn":8}
{"event":"unknown","at":17,"client":"p1","seq":2}
{"event":"commit","at":18,"client":"p1","txn":7}
{"event":"committed","at":19,"client":"p1","txn":7}
{"event":"abort","at":18,"client":"p1","txn":8}
{"event":"aborted","at":19,"client":"p1","txn":8}
{"event":"assigned","at":20,"consumer":"c1","topic":"t","partition":0}
{"event":"poll","at":21,"consumer":"c1","topic":"t","partition":0,"records":[[5,17],[6,18]],"txn":9}
{"event":"failed","at":22,"client":"p1","seq":3}
{"event":"final","at":99,"topic":"t","partition":0,"start":5,"records":[[5,17]]}
"#;

    #[test]
    fn a_file_reads_and_writes_back_as_it_was() {
        let history = History::read(FILE.as_bytes()).unwrap();
        let mut written = Vec::new();
        history.write(&mut written).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), FILE);
        assert_eq!(History::line(history.entries().len() - 1), FILE.lines().count());
    }

    #[test]
    fn what_is_no_history_is_told_by_its_line() {
        let told = |text: &str| History::read(text.as_bytes()).unwrap_err().to_string();
        let setup = FILE.lines().next().unwrap();
        assert!(told("").starts_with("line 1 must describe the run"));
        assert!(told("{\"event\":\"failed\",\"at\":1,\"client\":\"p\",\"seq\":1}").starts_with("line 1 must"));
        assert!(told(&setup.replace(":1,", ":2,")).contains("version 2"));
        assert!(told(&format!("{setup}\n{{\"event\":\"sent\"}}")).starts_with("line 2 is not an event"));
        assert!(
            told(&format!("{setup}\n{{\"event\":\"failed\",\"at\":1,\"client\":\"p\",\"seq\":1,\"x\":1}}"))
                .contains("`x`")
        );
        assert!(told(&format!("{setup}\n{setup}")).starts_with("line 2: the run is described a second time"));
    }
}
