//! `kafka-share-consumer-perf-test.sh` (`org.apache.kafka.tools.ShareConsumerPerformance`).
//!
//! A run that takes longer than `--timeout` in all is carried to its end; Kafka's interrupts its own threads then.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use serde_json::json;

use super::answer;
use super::cluster::{Failure, block_on, load};
use super::date_format::DateFormat;
use super::java::{fixed, millis};
use super::jopt::{Opt, Options, Type, parse};
use super::usage::{HELP, Stop, Streams, VERSION, exactly_one_of, forbid, help_or_version, key_values, require};
use crate::client::{ClientConfig, Cluster, Properties, ShareConfig, ShareConsumer};
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
    Opt::required("fetch-size", Type::Integer, "size", "Bytes of one answer, at most.").or("1048576"),
    Opt::required("group", Type::String, "gid", "The share group to read in.").or("perf-share-consumer"),
    HELP,
    Opt::flag("hide-header", "Leave out the line that names the columns."),
    Opt::required("messages", Type::Long, "count", "(DEPRECATED) The old name of --num-records."),
    Opt::required("num-records", Type::Long, "count", "REQUIRED: Stop after so many records."),
    Opt::flag("print-metrics", "Accepted; the metrics are those of the Java client."),
    Opt::required("reporting-interval", Type::Long, "interval_ms", "Milliseconds between two lines.").or("5000"),
    Opt::flag("show-consumer-stats", "Print a line for every share consumer."),
    Opt::flag("show-detailed-stats", "Print a line for every interval."),
    Opt::required("socket-buffer-size", Type::Integer, "size", "The socket's buffer (receive.buffer.bytes).")
        .or("2097152"),
    Opt::required("threads", Type::Integer, "count", "How many share consumers read.").or("1"),
    Opt::optional("timeout", Type::Long, "milliseconds", "Stop when no record has come for so long.").or("10000"),
    Opt::required("topic", Type::String, "topic", "REQUIRED: The topic to read."),
    VERSION,
];

/// The kind of its documents.
const KIND: &str = "share-consumer-perf";
const MIB: f64 = 1024.0 * 1024.0;

/// An error behind the parser: its message alone.
fn told(error: impl ToString) -> Stop {
    Stop::Failure(error.to_string())
}

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let options = parse(OPTIONS, args).map_err(Stop::usage_option)?;
    help_or_version(&options, args.is_empty(), "This tool is used to verify the share consumer performance.", streams)?;
    require(&options, &["topic", "bootstrap-server"])?;
    exactly_one_of(&options, &["messages", "num-records"])?;
    forbid(&options, "consumer.config", &["command-config"])?;
    for (old, new) in [("messages", "num-records"), ("consumer.config", "command-config")] {
        if options.has(old) {
            writeln!(streams.out, "Warning: --{old} is deprecated. Use --{new} instead.")?;
        }
    }
    if !options.has("hide-header") {
        let columns =
            "start.time, end.time, data.consumed.in.MB, MB.sec, nMsg.sec, data.consumed.in.nMsg, fetch.time.ms";
        writeln!(streams.out, "{columns}")?;
    }
    let plan = Plan::read(&options)?;
    streams.out.flush()?;
    block_on(plan.run(streams))?;
    if options.has("print-metrics") {
        streams.out.flush()?;
        writeln!(streams.err, "--print-metrics has nothing to print: the metrics are those of the Java client")?;
    }
    Ok(())
}

struct Plan {
    client: ClientConfig,
    share: ShareConfig,
    topic: String,
    threads: usize,
    records: i64,
    timeout: i64,
    reporting: Reporting,
    by_consumer: bool,
}

/// Lines between the first and the last.
#[derive(Clone)]
struct Reporting {
    /// What is wrong with it comes out with the first record.
    interval: Result<i64, String>,
    detailed: bool,
    dates: DateFormat,
}

impl Plan {
    fn read(options: &Options) -> Result<Plan, Stop> {
        let threads: i32 = options.number("threads").map_err(told)?.unwrap_or(1);
        let properties = properties(options)?;
        let bootstrap = options.value("bootstrap-server").map_err(told)?;
        let construct = |_| told("Failed to construct Kafka share consumer");
        let client = ClientConfig::from_properties(bootstrap, &properties).map_err(construct)?;
        let share = ShareConfig::from_properties(&properties).map_err(construct)?;
        let name = if options.has("messages") { "messages" } else { "num-records" };
        let records = options.number(name).map_err(told)?.unwrap_or_default();
        let timeout = options.number("timeout").map_err(told)?.unwrap_or_default();
        let topic = options.value("topic").map_err(told)?.unwrap_or_default().to_owned();
        let interval = match options.number("reporting-interval") {
            Ok(interval) => match interval.unwrap_or_default() {
                interval if interval > 0 => Ok(interval),
                _ => Err("java.lang.IllegalArgumentException: Reporting interval must be greater than 0.".to_owned()),
            },
            Err(error) => Err(format!("joptsimple.{}: {error}", error.exception())),
        };
        let pattern = options.value("date-format").map_err(told)?.unwrap_or_default();
        let dates =
            DateFormat::new(pattern).map_err(|why| told(format!("java.lang.IllegalArgumentException: {why}")))?;
        Ok(Plan {
            client,
            share,
            topic,
            threads: usize::try_from(threads).ok().filter(|threads| *threads > 0).ok_or_else(|| told("null"))?,
            records,
            timeout,
            reporting: Reporting { interval, detailed: options.has("show-detailed-stats"), dates },
            by_consumer: options.has("show-consumer-stats"),
        })
    }

    async fn run(self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        let (say, mut said) = mpsc::unbounded_channel::<Said>();
        let total = Arc::new(AtomicI64::new(0));
        let start = millis();
        let mut readers: JoinSet<(Reader, Result<(), String>)> = JoinSet::new();
        for number in 1..=self.threads {
            let mut client = self.client.clone();
            if self.threads > 1 {
                client.client_id = format!("{}-{number}", client.client_id);
            }
            let reader = Reader {
                number,
                client_id: client.client_id.clone(),
                wait: client.retry_backoff_max,
                consumer: ShareConsumer::subscribe(Cluster::new(client), self.share.clone(), vec![self.topic.clone()]),
                total: Arc::clone(&total),
                say: say.clone(),
                records: 0,
                bytes: 0,
            };
            let (wanted, timeout, reporting) = (self.records, self.timeout, self.reporting.clone());
            readers.spawn(async move {
                let mut reader = reader;
                let read = reader.read(wanted, timeout, &reporting).await;
                (reader, read)
            });
        }
        drop(say);
        let mut done: Vec<Reader> = Vec::new();
        let mut failed = None;
        while done.len() < self.threads {
            tokio::select! {
                Some(said) = said.recv() => said.write(streams)?,
                Some(ended) = readers.join_next() => {
                    let (reader, read) = ended.map_err(told)?;
                    failed = failed.or(read.err());
                    done.push(reader);
                }
            }
        }
        while let Ok(said) = said.try_recv() {
            said.write(streams)?;
        }
        if let Some(failure) = failed {
            return Err(told(failure));
        }
        done.sort_by_key(|reader| reader.number);
        let end = millis();
        if self.by_consumer {
            for reader in &done {
                let row = self.row(Some(reader.number), reader.bytes, reader.records, start, end);
                let (number, client) = (reader.number, &reader.client_id);
                writeln!(streams.out, "Share consumer {number} having client id {client} consumption metrics- {row}")?;
            }
        }
        let records: i64 = done.iter().map(|reader| reader.records).sum();
        if records < self.records {
            answer::missing(format!("{records} of {} records came within {} ms", self.records, self.timeout));
            writeln!(
                streams.out,
                "WARNING: Exiting before consuming the expected number of records: timeout ({} ms) exceeded. You can use the --timeout option to increase the timeout.",
                self.timeout
            )?;
        }
        for reader in &mut done {
            reader.consumer.commit().await.map_err(|error| told(failure(error).message))?;
        }
        let bytes = done.iter().map(|reader| reader.bytes).sum();
        writeln!(streams.out, "{}", self.row(None, bytes, records, start, end))?;
        for reader in done {
            // Whether the group hears of it does not change what was measured.
            let _ = reader.consumer.close().await;
        }
        Ok(())
    }

    /// The whole run, of one of the consumers or of all.
    fn row(&self, consumer: Option<usize>, bytes: u64, records: i64, start: i64, end: i64) -> String {
        let dates = &self.reporting.dates;
        let seconds = (end - start) as f64 / 1000.0;
        let mib = bytes as f64 / MIB;
        answer::row(KIND, || {
            json!({
                "final": true,
                "consumer": consumer,
                "end_ms": end,
                "elapsed_ms": end - start,
                "records": records,
                "bytes": bytes,
                "records_per_second": records as f64 / seconds,
                "mib_per_second": mib / seconds,
            })
        });
        format!(
            "{}, {}, {}, {}, {}, {records}, {}",
            dates.format(start),
            dates.format(end),
            fixed(mib, 4),
            fixed(mib / seconds, 4),
            fixed(records as f64 / seconds, 4),
            end - start
        )
    }
}

fn failure(error: crate::client::ClientError) -> Failure {
    Failure::of_error(&OpsError::Client(error), "share consumer")
}

/// A line of a reader.
enum Said {
    Out(String),
    Err(String),
}

impl Said {
    fn write(self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        match self {
            Said::Out(line) => {
                writeln!(streams.out, "{line}")?;
                streams.out.flush()?;
            }
            Said::Err(line) => writeln!(streams.err, "{line}")?,
        }
        Ok(())
    }
}

/// One share consumer, and what it read.
struct Reader {
    number: usize,
    client_id: String,
    wait: Duration,
    consumer: ShareConsumer,
    /// What all of them read.
    total: Arc<AtomicI64>,
    say: mpsc::UnboundedSender<Said>,
    records: i64,
    bytes: u64,
}

impl Reader {
    async fn read(&mut self, wanted: i64, timeout: i64, reporting: &Reporting) -> Result<(), String> {
        let mut now = millis();
        let mut heard = now;
        let mut reported = Reported { at: now, records: 0, bytes: 0 };
        while self.total.load(Ordering::Relaxed) < wanted && now - heard <= timeout {
            let polled = self.consumer.poll(Duration::from_millis(100)).await;
            now = millis();
            let polled = match polled {
                Ok(polled) => polled,
                Err(error) if error.is_unreachable() => {
                    let time = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S,%3f").to_string();
                    let who = format!("[ShareConsumer clientId={}]", self.client_id);
                    let line = format!("[{time}] WARN {who} {error} (org.apache.kafka.clients.NetworkClient)");
                    let _ = self.say.send(Said::Err(line));
                    tokio::time::sleep(self.wait).await;
                    continue;
                }
                Err(error) => return Err(failure(error).to_string()),
            };
            if !polled.is_empty() {
                heard = now;
            }
            for records in polled {
                let mut failed = None;
                let read = records.for_each(|shown| {
                    let size = shown.record.key.map_or(0, <[u8]>::len) + shown.record.value.map_or(0, <[u8]>::len);
                    self.records += 1;
                    self.total.fetch_add(1, Ordering::Relaxed);
                    self.bytes += size as u64;
                    match &reporting.interval {
                        Ok(interval) if now - reported.at >= *interval => {
                            if reporting.detailed {
                                let row = reported.row(self.number, self.bytes, self.records, now, &reporting.dates);
                                let line = format!("{row} for share consumer {}", self.number);
                                let _ = self.say.send(Said::Out(line));
                            }
                            reported = Reported { at: now, records: self.records, bytes: self.bytes };
                        }
                        Ok(_) => {}
                        Err(why) => failed = Some(why.clone()),
                    }
                    failed.is_none()
                });
                read.map_err(|error| failure(error).to_string())?;
                if let Some(why) = failed {
                    return Err(why);
                }
            }
        }
        Ok(())
    }
}

/// Where the last line left off.
struct Reported {
    at: i64,
    records: i64,
    bytes: u64,
}

impl Reported {
    fn row(&self, consumer: usize, bytes: u64, records: i64, now: i64, dates: &DateFormat) -> String {
        let elapsed = (now - self.at) as f64;
        let mib = (bytes - self.bytes) as f64 / MIB;
        answer::row(KIND, || {
            json!({
                "final": false,
                "consumer": consumer,
                "end_ms": now,
                "elapsed_ms": now - self.at,
                "records": records,
                "bytes": bytes,
                "records_per_second": (records - self.records) as f64 / elapsed * 1000.0,
                "mib_per_second": 1000.0 * mib / elapsed,
            })
        });
        answer::flush();
        format!(
            "{}, {}, {}, {}, {}, {records}, {}",
            dates.format(self.at),
            dates.format(now),
            fixed(bytes as f64 / MIB, 4),
            fixed(1000.0 * mib / elapsed, 4),
            fixed((records - self.records) as f64 / elapsed * 1000.0, 4),
            now - self.at
        )
    }
}

fn properties(options: &Options) -> Result<Properties, Stop> {
    let file = if options.has("consumer.config") { "consumer.config" } else { "command-config" };
    let mut properties = match options.value(file).map_err(told)? {
        Some(path) => load(path).map_err(|failure| told(failure.message))?,
        None => Properties::default(),
    };
    for (key, value) in key_values(&options.values("command-property")).map_err(told)? {
        properties.set(key, value);
    }
    properties.set("group.id", options.value("group").map_err(told)?.unwrap_or_default());
    for (option, key) in [("socket-buffer-size", "receive.buffer.bytes"), ("fetch-size", "fetch.max.bytes")] {
        properties.set(key, options.number::<i32>(option).map_err(told)?.unwrap_or_default().to_string());
    }
    if properties.get("client.id").is_none() {
        properties.set("client.id", "perf-share-consumer-client");
    }
    Ok(properties)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> (u8, String) {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut streams = Streams { out: &mut out, err: &mut err };
        let code = run(&args, &mut streams).map_or_else(|stop| stop.finish(OPTIONS, &mut streams), |()| 0);
        (code, String::from_utf8(err).unwrap().lines().next().unwrap_or_default().to_owned())
    }

    #[test]
    fn the_command_line_is_judged_in_kafkas_words() {
        for (line, expected) in [
            ("", "This tool is used to verify the share consumer performance."),
            ("--bootstrap-server a:1", "Missing required argument \"[topic]\""),
            (
                "--bootstrap-server a:1 --topic t",
                "Exactly one of the following arguments is required: [messages], [num-records]",
            ),
            ("--bootstrap-server a:1 --topic t --num-records x", "Cannot parse argument 'x' of option num-records"),
            ("--bootstrap-server a:1 --topic t --num-records 1 --command-config /nowhere", "/nowhere"),
            (
                "--bootstrap-server a:1 --topic t --num-records 1 --date-format b",
                "java.lang.IllegalArgumentException: Illegal pattern character 'b'",
            ),
        ] {
            assert_eq!(said(line), (1, expected.to_owned()), "{line}");
        }
    }

    #[test]
    fn a_row_has_sizes_and_rates() {
        let dates = DateFormat::new("'D'").unwrap();
        let reported = Reported { at: 1_000, records: 10, bytes: 1 << 20 };
        assert_eq!(reported.row(1, 3 << 20, 30, 3_000, &dates), "D, D, 3.0000, 1.0000, 10.0000, 30, 2000");
    }
}
