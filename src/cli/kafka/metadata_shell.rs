//! `kafka-metadata-shell.sh` (`org.apache.kafka.shell.MetadataShell`), which older runbooks call `kafka-metadata.sh`.
//!
//! Kafka's tool locks the data directory and refuses one in use; a segment is only ever appended to, so this one reads
//! beside a running node.

use std::path::Path;

use super::argparse::{Argument, Group, Parser, Refused, Type};
use super::usage::{KAFKA_VERSION, Stop, Streams};
use crate::cli::converse::converse;
use crate::ops::dump::DumpError;
use crate::ops::metadata_tree::{Reply, Shell, TreeError, load};

const PARSER: Parser = Parser {
    prog: "kafka-metadata-shell",
    description: "The Apache Kafka metadata shell",
    arguments: &[
        Argument::HELP,
        Argument::one(&["--snapshot", "-s"], Type::String, "SNAPSHOT", "The snapshot or log segment to read.")
            .required(),
    ],
    group: Group::None,
    before: &[],
    after: &["[command [command ...]]"],
};

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let (file, command) = match parse(args) {
        Ok(parsed) => parsed,
        Err(Refused::Help) => {
            let list = "\npositional arguments:\n  command                The command to run.\n";
            streams.out.write_all(PARSER.help_with(list).as_bytes())?;
            return Err(Stop::Exit(1));
        }
        Err(Refused::Error(message, unknown)) => {
            return Err(Stop::Failure(PARSER.error(&message, unknown.as_deref()).trim_end().to_owned()));
        }
    };
    // What is not there is told before anything is loaded.
    if command.is_empty() && Path::new(&file).exists() {
        writeln!(streams.out, "Loading...")?;
    }
    // No build of this tool is a commit of Kafka's.
    let root = load(Path::new(&file), KAFKA_VERSION, "unknown").map_err(|error| {
        let missing = match &error {
            TreeError::Dump(DumpError::Io { source, .. }) => source.kind() == std::io::ErrorKind::NotFound,
            _ => false,
        };
        let why = if missing { format!("java.nio.file.NoSuchFileException: {file}") } else { error.to_string() };
        Stop::Failure(format!("Unexpected error: {why}"))
    })?;
    let mut shell = Shell::new(root, command.is_empty());
    if !command.is_empty() {
        if let Reply::Text(text) = shell.run(&command) {
            streams.out.write_all(text.as_bytes())?;
        }
        return Ok(());
    }
    writeln!(streams.out, "Starting...\n[ Kafka Metadata Shell ]")?;
    Ok(converse(&mut shell, ">> ", &mut std::io::stdin().lock(), streams.out)?)
}

/// The file, and the words that are no options.
fn parse(args: &[String]) -> Result<(String, Vec<String>), Refused> {
    let (mut options, mut command) = (Vec::new(), Vec::new());
    let mut words = args.iter();
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            command.push(word.clone());
            continue;
        }
        options.push(word.clone());
        let takes_next = matches!(word.as_str(), "-s" | "--snapshot") || "--snapshot".starts_with(word.as_str());
        if takes_next {
            options.extend(words.next().cloned());
        }
    }
    let options = PARSER.parse(&options)?;
    Ok((options.value("--snapshot").unwrap_or_default().to_owned(), command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_stands_before_or_behind_the_file() {
        let parsed = |line: &str| parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        let expected = ("f.log".to_owned(), vec!["ls".to_owned(), "/".to_owned()]);
        assert_eq!(parsed("-s f.log ls /").unwrap(), expected);
        assert_eq!(parsed("ls / --snap f.log").unwrap(), expected);
        let refused = Refused::Error("argument --snapshot/-s is required".to_owned(), None);
        assert_eq!(parsed("ls /").unwrap_err(), refused);
        assert_eq!(parsed("-s f ls -h").unwrap_err(), Refused::Help);
    }
}
