//! `kafka-cluster.sh` (`org.apache.kafka.tools.ClusterTool`).

use std::io::Write;

use serde_json::json;

use super::admin::{Reached, reach_with, thrown};
use super::answer;
use super::argparse::{Argument, Group, Parser, Type};
use super::argparse_commands::{Command, Commands, Line};
use super::cluster::{Failure, block_on};
use super::usage::{Stop, Streams};
use crate::client::ClientError;
use crate::ops::OpsError;
use crate::ops::cluster::{self, Nodes, Side};

const PROG: &str = "kafka-cluster";
const SERVER: Argument = Argument::one(
    &["--bootstrap-server", "-b"],
    Type::String,
    "BOOTSTRAP_SERVER",
    "Brokers to connect to first, host:port, separated by commas.",
)
.exclusive();
const CONTROLLER: Argument = Argument::one(
    &["--bootstrap-controller", "-C"],
    Type::String,
    "BOOTSTRAP_CONTROLLER",
    "Controllers to connect to first, host:port, separated by commas.",
)
.exclusive();
const OLD_CONFIG: Argument =
    Argument::one(&["--config"], Type::String, "CONFIG", "(DEPRECATED) The old name of --command-config.");
const CONFIG: Argument = Argument::one(
    &["--command-config", "-c"],
    Type::String,
    "COMMAND_CONFIG",
    "A properties file for the admin client.",
);
const COMMAND: Parser =
    Parser { prog: PROG, description: "", arguments: &[], group: Group::Required, before: &[], after: &[] };

const TOOL: Commands = Commands {
    parser: Parser {
        prog: PROG,
        description: "The Kafka cluster tool.",
        arguments: &[Argument::HELP],
        group: Group::None,
        before: &[],
        after: &["{cluster-id,unregister,list-endpoints}", "..."],
    },
    commands: &[
        Command {
            name: "cluster-id",
            help: "Show the id of a cluster.",
            parser: Parser {
                arguments: &[Argument::HELP, SERVER, CONTROLLER, OLD_CONFIG, CONFIG],
                before: &["cluster-id"],
                ..COMMAND
            },
        },
        Command {
            name: "unregister",
            help: "Take a broker off the list.",
            parser: Parser {
                arguments: &[
                    Argument::HELP,
                    SERVER,
                    CONTROLLER,
                    OLD_CONFIG,
                    CONFIG,
                    Argument::one(&["--id", "-i"], Type::Integer, "ID", "The id of the broker.").required(),
                ],
                before: &["unregister"],
                ..COMMAND
            },
        },
        Command {
            name: "list-endpoints",
            help: "List endpoints",
            parser: Parser {
                arguments: &[
                    Argument::HELP,
                    SERVER,
                    CONTROLLER,
                    OLD_CONFIG,
                    CONFIG,
                    Argument::switch(&["--include-fenced-brokers"], "Fenced brokers too."),
                ],
                before: &["list-endpoints"],
                ..COMMAND
            },
        },
    ],
};

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let line = match TOOL.parse(args) {
        Ok(line) => line,
        Err(declined) => return declined.stop(1, streams),
    };
    let reached = reach_it(&line, streams.out)?;
    match line.command {
        "cluster-id" => cluster_id(&reached, streams.out),
        "unregister" => unregister(&reached, line.own.number("--id").unwrap_or(-1), streams.out),
        _ => list_endpoints(&reached, line.own.has("--include-fenced-brokers"), streams.out),
    }
}

fn reach_it(line: &Line, out: &mut dyn Write) -> Result<Reached, Stop> {
    let (old, new) = (line.own.value("--config"), line.own.value("--command-config"));
    if old.is_some() && new.is_some() {
        return Err(Stop::Failure("--config and --command-config cannot be specified together.".to_owned()));
    }
    if old.is_some() {
        writeln!(
            out,
            "Option --config has been deprecated and will be removed in a future version. Use --command-config instead."
        )?;
    }
    reach_with(&line.own, new.or(old)).map_err(|failure| Stop::Failure(failure.message))
}

fn cluster_id(reached: &Reached, out: &mut dyn Write) -> Result<(), Stop> {
    let nodes = ask(reached, false)?;
    if nodes.cluster_id.is_empty() {
        answer::missing("the cluster tells no id");
        return Ok(writeln!(out, "No cluster ID found. The Kafka version is probably too old.")?);
    }
    answer::whole("cluster", || json!({"cluster_id": nodes.cluster_id}));
    Ok(writeln!(out, "Cluster ID: {}", nodes.cluster_id)?)
}

fn ask(reached: &Reached, fenced: bool) -> Result<Nodes, Stop> {
    block_on(async { Ok(cluster::nodes(&reached.cluster, reached.side, fenced).await) })?
        .map_err(|error| thrown(&error, "listNodes"))
}

fn unregister(reached: &Reached, id: i32, out: &mut dyn Write) -> Result<(), Stop> {
    let done = block_on(async {
        let cluster = match cluster::administrator(&reached.cluster, reached.side).await {
            Ok(cluster) => cluster,
            Err(error) => return Ok(Err(error)),
        };
        Ok(cluster::unregister(&cluster, id).await)
    })?;
    match done {
        Ok(()) => {
            answer::did("unregister", "broker", id);
            Ok(writeln!(out, "Broker {id} is no longer registered.")?)
        }
        Err(OpsError::Client(ClientError::Unsupported { .. })) => {
            writeln!(out, "The target cluster does not support the broker unregistration API.")?;
            Err(Stop::Exit(1))
        }
        Err(error) => Err(Stop::Failure(Failure::of_error(&error, "unregisterBroker").to_string())),
    }
}

fn list_endpoints(reached: &Reached, fenced: bool, out: &mut dyn Write) -> Result<(), Stop> {
    if fenced && reached.side == Side::Controllers {
        let only = "The option --include-fenced-brokers is only supported with --bootstrap-server option";
        return Err(Stop::Failure(only.to_owned()));
    }
    let nodes = ask(reached, fenced)?;
    answer::rows("endpoints", &nodes.nodes);
    Ok(out.write_all(endpoints(&nodes, reached.side).as_bytes())?)
}

fn endpoints(nodes: &Nodes, side: Side) -> String {
    let rack = |node: &cluster::Node| node.rack.clone().unwrap_or_else(|| "null".to_owned());
    let host_width = nodes.nodes.iter().map(|node| node.host.len()).max().unwrap_or(0).max(4);
    // A rack that is not set takes the width that the longest one takes, at least the header's ten.
    let rack_width = nodes.nodes.iter().map(|node| rack(node).len()).max().unwrap_or(0).max(10);
    let line = |id: &str, host: &str, port: &str, rack: &str, state: &str, kind: &str| {
        let state = if side == Side::Brokers { format!("{state:<10} ") } else { String::new() };
        format!("{id:<10} {host:<host_width$} {port:<10} {rack:<rack_width$} {state}{kind:<15}\n")
    };
    let kind = if side == Side::Brokers { "broker" } else { "controller" };
    let mut text = line("ID", "HOST", "PORT", "RACK", "STATE", "ENDPOINT_TYPE");
    for node in &nodes.nodes {
        let state = if node.fenced { "fenced" } else { "unfenced" };
        text.push_str(&line(&node.id.to_string(), &node.host, &node.port.to_string(), &rack(node), state, kind));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_laid_out_as_kafka_lays_them_out() {
        let node = cluster::Node { id: 1, host: "127.0.0.1".into(), port: 39192, rack: None, fenced: false };
        let nodes = Nodes { cluster_id: "x".into(), controller: 1, nodes: vec![node] };
        assert_eq!(
            endpoints(&nodes, Side::Brokers),
            "ID         HOST      PORT       RACK       STATE      ENDPOINT_TYPE  \n\
             1          127.0.0.1 39192      null       unfenced   broker         \n"
        );
        assert_eq!(
            endpoints(&nodes, Side::Controllers),
            "ID         HOST      PORT       RACK       ENDPOINT_TYPE  \n\
             1          127.0.0.1 39192      null       controller     \n"
        );
    }
}
