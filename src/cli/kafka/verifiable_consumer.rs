//! `kafka-verifiable-consumer.sh` (`org.apache.kafka.tools.VerifiableConsumer`), with the classic group protocol.

use std::time::Duration;

use super::answer;
use super::argparse::{Argument, Group, Namespace, Parser, Type};
use super::cluster::{Failure, block_on};
use super::java::{millis, parse_duration};
use super::usage::{Stop, Streams, log4j};
use super::verifiable::{Object, Told, event, file_settings, parse};
use crate::client::assignor::Assignor;
use crate::client::{
    At, ClientConfig, ClientError, Cluster, Consumer, ConsumerConfig, PartitionRecords, Properties, Rebalance, StartAt,
};
use crate::model::{ErrorCode, TimestampMs};
use crate::ops::OpsError;

const PARSER: Parser = Parser {
    prog: "verifiable-consumer",
    description: "This tool consumes messages from a specific topic and emits consumer events (e.g. group rebalances, received messages, and offsets committed) as JSON objects to STDOUT.",
    arguments: ARGUMENTS,
    group: Group::Titled("Connection Group", "Group of arguments for connection to brokers"),
    before: &[],
    after: &[],
};

const ARGUMENTS: &[Argument] = &[
    Argument::HELP,
    Argument::one(&["--topic"], Type::String, "TOPIC", "Consumes messages from this topic.").required(),
    Argument::one(
        &["--group-protocol"],
        Type::String,
        "GROUP-PROTOCOL",
        "Group protocol (must be one of CLASSIC, CONSUMER)",
    )
    .or("classic"),
    Argument::one(
        &["--group-remote-assignor"],
        Type::String,
        "GROUP-REMOTE-ASSIGNOR",
        "Group remote assignor; only used if the group protocol is CONSUMER",
    ),
    Argument::one(&["--group-id"], Type::String, "GROUP-ID", "The group id of the consumer group").required(),
    Argument::one(
        &["--group-instance-id"],
        Type::String,
        "GROUP-INSTANCE-ID",
        "A unique identifier of the consumer instance",
    ),
    Argument::one(
        &["--max-messages"],
        Type::Integer,
        "MAX-MESSAGES",
        "Consume this many messages. If -1 (the default), the consumer will consume until the process is killed externally",
    )
    .or("-1"),
    Argument::one(
        &["--session-timeout"],
        Type::Integer,
        "TIMEOUT-MS",
        "Set the consumer's session timeout, note that this configuration is not supported when group protocol is consumer",
    ),
    Argument::flag(&["--verbose"], "Enable to log individual consumed records"),
    Argument::flag(&["--enable-autocommit"], "Enable offset auto-commit on consumer"),
    Argument::one(
        &["--reset-policy"],
        Type::String,
        "RESET-POLICY",
        "Set reset policy (must be either 'earliest', 'latest', or 'none')",
    )
    .or("earliest"),
    Argument::one(
        &["--assignment-strategy"],
        Type::String,
        "ASSIGNMENT-STRATEGY",
        "Set assignment strategy (e.g. org.apache.kafka.clients.consumer.RoundRobinAssignor); only used if the group protocol is CLASSIC",
    )
    .or("org.apache.kafka.clients.consumer.RangeAssignor"),
    Argument::one(
        &["--consumer.config"],
        Type::String,
        "CONFIG-FILE",
        "(DEPRECATED) Consumer config properties file. This option will be removed in a future version. Use --command-config instead",
    ),
    Argument::one(
        &["--command-config"],
        Type::String,
        "CONFIG-FILE",
        "Config properties file (config options shared with command line parameters will be overridden).",
    ),
    Argument::one(
        &["--bootstrap-server"],
        Type::String,
        "HOST1:PORT1[,HOST2:PORT2[...]]",
        "The server(s) to connect to. Comma-separated list of Kafka brokers in the form HOST1:PORT1,HOST2:PORT2,...",
    )
    .required()
    .exclusive(),
];

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let options = parse(&PARSER, args, streams)?;
    let properties = file_settings(&PARSER, &options, "--consumer.config", streams)?;
    let plan = Plan::read(&options, properties)?;
    let client = ClientConfig::from_properties(None, &plan.properties).map_err(|_| construct())?;
    let cluster = Cluster::new(client);
    let consumer = Consumer::subscribe(cluster, plan.config.clone(), vec![plan.topic.clone()]);
    let consumer = consumer.map_err(|_| construct())?;
    block_on(async { Run { plan, consumer, consumed: 0 }.go(streams).await })
}

fn construct() -> Stop {
    Stop::uncaught("org.apache.kafka.common.KafkaException", "Failed to construct kafka consumer")
}

/// What the command line asks for.
struct Plan {
    topic: String,
    properties: Properties,
    config: ConsumerConfig,
    auto_commit: bool,
    verbose: bool,
    /// Negative for all there will ever be.
    limit: i64,
    /// `max.poll.records`: the most that one event speaks of.
    at_once: usize,
}

impl Plan {
    fn read(options: &Namespace, mut properties: Properties) -> Result<Plan, Stop> {
        let value = |flag: &str| options.value(flag).unwrap_or_default();
        let protocol = value("--group-protocol").to_uppercase();
        match protocol.as_str() {
            "CLASSIC" => {}
            "CONSUMER" => {
                return Err(Stop::Failure(
                    "the consumers here speak the classic group protocol only: leave out --group-protocol".to_owned(),
                ));
            }
            _ => {
                let text = format!("No enum constant org.apache.kafka.clients.consumer.GroupProtocol.{protocol}");
                return Err(Stop::uncaught("java.lang.IllegalArgumentException", text));
            }
        }
        let auto_commit = options.has("--enable-autocommit");
        for (key, text) in [
            ("group.protocol", Some(protocol.as_str())),
            ("session.timeout.ms", options.value("--session-timeout")),
            ("group.id", Some(value("--group-id"))),
            ("group.instance.id", options.value("--group-instance-id")),
            ("bootstrap.servers", Some(value("--bootstrap-server"))),
            ("enable.auto.commit", Some(if auto_commit { "true" } else { "false" })),
            // Read below, where more is known of it than other consumers take.
            ("auto.offset.reset", Some("none")),
        ] {
            if let Some(text) = text {
                properties.set(key, text);
            }
        }
        let invalid = |error: ClientError| Stop::uncaught("org.apache.kafka.common.config.ConfigException", error);
        let at_once = properties.number("max.poll.records").map_err(invalid)?.unwrap_or(500usize).max(1);
        let mut config = ConsumerConfig::from_properties(&properties).map_err(invalid)?;
        config.report_rebalances = true;
        config.reset = reset(value("--reset-policy"))?;
        config.assignors = vec![assignor(value("--assignment-strategy"))?];
        Ok(Plan {
            topic: value("--topic").to_owned(),
            properties,
            config,
            auto_commit,
            verbose: options.has("--verbose"),
            limit: options.number("--max-messages").unwrap_or(-1),
            at_once,
        })
    }
}

/// Reads `auto.offset.reset`, which may also go back by a time (KIP-1106).
fn reset(policy: &str) -> Result<Option<StartAt>, Stop> {
    match policy {
        "earliest" => return Ok(Some(StartAt::Earliest)),
        "latest" => return Ok(Some(StartAt::Latest)),
        "none" => return Ok(None),
        _ => {}
    }
    match policy.strip_prefix("by_duration:").and_then(parse_duration).filter(|&back| back >= 0) {
        Some(back) => Ok(Some(StartAt::Time(TimestampMs(millis() - back)))),
        None => {
            let text = format!(
                "Invalid value {policy} for configuration auto.offset.reset: Invalid value `{policy}` for configuration auto.offset.reset. The value must be either 'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'."
            );
            Err(Stop::uncaught("org.apache.kafka.common.config.ConfigException", text))
        }
    }
}

/// The assignor of a Java class.
fn assignor(class: &str) -> Result<Assignor, Stop> {
    match class.strip_prefix("org.apache.kafka.clients.consumer.").unwrap_or_default() {
        "RangeAssignor" => Ok(Assignor::Range),
        "RoundRobinAssignor" => Ok(Assignor::RoundRobin),
        other @ ("StickyAssignor" | "CooperativeStickyAssignor") => Err(Stop::Failure(format!(
            "the consumers here share out partitions by RangeAssignor or RoundRobinAssignor, not by {other}"
        ))),
        _ => Err(construct()),
    }
}

struct Run {
    plan: Plan,
    consumer: Consumer,
    consumed: i64,
}

/// A record, as events tell of it.
struct Seen {
    key: Option<String>,
    value: Option<String>,
    offset: i64,
}

impl Run {
    async fn go(mut self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        let mut told = Told::listen()?;
        event(streams.out, "startup_complete", Object::default())?;
        let mut stopped = None;
        while !self.is_finished() {
            let polled = tokio::select! {
                polled = self.consumer.poll(Duration::from_millis(100)) => polled,
                code = told.stopped() => {
                    event(streams.out, "shutdown_requested", Object::default())?;
                    stopped = Some(code);
                    break;
                }
            };
            self.tell_rebalances(streams)?;
            let done = match polled {
                Ok(records) => self.take(records, streams).await,
                Err(error) => Ok(Some(error)),
            };
            if let Some(error) = done? {
                let failure = Failure::of_error(&OpsError::Client(error), "consumer");
                let text = "Error during processing, terminating consumer process:  (org.apache.kafka.tools.VerifiableConsumer)";
                log4j("ERROR", format!("{text}\n{failure}"), streams.err)?;
                break;
            }
        }
        let share: Vec<At> = self.consumer.positions().map(|(at, _)| at.clone()).collect();
        if !share.is_empty() {
            partitions_event(streams, "partitions_revoked", &share)?;
        }
        // It may be that the coordinator is gone: the group will notice without it.
        let _ = self.consumer.close().await;
        event(streams.out, "shutdown_complete", Object::default())?;
        match stopped {
            Some(code) => Err(Stop::Exit(code)),
            // Also told when the end came by itself, as the end of a JVM calls for it.
            None => Ok(event(streams.out, "shutdown_requested", Object::default())?),
        }
    }

    fn is_finished(&self) -> bool {
        self.plan.limit >= 0 && self.consumed >= self.plan.limit
    }

    fn tell_rebalances(&mut self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        for change in self.consumer.take_rebalances() {
            match change {
                Rebalance::Revoked(gone) => partitions_event(streams, "partitions_revoked", &gone)?,
                Rebalance::Assigned(come) => partitions_event(streams, "partitions_assigned", &come)?,
            }
        }
        Ok(())
    }

    /// Tells of records, and commits them, so many at a time as a poll of the Java consumer gives out. The error is one
    /// that ends the consumer.
    async fn take(
        &mut self,
        fetched: Vec<PartitionRecords>,
        streams: &mut Streams<'_>,
    ) -> Result<Option<ClientError>, Stop> {
        let mut all: Vec<(At, Seen)> = Vec::new();
        for records in fetched {
            let at = (records.topic.clone(), records.partition);
            let read = records.for_each(|record| {
                let text = |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                let seen = Seen { key: text(record.key), value: text(record.value), offset: record.offset.0 };
                all.push((at.clone(), seen));
                true
            });
            if let Err(error) = read {
                return Ok(Some(error));
            }
            // What is not told of is not read.
            self.consumer.used_until(&records.topic, records.partition, records.start());
        }
        let mut all = all.into_iter();
        while !self.is_finished() {
            let some: Vec<(At, Seen)> = all.by_ref().take(self.plan.at_once).collect();
            if some.is_empty() {
                return Ok(None);
            }
            let offsets = self.tell_records(&some, streams)?;
            for ((topic, partition), next) in &offsets {
                self.consumer.used_until(topic, *partition, *next);
            }
            if self.plan.auto_commit {
                continue;
            }
            match self.consumer.commit_at(&offsets).await {
                Err(error) if error.code() == Some(ErrorCode::FencedInstanceId) => return Ok(Some(error)),
                done => tell_commit(&offsets, done.err(), streams)?,
            }
        }
        Ok(None)
    }

    /// Tells of some records, and gives the offsets to commit.
    fn tell_records(&mut self, some: &[(At, Seen)], streams: &mut Streams<'_>) -> Result<Vec<(At, i64)>, Stop> {
        let mut summaries = Vec::new();
        let mut offsets = Vec::new();
        for part in some.chunk_by(|a, b| a.0 == b.0) {
            let room = match self.plan.limit {
                limit if limit >= 0 => usize::try_from(limit - self.consumed).unwrap_or(0),
                _ => part.len(),
            };
            let part = &part[..part.len().min(room)];
            let ([(at, first), ..], Some((_, last))) = (part, part.last()) else { continue };
            let (topic, partition) = at;
            if self.plan.verbose {
                for (_, record) in part {
                    let data = Object::default()
                        .with("key", record.key.as_deref())
                        .with("value", record.value.as_deref())
                        .with("topic", topic.as_str())
                        .with("partition", *partition)
                        .with("offset", record.offset);
                    event(streams.out, "record_data", data)?;
                }
            }
            let summary = partition_object(at)
                .with("count", part.len())
                .with("minOffset", first.offset)
                .with("maxOffset", last.offset);
            summaries.push(summary);
            offsets.push((at.clone(), last.offset + 1));
            self.consumed += i64::try_from(part.len()).unwrap_or(i64::MAX);
            if self.is_finished() {
                break;
            }
        }
        answer::good();
        let data = Object::default().with("count", some.len()).with_all("partitions", summaries);
        event(streams.out, "records_consumed", data)?;
        Ok(offsets)
    }
}

fn partition_object(at: &At) -> Object {
    Object::default().with("topic", at.0.as_str()).with("partition", at.1)
}

fn partitions_event(streams: &mut Streams<'_>, name: &str, partitions: &[At]) -> Result<(), Stop> {
    let data = Object::default().with_all("partitions", partitions.iter().map(partition_object));
    Ok(event(streams.out, name, data)?)
}

fn tell_commit(offsets: &[(At, i64)], error: Option<ClientError>, streams: &mut Streams<'_>) -> Result<(), Stop> {
    let committed = offsets.iter().map(|(at, next)| partition_object(at).with("offset", *next));
    let mut data = Object::default().with_all("offsets", committed);
    let success = error.is_none();
    if let Some(error) = error {
        data = data.with("error", Failure::of_error(&OpsError::Client(error), "offsetCommit").message);
    }
    Ok(event(streams.out, "offsets_committed", data.with("success", success))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(line: &str) -> Result<Plan, String> {
        let words: Vec<String> = format!("--topic t --group-id g --bootstrap-server b:1 {line}")
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        Plan::read(&PARSER.parse(&words).unwrap(), Properties::default()).map_err(|stop| match stop {
            Stop::Failure(text) => text,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn the_defaults_are_those_of_kafkas_tool() {
        let plan = plan("").unwrap();
        assert_eq!((plan.limit, plan.auto_commit, plan.at_once), (-1, false, 500));
        assert_eq!(plan.config.reset, Some(StartAt::Earliest));
        assert_eq!(plan.config.assignors, [Assignor::Range]);
        assert!(plan.config.auto_commit.is_none() && plan.config.report_rebalances);
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        let refused = |line: &str| plan(line).map(drop).unwrap_err();
        assert!(refused("--group-protocol consumer").contains("classic"));
        assert!(refused("--group-protocol foo").contains("No enum constant"));
        assert!(refused("--reset-policy foo").contains("Invalid value foo for configuration auto.offset.reset"));
        assert!(refused("--assignment-strategy foo").contains("Failed to construct kafka consumer"));
        assert!(refused("--assignment-strategy org.apache.kafka.clients.consumer.StickyAssignor").contains("Sticky"));
        assert_eq!(plan("--reset-policy none").unwrap().config.reset, None);
        assert!(matches!(plan("--reset-policy by_duration:PT1H").unwrap().config.reset, Some(StartAt::Time(_))));
    }
}
