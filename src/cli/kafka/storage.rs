//! `kafka-storage.sh` (`kafka.tools.StorageTool`).

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::answer;
use super::argparse::{Argument, Group, Parser, Type};
use super::argparse_commands::{Command, Commands};
use super::features::{DEPENDENCIES_HELP, VERSION_MAPPING_HELP, dependencies, version_mapping};
use super::storage_format;
use super::usage::{Stop, Streams};
use crate::config::BrokerConfig;
use crate::log::files::MetaProperties;
use crate::model::{Properties, Uuid};

const PROG: &str = "kafka-storage";
const COMMAND: Parser =
    Parser { prog: PROG, description: "", arguments: &[], group: Group::None, before: &[], after: &[] };
const CONFIG: Argument =
    Argument::one(&["--config", "-c"], Type::String, "CONFIG", "The node's server.properties.").required();

const TOOL: Commands = Commands {
    parser: Parser {
        prog: PROG,
        description: "The Kafka storage tool.",
        arguments: &[Argument::HELP],
        group: Group::None,
        before: &[],
        after: &["{info,format,version-mapping,feature-dependencies,random-uuid}", "..."],
    },
    commands: &[
        Command {
            name: "info",
            help: "Show what the node's log directories hold.",
            parser: Parser { arguments: &[Argument::HELP, CONFIG], before: &["info"], ..COMMAND },
        },
        Command {
            name: "format",
            help: "Format the node's log directories.",
            parser: Parser {
                arguments: &[
                    Argument::HELP,
                    CONFIG,
                    Argument::one(&["--cluster-id", "-t"], Type::String, "CLUSTER_ID", "The cluster's id.").required(),
                    Argument::one(
                        &["--add-scram", "-S"],
                        Type::String,
                        "ADD_SCRAM",
                        "A user who may log in from the start: SCRAM-SHA-256=[name=alice,password=secret], or with salt and saltedpassword in place of the password, and iterations. May be repeated.",
                    ),
                    Argument::switch(
                        &["--ignore-formatted", "-g"],
                        "Leave directories alone that are formatted already, instead of refusing.",
                    ),
                    Argument::one(
                        &["--release-version", "-r"],
                        Type::String,
                        "RELEASE_VERSION",
                        "The release whose feature levels the cluster begins with. The first is 3.3-IV3, the default is 4.3-IV0",
                    ),
                    Argument::one(
                        &["--feature", "-f"],
                        Type::String,
                        "FEATURE",
                        "Another level of one feature: feature=level. May be repeated.",
                    ),
                    Argument::switch(&["--standalone", "-s"], "The controller is a quorum of its own, which may grow.")
                        .exclusive(),
                    Argument::switch(
                        &["--no-initial-controllers", "-N"],
                        "The node joins a quorum that exists, or that others begin.",
                    )
                    .exclusive(),
                    Argument::one(
                        &["--initial-controllers", "-I"],
                        Type::String,
                        "INITIAL_CONTROLLERS",
                        "The first voters: id@hostname:port:directory, separated by commas; the same for every node.",
                    )
                    .exclusive(),
                ],
                group: Group::Optional,
                before: &["format"],
                ..COMMAND
            },
        },
        Command {
            name: "version-mapping",
            help: VERSION_MAPPING_HELP,
            parser: Parser {
                arguments: &[
                    Argument::HELP,
                    Argument::one(&["--release-version", "-r"], Type::String, "RELEASE_VERSION", "The release."),
                ],
                before: &["version-mapping"],
                ..COMMAND
            },
        },
        Command {
            name: "feature-dependencies",
            help: DEPENDENCIES_HELP,
            parser: Parser {
                arguments: &[
                    Argument::HELP,
                    Argument::one(
                        &["--feature", "-f"],
                        Type::String,
                        "FEATURE",
                        "A feature and its level: feature=level.",
                    )
                    .required(),
                ],
                before: &["feature-dependencies"],
                ..COMMAND
            },
        },
        Command {
            name: "random-uuid",
            help: "Print a random UUID.",
            parser: Parser { arguments: &[Argument::HELP], before: &["random-uuid"], ..COMMAND },
        },
    ],
};

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let line = match TOOL.parse(&expanded(args)?) {
        Ok(line) => line,
        Err(declined) => return declined.stop(0, streams),
    };
    match line.command {
        "info" => {
            let config = read_config(line.own.value("--config").unwrap_or_default())?;
            info(&directories(&config), streams.out)
        }
        "format" => {
            let config = read_config(line.own.value("--config").unwrap_or_default())?;
            storage_format::run(&config, &line.own, streams.out)
        }
        "version-mapping" => version_mapping(line.own.value("--release-version"), streams.out),
        "feature-dependencies" => dependencies(line.own.all("--feature"), parse_level, streams.out),
        _ => {
            let id = Uuid::random();
            answer::whole("uuid", || json!({"uuid": id.to_string()}));
            Ok(writeln!(streams.out, "{id}")?)
        }
    }
}

/// A word `@file` stands for the lines of that file.
fn expanded(args: &[String]) -> Result<Vec<String>, Stop> {
    let mut words = Vec::new();
    for arg in args {
        match arg.strip_prefix('@').filter(|file| !file.is_empty()) {
            None => words.push(arg.clone()),
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .map_err(|_| Stop::Failure(format!("Could not read arguments from file '{file}'")))?;
                words.extend(text.lines().map(str::to_owned));
            }
        }
    }
    Ok(words)
}

fn read_config(file: &str) -> Result<BrokerConfig, Stop> {
    let bytes = std::fs::read(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Stop::uncaught("java.nio.file.NoSuchFileException", file),
        _ => Stop::uncaught("java.io.IOException", error),
    })?;
    let config = BrokerConfig::from_properties(&Properties::parse(&bytes));
    config
        .map(|(config, _)| config)
        .map_err(|error| Stop::uncaught("org.apache.kafka.common.config.ConfigException", error))
}

/// Every directory of the node once, the metadata log's among them.
pub(super) fn directories(config: &BrokerConfig) -> Vec<PathBuf> {
    let mut all = config.log_dirs();
    if !all.contains(&config.metadata_log_dir()) {
        all.push(config.metadata_log_dir());
    }
    all
}

/// Reads `feature=level` as this tool does.
pub(super) fn parse_level(word: &str) -> Result<(String, i16), String> {
    let wrong =
        || format!("Invalid feature format: {word}. Expected format: 'feature=version' (e.g. 'group.version=1')");
    let (name, level) = word.split_once('=').ok_or_else(wrong)?;
    let level = level.trim().parse().map_err(|_| wrong())?;
    Ok((name.trim().to_owned(), level))
}

fn info(directories: &[PathBuf], out: &mut dyn Write) -> Result<(), Stop> {
    let (mut problems, mut found, mut first): (Vec<String>, Vec<&Path>, Option<MetaProperties>) =
        (Vec::new(), Vec::new(), None);
    for dir in directories.iter().collect::<BTreeSet<_>>() {
        if !dir.exists() {
            problems.push(format!("{} does not exist", dir.display()));
            continue;
        }
        if !dir.is_dir() {
            problems.push(format!("{} is not a directory", dir.display()));
            continue;
        }
        found.push(dir);
        match MetaProperties::read(dir) {
            Ok(None) => problems.push(format!("{} is not formatted.", dir.display())),
            Ok(Some(meta)) => match &first {
                Some(before) if before.cluster_id != meta.cluster_id => {
                    problems.push("Mismatched cluster IDs between storage directories.".to_owned());
                }
                Some(_) => {}
                None => first = Some(meta),
            },
            Err(error) => problems.push(error.to_string()),
        }
    }
    if directories.is_empty() {
        writeln!(out, "No directories specified.")?;
    }
    let paths: Vec<String> = found.iter().map(|dir| dir.display().to_string()).collect();
    list(out, if paths.len() == 1 { "log directory" } else { "log directories" }, &paths)?;
    if let Some(meta) = &first {
        writeln!(out, "Found metadata: {}\n", shown(meta))?;
    }
    answer::of("storage");
    for dir in &found {
        if let Ok(dir) = crate::ops::storage::info(dir) {
            answer::row("storage", || dir);
        }
    }
    problems.iter().for_each(answer::missing);
    list(out, if problems.len() == 1 { "problem" } else { "problems" }, &problems)?;
    if problems.is_empty() { Ok(()) } else { Err(Stop::Exit(1)) }
}

fn list(out: &mut dyn Write, what: &str, lines: &[String]) -> std::io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "Found {what}:")?;
    lines.iter().try_for_each(|line| writeln!(out, "  {line}"))?;
    writeln!(out)
}

/// As `MetaProperties.toString`: sorted by key.
fn shown(meta: &MetaProperties) -> String {
    let directory = meta.directory_id.map(|id| format!("directory.id={id}, ")).unwrap_or_default();
    format!("{{cluster.id={}, {directory}node.id={}, version=1}}", meta.cluster_id, meta.node_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(line: &str) -> (Result<(), Stop>, String) {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let result = run(&words, &mut Streams { out: &mut out, err: &mut err });
        (result, String::from_utf8(out).unwrap())
    }

    #[test]
    fn levels_and_what_they_need_are_printed_as_kafka_prints_them() {
        let (result, text) = ran("version-mapping -r 4.0");
        assert!(result.is_ok());
        assert_eq!(
            text,
            "metadata.version=25 (4.0)\nkraft.version=1\ntransaction.version=2\ngroup.version=1\neligible.leader.replicas.version=0\nshare.version=0\nstreams.version=0\n"
        );
        let (_, text) = ran("feature-dependencies -f eligible.leader.replicas.version=1 -f metadata.version=30");
        assert_eq!(
            text,
            "eligible.leader.replicas.version=1 requires:\n    metadata.version=23 (4.0-IV1)\nmetadata.version=30 (4.3-IV0) has no dependencies.\n"
        );
        for (line, error) in [
            ("feature-dependencies -f x=1", "Unknown feature: x"),
            (
                "feature-dependencies -f x",
                "Invalid feature format: x. Expected format: 'feature=version' (e.g. 'group.version=1')",
            ),
        ] {
            assert!(matches!(ran(line).0, Err(Stop::Failure(message)) if message == error), "{line}");
        }
    }

    #[test]
    fn a_file_of_words_stands_for_them() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "-r\n3.9\n").unwrap();
        let (_, text) = ran(&format!("version-mapping @{}", file.path().display()));
        assert!(text.starts_with("metadata.version=21 (3.9)\n"), "{text}");
    }
}
