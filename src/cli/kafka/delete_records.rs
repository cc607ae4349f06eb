//! `kafka-delete-records.sh` (`org.apache.kafka.tools.DeleteRecordsCommand`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answer;
use super::cluster::{Failure, block_on, connect};
use super::java::{partition_map_order, partition_map_order_sized};
use super::jopt::{Opt, Type, parse};
use super::usage::{HELP, Stop, Streams, VERSION, help_or_version, require};
use crate::client::At;
use crate::ops::records;

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::required(
        "bootstrap-server",
        Type::String,
        "server(s) to use for bootstrapping",
        "REQUIRED: HOST:PORT of one or more brokers.",
    ),
    Opt::required(
        "command-config",
        Type::String,
        "command config property file path",
        "A properties file for the admin client.",
    ),
    HELP,
    Opt::required(
        "offset-json-file",
        Type::String,
        "Offset json file path",
        "REQUIRED: A file with the first offset to keep of each partition, -1 to keep nothing:\n{\"partitions\":\n  [{\"topic\": \"foo\", \"partition\": 1, \"offset\": 1}],\n \"version\":1\n}",
    ),
    VERSION,
];

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let about = "This tool helps to delete records of the given partitions down to the specified offset.";
    let options = parse(OPTIONS, args).map_err(|error| Stop::Failure(error.to_string()))?;
    help_or_version(&options, args.is_empty(), about, streams)?;
    require(&options, &["bootstrap-server", "offset-json-file"])?;
    let cluster = connect(&options).map_err(|failure| Stop::Failure(failure.message))?;
    let path = options.value("offset-json-file").map_err(|error| Stop::Failure(error.to_string()))?.unwrap_or_default();
    let text = std::fs::read_to_string(path).map_err(|_| {
        let text = format!("Unable to read file {path}");
        answer::trouble("", &text);
        Stop::Failure(text)
    })?;
    let before = offsets(&text).map_err(Stop::Failure)?;
    writeln!(streams.out, "Executing records delete operation")?;
    let deleted = block_on(async { Ok(records::delete(&cluster, &before).await) })?;
    writeln!(streams.out, "Records delete operation completed:")?;
    answer::of("deleted-records");
    let mut rows: Vec<(At, Result<i64, Failure>)> = match deleted {
        Ok(deleted) => {
            let told = |result: records::Deleted| result.map_err(|code| Failure::of_code(code, None));
            deleted.into_iter().map(|(at, result)| (at, told(result))).collect()
        }
        // In Java each partition has a future of its own, that fails alone.
        Err(error) => {
            let failure = || Failure::of_error(&error, "deleteRecords(api=METADATA)");
            before.into_keys().map(|at| (at, Err(failure()))).collect()
        }
    };
    partition_map_order_sized(&mut rows, |(at, _)| at);
    for ((topic, partition), result) in rows {
        match result {
            Ok(low) => {
                answer::row("deleted-records", || json!({"topic": topic, "partition": partition, "start": low}));
                writeln!(streams.out, "partition: {topic}-{partition}\tlow_watermark: {low}")?;
            }
            Err(failure) => writeln!(streams.out, "partition: {topic}-{partition}\terror: {failure}")?,
        }
    }
    Ok(())
}

/// Reads the file: the first offset to keep of each partition.
fn offsets(text: &str) -> Result<BTreeMap<At, i64>, String> {
    let json: Value = serde_json::from_str(text).map_err(|_| "The input string is not a valid JSON")?;
    let wrong = |what: &str, value: &Value| format!("Expected `{what}` value, received {value}");
    let object = json.as_object().ok_or_else(|| format!("Expected JSON object, received {json}"))?;
    if let Some(version) = object.get("version") {
        match version.as_i64() {
            Some(1) => {}
            Some(other) => return Err(format!("Not supported version field value {other}")),
            None => return Err(wrong("Integer", version)),
        }
    }
    let list = object.get("partitions").ok_or("Missing partitions field")?;
    let list = list.as_array().ok_or_else(|| format!("Expected JSON array, received {list}"))?;
    let mut found: Vec<(At, i64)> = Vec::new();
    for entry in list {
        let entry = entry.as_object().ok_or_else(|| format!("Expected JSON object, received {entry}"))?;
        let field = |name: &str| entry.get(name).ok_or_else(|| format!("No such field exists: `{name}`"));
        let (topic, partition) = (field("topic")?, field("partition")?);
        let topic = topic.as_str().ok_or_else(|| wrong("String", topic))?;
        let number =
            partition.as_i64().and_then(|p| i32::try_from(p).ok()).ok_or_else(|| wrong("Integer", partition))?;
        let offset = field("offset")?;
        found.push(((topic.to_owned(), number), offset.as_i64().ok_or_else(|| wrong("Long", offset))?));
    }
    let mut twice: Vec<(At, ())> = Vec::new();
    for (at, (partition, _)) in found.iter().enumerate() {
        if found[..at].iter().any(|(other, _)| other == partition) && !twice.iter().any(|(t, ())| t == partition) {
            twice.push((partition.clone(), ()));
        }
    }
    if twice.is_empty() {
        return Ok(found.into_iter().collect());
    }
    partition_map_order(&mut twice, |(at, ())| at);
    let names: Vec<String> = twice.iter().map(|((topic, partition), ())| format!("{topic}-{partition}")).collect();
    Err(format!("Offset json file contains duplicate topic partitions: {}", names.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_names_each_partition_once() {
        let good = r#"{"partitions":[{"topic":"t","partition":0,"offset":5},{"topic":"t","partition":1,"offset":-1}],"version":1}"#;
        assert_eq!(offsets(good).unwrap(), BTreeMap::from([(("t".into(), 0), 5), (("t".into(), 1), -1)]));
        for (text, said) in [
            ("nope", "The input string is not a valid JSON"),
            ("{}", "Missing partitions field"),
            (r#"{"version":2}"#, "Not supported version field value 2"),
            (
                r#"{"partitions":[{"topic":"t","partition":0,"offset":5},{"topic":"t","partition":0,"offset":6}]}"#,
                "Offset json file contains duplicate topic partitions: t-0",
            ),
            (r#"{"partitions":[{"topic":"t","partition":0}]}"#, "No such field exists: `offset`"),
        ] {
            assert_eq!(offsets(text).unwrap_err(), said);
        }
    }
}
