//! `kafka-features.sh` (`org.apache.kafka.tools.FeatureCommand`).

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Value, json};

use super::admin::{CONTROLLER, SERVER, reach, thrown};
use super::answer;
use super::argparse::{Argument, Group, Namespace, Parser, Type};
use super::argparse_commands::{Command, Commands, Declined, Line};
use super::cluster::block_on;
use super::usage::{Stop, Streams};
use crate::ops::features::{
    self, Features, LATEST_METADATA_VERSION, METADATA_VERSION, NEWEST_METADATA_VERSION, UpgradeType, level_text,
};

const PROG: &str = "kafka-features";
const COMMAND: Parser =
    Parser { prog: PROG, description: "", arguments: &[], group: Group::None, before: &[], after: &[] };
const FEATURE: Argument =
    Argument::one(&["--feature"], Type::String, "FEATURE", "A feature and its level: feature=level. May be repeated.");
const RELEASE: Argument = Argument::one(
    &["--release-version"],
    Type::String,
    "RELEASE_VERSION",
    "The release whose levels all features shall have; version-mapping shows them.",
);
const METADATA: Argument =
    Argument::one(&["--metadata"], Type::String, "METADATA", "DEPRECATED: the level of metadata.version, 3.3-IV3.");
const UNSAFE: Argument = Argument::switch(&["--unsafe"], "Also where metadata may be lost by it.");
const DRY_RUN: Argument = Argument::switch(&["--dry-run"], "Check it, and do nothing.");
pub(super) const VERSION_MAPPING_HELP: &str =
    "Show the levels of all features that go with a release; with the newest stable one if none is named";
pub(super) const DEPENDENCIES_HELP: &str = "Show which features a level of a feature needs; may be given several";

const TOOL: Commands = Commands {
    parser: Parser {
        prog: PROG,
        description: "This tool manages feature flags in Kafka.",
        arguments: &[
            Argument::HELP,
            SERVER,
            CONTROLLER,
            Argument::one(
                &["--command-config"],
                Type::String,
                "COMMAND_CONFIG",
                "A properties file for the admin client.",
            ),
        ],
        group: Group::Optional,
        before: &[],
        after: &["{describe,upgrade,downgrade,disable,version-mapping,feature-dependencies}", "..."],
    },
    commands: &[
        Command {
            name: "describe",
            help: "Show what is supported and what is switched on.",
            parser: Parser { arguments: &[Argument::HELP], before: &["describe"], ..COMMAND },
        },
        Command {
            name: "upgrade",
            help: "Raise features.",
            parser: Parser {
                arguments: &[Argument::HELP, METADATA, RELEASE, FEATURE, DRY_RUN],
                before: &["upgrade"],
                ..COMMAND
            },
        },
        Command {
            name: "downgrade",
            help: "Lower features.",
            parser: Parser {
                arguments: &[Argument::HELP, METADATA, RELEASE, FEATURE, UNSAFE, DRY_RUN],
                before: &["downgrade"],
                ..COMMAND
            },
        },
        Command {
            name: "disable",
            help: "Lower features to zero.",
            parser: Parser {
                arguments: &[
                    Argument::HELP,
                    Argument::one(&["--feature"], Type::String, "FEATURE", "A feature to switch off. May be repeated."),
                    UNSAFE,
                    DRY_RUN,
                ],
                before: &["disable"],
                ..COMMAND
            },
        },
        Command {
            name: "version-mapping",
            help: VERSION_MAPPING_HELP,
            parser: Parser { arguments: &[Argument::HELP, RELEASE], before: &["version-mapping"], ..COMMAND },
        },
        Command {
            name: "feature-dependencies",
            help: DEPENDENCIES_HELP,
            parser: Parser {
                arguments: &[
                    Argument::HELP,
                    Argument::one(&["--feature"], Type::String, "FEATURE", "A feature and its level: feature=level.")
                        .required(),
                ],
                before: &["feature-dependencies"],
                ..COMMAND
            },
        },
    ],
};

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let line = match TOOL.parse(args) {
        Ok(line) => line,
        Err(Declined::Wrong { message, .. }) => {
            answer::usage();
            // Kafka's tool ends this one without a newline.
            write!(streams.err, "Command line error: {message}. Type --help for help.")?;
            return Err(Stop::Exit(1));
        }
        Err(help) => return help.stop(0, streams),
    };
    match line.command {
        "describe" => describe(&line, streams.out),
        "version-mapping" => version_mapping(line.own.value("--release-version"), streams.out),
        "feature-dependencies" => dependencies(line.own.all("--feature"), parse_level, streams.out),
        _ => update(&line, streams),
    }
}

fn describe(line: &Line, out: &mut dyn Write) -> Result<(), Stop> {
    let reached = reach(line).map_err(|failure| Stop::Failure(failure.message))?;
    let features = block_on(async { Ok(features::describe(&reached.cluster, reached.side).await) })?
        .map_err(|error| thrown(&error, "describeFeatures"))?;
    answer::whole("features", || &features);
    Ok(out.write_all(table(&features).as_bytes())?)
}

fn table(features: &Features) -> String {
    let epoch = features.epoch.map_or_else(|| "-".to_owned(), |epoch| epoch.to_string());
    let line = |f: &features::Feature| {
        let level = |level| level_text(&f.name, level);
        let finalized = if f.finalized == 0 { "0".to_owned() } else { level(f.finalized) };
        format!(
            "Feature: {:<40}  SupportedMinVersion: {:<15}  SupportedMaxVersion: {:<15}  FinalizedVersionLevel: {:<15}  Epoch: {epoch}\n",
            f.name,
            level(f.min),
            level(f.max),
            finalized,
        )
    };
    features.features.iter().map(line).collect()
}

/// Prints the levels that go with a release.
///
/// # Errors
/// When there is no such release.
pub(super) fn version_mapping(release: Option<&str>, out: &mut dyn Write) -> Result<(), Stop> {
    let (level, name) = match release {
        Some(release) => (level_of_release(release).map_err(Stop::Failure)?, release),
        None => (LATEST_METADATA_VERSION, features::metadata_version_name(LATEST_METADATA_VERSION).unwrap_or_default()),
    };
    let row = |feature: &str, level: i16| {
        answer::row("feature-levels", || json!({"feature": feature, "level": level}));
    };
    row(METADATA_VERSION, level);
    writeln!(out, "{METADATA_VERSION}={level} ({name})")?;
    for (feature, level) in features::levels_of(level) {
        row(feature, level);
        writeln!(out, "{feature}={level}")?;
    }
    Ok(())
}

fn level_of_release(release: &str) -> Result<i16, String> {
    features::metadata_version_level(release)
        .ok_or_else(|| features::unknown_metadata_version(release, NEWEST_METADATA_VERSION))
}

/// Prints what levels of features need.
///
/// # Errors
/// A word that is no `feature=level`, an unknown feature or level.
pub(super) fn dependencies<'a>(
    words: impl Iterator<Item = &'a str>,
    parse: fn(&str) -> Result<(String, i16), String>,
    out: &mut dyn Write,
) -> Result<(), Stop> {
    let shown = |name: &str, level: i16| match features::metadata_version_name(level) {
        Some(release) if name == METADATA_VERSION => format!("{name}={level} ({release})"),
        _ => format!("{name}={level}"),
    };
    for word in words {
        let (name, level) = parse(word).map_err(Stop::Failure)?;
        let needed = features::dependencies(&name, level).map_err(Stop::Failure)?;
        answer::row("feature-dependencies", || {
            let needs: Vec<Value> =
                needed.iter().map(|(feature, level)| json!({"feature": feature, "level": level})).collect();
            json!({"feature": name, "level": level, "needs": needs})
        });
        if needed.is_empty() {
            writeln!(out, "{} has no dependencies.", shown(&name, level))?;
            continue;
        }
        writeln!(out, "{} requires:", shown(&name, level))?;
        for (name, level) in needed {
            writeln!(out, "    {}", shown(name, level))?;
        }
    }
    Ok(())
}

/// Reads `feature=level`.
fn parse_level(word: &str) -> Result<(String, i16), String> {
    let Some((name, level)) = word.split_once('=') else {
        return Err(format!("Can't parse feature=level string {word}: equals sign not found."));
    };
    let number = level.trim().parse::<i16>();
    let number = number
        .map_err(|_| format!("Can't parse feature=level string {word}: unable to parse {} as a short.", level.trim()));
    Ok((name.trim().to_owned(), number?))
}

/// The levels that the options ask for.
fn wanted(command: &str, options: &Namespace, out: &mut dyn Write) -> Result<BTreeMap<String, i16>, Stop> {
    let mut levels = BTreeMap::new();
    let mut add = |name: String, level: i16| match levels.insert(name.clone(), level) {
        Some(_) => Err(Stop::Failure(format!("Feature {name} was specified more than once."))),
        None => Ok(()),
    };
    if command == "disable" {
        options.all("--feature").try_for_each(|name| add(name.to_owned(), 0))?;
        if levels.is_empty() {
            return Err(Stop::Failure("You must specify at least one feature to disable".to_owned()));
        }
        return Ok(levels);
    }
    if let Some(release) = options.value("--release-version") {
        if options.has("--metadata") || options.has("--feature") {
            return Err(Stop::Failure("Can not specify `release-version` with other feature flags.".to_owned()));
        }
        let level = level_of_release(release).map_err(Stop::Failure)?;
        add(METADATA_VERSION.to_owned(), level)?;
        features::levels_of(level).try_for_each(|(name, level)| add(name.to_owned(), level))?;
        return Ok(levels);
    }
    if let Some(metadata) = options.value("--metadata") {
        writeln!(out, " `metadata` flag is deprecated and may be removed in a future release.")?;
        add(METADATA_VERSION.to_owned(), level_of_release(metadata).map_err(Stop::Failure)?)?;
    }
    for word in options.all("--feature") {
        let (name, level) = parse_level(word).map_err(Stop::Failure)?;
        add(name, level)?;
    }
    if levels.is_empty() {
        return Err(Stop::Failure(format!("You must specify at least one feature to {command}")));
    }
    Ok(levels)
}

fn update(line: &Line, streams: &mut Streams<'_>) -> Result<(), Stop> {
    let levels = wanted(line.command, &line.own, streams.out)?;
    let dry_run = line.own.has("--dry-run");
    let kind = match line.command {
        "upgrade" => UpgradeType::Upgrade,
        _ if line.own.has("--unsafe") => UpgradeType::UnsafeDowngrade,
        _ => UpgradeType::SafeDowngrade,
    };
    let reached = reach(line).map_err(|failure| Stop::Failure(failure.message))?;
    let update = async { Ok(features::update(&reached.cluster, reached.side, &levels, kind, dry_run).await) };
    let outcomes = block_on(update)?.map_err(|error| thrown(&error, "updateFeatures"))?;
    let failed = outcomes.iter().filter(|outcome| outcome.result.is_err()).count();
    for outcome in &outcomes {
        let level = levels.get(&outcome.name).copied().unwrap_or_default();
        let (name, to) =
            (&outcome.name, if line.command == "disable" { String::new() } else { format!(" to {level}") });
        let past = match line.command {
            "upgrade" => "upgraded",
            "downgrade" => "downgraded",
            _ => "disabled",
        };
        let action = if dry_run { format!("{} (dry run)", line.command) } else { line.command.to_owned() };
        answer::outcome(&action, "feature", name, outcome.result.as_ref().copied().map_err(|refusal| refusal.text()));
        match &outcome.result {
            Ok(()) if dry_run => writeln!(streams.out, "{name} can be {past}{to}.")?,
            Ok(()) => writeln!(streams.out, "{name} was {past}{to}.")?,
            Err(refusal) => {
                let could = if dry_run { "Can not" } else { "Could not" };
                writeln!(streams.out, "{could} {} {name}{to}. {}", line.command, refusal.text())?;
            }
        }
    }
    if failed == 0 {
        return Ok(());
    }
    streams.out.flush()?;
    Err(Stop::Failure(format!("{failed} out of {} operation(s) failed.", outcomes.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    fn levels(line: &str) -> Result<Vec<(String, i16)>, String> {
        let line = TOOL.parse(&words(line)).unwrap();
        match wanted(line.command, &line.own, &mut Vec::new()) {
            Ok(levels) => Ok(levels.into_iter().collect()),
            Err(Stop::Failure(message)) => Err(message),
            Err(_) => panic!("another way to stop"),
        }
    }

    #[test]
    fn what_is_asked_for_is_read_as_kafka_reads_it() {
        assert_eq!(levels("upgrade --feature a=1 --feature b=2").unwrap(), [("a".into(), 1), ("b".into(), 2)]);
        assert_eq!(levels("disable --feature a").unwrap(), [("a".into(), 0)]);
        assert_eq!(levels("upgrade --release-version 3.9").unwrap().len(), 7);
        for (line, error) in [
            ("upgrade", "You must specify at least one feature to upgrade"),
            ("downgrade --feature foo", "Can't parse feature=level string foo: equals sign not found."),
            ("upgrade --feature a=b", "Can't parse feature=level string a=b: unable to parse b as a short."),
            ("upgrade --feature a=1 --feature a=2", "Feature a was specified more than once."),
            (
                "upgrade --release-version 4.0 --feature a=1",
                "Can not specify `release-version` with other feature flags.",
            ),
        ] {
            assert_eq!(levels(line).unwrap_err(), error, "{line}");
        }
        assert!(
            levels("upgrade --release-version 9").unwrap_err().starts_with("Unknown metadata.version '9'. Supported")
        );
    }

    #[test]
    fn the_line_of_a_feature_is_padded_as_kafka_pads_it() {
        let feature = features::Feature { name: METADATA_VERSION.into(), min: 7, max: 30, finalized: 30 };
        let text = table(&Features { epoch: None, features: vec![feature] });
        assert_eq!(
            text,
            "Feature: metadata.version                          SupportedMinVersion: 3.3-IV3          SupportedMaxVersion: 4.3-IV0          FinalizedVersionLevel: 4.3-IV0          Epoch: -\n"
        );
    }
}
