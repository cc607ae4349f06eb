//! `logbus dump-log`: partition files in words. Files print as Kafka's own tool prints them, directories as a table of
//! their segments, both in other forms on request; sums of who wrote; and indexes made anew.

pub(in crate::cli) mod lines;
mod pieces;
mod progress;
mod rebuild;
mod segments;
mod summary;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use pieces::{Piece, Pieces};
use progress::{InFile, Progress};
use summary::Summary;

use super::error::{CliError, Exit};
use super::human;
use super::output::Output;
use crate::cli::kafka::dump_log::{OPTIONS, dump_files};
use crate::cli::kafka::jopt;
use crate::cli::kafka::usage::{Stop, Streams};
use crate::model::TimestampMs;
use crate::ops::dump::{Decoder, DumpError, Filter, KeyMatch, Plain, cores, expand, in_order, partitions};

/// The command's arguments.
#[derive(Args, Clone, Debug)]
pub struct DumpLog {
    /// Files, directories of partitions, data directories; * ? and [] in quotes name several
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Show every record with key and value.
    #[arg(short = 'p', long, visible_alias = "records")]
    print_data_log: bool,
    /// Show every record, without key and value.
    #[arg(long)]
    deep_iteration: bool,
    /// Show nothing before this offset.
    #[arg(long, value_name = "OFFSET", allow_negative_numbers = true, help_heading = "Filters")]
    from_offset: Option<i64>,
    /// Show nothing after this offset.
    #[arg(long, value_name = "OFFSET", allow_negative_numbers = true, help_heading = "Filters")]
    to_offset: Option<i64>,
    /// Show no record from before this time: 2026-11-22T14:00:00Z, @1700000000, -1h
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = "Filters")]
    from_time: Option<String>,
    /// Show no record from after this time
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = "Filters")]
    to_time: Option<String>,
    /// Show records with this key only
    #[arg(long, value_name = "KEY", group = "keys", help_heading = "Filters")]
    key: Option<String>,
    /// Show records with keys that begin so only
    #[arg(long, value_name = "START", group = "keys", help_heading = "Filters")]
    key_prefix: Option<String>,
    /// Show records only in whose keys this is found
    #[arg(long, value_name = "REGEX", group = "keys", help_heading = "Filters")]
    key_regex: Option<regex::bytes::Regex>,
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
    /// Sum up who wrote, or how transactions ended, instead of showing what was written
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with_all = ["keys", "print_data_log", "deep_iteration"])]
    summary: Option<Summary>,
    /// Make offset, time and transaction indexes anew where they are missing or not as their log says; the broker must
    /// be down
    #[arg(long, conflicts_with_all = ["summary", "keys", "from_offset", "to_offset", "from_time", "to_time"])]
    rebuild_indexes: bool,
    /// Show what --rebuild-indexes would do
    #[arg(long, requires = "rebuild_indexes")]
    dry_run: bool,
    /// The setting index.interval.bytes of the log that --rebuild-indexes works on
    #[arg(long, value_name = "BYTES", default_value_t = 4096, requires = "rebuild_indexes")]
    index_interval_bytes: u32,
    #[command(flatten)]
    output: Output,
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
    /// Records of `__share_group_state`.
    ShareState,
    /// Records of `__remote_log_metadata`.
    RemoteLog,
    /// Records of `__cluster_metadata`.
    Metadata,
}

/// What is done with a run of paths.
enum Work {
    /// A table of the segments in these directories.
    Table(Vec<PathBuf>),
    /// The contents of these files.
    Files(Vec<PathBuf>),
}

impl DumpLog {
    /// Runs the command; it fails when something could not be read.
    ///
    /// # Errors
    /// When the words do not go together.
    pub fn run(&self) -> Result<Exit, CliError> {
        let filter = self.filter()?;
        let stdout = io::stdout();
        let mut paths = Vec::new();
        let mut code = Exit::Done;
        for path in &self.paths {
            match expand(path) {
                Ok(found) => paths.extend(found),
                Err(error) => code = tell(path, Trouble::Io(error), &mut io::stderr()),
            }
        }
        let progress = Progress::over(paths.iter().map(|path| all_bytes(path)).sum());
        let beside = progress.beside(stdout.lock(), stdout.is_terminal());
        let mut out = io::BufWriter::with_capacity(64 << 10, beside);
        let done = self.dump(&paths, &filter, &progress, &mut out, &mut progress.beside(io::stderr(), true))?;
        progress.finish();
        let code = if code == Exit::Done { done } else { code };
        match out.flush() {
            Ok(()) => Ok(code),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(code),
            Err(_) => Ok(Exit::Failed),
        }
    }

    fn filter(&self) -> Result<Filter, CliError> {
        let now = TimestampMs::now().0;
        let time = |text: &Option<String>| {
            text.as_deref().map(|text| human::parse_time(text, now)).transpose().map_err(CliError::usage)
        };
        let (from, to) = (time(&self.from_time)?, time(&self.to_time)?);
        let times = (from.is_some() || to.is_some()).then(|| from.unwrap_or(i64::MIN)..=to.unwrap_or(i64::MAX));
        let exact = self.key.as_ref().map(|key| KeyMatch::Exact(key.clone().into_bytes()));
        let prefix = self.key_prefix.as_ref().map(|start| KeyMatch::Prefix(start.clone().into_bytes()));
        let pattern = self.key_regex.clone().map(KeyMatch::Pattern);
        let offsets = self.from_offset.unwrap_or(i64::MIN)..=self.to_offset.unwrap_or(i64::MAX);
        Ok(Filter { offsets, times, key: exact.or(prefix).or(pattern) })
    }

    fn dump(
        &self,
        paths: &[PathBuf],
        filter: &Filter,
        progress: &Progress,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<Exit, CliError> {
        let mut code = Exit::Done;
        if self.rebuild_indexes || self.summary.is_some() {
            let directories = self.directories(paths, &mut code, err);
            let done = match self.summary {
                _ if directories.is_empty() => return Ok(code),
                None => rebuild::run(
                    &directories.into_iter().map(|(directory, _)| directory).collect::<Vec<_>>(),
                    self.index_interval_bytes,
                    self.dry_run,
                    &self.output,
                    progress,
                    out,
                    err,
                ),
                Some(summary) => {
                    let logs: Vec<_> = directories.into_iter().map(|(_, logs)| logs).collect();
                    summary::print(summary, &logs, filter, &self.output, progress, out)
                }
            };
            return match done {
                Ok(()) => Ok(code),
                Err(Trouble::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(code),
                Err(Trouble::Cli(error)) => Err(error),
                Err(Trouble::Said(text)) if self.rebuild_indexes => Err(CliError::failed(text)
                    .with_hint("stop the broker first: while it runs, it keeps its indexes itself")),
                Err(trouble) => Err(CliError::failed(trouble.to_string())),
            };
        }
        for work in self.work(paths, &mut code, err) {
            let done = match work {
                Work::Table(directories) => segments::table(&directories, &self.output, progress, out, err),
                Work::Files(files) => self.files(&files, filter, progress, &mut code, out, err),
            };
            match done {
                Ok(()) => {}
                Err(Trouble::Cli(error)) => return Err(error),
                Err(Trouble::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(code),
                Err(trouble) => {
                    let _ = out.flush();
                    code = tell(paths.first().map_or(Path::new(""), PathBuf::as_path), trouble, err);
                }
            }
        }
        Ok(code)
    }

    /// The directories that are named, or whose segments are, with these segments. What is neither is told.
    fn directories(&self, paths: &[PathBuf], code: &mut Exit, err: &mut dyn Write) -> Vec<(PathBuf, Vec<PathBuf>)> {
        let mut found: Vec<(PathBuf, Vec<PathBuf>)> = Vec::new();
        for path in paths {
            let is_log = path.extension().is_some_and(|extension| extension == "log") && path.is_file();
            let named = if is_log {
                let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
                Ok(vec![(parent.to_path_buf(), vec![path.clone()])])
            } else {
                directories_of(path).map(|all| {
                    let logs = |dir: &PathBuf| logs_of(dir).unwrap_or_default();
                    all.into_iter().map(|dir| (dir.clone(), logs(&dir))).collect()
                })
            };
            match named {
                Ok(all) => {
                    for (directory, logs) in all {
                        match found.iter_mut().find(|(known, _)| *known == directory) {
                            Some((_, known)) => {
                                known.extend(logs.into_iter().filter(|log| !known.contains(log)).collect::<Vec<_>>())
                            }
                            None => found.push((directory, logs)),
                        }
                    }
                }
                Err(trouble) => *code = tell(path, trouble, err),
            }
        }
        found
    }

    /// The paths in their order, as runs of directories and of files. What is neither is told.
    fn work(&self, paths: &[PathBuf], code: &mut Exit, err: &mut dyn Write) -> Vec<Work> {
        let mut all = Vec::new();
        for path in paths {
            if !path.is_dir() {
                push_file(&mut all, path.clone());
                continue;
            }
            match directories_of(path) {
                Ok(directories) if self.wants_records() => {
                    for directory in directories {
                        logs_of(&directory).unwrap_or_default().into_iter().for_each(|log| push_file(&mut all, log));
                    }
                }
                Ok(directories) => match all.last_mut() {
                    Some(Work::Table(run)) => run.extend(directories),
                    _ => all.push(Work::Table(directories)),
                },
                Err(trouble) => *code = tell(path, trouble, err),
            }
        }
        all
    }

    /// Dumps files side by side, and tells what they have to say in their order.
    fn files(
        &self,
        files: &[PathBuf],
        filter: &Filter,
        progress: &Progress,
        code: &mut Exit,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<(), Trouble> {
        self.output.check_stream()?;
        if !self.output.is_table() {
            out.write_all(lines::header(&self.output)?.as_bytes())?;
        }
        let mut broken = Ok(());
        in_order(
            files,
            cores(),
            |path, put| {
                let pieces = Pieces::new(put);
                let mut heard = progress.file(bytes_to_read(path));
                let done = self.file(path, filter, &mut heard, &mut pieces.answer(), &mut pieces.talk());
                pieces.end(done);
            },
            |path, piece| {
                let told = match piece {
                    Piece::Answer(bytes) => out.write_all(&bytes),
                    Piece::Talk(bytes) => out.flush().and_then(|()| err.write_all(&bytes)),
                    Piece::Trouble(Trouble::Cli(error)) => {
                        broken = Err(Trouble::Cli(error));
                        return false;
                    }
                    Piece::Trouble(trouble) => {
                        let flushed = out.flush();
                        *code = tell(path, trouble, err);
                        flushed
                    }
                };
                if let Err(error) = told {
                    broken = Err(Trouble::Io(error));
                    return false;
                }
                true
            },
        );
        broken
    }

    const fn wants_contents(&self) -> bool {
        self.print_data_log || self.offsets_decoder || self.transaction_log_decoder || self.cluster_metadata_decoder
    }

    const fn wants_records(&self) -> bool {
        self.wants_contents()
            || self.deep_iteration
            || self.from_offset.is_some()
            || self.to_offset.is_some()
            || self.from_time.is_some()
            || self.to_time.is_some()
            || self.key.is_some()
            || self.key_prefix.is_some()
            || self.key_regex.is_some()
    }

    fn decode(&self, path: &Path) -> Decode {
        if self.offsets_decoder {
            Decode::Offsets
        } else if self.transaction_log_decoder {
            Decode::Transactions
        } else if self.cluster_metadata_decoder {
            Decode::Metadata
        } else if self.decode == Decode::Auto {
            match partition_of(path).rsplit_once('-').map(|(topic, _)| topic) {
                Some("__consumer_offsets") => Decode::Offsets,
                Some("__transaction_state") => Decode::Transactions,
                Some("__share_group_state") => Decode::ShareState,
                Some("__remote_log_metadata") => Decode::RemoteLog,
                Some("__cluster_metadata") => Decode::Metadata,
                _ => Decode::Text,
            }
        } else {
            self.decode
        }
    }

    fn file(
        &self,
        path: &Path,
        filter: &Filter,
        progress: &mut InFile<'_>,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<(), Trouble> {
        let decode = self.decode(path);
        let extension = path.extension().and_then(|extension| extension.to_str());
        if !self.output.is_table() {
            return self.lines(path, extension, decode, filter, progress, out);
        }
        let mut words = Vec::new();
        let mut word = |on: bool, name: &str| {
            if on {
                words.push(format!("--{name}"));
            }
        };
        let contents = self.wants_contents();
        word(contents, "print-data-log");
        word(self.wants_records(), "deep-iteration");
        word(contents && decode == Decode::Offsets, "offsets-decoder");
        word(contents && decode == Decode::Transactions, "transaction-log-decoder");
        word(contents && decode == Decode::ShareState, "share-group-state-decoder");
        word(contents && decode == Decode::RemoteLog, "remote-log-metadata-decoder");
        word(contents && decode == Decode::Metadata, "cluster-metadata-decoder");
        word(self.verify_index_only, "verify-index-only");
        word(self.index_sanity_check, "index-sanity-check");
        let options = jopt::parse(OPTIONS, &words).map_err(|error| Trouble::Said(error.to_string()))?;
        let file = path.to_string_lossy();
        let mut streams = Streams { out, err };
        let mut heard = |position| progress.at(position);
        dump_files(std::iter::once(&*file), &options, filter, &mut heard, &mut streams).map_err(|stop| match stop {
            Stop::Io(error) => Trouble::Io(error),
            Stop::Usage(text) | Stop::Failure(text) => Trouble::Said(plain_words(&text)),
            Stop::Exit(_) => Trouble::Said("the dump ended early".to_owned()),
        })
    }

    fn lines(
        &self,
        path: &Path,
        extension: Option<&str>,
        decode: Decode,
        filter: &Filter,
        progress: &mut InFile<'_>,
        out: &mut dyn Write,
    ) -> Result<(), Trouble> {
        if self.verify_index_only || self.index_sanity_check {
            let error = CliError::usage("the checks of indexes answer in the words of Kafka's tool, without -o");
            return Err(Trouble::Cli(error.with_hint("--rebuild-indexes --dry-run checks them, in every form")));
        }
        if matches!(extension, Some("log" | "checkpoint")) {
            let decoder = match decode {
                Decode::Auto | Decode::Text => Decoder::Plain { key: Plain::Text, value: Plain::Text },
                Decode::Offsets => Decoder::Offsets,
                Decode::Transactions => Decoder::Transactions,
                Decode::ShareState => Decoder::ShareGroupState,
                Decode::RemoteLog => Decoder::RemoteLogMetadata,
                Decode::Metadata => Decoder::ClusterMetadata,
            };
            let decoder = self.wants_contents().then_some(decoder);
            let wanted = lines::Wanted { deep: self.wants_records(), decoder, filter, output: &self.output };
            return lines::log(path, &wanted, progress, out);
        }
        if !matches!(self.output.format, super::output::Format::Json | super::output::Format::Yaml) {
            return Err(Trouble::Said(
                "csv and names are of records: indexes and snapshots take json or yaml".to_owned(),
            ));
        }
        match lines::entries(path, &self.output, out)? {
            true => Ok(()),
            false => Err(Trouble::Said("this is no log, index or snapshot".to_owned())),
        }
    }
}

fn push_file(all: &mut Vec<Work>, file: PathBuf) {
    match all.last_mut() {
        Some(Work::Files(run)) => run.push(file),
        _ => all.push(Work::Files(vec![file])),
    }
}

/// The partitions' directories that a path stands for.
fn directories_of(path: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let found = partitions(path)?;
    if found.is_empty() {
        return Err(Trouble::Said("there is no segment in this directory".to_owned()));
    }
    Ok(found)
}

fn logs_of(directory: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(crate::ops::dump::segments(directory)?.into_iter().map(|(log, _)| log).collect())
}

/// The name of the directory that a file is in: its partition's.
pub(in crate::cli) fn partition_of(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    absolute.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Tells in a line and a hint why a path could not be shown.
fn tell(path: &Path, trouble: Trouble, err: &mut dyn Write) -> Exit {
    let text = match trouble {
        Trouble::Dump(error) => error.to_string(),
        Trouble::Io(error) => format!("{}: {error}", path.display()),
        Trouble::Said(text) => format!("{}: {text}", path.display()),
        Trouble::Cli(error) => error.to_string(),
    };
    let hint = if path.exists() {
        "it reads the files of a partition, or its directory, as in logbus-data/clicks-0"
    } else {
        "is the path right? `logbus storage info` shows what data directories hold"
    };
    let _ = writeln!(err, "error: {text}\nhint: {hint}");
    Exit::Failed
}

/// Bytes of the logs that a path names: what the time goes into.
fn all_bytes(path: &Path) -> u64 {
    if !path.is_dir() {
        return bytes_to_read(path);
    }
    let directories = partitions(path).unwrap_or_default();
    directories.iter().flat_map(|dir| logs_of(dir).unwrap_or_default()).map(|log| bytes_to_read(&log)).sum()
}

/// Bytes of a log. Indexes and snapshots are small.
fn bytes_to_read(path: &Path) -> u64 {
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
#[derive(Debug)]
enum Trouble {
    Dump(DumpError),
    Io(io::Error),
    Said(String),
    Cli(CliError),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::Dump(error) => error.fmt(f),
            Trouble::Io(error) => error.fmt(f),
            Trouble::Said(text) => f.write_str(text),
            Trouble::Cli(error) => error.fmt(f),
        }
    }
}

impl From<CliError> for Trouble {
    fn from(error: CliError) -> Trouble {
        Trouble::Cli(error)
    }
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
        let filter = cli.dump.filter().unwrap();
        let code = cli.dump.dump(&cli.dump.paths, &filter, &Progress::none(), &mut out, &mut err).unwrap();
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

    #[test]
    fn filters_choose_records_and_the_batches_that_have_them() {
        let (_, out, _) = dumped(&[TXN, "-p", "-o", "json", "--key", "k2"]);
        let lines: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.iter().map(|l| l["kind"].as_str().unwrap()).collect::<Vec<_>>()[..2], ["batch", "record"]);
        assert!(lines.iter().filter(|l| l["kind"] == "record").all(|l| l["key"] == "k2"), "{out}");
        let (_, out, _) = dumped(&[TXN, "-p", "--key-regex", "^k[0-9]$", "--to-offset", "1"]);
        assert_eq!(out.lines().filter(|line| line.starts_with("| offset: ")).count(), 2, "{out}");
        let (_, out, _) = dumped(&[TXN, "-o", "name", "--from-offset", "2", "--to-offset", "3"]);
        assert_eq!(out, "txn-0:2\ntxn-0:3\n");
        let (_, none, _) = dumped(&[TXN, "-o", "name", "--from-time", "2100-01-01"]);
        assert_eq!(none, "");
    }

    #[test]
    fn several_files_are_told_in_their_order_and_rows_take_columns() {
        let lz4 = "tests/golden/dump-log/lz4-0/00000000000000000000.log";
        let gzip = "tests/golden/dump-log/gzip-0";
        let (code, out, _) = dumped(&[lz4, gzip, lz4, "-p", "-o", "csv", "--columns", "partition,offset,key"]);
        assert_eq!(code, Exit::Done);
        let partitions: Vec<&str> = out.lines().map(|line| line.split(',').next().unwrap()).collect();
        assert_eq!(partitions[0], "PARTITION");
        let mut runs = partitions[1..].to_vec();
        runs.dedup();
        assert_eq!(runs, ["lz4-0", "gzip-0", "lz4-0"], "{out}");
    }

    #[test]
    fn directories_are_one_table_and_a_summary_tells_of_transactions() {
        let (_, out, _) = dumped(&["tests/golden/dump-log/lz4-0", "tests/golden/dump-log/gzip-0", "-o", "csv"]);
        let firsts: Vec<&str> = out.lines().map(|line| line.split(',').next().unwrap()).collect();
        assert_eq!(firsts, ["PARTITION", "lz4-0", "gzip-0"]);
        let (_, out, _) = dumped(&["tests/golden/dump-log/txn-0", "--summary", "transactions", "-o", "json"]);
        let document: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(document["kind"], "transactions");
        assert_eq!(document["data"][0]["partition"], "txn-0");
        assert!(document["data"].as_array().unwrap().iter().any(|t| t["state"] == "committed"), "{out}");
    }

    #[test]
    fn indexes_are_made_anew_unless_a_broker_has_the_directory() {
        let data = tempfile::tempdir().unwrap();
        let partition = data.path().join("txn-0");
        std::fs::create_dir(&partition).unwrap();
        std::fs::write(data.path().join("meta.properties"), "").unwrap();
        for file in ["00000000000000000000.log", "00000000000000000000.index", "00000000000000000000.timeindex"] {
            std::fs::copy(Path::new("tests/golden/dump-log/txn-0").join(file), partition.join(file)).unwrap();
        }
        let times = partition.join("00000000000000000000.timeindex");
        let before = std::fs::read(&times).unwrap();
        std::fs::remove_file(&times).unwrap();
        let words = [partition.to_str().unwrap(), "--rebuild-indexes"];
        let (_, out, err) = dumped(&[&words[..], &["--dry-run"]].concat());
        assert!(out.contains("missing") && err.contains("Nothing was changed") && !times.exists(), "{out}{err}");
        let (_, out, err) = dumped(&words);
        assert!(out.contains("rebuilt") && err.starts_with("made "), "{out}{err}");
        assert_eq!(std::fs::read(&times).unwrap(), before);
        let lock = crate::log::files::DirLock::try_acquire(data.path()).unwrap();
        let cli = Cli::try_parse_from(["dump-log"].iter().chain(&words)).unwrap();
        let refused =
            cli.dump.dump(&cli.dump.paths, &Filter::default(), &Progress::none(), &mut Vec::new(), &mut Vec::new());
        assert!(refused.unwrap_err().to_string().contains("is locked by a broker"));
        drop(lock);
    }
}
