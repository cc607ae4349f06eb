//! What `kafka-streams-groups.sh` does.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use super::answer;
use super::cluster::{Failure, connect};
use super::groups::DESCRIBED;
use super::java::{hash_map_order, parse_datetime, parse_duration, partition_map_order};
use super::jopt::{OptionError, Options};
use super::offset_deletion;
use super::streams_groups::TARGETS;
use super::streams_groups_text as text;
use super::usage::{Stop, Streams, log4j};
use crate::client::{At, ClientError, Cluster};
use crate::model::{ErrorCode, TimestampMs};
use crate::ops::groups::reset::{self, Note, ResetTo, Scope};
use crate::ops::groups::streams::{self, StreamsGroup};
use crate::ops::groups::{self, ListedGroup};
use crate::ops::{OpsError, Refusal, topics};

const EXECUTION: &str = "java.util.concurrent.ExecutionException";
const RUNTIME: &str = "java.lang.RuntimeException";

/// How an action ends when it does not end well.
pub(super) enum Trouble {
    /// What Java would catch at the end.
    Failed(Failure),
    Stop(Stop),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble::Stop(Stop::Io(error))
    }
}

impl From<OptionError> for Trouble {
    fn from(error: OptionError) -> Trouble {
        Trouble::Stop(Stop::usage_option(error))
    }
}

/// A failure that Java's futures hand over inside an exception of their own.
fn execution(error: &OpsError, call: &str) -> Failure {
    let failure = Failure::of_error(error, call);
    Failure::of(EXECUTION, failure.to_string())
}

/// The same, wrapped once more.
fn runtime(error: &OpsError, call: &str) -> Trouble {
    Trouble::Failed(Failure::of(RUNTIME, execution(error, call).to_string()))
}

/// Does what the options ask for.
pub(super) async fn act(options: &Options, out: &mut Streams<'_>) -> Result<(), Trouble> {
    let timeout: i64 = options.number("timeout")?.unwrap_or(30_000);
    // Read before anything is asked, whatever they are for.
    options.number::<i64>("to-offset")?;
    options.number::<i64>("shift-by")?;
    let cluster = connect(options).map_err(|failure| match failure.exception.as_str() {
        "java.nio.file.NoSuchFileException" | "java.io.IOException" => {
            Trouble::Failed(Failure::of(RUNTIME, failure.to_string()))
        }
        _ => Trouble::Failed(failure),
    })?;
    let mut config = cluster.config().clone();
    config.set_timeout(Duration::from_millis(u64::try_from(timeout).unwrap_or_default()));
    let cluster = Cluster::new(config);
    if options.has("list") {
        list(&cluster, options, out).await
    } else if options.has("describe") {
        describe(&cluster, options, out).await
    } else if options.has("reset-offsets") {
        reset(&cluster, options, out).await
    } else if options.has("delete") {
        delete(&cluster, options, out).await
    } else {
        delete_offsets(&cluster, options, out).await
    }
}

async fn listed(cluster: &Cluster, states: &[String]) -> Result<Vec<ListedGroup>, OpsError> {
    let (mut all, silent) = groups::list(cluster, states, &["Streams".to_owned()]).await?;
    if let Some((broker, refusal)) = silent.into_iter().next() {
        return Err(refusal.about(format!("groups of broker {broker}")));
    }
    // Brokers that know no types ignore them.
    all.retain(|group| group.kind.eq_ignore_ascii_case("streams"));
    hash_map_order(&mut all, |group| &group.group);
    Ok(all)
}

async fn list(cluster: &Cluster, options: &Options, out: &mut Streams<'_>) -> Result<(), Trouble> {
    if !options.has("state") {
        let groups = listed(cluster, &[]).await.map_err(|e| runtime(&e, "findAllBrokers"))?;
        answer::rows("groups", &groups);
        for group in groups {
            writeln!(out.out, "{}", group.group)?;
        }
        return Ok(());
    }
    let states = match options.value("state")?.filter(|words| !words.is_empty()) {
        Some(words) => text::states(words).map_err(|message| Trouble::Stop(Stop::Usage(message)))?,
        None => Vec::new(),
    };
    let groups = listed(cluster, &states).await.map_err(|e| Trouble::Failed(execution(&e, "findAllBrokers")))?;
    answer::rows("groups", &groups);
    Ok(text::print_list(&groups, out.out)?)
}

/// Names that `--group` gives, or all streams groups.
async fn chosen(cluster: &Cluster, options: &Options) -> Result<Vec<String>, Trouble> {
    if options.has("all-groups") {
        let all = listed(cluster, &[]).await.map_err(|e| runtime(&e, "findAllBrokers"))?;
        return Ok(all.into_iter().map(|group| group.group).collect());
    }
    Ok(options.values("group").into_iter().map(str::to_owned).collect())
}

async fn describe(cluster: &Cluster, options: &Options, out: &mut Streams<'_>) -> Result<(), Trouble> {
    let verbose = options.has("verbose");
    let names = chosen(cluster, options).await?;
    answer::of(DESCRIBED);
    for name in names {
        let group = streams::describe(cluster, &name).await;
        let group = group.map_err(|e| Trouble::Failed(execution(&e.into(), "describeStreamsGroups")))?;
        if group.state == "Dead" {
            answer::missing(format!("Streams group '{name}' does not exist."));
        } else if options.has("members") || options.has("state") {
            answer::row(DESCRIBED, || text::described(&group, None));
        }
        if options.has("members") {
            text::print_members(&group, verbose, out.out)?;
        } else if options.has("state") {
            text::print_state(&group, verbose, out.out)?;
        } else {
            let mut rows = streams::offsets(cluster, &group).await.map_err(|error| match error {
                OpsError::Invalid(message) => Trouble::Stop(Stop::Usage(message)),
                other => Trouble::Failed(execution(&other, "listOffsets")),
            })?;
            partition_order(&mut rows, |row| (row.topic.clone(), row.partition));
            if group.state != "Dead" {
                answer::row(DESCRIBED, || text::described(&group, Some(&rows)));
            }
            text::print_offsets(&group, &rows, verbose, out.out)?;
        }
    }
    Ok(())
}

/// Puts rows into the order of Java's map of partitions.
fn partition_order<T>(rows: &mut Vec<T>, at: impl Fn(&T) -> At) {
    let mut keyed: Vec<(At, T)> = rows.drain(..).map(|row| (at(&row), row)).collect();
    partition_map_order(&mut keyed, |(at, _)| at);
    rows.extend(keyed.into_iter().map(|(_, row)| row));
}

async fn reset(cluster: &Cluster, options: &Options, out: &mut Streams<'_>) -> Result<(), Trouble> {
    let mut names = chosen(cluster, options).await?;
    names.sort_unstable();
    names.dedup();
    hash_map_order(&mut names, |name| name);
    let mut moved: Vec<(String, Vec<(At, i64)>)> = Vec::new();
    for name in names {
        let group = streams::describe(cluster, &name).await;
        match &group {
            Ok(group) if !matches!(group.state.as_str(), "Empty" | "Dead") => {
                answer::missing(format!(
                    "group {name} has members: its state is {}, and only the offsets of an inactive one are reset",
                    group.state
                ));
                writeln!(
                    out.out,
                    "\nError: Assignments can only be reset if the group '{name}' is inactive, but the current state is {}.",
                    group.state
                )?;
                moved.push((name, Vec::new()));
                continue;
            }
            // What is no streams group may have committed all the same.
            Err(error) if error.code() != Some(ErrorCode::GroupIdNotFound) => {
                return Err(runtime(&error.clone().into(), "describeStreamsGroups"));
            }
            _ => {}
        }
        let offsets = reset_group(cluster, options, &name, &group, out).await?;
        moved.push((name, offsets));
        if let Ok(group) = group.as_ref()
            && options.has("execute")
        {
            delete_internal_after_reset(cluster, options, group, out).await?;
        }
    }
    if options.has("export") {
        let with_group = options.values("group").len() != 1;
        for (group, offsets) in &moved {
            for ((topic, partition), offset) in offsets {
                let first = if with_group { format!("{group},") } else { String::new() };
                writeln!(out.out, "{first}{topic},{partition},{offset}")?;
            }
        }
        return Ok(writeln!(out.out)?);
    }
    Ok(text::print_reset(&moved, out.out)?)
}

async fn reset_group(
    cluster: &Cluster,
    options: &Options,
    name: &str,
    group: &Result<StreamsGroup, ClientError>,
    out: &mut Streams<'_>,
) -> Result<Vec<(At, i64)>, Trouble> {
    let refuse = |message: String| Trouble::Stop(Stop::Usage(message));
    let failed = |class: &str, message: String| Trouble::Failed(Failure::of(class, message));
    let scope = match scope(cluster, options, name, group, out).await? {
        Some(scope) => scope,
        None if options.has("from-file") => Scope::Committed,
        None => return Err(refuse("One of the reset scopes should be defined: --all-topics, --topic.".into())),
    };
    let Some(to) = target(options, name, out)? else {
        let all: Vec<String> = TARGETS.iter().map(|target| format!("[{target}]")).collect();
        let all = all.join(", ");
        return Err(refuse(format!("Option '[reset-offsets]' requires one of the following scenarios: [{all}]")));
    };
    let plan = reset::plan(cluster, name, &scope, &to).await.map_err(|error| match error {
        OpsError::Invalid(message) if message.ends_with("do not exist") => {
            failed("org.apache.kafka.common.errors.UnknownTopicOrPartitionException", message)
        }
        OpsError::Invalid(message) if message.ends_with("no leader") => {
            failed("org.apache.kafka.common.errors.LeaderNotAvailableException", message)
        }
        OpsError::Invalid(message) => refuse(message),
        other => Trouble::Failed(Failure::of_error(&other, "describeTopics")),
    })?;
    for moved in &plan.moves {
        tell_note(moved, &to, out)?;
    }
    if options.has("execute") {
        let done = reset::execute(cluster, &plan).await;
        done.map_err(|e| Trouble::Failed(Failure::of_error(&e, "alterStreamsGroupOffsets")))?;
    }
    answer::count("reset-offsets", &plan, !plan.moves.is_empty());
    let mut rows: Vec<(At, i64)> =
        plan.moves.into_iter().map(|moved| ((moved.topic, moved.partition), moved.new)).collect();
    partition_map_order(&mut rows, |(at, _)| at);
    Ok(rows)
}

fn tell_note(moved: &reset::Move, to: &ResetTo, out: &mut Streams<'_>) -> Result<(), Trouble> {
    let (how, end) = match moved.note {
        None => return Ok(()),
        Some(Note::NothingThatLate) => {
            return Ok(writeln!(
                out.out,
                "\nWarn: Partition {} from topic {} is empty. Falling back to latest known offset.",
                moved.partition, moved.topic
            )?);
        }
        Some(Note::PastEnd) => ("higher", "latest"),
        Some(Note::BeforeStart) => ("lower", "earliest"),
    };
    let text = format!(
        "New offset ({}) is {how} than {end} offset for topic partition {}-{}. Value will be set to {} (org.apache.kafka.tools.OffsetsUtils)",
        super::groups::wish(to, moved),
        moved.topic,
        moved.partition,
        moved.new
    );
    Ok(log4j("WARN", text, out.err)?)
}

/// The partitions that the options name.
async fn scope(
    cluster: &Cluster,
    options: &Options,
    name: &str,
    group: &Result<StreamsGroup, ClientError>,
    out: &mut Streams<'_>,
) -> Result<Option<Scope>, Trouble> {
    let each = |partitions: Vec<At>| {
        let mut topics: BTreeMap<String, Vec<i32>> = BTreeMap::new();
        for (topic, partition) in partitions {
            topics.entry(topic).or_default().push(partition);
        }
        Scope::Topics(topics.into_iter().map(|(topic, partitions)| (topic, Some(partitions))).collect())
    };
    if options.has("all-input-topics") {
        let group = group.as_ref().map_err(|e| runtime(&e.clone().into(), "describeStreamsGroups"))?;
        let read = streams::committed(cluster, group, true).await;
        let read = read.map_err(|e| runtime(&e, "listStreamsGroupOffsets"))?;
        return Ok(Some(each(read.into_keys().collect())));
    }
    if !options.has("input-topic") {
        return Ok(None);
    }
    let words = offset_deletion::topic_words(&options.values("input-topic"))
        .map_err(|message| Trouble::Stop(Stop::Usage(message)))?;
    let mut named: Vec<At> = Vec::new();
    let mut missing: Vec<String> = Vec::new();
    for (topic, partitions) in words {
        let known = cluster.topic(&topic, true).await.map_err(|error| match partitions {
            None => Trouble::Failed(Failure::of_error(&error.into(), "describeTopics")),
            // These are looked up elsewhere, where what goes wrong is wrapped.
            Some(_) => runtime(&error.into(), "describeTopics"),
        })?;
        match partitions {
            None => named.extend(known.partitions.iter().map(|p| (topic.clone(), p.index))),
            Some(partitions) => {
                let is_there = |p: &i32| known.partitions.iter().any(|k| k.index == *p);
                missing.extend(partitions.iter().filter(|p| !is_there(p)).map(|p| format!("{topic}-{p}")));
                named.extend(partitions.into_iter().map(|p| (topic.clone(), p)));
            }
        }
    }
    if !missing.is_empty() {
        let text = format!("The partitions \"{}\" do not exist", missing.join(","));
        let class = "org.apache.kafka.common.errors.UnknownTopicOrPartitionException";
        return Err(Trouble::Failed(Failure::of(class, text)));
    }
    let committed = match cluster.committed(name, None).await {
        Err(e) if e.code() == Some(ErrorCode::GroupIdNotFound) => BTreeMap::new(),
        other => other.map_err(|e| runtime(&e.into(), "listStreamsGroupOffsets"))?,
    };
    if !named.iter().all(|at| committed.contains_key(at)) {
        answer::missing(format!("One or more topics are not part of the group '{name}'."));
        writeln!(out.out, "\nError: One or more topics are not part of the group '{name}'.")?;
        named.clear();
    }
    Ok(Some(each(named)))
}

fn target(options: &Options, group: &str, out: &mut Streams<'_>) -> Result<Option<ResetTo>, Trouble> {
    let has = |name| options.has(name);
    let runtime = |message: String| Trouble::Failed(Failure::of(RUNTIME, message));
    if has("to-offset") {
        return Ok(options.number("to-offset")?.map(ResetTo::Offset));
    }
    if has("shift-by") {
        return Ok(options.number("shift-by")?.map(ResetTo::ShiftBy));
    }
    if let Some(text) = options.value("to-datetime")? {
        return Ok(Some(ResetTo::Time(TimestampMs(parse_datetime(text).map_err(runtime)?))));
    }
    if let Some(text) = options.value("by-duration")? {
        let back = parse_duration(text).ok_or_else(|| {
            let class = "java.time.format.DateTimeParseException";
            Trouble::Failed(Failure::of(class, "Text cannot be parsed to a Duration"))
        })?;
        return Ok(Some(ResetTo::Time(TimestampMs(TimestampMs::now().0 - back))));
    }
    if let Some(file) = options.value("from-file")? {
        let text = std::fs::read_to_string(file)
            .map_err(|_| runtime(format!("java.io.IOException: Unable to read file {file}")))?;
        let offsets = reset::parse_csv(&text, group).map_err(|error| runtime(error.to_string()))?;
        if offsets.is_empty() {
            answer::missing(format!("No reset plan for group {group} found"));
            writeln!(out.out, "\nError: No reset plan for group {group} found")?;
        }
        return Ok(Some(ResetTo::Each(offsets)));
    }
    Ok(match () {
        () if has("to-earliest") => Some(ResetTo::Earliest),
        () if has("to-latest") => Some(ResetTo::Latest),
        () if has("to-current") => Some(ResetTo::Current),
        () => None,
    })
}

/// The topics of the application's own; those with other names are told of, and left alone.
fn internal_topics(group: &StreamsGroup, out: &mut Streams<'_>) -> Result<Vec<String>, Trouble> {
    let (own, others) = group.internal_topics();
    for topic in others {
        answer::missing(format!("{topic} is not named as a topic of the application's own, and is not deleted"));
        writeln!(
            out.out,
            "\nError: The internal topic '{topic}' is not inferred as internal and thus will not be deleted with the group '{}'.",
            group.group
        )?;
    }
    Ok(own)
}

async fn delete_internal_after_reset(
    cluster: &Cluster,
    options: &Options,
    group: &StreamsGroup,
    out: &mut Streams<'_>,
) -> Result<(), Trouble> {
    let topics: Vec<String> = if options.has("delete-all-internal-topics") {
        internal_topics(group, out)?
    } else {
        options.values("delete-internal-topic").into_iter().map(str::to_owned).collect()
    };
    if topics.is_empty() {
        return Ok(());
    }
    let name = &group.group;
    match delete_topics(cluster, &topics).await.1 {
        None => {}
        Some(failure) if failure.exception.ends_with(".UnknownTopicOrPartitionException") => writeln!(
            out.out,
            "\nError: Deleting internal topics for group '{name}' failed because the topics do not exist."
        )?,
        Some(failure) => {
            writeln!(out.out, "\nError: Deleting internal topics for group '{name}' failed due to {failure}")?;
            out.out.flush()?;
            writeln!(out.err, "{EXECUTION}: {failure}")?;
        }
    }
    Ok(())
}

/// Deletes topics; the names of those that stayed, and why the first of them did.
async fn delete_topics(cluster: &Cluster, names: &[String]) -> (Vec<String>, Option<Failure>) {
    match topics::delete(cluster, names).await {
        Err(error) => (names.to_vec(), Some(Failure::of_error(&error, "deleteTopics"))),
        Ok(outcomes) => {
            let kept = outcomes.into_iter().filter_map(|outcome| Some((outcome.name, outcome.result.err()?)));
            let (names, refusals): (Vec<String>, Vec<Refusal>) = kept.unzip();
            (names, refusals.into_iter().next().map(Failure::from))
        }
    }
}

async fn delete(cluster: &Cluster, options: &Options, out: &mut Streams<'_>) -> Result<(), Trouble> {
    let names = chosen(cluster, options).await?;
    let known = listed(cluster, &[]).await.map_err(|e| runtime(&e, "findAllBrokers"))?;
    let (mut gone, mut kept): (Vec<String>, Vec<(String, Failure)>) = (Vec::new(), Vec::new());
    let mut wanted: Vec<String> = Vec::new();
    for name in names {
        match stands_in_the_way(&name, &known) {
            Some(failure) if !kept.iter().any(|(other, _)| *other == name) => kept.push((name, failure)),
            None if !wanted.contains(&name) => wanted.push(name),
            _ => {}
        }
    }
    let mut internal: Vec<(String, Vec<String>)> = Vec::new();
    if options.has("delete-all-internal-topics") {
        for name in &wanted {
            let group = match streams::describe(cluster, name).await {
                Ok(group) => group,
                Err(error) => {
                    let failure = execution(&error.into(), "describeStreamsGroups");
                    writeln!(out.out, "\nError: Retrieving internal topics failed due to {}", failure.message)?;
                    internal.clear();
                    break;
                }
            };
            let own = internal_topics(&group, out)?;
            if !own.is_empty() {
                internal.push((name.clone(), own));
            }
        }
    }
    if !wanted.is_empty() {
        let outcomes = groups::delete(cluster, &wanted).await;
        for outcome in outcomes.map_err(|e| Trouble::Failed(Failure::of_error(&e, "deleteStreamsGroups")))? {
            match outcome.result {
                Ok(()) => gone.push(outcome.name),
                Err(refusal) => kept.push((outcome.name, Failure::from(refusal))),
            }
        }
    }
    gone.iter().for_each(|name| answer::did("delete", "group", name));
    kept.iter().for_each(|(name, failure)| answer::refused("delete", "group", name, &failure.message));
    let mut unfinished: Vec<(String, Failure)> = Vec::new();
    for (name, topics) in internal.iter().filter(|(name, _)| gone.contains(name)) {
        let (left, failure) = delete_topics(cluster, topics).await;
        for topic in topics.iter().filter(|topic| !left.contains(topic)) {
            answer::did("delete", "topic", topic);
        }
        for topic in left {
            answer::refused("delete", "topic", &topic, failure.as_ref().map_or("", |failure| &failure.message));
            writeln!(out.out, "Failed to delete internal topic: {topic}")?;
        }
        unfinished.extend(failure.map(|failure| (name.clone(), failure)));
    }
    hash_map_order(&mut gone, |name| name);
    hash_map_order(&mut kept, |(name, _)| name);
    text::print_deleted(&gone, &kept, out.out)?;
    if !internal.is_empty() && !gone.is_empty() {
        let with_topics = gone.iter().filter(|name| internal.iter().any(|(group, _)| group == *name));
        text::print_internal(&with_topics.map(String::as_str).collect::<Vec<_>>(), &unfinished, out.out)?;
    }
    Ok(())
}

/// Why a group cannot be deleted, as far as the list tells.
fn stands_in_the_way(name: &str, known: &[ListedGroup]) -> Option<Failure> {
    let Some(group) = known.iter().find(|group| group.group == name) else {
        let text = format!("Group '{name}' does not exist or is not a streams group.");
        return Some(Failure::of("java.lang.IllegalArgumentException", text));
    };
    match group.state.as_str() {
        "Empty" | "" => None,
        "Dead" => {
            let text = format!("Streams group '{name}' group state is DEAD.");
            Some(Failure::of("java.lang.IllegalStateException", text))
        }
        _ => {
            let text = format!("Streams group '{name}' is not EMPTY.");
            Some(Failure::of("org.apache.kafka.common.errors.GroupNotEmptyException", text))
        }
    }
}

async fn delete_offsets(cluster: &Cluster, options: &Options, out: &mut Streams<'_>) -> Result<(), Trouble> {
    let name = options.value("group")?.unwrap_or_default().to_owned();
    let unsaid = |e: ClientError, call: &str| runtime(&e.into(), call);
    let (wanted, results) = if options.has("all-input-topics") {
        let group = streams::describe(cluster, &name).await.map_err(|e| unsaid(e, "describeStreamsGroups"))?;
        let read = streams::committed(cluster, &group, true).await;
        let read = read.map_err(|e| runtime(&e, "listStreamsGroupOffsets"))?;
        (read.into_keys().collect(), BTreeMap::new())
    } else {
        let words = offset_deletion::topic_words(&options.values("input-topic"))
            .map_err(|message| Trouble::Stop(Stop::Usage(message)))?;
        offset_deletion::partitions(cluster, words).await
    };
    match offset_deletion::delete(cluster, &name, wanted, results, out.out).await? {
        Ok(()) => Ok(()),
        Err(error) => Err(Trouble::Failed(execution(&error, "deleteStreamsGroupOffsets"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_streams_group_may_be_deleted() {
        let group = |name: &str, state: &str| ListedGroup {
            group: name.into(),
            kind: "streams".into(),
            protocol_type: "streams".into(),
            state: state.into(),
            coordinator: 1,
        };
        let known = [group("empty", "Empty"), group("busy", "Stable"), group("dead", "Dead")];
        let why = |name: &str| stands_in_the_way(name, &known).map(|failure| failure.to_string());
        assert_eq!(why("empty"), None);
        assert_eq!(
            why("busy").as_deref(),
            Some("org.apache.kafka.common.errors.GroupNotEmptyException: Streams group 'busy' is not EMPTY.")
        );
        assert_eq!(
            why("dead").as_deref(),
            Some("java.lang.IllegalStateException: Streams group 'dead' group state is DEAD.")
        );
        assert_eq!(
            why("none").as_deref(),
            Some("java.lang.IllegalArgumentException: Group 'none' does not exist or is not a streams group.")
        );
    }
}
