//! `kafka-log-dirs.sh` (`org.apache.kafka.tools.LogDirsCommand`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answer;
use super::cluster::{Failure, block_on, connect};
use super::java::{hash_map_order, partition_map_order};
use super::jopt::{Opt, OptionError, Options, Type, parse};
use super::usage::{HELP, Stop, Streams, VERSION, help_or_version, require};
use crate::client::Topics;
use crate::ops::log_dirs::{self, LogDir};

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::required(
        "bootstrap-server",
        Type::String,
        "The server (s) to use for bootstrapping",
        "REQUIRED: HOST:PORT of one or more brokers.",
    ),
    Opt::required("broker-list", Type::String, "Broker list", "The brokers to ask, \"0,1,2\"; all without it.").or(""),
    Opt::required(
        "command-config",
        Type::String,
        "Admin client property file",
        "A properties file for the admin client.",
    ),
    Opt::flag("describe", "Show the log directories."),
    HELP,
    Opt::required("topic-list", Type::String, "Topic list", "The topics to show, \"topic1,topic2\"; all without it.")
        .or(""),
    VERSION,
];

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let about = "This tool helps to query log directory usage on the specified brokers.";
    let options = parse(OPTIONS, args).map_err(Stop::usage_option)?;
    help_or_version(&options, args.is_empty(), about, streams)?;
    require(&options, &["bootstrap-server", "describe"])?;
    let wanted_brokers = brokers(&options)?;
    let topics = words(&options, "topic-list")?;
    let cluster = connect(&options).map_err(|failure| Stop::Failure(failure.message))?;
    let failed = |error: crate::ops::OpsError| Stop::Failure(Failure::of_error(&error, "listNodes").to_string());
    block_on(async {
        let known = cluster.metadata(Topics::None).await.map_err(|error| failed(error.into()))?.brokers;
        let all: Vec<i32> = known.keys().copied().collect();
        let asked = if wanted_brokers.is_empty() { all.clone() } else { wanted_brokers };
        let strange: Vec<i32> = asked.iter().copied().filter(|id| !known.contains_key(id)).collect();
        if !strange.is_empty() {
            return Err(Stop::Failure(format!(
                "ERROR: The given brokers do not exist from --broker-list: {}. Current existent brokers: {}",
                comma(&strange),
                comma(&all)
            )));
        }
        writeln!(streams.out, "Querying brokers for log directories information")?;
        let mut found = BTreeMap::new();
        for (id, directories) in log_dirs::describe(&cluster, &asked).await {
            found.insert(id, directories.map_err(|error| failed(error.into()))?);
        }
        let ids: Vec<i32> = found.keys().copied().collect();
        writeln!(streams.out, "Received log directory information from brokers {}", comma(&ids))?;
        tell(&found, &topics);
        Ok(writeln!(streams.out, "{}", document(found, &topics))?)
    })
}

/// Tells what was found, as the native command has it; a topic that is nowhere is missed.
fn tell(brokers: &BTreeMap<i32, Vec<LogDir>>, topics: &[String]) {
    answer::of("log-dirs");
    for (id, dir) in brokers.iter().flat_map(|(id, dirs)| dirs.iter().map(move |dir| (id, dir))) {
        let meant = |topic: &String| topics.is_empty() || topics.contains(topic);
        let replicas: Vec<&log_dirs::Replica> = dir.replicas.iter().filter(|replica| meant(&replica.topic)).collect();
        let data = json!({
            "broker": id,
            "path": dir.path,
            "error": dir.error.name(),
            "total_bytes": dir.total_bytes,
            "usable_bytes": dir.usable_bytes,
            "replicas": replicas,
        });
        answer::count("log-dirs", data, topics.is_empty() || !replicas.is_empty());
        if dir.error != crate::model::ErrorCode::None {
            answer::missing(format!("{} of broker {id}: {}", dir.path, dir.error.message()));
        }
    }
    let all = || brokers.values().flatten().flat_map(|dir| &dir.replicas);
    for topic in topics.iter().filter(|topic| !all().any(|replica| replica.topic == **topic)) {
        answer::missing(format!("no broker that was asked has a replica of {topic}"));
    }
}

fn words(options: &Options, name: &str) -> Result<Vec<String>, Stop> {
    let said = |error: OptionError| Stop::Failure(error.to_string());
    let text = options.value(name).map_err(said)?.unwrap_or_default().to_owned();
    Ok(text.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect())
}

fn brokers(options: &Options) -> Result<Vec<i32>, Stop> {
    let mut ids = Vec::new();
    for word in words(options, "broker-list")? {
        let id: i32 = word.parse().map_err(|_| Stop::Failure(format!("For input string: \"{word}\"")))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

fn comma(ids: &[i32]) -> String {
    ids.iter().map(i32::to_string).collect::<Vec<_>>().join(",")
}

/// The line of JSON, its keys and lists in the order in which Java's maps yield them.
fn document(brokers: BTreeMap<i32, Vec<LogDir>>, topics: &[String]) -> Value {
    let shown = |topic: &String| topics.is_empty() || topics.contains(topic);
    let directory = |dir: LogDir| {
        let mut replicas: Vec<((String, i32), log_dirs::Replica)> =
            dir.replicas.into_iter().map(|replica| ((replica.topic.clone(), replica.partition), replica)).collect();
        partition_map_order(&mut replicas, |(at, _)| at);
        let partitions: Vec<Value> = replicas
            .into_iter()
            .filter(|((topic, _), _)| shown(topic))
            .map(|((topic, partition), r)| {
                json!({
                    "partition": format!("{topic}-{partition}"),
                    "size": r.size,
                    "offsetLag": r.offset_lag,
                    "isFuture": r.is_future,
                })
            })
            .collect();
        let error = match dir.error.exception() {
            "" => Value::Null,
            name => Value::String(format!("org.apache.kafka.common.errors.{name}")),
        };
        json!({"partitions": partitions, "error": error, "logDir": dir.path})
    };
    let brokers = brokers.into_iter().map(|(id, mut directories)| {
        hash_map_order(&mut directories, |dir| &dir.path);
        json!({"broker": id, "logDirs": directories.into_iter().map(directory).collect::<Vec<_>>()})
    });
    json!({"brokers": brokers.collect::<Vec<_>>(), "version": 1})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ErrorCode;

    #[test]
    fn the_document_has_kafkas_keys_in_kafkas_order() {
        let replica = |topic: &str, partition| log_dirs::Replica {
            topic: topic.into(),
            partition,
            size: 12,
            offset_lag: 0,
            is_future: false,
        };
        let dir = LogDir {
            path: "/d".into(),
            error: ErrorCode::None,
            total_bytes: None,
            usable_bytes: None,
            replicas: vec![replica("clicks", 0), replica("other", 0), replica("clicks", 1)],
        };
        assert_eq!(
            document(BTreeMap::from([(1, vec![dir])]), &["clicks".to_owned()]).to_string(),
            "{\"brokers\":[{\"broker\":1,\"logDirs\":[{\"partitions\":[\
             {\"partition\":\"clicks-1\",\"size\":12,\"offsetLag\":0,\"isFuture\":false},\
             {\"partition\":\"clicks-0\",\"size\":12,\"offsetLag\":0,\"isFuture\":false}],\
             \"error\":null,\"logDir\":\"/d\"}]}],\"version\":1}"
        );
    }
}
