//! `kafka-broker-api-versions.sh` (`org.apache.kafka.tools.BrokerApiVersionsCommand`).

use std::collections::BTreeMap;

use serde_json::json;

use super::answer as told;
use super::cluster::{Failure, block_on, connect};
use super::jopt::{Opt, Type, parse};
use super::usage::{HELP, Stop, Streams, VERSION, help_or_version, require};
use crate::client::parse_bootstrap;
use crate::ops::brokers::{self, BrokerApis};
use crate::wire::api::ApiKey;

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
        "command config property file",
        "A properties file for the admin client.",
    ),
    HELP,
    VERSION,
];

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let about = "This tool helps to retrieve broker version information.";
    let options = parse(OPTIONS, args).map_err(|error| Stop::Failure(error.to_string()))?;
    help_or_version(&options, args.is_empty(), about, streams)?;
    require(&options, &["bootstrap-server"])?;
    let list = options.value("bootstrap-server").map_err(|error| Stop::Failure(error.to_string()))?.unwrap_or_default();
    let cluster = connect(&options).map_err(|failure| {
        let bad = list.split(',').map(str::trim).find(|address| parse_bootstrap(address).is_err());
        Stop::Failure(match bad.filter(|_| !failure.exception.starts_with("java.")) {
            Some(address) => format!("Invalid url in bootstrap.servers: {address}"),
            None => failure.message,
        })
    })?;
    block_on(async {
        let all = brokers::api_versions(&cluster, None).await;
        let unreachable = || {
            let nodes = cluster.config().bootstrap.iter().enumerate();
            let nodes: Vec<String> = nodes.map(|(at, a)| node(a, -1 - at as i32, None)).collect();
            Stop::Failure(format!("Request METADATA failed on brokers [{}]", nodes.join(", ")))
        };
        let all = all.map_err(|error| {
            Failure::of_error(&error, "listNodes");
            unreachable()
        })?;
        told::of("api-versions");
        for broker in all {
            for (key, name, min, max) in broker.ranges() {
                let ours = ApiKey::from_code(key).map(|api| *api.versions().end());
                let usable = ours.map(|version| version.min(max)).filter(|version| *version >= min);
                told::row(
                    "api-versions",
                    || json!({"broker": broker.id, "key": key, "name": name, "min": min, "max": max, "usable": usable}),
                );
            }
            streams.out.write_all(answer(&broker).as_bytes())?;
        }
        Ok(())
    })
}

/// A node as Java writes one.
fn node(address: &str, id: i32, rack: Option<&str>) -> String {
    format!("{address} (id: {id} rack: {} isFenced: false)", rack.unwrap_or("null"))
}

/// What one broker speaks, and what of it is of use.
fn answer(broker: &BrokerApis) -> String {
    let name = node(&broker.address, broker.id, broker.rack.as_deref());
    if let Err(error) = &broker.versions {
        return format!("{name} -> ERROR: {}\n", Failure::of_error(&error.clone().into(), "apiVersions"));
    }
    let mut apis: BTreeMap<i16, String> =
        broker.ranges().map(|(key, name, min, max)| (key, line(key, name, min, max))).collect();
    // What every client may ask for, whether the broker has heard of it or not.
    for api in ApiKey::ALL.iter().copied().filter(|api| api.is_for_clients()) {
        apis.entry(api.code()).or_insert_with(|| format!("{}({}): UNSUPPORTED", api.name(), api.code()));
    }
    let lines: Vec<String> = apis.into_values().collect();
    format!("{name} -> (\n\t{}\n)\n", lines.join(",\n\t"))
}

fn line(key: i16, name: Option<&str>, min: i16, max: i16) -> String {
    let range = if min == max { min.to_string() } else { format!("{min} to {max}") };
    let Some((name, ours)) = name.zip(ApiKey::from_code(key).map(ApiKey::versions)) else {
        return format!("UNKNOWN({key}): {range}");
    };
    let use_of_it = if *ours.end() < min {
        "unusable: node too new".to_owned()
    } else if max < *ours.start() {
        "unusable: node too old".to_owned()
    } else {
        format!("usable: {}", max.min(*ours.end()))
    };
    format!("{name}({key}): {range} [{use_of_it}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_api_has_its_range_and_the_version_of_use() {
        assert_eq!(line(0, Some("Produce"), 0, 11), "Produce(0): 0 to 11 [usable: 11]");
        assert_eq!(line(0, Some("Produce"), 99, 99), "Produce(0): 99 [unusable: node too new]");
        assert_eq!(line(1000, None, 0, 1), "UNKNOWN(1000): 0 to 1");
    }
}
