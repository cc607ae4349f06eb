//! `kafka-replica-verification.sh` (`org.apache.kafka.tools.ReplicaVerificationTool`).

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::answer;
use super::cluster::{Failure, block_on, client_config};
use super::java::{TopicPattern, partition_map_order, plain_addresses};
use super::jopt::{Opt, OptionError, Type, parse};
use super::usage::{HELP, Stop, Streams, VERSION, help_or_version, log4j, require};
use crate::client::{At, Cluster, OffsetAt, Properties};
use crate::model::TimestampMs;
use crate::ops::replica_verification::{Difference, FetchLimits, Verification, Verified};

const ABOUT: &str = "Validate that all replicas for a set of topics have the same data.";
const CLASS: &str = "org.apache.kafka.tools.ReplicaVerificationTool";

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::required(
        "broker-list",
        Type::String,
        "hostname:port,...,hostname:port",
        "REQUIRED: HOST:PORT of one or more brokers.",
    ),
    Opt::required("fetch-size", Type::Integer, "bytes", "Bytes of a partition in one fetch.").or("1048576"),
    HELP,
    Opt::required("max-wait-ms", Type::Integer, "ms", "How long a fetch waits when there is nothing new.").or("1000"),
    Opt::required("report-interval-ms", Type::Long, "ms", "How often the largest lag is told.").or("30000"),
    Opt::required("time", Type::Long, "timestamp/-1(latest)/-2(earliest)", "Where to begin.").or("-1"),
    Opt::required("topics-include", Type::String, "Java regex (String)", "The topics whose replicas are compared.")
        .or(".*"),
    VERSION,
];

/// Runs the tool: until it is killed, or replicas have different offsets.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let notice = format!("This tool is deprecated and may be removed in a future major release. ({CLASS})");
    log4j("WARN", notice, streams.err)?;
    let options = parse(OPTIONS, args).map_err(said)?;
    help_or_version(&options, args.is_empty(), ABOUT, streams)?;
    require(&options, &["broker-list"])?;
    let brokers = options.value("broker-list").map_err(said)?.unwrap_or_default();
    if !plain_addresses(brokers) {
        return Err(Stop::Usage("Please provide valid host:port like host1:9091,host2:9092\n".to_owned()));
    }
    let config = client_config(Some(brokers), &Properties::default()).map_err(|failure| told(&failure))?;
    let cluster = Cluster::new(config);
    let topics = options.value("topics-include").map_err(said)?.unwrap_or_default();
    let pattern = TopicPattern::new(topics).map_err(|_| Stop::Failure(format!("{topics} is an invalid regex")))?;
    let time: i64 = options.number("time").map_err(said)?.unwrap_or(-1);
    let every: i64 = options.number("report-interval-ms").map_err(said)?.unwrap_or(30_000);
    let limits = FetchLimits {
        partition_bytes: options.number("fetch-size").map_err(said)?.unwrap_or(1 << 20),
        max_wait_ms: options.number("max-wait-ms").map_err(said)?.unwrap_or(1_000),
    };
    block_on(async {
        let failed = |error: crate::ops::OpsError| told(&Failure::of_error(&error, "listTopics"));
        let verification = Verification::of_topics(&cluster, limits, |topic| pattern.matches(topic)).await;
        let mut verification = verification.map_err(failed)?;
        if verification.partitions.is_empty() {
            let text = "No topics found. [topics-include] if specified, is either filtering out all topics or there is no topic.";
            answer::missing(text);
            log4j("ERROR", format!("{text} ({CLASS})"), streams.err)?;
            return Err(Stop::Exit(1));
        }
        partition_map_order(&mut verification.partitions, |at| at);
        verification.begin_at(offset(time, &verification.partitions)?).await.map_err(failed)?;
        line(streams, "verification process is started")?;
        let mut report = Report::new(verification.partitions.len(), every);
        loop {
            let mut differences = Vec::new();
            let verified = verification.round(|difference| {
                let goes_on = matches!(difference, Difference::Checksum { .. });
                differences.push(difference);
                goes_on
            });
            let verified = verified.await;
            for difference in differences {
                answer::row("replica-difference", || document(&difference));
                answer::fails(text(&difference));
                line(streams, &text(&difference))?;
                if matches!(difference, Difference::Offset { .. }) {
                    return Err(Stop::Exit(1));
                }
            }
            if let Some(text) = report.after(&verified) {
                line(streams, &text)?;
            }
        }
    })
}

fn said(error: OptionError) -> Stop {
    Stop::Failure(error.to_string())
}

fn told(failure: &Failure) -> Stop {
    Stop::Failure(failure.message.clone())
}

/// Reads `--time`.
fn offset(time: i64, partitions: &[At]) -> Result<OffsetAt, Stop> {
    match time {
        -1 => Ok(OffsetAt::Latest),
        -2 => Ok(OffsetAt::Earliest),
        0.. => Ok(OffsetAt::Time(TimestampMs(time))),
        _ => {
            let name = partitions.first().map(|(topic, partition)| format!("{topic}-{partition}"));
            Err(Stop::Failure(format!(
                "The target time for partition {} is {time}. The target time cannot be negative.",
                name.unwrap_or_default()
            )))
        }
    }
}

fn line(streams: &mut Streams<'_>, text: &str) -> Result<(), Stop> {
    let now = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S,%3f").to_string();
    answer::flush();
    if answer::is_unread() {
        return Err(Stop::Io(std::io::ErrorKind::BrokenPipe.into()));
    }
    writeln!(streams.out, "{now}: {text}")?;
    Ok(streams.out.flush()?)
}

fn text(difference: &Difference) -> String {
    match difference {
        Difference::Offset { at: (topic, partition), first: (a, ours), other: (b, theirs) } => {
            format!(
                "partition {topic}-{partition}: replica {a}'s offset {ours} doesn't match replica {b}'s offset {theirs}"
            )
        }
        Difference::Checksum { at: (topic, partition), offset, first: (a, ours), other: (b, theirs) } => format!(
            "partition {topic}-{partition} has unmatched checksum at offset {offset}; replica {a}'s checksum {ours}; replica {b}'s checksum {theirs}"
        ),
    }
}

fn document(difference: &Difference) -> Value {
    match difference {
        Difference::Offset { at: (topic, partition), first, other } => json!({
            "what": "offset", "topic": topic, "partition": partition,
            "replicas": [{"broker": first.0, "offset": first.1}, {"broker": other.0, "offset": other.1}],
        }),
        Difference::Checksum { at: (topic, partition), offset, first, other } => json!({
            "what": "checksum", "topic": topic, "partition": partition, "offset": offset,
            "replicas": [{"broker": first.0, "checksum": first.1}, {"broker": other.0, "checksum": other.1}],
        }),
    }
}

/// The largest lag, told once in a while.
struct Report {
    partitions: usize,
    every: i64,
    last: Instant,
    worst: Option<At>,
    offset: i64,
}

impl Report {
    fn new(partitions: usize, every: i64) -> Report {
        Report { partitions, every, last: Instant::now(), worst: None, offset: -1 }
    }

    fn after(&mut self, verified: &[Verified]) -> Option<String> {
        let mut lag = -1;
        for partition in verified {
            if partition.lag > lag {
                lag = partition.lag;
                self.offset = partition.offset;
                self.worst = Some(partition.at.clone());
            }
        }
        let early = u64::try_from(self.every).is_ok_and(|every| self.last.elapsed() <= Duration::from_millis(every));
        if early {
            return None;
        }
        self.last = Instant::now();
        answer::row("replica-lag", || {
            json!({
                "max_lag": lag,
                "topic": self.worst.as_ref().map(|(topic, _)| topic),
                "partition": self.worst.as_ref().map(|(_, partition)| partition),
                "offset": self.offset,
                "partitions": self.partitions,
            })
        });
        let name = self.worst.as_ref().map_or_else(|| "null".to_owned(), |(topic, p)| format!("{topic}-{p}"));
        Some(format!(
            "max lag is {lag} for partition {name} at offset {} among {} partitions",
            self.offset, self.partitions
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_names_the_first_of_the_largest_lags() {
        let verified = |topic: &str, offset, lag| Verified { at: (topic.to_owned(), 0), offset, lag };
        let mut report = Report::new(3, -1);
        let rows = [verified("a", 10, 0), verified("b", 7, 2), verified("c", 1, 2)];
        assert_eq!(
            report.after(&rows).as_deref(),
            Some("max lag is 2 for partition b-0 at offset 7 among 3 partitions")
        );
        assert_eq!(Report::new(1, 60_000).after(&rows), None, "it is not yet time");
        let unknown = [verified("a", 10, -11)];
        assert_eq!(
            Report::new(1, -1).after(&unknown).as_deref(),
            Some("max lag is -1 for partition null at offset -1 among 1 partitions")
        );
    }

    #[test]
    fn differences_are_told_in_kafkas_words() {
        let at = ("t1".to_owned(), 0);
        assert_eq!(
            text(&Difference::Offset { at: at.clone(), first: (1, 5), other: (2, 6) }),
            "partition t1-0: replica 1's offset 5 doesn't match replica 2's offset 6"
        );
        assert_eq!(
            text(&Difference::Checksum { at, offset: 5, first: (1, 10), other: (2, 11) }),
            "partition t1-0 has unmatched checksum at offset 5; replica 1's checksum 10; replica 2's checksum 11"
        );
    }
}
