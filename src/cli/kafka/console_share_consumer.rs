//! `kafka-console-share-consumer.sh` (`org.apache.kafka.tools.consumer.ConsoleShareConsumer`).

use std::io;
use std::time::{Duration, Instant};

use super::answer;
use super::cluster::{Failure, block_on, load};
use super::formatter::Formatter;
use super::jopt::{Opt, OptionError, Options, Type, parse};
use super::usage::{HELP, Stop, Streams, VERSION, help_or_version, key_values, log4j, name_in_use, require};
use crate::client::{Acknowledge, ClientConfig, Cluster, Properties, ShareConfig, ShareConsumer, ShareRecords};
use crate::ops::OpsError;

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
    Opt::required("consumer-config", Type::String, "config file", "(DEPRECATED) The old name of --command-config."),
    Opt::required(
        "consumer-property",
        Type::String,
        "consumer_prop",
        "(DEPRECATED) The old name of --command-property.",
    ),
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
        "A formatter setting, key=value; may be repeated:\n print.timestamp=true|false\n print.key=true|false\n print.offset=true|false\n print.delivery=true|false\n print.epoch=true|false\n print.partition=true|false\n print.headers=true|false\n print.value=true|false\n key.separator=<key.separator>\n line.separator=<line.separator>\n headers.separator=<headers.separator>\n null.literal=<null.literal>\n key.deserializer=<key.deserializer>\n value.deserializer=<value.deserializer>\n headers.deserializer=<headers.deserializer>",
    ),
    Opt::required("group", Type::String, "share group id", "The share group to read in."),
    HELP,
    Opt::required("key-deserializer", Type::String, "deserializer for keys", "The class that reads keys."),
    Opt::required("max-messages", Type::Integer, "num_messages", "Stop after so many records."),
    Opt::required("property", Type::String, "prop", "(DEPRECATED) The old name of --formatter-property."),
    Opt::flag("reject", "Reject the records: nobody shall be given them again."),
    Opt::flag("reject-message-on-error", "Reject a record that cannot be printed, and go on."),
    Opt::flag("release", "Release the records: they are to be handed out again."),
    Opt::required("timeout-ms", Type::Integer, "timeout_ms", "Stop when no record has come for so long."),
    Opt::required("topic", Type::String, "topic", "The topic to read."),
    Opt::required("value-deserializer", Type::String, "deserializer for values", "The class that reads values."),
    VERSION,
];

const CLASS: &str = "org.apache.kafka.tools.consumer.ConsoleShareConsumer";
const NAME: &str = "console-share-consumer";
const ABOUT: &str =
    "This tool helps to read data from Kafka topics using share groups and outputs it to standard output.";

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let options = parse(OPTIONS, args).map_err(Stop::usage_option)?;
    help_or_version(&options, args.is_empty(), ABOUT, streams)?;
    let plan = Plan::read(&options, streams)?;
    let mut count = 0;
    let done = block_on(async { Ok(consume(&plan, &options, &mut count, streams).await) })?;
    streams.out.flush()?;
    let fatal = match done {
        Ok(()) => None,
        Err(End::Timeout) => {
            let timeout = "org.apache.kafka.common.errors.TimeoutException";
            log4j("ERROR", format!("{}\n{timeout}", stopped("Error processing message, terminating")), streams.err)?;
            None
        }
        Err(End::Closed) => {
            writeln!(streams.err, "Unable to write to standard out, closing consumer.")?;
            None
        }
        Err(End::Poll(failure)) => {
            log4j("ERROR", format!("{}\n{failure}", stopped("Error processing message, terminating")), streams.err)?;
            None
        }
        // Nothing was begun: there is nothing to count either.
        Err(End::Setup(failure)) => return Err(unknown(&failure, streams)?),
        Err(End::Fatal(failure)) => Some(failure),
    };
    writeln!(streams.err, "Processed a total of {count} messages")?;
    if let Some(failure) = &fatal {
        return Err(unknown(failure, streams)?);
    }
    if options.has("enable-systest-events") {
        writeln!(streams.out, "shutdown_complete")?;
    }
    Ok(())
}

fn stopped(what: &str) -> String {
    format!("{what} consumer process:  ({CLASS})")
}

fn unknown(failure: &Failure, streams: &mut Streams<'_>) -> io::Result<Stop> {
    log4j("ERROR", format!("Unknown error when running consumer:  ({CLASS})\n{failure}"), streams.err)?;
    Ok(Stop::Exit(1))
}

/// What the command line asks for.
struct Plan {
    properties: Properties,
    formatter: Formatter,
    verdict: Acknowledge,
    topic: String,
}

impl Plan {
    fn read(options: &Options, streams: &mut Streams<'_>) -> Result<Plan, Stop> {
        let refuse = |message: &str| Err(Stop::Usage(message.to_owned()));
        if !options.has("topic") {
            return refuse("--topic is a required argument");
        }
        require(options, &["bootstrap-server"])?;
        if options.has("reject") && options.has("release") {
            return refuse("At most one of --reject and --release may be specified.");
        }
        let own = name_in_use(options, "command-property", "consumer-property")
            .map_err(|_| both("consumer-property", "command-property"))?;
        let file = name_in_use(options, "command-config", "consumer-config")
            .map_err(|_| both("consumer-config", "command-config"))?;
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
        let group = group(options, &properties, &pairs)?;
        for (key, value) in pairs {
            properties.set(key, value);
        }
        if properties.get("client.id").is_none() {
            properties.set("client.id", NAME);
        }
        properties.set("group.id", group);
        properties.set("share.acknowledgement.mode", "explicit");
        let verdict = match () {
            () if options.has("reject") => Acknowledge::Reject,
            () if options.has("release") => Acknowledge::Release,
            () => Acknowledge::Accept,
        };
        let formatter = Formatter::read(options, streams)?;
        let topic = options.value("topic").map_err(Stop::uncaught_option)?.unwrap_or_default().to_owned();
        Ok(Plan { properties, formatter, verdict, topic })
    }
}

fn both(old: &str, new: &str) -> Stop {
    Stop::Usage(format!("Options --{old} and --{new} cannot be specified together."))
}

/// The group, which may be named in three places but must be the same in all.
fn group(options: &Options, file: &Properties, pairs: &[(String, String)]) -> Result<String, Stop> {
    let typed = options.value("group").map_err(Stop::uncaught_option)?;
    let pair = pairs.iter().find(|(key, _)| key == "group.id").map(|(_, value)| value.as_str());
    let mut named: Vec<&str> = [typed, file.get("group.id"), pair].into_iter().flatten().collect();
    named.sort_unstable();
    named.dedup();
    super::java::hash_map_order(&mut named, |group| group);
    if named.len() > 1 {
        let quoted: Vec<String> = named.iter().map(|group| format!("'{group}'")).collect();
        return Err(Stop::Usage(format!(
            "The group ids provided in different places (directly using '--group', via '--consumer-property', or via '--consumer-config') do not match. Detected group ids: {}",
            quoted.join(", ")
        )));
    }
    Ok(named.first().map_or(NAME, |&group| group).to_owned())
}

/// Why reading ended before its time.
enum End {
    Timeout,
    /// Nobody reads standard output any more.
    Closed,
    /// An error while reading: logged, and the tool ends well all the same.
    Poll(Failure),
    /// An error before the consumer was there.
    Setup(Failure),
    /// A record that cannot be printed.
    Fatal(Failure),
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> End {
        End::Closed
    }
}

async fn consume(plan: &Plan, options: &Options, count: &mut u64, streams: &mut Streams<'_>) -> Result<(), End> {
    let illegal = |error: OptionError| Failure::of("joptsimple.OptionException", error.to_string());
    let setup = |error: crate::client::ClientError| {
        End::Setup(Failure::of_settings(&error, "Failed to construct Kafka share consumer"))
    };
    let timeout: Option<i32> = options.number("timeout-ms").map_err(|error| End::Setup(illegal(error)))?;
    let timeout = timeout.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis);
    let bootstrap = options.value("bootstrap-server").map_err(|error| End::Setup(illegal(error)))?;
    let config = ClientConfig::from_properties(bootstrap, &plan.properties).map_err(setup)?;
    let settings = ShareConfig::from_properties(&plan.properties).map_err(setup)?;
    let mut consumer = ShareConsumer::subscribe(Cluster::new(config), settings, vec![plan.topic.clone()]);
    let result = match options.number::<i32>("max-messages") {
        Ok(limit) => {
            // -1 is no limit; what else is not above 0 is reached before the first record.
            let limit = limit.filter(|limit| *limit != -1).map(|limit| u64::try_from(limit).unwrap_or(0));
            let reader = Reader { plan, limit, timeout, rejects_errors: options.has("reject-message-on-error") };
            reader.read(&mut consumer, count, streams).await
        }
        Err(error) => Err(End::Fatal(illegal(error))),
    };
    // Whether the group hears of it does not change what was printed.
    let _ = consumer.close().await;
    result
}

struct Reader<'a> {
    plan: &'a Plan,
    limit: Option<u64>,
    timeout: Option<Duration>,
    rejects_errors: bool,
}

impl Reader<'_> {
    fn has_enough(&self, count: u64) -> bool {
        self.limit.is_some_and(|limit| count >= limit)
    }

    async fn read(&self, consumer: &mut ShareConsumer, count: &mut u64, streams: &mut Streams<'_>) -> Result<(), End> {
        let failed =
            |error: crate::client::ClientError| End::Poll(Failure::of_error(&OpsError::Client(error), "fetch"));
        let mut last = Instant::now();
        let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
        while !self.has_enough(*count) {
            let patience = Duration::from_millis(100).min(self.timeout.unwrap_or(Duration::MAX));
            let polled = tokio::select! {
                polled = consumer.poll(patience) => polled.map_err(failed)?,
                _ = &mut interrupted => return Ok(()),
            };
            if polled.is_empty() {
                streams.out.flush()?;
                answer::flush();
                if self.timeout.is_some_and(|timeout| last.elapsed() > timeout) {
                    return Err(End::Timeout);
                }
                continue;
            }
            for records in polled {
                self.print(&records, consumer, count, streams)?;
            }
            last = Instant::now();
        }
        Ok(())
    }

    /// Prints records and says what became of them, up to the last one that is wanted.
    fn print(
        &self,
        records: &ShareRecords,
        consumer: &mut ShareConsumer,
        count: &mut u64,
        streams: &mut Streams<'_>,
    ) -> Result<(), End> {
        if self.has_enough(*count) {
            return Ok(());
        }
        let (topic, partition) = (records.topic.as_str(), records.partition);
        let mut failed: Option<io::Error> = None;
        let mut logged: io::Result<()> = Ok(());
        let read = records.for_each(|shown| {
            *count += 1;
            let offset = shown.record.offset.0;
            let delivered = Some(shown.delivery_count);
            let written = if answer::is_json() {
                answer::line(|| {
                    let mut document = crate::cli::consume::document(topic, partition, shown.record);
                    document["delivery_count"] = shown.delivery_count.into();
                    document
                });
                if answer::is_unread() { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
            } else {
                answer::good();
                self.plan.formatter.write_delivered(partition, shown.times, shown.record, delivered, streams.out)
            };
            let verdict = match written {
                Ok(()) => self.plan.verdict,
                Err(error) if error.kind() == io::ErrorKind::InvalidData && self.rejects_errors => {
                    let text = format!("Error processing message, rejecting this message:  ({CLASS})\n{error}");
                    logged = log4j("ERROR", text, streams.err);
                    Acknowledge::Reject
                }
                Err(error) => {
                    failed = Some(error);
                    return false;
                }
            };
            consumer.acknowledge(topic, partition, offset, verdict);
            logged.is_ok() && !self.has_enough(*count)
        });
        read.map_err(|error| End::Poll(Failure::of_error(&error.into(), "fetch")))?;
        logged?;
        match failed {
            Some(error) if error.kind() == io::ErrorKind::InvalidData => {
                let class = "org.apache.kafka.common.errors.SerializationException";
                Err(End::Fatal(Failure::of(class, error.to_string())))
            }
            Some(_) => Err(End::Closed),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> (u8, String) {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut streams = Streams { out: &mut out, err: &mut err };
        let code = run(&args, &mut streams).map_or_else(|stop| stop.finish(OPTIONS, &mut streams), |()| 0);
        let err = String::from_utf8(err).unwrap();
        (code, err.lines().next().unwrap_or_default().to_owned())
    }

    #[test]
    fn the_command_line_is_judged_in_kafkas_words() {
        for (line, expected) in [
            ("", ABOUT),
            ("--bootstrap-server a:1", "--topic is a required argument"),
            ("--topic t", "Missing required argument \"[bootstrap-server]\""),
            (
                "--topic t --bootstrap-server a:1 --reject --release",
                "At most one of --reject and --release may be specified.",
            ),
            (
                "--topic t --bootstrap-server a:1 --consumer-config f --command-config f",
                "Options --consumer-config and --command-config cannot be specified together.",
            ),
            ("--topic t --bootstrap-server a:1 --formatter x", "x"),
        ] {
            assert_eq!(said(line), (1, expected.to_owned()), "{line}");
        }
    }

    #[test]
    fn the_group_has_a_name_of_its_own_and_must_be_one() {
        let read = |line: &str, pairs: &[(String, String)]| {
            let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            group(&parse(OPTIONS, &args).unwrap(), &Properties::default(), pairs)
        };
        assert_eq!(read("", &[]).unwrap(), NAME);
        assert_eq!(read("--group g", &[]).unwrap(), "g");
        assert!(read("--group g", &[("group.id".to_owned(), "h".to_owned())]).is_err());
    }
}
