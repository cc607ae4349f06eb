//! `kafka-verifiable-producer.sh` (`org.apache.kafka.tools.VerifiableProducer`).

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde_json::Value;

use super::answer;
use super::argparse::{Argument, Group, Namespace, Parser, Type};
use super::cluster::{Failure, block_on};
use super::java::{double, millis};
use super::producer_perf::Throttle;
use super::usage::{Stop, Streams};
use super::verifiable::{Object, Told, event, file_settings, parse};
use crate::client::{ClientConfig, ClientError, Cluster, Delivery, Producer, ProducerConfig, ProducerRecord};
use crate::model::{ErrorCode, TimestampMs};
use crate::ops::OpsError;

const PARSER: Parser = Parser {
    prog: "verifiable-producer",
    description: "This tool produces increasing integers to the specified topic and prints JSON metadata to stdout on each \"send\" request, making externally visible which messages have been acked and which have not.",
    arguments: ARGUMENTS,
    group: Group::Titled("Connection Group", "Group of arguments for connection to brokers"),
    before: &[],
    after: &[],
};

const ARGUMENTS: &[Argument] = &[
    Argument::HELP,
    Argument::one(&["--topic"], Type::String, "TOPIC", "Produce messages to this topic.").required(),
    Argument::one(
        &["--max-messages"],
        Type::Integer,
        "MAX-MESSAGES",
        "Produce this many messages. If -1, produce messages until the process is killed externally.",
    )
    .or("-1"),
    Argument::one(
        &["--throughput"],
        Type::Integer,
        "THROUGHPUT",
        "If set >= 0, throttle maximum message throughput to *approximately* THROUGHPUT messages/sec.",
    )
    .or("-1"),
    Argument::one(
        &["--acks"],
        Type::Integer,
        "ACKS",
        "Acks required on each produced message. See Kafka docs on acks for details.",
    )
    .or("-1")
    .among(&["0", "1", "-1"]),
    Argument::one(
        &["--producer.config"],
        Type::String,
        "CONFIG-FILE",
        "(DEPRECATED) Producer config properties file. This option will be removed in a future version. Use --command-config instead.",
    ),
    Argument::one(
        &["--message-create-time"],
        Type::Long,
        "CREATE-TIME",
        "Send messages with creation time starting at the arguments value, in milliseconds since epoch",
    )
    .or("-1"),
    Argument::one(
        &["--value-prefix"],
        Type::Integer,
        "VALUE-PREFIX",
        "If specified, each produced value will have this prefix with a dot separator",
    ),
    Argument::one(
        &["--repeating-keys"],
        Type::Integer,
        "REPEATING-KEYS",
        "If specified, each produced record will have a key starting at 0 increment by 1 up to the number specified (exclusive), then the key is set to 0 again",
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
        "REQUIRED: The server(s) to connect to. Comma-separated list of Kafka brokers in the form HOST1:PORT1,HOST2:PORT2,...",
    )
    .exclusive(),
];

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let options = parse(&PARSER, args, streams)?;
    let mut properties = file_settings(&PARSER, &options, "--producer.config", streams)?;
    for (key, value) in [
        ("bootstrap.servers", options.value("--bootstrap-server").unwrap_or_default()),
        ("acks", options.value("--acks").unwrap_or("-1")),
        ("retries", "0"),
    ] {
        // The file goes before the command line.
        if properties.get(key).is_none() {
            properties.set(key, value);
        }
    }
    let construct = |_| Stop::uncaught("org.apache.kafka.common.KafkaException", "Failed to construct kafka producer");
    let invalid = |error: ClientError| Stop::uncaught("org.apache.kafka.common.config.ConfigException", error);
    let config = ProducerConfig {
        report_deliveries: true,
        goes_on: true,
        // One batch at a time, so that it is known which record an offset is of.
        max_in_flight: 1,
        ..ProducerConfig::from_properties(&properties).map_err(invalid)?
    };
    let client = ClientConfig::from_properties(None, &properties).map_err(construct)?;
    let cluster = Cluster::new(client);
    block_on(async { Run::new(Plan::read(&options), Producer::new(cluster, config)).go(streams).await })
}

/// What the command line asks for.
#[derive(Debug)]
struct Plan {
    topic: String,
    records: i64,
    throughput: i32,
    value_prefix: Option<i32>,
    repeating_keys: Option<i32>,
    create_time: Option<i64>,
}

impl Plan {
    fn read(options: &Namespace) -> Plan {
        let records: i64 = options.number("--max-messages").unwrap_or(-1);
        Plan {
            topic: options.value("--topic").unwrap_or_default().to_owned(),
            records: if records < 0 { i64::MAX } else { records },
            throughput: options.number("--throughput").unwrap_or(-1),
            value_prefix: options.number("--value-prefix"),
            repeating_keys: options.number("--repeating-keys"),
            create_time: options.number("--message-create-time").filter(|&time| time != -1),
        }
    }

    fn value(&self, n: i64) -> String {
        match self.value_prefix {
            Some(prefix) => format!("{prefix}.{n}"),
            None => n.to_string(),
        }
    }

    /// Counts up to the number given, and from 0 again; without end if that is none to be reached.
    fn key(&self, n: i64) -> Option<String> {
        let every = i64::from(self.repeating_keys?);
        Some(if every > 0 { n % every } else { n }.to_string())
    }
}

/// A record under way.
struct Sent {
    key: Option<String>,
    value: String,
}

struct Run {
    plan: Plan,
    producer: Producer,
    /// By partition, in the order of sending, which is that of the answers.
    under_way: HashMap<i32, VecDeque<Sent>>,
    sent: i64,
    acked: i64,
    start: i64,
}

impl Run {
    fn new(plan: Plan, producer: Producer) -> Run {
        Run { plan, producer, under_way: HashMap::new(), sent: 0, acked: 0, start: millis() }
    }

    async fn go(mut self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        let mut told = Told::listen()?;
        event(streams.out, "startup_complete", Object::default())?;
        let stopped = self.send_all(&mut told, streams).await?;
        while self.producer.drain().await.unwrap_or(false) {
            self.tell(streams)?;
        }
        self.tell(streams)?;
        event(streams.out, "shutdown_complete", Object::default())?;
        let seconds = (millis() - self.start) as f64 / 1000.0;
        let rate = self.acked as f64 / seconds;
        let rate = match rate.is_finite() {
            true => serde_json::from_str(&double(rate)).unwrap_or(Value::Null),
            false => Value::from(double(rate)),
        };
        let data = Object::default()
            .with("sent", self.sent)
            .with("acked", self.acked)
            .with("target_throughput", self.plan.throughput)
            .with("avg_throughput", rate);
        event(streams.out, "tool_data", data)?;
        stopped.map_or(Ok(()), |code| Err(Stop::Exit(code)))
    }

    /// Sends until all is sent, or until told to stop: then with the exit code for it.
    async fn send_all(&mut self, told: &mut Told, streams: &mut Streams<'_>) -> Result<Option<u8>, Stop> {
        let topic = self.plan.topic.clone();
        let mut throttle = Throttle::new(self.plan.throughput.into());
        let mut create_time = self.plan.create_time;
        for n in 0..self.plan.records {
            let at = millis();
            let (key, value) = (self.plan.key(n), self.plan.value(n));
            let record = ProducerRecord {
                topic: &topic,
                key: key.as_deref().map(str::as_bytes),
                value: Some(value.as_bytes()),
                timestamp: Some(TimestampMs(create_time.unwrap_or(at))),
                ..ProducerRecord::default()
            };
            // The time that passed since the beginning is added at each record, as Kafka's tool does.
            create_time = create_time.map(|time| time + (millis() - self.start));
            // To look for the topic may take long, and can be given up; a record that is being taken cannot.
            let ready = tokio::select! {
                biased;
                code = told.stopped() => return Ok(Some(code)),
                ready = self.producer.prepare(&topic) => ready,
            };
            self.sent += 1;
            let taken = match ready {
                Ok(()) => self.producer.send(&record).await,
                Err(error) => Err(error),
            };
            match taken {
                Ok(partition) => self.under_way.entry(partition).or_default().push_back(Sent { key, value }),
                Err(error) => self.failed(&Sent { key, value }, &error, streams)?,
            }
            self.tell(streams)?;
            if let Some(pause) = throttle.pause(n, at) {
                tokio::select! {
                    waited = self.wait(pause, streams) => waited?,
                    code = told.stopped() => return Ok(Some(code)),
                }
            }
        }
        Ok(None)
    }

    /// Waits, and takes what answers come meanwhile.
    async fn wait(&mut self, pause: Duration, streams: &mut Streams<'_>) -> Result<(), Stop> {
        let mut over = std::pin::pin!(tokio::time::sleep(pause));
        loop {
            tokio::select! {
                () = &mut over => return Ok(()),
                driven = self.producer.drive() => {
                    // What failed is among the deliveries; to try at once what cannot go on would take the processor.
                    if driven.is_err() {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                }
            }
            self.tell(streams)?;
        }
    }

    /// Tells what became of records since the last call.
    fn tell(&mut self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        for Delivery { topic, partition, count, result } in self.producer.take_deliveries() {
            let count = usize::try_from(count).unwrap_or(0);
            let queue = self.under_way.entry(partition).or_default();
            let done: Vec<Sent> = queue.drain(..queue.len().min(count)).collect();
            for (n, sent) in (0..).zip(done) {
                match &result {
                    Ok(first) => {
                        self.acked += 1;
                        answer::good();
                        // Without acknowledgements nobody knows the offsets.
                        let offset = if *first < 0 { -1 } else { first + n };
                        let data = Object::default()
                            .with("key", sent.key)
                            .with("value", sent.value)
                            .with("offset", offset)
                            .with("topic", topic.as_str())
                            .with("partition", partition);
                        event(streams.out, "producer_send_success", data)?;
                    }
                    Err(error) => self.failed(&sent, error, streams)?,
                }
            }
        }
        Ok(())
    }

    fn failed(&self, sent: &Sent, error: &ClientError, streams: &mut Streams<'_>) -> Result<(), Stop> {
        let failure = match error.code() {
            // The Java client keeps asking for so long, and then says this.
            Some(ErrorCode::UnknownTopicOrPartition) => Failure::of(
                "org.apache.kafka.common.errors.TimeoutException",
                format!("Topic {} not present in metadata after 60000 ms.", self.plan.topic),
            ),
            _ => Failure::of_error(&OpsError::Client(error.clone()), "produce"),
        };
        let data = Object::default()
            .with("key", sent.key.clone())
            .with("value", sent.value.as_str())
            .with("exception", format!("class {}", failure.exception))
            .with("message", failure.message)
            .with("topic", self.plan.topic.as_str());
        Ok(event(streams.out, "producer_send_error", data)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(line: &str) -> Plan {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Plan::read(&PARSER.parse(&words).unwrap())
    }

    #[test]
    fn values_are_numbers_and_keys_repeat() {
        let plain = plan("--topic t --bootstrap-server b:1");
        assert_eq!((plain.value(7).as_str(), plain.key(7), plain.records), ("7", None, i64::MAX));
        let own = plan("--topic t --bootstrap-server b:1 --value-prefix 3 --repeating-keys 2 --max-messages 5");
        assert_eq!((own.value(7).as_str(), own.records), ("3.7", 5));
        let keys: Vec<String> = (0..5).filter_map(|n| own.key(n)).collect();
        assert_eq!(keys, ["0", "1", "0", "1", "0"]);
    }

    #[test]
    fn acks_are_among_three_and_a_server_is_needed() {
        let refused = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            match PARSER.parse(&words) {
                Err(super::super::argparse::Refused::Error(text, _)) => text,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(
            refused("--topic t --bootstrap-server b:1 --acks 5"),
            "argument --acks: invalid choice: '5' (choose from {0,1,-1})"
        );
        assert_eq!(refused("--topic t"), "one of the arguments --bootstrap-server is required");
    }
}
