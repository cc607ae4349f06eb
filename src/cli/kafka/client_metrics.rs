//! `kafka-client-metrics.sh` (`org.apache.kafka.tools.ClientMetricsCommand`): what clients push of their own metrics (KIP-714).

use std::io::Write;

use serde_json::json;

use super::answer;
use super::cluster::{Failure, block_on, connect};
use super::jopt::{Opt, OptionError, Options, Type, parse};
use super::usage::{HELP, Stop, Streams, VERSION, forbid, help_or_version, log4j};
use crate::client::Cluster;
use crate::model::{ErrorCode, Uuid};
use crate::ops::configs::{self, Change, ConfigEntry, Resource, ResourceType};
use crate::ops::{OpsError, Result as OpsResult};

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::flag("alter", "Create a subscription, or change one."),
    Opt::required(
        "bootstrap-server",
        Type::String,
        "server to connect to",
        "REQUIRED: HOST:PORT of one or more brokers.",
    ),
    Opt::required(
        "command-config",
        Type::String,
        "command config property file",
        "A properties file for the admin client.",
    ),
    Opt::flag("delete", "Delete a subscription."),
    Opt::flag("describe", "Show the settings of subscriptions."),
    Opt::flag("generate-name", "With --alter: a random name."),
    HELP,
    Opt::required(
        "interval",
        Type::String,
        "push interval",
        "Milliseconds between two pushes.\nEmpty to fall back to the default.",
    ),
    Opt::flag("list", "Show the names of all subscriptions."),
    Opt::required(
        "match",
        Type::String,
        "k1=v1,k2=v2",
        "Which clients: client_id, client_instance_id, client_software_name, client_software_version, client_source_address, client_source_port, each with a regular expression.\nEmpty to fall back to the default.",
    ),
    Opt::required(
        "metrics",
        Type::String,
        "m1,m2",
        "Prefixes of names of metrics.\nEmpty to fall back to the default.",
    ),
    Opt::required("name", Type::String, "name", "The name of a subscription."),
    VERSION,
];

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let about = "This tool helps to manipulate and describe client metrics configurations.";
    let options = parse(OPTIONS, args).map_err(Stop::usage_option)?;
    help_or_version(&options, args.is_empty(), about, streams)?;
    check(&options)?;
    let failed = match connect(&options) {
        Err(failure) if failure.exception.starts_with("java.") => return Err(Stop::Failure(failure.message)),
        // The client is made where the tool catches what goes wrong with its requests.
        Err(failure) => failure,
        Ok(cluster) => match block_on(async { Ok(act(&cluster, &options, streams.out).await) })? {
            Ok(()) => return Ok(()),
            Err(Trouble::Stop(stop)) => return Err(stop),
            Err(Trouble::Ops(error, call)) => Failure::of_error(&error, call),
        },
    };
    writeln!(streams.out, "Error while executing client metrics command : {}", failed.message)?;
    streams.out.flush()?;
    log4j("ERROR", &failed, streams.err)?;
    Err(Stop::Exit(1))
}

fn said(error: OptionError) -> Stop {
    Stop::Failure(error.to_string())
}

/// The rules between options.
fn check(options: &Options) -> Result<(), Stop> {
    let refused = |text: &str| Err(Stop::Failure(text.to_owned()));
    let actions = ["alter", "delete", "describe", "list"];
    if actions.iter().filter(|action| options.has(action)).count() != 1 {
        return Err(Stop::Usage(
            "Command must include exactly one action: --alter, --delete, --describe or --list.".to_owned(),
        ));
    }
    if !options.has("bootstrap-server") {
        return refused("--bootstrap-server must be specified.");
    }
    let settings = ["generate-name", "interval", "match", "metrics"];
    forbid(options, "delete", &settings)?;
    forbid(options, "describe", &settings)?;
    forbid(options, "list", &["name", "generate-name", "interval", "match", "metrics"])?;
    let named = options.has("name");
    if options.has("alter") && named == options.has("generate-name") {
        return refused("One of --name or --generate-name must be specified with --alter.");
    }
    if options.has("alter")
        && options.value("interval").map_err(said)?.is_some_and(|text| !text.is_empty() && text.parse::<i32>().is_err())
    {
        return refused("Invalid interval value. Enter an integer, or leave empty to reset.");
    }
    if options.has("delete") && !named {
        return refused("A client metrics resource name must be specified with --delete.");
    }
    Ok(())
}

/// Why an action did not come about.
enum Trouble {
    /// The command line, or the streams.
    Stop(Stop),
    /// The cluster, at this call.
    Ops(OpsError, &'static str),
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Trouble {
        Trouble::Stop(error.into())
    }
}

async fn act(cluster: &Cluster, options: &Options, out: &mut dyn Write) -> Result<(), Trouble> {
    let value = |name: &'static str| options.value(name).map_err(|error| Trouble::Stop(said(error)));
    let altering = |error| Trouble::Ops(error, "incrementalAlterConfigs");
    let describing = |error| Trouble::Ops(error, "describeConfigs");
    let name = value("name")?.map(str::to_owned);
    if options.has("list") {
        let names = list(cluster).await?;
        answer::rows("client-metrics", names.iter().map(|name| json!({"name": name})));
        writeln!(out, "{}", names.join("\n"))?;
    } else if options.has("describe") {
        let (names, by_name) = match name {
            Some(name) => (vec![name], true),
            None => (list(cluster).await?, false),
        };
        answer::of("resource-configs");
        for name in names {
            if by_name && !list(cluster).await?.contains(&name) {
                answer::missing(format!("there is no client metrics resource {name}"));
                writeln!(out, "The client metric resource {name} doesn't exist and doesn't have dynamic config.")?;
                return Ok(());
            }
            writeln!(out, "Client metrics configs for {name} are:")?;
            let entries = entries(cluster, &name).await.map_err(describing)?;
            answer::row("resource-configs", || json!({"type": "client-metrics", "name": name, "configs": entries}));
            for entry in entries {
                writeln!(out, "  {}={}", entry.name, entry.value.as_deref().unwrap_or("null"))?;
            }
        }
    } else if options.has("delete") {
        let name = name.unwrap_or_default();
        let old = entries(cluster, &name).await.map_err(describing)?;
        let changes: Vec<_> = old.into_iter().map(|entry| (entry.name, Change::Unset)).collect();
        let resource = Resource::client_metrics(&name);
        configs::alter(cluster, &resource, &changes, false).await.map_err(altering)?;
        answer::did("delete", "client-metrics", &name);
        writeln!(out, "Deleted client metrics config for {name}.")?;
    } else {
        let name = name.unwrap_or_else(|| Uuid::random().to_string());
        let mut changes = Vec::new();
        let lists = ["match", "metrics"].into_iter().filter(|name| options.has(name));
        let lists = lists.map(|name| (name, options.values(name).join(",")));
        let interval = value("interval")?.map(|text| ("interval.ms", text.to_owned()));
        for (key, text) in interval.into_iter().chain(lists) {
            changes.push((key.to_owned(), if text.is_empty() { Change::Unset } else { Change::Set(text) }));
        }
        let resource = Resource::client_metrics(&name);
        configs::alter(cluster, &resource, &changes, false).await.map_err(altering)?;
        answer::did("alter", "client-metrics", &name);
        writeln!(out, "Altered client metrics config for {name}.")?;
    }
    Ok(())
}

async fn list(cluster: &Cluster) -> Result<Vec<String>, Trouble> {
    let listed = configs::list(cluster, ResourceType::ClientMetrics).await;
    listed.map_err(|error| Trouble::Ops(error, "listConfigResources"))
}

/// The settings of one subscription, in the broker's order.
async fn entries(cluster: &Cluster, name: &str) -> OpsResult<Vec<ConfigEntry>> {
    let described = configs::describe(cluster, &[Resource::client_metrics(name)], false).await?;
    match described.into_iter().next() {
        Some(one) => one.result.map_err(|refusal| refusal.about(name)),
        None => Err(crate::client::ClientError::refused(name, ErrorCode::UnknownServerError, None).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_between_options_are_kafkas() {
        let refusal = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            match check(&parse(OPTIONS, &words).unwrap()) {
                Err(Stop::Failure(text) | Stop::Usage(text)) => text,
                other => panic!("{line}: {other:?}"),
            }
        };
        for (line, text) in [
            ("--list", "--bootstrap-server must be specified."),
            (
                "--bootstrap-server a:1 --list --describe",
                "Command must include exactly one action: --alter, --delete, --describe or --list.",
            ),
            ("--bootstrap-server a:1 --list --name x", "Option \"[list]\" can't be used with option \"[name]\""),
            ("--bootstrap-server a:1 --alter", "One of --name or --generate-name must be specified with --alter."),
            ("--bootstrap-server a:1 --delete", "A client metrics resource name must be specified with --delete."),
        ] {
            assert_eq!(refusal(line), text, "{line}");
        }
    }
}
