//! The Kafka dialect: Kafka's own tools by name, with their parsers, texts, streams and exit codes. A file a tool.
//!
//! A tool here parses, calls `ops`, and prints; it holds no logic that the native commands would need too.

pub mod acls;
pub mod admin;
pub mod answer;
pub mod answer_forms;
pub mod argparse;
pub mod argparse_commands;
pub mod broker_api_versions;
pub mod client_metrics;
pub mod cluster;
pub mod cluster_tool;
pub mod configs;
mod configs_run;
pub mod console_consumer;
pub mod console_producer;
pub mod console_share_consumer;
pub mod consumer_perf;
mod consumer_perf_report;
mod date_format;
pub mod delegation_tokens;
pub mod delete_records;
pub mod dump_log;
pub mod e2e_latency;
pub mod features;
mod formatter;
pub mod get_offsets;
pub mod groups;
mod groups_list;
mod groups_text;
pub mod java;
pub mod jopt;
mod jvm_only;
pub mod leader_election;
mod line_reader;
pub mod log_dirs;
pub mod metadata_quorum;
pub mod metadata_shell;
mod offset_deletion;
pub mod producer_perf;
mod producer_perf_plan;
mod producer_perf_stats;
mod random;
pub mod reassign_partitions;
mod reassign_text;
pub mod replica_verification;
mod run_class;
pub mod server_start;
pub mod server_stop;
pub mod share_consumer_perf;
pub mod share_groups;
mod share_groups_text;
pub mod storage;
mod storage_format;
mod storage_scram;
pub mod streams_groups;
mod streams_groups_act;
mod streams_groups_text;
pub mod streams_reset;
pub mod topics;
pub mod transactions;
pub mod usage;
mod verifiable;
pub mod verifiable_consumer;
pub mod verifiable_producer;
pub mod verifiable_share_consumer;
pub mod zookeeper_shell;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use jopt::Opt;
use usage::{Stop, Streams};

use crate::ops::profiles::{ProfileError, Profiles};

/// One of Kafka's tools.
struct Tool {
    name: &'static str,
    /// For the table behind a usage error; empty where the tool prints its own usage.
    options: &'static [Opt],
    run: fn(&[String], &mut Streams<'_>) -> Result<(), Stop>,
}

const TOOLS: &[Tool] = &[
    Tool { name: "kafka-acls", options: acls::OPTIONS, run: acls::run },
    Tool { name: "kafka-broker-api-versions", options: broker_api_versions::OPTIONS, run: broker_api_versions::run },
    Tool { name: "kafka-client-metrics", options: client_metrics::OPTIONS, run: client_metrics::run },
    Tool { name: "kafka-cluster", options: &[], run: cluster_tool::run },
    Tool { name: "kafka-configs", options: configs::OPTIONS, run: configs::run },
    Tool { name: "kafka-console-consumer", options: console_consumer::OPTIONS, run: console_consumer::run },
    Tool { name: "kafka-console-producer", options: console_producer::OPTIONS, run: console_producer::run },
    Tool {
        name: "kafka-console-share-consumer",
        options: console_share_consumer::OPTIONS,
        run: console_share_consumer::run,
    },
    Tool { name: "kafka-consumer-groups", options: groups::OPTIONS, run: groups::run },
    Tool { name: "kafka-consumer-perf-test", options: consumer_perf::OPTIONS, run: consumer_perf::run },
    Tool { name: "kafka-delegation-tokens", options: delegation_tokens::OPTIONS, run: delegation_tokens::run },
    Tool { name: "kafka-delete-records", options: delete_records::OPTIONS, run: delete_records::run },
    Tool { name: "kafka-dump-log", options: dump_log::OPTIONS, run: dump_log::run },
    Tool { name: "kafka-e2e-latency", options: e2e_latency::OPTIONS, run: e2e_latency::run },
    Tool { name: "kafka-features", options: &[], run: features::run },
    Tool { name: "kafka-get-offsets", options: get_offsets::OPTIONS, run: get_offsets::run },
    Tool { name: "kafka-groups", options: groups_list::OPTIONS, run: groups_list::run },
    Tool { name: "kafka-leader-election", options: leader_election::OPTIONS, run: leader_election::run },
    Tool { name: "kafka-log-dirs", options: log_dirs::OPTIONS, run: log_dirs::run },
    Tool { name: "kafka-metadata", options: &[], run: metadata_shell::run },
    Tool { name: "kafka-metadata-quorum", options: &[], run: metadata_quorum::run },
    Tool { name: "kafka-metadata-shell", options: &[], run: metadata_shell::run },
    Tool { name: "kafka-producer-perf-test", options: &[], run: producer_perf::run },
    Tool { name: "kafka-reassign-partitions", options: reassign_partitions::OPTIONS, run: reassign_partitions::run },
    Tool { name: "kafka-replica-verification", options: replica_verification::OPTIONS, run: replica_verification::run },
    Tool { name: "kafka-server-start", options: server_start::OPTIONS, run: server_start::run },
    Tool { name: "kafka-server-stop", options: &[], run: server_stop::run },
    Tool {
        name: "kafka-share-consumer-perf-test",
        options: share_consumer_perf::OPTIONS,
        run: share_consumer_perf::run,
    },
    Tool { name: "kafka-share-groups", options: share_groups::OPTIONS, run: share_groups::run },
    Tool { name: "kafka-storage", options: &[], run: storage::run },
    Tool { name: "kafka-streams-application-reset", options: streams_reset::OPTIONS, run: streams_reset::run },
    Tool { name: "kafka-streams-groups", options: streams_groups::OPTIONS, run: streams_groups::run },
    Tool { name: "kafka-topics", options: topics::OPTIONS, run: topics::run },
    Tool { name: "kafka-transactions", options: &[], run: transactions::run },
    Tool { name: "kafka-verifiable-consumer", options: &[], run: verifiable_consumer::run },
    Tool { name: "kafka-verifiable-producer", options: &[], run: verifiable_producer::run },
    Tool { name: "kafka-verifiable-share-consumer", options: &[], run: verifiable_share_consumer::run },
    Tool { name: "zookeeper-shell", options: &[], run: zookeeper_shell::run },
];

/// The names of the tools that there are, without `.sh`.
pub fn names() -> impl Iterator<Item = &'static str> {
    TOOLS.iter().map(|tool| tool.name)
}

/// The options of a tool; none where it has a parser of its own, or there is no such tool.
pub fn options(name: &str) -> &'static [Opt] {
    find(name).map_or(&[], |tool| tool.options)
}

/// Whether `name`, perhaps with a path before and `.sh` behind, is one of the tools.
pub fn is_tool(name: &str) -> bool {
    find(name).is_some() || base(name) == run_class::NAME || jvm_only::reason(base(name)).is_some()
}

/// A name without path and `.sh`.
fn base(name: &str) -> &str {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.strip_suffix(".sh").unwrap_or(name)
}

fn find(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.name == base(name))
}

/// Lays the settings of the profile that LOGBUS_PROFILE names under those of the tool.
fn use_profile() -> Result<(), ProfileError> {
    if let Some(name) = std::env::var("LOGBUS_PROFILE").ok().filter(|name| !name.is_empty()) {
        crate::client::set_base(Profiles::of_user()?.load(&name)?);
    }
    Ok(())
}

/// Runs a tool as its own `main` would run: `args` are the words after its name.
pub fn run(tool_name: &str, args: Vec<OsString>) -> ExitCode {
    if base(tool_name) == run_class::NAME {
        return run_by_class(args);
    }
    let Some(tool) = find(tool_name) else {
        if let Some(reason) = jvm_only::reason(base(tool_name)) {
            note!("{}: {reason}.", base(tool_name));
            return ExitCode::from(1);
        }
        let known: Vec<&str> = names().collect();
        note!("error: there is no tool {tool_name}\nhint: the Kafka tools here are {}", known.join(", "));
        return ExitCode::from(2);
    };
    if let Err(error) = use_profile() {
        note!("LOGBUS_PROFILE: {error}");
        return ExitCode::from(1);
    }
    let mode = match answer::Mode::of_environment() {
        Ok(mode) => mode,
        Err(wrong) => {
            note!("error: {wrong}\nhint: docs/kafka-tools.md has both variables");
            return ExitCode::from(2);
        }
    };
    let args: Vec<String> = args.into_iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
    answer::begin(tool.name, mode);
    ExitCode::from(if mode.json { as_json(tool, &args) } else { as_kafka(tool, &args) })
}

/// Prints what Kafka's tool prints.
fn as_kafka(tool: &Tool, args: &[String]) -> u8 {
    let stdout = io::stdout();
    let mut out = io::BufWriter::with_capacity(64 << 10, stdout.lock());
    let mut streams = Streams { out: &mut out, err: &mut io::stderr() };
    let result = (tool.run)(args, &mut streams);
    let stop = match (result, streams.out.flush()) {
        (Ok(()), Ok(())) => return answer::code(0, None),
        (Err(stop), _) => stop,
        (Ok(()), Err(error)) => Stop::Io(error),
    };
    answer::code(stop.finish(tool.options, &mut streams), Some(&stop))
}

/// Prints the answer as JSON: one document on stdout, and on stderr one object for what went wrong.
fn as_json(tool: &Tool, args: &[String]) -> u8 {
    // Of the text beside lines only help is shown, and that stands at its beginning.
    let (mut out, mut err) = (Head { kept: Vec::new(), room: answer::is_lines().then_some(HELP_BYTES) }, Vec::new());
    let stop = (tool.run)(args, &mut Streams { out: &mut out, err: &mut err }).err();
    let out = out.kept;
    if answer::is_help() {
        let mut streams = Streams { out: &mut io::stdout(), err: &mut io::stderr() };
        let shown = streams.out.write_all(&out).and_then(|()| streams.out.flush());
        let code = stop.as_ref().map_or(0, |stop| stop.finish(tool.options, &mut streams));
        return if shown.is_ok() { answer::code(code, stop.as_ref()) } else { 1 };
    }
    let code = match &stop {
        None => 0,
        Some(Stop::Exit(code)) => *code,
        Some(Stop::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Some(_) => 1,
    };
    let (out, err) = (String::from_utf8_lossy(&out), String::from_utf8_lossy(&err));
    let printed = answer::gather(code, stop.as_ref(), &out, &err);
    answer::flush();
    if let Some(document) = &printed.answer
        && let Err(error) = print_document(document)
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        return 1;
    }
    match &printed.error {
        Some(error) => note!("{error}"),
        None if err.trim().is_empty() => {}
        None => note!("{}", err.trim()),
    }
    answer::code(code, stop.as_ref())
}

/// More than the help of any tool.
const HELP_BYTES: usize = 64 << 10;

/// The beginning of a text, or the whole of it.
struct Head {
    kept: Vec<u8>,
    room: Option<usize>,
}

impl io::Write for Head {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.room.map_or(bytes.len(), |room| room.saturating_sub(self.kept.len()));
        self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn print_document(document: &serde_json::Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, document)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Runs the tool of the class that `args` begin with.
fn run_by_class(args: Vec<OsString>) -> ExitCode {
    let words: Vec<String> = args.into_iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let Some((class, rest)) = run_class::split(&words) else {
        println!("USAGE: kafka-run-class [-daemon] [-name servicename] [-loggc] classname [opts]");
        return ExitCode::FAILURE;
    };
    match run_class::tool_of(class).filter(|tool| is_tool(tool)) {
        Some(tool) => run(tool, rest.iter().map(OsString::from).collect()),
        None => {
            note!("error: no tool here stands for the class {class}");
            ExitCode::FAILURE
        }
    }
}
