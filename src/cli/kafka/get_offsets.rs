//! `kafka-get-offsets.sh` (`org.apache.kafka.tools.GetOffsetShell`).

use std::collections::BTreeSet;

use super::answer;
use super::cluster::{Failure, block_on, connect};
use super::java::{TopicPattern, plain_addresses};
use super::jopt::{Opt, OptionError, Options, Type, parse};
use super::usage::{HELP, Stop, Streams, VERSION, help_or_version, require};
use crate::client::{Isolation, OffsetAt};
use crate::model::TimestampMs;
use crate::ops::offsets;

const ABOUT: &str = "An interactive shell for getting topic-partition offsets.";

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::required(
        "bootstrap-server",
        Type::String,
        "HOST1:PORT1,...,HOST3:PORT3",
        "REQUIRED. HOST:PORT of one or more brokers.",
    ),
    Opt::required("command-config", Type::String, "config file", "A properties file for the admin client."),
    Opt::flag("exclude-internal-topics", "Leave out the cluster's own topics."),
    HELP,
    Opt::required("partitions", Type::String, "partition ids", "Only these partitions, \"0,1\"."),
    Opt::required(
        "time",
        Type::String,
        "<timestamp> / -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / -5 or latest-tiered / -6 or earliest-pending-upload",
        "Which offset: one of the ends, or that of the first record at or after a time in milliseconds.",
    )
    .or("latest"),
    Opt::required("topic", Type::String, "topic", "The topic; a regular expression. All topics without it."),
    Opt::required(
        "topic-partitions",
        Type::String,
        "topic1:1,topic2:0-3,topic3,topic4:5-,topic5:-3",
        "Topics, each a regular expression, with their partitions: one, a range whose end does not count, all. In place of --topic and --partitions.",
    ),
    VERSION,
];

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    if args.is_empty() {
        return Err(Stop::Usage(ABOUT.to_owned()));
    }
    let options = parse(OPTIONS, args).map_err(said)?;
    help_or_version(&options, false, ABOUT, streams)?;
    require(&options, &["bootstrap-server"])?;
    if !plain_addresses(options.value("bootstrap-server").map_err(said)?.unwrap_or_default()) {
        return Err(Stop::Usage("Please provide valid host:port like host1:9091,host2:9092\n".to_owned()));
    }
    if options.has("topic-partitions") && (options.has("topic") || options.has("partitions")) {
        return Err(occurred("--topic-partitions cannot be used with --topic or --partitions"));
    }
    let at = offset(options.value("time").map_err(said)?.unwrap_or_default())?;
    let rules = rules(&options)?;
    let include_internal = !options.has("exclude-internal-topics");
    let cluster = connect(&options).map_err(|failure| occurred(&failure.message))?;
    block_on(async {
        let failed = |error: crate::ops::OpsError, call: &str| occurred(&Failure::of_error(&error, call).to_string());
        let wanted = |topic: &str, partition: i32| rules.iter().any(|rule| rule.takes(topic, partition));
        let mut all =
            offsets::partitions(&cluster, include_internal, wanted).await.map_err(|e| failed(e, "listTopics"))?;
        if all.is_empty() {
            return Err(occurred("Could not match any topic-partitions with the specified filters"));
        }
        all.sort_by_cached_key(|(topic, partition)| format!("{topic}-{partition}"));
        let found = offsets::look_up(&cluster, &all, at, Isolation::ReadUncommitted).await;
        let found = found.map_err(|error| failed(error, "listOffsets"))?;
        answer::rows("offsets", found.iter().filter(|row| row.error.is_none() && row.offset.is_some()));
        let mut lines = Vec::new();
        for row in found {
            let (topic, partition) = (row.topic, row.partition);
            match (row.error, row.offset) {
                (Some(code), _) => {
                    let failure = Failure::of_code(code, None);
                    writeln!(
                        streams.err,
                        "Skip getting offsets for topic-partition {topic}-{partition} due to error: {failure}"
                    )?;
                }
                (None, Some(offset)) => lines.push(format!("{topic}:{partition}:{offset}\n")),
                (None, None) => {}
            }
        }
        Ok(streams.out.write_all(lines.concat().as_bytes())?)
    })
}

fn occurred(text: &str) -> Stop {
    Stop::Failure(format!("Error occurred: {text}"))
}

fn said(error: OptionError) -> Stop {
    occurred(&error.to_string())
}

/// Reads `--time`.
fn offset(text: &str) -> Result<OffsetAt, Stop> {
    Ok(match text {
        "-1" | "latest" => OffsetAt::Latest,
        "-2" | "earliest" => OffsetAt::Earliest,
        "-3" | "max-timestamp" => OffsetAt::MaxTimestamp,
        "-4" | "earliest-local" => OffsetAt::EarliestLocal,
        "-5" | "latest-tiered" => OffsetAt::LatestTiered,
        "-6" | "earliest-pending-upload" => OffsetAt::EarliestPendingUpload,
        time => OffsetAt::Time(TimestampMs(time.parse().map_err(|_| {
            occurred(&format!(
                "Malformed time argument {text}. Please use -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / -5 or latest-tiered / -6 or earliest-pending-upload, or a specified long format timestamp"
            ))
        })?)),
    })
}

/// Which partitions are meant.
#[derive(Debug)]
struct Rule {
    topic: TopicPattern,
    partitions: Partitions,
}

#[derive(Debug, PartialEq, Eq)]
enum Partitions {
    /// These; none stands for all.
    Set(BTreeSet<i32>),
    /// From the first on, up to but without the second.
    Range(i32, i32),
}

impl Rule {
    fn takes(&self, topic: &str, partition: i32) -> bool {
        let fits = match &self.partitions {
            Partitions::Set(set) => set.is_empty() || set.contains(&partition),
            Partitions::Range(from, to) => (*from..*to).contains(&partition),
        };
        fits && self.topic.matches(topic)
    }
}

fn rules(options: &Options) -> Result<Vec<Rule>, Stop> {
    let pattern = |text: &str| TopicPattern::new(text).map_err(|text| occurred(&text));
    if let Some(list) = options.value("topic-partitions").map_err(said)? {
        return list.split(',').map(|text| rule(text, pattern)).collect();
    }
    let topic = pattern(options.value("topic").map_err(said)?.unwrap_or(".*"))?;
    let text = options.value("partitions").map_err(said)?.unwrap_or_default();
    let ids = text.split(',').filter(|_| !text.is_empty()).map(str::parse);
    let set = ids.collect::<Result<BTreeSet<i32>, _>>().map_err(|_| {
        occurred(&format!("--partitions expects a comma separated list of numeric partition ids, but received: {text}"))
    })?;
    Ok(vec![Rule { topic, partitions: Partitions::Set(set) }])
}

/// Reads `TOPIC`, `TOPIC:1`, `TOPIC:0-3`, `TOPIC:5-`, `TOPIC:-3`; the topic may be left out.
fn rule(text: &str, pattern: impl Fn(&str) -> Result<TopicPattern, Stop>) -> Result<Rule, Stop> {
    let invalid = || occurred(&format!("org.apache.kafka.tools.TerseException: Invalid rule specification: {text}"));
    let (topic, partitions) = text.split_once(':').unwrap_or((text, ""));
    if !partitions.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return Err(invalid());
    }
    let number = |text: &str, otherwise: i32| {
        if text.is_empty() {
            Ok(otherwise)
        } else {
            text.parse().map_err(|_| occurred(&format!("For input string: \"{text}\"")))
        }
    };
    let partitions = match partitions.split_once('-') {
        Some((_, to)) if to.contains('-') => return Err(invalid()),
        Some((from, to)) => Partitions::Range(number(from, 0)?, number(to, i32::MAX)?),
        None if partitions.is_empty() => Partitions::Range(0, i32::MAX),
        None => Partitions::Set(BTreeSet::from([number(partitions, 0)?])),
    };
    Ok(Rule { topic: pattern(if topic.is_empty() { ".*" } else { topic })?, partitions })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Result<Vec<Rule>, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        rules(&parse(OPTIONS, &words).unwrap()).map_err(|stop| match stop {
            Stop::Failure(text) => text,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn partitions_are_named_one_by_one_or_by_ranges() {
        let rules = of("--topic-partitions a:1,b:0-3,c.,d:5-,:-2").unwrap();
        let taken =
            |topic: &str| -> Vec<i32> { (0..8).filter(|p| rules.iter().any(|rule| rule.takes(topic, *p))).collect() };
        assert_eq!(taken("a"), [0, 1]);
        assert_eq!(taken("b"), [0, 1, 2]);
        assert_eq!(taken("cx"), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(taken("d"), [0, 1, 5, 6, 7]);
        assert_eq!(taken("e"), [0, 1]);
        assert!(of("--topic a --partitions 1,7").unwrap()[0].takes("a", 7));
    }

    #[test]
    fn what_is_no_partition_is_refused_in_kafkas_words() {
        assert_eq!(
            of("--topic-partitions a:x").unwrap_err(),
            "Error occurred: org.apache.kafka.tools.TerseException: Invalid rule specification: a:x"
        );
        assert_eq!(
            of("--partitions x").unwrap_err(),
            "Error occurred: --partitions expects a comma separated list of numeric partition ids, but received: x"
        );
        assert!(offset("x").is_err());
        assert_eq!(offset("-6").unwrap(), OffsetAt::EarliestPendingUpload);
    }
}
