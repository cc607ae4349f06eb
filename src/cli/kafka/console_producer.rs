//! `kafka-console-producer.sh` (`org.apache.kafka.tools.ConsoleProducer`).

use std::io::IsTerminal;

use super::answer;
use super::cluster::{Failure, block_on, load, resolved};
use super::jopt::{Opt, OptionError, Options, Type, parse};
use super::line_reader::{LineReader, Parsed};
use super::usage::{HELP, Stop, Streams, VERSION, help_or_version, key_values, log4j, name_in_use, require};
use crate::cli::lines;
use crate::client::{ClientError, Cluster, Producer, ProducerConfig, ProducerRecord, Properties, parse_bootstrap};
use crate::ops::OpsError;

const READER: &str = "org.apache.kafka.tools.LineMessageReader";

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::required(
        "batch-size",
        Type::Integer,
        "size",
        "Bytes of a batch before it is sent (batch.size); yields to --max-partition-memory-bytes.",
    )
    .or("16384"),
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
        "A properties file for the producer; [command-property] goes before it.",
    ),
    Opt::required("command-property", Type::String, "producer_prop", "A producer setting, key=value; may be repeated."),
    Opt::optional(
        "compression-codec",
        Type::String,
        "compression-codec",
        "'none', 'gzip', 'snappy', 'lz4' or 'zstd'; 'gzip' if no codec is named.",
    ),
    HELP,
    Opt::required("line-reader", Type::String, "reader_class", "The class that reads lines.").or(READER),
    Opt::required("max-block-ms", Type::Long, "max block on send", "How long sending may wait (max.block.ms).")
        .or("60000"),
    Opt::required(
        "max-memory-bytes",
        Type::Long,
        "total memory in bytes",
        "Bytes that may wait to be sent (buffer.memory).",
    )
    .or("33554432"),
    Opt::required(
        "max-partition-memory-bytes",
        Type::Integer,
        "memory in bytes per partition",
        "(Deprecated) The old name of --batch-size.",
    )
    .or("16384"),
    Opt::required("message-send-max-retries", Type::Integer, "", "How often a record is tried again (retries).")
        .or("3"),
    Opt::required(
        "metadata-expiry-ms",
        Type::Long,
        "metadata expiration interval",
        "After how long leaders are looked up again (metadata.max.age.ms).",
    )
    .or("300000"),
    Opt::required(
        "producer-property",
        Type::String,
        "producer_prop",
        "(DEPRECATED) The old name of --command-property.",
    ),
    Opt::required("producer.config", Type::String, "config file", "(DEPRECATED) The old name of --command-config."),
    Opt::required("property", Type::String, "prop", "(DEPRECATED) The old name of --reader-property."),
    Opt::required(
        "reader-config",
        Type::String,
        "config file",
        "A properties file for the line reader; [reader-property] goes before it.",
    ),
    Opt::required(
        "reader-property",
        Type::String,
        "prop",
        "A setting of the line reader, key=value; may be repeated. With their defaults:\n parse.key=false\n parse.headers=false\n ignore.error=false\n key.separator=\\t\n headers.delimiter=\\t\n headers.separator=,\n headers.key.separator=:\n null.marker=\nA whole line: \"h1:v1,h2:v2...\\tkey\\tvalue\"",
    ),
    Opt::required(
        "request-required-acks",
        Type::String,
        "request required acks",
        "Who must have a record before it counts as sent (acks).",
    )
    .or("-1"),
    Opt::required(
        "request-timeout-ms",
        Type::Integer,
        "request timeout ms",
        "How long an answer may take (request.timeout.ms).",
    )
    .or("1500"),
    Opt::required("retry-backoff-ms", Type::Long, "", "The pause before trying again (retry.backoff.ms).").or("100"),
    Opt::required("socket-buffer-size", Type::Integer, "size", "The socket's buffer (send.buffer.bytes).").or("102400"),
    Opt::flag("sync", "Wait for each record's acknowledgement before the next."),
    Opt::required("timeout", Type::Long, "timeout_ms", "How long a batch waits for more records (linger.ms).")
        .or("1000"),
    Opt::required("topic", Type::String, "topic", "REQUIRED: The topic to send to."),
    VERSION,
];

/// Options that stand for a setting, where that is not given itself; later ones win.
const SETTINGS: [(&str, &str); 11] = [
    ("linger.ms", "timeout"),
    ("acks", "request-required-acks"),
    ("request.timeout.ms", "request-timeout-ms"),
    ("retries", "message-send-max-retries"),
    ("retry.backoff.ms", "retry-backoff-ms"),
    ("send.buffer.bytes", "socket-buffer-size"),
    ("buffer.memory", "max-memory-bytes"),
    ("batch.size", "batch-size"),
    ("batch.size", "max-partition-memory-bytes"),
    ("metadata.max.age.ms", "metadata-expiry-ms"),
    ("max.block.ms", "max-block-ms"),
];

/// An option error behind the parser: its message alone.
fn told(error: OptionError) -> Stop {
    Stop::Failure(error.to_string())
}

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let options = parse(OPTIONS, args).map_err(Stop::usage_option)?;
    let about = "This tool helps to read data from standard input and publish it to Kafka.";
    help_or_version(&options, args.is_empty(), about, streams)?;
    require(&options, &["topic"])?;
    let file = name_in_use(&options, "command-config", "producer.config")?;
    let pairs = name_in_use(&options, "command-property", "producer-property")?;
    let reader_pairs = name_in_use(&options, "reader-property", "property")?;
    for (new, used) in [("command-property", pairs), ("command-config", file), ("reader-property", reader_pairs)] {
        if used != new {
            writeln!(
                streams.out,
                "Warning: --{used} is deprecated and will be removed in a future version. Use --{new} instead."
            )?;
        }
    }
    if options.has("max-partition-memory-bytes") {
        writeln!(
            streams.out,
            "Warning: --max-partition-memory-bytes is deprecated and will be removed in Apache Kafka 5.0. Use --batch-size instead."
        )?;
    }
    let bootstrap = match options.value("bootstrap-server").map_err(told)? {
        None => return Err(Stop::Usage("Error while validating the bootstrap address\n".to_owned())),
        Some(list) => list,
    };
    if parse_bootstrap(bootstrap).is_err() {
        return Err(Stop::Usage("Please provide valid host:port like host1:9091,host2:9092\n".to_owned()));
    }
    let class = options.value("line-reader").map_err(told)?.unwrap_or(READER);
    if class != READER {
        return Err(Stop::Failure(format!("java.lang.ClassNotFoundException: {class}")));
    }
    let reader = LineReader::read(&options, reader_pairs)?;
    let properties = properties(&options, file, pairs)?;
    let client = resolved(Some(bootstrap), &properties).map_err(config_error)?;
    let producer = ProducerConfig::from_properties(&properties).map_err(config_error)?;
    let topic = options.value("topic").map_err(told)?.unwrap_or_default();
    streams.out.flush()?;
    let producer = Producer::new(Cluster::new(client), producer);
    block_on(send(producer, topic, &reader, options.has("sync"), streams))
}

fn config_error(error: ClientError) -> Stop {
    Stop::Failure(format!("org.apache.kafka.common.config.ConfigException: {error}"))
}

fn properties(options: &Options, file: &str, pairs: &str) -> Result<Properties, Stop> {
    let mut properties = match options.value(file).map_err(told)? {
        Some(path) => load(path).map_err(|failure| Stop::Failure(failure.to_string()))?,
        None => Properties::default(),
    };
    for (key, value) in key_values(&options.values(pairs)).map_err(Stop::Failure)? {
        properties.set(key, value);
    }
    // The documents set compression.type as a property and mean it; Kafka's tool would put `none` over it.
    if options.has("compression-codec") {
        let codec = options.value("compression-codec").map_err(told)?.unwrap_or("gzip");
        properties.set("compression.type", codec);
    }
    let codec = properties.get("compression.type").unwrap_or("none");
    if !["none", "gzip", "snappy", "lz4", "zstd"].contains(&codec) {
        return Err(Stop::Failure(format!(
            "org.apache.kafka.common.config.ConfigException: Invalid value {codec} for configuration compression.type: String must be one of: none, gzip, snappy, lz4, zstd"
        )));
    }
    if properties.get("client.id").is_none() {
        properties.set("client.id", "console-producer");
    }
    for (key, option) in SETTINGS {
        let number = matches!(key, "acks") || options.number::<i64>(option).is_ok();
        let text = options.value(option).map_err(told)?.unwrap_or_default();
        if !number {
            return Err(Stop::Failure(format!("Cannot parse argument '{text}' of option {option}")));
        }
        if options.has(option) || properties.get(key).is_none() {
            properties.set(key, text);
        }
    }
    Ok(properties)
}

async fn send(
    mut producer: Producer,
    topic: &str,
    reader: &LineReader,
    sync: bool,
    streams: &mut Streams<'_>,
) -> Result<(), Stop> {
    let prompt = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let mut input = lines::read(None).map_err(|_| Stop::Failure("standard input cannot be read".to_owned()))?;
    let mut number = 0;
    let mut stopped = Ok(());
    let mut good: u64 = 0;
    'input: loop {
        if prompt {
            write!(streams.out, ">")?;
            streams.out.flush()?;
        }
        let chunk = loop {
            tokio::select! {
                chunk = input.recv() => break chunk,
                driven = producer.drive() => report(driven, topic, &[], streams)?,
            }
        };
        let Some(chunk) = chunk else { break };
        for line in lines::lines(&chunk?) {
            number += 1;
            let parsed = match reader.parse(line, number) {
                Ok(parsed) => parsed,
                Err(message) => {
                    stopped = Err(Stop::Failure(format!("org.apache.kafka.common.KafkaException: {message}")));
                    break 'input;
                }
            };
            let record = ProducerRecord {
                topic,
                key: parsed.key,
                value: parsed.value,
                headers: &parsed.headers,
                ..ProducerRecord::default()
            };
            let mut sent = producer.send(&record).await.map(drop);
            if sync && sent.is_ok() {
                sent = producer.flush().await;
            }
            match sent {
                Err(error) if sync => {
                    let failure = Failure::of_error(&OpsError::Client(error), "produce");
                    return Err(Stop::Failure(format!("java.util.concurrent.ExecutionException: {failure}")));
                }
                sent => {
                    good += u64::from(sent.is_ok());
                    report(sent, topic, std::slice::from_ref(&parsed), streams)?;
                }
            }
        }
    }
    // What was read before a bad line is sent all the same, as Kafka's tool does on its way out.
    let flushed = producer.flush().await;
    answer::of(answer::ACTIONS);
    if good > 0 && flushed.is_ok() {
        let more = serde_json::Map::from_iter([("records".to_owned(), good.into())]);
        answer::did_with("produce", "topic", topic, more);
    }
    report(flushed, topic, &[], streams)?;
    stopped
}

/// A record that could not be sent is logged, and the tool goes on.
fn report(
    sent: Result<(), ClientError>,
    topic: &str,
    record: &[Parsed<'_>],
    streams: &mut Streams<'_>,
) -> Result<(), Stop> {
    let Err(error) = sent else { return Ok(()) };
    let failure = Failure::of_error(&OpsError::Client(error), "produce");
    let size = |field: Option<&[u8]>| field.map_or_else(|| "null".to_owned(), |bytes| format!("{} bytes", bytes.len()));
    let (key, value) = record.first().map_or((None, None), |record| (record.key, record.value));
    let text = format!(
        "Error when sending message to topic {topic} with key: {}, value: {} with error: (org.apache.kafka.clients.producer.internals.ErrorLoggingCallback)\n{failure}",
        size(key),
        size(value),
    );
    Ok(log4j("ERROR", text, streams.err)?)
}
