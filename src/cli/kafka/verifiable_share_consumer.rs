//! `kafka-verifiable-share-consumer.sh` (`org.apache.kafka.tools.VerifiableShareConsumer`): a share consumer that tells
//! of everything it does in lines of JSON.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use serde::Serialize;

use super::answer;
use super::argparse::{Argument, Group, Namespace, Parser, Refused, Type};
use super::cluster::{Failure, block_on, load};
use super::java::millis;
use super::usage::{Stop, Streams, log4j};
use super::verifiable::{Told, print};
use crate::client::{Acknowledged, ClientConfig, ClientError, Cluster, Properties, ShareConfig, ShareConsumer};
use crate::ops::OpsError;
use crate::ops::configs::{self, Change, Resource, ResourceType};

const PARSER: Parser = Parser {
    prog: "verifiable-share-consumer",
    description: "This tool creates a share group and consumes messages from a specific topic and emits share consumer events (e.g. share consumer startup, received messages, and offsets acknowledged) as JSON objects to STDOUT.",
    arguments: ARGUMENTS,
    group: Group::Titled("Connection Group", "Group of arguments for connection to brokers"),
    before: &[],
    after: &[],
};

const ARGUMENTS: &[Argument] = &[
    Argument::HELP,
    Argument::one(
        &["--bootstrap-server"],
        Type::String,
        "HOST1:PORT1[,HOST2:PORT2[...]]",
        "The server(s) to connect to. Comma-separated list of Kafka brokers in the form HOST1:PORT1,HOST2:PORT2,...",
    )
    .required()
    .exclusive(),
    Argument::one(&["--topic"], Type::String, "TOPIC", "Consumes messages from this topic.").required(),
    Argument::one(&["--group-id"], Type::String, "GROUP-ID", "The group id of the share group").required(),
    Argument::one(
        &["--max-messages"],
        Type::Integer,
        "MAX-MESSAGES",
        "Consume this many messages. If -1 (the default), the share consumers will consume until the process is killed externally",
    )
    .or("-1"),
    Argument::flag(&["--verbose"], "Enable to log individual consumed records"),
    Argument::one(
        &["--acknowledgement-mode"],
        Type::String,
        "ACKNOWLEDGEMENT-MODE",
        "Acknowledgement mode for the share consumers (must be either 'auto', 'sync' or 'async')",
    )
    .or("auto"),
    Argument::one(
        &["--offset-reset-strategy"],
        Type::String,
        "OFFSET-RESET-STRATEGY",
        "Share group offset reset strategy (must be either 'earliest' or 'latest')",
    )
    .or(""),
    Argument::one(
        &["--command-config"],
        Type::String,
        "CONFIG-FILE",
        "Config properties file (config options shared with command line parameters will be overridden).",
    ),
];

const CLASS: &str = "org.apache.kafka.tools.VerifiableShareConsumer";
/// How long one poll waits.
const POLL: Duration = Duration::from_secs(5);

/// When the group hears what became of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// With the next poll.
    Auto,
    /// Before the next poll.
    Commits,
    /// Before the next poll, and the answer is told of at once.
    CommitsAndTells,
}

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    if args.is_empty() {
        streams.out.write_all(PARSER.help().as_bytes())?;
        return Ok(());
    }
    let options = match PARSER.parse(args) {
        Ok(options) => options,
        // Kafka's tool takes its own help for an error.
        Err(Refused::Help) => {
            streams.out.write_all(PARSER.help().as_bytes())?;
            return Err(Stop::Exit(1));
        }
        Err(Refused::Error(message, unknown)) => return Err(refused(&message, unknown.as_deref())),
    };
    let plan = Plan::read(&options)?;
    block_on(async { plan.run(streams).await })
}

fn refused(message: &str, unknown: Option<&str>) -> Stop {
    Stop::Failure(PARSER.error(message, unknown).trim_end().to_owned())
}

struct Plan {
    client: ClientConfig,
    share: ShareConfig,
    topic: String,
    mode: Mode,
    strategy: String,
    verbose: bool,
    /// Negative for all there will ever be.
    limit: i64,
}

impl Plan {
    fn read(options: &Namespace) -> Result<Plan, Stop> {
        let value = |flag: &str| options.value(flag).unwrap_or_default();
        let mode = match value("--acknowledgement-mode").to_uppercase().as_str() {
            "AUTO" => Mode::Auto,
            "ASYNC" => Mode::Commits,
            "SYNC" => Mode::CommitsAndTells,
            other => {
                let text = format!("No enum constant {CLASS}.AcknowledgementMode.{other}");
                return Err(Stop::uncaught("java.lang.IllegalArgumentException", text));
            }
        };
        let mut properties = match options.value("--command-config") {
            Some(file) => load(file).map_err(|failure| refused(&failure.message, None))?,
            None => Properties::default(),
        };
        properties.set("group.id", value("--group-id"));
        properties.set("bootstrap.servers", value("--bootstrap-server"));
        let construct =
            |_| Stop::uncaught("org.apache.kafka.common.KafkaException", "Failed to construct Kafka share consumer");
        Ok(Plan {
            client: ClientConfig::from_properties(None, &properties).map_err(construct)?,
            share: ShareConfig::from_properties(&properties).map_err(construct)?,
            topic: value("--topic").to_owned(),
            mode,
            strategy: value("--offset-reset-strategy").to_lowercase(),
            verbose: options.has("--verbose"),
            limit: options.number("--max-messages").unwrap_or(-1),
        })
    }

    async fn run(self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        let mut told = Told::listen()?;
        let cluster = Cluster::new(self.client.clone());
        let mut consumer = ShareConsumer::subscribe(cluster.clone(), self.share.clone(), vec![self.topic.clone()]);
        let mut acknowledged = 0;
        emit(streams, "startup_complete", ())?;
        let ended = tokio::select! {
            ended = self.consume(&cluster, &mut consumer, &mut acknowledged, streams) => ended.map(|()| None),
            code = told.stopped() => Ok(Some(code)),
        };
        let code = match ended {
            Ok(code) => code,
            Err(End::Io(error)) => return Err(Stop::Io(error)),
            Err(End::Failed(failure)) => {
                let text =
                    format!("Error during processing, terminating share consumer process:  ({CLASS})\n{failure}");
                log4j("ERROR", text, streams.err)?;
                None
            }
        };
        // It may be that the leaders are gone: what they hold they give to others without it.
        let (last, _) = consumer.close().await;
        tell(&last, &mut acknowledged, streams)?;
        emit(streams, "shutdown_complete", ())?;
        code.map_or(Ok(()), |code| Err(Stop::Exit(code)))
    }

    async fn consume(
        &self,
        cluster: &Cluster,
        consumer: &mut ShareConsumer,
        acknowledged: &mut i64,
        streams: &mut Streams<'_>,
    ) -> Result<(), End> {
        if !self.strategy.is_empty() {
            self.set_strategy(cluster).await?;
            emit(streams, "offset_reset_strategy_set", StrategySet { offset_reset_strategy: &self.strategy })?;
        }
        while self.limit < 0 || *acknowledged < self.limit {
            let polled = consumer.poll(POLL).await?;
            tell(&consumer.take_acknowledged(), acknowledged, streams)?;
            if polled.is_empty() {
                continue;
            }
            let mut summaries: BTreeMap<(&str, i32), Vec<i64>> = BTreeMap::new();
            for records in &polled {
                let (topic, partition) = (records.topic.as_str(), records.partition);
                let mut printed = Ok(());
                records.for_each(|shown| {
                    let record = shown.record;
                    summaries.entry((topic, partition)).or_default().push(record.offset.0);
                    if self.verbose {
                        let text = |bytes: Option<&[u8]>| bytes.map(|b| String::from_utf8_lossy(b).into_owned());
                        let (key, value) = (text(record.key), text(record.value));
                        let data = RecordData { key, value, topic, partition, offset: record.offset.0 };
                        printed = emit(streams, "record_data", data);
                    }
                    printed.is_ok()
                })?;
                printed?;
            }
            let partitions: Vec<Offsets<'_>> =
                summaries.iter().map(|((t, p), offsets)| Offsets::of(t, *p, offsets)).collect();
            let count = partitions.iter().map(|part| part.count).sum();
            emit(streams, "records_consumed", Consumed { count, partitions })?;
            if self.mode != Mode::Auto {
                consumer.commit().await?;
            }
            if self.mode == Mode::CommitsAndTells {
                tell(&consumer.take_acknowledged(), acknowledged, streams)?;
            }
        }
        Ok(())
    }

    /// Sets where the group begins in partitions that it never read.
    async fn set_strategy(&self, cluster: &Cluster) -> Result<(), End> {
        if !matches!(self.strategy.as_str(), "earliest" | "latest") {
            let text = format!("Unknown share group auto offset reset strategy: {}", self.strategy);
            return Err(End::Failed(Failure::of("java.lang.IllegalArgumentException", text)));
        }
        set_group(cluster, &self.share.group, &self.strategy).await
    }
}

async fn set_group(cluster: &Cluster, group: &str, strategy: &str) -> Result<(), End> {
    let change = ("share.auto.offset.reset".to_owned(), Change::Set(strategy.to_owned()));
    let resource = Resource { kind: ResourceType::Group, name: group.to_owned() };
    let altered = configs::alter(cluster, &resource, &[change], false).await;
    altered.map_err(|error| End::Failed(Failure::of_error(&error, "incrementalAlterConfigs")))
}

/// Why it ended early.
enum End {
    Failed(Failure),
    Io(io::Error),
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> End {
        End::Io(error)
    }
}

impl From<ClientError> for End {
    fn from(error: ClientError) -> End {
        End::Failed(Failure::of_error(&OpsError::Client(error), "share consumer"))
    }
}

#[derive(Serialize)]
struct Event<T> {
    timestamp: i64,
    name: &'static str,
    #[serde(flatten)]
    rest: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StrategySet<'a> {
    offset_reset_strategy: &'a str,
}

#[derive(Serialize)]
struct RecordData<'a> {
    key: Option<String>,
    value: Option<String>,
    topic: &'a str,
    partition: i32,
    offset: i64,
}

#[derive(Serialize)]
struct Consumed<'a> {
    count: usize,
    partitions: Vec<Offsets<'a>>,
}

#[derive(Serialize)]
struct Offsets<'a> {
    topic: &'a str,
    partition: i32,
    count: usize,
    offsets: &'a [i64],
}

impl<'a> Offsets<'a> {
    const fn of(topic: &'a str, partition: i32, offsets: &'a [i64]) -> Offsets<'a> {
        Offsets { topic, partition, count: offsets.len(), offsets }
    }
}

#[derive(Serialize)]
struct Answered<'a> {
    count: usize,
    partitions: [Offsets<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    success: bool,
}

fn emit(streams: &mut Streams<'_>, name: &'static str, rest: impl Serialize) -> io::Result<()> {
    let line = serde_json::to_string(&Event { timestamp: millis(), name, rest }).map_err(io::Error::other)?;
    print(streams.out, &line)
}

/// Tells what leaders said, a line a partition, and counts what they took.
fn tell(answers: &[Acknowledged], total: &mut i64, streams: &mut Streams<'_>) -> io::Result<()> {
    for said in answers {
        let partitions = [Offsets::of(&said.topic, said.partition, &said.offsets)];
        let count = said.offsets.len();
        let error = said.error.as_ref().map(|(code, words)| words.clone().unwrap_or_else(|| code.message().to_owned()));
        let success = error.is_none();
        match &error {
            Some(why) => answer::missing(format!("{}-{}: {why}", said.topic, said.partition)),
            None => answer::good(),
        }
        emit(streams, "offsets_acknowledged", Answered { count, partitions, error, success })?;
        if success {
            *total += i64::try_from(count).unwrap_or(i64::MAX);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ErrorCode;

    fn said(line: &str) -> (u8, String, String) {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut streams = Streams { out: &mut out, err: &mut err };
        let code = run(&args, &mut streams).map_or_else(|stop| stop.finish(&[], &mut streams), |()| 0);
        (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    #[test]
    fn the_command_line_is_judged_in_kafkas_words() {
        let (code, out, _) = said("");
        assert_eq!(code, 0);
        assert!(
            out.starts_with("usage: verifiable-share-consumer\n       [-h] --topic TOPIC --group-id GROUP-ID\n"),
            "{out}"
        );
        assert!(out.contains(
            "\nConnection Group:\n  Group of arguments for connection to brokers\n\n  --bootstrap-server HOST1"
        ));
        assert_eq!(said("--help").0, 1);
        let missing = said("--topic t");
        assert!(
            missing.2.ends_with("verifiable-share-consumer: error: argument --group-id is required\n"),
            "{}",
            missing.2
        );
        let mode = said("--topic t --group-id g --bootstrap-server a:1 --acknowledgement-mode x");
        assert!(
            mode.2.ends_with("No enum constant org.apache.kafka.tools.VerifiableShareConsumer.AcknowledgementMode.X\n")
        );
    }

    #[test]
    fn events_have_their_fields_in_the_order_of_kafkas_tool() {
        let answer = |error| Acknowledged { topic: "t".into(), partition: 1, offsets: vec![4, 5], error };
        let (mut out, mut err, mut total) = (Vec::new(), Vec::new(), 0);
        let mut streams = Streams { out: &mut out, err: &mut err };
        let refused = answer(Some((ErrorCode::InvalidRecordState, None)));
        tell(&[answer(None), refused], &mut total, &mut streams).unwrap();
        let text = String::from_utf8(out).unwrap();
        let part = "\"name\":\"offsets_acknowledged\",\"count\":2,\"partitions\":[{\"topic\":\"t\",\"partition\":1,\"count\":2,\"offsets\":[4,5]}]";
        let lines: Vec<&str> = text.lines().map(|line| line.split_once(',').unwrap().1).collect();
        assert_eq!(lines[0], format!("{part},\"success\":true}}"));
        assert_eq!(
            lines[1],
            format!("{part},\"error\":\"{}\",\"success\":false}}", ErrorCode::InvalidRecordState.message())
        );
        assert_eq!(total, 2);
    }
}
