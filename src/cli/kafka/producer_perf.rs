//! `kafka-producer-perf-test.sh` (`org.apache.kafka.tools.ProducerPerformance`).

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::argparse::{Argument, Group, Parser, Refused, Type};
use super::cluster::{Failure, block_on, resolved};
use super::java::millis;
use super::producer_perf_plan::Plan;
use super::producer_perf_stats::Stats;
use super::usage::{Stop, Streams};
use crate::client::{ClientError, Cluster, Delivery, Producer, ProducerConfig, ProducerRecord};
use crate::model::{ErrorCode, TimestampMs};
use crate::ops::OpsError;

const PARSER: Parser = Parser {
    prog: "kafka-producer-perf-test",
    description: "This tool is used to verify the producer performance. To enable transactions, you can specify a transactional id or set a transaction duration using --transaction-duration-ms. There are three ways to specify the transactional id: set transactional.id=<id> via --command-property, set transactional.id=<id> in the config file via --command-config, or use --transactional-id <id>.",
    arguments: ARGUMENTS,
    group: Group::Described(
        "Note that you must provide exactly one of --record-size, --payload-file or --payload-monotonic.",
    ),
    before: &[],
    after: &[],
};

const ARGUMENTS: &[Argument] = &[
    Argument::HELP,
    Argument::one(
        &["--bootstrap-server"],
        Type::String,
        "BOOTSTRAP-SERVER",
        "The server(s) to connect to. This config takes precedence over bootstrap.servers specified via --command-property or --command-config.",
    ),
    Argument::one(&["--topic"], Type::String, "TOPIC", "Produce records to this topic.").required(),
    Argument::one(&["--num-records"], Type::Long, "NUM-RECORDS", "Number of records to produce.").required(),
    Argument::one(
        &["--record-size"],
        Type::Integer,
        "RECORD-SIZE",
        "Record size in bytes. Note that you must provide exactly one of --record-size, --payload-file or --payload-monotonic.",
    )
    .exclusive(),
    Argument::one(
        &["--payload-file"],
        Type::String,
        "PAYLOAD-FILE",
        "File to read the record payloads from. This works only for UTF-8 encoded text files. Payloads will be read from this file and a payload will be randomly selected when sending records. Note that you must provide exactly one of --record-size, --payload-file or --payload-monotonic.",
    )
    .exclusive(),
    Argument::flag(
        &["--payload-monotonic"],
        "Payload is a monotonically increasing integer. Note that you must provide exactly one of --record-size, --payload-file or --payload-monotonic.",
    )
    .exclusive(),
    Argument::one(
        &["--payload-delimiter"],
        Type::String,
        "PAYLOAD-DELIMITER",
        "Provides the delimiter to be used when --payload-file is provided. Defaults to new line. Note that this parameter will be ignored if --payload-file is not provided.",
    )
    .or("\\n"),
    Argument::one(
        &["--throughput"],
        Type::Double,
        "THROUGHPUT",
        "Throttle maximum record throughput to *approximately* THROUGHPUT records/sec. Set this to -1 to disable throttling.",
    )
    .required(),
    Argument::words(
        &["--producer-props"],
        "PROP-NAME=PROP-VALUE",
        "(DEPRECATED) Kafka producer related configuration properties like client.id. These configs take precedence over those passed via --command-config or --producer.config. This option will be removed in a future version. Use --command-property instead. Example: --command-property linger.ms=10 batch.size=32768",
    ),
    Argument::words(
        &["--command-property"],
        "PROP-NAME=PROP-VALUE",
        "Kafka producer related configuration properties like client.id. These configs take precedence over those passed via --command-config or --producer.config. Example: --command-property linger.ms=10 batch.size=32768",
    ),
    Argument::one(
        &["--producer.config"],
        Type::String,
        "CONFIG-FILE",
        "(DEPRECATED) Producer config properties file. This option will be removed in a future version. Use --command-config instead.",
    ),
    Argument::one(&["--command-config"], Type::String, "CONFIG-FILE", "Producer config properties file."),
    Argument::flag(&["--print-metrics"], "Print out metrics at the end of the test."),
    Argument::one(
        &["--transactional-id"],
        Type::String,
        "TRANSACTIONAL-ID",
        "The transactional id to use. This config takes precedence over the transactional.id specified via --command-property or --command-config. Note that if the transactional id is not specified while --transaction-duration-ms is provided, the default value for the transactional id will be performance-producer- followed by a random uuid.",
    ),
    Argument::one(
        &["--transaction-duration-ms"],
        Type::Long,
        "TRANSACTION-DURATION",
        "The maximum duration of each transaction. The commitTransaction will be called after this time has elapsed. The value should be greater than 0. If the transactional id is specified via --command-property, --command-config or --transactional-id but --transaction-duration-ms is not specified, the default value will be 3000.",
    ),
    Argument::one(
        &["--warmup-records"],
        Type::Long,
        "WARMUP-RECORDS",
        "The number of records to treat as warmup. These initial records will not be included in steady-state statistics. An additional summary line will be printed describing the steady-state statistics.",
    )
    .or("0"),
    Argument::one(
        &["--reporting-interval"],
        Type::Long,
        "INTERVAL-MS",
        "Interval in milliseconds at which to print progress info.",
    )
    .or("5000"),
];

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let plan = match PARSER.parse(args).and_then(|options| Plan::check(&options).map(|()| options)) {
        Ok(options) => Plan::read(&options, streams)?,
        Err(_) if args.is_empty() => {
            streams.out.write_all(PARSER.help().as_bytes())?;
            return Ok(());
        }
        // Kafka's tool takes its own help for an error.
        Err(Refused::Help) => {
            streams.out.write_all(PARSER.help().as_bytes())?;
            return Err(Stop::Exit(1));
        }
        Err(Refused::Error(message, unknown)) => {
            let text = PARSER.error(&message, unknown.as_deref());
            return Err(Stop::Failure(text.trim_end().to_owned()));
        }
    };
    let construct = |_| Stop::uncaught("org.apache.kafka.common.KafkaException", "Failed to construct kafka producer");
    let invalid = |error: ClientError| Stop::uncaught("org.apache.kafka.common.config.ConfigException", error);
    if plan.properties.get("bootstrap.servers").is_none() {
        let text = "Missing required configuration \"bootstrap.servers\" which has no default value.";
        return Err(Stop::uncaught("org.apache.kafka.common.config.ConfigException", text));
    }
    let config = ProducerConfig {
        report_deliveries: true,
        ..ProducerConfig::from_properties(&plan.properties).map_err(invalid)?
    };
    let client = resolved(None, &plan.properties).map_err(construct)?;
    streams.out.flush()?;
    block_on(Run::new(plan, Producer::new(Cluster::new(client), config)).go(streams))
}

/// A record under way.
struct Sent {
    at: i64,
    bytes: usize,
    steady: bool,
}

struct Run {
    plan: Plan,
    producer: Producer,
    stats: Stats,
    steady: Option<Stats>,
    /// By partition, in the order of sending, which is that of the answers.
    under_way: HashMap<i32, VecDeque<Sent>>,
    failed: bool,
}

impl Run {
    fn new(plan: Plan, producer: Producer) -> Run {
        let stats = Stats::new(plan.records, plan.interval, false);
        Run { plan, producer, stats, steady: None, under_way: HashMap::new(), failed: false }
    }

    async fn go(mut self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        if self.plan.warmup > 0 {
            writeln!(
                streams.out,
                "Warmup first {} records. Steady state results will print after the complete test summary.",
                self.plan.warmup
            )?;
            streams.out.flush()?;
        }
        if self.plan.transaction.is_some() {
            match self.producer.init_transactions().await {
                Ok(()) => {}
                Err(ClientError::Refused { code, .. }) => {
                    let text = format!("Unexpected error in InitProducerIdResponse; {}", code.message());
                    return Err(Stop::uncaught("org.apache.kafka.common.KafkaException", text));
                }
                Err(error) => {
                    self.fail(&error, streams)?;
                    return Err(Stop::Exit(1));
                }
            }
        }
        self.send_all(streams).await?;
        // The last answers come one by one: each is counted when it comes, not when all are there.
        while !self.failed {
            let more = self.producer.drain().await;
            self.count(streams)?;
            match more {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => self.fail(&error, streams)?,
            }
        }
        self.count(streams)?;
        streams.out.write_all(self.stats.summary().as_bytes())?;
        if let Some(steady) = &mut self.steady {
            streams.out.write_all(steady.summary().as_bytes())?;
        }
        if self.plan.print_metrics {
            streams.out.flush()?;
            writeln!(streams.err, "--print-metrics has nothing to print: the metrics are those of the Java client")?;
        }
        if self.failed { Err(Stop::Exit(1)) } else { Ok(()) }
    }

    async fn send_all(&mut self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        let topic = self.plan.topic.clone();
        let mut throttle = Throttle::new(self.plan.throughput);
        let mut open_since = None;
        for n in 0..self.plan.records {
            if self.plan.warmup > 0 && n == self.plan.warmup {
                self.steady = Some(Stats::new(self.plan.records - n, self.plan.interval, true));
                self.stats.be_silent();
            }
            let value = self.plan.payload.next(n);
            let bytes = value.len();
            if self.plan.transaction.is_some() && open_since.is_none() {
                if let Err(error) = self.producer.begin_transaction() {
                    return self.fail(&error, streams);
                }
                open_since = Some(millis());
            }
            let at = millis();
            let record = ProducerRecord {
                topic: &topic,
                value: Some(value),
                timestamp: Some(TimestampMs(at)),
                ..ProducerRecord::default()
            };
            match self.producer.send(&record).await {
                Ok(partition) => {
                    let sent = Sent { at, bytes, steady: self.steady.is_some() };
                    self.under_way.entry(partition).or_default().push_back(sent);
                }
                // One record too large says nothing about the next.
                Err(error) if error.code() == Some(ErrorCode::MessageTooLarge) && self.producer.failure().is_none() => {
                    writeln!(streams.err, "{}", Failure::of_error(&OpsError::Client(error), "produce"))?;
                }
                Err(error) => {
                    self.count(streams)?;
                    return self.fail(&error, streams);
                }
            }
            self.count(streams)?;
            if let (Some(duration), Some(since)) = (self.plan.transaction, open_since)
                && duration <= at - since
            {
                self.commit(streams).await?;
                open_since = None;
            }
            if let Some(pause) = throttle.pause(n, at).filter(|_| !self.failed) {
                self.wait(pause, streams).await?;
            }
            if self.failed {
                return Ok(());
            }
        }
        if open_since.is_some() {
            self.commit(streams).await?;
        }
        Ok(())
    }

    /// Commits what is open; the answers that it waits for are counted one by one.
    async fn commit(&mut self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        loop {
            let more = self.producer.drain().await;
            self.count(streams)?;
            match more {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => return self.fail(&error, streams),
            }
        }
        match self.producer.commit_transaction().await {
            Ok(()) => Ok(()),
            Err(error) => self.fail(&error, streams),
        }
    }

    /// Waits, and takes what answers come meanwhile.
    async fn wait(&mut self, pause: Duration, streams: &mut Streams<'_>) -> Result<(), Stop> {
        let mut over = std::pin::pin!(tokio::time::sleep(pause));
        loop {
            let driven = tokio::select! {
                () = &mut over => return Ok(()),
                driven = self.producer.drive() => driven,
            };
            self.count(streams)?;
            if let Err(error) = driven {
                return self.fail(&error, streams);
            }
        }
    }

    /// Kafka's tool prints the same trace for each of the records that follow; here the first ends the run.
    fn fail(&mut self, error: &ClientError, streams: &mut Streams<'_>) -> Result<(), Stop> {
        self.failed = true;
        streams.out.flush()?;
        writeln!(streams.err, "{}", Failure::of_error(&OpsError::Client(error.clone()), "produce"))?;
        Ok(())
    }

    /// Counts what was acknowledged since the last call.
    fn count(&mut self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        let deliveries = self.producer.take_deliveries();
        if deliveries.is_empty() {
            return Ok(());
        }
        let now = millis();
        for Delivery { partition, count, result, .. } in deliveries {
            let Some(queue) = self.under_way.get_mut(&partition) else { continue };
            for sent in queue.drain(..queue.len().min(count as usize)) {
                if result.is_err() {
                    continue;
                }
                let latency = (now - sent.at) as i32;
                let lines = self.stats.record(latency, sent.bytes, now);
                let steady = self.steady.as_mut().filter(|_| sent.steady);
                let more = steady.and_then(|steady| steady.record(latency, sent.bytes, now));
                for lines in [lines, more].into_iter().flatten() {
                    streams.out.write_all(lines.as_bytes())?;
                    streams.out.flush()?;
                }
            }
        }
        Ok(())
    }
}

/// Holds a sequence of records to a rate (`org.apache.kafka.server.util.ThroughputThrottler`): short pauses are saved up
/// until they are long enough to sleep.
pub(super) struct Throttle {
    target: f64,
    start: i64,
    step: Duration,
    owed: Duration,
}

impl Throttle {
    const SHORTEST: Duration = Duration::from_millis(2);

    pub(super) fn new(target: f64) -> Throttle {
        let step = if target > 0.0 { Duration::try_from_secs_f64(1.0 / target) } else { Ok(Duration::MAX) };
        Throttle { target, start: millis(), step: step.unwrap_or(Duration::MAX), owed: Duration::ZERO }
    }

    /// How long to wait behind record `n`, sent at `now`; a rate of 0 waits forever.
    pub(super) fn pause(&mut self, n: i64, now: i64) -> Option<Duration> {
        let seconds = (now - self.start) as f32 / 1000.0;
        if self.target < 0.0 || seconds <= 0.0 || n as f64 / f64::from(seconds) <= self.target {
            return None;
        }
        self.owed = self.owed.saturating_add(self.step);
        (self.owed >= Throttle::SHORTEST)
            .then(|| std::mem::take(&mut self.owed).min(Duration::from_secs(u32::MAX.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_is_kafkas() {
        assert_eq!(PARSER.help(), include_str!("../../../tests/golden/kafka-producer-perf-test.help"));
    }

    fn said(line: &[&str]) -> (u8, String, String) {
        let args: Vec<String> = line.iter().map(|&word| word.to_owned()).collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut streams = Streams { out: &mut out, err: &mut err };
        let code = run(&args, &mut streams).map_or_else(|stop| stop.finish(&[], &mut streams), |()| 0);
        (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    #[test]
    fn no_words_print_the_help_and_so_does_asking_for_it_which_fails() {
        assert_eq!(said(&[]), (0, PARSER.help(), String::new()));
        assert_eq!(said(&["--help"]), (1, PARSER.help(), String::new()));
    }

    #[test]
    fn a_rate_is_held_by_pauses_that_are_long_enough_to_sleep() {
        let mut throttle = Throttle::new(1_000.0);
        assert_eq!(throttle.pause(500, throttle.start + 1_000), None, "below the rate");
        assert_eq!(throttle.pause(1_001, throttle.start + 1_000), None, "1 ms is too short");
        assert_eq!(throttle.pause(1_002, throttle.start + 1_000), Some(Duration::from_millis(2)));
        assert_eq!(Throttle::new(-1.0).pause(1_000_000, i64::MAX), None);
        assert!(Throttle { start: 0, ..Throttle::new(0.0) }.pause(1, 1_000) > Some(Duration::from_secs(3_600)));
    }
}
