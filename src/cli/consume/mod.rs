//! `logbus consume`.

mod format;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufWriter, Write};
use std::time::{Duration, Instant};

use format::Formatter;
pub(in crate::cli) use format::document;

use super::connect::{Connect, block_on};
use super::error::{CliError, Exit};
use super::human;
use crate::client::{At, Cluster, Consumer, ConsumerConfig, Isolation, OffsetAt, PartitionRecords, StartAt};
use crate::model::TimestampMs;

/// Read records: of partitions, from any place, or as a member of a group
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The topic
    topic: String,
    /// Only these partitions
    #[arg(short, long, value_name = "P,…", value_delimiter = ',', conflicts_with = "group")]
    partitions: Vec<i32>,
    /// Where to begin: earliest, latest, an offset, -N for the last N of each partition, or a time such as
    /// `yesterday 14:00Z`, @1700000000 or -1h [default: latest]
    #[arg(long, value_name = "WHERE", allow_hyphen_values = true, value_parser = parse_from, conflicts_with = "group")]
    from: Option<From>,
    /// Begin at the first record kept; in a group, where nothing is committed
    #[arg(long, conflicts_with = "from")]
    from_beginning: bool,
    /// Where to end: `end` for the end as it is now, an offset, or a time; both excluded
    #[arg(long, value_name = "WHERE", allow_hyphen_values = true, value_parser = parse_until, conflicts_with = "group")]
    until: Option<Until>,
    /// Stop after so many records
    #[arg(short = 'n', long, value_name = "N")]
    max_messages: Option<u64>,
    /// Stop when nothing has come for so long
    #[arg(long, value_name = "TIME", value_parser = human::parse_duration)]
    idle: Option<Duration>,
    /// Read as a member of this group, committing as it goes
    #[arg(short, long, value_name = "GROUP")]
    group: Option<String>,
    /// See nothing of open or aborted transactions
    #[arg(long)]
    read_committed: bool,
    /// value, json, or a template: {topic} {partition} {offset} {time} {timestamp} {key} {value} {headers}, \t, \n
    #[arg(short, long, value_name = "FORM", default_value = "value", value_parser = Formatter::parse)]
    format: Formatter,
    /// Consumer setting by its Java name; may be repeated
    #[arg(short = 'X', long = "property", value_name = "NAME=VALUE", value_parser = super::configs::parse_pair)]
    properties: Vec<(String, String)>,
    /// Say nothing when done
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    connect: Connect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct From(StartAt);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    End,
    Offset(i64),
    Time(i64),
}

fn parse_from(text: &str) -> Result<From, String> {
    Ok(From(match text {
        "earliest" | "beginning" | "start" => StartAt::Earliest,
        "latest" | "end" => StartAt::Latest,
        _ => match text.parse::<i64>() {
            Ok(n) if n < 0 => StartAt::BeforeEnd(-n),
            Ok(n) => StartAt::Offset(n),
            Err(_) => StartAt::Time(TimestampMs(human::parse_time(text, TimestampMs::now().0)?)),
        },
    }))
}

fn parse_until(text: &str) -> Result<Until, String> {
    Ok(match (text, text.parse::<i64>()) {
        ("end" | "latest", _) => Until::End,
        (_, Ok(n)) if n >= 0 => Until::Offset(n),
        _ => Until::Time(human::parse_time(text, TimestampMs::now().0)?),
    })
}

#[derive(Default)]
struct Seen {
    records: u64,
    bytes: u64,
}

impl Args {
    /// Runs the command.
    pub fn run(self) -> Result<Exit, CliError> {
        let (client, mut properties) = self.connect.settings()?;
        for (key, value) in &self.properties {
            properties.set(key.as_str(), value.as_str());
        }
        let mut config = ConsumerConfig::from_properties(&properties)?;
        if self.read_committed {
            config.isolation = Isolation::ReadCommitted;
        }
        if self.from_beginning {
            config.reset = Some(StartAt::Earliest);
        }
        if self.group.is_some() {
            config.group.clone_from(&self.group);
        }
        let started = Instant::now();
        let mut seen = Seen::default();
        let result = block_on(self.read(Cluster::new(client), config, &mut seen))?;
        // Before an error there is nothing to say of what was not read.
        if !self.quiet && (result.is_ok() || seen.records > 0) {
            note!(
                "read {} records, {}, in {}",
                human::grouped(seen.records as i64),
                human::size(seen.bytes as i64),
                human::duration(started.elapsed()),
            );
        }
        result.map(|()| Exit::Done)
    }

    async fn read(&self, cluster: Cluster, config: ConsumerConfig, seen: &mut Seen) -> Result<(), CliError> {
        let known = cluster.topic(&self.topic, true).await?;
        let mut ends = BTreeMap::new();
        let mut consumer = if config.group.is_some() && self.partitions.is_empty() && self.from.is_none() {
            Consumer::subscribe(cluster, config, vec![self.topic.clone()])?
        } else {
            let all = known.partitions.iter().map(|p| p.index);
            let chosen: Vec<i32> = if self.partitions.is_empty() { all.collect() } else { self.partitions.clone() };
            let from = match (self.from, self.from_beginning) {
                (Some(From(at)), _) => at,
                (None, true) => StartAt::Earliest,
                (None, false) => StartAt::Latest,
            };
            ends = self.ends(&cluster, &chosen, config.isolation).await?;
            let wanted = chosen.iter().map(|p| ((self.topic.clone(), *p), from)).collect();
            Consumer::assign(cluster, config, wanted).await?
        };
        let mut open = self.partitions_to_end(&mut consumer, &ends);
        let stdout = std::io::stdout();
        let mut out = BufWriter::with_capacity(64 << 10, stdout.lock());
        let mut last = Instant::now();
        let mut stop = std::pin::pin!(interrupted());
        let outcome = loop {
            if self.max_messages.is_some_and(|max| seen.records >= max) || (self.until.is_some() && open.is_empty()) {
                break Ok(());
            }
            let wait = self.idle.map_or(Duration::from_secs(1), |idle| idle.saturating_sub(last.elapsed()));
            let polled = tokio::select! {
                polled = consumer.poll(wait) => polled,
                () = &mut stop => break Ok(()),
            };
            let batches = match polled {
                Ok(batches) => batches,
                Err(e) => break Err(e.into()),
            };
            if !batches.is_empty() {
                last = Instant::now();
            }
            if let Err(e) = self.write(&batches, &mut consumer, &ends, &mut open, seen, &mut out) {
                break e;
            }
            if self.idle.is_some_and(|idle| last.elapsed() >= idle) {
                break Ok(());
            }
        };
        let flushed = out.flush();
        let closed = consumer.close().await;
        outcome?;
        quiet_pipe(flushed)?;
        Ok(closed?)
    }

    /// Where each partition ends, when an end was asked for.
    async fn ends(
        &self,
        cluster: &Cluster,
        chosen: &[i32],
        isolation: Isolation,
    ) -> Result<BTreeMap<At, i64>, CliError> {
        let Some(until) = self.until else { return Ok(BTreeMap::new()) };
        let all: Vec<At> = chosen.iter().map(|p| (self.topic.clone(), *p)).collect();
        if let Until::Offset(offset) = until {
            return Ok(all.into_iter().map(|at| (at, offset)).collect());
        }
        let ask = |spec| cluster.list_offsets(all.iter().map(|at| (at.clone(), spec)).collect::<Vec<_>>(), isolation);
        let latest = ask(OffsetAt::Latest).await?;
        let timed = match until {
            Until::Time(ms) => ask(OffsetAt::Time(TimestampMs(ms))).await?,
            _ => BTreeMap::new(),
        };
        let mut ends = BTreeMap::new();
        for (at, found) in latest {
            let end = found.map_err(|code| {
                crate::client::ClientError::refused(format!("cannot find the end of {}-{}", at.0, at.1), code, None)
            })?;
            let by_time = timed.get(&at).and_then(|t| t.as_ref().ok()).map(|t| t.offset).filter(|&o| o >= 0);
            ends.insert(at, by_time.unwrap_or(end.offset));
        }
        Ok(ends)
    }

    fn partitions_to_end(&self, consumer: &mut Consumer, ends: &BTreeMap<At, i64>) -> BTreeSet<At> {
        let positions: Vec<(At, i64)> = consumer.positions().map(|(at, next)| (at.clone(), next)).collect();
        let mut open = BTreeSet::new();
        for (at, next) in positions {
            if ends.get(&at).is_some_and(|&end| next >= end) {
                consumer.drop_partition(&at.0, at.1);
            } else {
                open.insert(at);
            }
        }
        open
    }

    /// Writes records; the error is how the whole command shall end.
    fn write(
        &self,
        batches: &[PartitionRecords],
        consumer: &mut Consumer,
        ends: &BTreeMap<At, i64>,
        open: &mut BTreeSet<At>,
        seen: &mut Seen,
        out: &mut impl Write,
    ) -> Result<(), Result<(), CliError>> {
        for records in batches {
            let at = (records.topic.clone(), records.partition);
            let end = ends.get(&at).copied();
            if end.is_some() && !open.contains(&at) {
                continue;
            }
            if self.max_messages.is_some_and(|max| seen.records >= max) {
                consumer.used_until(&at.0, at.1, records.start());
                continue;
            }
            let mut failed = Ok(());
            let mut finished = false;
            let next = records.for_each(|record| {
                if end.is_some_and(|end| record.offset.0 >= end) {
                    finished = true;
                    return false;
                }
                seen.records += 1;
                seen.bytes += record.size_in_bytes as u64;
                failed = self.format.write(&records.topic, records.partition, record, out);
                failed.is_ok() && self.max_messages.is_none_or(|max| seen.records < max)
            });
            let next = next.map_err(|e| Err(e.into()))?;
            consumer.used_until(&at.0, at.1, next);
            if let Err(e) = failed {
                return Err(quiet_pipe(Err(e)).map_err(CliError::from));
            }
            if finished || end.is_some_and(|end| next >= end) {
                open.remove(&at);
                consumer.drop_partition(&at.0, at.1);
            }
        }
        // A person, or the next command of a pipe, sees records when they come, not when a buffer is full.
        quiet_pipe(out.flush()).map_err(|e| Err(e.into()))
    }
}

/// A reader of our output that has gone away is no fault.
fn quiet_pipe(result: std::io::Result<()>) -> std::io::Result<()> {
    match result {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Ends when somebody asks the command to end.
pub(super) async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_offsets_counts_from_the_end_and_times() {
        assert_eq!(parse_from("earliest"), Ok(From(StartAt::Earliest)));
        assert_eq!(parse_from("42"), Ok(From(StartAt::Offset(42))));
        assert_eq!(parse_from("-10"), Ok(From(StartAt::BeforeEnd(10))));
        assert_eq!(parse_from("@1700000000"), Ok(From(StartAt::Time(TimestampMs(1_700_000_000_000)))));
        assert!(matches!(parse_from("-1h"), Ok(From(StartAt::Time(_)))));
        assert!(parse_from("sometime").is_err());
        assert_eq!(parse_until("end"), Ok(Until::End));
        assert_eq!(parse_until("7"), Ok(Until::Offset(7)));
    }
}
