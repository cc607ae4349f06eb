//! `kafka-leader-election.sh` (`org.apache.kafka.tools.LeaderElectionCommand`).

use std::io::Write;

use super::answer;
use super::cluster::{Failure, block_on, client_config, load};
use super::java::partition_map_order;
use super::jopt::{Opt, OptionError, Options, Type, parse};
use super::usage::{HELP, KAFKA_VERSION, Stop, Streams, VERSION};
use crate::client::{Cluster, Properties};
use crate::ops::elections::{self, Election, ElectionOutcome, ElectionType};

/// How long an election may take: the tool sets `default.api.timeout.ms` and `request.timeout.ms` to it.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(30);

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::required("admin.config", Type::String, "config file", "The old name of --command-config."),
    Opt::flag("all-topic-partitions", "Every partition that can have another leader by an election of that type."),
    Opt::required("bootstrap-server", Type::String, "host:port", "REQUIRED: HOST:PORT of one or more brokers."),
    Opt::required("command-config", Type::String, "config file", "A properties file for the admin client."),
    Opt::required(
        "election-type",
        Type::String,
        "election type",
        "REQUIRED: preferred: the first replica of the list, if it is in sync. unclean: any replica, where none in sync is left; records may be lost.",
    ),
    HELP,
    Opt::required("partition", Type::Integer, "partition id", "With --topic: the partition."),
    Opt::required(
        "path-to-json-file",
        Type::String,
        "Path to JSON file",
        "A file with the partitions: {\"partitions\": [{\"topic\": \"foo\", \"partition\": 1}]}.",
    ),
    Opt::required("topic", Type::String, "topic name", "The topic; needs --partition."),
    VERSION,
];

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let about = "This tool asks the controller for new leaders of partitions: preferred replicas, or unclean ones.";
    let said = |error: OptionError| Stop::Failure(error.to_string());
    let options = parse(OPTIONS, args).map_err(said)?;
    if args.is_empty() || options.has("help") {
        return Err(Stop::Usage(about.to_owned()));
    }
    if options.has("version") {
        writeln!(streams.out, "{KAFKA_VERSION}")?;
        return Ok(());
    }
    let (kind, partitions) = check(&options)?;
    if options.has("admin.config") {
        writeln!(
            streams.out,
            "Option --admin.config has been deprecated and will be removed in a future version. Use --command-config instead."
        )?;
    }
    let cluster = connect(&options).map_err(|failure| Stop::Failure(failure.message))?;
    let elections = block_on(async { Ok(elections::elect(&cluster, kind, partitions.as_deref()).await) })?;
    match elections {
        Ok(elections) => {
            answer::of("elections");
            for one in &elections {
                answer::count("elections", one, one.outcome == ElectionOutcome::Elected);
            }
            report(kind, elections, streams.out)
        }
        Err(error) => {
            let failure = Failure::of_error(&error, "electLeaders");
            let message = match failure.exception.rsplit('.').next() {
                Some("TimeoutException") => "Timeout waiting for election results",
                Some("ClusterAuthorizationException") => "Not authorized to perform leader election",
                _ => return Err(Stop::Failure(failure.to_string())),
            };
            writeln!(streams.out, "{message}")?;
            Err(Stop::Failure(message.to_owned()))
        }
    }
}

type Wanted = (ElectionType, Option<Vec<(String, i32)>>);

/// The rules between options.
fn check(options: &Options) -> Result<Wanted, Stop> {
    let said = |error: OptionError| Stop::Failure(error.to_string());
    let failed = |text: String| Err(Stop::Failure(text));
    let missing: Vec<&str> =
        ["bootstrap-server", "election-type"].into_iter().filter(|name| !options.has(name)).collect();
    if !missing.is_empty() {
        return failed(format!("Missing required option(s): {}", missing.join(", ")));
    }
    let which = ["topic", "all-topic-partitions", "path-to-json-file"];
    if which.iter().filter(|name| options.has(name)).count() != 1 {
        return failed(format!("One and only one of the following options is required: {}", which.join(", ")));
    }
    if options.has("topic") && !options.has("partition") {
        return failed("Missing required option(s): partition".to_owned());
    }
    if options.has("partition") && !options.has("topic") {
        return failed("Option partition is only allowed if topic is used".to_owned());
    }
    let kind = options.value("election-type").map_err(said)?.unwrap_or_default();
    let kind = match kind.to_ascii_lowercase().as_str() {
        "preferred" => ElectionType::Preferred,
        "unclean" => ElectionType::Unclean,
        _ => return failed(format!("Cannot parse argument '{kind}' of option election-type")),
    };
    if let Some(topic) = options.value("topic").map_err(said)? {
        let partition = options.number::<i32>("partition").map_err(said)?.unwrap_or_default();
        return Ok((kind, Some(vec![(topic.to_owned(), partition)])));
    }
    match options.value("path-to-json-file").map_err(said)? {
        Some(path) => Ok((kind, Some(read_partitions(path)?))),
        None => Ok((kind, None)),
    }
}

/// Reads the file of `--path-to-json-file`.
fn read_partitions(path: &str) -> Result<Vec<(String, i32)>, Stop> {
    let failed = |text: &str| Stop::Failure(text.to_owned());
    let text = std::fs::read_to_string(path).map_err(|_| {
        Stop::Failure(Failure::of("java.io.IOException", format!("Unable to read file {path}")).to_string())
    })?;
    let json: serde_json::Value = serde_json::from_str(&text).map_err(|_| failed("Replica election data is empty"))?;
    let list = json.get("partitions").ok_or_else(|| failed("Replica election data is missing \"partitions\" field"))?;
    let mut partitions: Vec<(String, i32)> = Vec::new();
    for entry in list.as_array().into_iter().flatten() {
        let topic = entry.get("topic").and_then(serde_json::Value::as_str);
        let partition = entry.get("partition").and_then(serde_json::Value::as_i64).and_then(|p| i32::try_from(p).ok());
        match (topic, partition) {
            (Some(topic), Some(partition)) => partitions.push((topic.to_owned(), partition)),
            (None, _) => {
                return Err(failed(
                    "com.fasterxml.jackson.databind.JsonMappingException: No such field exists: `topic`",
                ));
            }
            (_, None) => {
                return Err(failed(
                    "com.fasterxml.jackson.databind.JsonMappingException: No such field exists: `partition`",
                ));
            }
        }
    }
    let mut twice: Vec<String> = Vec::new();
    for (at, (topic, partition)) in partitions.iter().enumerate() {
        let name = format!("{topic}-{partition}");
        if partitions[..at].contains(&partitions[at]) && !twice.contains(&name) {
            twice.push(name);
        }
    }
    if !twice.is_empty() {
        let list = twice.join(", ");
        return Err(Stop::Failure(format!("Replica election data contains duplicate partitions: [{list}]")));
    }
    Ok(partitions)
}

fn connect(options: &Options) -> Result<Cluster, Failure> {
    let said = |error: OptionError| Failure::of("joptsimple.OptionException", error.to_string());
    let file = match options.value("command-config").map_err(said)? {
        Some(file) => Some(file),
        None => options.value("admin.config").map_err(said)?,
    };
    let properties = file.map(load).transpose()?.unwrap_or_else(Properties::default);
    let list = options.value("bootstrap-server").map_err(said)?;
    let mut config = client_config(list, &properties)?;
    config.api_timeout = TIMEOUT;
    config.request_timeout = TIMEOUT;
    Ok(Cluster::new(config))
}

fn report(kind: ElectionType, elections: Vec<Election>, out: &mut dyn Write) -> Result<(), Stop> {
    let mut elections: Vec<((String, i32), ElectionOutcome)> =
        elections.into_iter().map(|e| ((e.topic, e.partition), e.outcome)).collect();
    partition_map_order(&mut elections, |(at, _)| at);
    let kind = match kind {
        ElectionType::Preferred => "PREFERRED",
        ElectionType::Unclean => "UNCLEAN",
    };
    let named = |wanted: &ElectionOutcome| {
        let of = elections.iter().filter(|(_, outcome)| outcome == wanted);
        of.map(|((topic, partition), _)| format!("{topic}-{partition}")).collect::<Vec<_>>().join(", ")
    };
    let (elected, kept) = (named(&ElectionOutcome::Elected), named(&ElectionOutcome::NotNeeded));
    if !elected.is_empty() {
        writeln!(out, "Successfully completed leader election ({kind}) for partitions {elected}")?;
    }
    if !kept.is_empty() {
        writeln!(out, "Valid replica already elected for partitions {kept}")?;
    }
    let mut failed = 0;
    for ((topic, partition), outcome) in elections {
        if let ElectionOutcome::Refused(refusal) = outcome {
            failed += 1;
            let failure = Failure::from(refusal);
            writeln!(out, "Error completing leader election ({kind}) for partition: {topic}-{partition}: {failure}")?;
        }
    }
    if failed == 0 {
        return Ok(());
    }
    out.flush()?;
    Err(Stop::Failure(format!("{failed} replica(s) could not be elected")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> String {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        match check(&parse(OPTIONS, &words).unwrap()) {
            Err(Stop::Failure(message)) => message,
            other => panic!("{line}: {:?}", other.is_ok()),
        }
    }

    #[test]
    fn the_rules_between_options_are_kafkas() {
        let base = "--bootstrap-server a:1 --election-type preferred";
        for (line, expected) in [
            ("".to_owned(), "Missing required option(s): bootstrap-server, election-type"),
            ("--bootstrap-server a:1".to_owned(), "Missing required option(s): election-type"),
            (
                base.to_owned(),
                "One and only one of the following options is required: topic, all-topic-partitions, path-to-json-file",
            ),
            (format!("{base} --topic t"), "Missing required option(s): partition"),
            (
                format!("{base} --all-topic-partitions --partition 1"),
                "Option partition is only allowed if topic is used",
            ),
            (
                "--bootstrap-server a:1 --election-type x --all-topic-partitions".to_owned(),
                "Cannot parse argument 'x' of option election-type",
            ),
        ] {
            assert_eq!(refused(&line), expected, "{line}");
        }
    }

    #[test]
    fn each_outcome_has_its_line() {
        let election = |partition, outcome| Election { topic: "t".into(), partition, outcome };
        let refusal = crate::ops::Refusal { code: crate::model::ErrorCode::PreferredLeaderNotAvailable, message: None };
        let mut out = Vec::new();
        let all = vec![
            election(0, ElectionOutcome::Elected),
            election(1, ElectionOutcome::NotNeeded),
            election(2, ElectionOutcome::Refused(refusal)),
        ];
        let Err(Stop::Failure(said)) = report(ElectionType::Preferred, all, &mut out) else { panic!() };
        assert_eq!(said, "1 replica(s) could not be elected");
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("Successfully completed leader election (PREFERRED) for partitions t-0\nValid replica already elected for partitions t-1\nError completing leader election (PREFERRED) for partition: t-2: org.apache.kafka.common.errors.PreferredLeaderNotAvailableException: "), "{text}");
    }
}
