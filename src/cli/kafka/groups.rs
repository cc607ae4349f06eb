//! `kafka-consumer-groups.sh` (`org.apache.kafka.tools.consumer.group.ConsumerGroupCommand`).
//!
//! Options and rules are here; what each action prints is in `groups_text`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Value, json};

use super::answer;
use super::cluster::{Failure, block_on, connect};
use super::groups_text as text;
use super::java::{hash_map_order, parse_datetime, parse_duration, partition_map_order};
use super::jopt::{Opt, OptionError, Options, Type, parse};
use super::offset_deletion;
use super::usage::{HELP, Stop, Streams, VERSION, forbid, help_or_version, log4j, require};
use crate::client::{At, ClientError, Cluster};
use crate::model::{ErrorCode, TimestampMs};
use crate::ops::OpsError;
use crate::ops::groups::reset::{self, Note, ResetTo, Scope};
use crate::ops::groups::{self, DescribedGroup};

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::flag("all-groups", "Every consumer group."),
    Opt::flag("all-topics", "With --reset-offsets: every topic that the group has committed."),
    Opt::required(
        "bootstrap-server",
        Type::String,
        "server to connect to",
        "HOST:PORT of one or more brokers. REQUIRED except with --validate-regex.",
    ),
    Opt::required(
        "by-duration",
        Type::String,
        "duration",
        "Reset to where the log was this long ago. Format: 'PnDTnHnMnS'",
    ),
    Opt::required("command-config", Type::String, "command config property file", "A properties file for the clients."),
    Opt::flag("delete", "Delete groups with all that they have committed: --group g1 --group g2"),
    Opt::flag("delete-offsets", "Delete what one group has committed for some topics."),
    Opt::flag("describe", "Show where groups stand and how far behind they are."),
    Opt::flag("dry-run", "With --reset-offsets: only show what would be done."),
    Opt::flag("execute", "With --reset-offsets: do it."),
    Opt::flag("export", "With --reset-offsets: print the new offsets as CSV."),
    Opt::required("from-file", Type::String, "path to CSV file", "Reset to the offsets in a file that --export wrote."),
    Opt::required("group", Type::String, "consumer group", "The group; may be repeated."),
    HELP,
    Opt::flag("list", "Show the names of all consumer groups."),
    Opt::flag("members", "With --describe: the members.").only_with(&["describe"]),
    Opt::flag(
        "offsets",
        "With --describe: offsets and lag of each partition; what is shown if nothing else is asked for.",
    )
    .only_with(&["describe"]),
    Opt::flag(
        "reset-offsets",
        "Move where groups without active members stand. Needs a scope (--all-topics, --topic or --from-file) and a target (--to-datetime, --by-duration, --to-earliest, --to-latest, --shift-by, --from-file, --to-current or --to-offset).",
    ),
    Opt::required("shift-by", Type::Long, "number-of-offsets", "Reset by so many records, forward or (negative) back."),
    Opt::optional(
        "state",
        Type::String,
        "",
        "With --describe: the state. With --list: show the states, or only groups in these: --state stable,empty",
    )
    .only_with(&["describe", "list"]),
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
    Opt::required(
        "topic",
        Type::String,
        "topic",
        "A topic, or partitions of it as in `topic1:0,1,2`; may be repeated.",
    ),
    Opt::optional(
        "type",
        Type::String,
        "",
        "With --list: show the types, or only groups of these: --type classic,consumer",
    )
    .only_with(&["list"]),
    Opt::required("validate-regex", Type::String, "regex", "Check a regular expression of subscriptions (RE2)."),
    Opt::flag("verbose", "With --describe: more columns.").only_with(&["describe"]),
    VERSION,
];

const ABOUT: &str = "This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset consumer group offsets.";
const ACTIONS: [&str; 6] = ["list", "describe", "delete", "reset-offsets", "delete-offsets", "validate-regex"];
const TARGETS: [&str; 8] =
    ["to-offset", "to-datetime", "by-duration", "to-earliest", "to-latest", "to-current", "shift-by", "from-file"];
const NOT_EXECUTED: &str = "WARN: No action will be performed as the --execute option is missing. In version 5.0, this command will require either --dry-run or --execute to be specified. You should add the --dry-run option explicitly if you are scripting this command and want to keep the current default behavior without prompting.";

/// The kind of described groups.
pub(super) const DESCRIBED: &str = "described-groups";

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let options = parse(OPTIONS, args).map_err(Stop::uncaught_option)?;
    check(&options, args.is_empty(), streams)?;
    if options.has("validate-regex") {
        let regex = options.value("validate-regex").map_err(Stop::usage_option)?.unwrap_or_default();
        match regex::Regex::new(regex) {
            Ok(_) => {
                answer::row("regex", || json!({"regex": regex, "valid": true}));
                writeln!(streams.out, "The regular expression `{regex}` is valid.")?;
            }
            Err(error) => {
                let why = error.to_string();
                let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
                answer::row("regex", || json!({"regex": regex, "valid": false, "error": re2(why)}));
                answer::fails(format!("{regex} is not valid: {}", re2(why)));
                writeln!(streams.out, "The regular expression `{regex}` is invalid: {}.", re2(why))?;
            }
        }
        return Ok(());
    }
    let done = block_on(async {
        let timeout = match options.number::<i64>("timeout") {
            Ok(timeout) => timeout.unwrap_or(30_000),
            Err(error) => return Ok(Err(error.into())),
        };
        Ok(match connect_within(&options, timeout) {
            Ok(cluster) => act(&cluster, &options, streams).await,
            Err(file) if file.exception.starts_with("java.") => {
                Err(Failure::of("java.lang.RuntimeException", file.to_string()).into())
            }
            Err(failure) => Err(failure.into()),
        })
    })?;
    match done {
        Ok(()) => Ok(()),
        Err(Trouble::Stop(stop)) => Err(stop),
        Err(Trouble::Unreadable(why)) => Err(Stop::Failure(why)),
        // What goes wrong on the way is said, and the tool still ends with 0.
        Err(Trouble::Failed(failure)) => {
            let cause = match failure.wrapper {
                Some(_) => failure.failure.to_string(),
                None => failure.failure.message.clone(),
            };
            let cause = cause.lines().next().unwrap_or_default();
            writeln!(streams.out, "\nError: Executing consumer group command failed due to {cause}")?;
            streams.out.flush()?;
            let nested = failure.wrapper.map(|class| format!("{class}: ")).unwrap_or_default();
            writeln!(streams.err, "{nested}{}", failure.failure)?;
            Ok(())
        }
    }
}

/// What RE2 says to a pattern, for what the regular expressions here say.
fn re2(why: &str) -> &str {
    match why {
        "unclosed character class" => "missing closing ]",
        "unclosed group" => "missing closing )",
        "unopened group" => "unexpected )",
        "incomplete escape sequence, reached end of pattern prematurely" => "trailing backslash at end of expression",
        "repetition operator missing expression" => "missing argument to repetition operator",
        other => other,
    }
}

fn connect_within(options: &Options, timeout_ms: i64) -> Result<Cluster, Failure> {
    let cluster = connect(options)?;
    let mut config = cluster.config().clone();
    config.set_timeout(Duration::from_millis(u64::try_from(timeout_ms).unwrap_or_default()));
    Ok(Cluster::new(config))
}

/// The rules between options (`ConsumerGroupCommandOptions.checkArgs`).
fn check(options: &Options, nothing_given: bool, streams: &mut Streams<'_>) -> Result<(), Stop> {
    let has = |name| options.has(name);
    let refuse = |message: String| Err(Stop::Usage(message));
    help_or_version(options, nothing_given, ABOUT, streams)?;
    if !has("validate-regex") {
        require(options, &["bootstrap-server"])?;
    }
    let needs_group = |action: &str| {
        if has("group") || has("all-groups") {
            return Ok(());
        }
        Err(Stop::Usage(format!("Option [{action}] takes one of these options: [group], [all-groups]")))
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
        if has("topic") {
            return refuse(
                "The consumer does not support topic-specific offset deletion from a consumer group.".into(),
            );
        }
    }
    if has("delete-offsets") && !(has("group") && has("topic")) {
        return refuse("Option [delete-offsets] takes the following options: [group], [topic]".into());
    }
    if has("reset-offsets") {
        if has("dry-run") && has("execute") {
            return refuse("Option [reset-offsets] only accepts one of [execute] and [dry-run]".into());
        }
        if !has("dry-run") && !has("execute") {
            writeln!(streams.err, "{NOT_EXECUTED}")?;
        }
        needs_group("reset-offsets")?;
        for target in TARGETS {
            let others: Vec<&str> = TARGETS.into_iter().filter(|other| *other != target).collect();
            forbid(options, target, &others)?;
        }
    }
    forbid(options, "group", &["all-groups"])?;
    forbid(options, "group", &["list"])?;
    forbid(options, "topic", &["list", "describe"])?;
    if ACTIONS.iter().filter(|action| has(action)).count() != 1 {
        let actions: Vec<String> = ACTIONS.iter().map(|action| format!("--{action}")).collect();
        return refuse(format!("Command must include exactly one action: {}", actions.join(", ")));
    }
    Ok(())
}

/// How an action ends when it does not end well.
enum Trouble {
    Failed(Cause),
    /// A file of offsets that is none: the group gets no plan, the tool goes on.
    Unreadable(String),
    Stop(Stop),
}

/// What the exception of a future is wrapped into.
const EXECUTION: &str = "java.util.concurrent.ExecutionException";
/// What the tool wraps that into in some places.
const RUNTIME: &str = "java.lang.RuntimeException";

/// A failure, and the class that Java wraps it into: the message of that one is the class and message of this one.
struct Cause {
    failure: Failure,
    wrapper: Option<&'static str>,
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Failed(Cause { failure, wrapper: None })
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble::Stop(Stop::Io(error))
    }
}

impl From<OptionError> for Trouble {
    fn from(error: OptionError) -> Trouble {
        // Read where the tool catches everything: a value that is none does not end it otherwise than a refusal.
        Failure::of(&format!("joptsimple.{}", error.exception()), error.to_string()).into()
    }
}

/// A failure that Java's futures hand over inside an exception of their own.
fn wrapped(error: &OpsError, call: &str) -> Trouble {
    Trouble::Failed(Cause { failure: Failure::of_error(error, call), wrapper: Some(EXECUTION) })
}

/// A failure of a future that the tool wraps once more.
fn twice_wrapped(failure: &Failure) -> Trouble {
    Trouble::Failed(Cause { failure: Failure::of(EXECUTION, failure.to_string()), wrapper: Some(RUNTIME) })
}

/// Requests about groups begin at their coordinator, which could not be asked for.
const FIND: &str = "(api=FIND_COORDINATOR)";

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

/// Names that `--group` gives, or all consumer groups.
async fn chosen(cluster: &Cluster, options: &Options) -> Result<Vec<String>, Trouble> {
    if options.has("all-groups") {
        return Ok(listed(cluster, &[], &[]).await?.into_iter().map(|group| group.group).collect());
    }
    Ok(options.values("group").into_iter().map(str::to_owned).collect())
}

/// Consumer groups of the classic and the new protocol, in the order of Java's map of results.
async fn listed(cluster: &Cluster, states: &[String], types: &[String]) -> Result<Vec<groups::ListedGroup>, Trouble> {
    let (mut all, silent) = groups::list(cluster, states, types)
        .await
        .map_err(|error| twice_wrapped(&Failure::without_brokers(&error, "ListGroups")))?;
    if let Some((_, refusal)) = silent.into_iter().next() {
        return Err(Failure::from(refusal).into());
    }
    all.retain(|group| {
        matches!(group.protocol_type.as_str(), "consumer" | "")
            && !matches!(group.kind.to_ascii_lowercase().as_str(), "share" | "streams")
    });
    hash_map_order(&mut all, |group| &group.group);
    Ok(all)
}

async fn list(cluster: &Cluster, options: &Options, out: &mut dyn Write) -> Result<(), Trouble> {
    let (with_type, with_state) = (options.has("type"), options.has("state"));
    let states = match options.value("state")? {
        Some(words) if !words.is_empty() => {
            text::states(words).map_err(|message| Trouble::Stop(Stop::Usage(message)))?
        }
        _ => Vec::new(),
    };
    let types = match options.value("type")? {
        Some(words) if !words.is_empty() => {
            text::types(words).map_err(|message| Trouble::Stop(Stop::Usage(message)))?
        }
        _ => Vec::new(),
    };
    let groups = listed(cluster, &states, &types).await?;
    answer::rows("groups", &groups);
    if !with_type && !with_state {
        for group in groups {
            writeln!(out, "{}", group.group)?;
        }
        return Ok(());
    }
    Ok(text::print_list(&groups, with_type, with_state, out)?)
}

async fn describe(cluster: &Cluster, options: &Options, streams: &mut Streams<'_>) -> Result<(), Trouble> {
    let verbose = options.has("verbose");
    let mut described: BTreeMap<String, DescribedGroup> = BTreeMap::new();
    let names = chosen(cluster, options).await?;
    let answers =
        groups::describe(cluster, &names).await.map_err(|e| wrapped(&e, &format!("describeConsumerGroups{FIND}")))?;
    for (name, answer) in answers {
        let group = answer.map_err(|error| wrapped(&with_group(error, &name), "describeConsumerGroups"))?;
        described.insert(name, group);
    }
    answer::of(DESCRIBED);
    for group in described.values() {
        if group.state == "Dead" {
            answer::missing(format!("Consumer group '{}' does not exist.", group.group));
        } else if options.has("members") || options.has("state") {
            answer::row(DESCRIBED, || group);
        }
        if options.has("members") {
            text::print_members(group, verbose, streams)?;
        } else if options.has("state") {
            text::print_state(group, verbose, streams)?;
        } else {
            let rows = groups::offsets(cluster, group).await.map_err(|e| wrapped(&e, "listConsumerGroupOffsets"))?;
            if group.state != "Dead" {
                answer::row(DESCRIBED, || with_offsets(group, &rows));
            }
            text::print_offsets(group, &rows, verbose, streams)?;
        }
    }
    Ok(())
}

/// A group with its offsets, as the native command has it.
pub(super) fn with_offsets(group: &DescribedGroup, rows: &[groups::PartitionLag]) -> Value {
    let mut whole = serde_json::to_value(group).unwrap_or_default();
    if let Some(fields) = whole.as_object_mut() {
        fields.insert("offsets".to_owned(), serde_json::to_value(rows).unwrap_or_default());
    }
    whole
}

/// Brokers older than 4.0 have no words for a group that is not there.
fn with_group(error: ClientError, group: &str) -> OpsError {
    match error {
        ClientError::Refused { subject, code: ErrorCode::GroupIdNotFound, message: None } => ClientError::Refused {
            subject,
            code: ErrorCode::GroupIdNotFound,
            message: Some(format!("Group {group} not found.")),
        },
        other => other,
    }
    .into()
}

async fn delete(cluster: &Cluster, options: &Options, out: &mut dyn Write) -> Result<(), Trouble> {
    let names = chosen(cluster, options).await?;
    let (mut gone, mut kept) = (Vec::new(), Vec::new());
    match groups::delete(cluster, &names).await {
        Ok(outcomes) => {
            for outcome in outcomes {
                let why = outcome.result.as_ref().copied().map_err(|refusal| refusal.text());
                answer::outcome("delete", "group", &outcome.name, why);
                match outcome.result {
                    Ok(()) => gone.push(outcome.name),
                    Err(refusal) => kept.push((outcome.name, Failure::from(refusal))),
                }
            }
        }
        // In Java each group has a future of its own, that fails alone.
        Err(error) => {
            let call = format!("deleteConsumerGroups{FIND}");
            kept.extend(names.into_iter().map(|name| (name, Failure::of_error(&error, &call))));
        }
    }
    hash_map_order(&mut gone, |name| name);
    hash_map_order(&mut kept, |(name, _)| name);
    let quoted: Vec<String> = gone.iter().map(|name| format!("'{name}'")).collect();
    if kept.is_empty() {
        return Ok(writeln!(out, "Deletion of requested consumer groups ({}) was successful.", quoted.join(", "))?);
    }
    writeln!(out, "\nError: Deletion of some consumer groups failed:")?;
    for (name, failure) in kept {
        writeln!(out, "* Group '{name}' could not be deleted due to: {failure}")?;
    }
    if !gone.is_empty() {
        writeln!(out, "\nThese consumer groups were deleted successfully: {}", quoted.join(", "))?;
    }
    Ok(())
}

async fn reset(cluster: &Cluster, options: &Options, streams: &mut Streams<'_>) -> Result<(), Trouble> {
    let mut names = chosen(cluster, options).await?;
    hash_map_order(&mut names, |name| name);
    let mut moved: Vec<(String, Vec<(At, i64)>)> = Vec::new();
    for name in names {
        let offsets = match reset_group(cluster, options, &name, streams).await {
            Err(Trouble::Unreadable(why)) => {
                answer::trouble("", &why);
                writeln!(streams.out, "\nError: No reset plan for group {name} found")?;
                streams.out.flush()?;
                writeln!(streams.err, "{why}")?;
                Vec::new()
            }
            offsets => offsets?,
        };
        moved.push((name, offsets));
    }
    if options.has("export") {
        let with_group = options.values("group").len() != 1;
        for (group, offsets) in &moved {
            for ((topic, partition), offset) in offsets {
                let first = if with_group { format!("{group},") } else { String::new() };
                writeln!(streams.out, "{first}{topic},{partition},{offset}")?;
            }
        }
        return Ok(writeln!(streams.out)?);
    }
    Ok(text::print_reset(&moved, streams.out)?)
}

async fn reset_group(
    cluster: &Cluster,
    options: &Options,
    group: &str,
    streams: &mut Streams<'_>,
) -> Result<Vec<(At, i64)>, Trouble> {
    let refuse = |message: String| Trouble::Stop(Stop::Usage(message));
    match groups::describe_one(cluster, group).await {
        Ok(described) if !described.is_inactive() => {
            answer::missing(format!(
                "group {group} has members: its state is {}, and only the offsets of an inactive one are reset",
                described.state
            ));
            writeln!(
                streams.out,
                "\nError: Assignments can only be reset if the group '{group}' is inactive, but the current state is {}.",
                described.state
            )?;
            return Ok(Vec::new());
        }
        Err(error) if error.code() != Some(ErrorCode::GroupIdNotFound) => {
            let call = format!("describeConsumerGroups{FIND}");
            return Err(twice_wrapped(&Failure::of_error(&error.into(), &call)));
        }
        _ => {}
    }
    let scope = if options.has("all-topics") {
        Scope::Committed
    } else if options.has("topic") {
        Scope::Topics(topic_words(options)?)
    } else if options.has("from-file") {
        Scope::Committed
    } else {
        return Err(refuse("One of the reset scopes should be defined: --all-topics, --topic.".into()));
    };
    let Some(to) = target(options, group)? else {
        let all: Vec<String> = TARGETS.iter().map(|target| format!("[{target}]")).collect();
        return Err(refuse(format!(
            "Option '[reset-offsets]' requires one of the following scenarios: [{}]",
            all.join(", ")
        )));
    };
    let plan = reset::plan(cluster, group, &scope, &to).await.map_err(|error| match error {
        OpsError::Invalid(message) if message.starts_with("The partitions ") => {
            let class = if message.ends_with("no leader") { "LeaderNotAvailable" } else { "UnknownTopicOrPartition" };
            Failure::of(&format!("org.apache.kafka.common.errors.{class}Exception"), message).into()
        }
        OpsError::Invalid(message) => refuse(message),
        other => Trouble::from(Failure::of_error(&other, "describeTopics")),
    })?;
    for moved in &plan.moves {
        let at = format!("{}-{}", moved.topic, moved.partition);
        match moved.note {
            None => {}
            Some(Note::NothingThatLate) => writeln!(
                streams.out,
                "\nWarn: Partition {} from topic {} is empty. Falling back to latest known offset.",
                moved.partition, moved.topic
            )?,
            Some(note) => {
                let (how, end) = if note == Note::PastEnd { ("higher", "latest") } else { ("lower", "earliest") };
                let wish = wish(&to, moved);
                let text = format!(
                    "New offset ({wish}) is {how} than {end} offset for topic partition {at}. Value will be set to {} (org.apache.kafka.tools.OffsetsUtils)",
                    moved.new
                );
                log4j("WARN", text, streams.err)?;
            }
        }
    }
    if options.has("execute") && !options.has("dry-run") {
        reset::execute(cluster, &plan).await.map_err(|e| Failure::of_error(&e, "alterConsumerGroupOffsets"))?;
    }
    answer::row("reset-offsets", || &plan);
    let mut rows: Vec<(At, i64)> =
        plan.moves.into_iter().map(|moved| ((moved.topic, moved.partition), moved.new)).collect();
    partition_map_order(&mut rows, |(at, _)| at);
    Ok(rows)
}

/// The offset that was asked for, before it was bent to the log's ends.
pub(super) fn wish(to: &ResetTo, moved: &reset::Move) -> i64 {
    match to {
        ResetTo::Offset(offset) => *offset,
        ResetTo::ShiftBy(by) => moved.committed.unwrap_or_default().saturating_add(*by),
        ResetTo::Each(offsets) => offsets.get(&(moved.topic.clone(), moved.partition)).copied().unwrap_or(moved.new),
        _ => moved.committed.unwrap_or(moved.new),
    }
}

fn target(options: &Options, group: &str) -> Result<Option<ResetTo>, Trouble> {
    let has = |name| options.has(name);
    if has("to-offset") {
        return Ok(options.number("to-offset")?.map(ResetTo::Offset));
    }
    if has("shift-by") {
        return Ok(options.number("shift-by")?.map(ResetTo::ShiftBy));
    }
    if let Some(text) = options.value("to-datetime")? {
        let at = parse_datetime(text).map_err(|message| Failure::of("java.lang.RuntimeException", message))?;
        return Ok(Some(ResetTo::Time(TimestampMs(at))));
    }
    if let Some(text) = options.value("by-duration")? {
        let back = parse_duration(text).ok_or_else(|| {
            Failure::of("java.time.format.DateTimeParseException", "Text cannot be parsed to a Duration")
        })?;
        return Ok(Some(ResetTo::Time(TimestampMs(TimestampMs::now().0 - back))));
    }
    if let Some(file) = options.value("from-file")? {
        let text = std::fs::read_to_string(file).map_err(|_| {
            Failure::of("java.lang.RuntimeException", format!("java.io.IOException: Unable to read file {file}"))
        })?;
        let offsets = reset::parse_csv(&text, group).map_err(|e| Trouble::Unreadable(unreadable(&text, &e)))?;
        return Ok(Some(ResetTo::Each(offsets)));
    }
    Ok(match () {
        () if has("to-earliest") => Some(ResetTo::Earliest),
        () if has("to-latest") => Some(ResetTo::Latest),
        () if has("to-current") => Some(ResetTo::Current),
        () => None,
    })
}

/// What Jackson says to the first field that is no number.
fn unreadable(text: &str, error: &OpsError) -> String {
    for line in text.lines() {
        let fields: Vec<&str> = line.split(',').collect();
        let [.., partition, offset] = fields.as_slice() else { continue };
        let bad = match (partition.parse::<i32>(), offset.parse::<i64>()) {
            (Err(_), _) => ("int", partition),
            (_, Err(_)) => ("long", offset),
            _ => continue,
        };
        let (ty, field) = bad;
        return format!(
            "com.fasterxml.jackson.databind.exc.InvalidFormatException: Cannot deserialize value of type `{ty}` from String \"{field}\": not a valid `{ty}` value"
        );
    }
    error.to_string()
}

async fn delete_offsets(cluster: &Cluster, options: &Options, out: &mut dyn Write) -> Result<(), Trouble> {
    let group = options.value("group")?.unwrap_or_default().to_owned();
    let (wanted, results) = offset_deletion::partitions(cluster, topic_words(options)?).await;
    let done = offset_deletion::delete(cluster, &group, wanted, results, out).await?;
    done.map_err(|error| wrapped(&error, "deleteConsumerGroupOffsets"))
}

/// What `--topic` names.
fn topic_words(options: &Options) -> Result<Vec<offset_deletion::TopicWord>, Trouble> {
    offset_deletion::topic_words(&options.values("topic")).map_err(|message| Trouble::Stop(Stop::Usage(message)))
}
