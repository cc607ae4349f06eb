//! `kafka-streams-groups.sh` (`org.apache.kafka.tools.streams.StreamsGroupCommand`).
//!
//! Options and rules are here; what each action does and prints is in `streams_groups_act`.

use super::cluster::block_on;
use super::jopt::{Opt, Options, Type, parse};
use super::streams_groups_act::{Trouble, act};
use super::usage::{HELP, Stop, Streams, VERSION, forbid, help_or_version, require};

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::flag("all-groups", "Every streams group."),
    Opt::flag("all-input-topics", "With --reset-offsets and --delete-offsets: every topic that the application reads."),
    Opt::required(
        "bootstrap-server",
        Type::String,
        "server to connect to",
        "REQUIRED: HOST:PORT of one or more brokers.",
    ),
    Opt::required(
        "by-duration",
        Type::String,
        "duration",
        "Reset to where the log was this long ago. Format: 'PnDTnHnMnS'",
    ),
    Opt::required("command-config", Type::String, "command config property file", "A properties file for the clients."),
    Opt::flag("delete", "Delete groups with all that they have committed: --group g1 --group g2"),
    Opt::flag(
        "delete-all-internal-topics",
        "With --reset-offsets --execute and --delete: delete the topics of the application's own too.",
    ),
    Opt::required(
        "delete-internal-topic",
        Type::String,
        "",
        "With --reset-offsets --execute: delete this topic of the application's own; may be repeated.",
    ),
    Opt::flag("delete-offsets", "Delete what one group has committed for some topics."),
    Opt::flag("describe", "Show where groups stand and how far behind they are."),
    Opt::flag("dry-run", "With --reset-offsets: only show what would be done."),
    Opt::flag("execute", "With --reset-offsets: do it."),
    Opt::flag("export", "With --reset-offsets: print the new offsets as CSV."),
    Opt::required("from-file", Type::String, "path to CSV file", "Reset to the offsets in a file that --export wrote."),
    Opt::required("group", Type::String, "streams group", "The group; may be repeated."),
    HELP,
    Opt::required(
        "input-topic",
        Type::String,
        "topic",
        "A topic that the application reads, or partitions of it as in `topic1:0,1,2`; may be repeated.",
    ),
    Opt::flag("list", "Show the names of all streams groups."),
    Opt::flag("members", "With --describe: the members.").only_with(&["describe"]),
    Opt::flag(
        "offsets",
        "With --describe: offsets and lag of each partition; what is shown if nothing else is asked for.",
    )
    .only_with(&["describe"]),
    Opt::flag(
        "reset-offsets",
        "Move where groups without active members stand. Needs a scope (--all-input-topics, --input-topic or --from-file) and a target (--to-datetime, --by-duration, --to-earliest, --to-latest, --shift-by, --from-file, --to-current or --to-offset).",
    ),
    Opt::required("shift-by", Type::Long, "number-of-offsets", "Reset by so many records, forward or (negative) back."),
    Opt::optional(
        "state",
        Type::String,
        "",
        "With --describe: the state. With --list: show the states, or only groups in these: --state stable,empty",
    )
    .only_with(&["list", "describe"]),
    Opt::required("timeout", Type::Long, "timeout (ms)", "How long to wait for the cluster.").or("30000"),
    Opt::flag("to-current", "Reset to where the group stands."),
    Opt::required(
        "to-datetime",
        Type::String,
        "datetime",
        "Reset to the first record at or after a time. Format: 'YYYY-MM-DDThh:mm:ss.sss'",
    ),
    Opt::flag("to-earliest", "Reset to the first record kept."),
    Opt::flag("to-latest", "Reset to the end."),
    Opt::required("to-offset", Type::Long, "offset", "Reset to an offset."),
    Opt::flag("verbose", "With --describe: more columns.").only_with(&["describe"]),
    VERSION,
];

const ABOUT: &str = "This tool helps to list, or describe streams groups.";
const ACTIONS: [&str; 5] = ["list", "describe", "reset-offsets", "delete", "delete-offsets"];
/// In the order in which each is held against the others.
pub(super) const TARGETS: [&str; 8] =
    ["to-offset", "to-datetime", "by-duration", "to-earliest", "to-latest", "to-current", "shift-by", "from-file"];

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    // Without options there is no table that could be shown.
    let options = parse(OPTIONS, args).map_err(|error| Stop::Failure(error.to_string()))?;
    help_or_version(&options, args.is_empty(), ABOUT, streams)?;
    check(&options)?;
    match block_on(async { Ok(act(&options, streams).await) })? {
        Ok(()) => Ok(()),
        Err(Trouble::Stop(stop)) => Err(stop),
        Err(Trouble::Failed(failure)) => {
            writeln!(streams.out, "\nError: Executing streams group command failed due to {}", failure.message)?;
            streams.out.flush()?;
            Err(Stop::Failure(failure.to_string()))
        }
    }
}

/// The rules between options (`StreamsGroupCommandOptions.checkArgs`).
fn check(options: &Options) -> Result<(), Stop> {
    let has = |name| options.has(name);
    let refuse = |message: String| Err(Stop::Usage(message));
    require(options, &["bootstrap-server"])?;
    let needs_group = |action: &str| {
        if has("group") || has("all-groups") {
            return Ok(());
        }
        Err(Stop::Usage(format!("Option [{action}] takes one of these options: [all-groups], [group]")))
    };
    if has("describe") {
        needs_group("describe")?;
        if ["members", "offsets", "state"].iter().filter(|view| has(view)).count() > 1 {
            return refuse(
                "Option [describe] takes at most one of these options: [members], [offsets], [state]".into(),
            );
        }
        if has("state") && options.value("state").map_err(Stop::usage_option)?.is_some() {
            return refuse("Option [describe] does not take a value for [state]".into());
        }
    }
    if has("delete") {
        needs_group("delete")?;
        if has("input-topic") || has("all-input-topics") {
            let text = "Kafka Streams does not support topic-specific offset deletion from a streams group.";
            return refuse(text.into());
        }
    }
    if has("delete-offsets") {
        if !(has("input-topic") || has("all-input-topics")) || !has("group") {
            return refuse(
                "Option [delete-offsets] takes the [group] and one of these options: [all-input-topics], [input-topic]"
                    .into(),
            );
        }
        let groups = options.values("group");
        if groups.len() > 1 {
            let text = "Option [delete-offsets] supports only one [group] at a time, but found";
            return refuse(format!("{text}: [{}]", groups.join(", ")));
        }
    }
    if has("reset-offsets") {
        if has("dry-run") && has("execute") {
            return refuse("Option [reset-offsets] only accepts one of [execute] and [dry-run]".into());
        }
        if !has("dry-run") && !has("execute") {
            return refuse("Option [reset-offsets] takes the option: [execute] or [dry-run]".into());
        }
        needs_group("reset-offsets")?;
        for target in TARGETS {
            let others: Vec<&str> = TARGETS.into_iter().filter(|other| *other != target).collect();
            forbid(options, target, &others)?;
        }
    }
    check_internal_topics(options)?;
    if (has("dry-run") || has("execute")) && !has("reset-offsets") {
        return refuse("Only Option [reset-offsets] accepts [execute] or [dry-run]".into());
    }
    forbid(options, "list", &["members", "offsets"])?;
    forbid(options, "group", &["all-groups"])?;
    forbid(options, "group", &["list"])?;
    forbid(options, "input-topic", &["list", "describe", "delete"])?;
    if ACTIONS.iter().filter(|action| has(action)).count() != 1 {
        return refuse(
            "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, or --delete-offsets."
                .into(),
        );
    }
    Ok(())
}

fn check_internal_topics(options: &Options) -> Result<(), Stop> {
    let has = |name| options.has(name);
    let refuse = |message: &str| Err(Stop::Usage(message.to_owned()));
    if has("delete-all-internal-topics") {
        if !has("reset-offsets") && !has("delete") {
            return refuse("Option [delete-all-internal-topics] takes one of these options: [delete], [reset-offsets]");
        }
        if has("reset-offsets") && !has("execute") {
            return refuse("Option [delete-all-internal-topics] takes [execute] when [reset-offsets] is used.");
        }
    } else if has("delete-internal-topic") && !(has("reset-offsets") && has("execute")) {
        return refuse("Option [delete-internal-topic] takes [reset-offsets] when [execute] is used.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> String {
        let words: Vec<String> =
            format!("--bootstrap-server b:1 {line}").split_whitespace().map(str::to_owned).collect();
        match check(&parse(OPTIONS, &words).unwrap()) {
            Ok(()) => String::new(),
            Err(Stop::Usage(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_rules_between_options_are_kafkas() {
        for line in [
            "--list",
            "--list --state stable",
            "--describe --group a --group b --members --verbose",
            "--describe --all-groups",
            "--delete --group a --delete-all-internal-topics",
            "--delete-offsets --group a --input-topic t",
            "--reset-offsets --group a --all-input-topics --to-earliest --dry-run",
            "--reset-offsets --group a --input-topic t:0 --to-offset 3 --execute --delete-internal-topic x",
        ] {
            assert_eq!(refused(line), "", "{line}");
        }
        for (line, text) in [
            ("--describe", "Option [describe] takes one of these options: [all-groups], [group]"),
            ("--describe --group a --list", "Option \"[group]\" can't be used with option \"[list]\""),
            ("--delete --group a --input-topic t", "Kafka Streams does not support topic-specific offset deletion"),
            ("--delete-offsets --group a", "Option [delete-offsets] takes the [group] and one of these options"),
            ("--reset-offsets --group a", "Option [reset-offsets] takes the option: [execute] or [dry-run]"),
            (
                "--reset-offsets --group a --dry-run --to-latest --to-offset 1",
                "Option \"[to-offset]\" can't be used with option \"[to-latest]\"",
            ),
            ("--list --execute", "Only Option [reset-offsets] accepts [execute] or [dry-run]"),
            (
                "--reset-offsets --group a --dry-run --delete-internal-topic x",
                "Option [delete-internal-topic] takes [reset-offsets] when [execute] is used.",
            ),
            ("--group a", "Command must include exactly one action"),
        ] {
            assert!(refused(line).starts_with(text), "{line}: {}", refused(line));
        }
    }
}
