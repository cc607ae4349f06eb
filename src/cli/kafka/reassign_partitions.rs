//! `kafka-reassign-partitions.sh` (`org.apache.kafka.tools.reassign.ReassignPartitionsCommand`).

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::answer;
use super::cluster::{self, Failure, block_on, resolved};
use super::java::{hash_map_order, number_set_order};
use super::jopt::{Opt, OptionError, Options, Type, parse};
use super::reassign_text as text;
use super::usage::{HELP, Stop, Streams, VERSION, help_or_version, require};
use crate::client::{At, ClientError, Cluster, Properties, Target, Topics};
use crate::model::ErrorCode;
use crate::ops::OpsError;
use crate::ops::reassign::file::{self, Entry, LogDirs};
use crate::ops::reassign::throttle::{self, FOLLOWER_RATE, LEADER_RATE, LOG_DIRS_RATE};
use crate::ops::reassign::{Layout, PlanError, balance, gather, name, requests};
use crate::wire::messages::describe_cluster::DescribeClusterRequest;

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::flag("additional", "With --execute: beside moves that are under way; also changes the throttle of those."),
    Opt::required(
        "bootstrap-controller",
        Type::String,
        "bootstrap controller to connect to",
        "HOST:PORT of a controller, with --cancel and --list only.",
    ),
    Opt::required(
        "bootstrap-server",
        Type::String,
        "Server(s) to use for bootstrapping",
        "REQUIRED: HOST:PORT of one or more brokers.",
    ),
    Opt::required(
        "broker-list",
        Type::String,
        "brokerlist",
        "With --generate: the brokers to move to, as in \"0,1,2\".",
    ),
    Opt::flag("cancel", "Stop moves that are under way."),
    Opt::required(
        "command-config",
        Type::String,
        "Admin client property file",
        "A properties file for the admin client.",
    ),
    Opt::flag("disable-rack-aware", "With --generate: do not look at racks."),
    Opt::flag("disallow-replication-factor-change", "With --execute: refuse a plan that changes a replication factor."),
    Opt::flag("execute", "Start the moves of --reassignment-json-file."),
    Opt::flag("generate", "Propose a plan for the topics of --topics-to-move-json-file; nothing is moved."),
    HELP,
    Opt::flag("list", "Show what is being moved."),
    Opt::flag("preserve-throttles", "Leave throttles as they are."),
    Opt::required(
        "reassignment-json-file",
        Type::String,
        "manual assignment json file path",
        "The plan: {\"version\":1,\"partitions\":[{\"topic\":\"foo\",\"partition\":1,\"replicas\":[1,2],\"log_dirs\":[\"any\",\"/dir\"]}]}; log_dirs may be left out.",
    ),
    Opt::required(
        "replica-alter-log-dirs-throttle",
        Type::Long,
        "replicaAlterLogDirsThrottle",
        "Bytes per second of moves between log directories of a broker; at least 1 KB/s.",
    )
    .or("-1"),
    Opt::required("throttle", Type::Long, "throttle", "Bytes per second of moves between brokers; at least 1 KB/s.")
        .or("-1"),
    Opt::required("timeout", Type::Long, "timeout", "Milliseconds to wait until moves of log directories begin.")
        .or("10000"),
    Opt::required(
        "topics-to-move-json-file",
        Type::String,
        "topics to reassign json file path",
        "With --generate: {\"version\":1,\"topics\":[{\"topic\":\"foo\"}]}",
    ),
    Opt::flag(
        "verify",
        "Show how far the moves of --reassignment-json-file are; remove the throttle when they are done.",
    ),
    VERSION,
];

const ABOUT: &str = "This tool helps to move topic partitions between replicas.";
const ACTIONS: [&str; 5] = ["generate", "execute", "verify", "cancel", "list"];
/// How long the tool sleeps between two tries to move a log directory.
const MOVE_AGAIN: Duration = Duration::from_millis(100);

/// How the tool's work ended before its end.
enum Trouble {
    Stop(Stop),
    /// `TerseException`: the message alone.
    Terse(String),
    /// Any other, with the exceptions that caused it.
    Thrown(Failure, Vec<Failure>),
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Trouble {
        Trouble::Stop(Stop::Io(error))
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Thrown(failure, Vec::new())
    }
}

impl From<OptionError> for Trouble {
    fn from(error: OptionError) -> Trouble {
        let failure = Failure::of(&format!("joptsimple.{}", error.exception()), error.to_string());
        let OptionError::Conversion { value, .. } = error else { return failure.into() };
        let number = Failure::of("java.lang.NumberFormatException", format!("For input string: \"{value}\""));
        Trouble::Thrown(
            failure,
            vec![Failure::of("joptsimple.internal.ReflectionException", number.to_string()), number],
        )
    }
}

/// The exception out of a future, with what the call is named in timeouts.
fn future(call: &'static str) -> impl Fn(OpsError) -> Trouble {
    move |error| nested(Failure::of_error(&error, call))
}

fn nested(cause: Failure) -> Trouble {
    Trouble::Thrown(Failure::of("java.util.concurrent.ExecutionException", cause.to_string()), vec![cause])
}

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let options = parse(OPTIONS, args).map_err(Stop::uncaught_option)?;
    help_or_version(&options, args.is_empty(), ABOUT, streams)?;
    let action = check(&options)?;
    let done = block_on(async { Ok(act(action, &options, streams).await) })?;
    let said = match done {
        Ok(()) => return Ok(()),
        Err(Trouble::Stop(stop)) => return Err(stop),
        Err(Trouble::Terse(message)) => {
            answer::missing(&message);
            format!("{message}\n")
        }
        // Java's trace follows, and ends with an empty line; its first line and its cause are kept.
        Err(Trouble::Thrown(failure, causes)) => {
            let cause: String = causes.iter().map(|cause| format!("Caused by: {cause}\n")).collect();
            format!("Error: {}\n{failure}\n{cause}\n", failure.message)
        }
    };
    streams.out.write_all(said.as_bytes())?;
    Err(Stop::Exit(1))
}

/// The rules between options (`validateAndParseArgs`).
fn check(options: &Options) -> Result<&'static str, Stop> {
    let mut given = ACTIONS.into_iter().filter(|action| options.has(action));
    let (Some(action), None) = (given.next(), given.next()) else {
        let all = ACTIONS.map(|action| format!("--{action}")).join(", ");
        return Err(Stop::Usage(format!("Command must include exactly one action: {all}")));
    };
    match (options.has("bootstrap-server"), options.has("bootstrap-controller")) {
        (true, true) => {
            let both = "Please don't specify both --bootstrap-server and --bootstrap-controller";
            return Err(Stop::Usage(both.to_owned()));
        }
        (false, false) => {
            let neither = "Please specify either --bootstrap-server or --bootstrap-controller";
            return Err(Stop::Usage(neither.to_owned()));
        }
        _ => {}
    }
    let (required, permitted): (&[&str], &[&str]) = match action {
        "verify" => (&["reassignment-json-file"], &["bootstrap-server", "command-config", "preserve-throttles"]),
        "generate" => (
            &["topics-to-move-json-file", "broker-list"],
            &["bootstrap-server", "command-config", "disable-rack-aware"],
        ),
        "execute" => (
            &["reassignment-json-file"],
            &[
                "additional",
                "bootstrap-server",
                "command-config",
                "throttle",
                "replica-alter-log-dirs-throttle",
                "timeout",
                "disallow-replication-factor-change",
            ],
        ),
        "cancel" => (
            &["reassignment-json-file"],
            &["bootstrap-server", "bootstrap-controller", "command-config", "preserve-throttles", "timeout"],
        ),
        _ => (&[], &["bootstrap-server", "bootstrap-controller", "command-config"]),
    };
    require(options, required)?;
    let allowed = |name: &str| name == action || required.contains(&name) || permitted.contains(&name);
    match options.given_names().find(|name| !allowed(name)) {
        Some(name) => Err(Stop::Usage(format!("Option \"[{name}]\" can't be used with action \"[{action}]\""))),
        None => Ok(action),
    }
}

/// A cluster, and whether it is reached through its controllers.
struct Site {
    cluster: Cluster,
    by_controller: bool,
}

async fn act(action: &str, options: &Options, streams: &mut Streams<'_>) -> Result<(), Trouble> {
    let site = connect(options).await?;
    let cluster = &site.cluster;
    match action {
        "verify" => {
            let entries = plan(options)?;
            verify(&site, &entries, options.has("preserve-throttles"), streams).await
        }
        "generate" => generate(cluster, options, streams).await,
        "execute" => execute(cluster, options, streams).await,
        "cancel" => cancel(&site, options, streams).await,
        _ => {
            let moving = requests::moving(cluster, None).await.map_err(future("listPartitionReassignments"))?;
            answer::of("reassignments");
            for ((topic, partition), m) in &moving {
                answer::row("reassignments", || {
                    json!({
                        "topic": topic,
                        "partition": partition,
                        "replicas": m.replicas,
                        "adding": m.adding,
                        "removing": m.removing,
                    })
                });
            }
            writeln!(streams.out, "{}", text::listed(&moving))?;
            Ok(())
        }
    }
}

async fn connect(options: &Options) -> Result<Site, Trouble> {
    const CLIENT_ID: &str = "reassign-partitions-tool";
    let mut properties = match options.value("command-config")? {
        Some(path) => cluster::load(path)?,
        None => Properties::default(),
    };
    if properties.get("client.id").is_none() {
        properties.set("client.id", CLIENT_ID);
    }
    let by_controller = options.has("bootstrap-controller");
    let list = options.value(if by_controller { "bootstrap-controller" } else { "bootstrap-server" })?;
    let invalid =
        |error: ClientError| Trouble::from(Failure::of_settings(&error, "Failed to create new KafkaAdminClient"));
    let mut config = resolved(list, &properties).map_err(invalid)?;
    if by_controller {
        // Any controller tells which is active; the rest is asked of that one.
        let request = DescribeClusterRequest { endpoint_type: 2, ..Default::default() };
        let entry = Cluster::new(config.clone());
        let asked = entry.request(Target::Any, &request).await.map_err(OpsError::from);
        let answer = asked.map_err(future("describeCluster"))?;
        if let Some(active) = answer.brokers.iter().find(|b| b.broker_id == answer.controller_id) {
            config.bootstrap = vec![format!("{}:{}", active.host, active.port)];
        }
    }
    Ok(Site { cluster: Cluster::new(config), by_controller })
}

fn read(path: &str) -> Result<String, Trouble> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let failure = Failure::of("java.io.IOException", format!("Unable to read file {path}"));
            Err(Trouble::Thrown(failure, vec![Failure::of("java.nio.file.NoSuchFileException", path)]))
        }
        Err(e) => Err(Failure::of("java.io.IOException", e.to_string()).into()),
    }
}

fn plan(options: &Options) -> Result<Vec<Entry>, Trouble> {
    let path = options.value("reassignment-json-file")?.unwrap_or_default();
    Ok(file::parse(&read(path)?).map_err(|error| text::of_plan(&error))?)
}

/// The replicas of whole topics as they are. Which topic is missing is told in the tool's own words.
async fn assignments(cluster: &Cluster, topics: &[String]) -> Result<BTreeMap<At, Vec<i32>>, Trouble> {
    let metadata = cluster.metadata(Topics::Named(topics)).await.map_err(OpsError::from);
    let metadata = metadata.map_err(future("describeTopics"))?;
    let mut found = BTreeMap::new();
    for topic in metadata.topics.into_values() {
        match topic.error {
            ErrorCode::None | ErrorCode::LeaderNotAvailable => {}
            ErrorCode::UnknownTopicOrPartition => {
                return Err(nested(Failure::of_code(topic.error, Some(&format!("Topic {} not found.", topic.name)))));
            }
            other => return Err(nested(Failure::of_code(other, None))),
        }
        found.extend(topic.partitions.into_iter().map(|p| ((topic.name.clone(), p.index), p.replicas)));
    }
    Ok(found)
}

/// The log directories of replicas on brokers that are there.
async fn log_dirs(cluster: &Cluster, replicas: &BTreeMap<At, Vec<i32>>) -> Result<LogDirs, Trouble> {
    let metadata = cluster.metadata(Topics::None).await.map_err(OpsError::from).map_err(future("describeCluster"))?;
    let all = replicas.iter().flat_map(|(at, ids)| ids.iter().map(move |id| (at.clone(), *id)));
    let here: BTreeSet<(At, i32)> = all.filter(|(_, id)| metadata.brokers.contains_key(id)).collect();
    let found = requests::on_disk(cluster, &here).await.map_err(future("describeReplicaLogDirs"))?;
    Ok(found.into_iter().filter_map(|(replica, on)| Some((replica, on.current?))).collect())
}

async fn verify(
    site: &Site,
    entries: &[Entry],
    preserve_throttles: bool,
    streams: &mut Streams<'_>,
) -> Result<(), Trouble> {
    let cluster = &site.cluster;
    let moving = requests::moving(cluster, None).await.map_err(future("listPartitionReassignments"))?;
    let still: BTreeSet<&String> = entries.iter().filter(|e| !moving.contains_key(&e.at())).map(|e| &e.topic).collect();
    let still: Vec<String> = still.into_iter().cloned().collect();
    let metadata = cluster.metadata(Topics::Named(&still)).await.map_err(OpsError::from);
    let metadata = metadata.map_err(future("describeTopics"))?;
    let mut states = BTreeMap::new();
    for entry in entries {
        let (current, done) = match (moving.get(&entry.at()), metadata.topics.get(&entry.topic)) {
            (Some(moving), _) => (moving.replicas.clone(), false),
            (None, Some(topic)) if topic.error == ErrorCode::None => {
                // The list is asked by its index, and the check before that is off by one.
                let index = usize::try_from(entry.partition).unwrap_or(usize::MAX);
                let partition = topic.partitions.get(index);
                if partition.is_none() && index <= topic.partitions.len() {
                    let message = format!("Index {index} out of bounds for length {}", topic.partitions.len());
                    return Err(Failure::of("java.lang.IndexOutOfBoundsException", message).into());
                }
                (partition.map(|p| p.replicas.clone()).unwrap_or_default(), true)
            }
            (None, Some(topic)) if topic.error != ErrorCode::UnknownTopicOrPartition => {
                return Err(nested(Failure::of_code(topic.error, None)));
            }
            _ => (Vec::new(), true),
        };
        states.insert(entry.at(), text::State { current, target: entry.replicas.clone(), done });
    }
    answer::of("reassignment-states");
    for ((topic, partition), state) in &states {
        let reached = state.done && state.current == state.target;
        if !reached {
            answer::fails(format!("{topic}-{partition} is not where it is to be"));
        }
        answer::row("reassignment-states", || {
            json!({
                "topic": topic,
                "partition": partition,
                "replicas": state.current,
                "target": state.target,
                "moving": !state.done,
                "reached": reached,
            })
        });
    }
    writeln!(streams.out, "{}", text::states(&states))?;
    let wanted = file::log_dirs(entries);
    let found = requests::on_disk(cluster, &wanted.keys().cloned().collect()).await;
    let found = found.map_err(future("describeReplicaLogDirs"))?;
    writeln!(streams.out, "{}", text::log_dir_states(&wanted, &found))?;
    let on_the_way = found.values().any(|on| on.current.is_some() && on.future.is_some());
    if moving.is_empty() && !on_the_way && !preserve_throttles {
        clear_throttles(site, entries, streams).await?;
    }
    Ok(())
}

async fn clear_throttles(site: &Site, entries: &[Entry], streams: &mut Streams<'_>) -> Result<(), Trouble> {
    let cluster = &site.cluster;
    let nodes: Vec<i32> = if site.by_controller {
        let request = DescribeClusterRequest { endpoint_type: 2, ..Default::default() };
        let answer = cluster.request(Target::Any, &request).await.map_err(OpsError::from);
        answer.map_err(future("describeCluster"))?.brokers.iter().map(|b| b.broker_id).collect()
    } else {
        let metadata = cluster.metadata(Topics::None).await.map_err(OpsError::from);
        metadata.map_err(future("describeCluster"))?.brokers.into_keys().collect()
    };
    let brokers: BTreeSet<i32> = nodes.into_iter().chain(entries.iter().flat_map(|e| e.replicas.clone())).collect();
    let topics: BTreeSet<String> = entries.iter().map(|e| e.topic.clone()).collect();
    let mut ids: Vec<i32> = brokers.iter().copied().collect();
    number_set_order(&mut ids);
    let mut names: Vec<&str> = topics.iter().map(String::as_str).collect();
    hash_map_order(&mut names, |name| name);
    writeln!(streams.out, "Clearing broker-level throttles on broker{} {}", text::plural(ids.len()), text::ids(&ids))?;
    if !site.by_controller {
        throttle::clear_brokers(cluster, &brokers).await.map_err(future("incrementalAlterConfigs"))?;
    }
    writeln!(streams.out, "Clearing topic-level throttles on topic{} {}", text::plural(names.len()), names.join(","))?;
    let cleared = if site.by_controller {
        throttle::clear_at_controller(cluster, &brokers, &topics).await
    } else {
        throttle::clear_topics(cluster, &topics).await
    };
    cleared.map_err(|error| match error {
        // Unlike for other requests, the broker names the topic that is not there.
        OpsError::Client(ClientError::Refused { code, message, .. }) => {
            nested(Failure::of_code(code, message.as_deref()))
        }
        other => future("incrementalAlterConfigs")(other),
    })
}

async fn generate(cluster: &Cluster, options: &Options, streams: &mut Streams<'_>) -> Result<(), Trouble> {
    let topics_file = read(options.value("topics-to-move-json-file")?.unwrap_or_default())?;
    let brokers = broker_list(options.value("broker-list")?.unwrap_or_default())?;
    let topics = topics_of(&topics_file)?;
    let current = assignments(cluster, &topics).await?;
    let dirs = log_dirs(cluster, &current).await?;
    let mut layout = gather(cluster, Some(&topics)).await.map_err(future("describeCluster"))?;
    layout.brokers.retain(|id, _| brokers.contains(id));
    if options.has("disable-rack-aware") {
        layout.brokers.values_mut().for_each(|rack| *rack = None);
    }
    let rackless = layout.brokers.values().filter(|rack| rack.is_none()).count();
    if rackless != 0 && rackless != layout.brokers.len() {
        return Err(Failure::of(
            "org.apache.kafka.tools.AdminOperationException",
            "Not all brokers have rack information. Add --disable-rack-aware in command line to make replica assignment without rack information.",
        )
        .into());
    }
    let proposed = propose(&layout)?;
    let current = file::format(&current, &dirs);
    writeln!(streams.out, "Current partition replica assignment\n{current}\n")?;
    let proposed = file::format(&proposed, &LogDirs::new());
    answer::whole("reassignment-plan", || {
        let document = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        json!({"current": document(&current), "proposed": document(&proposed)})
    });
    writeln!(streams.out, "Proposed partition reassignment configuration\n{proposed}")?;
    Ok(())
}

/// Kafka deals out all replicas anew, by chance; here those stay that can.
fn propose(layout: &Layout) -> Result<BTreeMap<At, Vec<i32>>, Failure> {
    let mut replicas: BTreeMap<At, Vec<i32>> =
        layout.partitions.iter().map(|(at, placed)| (at.clone(), placed.replicas.clone())).collect();
    let plan = balance::onto(layout, &layout.brokers.keys().copied().collect()).map_err(|error| {
        let message = match error {
            PlanError::TooFewBrokers { wanted, usable, .. } => format!(
                "The target replication factor of {wanted} cannot be reached because only {usable} broker(s) are registered or some brokers have all their log directories cordoned."
            ),
            other @ PlanError::NoSuchBroker(_) => other.to_string(),
        };
        Failure::of("org.apache.kafka.common.errors.InvalidReplicationFactorException", message)
    })?;
    replicas.extend(plan.target());
    Ok(replicas)
}

fn refuse(message: String) -> Failure {
    Failure::of("org.apache.kafka.tools.AdminCommandFailedException", message)
}

fn broker_list(list: &str) -> Result<BTreeSet<i32>, Failure> {
    let mut words: Vec<&str> = list.split(',').collect();
    while words.len() > 1 && words.last().is_some_and(|word| word.is_empty()) {
        words.pop();
    }
    for word in &words {
        if word.parse::<i32>().is_err() {
            return Err(Failure::of("java.lang.NumberFormatException", format!("For input string: \"{word}\"")));
        }
    }
    let names: Vec<String> = words.iter().map(|word| word.trim_start_matches('+').to_owned()).collect();
    let twice = file::repeated(&names);
    if !twice.is_empty() {
        return Err(refuse(format!("Broker list contains duplicate entries: [{}]", twice.join(", "))));
    }
    Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
}

fn topics_of(json: &str) -> Result<Vec<String>, Failure> {
    const OPERATION: &str = "org.apache.kafka.tools.AdminOperationException";
    let mapping = |text: &str| Failure::of("com.fasterxml.jackson.databind.JsonMappingException", text);
    let document: Value =
        serde_json::from_str(json).map_err(|_| Failure::of(OPERATION, "The input string is not a valid JSON"))?;
    let version = document.get("version").map_or(Some(1), Value::as_i64);
    if version != Some(1) {
        let version = version.map_or_else(|| "null".to_owned(), |version| version.to_string());
        return Err(Failure::of(OPERATION, format!("Not supported version field value {version}")));
    }
    let mut topics = Vec::new();
    for topic in document.get("topics").and_then(Value::as_array).into_iter().flatten() {
        let name = topic.get("topic").and_then(Value::as_str);
        topics.push(name.ok_or_else(|| mapping("No such field exists: \"topic\""))?.to_owned());
    }
    let twice = file::repeated(&topics);
    if twice.is_empty() {
        return Ok(topics);
    }
    Err(refuse(format!("List of topics to reassign contains duplicate entries: [{}]", twice.join(", "))))
}

async fn execute(cluster: &Cluster, options: &Options, streams: &mut Streams<'_>) -> Result<(), Trouble> {
    let path = options.value("reassignment-json-file")?.unwrap_or_default();
    let json = read(path)?;
    let between: i64 = options.number("throttle")?.unwrap_or(-1);
    let within: i64 = options.number("replica-alter-log-dirs-throttle")?.unwrap_or(-1);
    let timeout: i64 = options.number("timeout")?.unwrap_or(10_000);
    let entries = file::parse(&json).and_then(|entries| file::check(&entries).map(|()| entries));
    let entries = entries.map_err(|error| text::of_plan(&error))?;
    let (wanted, dirs) = (file::replicas(&entries), file::log_dirs(&entries));
    let moving = requests::moving(cluster, None).await.map_err(future("listPartitionReassignments"))?;
    if !options.has("additional") && !moving.is_empty() {
        return Err(Trouble::Terse(text::IN_THE_WAY.to_owned()));
    }
    let metadata = cluster.metadata(Topics::None).await.map_err(OpsError::from).map_err(future("describeCluster"))?;
    let mut ids: Vec<i32> = wanted.values().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
    number_set_order(&mut ids);
    if let Some(unknown) = ids.iter().find(|id| !metadata.brokers.contains_key(id)) {
        return Err(refuse(format!("Unknown broker id {unknown}")).into());
    }
    let topics: BTreeSet<&String> = wanted.keys().map(|(topic, _)| topic).collect();
    let topics: Vec<String> = topics.into_iter().cloned().collect();
    let mut current = assignments(cluster, &topics).await?;
    current.retain(|at, _| wanted.contains_key(at));
    let missing: Vec<String> = wanted.keys().filter(|at| !current.contains_key(at)).map(name).collect();
    if !missing.is_empty() {
        let message = format!("Unable to find partition: {}", missing.join(", "));
        return Err(nested(Failure::of_code(ErrorCode::UnknownTopicOrPartition, Some(&message))));
    }
    let on_disk = log_dirs(cluster, &current).await?;
    writeln!(
        streams.out,
        "Current partition replica assignment\n\n{}\n\nSave this to use as the --reassignment-json-file option during rollback",
        file::format(&current, &on_disk)
    )?;
    if between >= 0 || within >= 0 {
        writeln!(streams.out, "{}", text::VERIFY_LATER)?;
    }
    if let Ok(rate) = u64::try_from(between) {
        let routes = throttle::routes(&moving, &wanted, &current);
        let failed = future("incrementalAlterConfigs");
        throttle::limit_topics(cluster, &throttle::replica_lists(&routes)).await.map_err(&failed)?;
        let brokers = throttle::brokers(&routes);
        throttle::limit_brokers(cluster, &brokers, &[LEADER_RATE, FOLLOWER_RATE], rate).await.map_err(&failed)?;
        writeln!(streams.out, "The inter-broker throttle limit was set to {rate} B/s")?;
    }
    if let Ok(rate) = u64::try_from(within) {
        let brokers = dirs.keys().map(|(_, id)| *id).collect();
        let limited = throttle::limit_brokers(cluster, &brokers, &[LOG_DIRS_RATE], rate).await;
        limited.map_err(future("incrementalAlterConfigs"))?;
        writeln!(streams.out, "The replica-alter-dir throttle limit was set to {rate} B/s")?;
    }
    let orders = wanted.iter().map(|(at, ids)| (at.clone(), Some(ids.clone()))).collect();
    let may_change = !options.has("disallow-replication-factor-change");
    let refused = requests::alter(cluster, &orders, may_change).await;
    let refused = refused.map_err(future("alterPartitionReassignments"))?;
    for at in wanted.keys() {
        let refusal = refused.iter().find(|(other, _)| *other == at).map(|(_, refusal)| refusal.text());
        answer::outcome("reassign", "partition", name(at), refusal.map_or(Ok(()), Err));
    }
    if !refused.is_empty() {
        let lines = refused.iter().map(|(at, refusal)| format!("\n{}: {}", name(at), refusal.text()));
        return Err(Trouble::Terse(format!("Error reassigning partition(s):{}", lines.collect::<String>())));
    }
    writeln!(
        streams.out,
        "Successfully started partition reassignment{} for {}",
        text::plural(wanted.len()),
        text::names(wanted.keys())
    )?;
    if dirs.is_empty() { Ok(()) } else { move_dirs(cluster, dirs, timeout, streams).await }
}

/// Asks until every move between directories has begun: a replica that is new on its broker is not there at once.
async fn move_dirs(
    cluster: &Cluster,
    mut pending: LogDirs,
    timeout_ms: i64,
    streams: &mut Streams<'_>,
) -> Result<(), Trouble> {
    let deadline = Instant::now() + Duration::from_millis(u64::try_from(timeout_ms).unwrap_or(0));
    loop {
        let answers = requests::alter_log_dirs(cluster, &pending).await.map_err(future("alterReplicaLogDirs"))?;
        let mut begun: Vec<(At, i32)> = Vec::new();
        for (replica, code) in answers {
            match code {
                ErrorCode::None => begun.push(replica),
                ErrorCode::ReplicaNotAvailable => {}
                other => {
                    let failure = refuse(format!("Failed to alter dir for {}", text::replica(&replica)));
                    return Err(Trouble::Thrown(failure, vec![Failure::of_code(other, None)]));
                }
            }
        }
        begun.sort_by_key(|(at, id)| (*id, at.clone()));
        for replica in &begun {
            let dir = pending.remove(replica).unwrap_or_default();
            let (at, id) = (name(&replica.0), replica.1);
            answer::did("move", "replica", format!("{at}-{id}"));
            writeln!(
                streams.out,
                "Successfully started moving log directory to {dir} for replica {at} with broker {id} "
            )?;
        }
        if pending.is_empty() {
            return Ok(());
        }
        if Instant::now() >= deadline {
            let mut left: Vec<&(At, i32)> = pending.keys().collect();
            left.sort_by_key(|(at, id)| (*id, at));
            let left: Vec<String> = left.into_iter().map(text::replica).collect();
            return Err(Trouble::Terse(format!(
                "Timed out before log directory move{} could be started for: {}",
                text::plural(left.len()),
                left.join(",")
            )));
        }
        tokio::time::sleep(MOVE_AGAIN).await;
    }
}

async fn cancel(site: &Site, options: &Options, streams: &mut Streams<'_>) -> Result<(), Trouble> {
    let cluster = &site.cluster;
    let json = read(options.value("reassignment-json-file")?.unwrap_or_default())?;
    let timeout: i64 = options.number("timeout")?.unwrap_or(10_000);
    let entries = file::parse(&json).map_err(|error| text::of_plan(&error))?;
    let wanted: BTreeSet<At> = entries.iter().map(Entry::at).collect();
    let moving = requests::moving(cluster, Some(&wanted)).await.map_err(future("listPartitionReassignments"))?;
    let active = moving.into_iter().filter(|(_, m)| !m.adding.is_empty() || !m.removing.is_empty());
    let active: BTreeMap<At, Option<Vec<i32>>> = active.map(|(at, _)| (at, None)).collect();
    answer::of(answer::ACTIONS);
    if active.is_empty() {
        writeln!(streams.out, "None of the specified partition reassignments are active.")?;
    } else {
        let refused = requests::alter(cluster, &active, true).await;
        let refused = refused.map_err(future("alterPartitionReassignments"))?;
        if !refused.is_empty() {
            let lines = refused.iter().map(|(at, refusal)| format!("\n{}: {}", name(at), refusal.text()));
            let lines: String = lines.collect();
            let many = text::plural(refused.len());
            return Err(Trouble::Terse(format!("Error cancelling partition reassignment{many} for:{lines}")));
        }
        active.keys().for_each(|at| answer::did("cancel", "partition", name(at)));
        let (many, names) = (text::plural(active.len()), text::names(active.keys()));
        writeln!(streams.out, "Successfully cancelled partition reassignment{many} for: {names}")?;
    }
    let dirs = file::log_dirs(&entries);
    let found = requests::on_disk(cluster, &dirs.keys().cloned().collect()).await;
    let found = found.map_err(future("describeReplicaLogDirs"))?;
    let back: LogDirs = found
        .into_iter()
        .filter(|(_, on)| on.future.is_some())
        .filter_map(|(replica, on)| Some((replica, on.current?)))
        .collect();
    if back.is_empty() {
        // Kafka's tool ends this sentence without a line.
        write!(streams.out, "None of the specified partition moves are active.")?;
    } else {
        move_dirs(cluster, back, timeout, streams).await?;
    }
    if options.has("preserve-throttles") { Ok(()) } else { clear_throttles(site, &entries, streams).await }
}
