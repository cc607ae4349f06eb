//! `kafka-server-start.sh` (`kafka.Kafka`): `logbus broker` with Kafka's words.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Map, json};

use super::answer;
use super::jopt::{Opt, Type, parse};
use super::usage::{KAFKA_VERSION, Stop, Streams, key_values, log4j};

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::required("override", Type::String, "", "A setting that goes before the file's, key=value; may be repeated."),
    Opt::flag("version", "Show the version and end."),
];

/// The script's name, as it was called; its own usage begins with it.
const SCRIPT: &str = "kafka-server-start";

/// Runs the tool: the process becomes the broker, or starts one and leaves it.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    match args.split_first() {
        None => {
            let called = std::env::args().next().filter(|word| word.contains(SCRIPT));
            let called = called.unwrap_or_else(|| format!("{SCRIPT}.sh"));
            answer::usage();
            writeln!(streams.out, "USAGE: {called} [-daemon] server.properties [--override property=value]*")?;
            Err(Stop::Exit(1))
        }
        Some((first, rest)) if first == "-daemon" => leave_running(rest),
        Some(_) => {
            let start = Start::read(args, streams)?;
            streams.out.flush()?;
            // The words by which one sees what runs, and by which it is found to be stopped.
            let error = Command::new(program()?).arg0("logbus").arg("broker").args(start.words()).exec();
            Err(Stop::Failure(format!("cannot start the broker: {error}")))
        }
    }
}

fn program() -> Result<PathBuf, Stop> {
    std::env::current_exe().map_err(|error| Stop::Failure(format!("cannot tell where this program is: {error}")))
}

/// What the class is given.
#[derive(Debug, PartialEq, Eq)]
struct Start {
    file: String,
    overrides: Vec<(String, String)>,
}

impl Start {
    fn read(args: &[String], streams: &mut Streams<'_>) -> Result<Start, Stop> {
        let asked = |word: &str| args.iter().any(|arg| arg == word);
        if asked("--help") {
            answer::helped();
        }
        let Some((file, rest)) = args.split_first().filter(|_| !asked("--help")) else {
            let text = "USAGE: java [options] kafka.Kafka server.properties [--override property=value]*";
            return Err(Stop::Usage(text.to_owned()));
        };
        if asked("--version") {
            writeln!(streams.out, "{KAFKA_VERSION}")?;
            return Err(Stop::Exit(0));
        }
        let mut fatal = |exception: &str, message: &str| -> Stop {
            answer::trouble(exception, message);
            let text = format!("Exiting Kafka due to fatal exception (kafka.Kafka$)\n{exception}: {message}");
            log4j("ERROR", text, streams.err).map_or_else(Stop::Io, |()| Stop::Exit(1))
        };
        if !Path::new(file).exists() {
            return Err(fatal("java.nio.file.NoSuchFileException", file));
        }
        let options =
            parse(OPTIONS, rest).map_err(|e| fatal(&format!("joptsimple.{}", e.exception()), &e.to_string()))?;
        if !options.stray().is_empty() {
            return Err(Stop::Usage(format!("Found non argument parameters: {}", options.stray().join(","))));
        }
        let overrides = key_values(&options.values("override")).map_err(|message| {
            answer::usage();
            fatal("java.lang.IllegalArgumentException", &message)
        })?;
        Ok(Start { file: file.clone(), overrides })
    }

    /// The same for `logbus broker`.
    fn words(&self) -> Vec<String> {
        let mut words = vec!["--config".to_owned(), self.file.clone()];
        words
            .extend(self.overrides.iter().flat_map(|(key, value)| ["--override".to_owned(), format!("{key}={value}")]));
        words
    }
}

/// Starts this tool again without a terminal, its output in `$LOG_DIR/kafkaServer.out`, and ends.
fn leave_running(args: &[String]) -> Result<(), Stop> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let directory = PathBuf::from(set("LOG_DIR").unwrap_or_else(|| "logs".to_owned()));
    let file = directory.join(format!("{}.out", daemon_name(&set("EXTRA_ARGS").unwrap_or_default())));
    let cannot = |what: &Path, error: std::io::Error| Stop::Failure(format!("{}: {error}", what.display()));
    fs::create_dir_all(&directory).map_err(|error| cannot(&directory, error))?;
    let out = File::create(&file).map_err(|error| cannot(&file, error))?;
    let err = out.try_clone().map_err(|error| cannot(&file, error))?;
    let mut command = Command::new(program()?);
    // A group of its own, so that what ends the shell does not end the broker.
    command.arg(SCRIPT).args(args).stdin(Stdio::null()).stdout(out).stderr(err).process_group(0);
    match command.spawn() {
        Ok(child) => {
            let more = Map::from_iter([("output".to_owned(), json!(file))]);
            answer::did_with("start", "process", child.id(), more);
            Ok(())
        }
        Err(error) => Err(Stop::Failure(format!("cannot start the broker: {error}"))),
    }
}

/// The name that `-name` gives among the words of `$EXTRA_ARGS`.
fn daemon_name(extra: &str) -> &str {
    let mut words = extra.split_whitespace();
    words.find(|word| *word == "-name").and_then(|_| words.next()).unwrap_or("kafkaServer")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Start, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let read = Start::read(&words, &mut Streams { out: &mut out, err: &mut err });
        read.map_err(|stop| match stop {
            Stop::Usage(text) => text,
            Stop::Exit(code) => format!("{code} {}{}", String::from_utf8_lossy(&out), String::from_utf8_lossy(&err)),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn the_words_of_kafka_are_those_of_the_broker() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().display().to_string();
        let start = read(&format!("{path} --override a=1 --override=b=x=y")).unwrap();
        assert_eq!(start.words()[1..], [path.as_str(), "--override", "a=1", "--override", "b=x=y"].map(str::to_owned));
        assert_eq!(read(&format!("{path} c d")).unwrap_err(), "Found non argument parameters: c,d");
        assert!(read(&format!("{path} --foo")).unwrap_err().ends_with(
            "ERROR Exiting Kafka due to fatal exception (kafka.Kafka$)\njoptsimple.UnrecognizedOptionException: foo is not a recognized option\n"
        ));
        assert!(read(&format!("{path} --override a")).unwrap_err().contains("Invalid command line properties: a"));
        assert!(
            read("nowhere.properties")
                .unwrap_err()
                .ends_with("java.nio.file.NoSuchFileException: nowhere.properties\n")
        );
        assert_eq!(read("nowhere.properties --version").unwrap_err(), "0 4.3.1\n");
    }

    #[test]
    fn the_output_of_a_daemon_is_named_as_the_script_names_it() {
        assert_eq!(daemon_name(""), "kafkaServer");
        assert_eq!(daemon_name("-loggc -name second"), "second");
    }
}
