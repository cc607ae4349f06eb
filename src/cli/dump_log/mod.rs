//! `logbus dump-log`: partition files in words. Files print as Kafka's own tool prints them, directories as a table of
//! their segments, both as JSON lines on request.

pub(in crate::cli) mod json;
mod progress;
mod segments;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use progress::Progress;

use crate::cli::Exit;
use crate::cli::kafka::dump_log::{OPTIONS, dump_files};
use crate::cli::kafka::jopt;
use crate::cli::kafka::usage::{Stop, Streams};
use crate::ops::dump::{Decoder, DumpError, Plain};

/// The command's arguments.
#[derive(Args, Clone, Debug)]
pub struct DumpLog {
    /// Files, or directories of partitions.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Show every record with key and value.
    #[arg(short = 'p', long, visible_alias = "records")]
    print_data_log: bool,
    /// Show every record, without key and value.
    #[arg(long)]
    deep_iteration: bool,
    /// Show nothing before this offset.
    #[arg(long, value_name = "OFFSET", allow_negative_numbers = true)]
    from_offset: Option<i64>,
    /// Show nothing after this offset.
    #[arg(long, value_name = "OFFSET", allow_negative_numbers = true)]
    to_offset: Option<i64>,
    /// How to read keys and values; `auto` goes by the name of the directory.
    #[arg(long, value_enum, default_value_t = Decode::Auto)]
    decode: Decode,
    /// The same as `--decode offsets --print-data-log`.
    #[arg(long, hide = true)]
    offsets_decoder: bool,
    /// The same as `--decode transactions --print-data-log`.
    #[arg(long, hide = true)]
    transaction_log_decoder: bool,
    /// The same as `--decode metadata --print-data-log`.
    #[arg(long, hide = true)]
    cluster_metadata_decoder: bool,
    /// Only check indexes against their logs.
    #[arg(long)]
    verify_index_only: bool,
    /// Only make the check on indexes that a broker makes at start-up.
    #[arg(long)]
    index_sanity_check: bool,
    /// The form of the answer.
    #[arg(short = 'o', long, value_enum, default_value_t = Form::Text)]
    output: Form,
}

/// How keys and values are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Decode {
    /// By the name of the directory: the cluster's own topics by their records, others as text.
    Auto,
    /// UTF-8.
    Text,
    /// Records of `__consumer_offsets`.
    Offsets,
    /// Records of `__transaction_state`.
    Transactions,
    /// Records of `__cluster_metadata`.
    Metadata,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Lines and tables for people.
    Text,
    /// One JSON document a line.
    Json,
}

impl DumpLog {
    /// Runs the command; it fails when something could not be read.
    pub fn run(&self) -> Exit {
        let progress = Progress::over(self.paths.iter().map(|path| bytes_to_read(path)).sum());
        let stdout = io::stdout();
        let beside = progress.beside(stdout.lock(), stdout.is_terminal());
        let mut out = io::BufWriter::with_capacity(64 << 10, beside);
        let code = self.dump(&progress, &mut out, &mut progress.beside(io::stderr(), true));
        progress.finish();
        match out.flush() {
            Ok(()) => code,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => code,
            Err(_) => Exit::Failed,
        }
    }

    fn dump(&self, progress: &Progress, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
        let mut code = Exit::Done;
        for path in &self.paths {
            let done = if path.is_dir() && !self.wants_records() {
                segments::table(path, self.output == Form::Json, progress, out, err)
            } else if path.is_dir() {
                segments::logs(path)
                    .map_err(Trouble::from)
                    .and_then(|logs| logs.iter().try_for_each(|(log, _)| self.file(log, progress, out, err)))
            } else {
                self.file(path, progress, out, err)
            };
            match done {
                Ok(()) => {}
                Err(Trouble::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => return code,
                Err(trouble) => {
                    code = Exit::Failed;
                    let _ = out.flush();
                    let text = match trouble {
                        Trouble::Dump(error) => error.to_string(),
                        Trouble::Io(error) => format!("{}: {error}", path.display()),
                        Trouble::Said(text) => format!("{}: {text}", path.display()),
                    };
                    let hint = if path.exists() {
                        "it reads the files of a partition, or its directory, as in logbus-data/clicks-0"
                    } else {
                        "is the path right? `logbus storage info` shows what data directories hold"
                    };
                    let _ = writeln!(err, "error: {text}\nhint: {hint}");
                }
            }
        }
        code
    }

    const fn wants_records(&self) -> bool {
        self.print_data_log
            || self.deep_iteration
            || self.offsets_decoder
            || self.transaction_log_decoder
            || self.cluster_metadata_decoder
            || self.from_offset.is_some()
            || self.to_offset.is_some()
    }

    fn range(&self) -> (i64, i64) {
        (self.from_offset.unwrap_or(i64::MIN), self.to_offset.unwrap_or(i64::MAX))
    }

    fn decode(&self, path: &Path) -> Decode {
        if self.offsets_decoder {
            Decode::Offsets
        } else if self.transaction_log_decoder {
            Decode::Transactions
        } else if self.cluster_metadata_decoder {
            Decode::Metadata
        } else if self.decode == Decode::Auto {
            let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
            let folder = absolute.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
            match folder.rsplit_once('-').map(|(topic, _)| topic) {
                Some("__consumer_offsets") => Decode::Offsets,
                Some("__transaction_state") => Decode::Transactions,
                Some("__cluster_metadata") => Decode::Metadata,
                _ => Decode::Text,
            }
        } else {
            self.decode
        }
    }

    fn file(&self, path: &Path, progress: &Progress, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Trouble> {
        let dumped = self.dump_file(path, progress, out, err);
        progress.done(bytes_to_read(path));
        dumped
    }

    fn dump_file(
        &self,
        path: &Path,
        progress: &Progress,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<(), Trouble> {
        let decode = self.decode(path);
        let extension = path.extension().and_then(|extension| extension.to_str());
        if self.output == Form::Json && matches!(extension, Some("log" | "checkpoint")) {
            let decoder = match decode {
                Decode::Auto | Decode::Text => Decoder::Plain { key: Plain::Text, value: Plain::Text },
                Decode::Offsets => Decoder::Offsets,
                Decode::Transactions => Decoder::Transactions,
                Decode::Metadata => Decoder::ClusterMetadata,
            };
            let contents = self.print_data_log
                || self.offsets_decoder
                || self.transaction_log_decoder
                || self.cluster_metadata_decoder;
            return json::log(path, self.wants_records(), contents.then_some(decoder), self.range(), progress, out);
        }
        let mut words = Vec::new();
        let mut word = |on: bool, name: &str| {
            if on {
                words.push(format!("--{name}"));
            }
        };
        let contents = self.print_data_log
            || self.offsets_decoder
            || self.transaction_log_decoder
            || self.cluster_metadata_decoder;
        word(contents, "print-data-log");
        word(self.wants_records(), "deep-iteration");
        word(contents && decode == Decode::Offsets, "offsets-decoder");
        word(contents && decode == Decode::Transactions, "transaction-log-decoder");
        word(contents && decode == Decode::Metadata, "cluster-metadata-decoder");
        word(self.verify_index_only, "verify-index-only");
        word(self.index_sanity_check, "index-sanity-check");
        let options = jopt::parse(OPTIONS, &words).map_err(|error| Trouble::Said(error.to_string()))?;
        let file = path.to_string_lossy();
        let mut streams = Streams { out, err };
        let mut heard = |position| progress.at(position);
        dump_files(std::iter::once(&*file), &options, self.range(), &mut heard, &mut streams).map_err(|stop| match stop
        {
            Stop::Io(error) => Trouble::Io(error),
            Stop::Usage(text) | Stop::Failure(text) => Trouble::Said(plain_words(&text)),
            Stop::Exit(_) => Trouble::Said("the dump ended early".to_owned()),
        })
    }
}

/// Bytes of the logs that a path names: what the time goes into. Indexes and snapshots are small.
fn bytes_to_read(path: &Path) -> u64 {
    if path.is_dir() {
        return segments::logs(path).map_or(0, |logs| logs.iter().map(|(log, _)| bytes_to_read(log)).sum());
    }
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("log" | "checkpoint") => path.metadata().map_or(0, |metadata| metadata.len()),
        _ => 0,
    }
}

/// A Java exception's message without what Java puts before it.
fn plain_words(text: &str) -> String {
    let Some(rest) = text.strip_prefix("Exception in thread \"main\" ") else { return text.to_owned() };
    match rest.split_once(": ") {
        Some((class, _)) if class.ends_with("NoSuchFileException") => "there is no such file".to_owned(),
        Some((class, message)) if class.ends_with("NumberFormatException") => {
            format!("the name does not begin with the segment's base offset ({message})")
        }
        Some((_, message)) => message.to_owned(),
        None => "no batch where the index points".to_owned(),
    }
}

/// Why a path could not be shown.
enum Trouble {
    Dump(DumpError),
    Io(io::Error),
    Said(String),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble::Io(error)
    }
}

impl From<DumpError> for Trouble {
    fn from(error: DumpError) -> Trouble {
        Trouble::Dump(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        dump: DumpLog,
    }

    fn dumped(words: &[&str]) -> (Exit, String, String) {
        let words = std::iter::once("dump-log").chain(words.iter().copied());
        let cli = Cli::try_parse_from(words).unwrap();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = cli.dump.dump(&Progress::none(), &mut out, &mut err);
        (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    const TXN: &str = "tests/golden/dump-log/txn-0/00000000000000000000.log";

    #[test]
    fn files_print_as_kafkas_tool_prints_them() {
        let (code, out, _) = dumped(&[TXN, "-p", "--from-offset", "2", "--to-offset", "3"]);
        assert_eq!(code, Exit::Done);
        let offsets: Vec<&str> =
            out.lines().filter_map(|line| line.strip_prefix("| offset: ")).map(|rest| &rest[..1]).collect();
        assert_eq!(offsets, ["2", "3"]);
        assert!(out.contains(" key: k2 payload: tx0-2"));
    }

    #[test]
    fn json_is_one_document_a_line() {
        let (code, out, _) = dumped(&[TXN, "-p", "-o", "json", "--to-offset", "5"]);
        assert_eq!(code, Exit::Done);
        let lines: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["kind"], "batch");
        assert_eq!(lines[3]["headers"][0]["key"], "trace");
        assert_eq!(lines.last().unwrap()["control"]["type"], "COMMIT");
    }

    #[test]
    fn a_directory_is_a_table_of_its_segments() {
        let (code, out, err) = dumped(&["tests/golden/dump-log/torn-0"]);
        assert_eq!(code, Exit::Done);
        let lines: Vec<&str> = out.lines().collect();
        assert!(lines[0].starts_with("SEGMENT               RECORDS  BATCHES   SIZE"), "{out}");
        assert!(lines[1].contains("torn tail: "), "{out}");
        assert!(err.contains("next: logbus dump-log "), "{err}");
    }

    #[test]
    fn the_clusters_own_topics_are_decoded_by_their_directory() {
        let (_, out, _) = dumped(&["tests/golden/dump-log/__transaction_state-0", "-p"]);
        assert!(out.contains(r#"key: {"type":"0","data":{"transactionalId":"tx-1"}}"#));
    }

    #[test]
    fn what_cannot_be_read_is_one_line_a_hint_and_exit_code_1() {
        let (code, _, err) = dumped(&["tests/golden/dump-log/nowhere.log"]);
        assert_eq!(code, Exit::Failed);
        let lines: Vec<&str> = err.lines().collect();
        assert!(lines.len() == 2 && lines[0].starts_with("error: ") && lines[1].starts_with("hint: "), "{err}");
    }
}
