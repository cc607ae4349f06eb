//! `logbus copy` and `logbus redrive`.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::connect::{Connect, block_on};
use super::error::{CliError, Exit};
use super::human;
use super::output::Output;
use super::table::Table;
use crate::client::{ClientConfig, Cluster, ProducerConfig, Properties, StartAt, parse_bootstrap};
use crate::model::TimestampMs;
use crate::ops::copy::{self, Filter, Job, Partitioning, Report, Resume, Route, Seen, Until};

/// Headers in which those who write dead-letter topics note where a record came from.
const ORIGINS: [&str; 4] = ["kafka_dlt-original-topic", "__connect.errors.topic", "x-original-topic", "original-topic"];

/// Copy records of a topic into another one, of this cluster or of another
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  logbus copy orders orders-copy
  logbus copy orders orders --to-bootstrap-server other:9092 --state orders.copy --rate 10000
  logbus copy orders suspicious --key-regex '^customer-(7|9)' --since -1h --by-key
  logbus copy orders mirror --follow --group mirror-orders

With --state or --group a copy that was killed goes on where it was: run the same line again. Records that it had sent
and not noted are found at the end of the destination, counted, and not sent twice.")]
pub struct CopyArgs {
    /// The topic to read
    #[arg(value_name = "FROM")]
    from: String,
    /// The topic to write; it must be there
    #[arg(value_name = "TO")]
    to: String,
    /// Choose partitions by key, instead of keeping them
    #[arg(long)]
    by_key: bool,
    /// Go on with what comes, instead of stopping where the topic ends now
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    common: Common,
}

/// Send records of a dead-letter topic back to where they came from
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  logbus redrive orders.DLT --dry-run            count what would be sent
  logbus redrive orders.DLT                      to the topics that the records' headers name
  logbus redrive orders.DLT orders --header error=timeout --rate 100

It commits how far it is as the group logbus-redrive-TOPIC, so that no record is sent back twice: a second run sends what
came since. --group names another group, --state a file instead.")]
pub struct RedriveArgs {
    /// The dead-letter topic
    #[arg(value_name = "FROM")]
    from: String,
    /// Where all records go; without it, the topic that a header of each names
    #[arg(value_name = "TO")]
    to: Option<String>,
    /// The header that names the topic; may be repeated [default: those of Spring and Kafka Connect]
    #[arg(long = "origin-header", value_name = "NAME", conflicts_with = "to")]
    origins: Vec<String>,
    /// Keep the partition that a record has in the dead-letter topic, instead of choosing it by key
    #[arg(long)]
    keep_partition: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Common {
    /// Another cluster to write to
    #[arg(long, value_name = "HOST:PORT,…")]
    to_bootstrap_server: Option<String>,
    /// Java client properties for that cluster
    #[arg(long, value_name = "FILE")]
    to_command_config: Option<PathBuf>,
    /// Only these partitions
    #[arg(short, long, value_name = "P,…", value_delimiter = ',')]
    partitions: Vec<i32>,
    /// Only records with this key
    #[arg(long, value_name = "TEXT")]
    key: Option<String>,
    /// Only records whose key matches
    #[arg(long, value_name = "REGEX", value_parser = parse_regex)]
    key_regex: Option<regex::bytes::Regex>,
    /// Only records with this header, and this value if one is given; may be repeated
    #[arg(long = "header", value_name = "NAME[=VALUE]")]
    headers: Vec<String>,
    /// Only records at or after a time: 2026-11-22T00:00:00Z, `yesterday 14:00Z`, -1h
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = parse_time)]
    since: Option<i64>,
    /// Only records before a time
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = parse_time)]
    before: Option<i64>,
    /// Stop after so many records
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<u64>,
    /// Records a second at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    rate: Option<u64>,
    /// Bytes of records a second at most, 10MB for instance
    #[arg(long, value_name = "RATE", value_parser = crate::cli::partitions::carry_out::rate)]
    byte_rate: Option<u64>,
    /// Keep in this file how far it is, and go on from there
    #[arg(long, value_name = "FILE", conflicts_with = "group")]
    state: Option<PathBuf>,
    /// Commit how far it is as this group, and go on from there
    #[arg(short, long, value_name = "GROUP")]
    group: Option<String>,
    /// none, gzip, snappy, lz4, zstd
    #[arg(short = 'z', long, value_name = "CODEC")]
    compression: Option<String>,
    /// Count what would be sent, send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

fn parse_regex(text: &str) -> Result<regex::bytes::Regex, String> {
    regex::bytes::Regex::new(text).map_err(|e| e.to_string().lines().last().unwrap_or_default().to_owned())
}

fn parse_time(text: &str) -> Result<i64, String> {
    human::parse_time(text, TimestampMs::now().0)
}

impl CopyArgs {
    /// Runs the command.
    pub fn run(self) -> Result<Exit, CliError> {
        let partitioning = if self.by_key { Partitioning::ByKey } else { Partitioning::Keep };
        let until = if self.follow { Until::Never } else { Until::End };
        let resume = self.common.resume().unwrap_or(Resume::No);
        self.common.carry_out(self.from.clone(), Route::Topic(self.to.clone()), partitioning, until, resume)
    }
}

impl RedriveArgs {
    /// Runs the command.
    pub fn run(self) -> Result<Exit, CliError> {
        let partitioning = if self.keep_partition { Partitioning::Keep } else { Partitioning::ByKey };
        let origins = ORIGINS.map(str::to_owned).to_vec();
        let route = match &self.to {
            Some(topic) => Route::Topic(topic.clone()),
            None => Route::Header(if self.origins.is_empty() { origins } else { self.origins.clone() }),
        };
        let own = || Resume::Group(format!("logbus-redrive-{}", self.from));
        let resume = self.common.resume().unwrap_or_else(own);
        self.common.carry_out(self.from.clone(), route, partitioning, Until::End, resume)
    }
}

impl Common {
    fn resume(&self) -> Option<Resume> {
        let file = self.state.clone().map(Resume::File);
        file.or_else(|| self.group.clone().map(Resume::Group))
    }

    fn filter(&self) -> Filter {
        let header = |text: &String| match text.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (text.clone(), None),
        };
        Filter {
            key: self.key.clone(),
            key_regex: self.key_regex.clone(),
            headers: self.headers.iter().map(header).collect(),
            since_ms: self.since,
            before_ms: self.before,
        }
    }

    /// The cluster that is written, and how.
    fn destination(
        &self,
        source: &ClientConfig,
        properties: &Properties,
    ) -> Result<(Cluster, ProducerConfig), CliError> {
        let mut own = match &self.to_command_config {
            Some(path) => Properties::load(path).map_err(|e| CliError::file("read", path, &e))?,
            None => Properties::default(),
        };
        let mut config = match (&self.to_bootstrap_server, &self.to_command_config) {
            (None, None) => {
                own = properties.clone();
                source.clone()
            }
            (Some(list), None) => {
                let mut config = source.clone();
                config.bootstrap = parse_bootstrap(list)?;
                config
            }
            (list, Some(_)) => {
                let from_file = own.get("bootstrap.servers").map(str::to_owned);
                let list = list.clone().or(from_file).ok_or_else(|| {
                    CliError::usage("--to-command-config names no bootstrap.servers: add --to-bootstrap-server")
                })?;
                ClientConfig::from_properties(Some(&list), &own)?
            }
        };
        config.set_timeout(self.connect.timeout());
        if own.get("batch.size").is_none() {
            own.set("batch.size", "262144");
        }
        if let Some(codec) = &self.compression {
            own.set("compression.type", codec.as_str());
        }
        let mut producer = ProducerConfig::from_properties(&own)?;
        // Whether a record is too large is for the destination to say.
        producer.max_request_size = producer.max_request_size.max(64 << 20);
        Ok((Cluster::new(config), producer))
    }

    fn carry_out(
        &self,
        from: String,
        route: Route,
        partitioning: Partitioning,
        until: Until,
        resume: Resume,
    ) -> Result<Exit, CliError> {
        let (config, properties) = self.connect.settings()?;
        let (destination, producer) = self.destination(&config, &properties)?;
        let job = Job {
            source: Cluster::new(config),
            destination,
            from,
            route,
            partitioning,
            partitions: (!self.partitions.is_empty()).then(|| self.partitions.clone()),
            start: self.since.map_or(StartAt::Earliest, |ms| StartAt::Time(TimestampMs(ms))),
            until,
            filter: self.filter(),
            limit: self.limit,
            records_per_second: self.rate.map(|n| n as f64),
            bytes_per_second: self.byte_rate,
            resume,
            producer,
            dry_run: self.dry_run,
        };
        let stop = Arc::new(AtomicBool::new(false));
        let bar = Bar::new();
        let report = block_on(async {
            let flag = Arc::clone(&stop);
            tokio::spawn(async move {
                super::consume::interrupted().await;
                flag.store(true, Ordering::Release);
            });
            copy::run(&job, &stop, |seen| bar.show(&seen)).await
        })?;
        bar.finish();
        self.report(&job, &report?)
    }

    fn report(&self, job: &Job, report: &Report) -> Result<Exit, CliError> {
        self.output.pages(
            "copy",
            report,
            || vec![report.from.clone()],
            |_| text(report, self.dry_run),
            |_| table(report),
        )?;
        if report.interrupted {
            match &job.resume {
                Resume::No => note!("it cannot go on from here: --state FILE or --group GROUP keep how far it is"),
                Resume::File(path) => note!("the same line again goes on from {}", path.display()),
                Resume::Group(group) => note!("the same line again goes on from what group {group} has committed"),
            }
            return Ok(Exit::Partly);
        }
        if report.counts.unrouted > 0 {
            let n = report.counts.unrouted;
            CliError::failed(format!("{n} records have no header that says where they came from"))
                .with_hint("name a topic for them, or the header with --origin-header")
                .print();
            return Ok(Exit::Partly);
        }
        Ok(Exit::Done)
    }
}

fn text(report: &Report, dry_run: bool) -> String {
    let counts = &report.counts;
    let n = |n: u64| human::grouped(i64::try_from(n).unwrap_or(i64::MAX));
    let verb = if dry_run { "would copy" } else { "copied" };
    let size = human::size(i64::try_from(counts.bytes).unwrap_or(i64::MAX));
    let mut text = format!(
        "{verb} {} records, {size}, in {}",
        n(counts.copied),
        human::duration(Duration::from_millis(report.took_ms))
    );
    if counts.filtered > 0 {
        text.push_str(&format!("; {} left out", n(counts.filtered)));
    }
    if report.resumed {
        text.push_str(&format!("; went on, {} were there already", n(counts.already_there)));
    }
    text.push('\n');
    text
}

fn table(report: &Report) -> Table {
    let columns = ["FROM", ">READ", ">COPIED", ">SIZE", ">LEFT OUT", ">THERE ALREADY", ">UNROUTED", "RESUMED"];
    let mut table = Table::new(&columns);
    let counts = &report.counts;
    let n = |n: u64| human::grouped(i64::try_from(n).unwrap_or(i64::MAX));
    table.row([
        report.from.clone(),
        n(counts.read),
        n(counts.copied),
        human::size(i64::try_from(counts.bytes).unwrap_or(i64::MAX)),
        n(counts.filtered),
        n(counts.already_there),
        n(counts.unrouted),
        if report.resumed { "yes" } else { "no" }.to_owned(),
    ]);
    table
}

/// Progress on a terminal, nothing elsewhere.
struct Bar(Option<ProgressBar>);

impl Bar {
    fn new() -> Bar {
        Bar(std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:40} {msg}  {per_sec}  {eta} left");
            ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        }))
    }

    fn show(&self, seen: &Seen) {
        let Some(bar) = &self.0 else { return };
        bar.set_length(seen.counts.read + seen.left.unwrap_or(0));
        bar.set_position(seen.counts.read);
        bar.set_message(format!("{} copied", human::grouped(i64::try_from(seen.counts.copied).unwrap_or(i64::MAX))));
    }

    fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
