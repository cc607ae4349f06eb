//! `kafka-share-groups.sh` (`org.apache.kafka.tools.consumer.group.ShareGroupCommand`).
//!
//! Options and rules are here; what each action prints is in `share_groups_text`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::time::Duration;

use super::answer;
use super::cluster::{Failure, block_on, connect};
use super::groups::{DESCRIBED, with_offsets};
use super::java::{hash_map_order, hash_map_order_sized, parse_datetime, partition_map_order};
use super::jopt::{Opt, OptionError, Options, Type, parse};
use super::offset_deletion::{TopicWord, topic_words};
use super::share_groups_text as text;
use super::usage::{HELP, Stop, Streams, VERSION, forbid, help_or_version, require};
use crate::client::{At, ClientError, Cluster};
use crate::model::{ErrorCode, TimestampMs};
use crate::ops::groups::reset::{Move, Note, ResetPlan, ResetTo, Scope};
use crate::ops::groups::{self, DescribedGroup, ListedGroup, share};
use crate::ops::{OpsError, Refusal};

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::flag("all-groups", "Every share group."),
    Opt::flag("all-topics", "With --reset-offsets: every topic that the group reads."),
    Opt::required(
        "bootstrap-server",
        Type::String,
        "server to connect to",
        "REQUIRED: HOST:PORT of one or more brokers.",
    ),
    Opt::required(
        "command-config",
        Type::String,
        "command config property file",
        "A properties file for the admin client.",
    ),
    Opt::flag("delete", "Delete share groups: --group g1 --group g2"),
    Opt::flag("delete-offsets", "Make one share group forget topics."),
    Opt::flag("describe", "Show where share groups stand, their members or their state."),
    Opt::flag("dry-run", "With --reset-offsets: only show what would be done."),
    Opt::flag("execute", "With --reset-offsets: do it."),
    Opt::required("group", Type::String, "share group", "The share group; may be repeated."),
    HELP,
    Opt::flag("list", "Show the names of all share groups."),
    Opt::flag("members", "With --describe: the members.").only_with(&["describe"]),
    Opt::flag("offsets", "With --describe: start offsets; what is shown if nothing else is asked for.")
        .only_with(&["describe"]),
    Opt::flag(
        "reset-offsets",
        "Move where one share group without members stands. Needs --dry-run or --execute, a scope (--all-topics or --topic) and a target (--to-datetime, --to-earliest or --to-latest).",
    ),
    Opt::optional(
        "state",
        Type::String,
        "",
        "With --describe: the state. With --list: show the states, or only groups in these: Empty, Stable and Dead.",
    )
    .only_with(&["describe", "list"]),
    Opt::required("timeout", Type::Long, "timeout (ms)", "How long to wait for the cluster.").or("30000"),
    Opt::required(
        "to-datetime",
        Type::String,
        "datetime",
        "Reset to the first record at or after a time. Format: 'YYYY-MM-DDThh:mm:ss.sss'",
    ),
    Opt::flag("to-earliest", "Reset to the first record kept."),
    Opt::flag("to-latest", "Reset to the end."),
    Opt::required(
        "topic",
        Type::String,
        "topic",
        "A topic; with --reset-offsets also partitions of it as in `topic1:0,1,2`; may be repeated.",
    ),
    Opt::flag("verbose", "With --describe: more columns.").only_with(&["describe"]),
    VERSION,
];

const ABOUT: &str = "This tool helps to list, describe, reset and delete share groups.";
const ACTIONS: [&str; 5] = ["list", "describe", "delete", "reset-offsets", "delete-offsets"];
const TARGETS: [&str; 3] = ["to-datetime", "to-earliest", "to-latest"];

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let options = parse(OPTIONS, args).map_err(Stop::uncaught_option)?;
    check(&options, args.is_empty(), streams)?;
    let done = block_on(async {
        Ok(match connect_within(&options) {
            Ok(cluster) => act(&cluster, &options, streams).await,
            Err(failure) => Err(Trouble::Raised(failure)),
        })
    })?;
    match done {
        Ok(()) => Ok(()),
        Err(Trouble::Stop(stop)) => Err(stop),
        // What goes wrong on the way is said, and the tool still ends with 0.
        Err(Trouble::Raised(failure)) => {
            writeln!(streams.out, "\nError: Executing share group command failed due to {}", failure.message)?;
            streams.out.flush()?;
            writeln!(streams.err, "{failure}")?;
            Ok(())
        }
    }
}

/// The rules between options (`ShareGroupCommandOptions.checkArgs`).
fn check(options: &Options, nothing_given: bool, streams: &mut Streams<'_>) -> Result<(), Stop> {
    let has = |name: &str| options.has(name);
    let unless = |fine: bool, message: &str| if fine { Ok(()) } else { Err(Stop::Usage(message.to_owned())) };
    help_or_version(options, nothing_given, ABOUT, streams)?;
    require(options, &["bootstrap-server"])?;
    let any = |names: &[&str]| names.iter().any(|name| has(name));
    if has("describe") {
        unless(any(&["group", "all-groups"]), "Option [describe] takes one of these options: [all-groups], [group]")?;
        let views = ["members", "offsets", "state"].iter().filter(|view| has(view)).count();
        unless(views <= 1, "Option [describe] takes at most one of these options: [members], [offsets], [state]")?;
        if has("state") {
            let state = options.value("state").map_err(Stop::usage_option)?;
            unless(state.is_none(), "Option [describe] does not take a value for [state]")?;
        }
    }
    if has("delete") {
        unless(any(&["group", "all-groups"]), "Option [delete] takes the options [group] or [all-groups]")?;
        let both = has("group") && has("all-groups");
        unless(!both, "Option [delete] takes either [group] or [all-groups], not both.")?;
        unless(!has("topic"), "Option [delete] does not take the option: [topic]")?;
    }
    if has("delete-offsets") {
        let both = has("group") && has("topic");
        unless(both, "Option [delete-offsets] takes the following options: [group], [topic]")?;
    }
    if has("reset-offsets") {
        let both = has("dry-run") && has("execute");
        unless(!both, "Option [reset-offsets] only accepts one of [execute] and [dry-run]")?;
        unless(any(&["dry-run", "execute"]), "Option [reset-offsets] takes the option: [execute] or [dry-run]")?;
        unless(has("group"), "Option [reset-offsets] takes the option: [group]")?;
        let scopes = "Option [reset-offsets] takes one of these options: [all-topics], [topic]";
        unless(any(&["topic", "all-topics"]), scopes)?;
        let targets = "Option [reset-offsets] takes one of these options: [to-datetime], [to-earliest], [to-latest]";
        unless(any(&TARGETS), targets)?;
        for target in TARGETS {
            let others: Vec<&str> = TARGETS.into_iter().filter(|other| *other != target).collect();
            forbid(options, target, &others)?;
        }
    }
    forbid(options, "group", &["all-groups"])?;
    forbid(options, "group", &["list"])?;
    forbid(options, "topic", &["list", "describe"])?;
    let actions = ACTIONS.iter().filter(|action| has(action)).count();
    unless(
        actions == 1,
        "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets.",
    )
}

/// How an action ends when it does not end well.
enum Trouble {
    /// The exception that reaches the tool's own handler.
    Raised(Failure),
    Stop(Stop),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Raised(failure)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble::Stop(Stop::Io(error))
    }
}

impl From<OptionError> for Trouble {
    fn from(error: OptionError) -> Trouble {
        unreadable(error).into()
    }
}

/// An option that is read where the tool catches everything.
fn unreadable(error: OptionError) -> Failure {
    Failure::of(&format!("joptsimple.{}", error.exception()), error.to_string())
}

/// A failure inside the exception with which Java's futures hand it over.
fn execution(failure: Failure) -> Failure {
    Failure::of("java.util.concurrent.ExecutionException", failure.to_string())
}

/// A failure inside an exception without a message of its own.
fn runtime(failure: Failure) -> Failure {
    Failure::of("java.lang.RuntimeException", failure.to_string())
}

fn connect_within(options: &Options) -> Result<Cluster, Failure> {
    let cluster = connect(options).map_err(|failure| match failure.exception.starts_with("java.") {
        true => runtime(failure),
        false => failure,
    })?;
    let timeout: Option<i64> = options.number("timeout").map_err(unreadable)?;
    let mut config = cluster.config().clone();
    config.set_timeout(Duration::from_millis(u64::try_from(timeout.unwrap_or(30_000)).unwrap_or_default()));
    Ok(Cluster::new(config))
}

async fn act(cluster: &Cluster, options: &Options, streams: &mut Streams<'_>) -> Result<(), Trouble> {
    if options.has("list") {
        list(cluster, options, streams.out).await
    } else if options.has("describe") {
        describe(cluster, options, streams).await
    } else if options.has("delete") {
        delete(cluster, options, streams.out).await
    } else if options.has("reset-offsets") {
        reset(cluster, options, streams).await
    } else {
        delete_offsets(cluster, options, streams.out).await
    }
}

/// The share groups, in the order of Java's map of results.
async fn listed(cluster: &Cluster, states: &[String]) -> Result<Vec<ListedGroup>, Failure> {
    let share = ["Share".to_owned()];
    let (mut all, silent) = groups::list(cluster, states, &share)
        .await
        .map_err(|error| execution(Failure::of_error(&error, "findAllBrokers")))?;
    if let Some((_, refusal)) = silent.into_iter().next() {
        return Err(execution(refusal.into()));
    }
    hash_map_order(&mut all, |group| &group.group);
    Ok(all)
}

async fn names(cluster: &Cluster, options: &Options) -> Result<Vec<String>, Failure> {
    if options.has("all-groups") {
        return Ok(listed(cluster, &[]).await.map_err(runtime)?.into_iter().map(|group| group.group).collect());
    }
    Ok(options.values("group").into_iter().map(str::to_owned).collect())
}

async fn list(cluster: &Cluster, options: &Options, out: &mut dyn Write) -> Result<(), Trouble> {
    if !options.has("state") {
        let groups = listed(cluster, &[]).await.map_err(runtime)?;
        answer::rows("groups", &groups);
        for group in groups {
            writeln!(out, "{}", group.group)?;
        }
        return Ok(());
    }
    let states = match options.value("state")? {
        Some(words) if !words.is_empty() => {
            text::states(words).map_err(|message| Trouble::Stop(Stop::Usage(message)))?
        }
        _ => Vec::new(),
    };
    let groups = listed(cluster, &states).await?;
    answer::rows("groups", &groups);
    Ok(text::print_list(&groups, out)?)
}

async fn describe(cluster: &Cluster, options: &Options, streams: &mut Streams<'_>) -> Result<(), Trouble> {
    let verbose = options.has("verbose");
    let mut names = names(cluster, options).await?;
    hash_map_order(&mut names, |name| name);
    let mut described: BTreeMap<String, DescribedGroup> = BTreeMap::new();
    for name in &names {
        let group = share::describe(cluster, name).await.map_err(|error| {
            let failure = Failure::of_error(&error.into(), "describeShareGroups");
            execution(failure)
        })?;
        described.insert(name.clone(), group);
    }
    answer::of(DESCRIBED);
    let with_rows = !options.has("members") && !options.has("state");
    for group in described.values() {
        if group.state == "Dead" {
            answer::missing(format!("Share group '{}' does not exist.", group.group));
        } else if with_rows && answer::is_json() {
            let rows = groups::offsets(cluster, group)
                .await
                .map_err(|error| runtime(execution(Failure::of_error(&error, "describeShareGroupOffsets"))))?;
            answer::row(DESCRIBED, || with_offsets(group, &rows));
        } else {
            answer::row(DESCRIBED, || group);
        }
    }
    if options.has("members") {
        return Ok(described.values().try_for_each(|group| text::print_members(group, verbose, streams))?);
    }
    if options.has("state") {
        return Ok(described.values().try_for_each(|group| text::print_state(group, verbose, streams))?);
    }
    let mut offsets = BTreeMap::new();
    for name in described.into_keys() {
        let rows = share::start_offsets(cluster, &name)
            .await
            .map_err(|error| runtime(execution(Failure::of_error(&error, "describeShareGroupOffsets"))))?;
        offsets.insert(name, rows);
    }
    Ok(offsets.iter().try_for_each(|(name, rows)| text::print_offsets(name, rows, verbose, streams.out))?)
}

async fn delete(cluster: &Cluster, options: &Options, out: &mut dyn Write) -> Result<(), Trouble> {
    let there = listed(cluster, &[]).await.map_err(runtime)?;
    let wanted: Vec<String> = match options.has("all-groups") {
        true => there.iter().map(|group| group.group.clone()).collect(),
        false => options.values("group").into_iter().map(str::to_owned).collect(),
    };
    let mut seen = BTreeSet::new();
    let (mut kept, mut deletable) = (Vec::new(), Vec::new());
    for name in wanted.into_iter().filter(|name| seen.insert(name.clone())) {
        match undeletable(&name, there.iter().find(|group| group.group == name)) {
            Some(failure) => kept.push((name, failure)),
            None => deletable.push(name),
        }
    }
    // Java's map of failures is a copy, with as many buckets as it needed then, and grows by those that come later.
    let early = kept.len();
    let outcomes = groups::delete(cluster, &deletable)
        .await
        .map_err(|error| execution(Failure::of_error(&error, "deleteShareGroups")))?;
    let mut gone = Vec::new();
    for outcome in outcomes {
        match outcome.result {
            Ok(()) => gone.push(outcome.name),
            Err(refusal) => kept.push((outcome.name, Failure::from(refusal))),
        }
    }
    gone.iter().for_each(|name| answer::did("delete", "group", name));
    kept.iter().for_each(|(name, failure)| answer::refused("delete", "group", name, &failure.message));
    hash_map_order(&mut gone, |name| name);
    if early == 0 {
        hash_map_order(&mut kept, |(name, _)| name);
    } else {
        hash_map_order_sized(&mut kept, |(name, _)| name);
    }
    Ok(text::print_deletion(&gone, &kept, out)?)
}

/// Why a group is not even asked to be deleted.
fn undeletable(name: &str, listed: Option<&ListedGroup>) -> Option<Failure> {
    let Some(group) = listed else {
        let message = format!("Group '{name}' is not a share group.");
        return Some(Failure::of("java.lang.IllegalArgumentException", message));
    };
    match group.state.as_str() {
        "Dead" => {
            let message = format!("Share group '{name}' group state is DEAD.");
            Some(Failure::of("java.lang.IllegalStateException", message))
        }
        "Empty" => None,
        _ => Some(Failure::of_code(ErrorCode::NonEmptyGroup, Some(&format!("Share group '{name}' is not EMPTY.")))),
    }
}

async fn delete_offsets(cluster: &Cluster, options: &Options, out: &mut dyn Write) -> Result<(), Trouble> {
    let group = options.value("group")?.unwrap_or_default().to_owned();
    let topics: BTreeSet<String> = options.values("topic").into_iter().map(str::to_owned).collect();
    let asked: Vec<String> = topics.iter().cloned().collect();
    let mut whole: Option<Failure> = None;
    let mut rows: BTreeMap<String, Option<String>> = BTreeMap::new();
    match share::delete_offsets(cluster, &group, &asked).await {
        Ok(outcomes) => {
            let answer = |name: &String| outcomes.iter().find(|outcome| outcome.name == *name);
            let mut in_order: Vec<&String> = topics.iter().collect();
            hash_map_order(&mut in_order, |name| name);
            for name in in_order {
                let failure = match answer(name) {
                    Some(outcome) => outcome.result.clone().err().map(Failure::from),
                    None => Some(Failure::of(
                        "java.lang.IllegalArgumentException",
                        format!("Offset deletion result for topic \"{name}\" was not included in the response"),
                    )),
                };
                rows.insert(name.clone(), failure.as_ref().map(|failure| failure.message.clone()));
                whole = whole.or(failure);
            }
        }
        Err(error) => {
            let failure = Failure::of_error(&error, "deleteShareGroupOffsets");
            rows.extend(topics.into_iter().map(|name| (name, Some(failure.message.clone()))));
            whole = Some(failure);
        }
    }
    if let Some(failure) = whole {
        match failure.exception.rsplit('.').next().unwrap_or_default() {
            "InvalidGroupIdException"
            | "GroupIdNotFoundException"
            | "GroupAuthorizationException"
            | "GroupNotEmptyException" => writeln!(out, "\nError: {}", failure.message)?,
            // The rows tell of these.
            "TopicAuthorizationException" | "UnknownTopicOrPartitionException" => {}
            _ => writeln!(out, "\nError: Encounter some unknown error: {failure}")?,
        }
    }
    for (name, why) in &rows {
        answer::outcome("delete", "offset", name, why.as_ref().map_or(Ok(()), Err));
    }
    Ok(text::print_deleted_offsets(&rows, out)?)
}

async fn reset(cluster: &Cluster, options: &Options, streams: &mut Streams<'_>) -> Result<(), Trouble> {
    let group = options.value("group")?.unwrap_or_default().to_owned();
    let end = |message: String| Trouble::Stop(Stop::Failure(message));
    let state = match share::describe(cluster, &group).await {
        Ok(described) if !described.is_inactive() => return Err(end(format!("Share group '{group}' is not empty."))),
        Ok(described) => described.state,
        Err(error) if error.code() == Some(ErrorCode::GroupIdNotFound) => "Dead".to_owned(),
        Err(error) => return Err(end(Failure::of_error(&error.into(), "describeShareGroups").message)),
    };
    let moves = moves(cluster, options, &group).await?;
    for moved in moves.iter().filter(|moved| moved.note == Some(Note::NothingThatLate)) {
        writeln!(
            streams.out,
            "\nWarn: Partition {} from topic {} is empty. Falling back to latest known offset.",
            moved.partition, moved.topic
        )?;
    }
    let plan = ResetPlan { group: group.clone(), state, moves };
    let mut rows: Vec<(At, i64)> =
        plan.moves.iter().map(|moved| ((moved.topic.clone(), moved.partition), moved.new)).collect();
    partition_map_order(&mut rows, |(at, _)| at);
    if options.has("execute") && !options.has("dry-run") {
        let answers = share::alter(cluster, &group, &rows)
            .await
            .map_err(|error| Failure::of_error(&error, "alterShareGroupOffsets"))?;
        altered(&answers)?;
    }
    answer::row("reset-offsets", || &plan);
    Ok(super::groups_text::print_reset(&[(group, rows)], streams.out)?)
}

async fn moves(cluster: &Cluster, options: &Options, group: &str) -> Result<Vec<Move>, Trouble> {
    let words: Vec<TopicWord> =
        topic_words(&options.values("topic")).map_err(|message| Trouble::Stop(Stop::Usage(message)))?;
    let scope = if options.has("topic") { Scope::Topics(words) } else { Scope::Committed };
    let to = match options.value("to-datetime")? {
        Some(text) => {
            let at = parse_datetime(text).map_err(|message| Failure::of("java.lang.RuntimeException", message))?;
            ResetTo::Time(TimestampMs(at))
        }
        None if options.has("to-earliest") => ResetTo::Earliest,
        None => ResetTo::Latest,
    };
    share::plan(cluster, group, &scope, &to).await.map_err(|error| match error {
        OpsError::Invalid(message) => {
            let class = if message.ends_with("no leader") { "LeaderNotAvailable" } else { "UnknownTopicOrPartition" };
            Failure::of(&format!("org.apache.kafka.common.errors.{class}Exception"), message).into()
        }
        OpsError::Client(ClientError::Refused { .. }) => Failure::of_error(&error, "describeTopics").into(),
        other => Trouble::from(Failure::of_error(&other, "listShareGroupOffsets")),
    })
}

/// Names the partitions that were not moved, as `AlterShareGroupOffsetsResult.all` does.
fn altered(answers: &BTreeMap<At, Result<(), Refusal>>) -> Result<(), Failure> {
    let mut refused: Vec<(&At, &Refusal)> =
        answers.iter().filter_map(|(at, answer)| Some((at, answer.as_ref().err()?))).collect();
    partition_map_order(&mut refused, |(at, _)| at);
    let Some((_, first)) = refused.first() else { return Ok(()) };
    let names: Vec<String> = refused.iter().map(|((topic, partition), _)| format!("{topic}-{partition}")).collect();
    let text = format!("Failed altering group offsets for the following partitions: [{}]", names.join(", "));
    Err(Failure::of_code(first.code, Some(&text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> (u8, String, String) {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut streams = Streams { out: &mut out, err: &mut err };
        let code = run(&args, &mut streams).map_or_else(|stop| stop.finish(OPTIONS, &mut streams), |()| 0);
        let err = String::from_utf8(err).unwrap();
        (code, String::from_utf8(out).unwrap(), err.lines().next().unwrap_or_default().to_owned())
    }

    #[test]
    fn the_command_line_is_judged_in_kafkas_words() {
        let b = "--bootstrap-server 127.0.0.1:1";
        for (line, expected) in [
            ("", ABOUT),
            ("--list", "Missing required argument \"[bootstrap-server]\""),
            ("{b} --describe", "Option [describe] takes one of these options: [all-groups], [group]"),
            (
                "{b} --describe --group g --members --state",
                "Option [describe] takes at most one of these options: [members], [offsets], [state]",
            ),
            ("{b} --describe --group g --state Empty", "Option [describe] does not take a value for [state]"),
            ("{b} --delete --group g --all-groups", "Option [delete] takes either [group] or [all-groups], not both."),
            ("{b} --reset-offsets --group g", "Option [reset-offsets] takes the option: [execute] or [dry-run]"),
            (
                "{b} --reset-offsets --group g --execute --all-topics",
                "Option [reset-offsets] takes one of these options: [to-datetime], [to-earliest], [to-latest]",
            ),
            (
                "{b}",
                "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets.",
            ),
        ] {
            assert_eq!(said(&line.replace("{b}", b)), (1, String::new(), expected.to_owned()), "{line}");
        }
        let bad = said("--foo");
        let thrown =
            "Exception in thread \"main\" joptsimple.UnrecognizedOptionException: foo is not a recognized option";
        assert_eq!((bad.0, bad.2.as_str()), (1, thrown));
    }

    #[test]
    fn a_setting_that_cannot_be_read_ends_the_tool_with_0() {
        let (code, out, err) = said("--bootstrap-server 127.0.0.1:1 --list --timeout x");
        let why = "Cannot parse argument 'x' of option timeout";
        assert_eq!((code, out), (0, format!("\nError: Executing share group command failed due to {why}\n")));
        assert_eq!(err, format!("joptsimple.OptionArgumentConversionException: {why}"));
    }

    #[test]
    fn only_empty_share_groups_are_asked_to_be_deleted() {
        let group = |state: &str| ListedGroup {
            group: "g".into(),
            kind: "Share".into(),
            protocol_type: "share".into(),
            state: state.into(),
            coordinator: 1,
        };
        let why = |listed: Option<&ListedGroup>| undeletable("g", listed).map(|failure| failure.to_string());
        assert_eq!(why(Some(&group("Empty"))), None);
        assert_eq!(why(None).unwrap(), "java.lang.IllegalArgumentException: Group 'g' is not a share group.");
        let stable = "org.apache.kafka.common.errors.GroupNotEmptyException: Share group 'g' is not EMPTY.";
        assert_eq!(why(Some(&group("Stable"))).unwrap(), stable);
    }
}
