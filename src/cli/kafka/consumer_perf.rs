//! `kafka-consumer-perf-test.sh` (`org.apache.kafka.tools.ConsumerPerformance`).

use std::time::Duration;

use super::cluster::{Failure, block_on, load, resolved};
use super::consumer_perf_report::{Report, header};
use super::date_format::DateFormat;
use super::java::millis;
use super::jopt::{Opt, OptionError, Options, Type, parse};
use super::usage::{HELP, Stop, Streams, VERSION, exactly_one_of, forbid, help_or_version, require};
use crate::client::{
    ClientConfig, ClientError, Cluster, Consumer, ConsumerConfig, PartitionRecords, Properties, Target, Topics,
};
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
    Opt::required("command-property", Type::String, "prop1=val1", "A consumer setting, key=value; may be repeated."),
    Opt::required("consumer.config", Type::String, "config file", "(DEPRECATED) The old name of --command-config."),
    Opt::required(
        "date-format",
        Type::String,
        "date format",
        "How times are printed: a pattern of java.text.SimpleDateFormat.",
    )
    .or("yyyy-MM-dd HH:mm:ss:SSS"),
    Opt::required("fetch-size", Type::Integer, "size", "Bytes of one partition in one answer, at most.").or("1048576"),
    Opt::flag("from-latest", "Begin at the end where the group has committed nothing, not with the first record kept."),
    Opt::required("group", Type::String, "gid", "The group to read in; one with a random name if not given."),
    HELP,
    Opt::flag("hide-header", "Leave out the line that names the columns."),
    Opt::required("include", Type::String, "Java regex (String)", "The topics to read, as a regular expression."),
    Opt::required("messages", Type::Long, "count", "(DEPRECATED) The old name of --num-records."),
    Opt::required("num-records", Type::Long, "count", "REQUIRED: Stop after so many records."),
    Opt::flag("print-metrics", "Accepted; the metrics are those of the Java client."),
    Opt::required("reporting-interval", Type::Long, "interval_ms", "Milliseconds between two lines.").or("5000"),
    Opt::flag("show-detailed-stats", "Print a line for every interval, not one in the end."),
    Opt::required("socket-buffer-size", Type::Integer, "size", "The socket's buffer (receive.buffer.bytes).")
        .or("2097152"),
    Opt::optional("timeout", Type::Long, "milliseconds", "Stop when no record has come for so long.").or("10000"),
    Opt::required("topic", Type::String, "topic", "The topic to read."),
    VERSION,
];

/// An error behind the parser: its message alone.
fn told(error: impl ToString) -> Stop {
    Stop::Failure(error.to_string())
}

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let options = parse(OPTIONS, args).map_err(|error| Stop::Usage(error.to_string()))?;
    help_or_version(&options, args.is_empty(), "This tool is used to verify the consumer performance.", streams)?;
    require(&options, &["bootstrap-server"])?;
    exactly_one_of(&options, &["topic", "include"])?;
    exactly_one_of(&options, &["messages", "num-records"])?;
    forbid(&options, "consumer.config", &["command-config"])?;
    for (old, new) in [("messages", "num-records"), ("consumer.config", "command-config")] {
        if options.has(old) {
            writeln!(streams.out, "Warning: --{old} is deprecated. Use --{new} instead.")?;
        }
    }
    let detailed = options.has("show-detailed-stats");
    if !options.has("hide-header") {
        writeln!(streams.out, "{}", header(detailed))?;
    }
    let plan = Plan::read(&options)?;
    streams.out.flush()?;
    block_on(plan.run(&options, streams))?;
    if options.has("print-metrics") {
        streams.out.flush()?;
        writeln!(streams.err, "--print-metrics has nothing to print: the metrics are those of the Java client")?;
    }
    Ok(())
}

struct Plan {
    client: ClientConfig,
    consumer: ConsumerConfig,
    who: String,
    records: i64,
    timeout: i64,
    interval: i64,
    /// Records that one poll of Kafka's consumer gives out at most: the tool stops between two polls.
    poll_records: i64,
    dates: DateFormat,
}

impl Plan {
    fn read(options: &Options) -> Result<Plan, Stop> {
        let file = if options.has("consumer.config") { "consumer.config" } else { "command-config" };
        let properties = properties(options, file)?;
        let construct = |_| told("Failed to construct kafka consumer");
        let bootstrap = options.value("bootstrap-server").map_err(told)?;
        let client = resolved(bootstrap, &properties).map_err(construct)?;
        let consumer = ConsumerConfig::from_properties(&properties).map_err(told)?;
        let name = if options.has("messages") { "messages" } else { "num-records" };
        let records = options.number(name).map_err(told)?.unwrap_or_default();
        let timeout = options.number("timeout").map_err(told)?.unwrap_or_default();
        let interval: i64 = options.number("reporting-interval").map_err(told)?.unwrap_or_default();
        if interval <= 0 {
            return Err(told("Reporting interval must be greater than 0."));
        }
        let pattern = options.value("date-format").map_err(told)?.unwrap_or_default();
        let dates = DateFormat::new(pattern).map_err(told)?;
        let poll_records = properties.number("max.poll.records").map_err(told)?.unwrap_or(500).max(1);
        let get = |key| properties.get(key).unwrap_or_default();
        let who = format!("[Consumer clientId={}, groupId={}]", get("client.id"), get("group.id"));
        Ok(Plan { client, consumer, who, records, timeout, interval, poll_records, dates })
    }

    async fn run(self, options: &Options, streams: &mut Streams<'_>) -> Result<(), Stop> {
        let failed = |error: ClientError| told(Failure::of_error(&OpsError::Client(error), "consumer").message);
        let mut report = Report::new(self.interval, options.has("show-detailed-stats"), &self.dates);
        let cluster = Cluster::new(self.client.clone());
        let mut heard = millis();
        let topics = loop {
            match topics(&cluster, options).await {
                Ok(topics) => break Some(topics?),
                Err(error) if error.is_unreachable() => {
                    if !self.patience(&error, heard, streams).await? {
                        break None;
                    }
                }
                Err(error) => return Err(failed(error)),
            }
        };
        if let Some(topics) = topics {
            let mut consumer = Consumer::subscribe(cluster, self.consumer.clone(), topics).map_err(failed)?;
            heard = millis();
            let mut now = heard;
            while report.records() < self.records && now - heard <= self.timeout {
                // A join that takes longer than the tool is to wait must not hold it.
                let left = Duration::from_millis((self.timeout - (millis() - heard)).max(0).unsigned_abs() + 100);
                let polled = tokio::time::timeout(left, consumer.poll(Duration::from_millis(100))).await;
                report.rebalanced(consumer.rebalance_time());
                match polled {
                    Ok(Ok(fetched)) if fetched.is_empty() => {}
                    Ok(Ok(fetched)) => {
                        heard = millis();
                        self.take(fetched, &mut consumer, &mut report, streams)?;
                    }
                    Ok(Err(error)) if error.is_unreachable() => {
                        self.patience(&error, heard, streams).await?;
                    }
                    Ok(Err(error)) => return Err(failed(error)),
                    Err(_) => break,
                }
                now = millis();
            }
            let ended = millis();
            self.finish(&report, ended, streams)?;
            // Whether the group hears of it does not change what was measured.
            let _ = consumer.close().await;
            return Ok(());
        }
        self.finish(&report, millis(), streams)
    }

    /// Says why nobody answers, as the Java client does, and gives whether to go on.
    async fn patience(&self, error: &ClientError, heard: i64, streams: &mut Streams<'_>) -> Result<bool, Stop> {
        let now = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S,%3f").to_string();
        writeln!(streams.err, "[{now}] WARN {} {error} (org.apache.kafka.clients.NetworkClient)", self.who)?;
        tokio::time::sleep(self.client.retry_backoff_max).await;
        Ok(millis() - heard <= self.timeout)
    }

    /// Counts the records of an answer, up to the end of the poll in which there were enough.
    fn take(
        &self,
        fetched: Vec<PartitionRecords>,
        consumer: &mut Consumer,
        report: &mut Report<'_>,
        streams: &mut Streams<'_>,
    ) -> Result<(), Stop> {
        let now = millis();
        let mut polled = 0;
        let mut enough = false;
        for records in fetched {
            if enough {
                consumer.used_until(&records.topic, records.partition, records.start());
                continue;
            }
            let mut printed = Ok(());
            let next = records.for_each(|record| {
                let size = record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
                if let Some(line) = report.record(size, now) {
                    printed = writeln!(streams.out, "{line}").and_then(|()| streams.out.flush());
                }
                polled += 1;
                if polled == self.poll_records {
                    polled = 0;
                    enough = report.records() >= self.records;
                }
                !enough && printed.is_ok()
            });
            consumer.used_until(&records.topic, records.partition, next.map_err(told)?);
            printed?;
        }
        Ok(())
    }

    fn finish(&self, report: &Report<'_>, ended: i64, streams: &mut Streams<'_>) -> Result<(), Stop> {
        if report.records() < self.records {
            writeln!(
                streams.out,
                "WARNING: Exiting before consuming the expected number of records: timeout ({} ms) exceeded. You can use the --timeout option to increase the timeout.",
                self.timeout
            )?;
        }
        if let Some(line) = report.summary(ended) {
            writeln!(streams.out, "{line}")?;
        }
        Ok(())
    }
}

/// The topics to read; the outer error is worth another try.
async fn topics(cluster: &Cluster, options: &Options) -> Result<Result<Vec<String>, Stop>, ClientError> {
    // Joining the group would go on trying in silence for longer than the tool is to wait.
    cluster.connection(Target::Any).await?;
    let value = |name| options.value(name).map_err(|error: OptionError| told(error));
    let pattern = match (value("topic"), value("include")) {
        (Ok(Some(topic)), _) => return Ok(Ok(vec![topic.to_owned()])),
        (Err(stop), _) | (_, Err(stop)) => return Ok(Err(stop)),
        (Ok(None), Ok(pattern)) => pattern.unwrap_or_default(),
    };
    let Ok(regex) = regex::Regex::new(&format!("^(?:{pattern})$")) else {
        return Ok(Err(told(format!("--include {pattern} is not a regular expression"))));
    };
    let metadata = cluster.metadata(Topics::All).await?;
    // A pattern never matches the topics that brokers keep for themselves (exclude.internal.topics).
    let seen = metadata.topics.into_iter().filter(|(name, topic)| !topic.internal && regex.is_match(name));
    Ok(Ok(seen.map(|(name, _)| name).collect()))
}

fn properties(options: &Options, file: &str) -> Result<Properties, Stop> {
    let mut properties = match options.value(file).map_err(told)? {
        Some(path) => load(path).map_err(|failure| told(failure.message))?,
        None => Properties::default(),
    };
    for pair in options.values("command-property") {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        properties.set(key, value);
    }
    let group = match options.value("group").map_err(told)? {
        Some(group) => group.to_owned(),
        None => format!("perf-consumer-{}", millis() % 100_000),
    };
    properties.set("group.id", group);
    let number = |name: &str| options.number::<i32>(name).map_err(told).map(|n| n.unwrap_or_default().to_string());
    properties.set("receive.buffer.bytes", number("socket-buffer-size")?);
    properties.set("max.partition.fetch.bytes", number("fetch-size")?);
    properties.set("auto.offset.reset", if options.has("from-latest") { "latest" } else { "earliest" });
    if properties.get("client.id").is_none() {
        properties.set("client.id", "perf-consumer-client");
    }
    Ok(properties)
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
        for (line, expected) in [
            ("", "This tool is used to verify the consumer performance."),
            ("--topic t", "Missing required argument \"[bootstrap-server]\""),
            (
                "--bootstrap-server 127.0.0.1:1",
                "Exactly one of the following arguments is required: [topic], [include]",
            ),
            (
                "--bootstrap-server 127.0.0.1:1 --topic t --messages 1 --num-records 1",
                "Exactly one of the following arguments is required: [messages], [num-records]",
            ),
            (
                "--bootstrap-server 127.0.0.1:1 --topic t --num-records 1 --consumer.config f --command-config f",
                "Option \"[consumer.config]\" can't be used with option \"[command-config]\"",
            ),
        ] {
            assert_eq!(said(line), (1, String::new(), expected.to_owned()), "{line}");
        }
    }

    #[test]
    fn values_are_read_behind_the_header() {
        let heads = format!("{}\n", header(false));
        for (words, expected) in [
            ("--num-records x", "Cannot parse argument 'x' of option num-records"),
            ("--num-records 1 --reporting-interval 0", "Reporting interval must be greater than 0."),
            ("--num-records 1 --date-format b", "Illegal pattern character 'b'"),
            ("--num-records 1 --command-config /nowhere", "/nowhere"),
        ] {
            let line = format!("--bootstrap-server 127.0.0.1:1 --topic t {words}");
            assert_eq!(said(&line), (1, heads.clone(), expected.to_owned()), "{line}");
        }
        let old = said("--bootstrap-server 127.0.0.1:1 --topic t --messages x --hide-header");
        assert_eq!(old.1, "Warning: --messages is deprecated. Use --num-records instead.\n");
    }
}
