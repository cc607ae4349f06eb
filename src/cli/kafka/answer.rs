//! What a Kafka-named tool came to, beside the text that it prints: rows for `LOGBUS_OUTPUT=json`, and the exit code that
//! tells the truth for `LOGBUS_STRICT=1`. Neither touches the command line; `docs/kafka-tools.md` describes both.
//!
//! A tool prints as Kafka's does, and tells here what it found ([`row`]), did ([`did`]) and missed ([`missing`]). What a
//! cluster refuses is told by [`super::cluster::Failure`], what is wrong with the command line by the parsers. Nothing
//! is kept while no tool runs, so that code shared with native commands may tell, too.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, BufWriter, Write};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::answer_forms::{FORMS, Form};
use super::usage::Stop;
use crate::cli::Exit;

/// The version of every document; raised when a field changes its meaning or goes away.
const SCHEMA: u32 = 1;
/// The kind of what changes were made, and refused.
pub const ACTIONS: &str = "actions";
/// What a JVM ends with on SIGINT.
pub(super) const INTERRUPTED: u8 = 130;
/// What a JVM ends with on SIGTERM.
pub(super) const TERMINATED: u8 = 143;
/// The kind of an answer that is text: its lines.
pub const TEXT: &str = "text";

/// How a tool is to answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mode {
    /// As JSON.
    pub(super) json: bool,
    /// With the exit codes of native commands.
    pub(super) strict: bool,
}

impl Mode {
    /// Reads `LOGBUS_OUTPUT` and `LOGBUS_STRICT`.
    pub(super) fn of_environment() -> Result<Mode, String> {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        Mode::of(&variable("LOGBUS_OUTPUT"), &variable("LOGBUS_STRICT"))
    }

    fn of(output: &str, strict: &str) -> Result<Mode, String> {
        let json = match output {
            "" | "text" => false,
            "json" => true,
            other => return Err(format!("LOGBUS_OUTPUT={other}: a Kafka-named tool answers as text or json")),
        };
        let strict = match strict {
            "" | "0" | "false" => false,
            "1" | "true" => true,
            other => return Err(format!("LOGBUS_STRICT={other}: it is 1 or 0")),
        };
        Ok(Mode { json, strict })
    }

    /// Whether the tool answers otherwise than Kafka's does.
    pub(super) const fn is_ours(self) -> bool {
        self.json || self.strict
    }
}

/// Something that went wrong on the way.
#[derive(Clone, Debug, Serialize)]
struct Trouble {
    /// Java's class for it; empty if there is none.
    exception: String,
    message: String,
}

#[derive(Default)]
struct Told {
    mode: Mode,
    form: Option<&'static Form>,
    kind: Option<&'static str>,
    rows: Vec<Value>,
    whole: Option<Value>,
    /// What was found or done.
    good: usize,
    troubles: Vec<Trouble>,
    unreachable: bool,
    usage: bool,
    helped: bool,
    gone: bool,
    asked: bool,
    fails: Option<String>,
    lines: Option<BufWriter<io::Stdout>>,
}

thread_local! {
    static TOLD: RefCell<Told> = RefCell::default();
}

/// Does something with what was told so far, if a tool runs that is to answer otherwise than Kafka's.
fn told<T: Default>(with: impl FnOnce(&mut Told) -> T) -> T {
    TOLD.with_borrow_mut(|told| if told.mode.is_ours() { with(told) } else { T::default() })
}

/// Begins to listen to a tool.
pub(super) fn begin(tool: &str, mode: Mode) {
    let form = FORMS.iter().find(|form| form.tool == tool);
    TOLD.set(Told { mode, form, ..Told::default() });
}

/// Whether the answer is to be JSON.
pub fn is_json() -> bool {
    told(|told| told.mode.json)
}

impl Told {
    fn of_kind(&mut self, kind: &'static str) {
        debug_assert!(
            self.form.is_some_and(|form| form.kinds.contains(&kind)),
            "{kind} is not among the kinds of the tool in answer_forms.rs"
        );
        self.kind.get_or_insert(kind);
    }

    fn add(&mut self, kind: &'static str, data: Value) {
        self.of_kind(kind);
        if self.form.is_some_and(|form| form.lines) {
            self.line(&json!({"schema": SCHEMA, "kind": kind, "data": data}));
        } else {
            self.rows.push(data);
        }
    }

    /// Writes one line at once; a reader that has gone away is not told again.
    fn line(&mut self, value: &dyn Display) {
        let out = self.lines.get_or_insert_with(|| BufWriter::with_capacity(64 << 10, io::stdout()));
        if writeln!(out, "{value}").is_err() {
            self.gone = true;
        }
    }

    /// The exit code of `docs/exit-codes.md` for a tool that ended with `code`.
    fn truth(&self, code: u8, stop: Option<&Stop>) -> Exit {
        let offline = self.form.is_some_and(|form| form.offline);
        let wrong_words = match stop {
            Some(Stop::Usage(_)) => true,
            // What is refused before anything was asked of anybody is the command line.
            Some(Stop::Failure(_)) => self.troubles.is_empty() && !self.asked && !offline,
            _ => false,
        };
        if self.helped || self.gone {
            return Exit::Done;
        }
        if self.usage || wrong_words {
            return Exit::Usage;
        }
        // A tool that runs until it is told to stop has done all that it was asked.
        let well = matches!(code, 0 | INTERRUPTED | TERMINATED);
        match (self.troubles.is_empty(), self.good) {
            (true, _) if self.fails.is_some() => Exit::ConditionFails,
            (true, _) if well => Exit::Done,
            (_, 0) if self.unreachable => Exit::Unreachable,
            (_, 0) => Exit::Failed,
            (_, _) => Exit::Partly,
        }
    }
}

/// What kind of rows the answer has: an empty list is an answer, too.
pub fn of(kind: &'static str) {
    told(|told| told.of_kind(kind));
}

/// A row of the answer.
pub fn row<T: Serialize>(kind: &'static str, data: impl FnOnce() -> T) {
    told(|told| {
        told.good += 1;
        if told.mode.json {
            told.add(kind, serde_json::to_value(data()).unwrap_or_default());
        }
    });
}

/// Rows of the answer, perhaps none.
pub fn rows<T: Serialize>(kind: &'static str, all: impl IntoIterator<Item = T>) {
    of(kind);
    all.into_iter().for_each(|one| row(kind, || one));
}

/// A row that counts as something done only where that is so.
pub fn count<T: Serialize>(kind: &'static str, data: T, good: bool) {
    row(kind, || data);
    told(|told| told.good -= usize::from(!good));
}

/// An answer that is one thing.
pub fn whole<T: Serialize>(kind: &'static str, data: impl FnOnce() -> T) {
    told(|told| {
        told.good += 1;
        if told.mode.json {
            told.of_kind(kind);
            told.whole = serde_json::to_value(data()).ok();
        }
    });
}

/// Whether the reader of the lines has gone away.
pub fn is_unread() -> bool {
    told(|told| told.gone)
}

/// A line of a stream, in a form of its own.
pub fn line(data: impl FnOnce() -> Value) {
    told(|told| {
        told.good += 1;
        if told.mode.json {
            told.line(&data());
        }
    });
}

/// A line that is JSON already, for a reader that waits for it; a reader that has gone away is an error.
pub(super) fn event(text: &str) -> io::Result<()> {
    told(|told| {
        if told.mode.json {
            told.line(&text);
            if let Some(lines) = &mut told.lines
                && lines.flush().is_err()
            {
                told.gone = true;
            }
        }
    });
    if is_unread() { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
}

/// Something that was found or done, and has its line elsewhere.
pub(super) fn good() {
    told(|told| told.good += 1);
}

/// Lets the reader have the lines so far.
pub fn flush() {
    told(|told| {
        if let Some(lines) = &mut told.lines {
            let _ = lines.flush();
        }
    });
}

/// Something that was done to a thing, `create` a `topic`.
pub fn did(action: &str, resource: &str, name: impl Display) {
    did_with(action, resource, name, Map::new());
}

/// The same with what else there is to say.
pub fn did_with(action: &str, resource: &str, name: impl Display, more: Map<String, Value>) {
    row(ACTIONS, || {
        let mut data = json!({"action": action, "resource": resource, "name": name.to_string(), "done": true});
        if let Some(fields) = data.as_object_mut() {
            fields.extend(more);
        }
        data
    });
}

/// Something that was to be done and was refused. The refusal is a trouble as well.
pub fn refused(action: &str, resource: &str, name: impl Display, why: impl Display) {
    told(|told| {
        let (name, why) = (name.to_string(), why.to_string());
        told.troubles.push(Trouble { exception: String::new(), message: format!("{name}: {why}") });
        if told.mode.json {
            told.add(
                ACTIONS,
                json!({"action": action, "resource": resource, "name": name, "done": false, "error": why}),
            );
        }
    });
}

/// An outcome of either kind.
pub fn outcome<E: Display>(action: &str, resource: &str, name: impl Display, result: Result<(), E>) {
    match result {
        Ok(()) => did(action, resource, name),
        Err(why) => refused(action, resource, name, why),
    }
}

/// What was asked about is not there, which Kafka's tools often pass over.
pub fn missing(what: impl Display) {
    trouble("", &what.to_string());
}

/// Something went wrong.
pub(super) fn trouble(exception: &str, message: &str) {
    told(|told| told.troubles.push(Trouble { exception: exception.to_owned(), message: message.to_owned() }));
}

/// The cluster was not reached, or did not answer.
pub(super) fn unreachable() {
    told(|told| told.unreachable = true);
}

/// The condition that was asked about does not hold.
pub fn fails(why: impl Display) {
    told(|told| {
        told.fails.get_or_insert_with(|| why.to_string());
    });
}

/// The command line makes no sense.
pub(super) fn usage() {
    told(|told| told.usage = true);
}

/// The help was asked for, and given.
pub(super) fn helped() {
    told(|told| told.helped = true);
}

/// From here on the tool does what it was asked.
pub(super) fn asked() {
    told(|told| told.asked = true);
}

/// The exit code: Kafka's, or the truth where that is wanted.
pub(super) fn code(code: u8, stop: Option<&Stop>) -> u8 {
    TOLD.with_borrow(|told| if told.mode.strict { told.truth(code, stop) as u8 } else { code })
}

/// Whether the tool gives a document a line, while it runs.
pub(super) fn is_lines() -> bool {
    told(|told| told.form.is_some_and(|form| form.lines))
}

/// Whether the help was asked for.
pub(super) fn is_help() -> bool {
    told(|told| told.helped)
}

/// What is to be printed of an answer as JSON.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Printed {
    /// The document for stdout; none when there is no answer.
    pub(super) answer: Option<Value>,
    /// The object for stderr; none when all went well.
    pub(super) error: Option<Value>,
}

/// Gathers the answer of a tool that ended with `code`; `out` and `err` are what it printed.
pub(super) fn gather(code: u8, stop: Option<&Stop>, out: &str, err: &str) -> Printed {
    TOLD.with_borrow_mut(|told| {
        let truth = told.truth(code, stop);
        let answer = if told.form.is_some_and(|form| form.lines) {
            None
        } else {
            let data = told.whole.take().unwrap_or_else(|| Value::Array(std::mem::take(&mut told.rows)));
            match told.kind {
                Some(kind) => Some(json!({"schema": SCHEMA, "kind": kind, "data": data})),
                None if truth == Exit::Done => {
                    let lines: Vec<&str> = out.trim_end().lines().collect();
                    Some(json!({"schema": SCHEMA, "kind": TEXT, "data": lines}))
                }
                None => None,
            }
        };
        let error = (truth != Exit::Done).then(|| told.error(truth, stop, out, err));
        Printed { answer, error }
    })
}

impl Told {
    fn error(&self, truth: Exit, stop: Option<&Stop>, out: &str, err: &str) -> Value {
        let name = match truth {
            Exit::Done | Exit::Failed => "failed",
            Exit::Usage => "usage",
            Exit::Unreachable => "unreachable",
            Exit::Partly => "partly",
            Exit::ConditionFails => "condition",
        };
        let first = |text: &str| text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned);
        let stopped = match stop {
            Some(Stop::Usage(text) | Stop::Failure(text)) => first(text),
            _ => None,
        };
        let trouble = || self.troubles.first().map(|trouble| trouble.message.clone());
        let last = || out.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned);
        let message = match truth {
            Exit::ConditionFails => self.fails.clone(),
            Exit::Usage => stopped.or_else(|| first(err)),
            _ => trouble().or(stopped).or_else(|| first(err)),
        };
        json!({"schema": SCHEMA, "kind": "error", "data": {
            "error": name,
            "exit": truth as u8,
            "message": message.or_else(last).unwrap_or_default(),
            "causes": self.troubles,
        }})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: Mode = Mode { json: true, strict: true };

    fn after(tool: &str, work: impl FnOnce()) {
        begin(tool, JSON);
        work();
    }

    fn truth(code: u8, stop: Option<Stop>) -> u8 {
        super::code(code, stop.as_ref())
    }

    #[test]
    fn the_variables_are_read_strictly() {
        assert_eq!(Mode::of("", ""), Ok(Mode::default()));
        assert_eq!(Mode::of("json", "1"), Ok(JSON));
        assert!(Mode::of("xml", "").is_err() && Mode::of("", "yes").is_err());
    }

    #[test]
    fn a_failure_that_kafkas_tool_passes_over_is_told() {
        after("kafka-consumer-groups", || missing("Consumer group 'g' does not exist."));
        assert_eq!(truth(0, None), 1);
        after("kafka-consumer-groups", || {
            row("described-groups", || json!({"group": "a"}));
            missing("Consumer group 'g' does not exist.");
        });
        assert_eq!(truth(0, None), 4);
        after("kafka-topics", || {
            unreachable();
            trouble("T", "Timed out");
        });
        assert_eq!(truth(1, Some(Stop::Exit(1))), 3);
        after("kafka-reassign-partitions", || fails("t-0 still moves"));
        assert_eq!(truth(0, None), 5);
        after("kafka-replica-verification", || fails("replicas of t-0 differ"));
        assert_eq!(truth(1, Some(Stop::Exit(1))), 5);
    }

    #[test]
    fn to_be_told_to_stop_is_no_failure_but_what_went_wrong_before_is() {
        after("kafka-verifiable-producer", good);
        assert_eq!(truth(TERMINATED, Some(Stop::Exit(TERMINATED))), 0);
        after("kafka-verifiable-producer", || {
            good();
            missing("a record was refused");
        });
        assert_eq!(truth(INTERRUPTED, Some(Stop::Exit(INTERRUPTED))), 4);
    }

    #[test]
    fn what_is_wrong_with_the_words_is_told_from_what_is_wrong_with_the_cluster() {
        after("kafka-topics", || ());
        assert_eq!(truth(1, Some(Stop::Usage("two actions".into()))), 2);
        after("kafka-topics", || ());
        assert_eq!(truth(1, Some(Stop::Failure("--bootstrap-server must be specified".into()))), 2);
        after("kafka-storage", || ());
        assert_eq!(truth(1, Some(Stop::Failure("/x is formatted already".into()))), 1);
        after("kafka-topics", asked);
        assert_eq!(truth(1, Some(Stop::Failure("no".into()))), 1);
        after("kafka-topics", helped);
        assert_eq!(truth(1, Some(Stop::Usage("about".into()))), 0);
    }

    #[test]
    fn an_answer_is_one_document_and_an_error_one_object() {
        after("kafka-topics", || {
            did("create", "topic", "a");
            refused("create", "topic", "b", "it exists");
        });
        let printed = gather(1, Some(&Stop::Exit(1)), "Created topic a.\n", "");
        assert_eq!(
            printed.answer,
            Some(json!({"schema": 1, "kind": "actions", "data": [
                {"action": "create", "resource": "topic", "name": "a", "done": true},
                {"action": "create", "resource": "topic", "name": "b", "done": false, "error": "it exists"},
            ]}))
        );
        let error = printed.error.unwrap();
        assert_eq!((&error["kind"], &error["data"]["exit"]), (&json!("error"), &json!(4)));
        assert_eq!(error["data"]["message"], "b: it exists");
    }

    #[test]
    fn a_tool_that_tells_nothing_answers_with_its_lines() {
        after("zookeeper-shell", || ());
        let printed = gather(0, None, "Connecting\n[a, b]\n", "");
        assert_eq!(printed.answer, Some(json!({"schema": 1, "kind": "text", "data": ["Connecting", "[a, b]"]})));
        assert_eq!(printed.error, None);
    }

    #[test]
    fn nothing_is_kept_for_who_answers_as_kafka_does() {
        begin("kafka-topics", Mode::default());
        row("topics", || -> Value { unreachable!("nobody asked for it") });
        missing("x");
        assert_eq!((super::code(0, None), is_json()), (0, false));
    }
}
