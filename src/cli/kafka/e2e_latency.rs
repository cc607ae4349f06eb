//! `kafka-e2e-latency.sh` (`org.apache.kafka.tools.EndToEndLatency`).
//!
//! Unlike Kafka's, it commits nothing in the end: its group has a name that nobody asks for again.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::answer;
use super::cluster::{Failure, block_on, load, resolved};
use super::java::fixed;
use super::jopt::{Opt, Options, Type, parse};
use super::random::Random;
use super::usage::{HELP, Stop, Streams, VERSION, help_or_version, require};
use crate::client::{
    ClientConfig, ClientError, Cluster, Consumer, ConsumerConfig, Producer, ProducerConfig, ProducerRecord, Properties,
    StartAt, Topics,
};
use crate::ops::OpsError;
use crate::ops::topics::{NewTopic, create};
use crate::wire::batch::Record;

/// How long a record may take to come back.
const PATIENCE: Duration = Duration::from_secs(60);

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::required(
        "bootstrap-server",
        Type::String,
        "bootstrap-server",
        "REQUIRED: HOST:PORT of one or more brokers, separated by commas.",
    ),
    Opt::optional("command-config", Type::String, "config-file", "A properties file for producer and consumer."),
    HELP,
    Opt::optional("num-headers", Type::Integer, "count", "How many headers each record has.").or("0"),
    Opt::required("num-records", Type::Integer, "count", "REQUIRED: How many records to send."),
    Opt::required("producer-acks", Type::String, "producer-acks", "REQUIRED: '1' or 'all'."),
    Opt::optional("record-header-key-size", Type::Integer, "bytes", "Bytes of a header's key.").or("0"),
    Opt::optional("record-header-size", Type::Integer, "bytes", "Bytes of a header's value; -1 for none.").or("0"),
    Opt::optional("record-key-size", Type::Integer, "bytes", "Bytes of the key.").or("0"),
    Opt::required("record-size", Type::Integer, "bytes", "REQUIRED: Bytes of the value."),
    Opt::required("topic", Type::String, "topic-name", "REQUIRED: The topic to send to and read from."),
    VERSION,
];

const REQUIRED: [&str; 5] = ["bootstrap-server", "topic", "num-records", "producer-acks", "record-size"];

/// An error behind the parser: its message alone.
fn told(error: impl ToString) -> Stop {
    Stop::Failure(error.to_string())
}

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let args = named(args, streams)?;
    let options = parse(OPTIONS, &args).map_err(|error| Stop::Usage(error.to_string()))?;
    let about = "This tool measures end-to-end latency in Kafka by sending messages and timing their reception.";
    help_or_version(&options, args.is_empty(), about, streams)?;
    require(&options, &REQUIRED)?;
    let plan = Plan::read(&options)?;
    streams.out.flush()?;
    block_on(plan.run(streams))
}

/// Puts names before the words of the old form, which had none.
fn named(args: &[String], streams: &mut Streams<'_>) -> Result<Vec<String>, Stop> {
    let is_named = |arg: &String| arg.strip_prefix("--").is_some_and(|name| REQUIRED.contains(&name));
    if args.is_empty() || args.iter().any(is_named) {
        return Ok(args.to_vec());
    }
    if args.len() != 5 && args.len() != 6 {
        return Err(told(format!(
            "Invalid number of arguments. Expected 5 or 6 positional arguments, but got {}. Usage: bootstrap-server topic num-records producer-acks record-size [optional] command-config",
            args.len()
        )));
    }
    writeln!(
        streams.out,
        "WARNING: Positional argument usage is deprecated and will be removed in Apache Kafka 5.0. Please use named arguments instead: --bootstrap-server, --topic, --num-records, --producer-acks, --record-size, --command-config"
    )?;
    let names = REQUIRED.into_iter().chain(["command-config"]);
    Ok(names.zip(args).flat_map(|(name, value)| [format!("--{name}"), value.clone()]).collect())
}

struct Plan {
    topic: String,
    records: u32,
    client: ClientConfig,
    producer: ProducerConfig,
    consumer: ConsumerConfig,
    value: usize,
    key: usize,
    headers: usize,
    header_key: usize,
    /// `None` for headers without a value.
    header_value: Option<usize>,
}

impl Plan {
    fn read(options: &Options) -> Result<Plan, Stop> {
        let acks = options.value("producer-acks").map_err(told)?.unwrap_or_default();
        if acks != "1" && acks != "all" {
            let text = "Invalid value for --producer-acks. Latency testing requires synchronous acknowledgement. Please use '1' or 'all'.";
            return Err(Stop::Usage(text.to_owned()));
        }
        let number = |name: &str, least: i32, must: &str| -> Result<i32, Stop> {
            let number = options.number(name).map_err(told)?.unwrap_or(0);
            if number < least {
                return Err(Stop::Usage(format!("Value for --{name} must be a {must}.")));
            }
            Ok(number)
        };
        let size = |name: &str| number(name, 0, "non-negative integer").map(|n| n.unsigned_abs() as usize);
        let records = number("num-records", 1, "positive integer")?.unsigned_abs();
        let (value, key, header_key) =
            (size("record-size")?, size("record-key-size")?, size("record-header-key-size")?);
        let header_value =
            usize::try_from(number("record-header-size", -1, "non-negative integer or -1 for null header value")?).ok();
        let headers = size("num-headers")?;
        let mut properties = match options.value("command-config").map_err(told)? {
            Some(path) => load(path).map_err(|failure| told(failure.message))?,
            None => Properties::default(),
        };
        for (key, value) in [
            ("acks", acks),
            ("linger.ms", "0"),
            ("fetch.max.wait.ms", "0"),
            ("enable.auto.commit", "false"),
            ("auto.offset.reset", "latest"),
        ] {
            properties.set(key, value);
        }
        let bootstrap = options.value("bootstrap-server").map_err(told)?;
        Ok(Plan {
            topic: options.value("topic").map_err(told)?.unwrap_or_default().to_owned(),
            records,
            client: resolved(bootstrap, &properties).map_err(|_| told("Failed to construct kafka consumer"))?,
            producer: ProducerConfig::from_properties(&properties).map_err(told)?,
            consumer: ConsumerConfig::from_properties(&properties).map_err(told)?,
            value,
            key,
            headers,
            header_key,
            header_value,
        })
    }

    async fn run(self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        let failed = |error: ClientError| told(Failure::of_error(&OpsError::Client(error), "listTopics").message);
        // Connections of their own: an answer to a fetch must not stand in line behind one to a produce request.
        let (reading, writing) = (Cluster::new(self.client.clone()), Cluster::new(self.client.clone()));
        let known = reading.metadata(Topics::All).await.map_err(failed)?;
        if !known.topics.contains_key(&self.topic) {
            create_topic(&reading, &self.topic, streams).await?;
        }
        let mut consumer = self.consumer(reading).await.map_err(failed)?;
        let mut producer = Producer::new(writing, self.producer.clone());
        let mut random = Random::new(0);
        let mut times = Times::default();
        for n in 0..self.records {
            let sent = Sent::random(&self, &mut random);
            let headers: Vec<(&[u8], Option<&[u8]>)> =
                sent.headers.iter().map(|(key, value)| (key.as_slice(), value.as_deref())).collect();
            let record = ProducerRecord {
                topic: &self.topic,
                key: Some(&sent.key),
                value: Some(&sent.value),
                headers: &headers,
                ..ProducerRecord::default()
            };
            let begun = Instant::now();
            let produced = match producer.send(&record).await {
                Ok(_) => producer.flush().await,
                Err(error) => Err(error),
            };
            produced.map_err(|error| told(Failure::of_error(&OpsError::Client(error), "produce")))?;
            let fetched = consumer.poll(PATIENCE).await.map_err(failed)?;
            let took = begun.elapsed();
            let mut found = Vec::new();
            for part in &fetched {
                part.for_each(|record| {
                    found.push(sent.compare(record));
                    true
                })
                .map_err(failed)?;
            }
            judge(found).map_err(told)?;
            if n % 1000 == 0 {
                writeln!(streams.out, "{n}\t{:?}", took.as_nanos() as f64 / 1000.0 / 1000.0)?;
                streams.out.flush()?;
            }
            times.add(took);
        }
        times.sort();
        answer::whole("e2e-latency", || times.document());
        streams.out.write_all(times.summary().as_bytes())?;
        Ok(())
    }

    /// A reader of the whole topic from its end.
    async fn consumer(&self, cluster: Cluster) -> crate::client::Result<Consumer> {
        // The broker that is asked may hear of a new topic later than the one that created it.
        let since = Instant::now();
        let topic = loop {
            match cluster.topic(&self.topic, true).await {
                Err(error) if error.code().is_some() && since.elapsed() < self.client.request_timeout => {
                    tokio::time::sleep(self.client.retry_backoff).await;
                }
                found => break found?,
            }
        };
        let at = topic.partitions.iter().map(|p| ((self.topic.clone(), p.index), StartAt::Latest)).collect();
        Consumer::assign(cluster, self.consumer.clone(), at).await
    }
}

async fn create_topic(cluster: &Cluster, topic: &str, streams: &mut Streams<'_>) -> Result<(), Stop> {
    writeln!(
        streams.out,
        "Topic \"{topic}\" does not exist. Will create topic with 1 partition(s) and replication factor = 1"
    )?;
    streams.out.flush()?;
    let new =
        NewTopic { name: topic.to_owned(), partitions: Some(1), replication_factor: Some(1), ..NewTopic::default() };
    let failure = match create(cluster, &[new], false).await {
        Ok(outcomes) => match outcomes.into_iter().next().map(|outcome| outcome.result) {
            Some(Err(refusal)) => Failure::from(refusal),
            _ => return Ok(()),
        },
        Err(error) => Failure::of_error(&error, "createTopics"),
    };
    writeln!(streams.out, "Creation of topic {topic} failed")?;
    Err(told(format!("java.util.concurrent.ExecutionException: {failure}")))
}

/// A record as it was sent.
#[derive(Debug, Default)]
struct Sent {
    key: Vec<u8>,
    value: Vec<u8>,
    headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Sent {
    fn random(plan: &Plan, random: &mut Random) -> Sent {
        // One letter for all bytes, as Kafka's tool has it.
        let mut bytes = |length: usize| vec![b'A' + random.below(26) as u8; length];
        Sent {
            key: bytes(plan.key),
            value: bytes(plan.value),
            headers: (0..plan.headers).map(|_| (bytes(plan.header_key), plan.header_value.map(&mut bytes))).collect(),
        }
    }

    /// Whether a record that was read is this one; if not, what differs.
    fn compare(&self, read: &Record<'_>) -> Result<(), String> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let value = read.value.unwrap_or_default();
        if value != self.value {
            return Err(format!(
                "The message value read [{}] did not match the message value sent [{}]",
                text(value),
                text(&self.value)
            ));
        }
        match read.key {
            None => return Err("Expected message key but received null".to_owned()),
            Some(key) if key != self.key => {
                return Err(format!(
                    "The message key read [{}] did not match the message key sent [{}]",
                    text(key),
                    text(&self.key)
                ));
            }
            Some(_) => {}
        }
        let headers: Vec<(&[u8], Option<&[u8]>)> = read.headers.map(|h| (h.key, h.value)).collect();
        if !self.headers.is_empty() && headers.is_empty() {
            return Err("Expected message headers but received none".to_owned());
        }
        for ((key, value), (read_key, read_value)) in self.headers.iter().zip(&headers) {
            if key != read_key || value.as_deref() != *read_value {
                return Err(format!(
                    "The message header read [{}:{}] did not match the message header sent [{}:{}]",
                    text(read_key),
                    array(*read_value),
                    text(key),
                    array(value.as_deref())
                ));
            }
        }
        if !self.headers.is_empty() && self.headers.len() != headers.len() {
            return Err("Header count mismatch between sent and received messages".to_owned());
        }
        Ok(())
    }
}

/// As `Arrays.toString` has it: signed bytes.
fn array(bytes: Option<&[u8]>) -> String {
    match bytes {
        None => "null".to_owned(),
        Some(bytes) => format!("{:?}", bytes.iter().map(|&byte| byte as i8).collect::<Vec<_>>()),
    }
}

/// Exactly the record that was sent must have come, first.
fn judge(found: Vec<Result<(), String>>) -> Result<(), String> {
    let count = found.len();
    match found.into_iter().next() {
        None => Err("poll() timed out before finding a result (timeout:[60000ms])".to_owned()),
        Some(Err(difference)) => Err(difference),
        Some(Ok(())) if count > 1 => Err(format!("Only one result was expected during this test. We found [{count}]")),
        Some(Ok(())) => Ok(()),
    }
}

/// How long each record took.
#[derive(Debug, Default)]
struct Times {
    total: Duration,
    millis: Vec<u128>,
}

impl Times {
    fn add(&mut self, took: Duration) {
        self.total += took;
        self.millis.push(took.as_millis());
    }

    fn sort(&mut self) {
        self.millis.sort_unstable();
    }

    /// Of sorted times.
    fn at(&self, share: f64) -> u128 {
        self.millis.get((self.millis.len() as f64 * share) as usize).copied().unwrap_or(0)
    }

    fn average(&self) -> f64 {
        self.total.as_nanos() as f64 / self.millis.len() as f64 / 1000.0 / 1000.0
    }

    fn document(&self) -> Value {
        let at = |share| u64::try_from(self.at(share)).unwrap_or(u64::MAX);
        json!({
            "records": self.millis.len(),
            "average_ms": self.average(),
            "p50_ms": at(0.5),
            "p99_ms": at(0.99),
            "p999_ms": at(0.999),
        })
    }

    fn summary(&self) -> String {
        format!(
            "Avg latency: {} ms\nPercentiles: 50th = {}, 99th = {}, 99.9th = {}\n",
            fixed(self.average(), 4),
            self.at(0.5),
            self.at(0.99),
            self.at(0.999)
        )
    }
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
        let whole = "--bootstrap-server a:1 --topic t --num-records 1 --producer-acks 1 --record-size 1";
        for (line, expected) in [
            ("", "This tool measures end-to-end latency in Kafka by sending messages and timing their reception."),
            (
                "--help",
                "Invalid number of arguments. Expected 5 or 6 positional arguments, but got 1. Usage: bootstrap-server topic num-records producer-acks record-size [optional] command-config",
            ),
            ("--topic t", "Missing required argument \"[bootstrap-server]\""),
            (&format!("{whole} --record-key-size -1"), "Value for --record-key-size must be a non-negative integer."),
            (
                &format!("{whole} --record-header-size -2"),
                "Value for --record-header-size must be a non-negative integer or -1 for null header value.",
            ),
            (
                "--bootstrap-server a:1 --topic t --num-records 1 --producer-acks 0 --record-size 1",
                "Invalid value for --producer-acks. Latency testing requires synchronous acknowledgement. Please use '1' or 'all'.",
            ),
            (
                "--bootstrap-server a:1 --topic t --num-records 0 --producer-acks 1 --record-size 1",
                "Value for --num-records must be a positive integer.",
            ),
            (
                "--bootstrap-server a:1 --topic t --num-records x --producer-acks 1 --record-size 1",
                "Cannot parse argument 'x' of option num-records",
            ),
        ] {
            assert_eq!(said(line), (1, String::new(), expected.to_owned()), "{line}");
        }
    }

    #[test]
    fn the_old_form_has_no_names() {
        let (code, out, err) = said("a:1 t 1 2 1");
        assert!(out.starts_with("WARNING: Positional argument usage is deprecated"), "{out}");
        assert!(code == 1 && err.starts_with("Invalid value for --producer-acks."), "{err}");
        assert_eq!(said("a:1 t 1 1 1 /nowhere").2, "/nowhere");
    }

    #[test]
    fn times_are_summed_up_as_kafka_sums_them_up() {
        let mut times = Times::default();
        for millis in [3, 1, 2, 10] {
            times.add(Duration::from_micros(millis * 1_000 + 500));
        }
        times.sort();
        assert_eq!(times.summary(), "Avg latency: 4.5000 ms\nPercentiles: 50th = 3, 99th = 10, 99.9th = 10\n");
    }

    #[test]
    fn nothing_but_the_record_may_come() {
        assert!(judge(Vec::new()).unwrap_err().starts_with("poll() timed out"));
        assert_eq!(
            judge(vec![Ok(()), Ok(())]).unwrap_err(),
            "Only one result was expected during this test. We found [2]"
        );
        assert_eq!(judge(vec![Ok(())]), Ok(()));
        assert_eq!((array(None), array(Some(b"A\xff"))), ("null".to_owned(), "[65, -1]".to_owned()));
    }
}
