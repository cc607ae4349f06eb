//! `kafka-topics.sh` (`org.apache.kafka.tools.TopicCommand`).

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::json;

use super::answer;
use super::cluster::{Failure, block_on, connect};
use super::java::{TopicPattern, hash_map_order_sized};
use super::jopt::{Opt, OptionError, Options, Type, parse};
use super::usage::{HELP, Stop, Streams, VERSION, forbid, help_or_version, log4j, require};
use crate::client::{Cluster, Topics};
use crate::model::{ErrorCode, Uuid};
use crate::ops::Outcome;
use crate::ops::configs::Source;
use crate::ops::topics::{
    self, DescribedPartition, DescribedTopic, NewPartitions, NewTopic, PartitionProblem, Problem,
};

const ALTER_CONFIGS_ELSEWHERE: &str = " (To alter topic configurations, the kafka-configs tool can be used.)";

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::flag("alter", "Give a topic more partitions. Settings are changed with the kafka-configs tool."),
    Opt::flag(
        "at-min-isr-partitions",
        "With --describe: only partitions with exactly as many replicas in sync as min.insync.replicas asks for.",
    ),
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
    Opt::required(
        "config",
        Type::String,
        "name=value",
        "A setting of the topic to create; may be repeated. Only with --create: the kafka-configs tool alters settings later.",
    ),
    Opt::flag("create", "Create a topic."),
    Opt::flag("delete", "Delete topics."),
    Opt::required("delete-config", Type::String, "name", "Without effect since 4.0: use the kafka-configs tool."),
    Opt::flag("describe", "Show topics with their partitions."),
    Opt::flag("exclude-internal", "With --list or --describe: leave out the cluster's own topics."),
    HELP,
    Opt::flag("if-exists", "With --alter, --delete or --describe: a topic that is not there is no error."),
    Opt::flag("if-not-exists", "With --create: a topic that is there already is no error."),
    Opt::flag("list", "Show the names of all topics."),
    Opt::required(
        "partition-size-limit-per-response",
        Type::Integer,
        "maximum number of partitions per response",
        "Partitions to ask for at once.",
    ),
    Opt::required(
        "partitions",
        Type::Integer,
        "# of partitions",
        "Number of partitions; the broker's default if not given with --create. More partitions than before send keys to other partitions than before.",
    ),
    Opt::required(
        "replica-assignment",
        Type::String,
        "broker_id_for_part1_replica1 : broker_id_for_part1_replica2 , broker_id_for_part2_replica1 : broker_id_for_part2_replica2 , ...",
        "The brokers of each partition, instead of numbers of both.",
    ),
    Opt::required(
        "replication-factor",
        Type::Integer,
        "replication factor",
        "Replicas of each partition; the broker's default if not given with --create.",
    ),
    Opt::required("topic", Type::String, "topic", "The topic; a regular expression except with --create."),
    Opt::required("topic-id", Type::String, "topic-id", "With --describe: the topic by its id."),
    Opt::flag("topics-with-overrides", "With --describe: only topics with settings of their own."),
    Opt::flag("unavailable-partitions", "With --describe: only partitions without a leader that is alive."),
    Opt::flag(
        "under-min-isr-partitions",
        "With --describe: only partitions with fewer replicas in sync than min.insync.replicas asks for.",
    ),
    // As the runbooks have it; Kafka's own parser takes no short forms.
    Opt::flag("under-replicated", "The same as --under-replicated-partitions.").hidden(),
    Opt::flag(
        "under-replicated-partitions",
        "With --describe: only partitions with fewer replicas in sync than there are.",
    ),
    VERSION,
];

const ACTIONS: [&str; 5] = ["create", "list", "alter", "describe", "delete"];
const REPORTS: [(&str, PartitionProblem); 5] = [
    ("under-replicated-partitions", PartitionProblem::UnderReplicated),
    ("under-replicated", PartitionProblem::UnderReplicated),
    ("unavailable-partitions", PartitionProblem::Unavailable),
    ("under-min-isr-partitions", PartitionProblem::UnderMinIsr),
    ("at-min-isr-partitions", PartitionProblem::AtMinIsr),
];

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let thrown = |error: OptionError| Stop::Failure(error.to_string());
    let options = parse(OPTIONS, args).map_err(thrown)?;
    if args.is_empty() {
        return Err(Stop::Usage("Create, delete, describe, or change a topic.".to_owned()));
    }
    help_or_version(&options, false, "This tool helps to create, delete, describe, or change a topic.", streams)?;
    check(&options, streams)?;
    let cluster = connect(&options).map_err(|failure| Stop::Failure(failure.message))?;
    let done = block_on(async { Ok(act(&cluster, &options, streams).await) })?;
    match done {
        Ok(()) => Ok(()),
        Err(Trouble::Stop(stop)) => Err(stop),
        Err(Trouble::Failed(failure)) => {
            writeln!(streams.out, "Error while executing topic command : {}", failure.message)?;
            streams.out.flush()?;
            // Java's log line goes on with the stack; the logger's name stands behind that.
            log4j("ERROR", failure, streams.err)?;
            Err(Stop::Exit(1))
        }
    }
}

/// The rules between options (`TopicCommandOptions.checkArgs`).
fn check(options: &Options, streams: &mut Streams<'_>) -> Result<(), Stop> {
    let has = |name| options.has(name);
    if ACTIONS.iter().filter(|action| has(action)).count() != 1 {
        return Err(Stop::Usage(
            "Command must include exactly one action: --list, --describe, --create, --alter or --delete".to_owned(),
        ));
    }
    if has("delete-config") {
        writeln!(
            streams.err,
            "delete-config option is no longer supported and deprecated since version 4.0. The config will be fully removed in future releases."
        )?;
    }
    if !has("bootstrap-server") {
        return Err(Stop::Failure("--bootstrap-server must be specified".to_owned()));
    }
    if has("describe") && has("if-exists") {
        if !has("topic") && !has("topic-id") {
            return Err(Stop::Usage("--topic or --topic-id is required to describe a topic".to_owned()));
        }
        if has("topic") && has("topic-id") {
            writeln!(
                streams.out,
                "Only topic id will be used when both --topic and --topic-id are specified and topicId is not Uuid.ZERO_UUID"
            )?;
        }
    }
    if !has("list") && !has("describe") {
        require(options, &["topic"])?;
    }
    if has("alter") {
        if has("config") {
            return Err(Stop::Usage(format!(
                "Option combination \"[[config], [bootstrap-server]]\" can't be used with option \"[alter]\"{ALTER_CONFIGS_ELSEWHERE}"
            )));
        }
        require(options, &["partitions"])?;
    }
    let only_with = |option, allowed: &[&str]| {
        let others: Vec<&str> = ACTIONS.into_iter().filter(|action| !allowed.contains(action)).collect();
        forbid(options, option, &others)
    };
    only_with("config", &["alter", "create"])?;
    only_with("partitions", &["alter", "create"])?;
    only_with("replication-factor", &["create"])?;
    only_with("replica-assignment", &["alter", "create"])?;
    if has("create") {
        forbid(options, "replica-assignment", &["partitions", "replication-factor"])?;
    }
    for (report, _) in REPORTS {
        only_with(report, &["describe"])?;
        forbid(options, report, &["topics-with-overrides"])?;
    }
    only_with("topics-with-overrides", &["describe"])?;
    only_with("if-exists", &["alter", "delete", "describe"])?;
    only_with("if-not-exists", &["create"])?;
    only_with("exclude-internal", &["list", "describe"])
}

/// How an action ends when it does not end well.
enum Trouble {
    Failed(Failure),
    Stop(Stop),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Failed(failure)
    }
}

impl From<OptionError> for Trouble {
    fn from(error: OptionError) -> Trouble {
        Trouble::Failed(Failure::of(&format!("joptsimple.{}", error.exception()), error.to_string()))
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble::Stop(Stop::Io(error))
    }
}

fn illegal(message: impl Into<String>) -> Failure {
    Failure::of("java.lang.IllegalArgumentException", message)
}

async fn act(cluster: &Cluster, options: &Options, streams: &mut Streams<'_>) -> Result<(), Trouble> {
    if options.has("create") {
        create(cluster, options, streams.out).await
    } else if options.has("alter") {
        alter(cluster, options).await
    } else if options.has("list") {
        let topics = matching(cluster, options).await?;
        answer::rows("topics", topics.iter().map(|name| json!({"name": name})));
        Ok(writeln!(streams.out, "{}", topics.join("\n"))?)
    } else if options.has("describe") {
        describe(cluster, options, streams.out).await
    } else {
        let topics = existing(cluster, options).await?;
        let outcomes = topics::delete(cluster, &topics).await.map_err(|e| Failure::of_error(&e, "deleteTopics"))?;
        tell("delete", &outcomes);
        outcomes.into_iter().try_for_each(|outcome| outcome.result.map_err(|refusal| Failure::from(refusal).into()))
    }
}

/// Tells what became of topics; the failure of the first is told once more where the tool stops for it.
fn tell(action: &str, outcomes: &[Outcome]) {
    answer::of(answer::ACTIONS);
    for outcome in outcomes {
        answer::outcome(
            action,
            "topic",
            &outcome.name,
            outcome.result.as_ref().copied().map_err(|refusal| refusal.text()),
        );
    }
}

/// What `--create` and `--alter` are told about a topic.
fn wanted(options: &Options) -> Result<NewTopic, Trouble> {
    let name = options.value("topic")?.unwrap_or_default().to_owned();
    let partitions = options.number::<i32>("partitions")?;
    let replication_factor = options.number::<i32>("replication-factor")?;
    let assignment = match options.value("replica-assignment")? {
        Some(text) if !text.is_empty() => parse_assignment(text)?,
        _ => Vec::new(),
    };
    let configs = parse_configs(&options.values("config"))?;
    if options.has("create") {
        if replication_factor.is_some_and(|factor| !(1..=i32::from(i16::MAX)).contains(&factor)) {
            return Err(illegal("The replication factor must be between 1 and 32767 inclusive").into());
        }
        if partitions.is_some_and(|count| count < 1) {
            return Err(illegal("The partitions must be greater than 0").into());
        }
    }
    let replication_factor = replication_factor.and_then(|factor| i16::try_from(factor).ok());
    Ok(NewTopic { name, partitions, replication_factor, assignment, configs })
}

/// `1:2,2:3` is two partitions with two replicas each.
fn parse_assignment(text: &str) -> Result<Vec<Vec<i32>>, Failure> {
    let mut assignment: Vec<Vec<i32>> = Vec::new();
    for (partition, list) in text.split(',').enumerate() {
        let brokers = list.split(':').map(|id| {
            let id = id.trim();
            let bad = || Failure::of("java.lang.NumberFormatException", format!("For input string: \"{id}\""));
            id.parse::<i32>().map_err(|_| bad())
        });
        let brokers = brokers.collect::<Result<Vec<i32>, Failure>>()?;
        let twice: BTreeSet<String> = brokers
            .iter()
            .filter(|id| brokers.iter().filter(|other| other == id).count() > 1)
            .map(ToString::to_string)
            .collect();
        if !twice.is_empty() {
            let twice: Vec<String> = twice.into_iter().collect();
            return Err(Failure::of(
                "org.apache.kafka.tools.AdminCommandFailedException",
                format!("Partition replica lists may not contain duplicate entries: {}", twice.join(",")),
            ));
        }
        if assignment.first().is_some_and(|first| first.len() != brokers.len()) {
            return Err(Failure::of(
                "org.apache.kafka.tools.AdminOperationException",
                format!("Partition {partition} has different replication factor: {brokers:?}"),
            ));
        }
        assignment.push(brokers);
    }
    Ok(assignment)
}

fn parse_configs(words: &[&str]) -> Result<Vec<(String, String)>, Failure> {
    let mut configs: Vec<(String, String)> = Vec::new();
    for word in words {
        let parts: Vec<&str> = word.trim_end_matches('=').split('=').map(str::trim).collect();
        let [name, value] = parts[..] else {
            return Err(illegal(
                "requirement failed: Invalid topic config: all configs to be added must be in the format \"key=val\".",
            ));
        };
        configs.retain(|(earlier, _)| earlier != name);
        configs.push((name.to_owned(), value.to_owned()));
    }
    Ok(configs)
}

async fn create(cluster: &Cluster, options: &Options, out: &mut dyn Write) -> Result<(), Trouble> {
    let topic = wanted(options)?;
    if topic.name.contains(['.', '_']) {
        writeln!(
            out,
            "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. To avoid issues it is best to use either, but not both."
        )?;
    }
    let name = topic.name.clone();
    let outcomes = topics::create(cluster, &[topic], false).await.map_err(|e| Failure::of_error(&e, "createTopics"))?;
    let result = outcomes.into_iter().find(|outcome| outcome.name == name).map(|outcome| outcome.result);
    if let Some(Err(refusal)) = &result
        && !(refusal.code == ErrorCode::TopicAlreadyExists && options.has("if-not-exists"))
    {
        answer::refused("create", "topic", &name, refusal.text());
    }
    match result {
        Some(Err(refusal)) if refusal.code == ErrorCode::TopicAlreadyExists && options.has("if-not-exists") => {
            answer::of(answer::ACTIONS);
            Ok(())
        }
        // A value of the wrong type is found by the Java tool itself, before it asks the broker.
        Some(Err(refusal)) if refusal.text().starts_with("Invalid value ") => {
            Err(Failure::of("org.apache.kafka.common.config.ConfigException", refusal.text()).into())
        }
        Some(Err(refusal)) => Err(Failure::from(refusal).into()),
        Some(Ok(_)) => {
            answer::did("create", "topic", &name);
            Ok(writeln!(out, "Created topic {name}.")?)
        }
        None => Err(Failure::of(
            "org.apache.kafka.common.errors.ApiException",
            format!("The server response did not contain a result for topic {name}"),
        )
        .into()),
    }
}

async fn alter(cluster: &Cluster, options: &Options) -> Result<(), Trouble> {
    let wanted = wanted(options)?;
    let names = existing(cluster, options).await?;
    if names.is_empty() {
        tell("alter", &[]);
        return Ok(());
    }
    let metadata =
        cluster.metadata(Topics::Named(&names)).await.map_err(|e| Failure::of_error(&e.into(), "describeTopics"))?;
    let count = wanted.partitions.unwrap_or_default();
    let more: Vec<NewPartitions> = names
        .into_iter()
        .map(|topic| {
            let there = metadata.topics.get(&topic).map_or(0, |topic| topic.partitions.len());
            NewPartitions { topic, count, assignment: wanted.assignment.iter().skip(there).cloned().collect() }
        })
        .collect();
    let outcomes = topics::create_partitions(cluster, &more, false).await;
    let outcomes = outcomes.map_err(|e| Failure::of_error(&e, "createPartitions"))?;
    tell("alter", &outcomes);
    outcomes.into_iter().try_for_each(|outcome| outcome.result.map_err(|refusal| Failure::from(refusal).into()))
}

/// The topics that `--topic` matches, sorted; all of them without it.
async fn matching(cluster: &Cluster, options: &Options) -> Result<Vec<String>, Trouble> {
    let metadata = cluster.metadata(Topics::All).await.map_err(|e| Failure::of_error(&e.into(), "listTopics"))?;
    let pattern = match options.value("topic")? {
        Some(text) => {
            Some(TopicPattern::new(text).map_err(|message| Failure::of("java.lang.RuntimeException", message))?)
        }
        None => None,
    };
    let without_internal = options.has("exclude-internal");
    let shown = metadata.topics.into_values().filter(|topic| {
        !(topic.internal && without_internal) && pattern.as_ref().is_none_or(|pattern| pattern.matches(&topic.name))
    });
    let mut names: Vec<String> = shown.map(|topic| topic.name).collect();
    names.sort();
    Ok(names)
}

/// The same, but none at all is an error unless `--if-exists` says otherwise.
async fn existing(cluster: &Cluster, options: &Options) -> Result<Vec<String>, Trouble> {
    let names = matching(cluster, options).await?;
    match options.value("topic")? {
        Some(asked) if names.is_empty() && !asked.is_empty() && !options.has("if-exists") => {
            Err(illegal(format!("Topic '{asked}' does not exist as expected")).into())
        }
        _ => Ok(names),
    }
}

async fn describe(cluster: &Cluster, options: &Options, out: &mut dyn Write) -> Result<(), Trouble> {
    let page = options.number::<i32>("partition-size-limit-per-response")?.unwrap_or(2000);
    let mut names = match options.value("topic-id")? {
        Some(text) => {
            let id: Uuid = text.parse().map_err(|_| illegal(bad_uuid(text)))?;
            if id.is_zero() { existing(cluster, options).await? } else { by_id(cluster, options, id).await? }
        }
        None => existing(cluster, options).await?,
    };
    hash_map_order_sized(&mut names, |name| name);
    let metadata = cluster.metadata(Topics::None).await.map_err(|e| Failure::of_error(&e.into(), "listNodes"))?;
    let live: BTreeSet<i32> = metadata.brokers.into_keys().collect();
    let found = topics::describe(cluster, Some(&names), page).await;
    let mut found = found.map_err(|e| Failure::of_error(&e, "describeTopics"))?;
    let view = View::of(options, live);
    answer::of(view.kind());
    for name in names {
        let Some(at) = found.iter().position(|(found, _)| *found == name) else { continue };
        let topic = found.swap_remove(at).1.map_err(Failure::from)?;
        view.tell(&topic);
        view.print(&topic, out)?;
    }
    Ok(())
}

/// What `Uuid.fromString` says of text that is none.
fn bad_uuid(text: &str) -> String {
    if text.len() > 24 {
        let prefix: String = text.chars().take(24).collect();
        return format!("Input string with prefix `{prefix}` is too long to be decoded as a base64 UUID");
    }
    let bytes = text.trim_end_matches('=').len() * 3 / 4;
    format!(
        "Input string `{text}` decoded as {bytes} bytes, which is not equal to the expected 16 bytes of a base64-encoded UUID"
    )
}

async fn by_id(cluster: &Cluster, options: &Options, id: Uuid) -> Result<Vec<String>, Trouble> {
    let metadata = cluster.metadata(Topics::All).await.map_err(|e| Failure::of_error(&e.into(), "listTopics"))?;
    let hidden = |internal: bool| internal && options.has("exclude-internal");
    match metadata.topics.into_values().find(|topic| topic.id == id && !hidden(topic.internal)) {
        Some(topic) => Ok(vec![topic.name]),
        None if options.has("if-exists") => Ok(Vec::new()),
        None => Err(illegal(format!("TopicId '{id}' does not exist as expected")).into()),
    }
}

/// Which lines `--describe` prints.
struct View {
    problems: Vec<PartitionProblem>,
    overrides_only: bool,
    live: BTreeSet<i32>,
}

impl View {
    fn of(options: &Options, live: BTreeSet<i32>) -> View {
        let problems = REPORTS.into_iter().filter(|(name, _)| options.has(name)).map(|(_, problem)| problem).collect();
        View { problems, overrides_only: options.has("topics-with-overrides"), live }
    }

    fn kind(&self) -> &'static str {
        if self.problems.is_empty() { "described-topics" } else { "partition-problems" }
    }

    fn tell(&self, topic: &DescribedTopic) {
        let min_isr = topic.min_isr();
        if self.problems.is_empty() {
            let has_own = topic.configs.iter().any(|entry| entry.source != Source::Default);
            if has_own || !self.overrides_only {
                answer::row(self.kind(), || topic);
            }
            return;
        }
        let troubled = |p: &&DescribedPartition| self.problems.iter().any(|which| p.has(*which, min_isr, &self.live));
        for partition in topic.partitions.iter().filter(troubled) {
            answer::row(self.kind(), || Problem { topic: topic.name.clone(), partition: partition.clone(), min_isr });
        }
    }

    fn print(&self, topic: &DescribedTopic, out: &mut dyn Write) -> io::Result<()> {
        // The Java client keeps all that the broker sent in a map, in whose order the tool picks from it.
        let mut configs: Vec<_> = topic.configs.iter().collect();
        hash_map_order_sized(&mut configs, |entry| &entry.name);
        let own = || configs.iter().filter(|entry| entry.source != Source::Default);
        if self.problems.is_empty() && !(self.overrides_only && own().next().is_none()) {
            write!(out, "Topic: {}", topic.name)?;
            if !topic.id.is_zero() {
                write!(out, "\tTopicId: {}", topic.id)?;
            }
            let configs: Vec<String> =
                own().map(|entry| format!("{}={}", entry.name, entry.value.as_deref().unwrap_or("null"))).collect();
            writeln!(
                out,
                "\tPartitionCount: {}\tReplicationFactor: {}\tConfigs: {}",
                topic.partitions.len(),
                topic.replication_factor(),
                configs.join(",")
            )?;
        }
        if self.overrides_only {
            return Ok(());
        }
        let min_isr = topic.min_isr();
        for partition in &topic.partitions {
            let has = |problem: &PartitionProblem| partition.has(*problem, min_isr, &self.live);
            if self.problems.is_empty() || self.problems.iter().any(has) {
                writeln!(out, "{}", partition_line(&topic.name, partition))?;
            }
        }
        Ok(())
    }
}

fn partition_line(topic: &str, partition: &DescribedPartition) -> String {
    let ids = |ids: &[i32]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let known = |list: &Option<Vec<i32>>| list.as_deref().map_or_else(|| "N/A".to_owned(), ids);
    format!(
        "\tTopic: {topic}\tPartition: {}\tLeader: {}\tReplicas: {}\tIsr: {}\tElr: {}\tLastKnownElr: {}",
        partition.partition,
        partition.leader.map_or_else(|| "none".to_owned(), |id| id.to_string()),
        ids(&partition.replicas),
        ids(&partition.isr),
        known(&partition.elr),
        known(&partition.last_known_elr),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(line: &str) -> Result<(), Stop> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        check(&parse(OPTIONS, &args).unwrap(), &mut Streams { out: &mut out, err: &mut err })
    }

    fn refused(line: &str) -> String {
        match checked(line) {
            Err(Stop::Usage(message) | Stop::Failure(message)) => message,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn rules_between_options_are_kafkas() {
        assert_eq!(refused("--list"), "--bootstrap-server must be specified");
        assert_eq!(refused("--bootstrap-server b:1 --create"), "Missing required argument \"[topic]\"");
        assert_eq!(refused("--bootstrap-server b:1 --alter --topic t"), "Missing required argument \"[partitions]\"");
        assert_eq!(
            refused("--bootstrap-server b:1 --list --partitions 3"),
            "Option \"[partitions]\" can't be used with option \"[list]\""
        );
        assert_eq!(
            refused("--bootstrap-server b:1 --describe --if-exists"),
            "--topic or --topic-id is required to describe a topic"
        );
        assert!(refused("--list --describe").starts_with("Command must include exactly one action"));
        for good in ["--create --topic t", "--describe --under-replicated", "--delete --topic t --if-exists"] {
            assert!(checked(&format!("--bootstrap-server b:1 {good}")).is_ok(), "{good}");
        }
    }

    #[test]
    fn assignments_and_configs_are_read_as_kafka_reads_them() {
        assert_eq!(parse_assignment("1:2, 2:3").unwrap(), [[1, 2], [2, 3]]);
        assert_eq!(
            parse_assignment("1:1").unwrap_err().message,
            "Partition replica lists may not contain duplicate entries: 1"
        );
        assert_eq!(parse_assignment("1:2,3").unwrap_err().message, "Partition 1 has different replication factor: [3]");
        assert_eq!(parse_configs(&["a = 1", "a=2"]).unwrap(), [("a".to_owned(), "2".to_owned())]);
        assert!(parse_configs(&["novalue"]).is_err());
    }

    #[test]
    fn a_leaderless_partition_is_told_as_kafka_tells_it() {
        let partition = DescribedPartition { partition: 1, replicas: vec![2, 1], ..Default::default() };
        assert_eq!(
            partition_line("t", &partition),
            "\tTopic: t\tPartition: 1\tLeader: none\tReplicas: 2,1\tIsr: \tElr: N/A\tLastKnownElr: N/A"
        );
        let partition = DescribedPartition {
            leader: Some(1),
            replicas: vec![1, 2],
            isr: vec![1],
            elr: Some(vec![2]),
            last_known_elr: Some(vec![]),
            ..Default::default()
        };
        assert_eq!(
            partition_line("t", &partition),
            "\tTopic: t\tPartition: 0\tLeader: 1\tReplicas: 1,2\tIsr: 1\tElr: 2\tLastKnownElr: "
        );
    }
}
