//! `kafka-console-consumer.sh` (`org.apache.kafka.tools.consumer.ConsoleConsumer`).

use std::io;
use std::time::{Duration, Instant};

use super::answer;
use super::cluster::{Failure, block_on, load, resolved};
use super::formatter::Formatter;
use super::java::TopicPattern;
use super::jopt::{Opt, OptionError, Options, Type, parse};
use super::usage::{
    HELP, Stop, Streams, VERSION, exactly_one_of, help_or_version, key_values, log4j, name_in_use, require,
};
use crate::client::{Cluster, Consumer, ConsumerConfig, Properties, StartAt, Topics};
use crate::ops::OpsError;
use crate::wire::batch::{TimestampType, batches};

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::required(
        "bootstrap-server",
        Type::String,
        "server to connect to",
        "REQUIRED: HOST:PORT of one or more brokers.",
    ),
    Opt::required(
        "command-config",
        Type::String,
        "config file",
        "A properties file for the consumer; [command-property] goes before it.",
    ),
    Opt::required("command-property", Type::String, "consumer_prop", "A consumer setting, key=value; may be repeated."),
    Opt::required(
        "consumer-property",
        Type::String,
        "consumer_prop",
        "(DEPRECATED) The old name of --command-property.",
    ),
    Opt::required("consumer.config", Type::String, "config file", "(DEPRECATED) The old name of --command-config."),
    Opt::flag("enable-systest-events", "Say when the consumer has ended; for system tests."),
    Opt::required(
        "formatter",
        Type::String,
        "class",
        "How records are printed: the Default-, Logging- or NoOpMessageFormatter.",
    )
    .or("org.apache.kafka.tools.consumer.DefaultMessageFormatter"),
    Opt::required(
        "formatter-config",
        Type::String,
        "config file",
        "A properties file for the formatter; [formatter-property] goes before it.",
    ),
    Opt::required(
        "formatter-property",
        Type::String,
        "prop",
        "A formatter setting, key=value; may be repeated:\n print.timestamp=true|false\n print.key=true|false\n print.offset=true|false\n print.epoch=true|false\n print.partition=true|false\n print.headers=true|false\n print.value=true|false\n key.separator=<key.separator>\n line.separator=<line.separator>\n headers.separator=<headers.separator>\n null.literal=<null.literal>\n key.deserializer=<key.deserializer>\n value.deserializer=<value.deserializer>\n headers.deserializer=<headers.deserializer>",
    ),
    Opt::flag(
        "from-beginning",
        "Begin with the first record kept where the group has committed nothing, not at the end.",
    ),
    Opt::required("group", Type::String, "consumer group id", "The group to read in."),
    HELP,
    Opt::required("include", Type::String, "Java regex (String)", "The topics to read, as a regular expression."),
    Opt::required(
        "isolation-level",
        Type::String,
        "",
        "read_committed leaves out what belongs to open or aborted transactions.",
    )
    .or("read_uncommitted"),
    Opt::required("key-deserializer", Type::String, "deserializer for keys", "The class that reads keys."),
    Opt::required("max-messages", Type::Integer, "num_messages", "Stop after so many records."),
    Opt::required(
        "offset",
        Type::String,
        "consume offset",
        "Where to begin in the partition: an offset, 'earliest' or 'latest'",
    )
    .or("latest"),
    Opt::required(
        "partition",
        Type::Integer,
        "partition",
        "Read this partition only, from its end unless --offset is given.",
    ),
    Opt::required("property", Type::String, "prop", "(DEPRECATED) The old name of --formatter-property."),
    Opt::flag("skip-message-on-error", "Go on behind a record that cannot be printed."),
    Opt::required("timeout-ms", Type::Long, "timeout_ms", "Stop when no record has come for so long."),
    Opt::required("topic", Type::String, "topic", "The topic to read."),
    Opt::required("value-deserializer", Type::String, "deserializer for values", "The class that reads values."),
    VERSION,
];

const CLASS: &str = "org.apache.kafka.tools.consumer.ConsoleConsumer";

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let options = parse(OPTIONS, args).map_err(Stop::usage_option)?;
    let about = "This tool helps to read data from Kafka topics and outputs it to standard output";
    help_or_version(&options, args.is_empty(), about, streams)?;
    let plan = Plan::read(&options, streams)?;
    let mut count = 0;
    let done = block_on(async { Ok(consume(&plan, &options, &mut count, streams).await) })?;
    streams.out.flush()?;
    let stopped = format!("Error processing message, terminating consumer process:  ({CLASS})");
    let code = match done {
        Ok(()) => 0,
        Err(End::Timeout) => {
            let timeout = "org.apache.kafka.common.errors.TimeoutException";
            log4j("ERROR", format!("{stopped}\n{timeout}"), streams.err)?;
            0
        }
        Err(End::Closed) => {
            writeln!(streams.err, "Unable to write to standard out, closing consumer.")?;
            0
        }
        Err(End::Poll(failure)) => {
            log4j("ERROR", format!("{stopped}\n{failure}"), streams.err)?;
            0
        }
        Err(ref end @ (End::Fatal(ref failure) | End::Late(ref failure))) => {
            if matches!(end, End::Late(_)) {
                writeln!(streams.err, "Processed a total of {count} messages")?;
            }
            let text = format!("Unknown error when running consumer:  ({CLASS})\n{failure}");
            log4j("ERROR", text, streams.err)?;
            return Err(Stop::Exit(1));
        }
    };
    writeln!(streams.err, "Processed a total of {count} messages")?;
    if options.has("enable-systest-events") {
        writeln!(streams.out, "shutdown_complete")?;
    }
    if code == 0 { Ok(()) } else { Err(Stop::Exit(code)) }
}

/// What the command line asks for.
struct Plan {
    properties: Properties,
    formatter: Formatter,
    partition: Option<i32>,
    start: StartAt,
    timeout: Option<Duration>,
}

impl Plan {
    fn read(options: &Options, streams: &mut Streams<'_>) -> Result<Plan, Stop> {
        let has = |name| options.has(name);
        let refuse = |message: &str| Err(Stop::Usage(message.to_owned()));
        exactly_one_of(options, &["topic", "include"])?;
        let partition: Option<i32> =
            if has("partition") { options.number("partition").map_err(Stop::uncaught_option)? } else { None };
        if partition.is_some() {
            if !has("topic") {
                return refuse("The topic is required when partition is specified.");
            }
            if has("from-beginning") && has("offset") {
                return refuse("Options from-beginning and offset cannot be specified together.");
            }
        } else if has("offset") {
            return refuse("The partition is required when offset is specified.");
        }
        require(options, &["bootstrap-server"])?;
        let own = name_in_use(options, "command-property", "consumer-property")?;
        let file = name_in_use(options, "command-config", "consumer.config")?;
        for (new, used) in [("command-property", own), ("command-config", file)] {
            if used != new {
                writeln!(
                    streams.out,
                    "Option --{used} is deprecated and will be removed in a future version. Use --{new} instead."
                )?;
            }
        }
        let mut properties = match options.value(file).map_err(Stop::uncaught_option)? {
            Some(path) => load(path).map_err(|failure| Stop::uncaught(&failure.exception, &failure.message))?,
            None => Properties::default(),
        };
        let pairs = key_values(&options.values(own))
            .map_err(|message| Stop::uncaught("java.lang.IllegalArgumentException", message))?;
        let groups = groups(options, &properties, &pairs)?;
        for (key, value) in pairs {
            properties.set(key, value);
        }
        if groups.is_some() && partition.is_some() {
            return refuse("Options group and partition cannot be specified together.");
        }
        match properties.get("auto.offset.reset").map(str::to_owned) {
            Some(reset) if has("from-beginning") && reset != "earliest" => {
                return Err(Stop::Failure(format!(
                    "Can't simultaneously specify --from-beginning and 'auto.offset.reset={reset}', please remove one option"
                )));
            }
            Some(_) => {}
            None => properties.set("auto.offset.reset", if has("from-beginning") { "earliest" } else { "latest" }),
        }
        if properties.get("client.id").is_none() {
            properties.set("client.id", "console-consumer");
        }
        if has("isolation-level") || properties.get("isolation.level").is_none() {
            let level = options.value("isolation-level").map_err(Stop::uncaught_option)?.unwrap_or_default();
            properties.set("isolation.level", level);
        }
        match groups {
            Some(group) => properties.set("group.id", group),
            // A group that nobody will name again shall leave no offsets behind.
            None if properties.get("enable.auto.commit").is_none() => properties.set("enable.auto.commit", "false"),
            None => {}
        }
        let start = start(options)?;
        let timeout: Option<i64> = options.number("timeout-ms").map_err(Stop::uncaught_option)?;
        let timeout = timeout.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis);
        let formatter = Formatter::read(options, streams)?;
        Ok(Plan { properties, formatter, partition, start, timeout })
    }
}

/// The group, which may be named in three places but must be the same in all.
fn groups(options: &Options, file: &Properties, pairs: &[(String, String)]) -> Result<Option<String>, Stop> {
    let typed = options.value("group").map_err(Stop::uncaught_option)?;
    let pair = pairs.iter().find(|(key, _)| key == "group.id").map(|(_, value)| value.as_str());
    let mut named: Vec<&str> = [typed, file.get("group.id"), pair].into_iter().flatten().collect();
    named.sort_unstable();
    named.dedup();
    super::java::hash_map_order(&mut named, |group| group);
    if named.len() > 1 {
        let quoted: Vec<String> = named.iter().map(|group| format!("'{group}'")).collect();
        return Err(Stop::Usage(format!(
            "The group ids provided in different places (directly using '--group', via '--consumer-property', or via '--consumer.config') do not match. Detected group ids: {}",
            quoted.join(", ")
        )));
    }
    Ok(named.first().map(|&group| group.to_owned()))
}

fn start(options: &Options) -> Result<StartAt, Stop> {
    if !options.has("offset") {
        return Ok(if options.has("from-beginning") { StartAt::Earliest } else { StartAt::Latest });
    }
    let text = options.value("offset").map_err(Stop::uncaught_option)?.unwrap_or_default();
    match text.to_ascii_lowercase().as_str() {
        "earliest" => Ok(StartAt::Earliest),
        "latest" => Ok(StartAt::Latest),
        _ => match text.parse::<i64>() {
            Ok(offset) if offset >= 0 => Ok(StartAt::Offset(offset)),
            _ => Err(Stop::Usage(format!(
                "The provided offset value '{text}' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long."
            ))),
        },
    }
}

/// Why reading ended before its time.
enum End {
    Timeout,
    /// Nobody reads standard output any more.
    Closed,
    /// An error while reading: logged, and the tool ends well all the same.
    Poll(Failure),
    /// An error in setting up.
    Fatal(Failure),
    /// One that shows when the consumer is there already: what it read is counted first.
    Late(Failure),
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> End {
        End::Closed
    }
}

async fn consume(plan: &Plan, options: &Options, count: &mut u64, streams: &mut Streams<'_>) -> Result<(), End> {
    let fatal = |error: crate::client::ClientError| End::Fatal(Failure::of_error(&OpsError::Client(error), "consumer"));
    let illegal = |error: OptionError| End::Fatal(Failure::of("joptsimple.OptionException", error.to_string()));
    let bootstrap = options.value("bootstrap-server").map_err(illegal)?;
    let config = resolved(bootstrap, &plan.properties).map_err(fatal)?;
    let settings = ConsumerConfig::from_properties(&plan.properties).map_err(fatal)?;
    let cluster = Cluster::new(config);
    let late = |error: OptionError| End::Late(Failure::of("joptsimple.OptionException", error.to_string()));
    let limit: Option<i64> = options.number("max-messages").map_err(late)?;
    let topics = match options.value("include").map_err(illegal)? {
        Some(pattern) => included(&cluster, pattern).await?,
        None => vec![options.value("topic").map_err(illegal)?.unwrap_or_default().to_owned()],
    };
    let mut consumer = match plan.partition {
        Some(partition) => {
            let at = topics.into_iter().map(|topic| ((topic, partition), plan.start)).collect();
            Consumer::assign(cluster, settings, at).await.map_err(fatal)?
        }
        None if settings.group.is_some() => Consumer::subscribe(cluster, settings, topics).map_err(fatal)?,
        None => {
            // Without a group of its own there is nobody to share with: every partition is read.
            let start = settings.reset.unwrap_or(StartAt::Latest);
            let mut at = Vec::new();
            for topic in topics {
                let known = cluster.topic(&topic, true).await.map_err(fatal)?;
                at.extend(known.partitions.iter().map(|p| ((topic.clone(), p.index), start)));
            }
            Consumer::assign(cluster, settings, at).await.map_err(fatal)?
        }
    };
    let result = read(plan, &mut consumer, limit, count, options.has("skip-message-on-error"), streams).await;
    let _ = consumer.close().await;
    result
}

async fn included(cluster: &Cluster, pattern: &str) -> Result<Vec<String>, End> {
    let pattern =
        TopicPattern::new(pattern).map_err(|m| End::Fatal(Failure::of("java.util.regex.PatternSyntaxException", m)))?;
    let metadata = cluster.metadata(Topics::All).await;
    let metadata = metadata.map_err(|error| End::Fatal(Failure::of_error(&error.into(), "listTopics")))?;
    Ok(metadata.topics.into_keys().filter(|name| pattern.matches(name)).collect())
}

async fn read(
    plan: &Plan,
    consumer: &mut Consumer,
    limit: Option<i64>,
    count: &mut u64,
    skip_errors: bool,
    streams: &mut Streams<'_>,
) -> Result<(), End> {
    let enough = |count: u64| limit.is_some_and(|limit| limit >= 0 && count >= limit.unsigned_abs());
    let mut last = Instant::now();
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    while !enough(*count) {
        let patience = Duration::from_millis(100).min(plan.timeout.unwrap_or(Duration::MAX));
        let fetched = tokio::select! {
            fetched = consumer.poll(patience) => fetched,
            _ = &mut interrupted => return Ok(()),
        };
        let fetched = fetched.map_err(|error| End::Poll(Failure::of_error(&error.into(), "fetch")))?;
        if fetched.is_empty() {
            streams.out.flush()?;
            answer::flush();
            if plan.timeout.is_some_and(|timeout| last.elapsed() > timeout) {
                return Err(End::Timeout);
            }
            continue;
        }
        for records in fetched {
            if enough(*count) {
                // What nobody saw must not be committed.
                consumer.used_until(&records.topic, records.partition, records.start());
                continue;
            }
            let mut failed = None;
            let spans: Vec<(i64, TimestampType)> = batches(records.raw())
                .map_while(Result::ok)
                .map(|(header, _)| (header.last_offset().0, header.timestamp_type()))
                .collect();
            let times = |offset: i64| {
                let batch = spans.partition_point(|(last, _)| *last < offset);
                spans.get(batch).map_or(TimestampType::CreateTime, |(_, times)| *times)
            };
            let next = records.for_each(|record| {
                if enough(*count) {
                    return false;
                }
                *count += 1;
                let written = if answer::is_json() {
                    answer::line(|| crate::cli::consume::document(&records.topic, records.partition, record));
                    if answer::is_unread() { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
                } else {
                    answer::line(|| serde_json::Value::Null);
                    plan.formatter.write(records.partition, times(record.offset.0), record, streams.out)
                };
                match written {
                    Ok(()) => !enough(*count),
                    Err(error) if error.kind() == io::ErrorKind::InvalidData && skip_errors => true,
                    Err(error) => {
                        failed = Some(error);
                        false
                    }
                }
            });
            let next = next.map_err(|error| End::Poll(Failure::of_error(&error.into(), "fetch")))?;
            match failed {
                Some(error) if error.kind() == io::ErrorKind::InvalidData => {
                    let failure =
                        Failure::of("org.apache.kafka.common.errors.SerializationException", error.to_string());
                    return Err(End::Fatal(failure));
                }
                Some(_) => return Err(End::Closed),
                None => consumer.used_until(&records.topic, records.partition, next),
            }
        }
        last = Instant::now();
    }
    Ok(())
}
