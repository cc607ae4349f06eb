//! `kafka-streams-application-reset.sh` (`org.apache.kafka.tools.StreamsResetter`).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, json};

use super::answer;
use super::cluster::{Failure, block_on, client_config, load};
use super::java::{hash_map_order, parse_datetime, parse_duration, partition_map_order, partition_map_order_sized};
use super::jopt::{Opt, OptionError, Options, Type, parse};
use super::usage::{HELP, Stop, Streams, VERSION, forbid, help_or_version};
use crate::client::{At, Cluster, Properties, Topics};
use crate::model::{ErrorCode, TimestampMs};
use crate::ops::groups::streams::is_internal_topic;
use crate::ops::groups::streams_reset::{self, Ends};
use crate::ops::groups::{self, DescribedGroup, Member};
use crate::ops::{OpsError, topics};

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::required("application-id", Type::String, "id", "REQUIRED: The `application.id`."),
    Opt::required(
        "bootstrap-server",
        Type::String,
        "server to connect to",
        "HOST:PORT of one or more brokers. (default: localhost:9092)",
    ),
    Opt::required("by-duration", Type::String, "", "Reset to where the log was this long ago. Format: 'PnDTnHnMnS'"),
    Opt::required("command-config", Type::String, "file name", "A properties file for the clients."),
    Opt::required("config-file", Type::String, "file name", "(DEPRECATED) The old name of --command-config."),
    Opt::flag("dry-run", "Only show what would be done."),
    Opt::flag("force", "Take the members out of the group that are still in it. Stop the application first."),
    Opt::required("from-file", Type::String, "", "Reset to the offsets in a CSV file."),
    HELP,
    Opt::required(
        "input-topics",
        Type::String,
        "list",
        "Topics that the application reads, with commas between them: reset to the first record kept, or as another option says.",
    ),
    Opt::required(
        "intermediate-topics",
        Type::String,
        "list",
        "[deprecated] Topics that the application writes and reads, with commas between them: reset to their ends.",
    ),
    Opt::required(
        "internal-topics",
        Type::String,
        "list",
        "Topics of the application's own to delete, with commas between them, instead of all that are named like them.",
    ),
    Opt::required("shift-by", Type::Long, "number-of-offsets", "Reset by so many records, forward or (negative) back."),
    Opt::required(
        "to-datetime",
        Type::String,
        "",
        "Reset to the first record at or after a time. Format: 'YYYY-MM-DDThh:mm:ss.sss'",
    ),
    Opt::flag("to-earliest", "Reset to the first record kept."),
    Opt::flag("to-latest", "Reset to the end."),
    Opt::required("to-offset", Type::Long, "", "Reset to an offset."),
    VERSION,
];

const ABOUT: &str = "This tool helps to quickly reset an application in order to reprocess its data from scratch.";
/// Each is held against those behind and before it, in this order.
const TARGETS: [&str; 7] =
    ["to-offset", "to-datetime", "by-duration", "to-earliest", "to-latest", "from-file", "shift-by"];
const NULL: &str =
    "Cannot invoke \"java.lang.Long.longValue()\" because the return value of \"java.util.Map.get(Object)\" is null";

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let options = parse(OPTIONS, args).map_err(Stop::usage_option)?;
    if !["application-id", "help", "version"].into_iter().any(|name| options.has(name)) {
        return Err(Stop::Usage("Missing required option(s) [application-id]".to_owned()));
    }
    help_or_version(&options, args.is_empty(), ABOUT, streams)?;
    for target in TARGETS {
        let others: Vec<&str> = TARGETS.into_iter().filter(|other| *other != target).collect();
        forbid(&options, target, &others)?;
    }
    forbid(&options, "config-file", &["command-config"])?;
    let file = match options.value("config-file").map_err(Stop::uncaught_option)? {
        None => options.value("command-config").map_err(Stop::uncaught_option)?,
        old => {
            writeln!(
                streams.out,
                "Option --config-file has been deprecated and will be removed in a future version. Use --command-config instead."
            )?;
            old
        }
    };
    let uncaught = |failure: Failure| Stop::uncaught(&failure.exception, failure.message);
    let properties = file.map_or_else(|| Ok(Properties::default()), load).map_err(uncaught)?;
    let server = options.value("bootstrap-server").map_err(Stop::uncaught_option)?.unwrap_or("localhost:9092");
    let config = client_config(Some(server), &properties).map_err(uncaught)?;
    let application = options.value("application-id").map_err(Stop::uncaught_option)?.unwrap_or_default();
    let tool = Reset { cluster: Cluster::new(config), properties, options: &options, application };
    match block_on(async { Ok(tool.run(streams).await) })? {
        Ok(true) => Ok(()),
        Ok(false) => Err(Stop::Exit(1)),
        Err(Trouble::Stop(stop)) => Err(stop),
        Err(Trouble::Failed(failure)) => Err(Stop::Failure(format!("ERROR: {failure}"))),
    }
}

/// How the tool ends when it does not end well.
enum Trouble {
    Failed(Failure),
    Stop(Stop),
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Trouble {
        Trouble::Stop(Stop::Io(error))
    }
}

impl From<OptionError> for Trouble {
    fn from(error: OptionError) -> Trouble {
        failed(&format!("joptsimple.{}", error.exception()), error.to_string())
    }
}

fn failed(class: &str, message: impl Into<String>) -> Trouble {
    Trouble::Failed(Failure::of(class, message))
}

/// A failure that Java's futures hand over inside an exception of their own.
fn execution(error: &OpsError, call: &str) -> Trouble {
    failed("java.util.concurrent.ExecutionException", Failure::of_error(error, call).to_string())
}

/// A failure of the Java consumer, which wraps none.
fn plain(error: &OpsError) -> Trouble {
    Trouble::Failed(Failure::of_error(error, "consumer"))
}

struct Reset<'a> {
    cluster: Cluster,
    properties: Properties,
    options: &'a Options,
    application: &'a str,
}

impl Reset<'_> {
    fn list(&self, name: &str) -> Vec<String> {
        let values = self.options.values(name);
        values.iter().flat_map(|value| value.split(',')).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    /// Whether all topics were there.
    async fn run(&self, streams: &mut Streams<'_>) -> Result<bool, Trouble> {
        self.put_members_out(streams).await?;
        let metadata = self.cluster.metadata(Topics::All).await.map_err(|e| execution(&e.into(), "listTopics"))?;
        let known = metadata.topics.into_values().filter(|topic| topic.error.is_ok() && !topic.internal);
        let mut all: Vec<String> = known.map(|topic| topic.name).collect();
        hash_map_order(&mut all, |name| name);
        if self.options.has("dry-run") {
            writeln!(
                streams.out,
                "----Dry run displays the actions which will be performed when running Streams Reset Tool----"
            )?;
        }
        let found = self.move_positions(&all, streams).await?;
        self.delete_internal_topics(&all, streams).await?;
        Ok(found)
    }

    /// The name of an action: what is only shown is not done.
    fn action(&self, name: &str) -> String {
        if self.options.has("dry-run") { format!("{name} (dry run)") } else { name.to_owned() }
    }

    async fn put_members_out(&self, streams: &mut Streams<'_>) -> Result<(), Trouble> {
        let mut config = self.cluster.config().clone();
        config.set_timeout(Duration::from_secs(10));
        let hasty = Cluster::new(config);
        let group = match groups::describe_one(&hasty, self.application).await {
            Err(e) if e.code() == Some(ErrorCode::GroupIdNotFound) => return Ok(()),
            other => other.map_err(|e| execution(&e.into(), "describeConsumerGroups"))?,
        };
        if group.members.is_empty() {
            return Ok(());
        }
        if !self.options.has("force") {
            return Err(failed("java.lang.IllegalStateException", still_active(&group)));
        }
        writeln!(streams.out, "Force deleting all active members in the group: {}", group.group)?;
        let removed = streams_reset::remove_members(&self.cluster, &group).await;
        removed.map_err(|e| execution(&e, "leaveGroup"))?;
        group.members.iter().for_each(|member| answer::did("remove", "member", &member.id));
        Ok(())
    }

    async fn move_positions(&self, all: &[String], streams: &mut Streams<'_>) -> Result<bool, Trouble> {
        let input = self.list("input-topics");
        if self.options.has("intermediate-topics") {
            writeln!(
                streams.out,
                "WARN: `--intermediate-topics` is deprecated and will be removed in a future release"
            )?;
        }
        let intermediate = self.list("intermediate-topics");
        if input.is_empty() && intermediate.is_empty() {
            writeln!(streams.out, "No input or intermediate topics specified. Skipping seek.")?;
            return Ok(true);
        }
        if !input.is_empty() {
            writeln!(streams.out, "Reset-offsets for input topics [{}]", input.join(", "))?;
        }
        if !intermediate.is_empty() {
            writeln!(streams.out, "Seek-to-end for intermediate topics [{}]", intermediate.join(", "))?;
        }
        let missing = |topics: &[String]| topics.iter().filter(|topic| !all.contains(topic)).cloned().collect();
        let (no_input, no_intermediate): (Vec<String>, Vec<String>) = (missing(&input), missing(&intermediate));
        for (kind, topics, blank) in [("input", &no_input, " "), ("intermediate", &no_intermediate, "")] {
            if !topics.is_empty() {
                writeln!(streams.out, "Following {kind} topics are not found, skipping them")?;
            }
            for topic in topics {
                answer::refused(&self.action("reset"), "topic", topic, format!("there is no such {kind} topic"));
                writeln!(streams.out, "Topic:{blank}{topic}")?;
            }
        }
        let found = no_input.is_empty() && no_intermediate.is_empty();
        let wanted: BTreeSet<&String> = input.iter().chain(&intermediate).filter(|topic| all.contains(topic)).collect();
        if wanted.is_empty() {
            return Ok(found);
        }
        let (mut from_input, mut to_end): (Vec<At>, Vec<At>) = (Vec::new(), Vec::new());
        for name in wanted {
            let topic = self.cluster.topic(name, true).await.map_err(|e| plain(&e.into()))?;
            let kind = if input.contains(name) { &mut from_input } else { &mut to_end };
            kind.extend(topic.partitions.iter().map(|partition| (name.clone(), partition.index)));
        }
        partition_map_order(&mut from_input, |at| at);
        partition_map_order(&mut to_end, |at| at);
        let mut positions = self.input_positions(&from_input, streams).await?;
        positions.extend(self.end_positions(&to_end, streams).await?);
        if !self.options.has("dry-run") {
            let done = streams_reset::commit(&self.cluster, self.application, &positions).await;
            done.map_err(|error| plain(&error))?;
        }
        for ((topic, partition), offset) in &positions {
            let more = Map::from_iter([("offset".to_owned(), json!(offset))]);
            answer::did_with(&self.action("reset"), "offset", format!("{topic}-{partition}"), more);
        }
        writeln!(streams.out, "Done.")?;
        Ok(found)
    }

    async fn input_positions(
        &self,
        partitions: &[At],
        streams: &mut Streams<'_>,
    ) -> Result<BTreeMap<At, i64>, Trouble> {
        if partitions.is_empty() {
            return Ok(BTreeMap::new());
        }
        writeln!(
            streams.out,
            "Following input topics offsets will be reset to (for consumer group {})",
            self.application
        )?;
        let positions = match self.targets(partitions, streams).await {
            // Told before the error itself.
            Err(Trouble::Failed(failure))
                if matches!(
                    failure.exception.as_str(),
                    "java.text.ParseException" | "java.nio.file.NoSuchFileException"
                ) =>
            {
                streams.out.flush()?;
                writeln!(streams.err, "ERROR: Resetting offsets failed.")?;
                return Err(Trouble::Failed(failure));
            }
            other => other?,
        };
        for at in partitions {
            let offset = positions.get(at).copied().unwrap_or_default();
            writeln!(streams.out, "Topic: {} Partition: {} Offset: {offset}", at.0, at.1)?;
        }
        Ok(positions)
    }

    /// Where the options send the partitions.
    async fn targets(&self, partitions: &[At], streams: &mut Streams<'_>) -> Result<BTreeMap<At, i64>, Trouble> {
        let options = self.options;
        let ends = streams_reset::ends(&self.cluster, partitions).await.map_err(|e| plain(&e))?;
        let all = |to: fn(&(i64, i64)) -> i64| ends.iter().map(|(at, ends)| (at.clone(), to(ends))).collect();
        if options.has("to-offset") {
            let offset: i64 = options.number("to-offset")?.unwrap_or_default();
            return within(partitions.iter().map(|at| (at.clone(), offset)).collect(), partitions, &ends, streams);
        }
        if options.has("to-latest") {
            return Ok(all(|(_, end)| *end));
        }
        if options.has("shift-by") {
            let by: i64 = options.number("shift-by")?.unwrap_or_default();
            let stands = streams_reset::positions(&self.cluster, self.application, partitions).await;
            let stands = stands.map_err(|e| plain(&e))?;
            let mut wishes = Vec::new();
            for at in partitions {
                let (start, end) = ends.get(at).copied().unwrap_or_default();
                let position = match (stands.get(at).copied().flatten(), self.properties.get("auto.offset.reset")) {
                    (Some(position), _) => position,
                    (None, Some("earliest")) => start,
                    (None, Some("none")) => {
                        let text = format!("Undefined offset with no reset policy for partitions: [{}-{}]", at.0, at.1);
                        return Err(failed("org.apache.kafka.clients.consumer.NoOffsetForPartitionException", text));
                    }
                    (None, _) => end,
                };
                wishes.push((at.clone(), position.saturating_add(by)));
            }
            return within(wishes, partitions, &ends, streams);
        }
        let time = if let Some(text) = options.value("to-datetime")? {
            let time = parse_datetime(text).map_err(|message| {
                let text = message.strip_prefix("java.text.ParseException: ").unwrap_or(&message);
                failed("java.text.ParseException", text)
            })?;
            Some(time)
        } else if let Some(text) = options.value("by-duration")? {
            let back = parse_duration(text).ok_or_else(|| {
                failed("java.time.format.DateTimeParseException", "Text cannot be parsed to a Duration")
            })?;
            Some(TimestampMs::now().0 - back)
        } else {
            None
        };
        if let Some(time) = time {
            let found = streams_reset::at_time(&self.cluster, partitions, TimestampMs(time)).await;
            let found = found.map_err(|e| plain(&e))?;
            let mut positions = BTreeMap::new();
            for at in partitions {
                let offset = match found.get(at).copied().flatten() {
                    Some(offset) => offset,
                    None => {
                        writeln!(
                            streams.out,
                            "Partition {} from topic {} is empty, without a committed record. Falling back to latest known offset.",
                            at.1, at.0
                        )?;
                        ends.get(at).map_or(0, |(_, end)| *end)
                    }
                };
                positions.insert(at.clone(), offset);
            }
            return Ok(positions);
        }
        if let Some(file) = options.value("from-file")? {
            return within(plan(file)?, partitions, &ends, streams);
        }
        Ok(all(|(start, _)| *start))
    }

    async fn end_positions(&self, partitions: &[At], streams: &mut Streams<'_>) -> Result<BTreeMap<At, i64>, Trouble> {
        if partitions.is_empty() {
            return Ok(BTreeMap::new());
        }
        writeln!(
            streams.out,
            "Following intermediate topics offsets will be reset to end (for consumer group {})",
            self.application
        )?;
        for (topic, _) in partitions {
            writeln!(streams.out, "Topic: {topic}")?;
        }
        let ends = streams_reset::ends(&self.cluster, partitions).await.map_err(|e| plain(&e))?;
        Ok(ends.into_iter().map(|(at, (_, end))| (at, end)).collect())
    }

    async fn delete_internal_topics(&self, all: &[String], streams: &mut Streams<'_>) -> Result<(), Trouble> {
        let (input, intermediate) = (self.list("input-topics"), self.list("intermediate-topics"));
        let is_own = |topic: &&String| {
            !input.contains(topic) && !intermediate.contains(topic) && is_internal_topic(topic, self.application)
        };
        let inferred: Vec<String> = all.iter().filter(is_own).cloned().collect();
        let specified = self.list("internal-topics");
        if specified.iter().any(|topic| !inferred.contains(topic)) {
            return Err(failed(
                "java.lang.IllegalArgumentException",
                "Invalid topic specified in the --internal-topics option. Ensure that the topics specified are all internal topics. Do a dry run without the --internal-topics option to see the list of all internal topics that can be deleted.",
            ));
        }
        let (how, which) = if specified.is_empty() { ("inferred", inferred) } else { ("specified", specified) };
        writeln!(streams.out, "Deleting {how} internal topics [{}]", which.join(", "))?;
        answer::of(answer::ACTIONS);
        if self.options.has("dry-run") {
            which.iter().for_each(|topic| answer::did(&self.action("delete"), "topic", topic));
        }
        if !self.options.has("dry-run") && !which.is_empty() {
            let outcomes = topics::delete(&self.cluster, &which).await;
            let outcomes = outcomes.map_err(|e| Trouble::Failed(Failure::of_error(&e, "deleteTopics")))?;
            for outcome in &outcomes {
                let why = outcome.result.as_ref().map_err(|refusal| refusal.text());
                answer::outcome("delete", "topic", &outcome.name, why.map(|_| ()));
            }
            let mut kept: Vec<_> = outcomes.into_iter().filter(|outcome| outcome.result.is_err()).collect();
            hash_map_order(&mut kept, |outcome| &outcome.name);
            streams.out.flush()?;
            for outcome in &kept {
                writeln!(streams.err, "ERROR: deleting topic {}", outcome.name)?;
            }
            if !kept.is_empty() {
                let text = "Encountered an error deleting one or more topics";
                return Err(failed("java.lang.RuntimeException", text));
            }
        }
        Ok(writeln!(streams.out, "Done.")?)
    }
}

/// Bends wishes to what the logs hold. What stands at the very beginning counts as before it, as in Kafka's tool.
fn within(
    mut wishes: Vec<(At, i64)>,
    partitions: &[At],
    ends: &Ends,
    streams: &mut Streams<'_>,
) -> Result<BTreeMap<At, i64>, Trouble> {
    let null = || failed("java.lang.NullPointerException", NULL);
    partition_map_order_sized(&mut wishes, |(at, _)| at);
    let mut positions = BTreeMap::new();
    for (at, wish) in wishes {
        let (start, end) = ends.get(&at).copied().ok_or_else(null)?;
        let (how, which, new) = if wish >= end {
            ("higher", "latest", end)
        } else if wish <= start {
            ("lower", "earliest", start)
        } else {
            positions.insert(at, wish);
            continue;
        };
        writeln!(streams.out, "New offset ({wish}) is {how} than {which} offset. Value will be set to {new}")?;
        positions.insert(at, new);
    }
    match partitions.iter().all(|at| positions.contains_key(at)) {
        true => Ok(positions),
        false => Err(null()),
    }
}

/// Reads `topic,partition,offset` lines.
fn plan(file: &str) -> Result<Vec<(At, i64)>, Trouble> {
    let text = std::fs::read_to_string(file).map_err(|_| failed("java.nio.file.NoSuchFileException", file))?;
    if text.is_empty() {
        return Err(failed("java.text.ParseException", "Error parsing reset plan CSV file. It is empty,"));
    }
    let number = |text: &str| failed("java.lang.NumberFormatException", format!("For input string: \"{text}\""));
    let mut wishes: BTreeMap<At, i64> = BTreeMap::new();
    for line in text.trim_end_matches('\n').split('\n') {
        let [topic, partition, offset] = line.split(',').collect::<Vec<_>>()[..] else {
            let text = "Reset plan CSV file is not following the format `TOPIC,PARTITION,OFFSET`.";
            return Err(failed("java.text.ParseException", text));
        };
        let partition: i32 = partition.parse().map_err(|_| number(partition))?;
        wishes.insert((topic.to_owned(), partition), offset.parse().map_err(|_| number(offset))?);
    }
    Ok(wishes.into_iter().collect())
}

/// Why nothing is done while members are there, with all that Java tells of them.
fn still_active(group: &DescribedGroup) -> String {
    let share = |partitions: &[At]| {
        let mut partitions = partitions.to_vec();
        partition_map_order(&mut partitions, |at| at);
        let names: Vec<String> = partitions.iter().map(|(topic, partition)| format!("{topic}-{partition}")).collect();
        format!("(topicPartitions={})", names.join(","))
    };
    let or_null = |text: Option<String>| text.unwrap_or_else(|| "null".to_owned());
    let member = |m: &Member| {
        let target = match group.kind {
            "Consumer" => format!("Optional[{}]", share(&m.target)),
            _ => "Optional.empty".to_owned(),
        };
        format!(
            "(memberId={}, groupInstanceId={}, rackId=null, clientId={}, host={}, assignment={}, targetAssignment={target}, memberEpoch={}, upgraded={})",
            m.id,
            or_null(m.instance_id.clone()),
            m.client_id,
            m.host,
            share(&m.assignment),
            or_null(m.epoch.map(|epoch| epoch.to_string())),
            or_null(m.upgraded.map(|upgraded| upgraded.to_string())),
        )
    };
    let members: Vec<String> = group.members.iter().map(member).collect();
    format!(
        "Consumer group '{}' is still active and has following members: [{}]. Make sure to stop all running application instances before running the reset tool. You can use option '--force' to remove active members from the group.",
        group.group,
        members.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bent(wishes: &[(i32, i64)]) -> Result<(Vec<i64>, String), String> {
        let at = |partition| ("t".to_owned(), partition);
        let ends: Ends = [(at(0), (2, 9)), (at(1), (0, 4))].into();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let wishes = wishes.iter().map(|(partition, offset)| (at(*partition), *offset)).collect();
        let done = within(wishes, &[at(0), at(1)], &ends, &mut Streams { out: &mut out, err: &mut err });
        match done {
            Ok(positions) => Ok((positions.into_values().collect(), String::from_utf8(out).unwrap())),
            Err(Trouble::Failed(failure)) => Err(failure.to_string()),
            Err(Trouble::Stop(stop)) => panic!("{stop:?}"),
        }
    }

    #[test]
    fn wishes_are_bent_to_the_logs_and_told_of() {
        assert_eq!(bent(&[(0, 5), (1, 3)]).unwrap(), (vec![5, 3], String::new()));
        let (positions, told) = bent(&[(0, 2), (1, 7)]).unwrap();
        assert_eq!(positions, [2, 4]);
        assert!(told.contains("New offset (2) is lower than earliest offset. Value will be set to 2\n"));
        assert!(told.contains("New offset (7) is higher than latest offset. Value will be set to 4\n"));
        assert!(bent(&[(0, 5)]).unwrap_err().starts_with("java.lang.NullPointerException"), "no wish for one");
        assert!(
            bent(&[(0, 5), (1, 1), (7, 1)]).unwrap_err().starts_with("java.lang.NullPointerException"),
            "a stranger"
        );
    }

    #[test]
    fn a_file_of_offsets_has_three_columns() {
        use std::io::Write as _;
        let read = |text: &str| {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            plan(&file.path().display().to_string()).map_err(|trouble| match trouble {
                Trouble::Failed(failure) => failure.to_string(),
                Trouble::Stop(stop) => panic!("{stop:?}"),
            })
        };
        assert_eq!(read("a,0,5\na,1,7\n").unwrap(), [(("a".to_owned(), 0), 5), (("a".to_owned(), 1), 7)]);
        assert!(read("").unwrap_err().contains("It is empty,"));
        assert!(read("a,0\n").unwrap_err().contains("is not following the format"));
        assert_eq!(read("a,x,1").unwrap_err(), "java.lang.NumberFormatException: For input string: \"x\"");
    }
}
