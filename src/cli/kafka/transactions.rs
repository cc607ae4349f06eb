//! `kafka-transactions.sh` (`org.apache.kafka.tools.TransactionsCommand`).

use std::io::Write;

use super::admin::{reach, tabbed};
use super::answer;
use super::argparse::{Argument, Group, Namespace, Parser, Type};
use super::argparse_commands::{Command, Commands, Line};
use super::cluster::{Failure, block_on};
use super::java::{hash_map_order_of_longs, millis};
use super::usage::{KAFKA_COMMIT, KAFKA_VERSION, Stop, Streams};
use crate::client::{At, ClientError, Cluster};
use crate::model::ErrorCode;
use crate::ops::OpsError;
use crate::ops::transactions::{self, AbortSpec, Hanging, ListFilter};

const PROG: &str = "kafka-transactions.sh";
const SERVER: &str = "--bootstrap-server host:port";
const COMMAND: Parser =
    Parser { prog: PROG, description: "", arguments: &[], group: Group::None, before: &[], after: &[] };
const TOPIC: Argument = Argument::one(&["--topic"], Type::String, "TOPIC", "The topic.");
const PARTITION: Argument = Argument::one(&["--partition"], Type::Integer, "PARTITION", "The partition.");
const NEWER: &str = "Brokers on versions 3.0 and above";
const OLDER: &str = "Brokers on versions older than 3.0";

const TOOL: Commands = Commands {
    parser: Parser {
        prog: PROG,
        description: "Shows the transactions of a cluster and their producers, finds those that hang and ends them.",
        arguments: &[
            Argument::HELP,
            Argument::switch(&["-v", "--version"], "Show the version of Apache Kafka that the tool speaks for."),
            Argument::one(&["--command-config"], Type::String, "FILE", "A properties file for the admin client."),
            Argument::one(
                &["--bootstrap-server"],
                Type::String,
                "host:port",
                "Brokers to connect to first, host:port, separated by commas.",
            )
            .required(),
        ],
        group: Group::None,
        before: &[],
        after: &["COMMAND", "..."],
    },
    commands: &[
        Command {
            name: "list",
            help: "List transactional ids.",
            parser: Parser {
                arguments: &[
                    Argument::HELP,
                    Argument::one(
                        &["--duration-filter"],
                        Type::Long,
                        "DURATION_FILTER",
                        "Only those whose transaction is open for longer than so many milliseconds; all if negative.",
                    ),
                    Argument::one(
                        &["--transactional-id-pattern"],
                        Type::String,
                        "TRANSACTIONAL_ID_PATTERN",
                        "Only those that match this regular expression.",
                    ),
                ],
                before: &[SERVER, "list"],
                ..COMMAND
            },
        },
        Command {
            name: "describe",
            help: "Show the state of a transactional id.",
            parser: Parser {
                description: "Shows the state of a transactional id.",
                arguments: &[
                    Argument::HELP,
                    Argument::one(&["--transactional-id"], Type::String, "TRANSACTIONAL_ID", "The transactional id.")
                        .required(),
                ],
                before: &[SERVER, "describe"],
                ..COMMAND
            },
        },
        Command {
            name: "describe-producers",
            help: "Show the producers that a partition remembers.",
            parser: Parser {
                arguments: &[
                    Argument::HELP,
                    Argument::one(
                        &["--broker-id"],
                        Type::Integer,
                        "BROKER_ID",
                        "Ask the replica on this broker, not the leader.",
                    ),
                    TOPIC.required(),
                    PARTITION.required(),
                ],
                before: &[SERVER, "describe-producers"],
                ..COMMAND
            },
        },
        Command {
            name: "abort",
            help: "Abort a transaction that hangs; needs the rights of an administrator.",
            parser: Parser {
                arguments: &[
                    Argument::HELP,
                    TOPIC.required(),
                    PARTITION.required(),
                    Argument::one(
                        &["--start-offset"],
                        Type::Long,
                        "START_OFFSET",
                        "Where the transaction begins; brokers of 3.0 and above need no more.",
                    )
                    .under(NEWER),
                    Argument::one(&["--producer-id"], Type::Long, "PRODUCER_ID", "The producer.").under(OLDER),
                    Argument::one(&["--producer-epoch"], Type::Short, "PRODUCER_EPOCH", "Its epoch.").under(OLDER),
                    Argument::one(
                        &["--coordinator-epoch"],
                        Type::Integer,
                        "COORDINATOR_EPOCH",
                        "Epoch of the coordinator.",
                    )
                    .under(OLDER),
                ],
                before: &[SERVER, "abort"],
                ..COMMAND
            },
        },
        Command {
            name: "find-hanging",
            help: "Find transactions that hang.",
            parser: Parser {
                arguments: &[
                    Argument::HELP,
                    Argument::one(&["--broker-id"], Type::Integer, "BROKER_ID", "Search the replicas of this broker."),
                    Argument::one(
                        &["--max-transaction-timeout"],
                        Type::Integer,
                        "MAX_TRANSACTION_TIMEOUT",
                        "Minutes up to which a transaction may be open.",
                    )
                    .or("15"),
                    TOPIC,
                    PARTITION,
                ],
                before: &[SERVER, "find-hanging"],
                ..COMMAND
            },
        },
        Command {
            name: "forceTerminateTransaction",
            help: "End the open transaction of a transactional id; needs the rights of an administrator.",
            parser: Parser {
                description: "Ends the open transaction of a transactional id.",
                arguments: &[
                    Argument::HELP,
                    Argument::one(&["--transactionalId"], Type::String, "TRANSACTIONALID", "The transactional id.")
                        .required(),
                ],
                before: &[SERVER, "forceTerminateTransaction"],
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
    if TOOL.parser.scan(args, true).is_ok_and(|(before, ..)| before.has("-v")) {
        writeln!(streams.out, "{KAFKA_VERSION} (Commit:{KAFKA_COMMIT})")?;
        return Ok(());
    }
    let line = match TOOL.parse(args) {
        Ok(line) => line,
        // Its help counts as a failure.
        Err(declined) => return declined.stop(1, streams),
    };
    let cluster = connect(&line)?;
    block_on(act(&cluster, line.command, &line.own, streams.out))
}

fn connect(line: &Line) -> Result<Cluster, Stop> {
    match reach(line) {
        Ok(reached) => Ok(reached.cluster),
        Err(failure) if failure.exception == "java.nio.file.NoSuchFileException" => {
            Err(explained("Failed to load admin client properties", &failure.message))
        }
        Err(failure) => Err(Stop::uncaught(&failure.exception, failure.message)),
    }
}

async fn act(cluster: &Cluster, command: &str, own: &Namespace, out: &mut dyn Write) -> Result<(), Stop> {
    match command {
        "list" => list(cluster, own, out).await,
        "describe" => describe(cluster, own.value("--transactional-id").unwrap_or_default(), out).await,
        "describe-producers" => describe_producers(cluster, own, out).await,
        "abort" => abort(cluster, own).await,
        "find-hanging" => find_hanging(cluster, own, out).await,
        _ => terminate(cluster, own.value("--transactionalId").unwrap_or_default()).await,
    }
}

/// What failed, and the words of the exception behind it.
fn explained(what: &str, cause: &str) -> Stop {
    Stop::Failure(format!("{what}: {cause}. Enable debug logging for additional detail."))
}

/// The same for an error of `ops`; `why` has the words of Java's client for what the broker said no to.
fn failed(what: &str, error: &OpsError, call: &str, why: impl Fn(ErrorCode) -> Option<String>) -> Stop {
    let said = match error {
        OpsError::Client(e) => {
            if let Some(code) = e.code() {
                answer::trouble(code.exception(), code.message());
            }
            e.code().and_then(why)
        }
        _ => None,
    };
    explained(what, &said.unwrap_or_else(|| Failure::of_error(error, call).message))
}

fn table<const N: usize>(headers: [&str; N], rows: Vec<[String; N]>) -> String {
    let mut all = vec![headers.map(str::to_owned).to_vec()];
    all.extend(rows.into_iter().map(|row| row.to_vec()));
    tabbed(&all)
}

fn or_none<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "None".to_owned(), |value| value.to_string())
}

async fn list(cluster: &Cluster, own: &Namespace, out: &mut dyn Write) -> Result<(), Stop> {
    let filter = ListFilter {
        longer_than_ms: own.number("--duration-filter"),
        pattern: own.value("--transactional-id-pattern").map(str::to_owned),
        ..ListFilter::default()
    };
    let what = "Failed to list transactions";
    let listed = match transactions::list(cluster, &filter).await {
        Ok(listed) => listed,
        Err(OpsError::Client(ClientError::Refused { subject, code: ErrorCode::InvalidRegularExpression, .. })) => {
            let broker = subject.rsplit(' ').next().unwrap_or_default();
            let said = format!("ListTransactions request sent to broker {broker} failed with an unexpected exception");
            return Err(explained(what, &said));
        }
        Err(error) => return Err(failed(what, &error, "listTransactions(api=METADATA)", |_| None)),
    };
    answer::rows("transactions", &listed);
    let rows = listed
        .into_iter()
        .map(|t| [t.transactional_id, t.coordinator.to_string(), t.producer_id.to_string(), t.state])
        .collect();
    let text = table(["TransactionalId", "Coordinator", "ProducerId", "TransactionState"], rows);
    Ok(out.write_all(text.as_bytes())?)
}

async fn describe(cluster: &Cluster, id: &str, out: &mut dyn Write) -> Result<(), Stop> {
    let t = transactions::describe(cluster, id).await.map_err(|error| {
        let what = format!("Failed to describe transaction state of transactional-id `{id}`");
        failed(&what, &error.into(), "describeTransactions(api=FIND_COORDINATOR)", |code| {
            let request = format!("DescribeTransactions request for transactionalId `{id}` failed");
            Some(match code {
                ErrorCode::TransactionalIdNotFound => format!("{request} because the ID could not be found"),
                ErrorCode::TransactionalIdAuthorizationFailed => format!("{request} due to authorization failure"),
                _ => format!("{request} due to unexpected error"),
            })
        })
    })?;
    answer::row("transactions", || &t);
    let headers = [
        "CoordinatorId",
        "TransactionalId",
        "ProducerId",
        "ProducerEpoch",
        "TransactionState",
        "TransactionTimeoutMs",
        "CurrentTransactionStartTimeMs",
        "TransactionDurationMs",
        "TopicPartitions",
    ];
    let mut partitions: Vec<At> = t.partitions;
    super::java::partition_map_order(&mut partitions, |at| at);
    let partitions: Vec<String> = partitions.iter().map(|(topic, partition)| format!("{topic}-{partition}")).collect();
    let row = [
        t.coordinator.to_string(),
        t.transactional_id,
        t.producer_id.to_string(),
        t.producer_epoch.to_string(),
        t.state,
        t.timeout_ms.to_string(),
        or_none(t.started_ms),
        or_none(t.started_ms.map(|start| millis() - start)),
        partitions.join(","),
    ];
    Ok(out.write_all(table(headers, vec![row]).as_bytes())?)
}

/// The partition that is named, and its name in messages.
fn partition(own: &Namespace) -> (At, String) {
    let at: At = (own.value("--topic").unwrap_or_default().to_owned(), own.number("--partition").unwrap_or_default());
    let name = format!("{}-{}", at.0, at.1);
    (at, name)
}

/// What Java's client says when a partition does not tell its producers.
fn untold(partition: &str, broker: Option<i32>, code: ErrorCode) -> Option<String> {
    let failed = format!("Failed to describe active producers for partition {partition}");
    match (code, broker) {
        (ErrorCode::UnknownTopicOrPartition | ErrorCode::LeaderNotAvailable, _) => None,
        (ErrorCode::NotLeaderOrFollower, Some(id)) => Some(format!("{failed} on brokerId {id}")),
        (ErrorCode::NotLeaderOrFollower, None) => None,
        (ErrorCode::TopicAuthorizationFailed, _) => {
            let topic = partition.rsplit_once('-').map_or(partition, |(topic, _)| topic);
            Some(format!("{failed} due to authorization failure on topic `{topic}`"))
        }
        _ => Some(format!("{failed} due to unexpected error")),
    }
}

async fn producers(
    cluster: &Cluster,
    own: &Namespace,
    broker: Option<i32>,
    what: &str,
) -> Result<Vec<transactions::Producer>, Stop> {
    let (at, name) = partition(own);
    let ours = |error: OpsError| failed(what, &error, "describeProducers", |code| untold(&name, broker, code));
    let mut all = transactions::describe_producers(cluster, std::slice::from_ref(&at), broker).await.map_err(ours)?;
    match all.remove(&at) {
        Some(producers) => producers.map_err(|refusal| ours(refusal.about(&name))),
        None => Ok(Vec::new()),
    }
}

async fn describe_producers(cluster: &Cluster, own: &Namespace, out: &mut dyn Write) -> Result<(), Stop> {
    let broker: Option<i32> = own.number("--broker-id");
    let on = broker.map_or_else(|| "leader".to_owned(), |id| format!("broker {id}"));
    let what = format!("Failed to describe producers for partition {} on {on}", partition(own).1);
    let found = producers(cluster, own, broker, &what).await?;
    let (topic, index) = partition(own).0;
    answer::of("producers");
    for producer in &found {
        answer::row("producers", || {
            let mut row = serde_json::to_value(producer).unwrap_or_default();
            if let Some(fields) = row.as_object_mut() {
                fields.insert("topic".to_owned(), topic.clone().into());
                fields.insert("partition".to_owned(), index.into());
            }
            row
        });
    }
    let headers = [
        "ProducerId",
        "ProducerEpoch",
        "LatestCoordinatorEpoch",
        "LastSequence",
        "LastTimestamp",
        "CurrentTransactionStartOffset",
    ];
    let rows = found
        .into_iter()
        .map(|p| {
            [
                p.producer_id.to_string(),
                p.producer_epoch.to_string(),
                p.coordinator_epoch.to_string(),
                p.last_sequence.to_string(),
                p.last_timestamp_ms.to_string(),
                or_none(p.transaction_start),
            ]
        })
        .collect();
    Ok(out.write_all(table(headers, rows).as_bytes())?)
}

async fn abort(cluster: &Cluster, own: &Namespace) -> Result<(), Stop> {
    let ((topic, index), name) = partition(own);
    let start: Option<i64> = own.number("--start-offset");
    let producer_id: Option<i64> = own.number("--producer-id");
    let spec = match (start, producer_id) {
        (None, None) => {
            return Err(Stop::Failure(
                "The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or above) or with --producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)".to_owned(),
            ));
        }
        (None, Some(producer_id)) => {
            let missing = |flag: &str| Stop::Failure(format!("Missing required argument {flag}"));
            let producer_epoch = own.number("--producer-epoch").ok_or_else(|| missing("--producer-epoch"))?;
            let epoch: i32 = own.number("--coordinator-epoch").ok_or_else(|| missing("--coordinator-epoch"))?;
            AbortSpec { topic, partition: index, producer_id, producer_epoch, coordinator_epoch: epoch.max(0) }
        }
        (Some(start), _) => {
            let what = format!("Failed to validate producer state for partition {name}");
            let found = producers(cluster, own, None, &what).await?;
            let Some(p) = found.into_iter().find(|p| p.transaction_start == Some(start)) else {
                return Err(Stop::Failure(format!(
                    "Could not find any open transactions starting at offset {start} on partition {name}"
                )));
            };
            AbortSpec {
                topic,
                partition: index,
                producer_id: p.producer_id,
                producer_epoch: i16::try_from(p.producer_epoch).unwrap_or(i16::MAX),
                coordinator_epoch: p.coordinator_epoch.max(0),
            }
        }
    };
    transactions::abort(cluster, &spec).await.map_err(|error| {
        let AbortSpec { producer_id, producer_epoch, coordinator_epoch, .. } = spec;
        let spec = format!(
            "AbortTransactionSpec(topicPartition={name}, producerId={producer_id}, producerEpoch={producer_epoch}, coordinatorEpoch={coordinator_epoch})"
        );
        failed(&format!("Failed to abort transaction {spec}"), &error, "abortTransaction", |code| {
            let request = format!("WriteTxnMarkers request with {spec} failed");
            match code {
                ErrorCode::UnknownTopicOrPartition | ErrorCode::LeaderNotAvailable => None,
                ErrorCode::ClusterAuthorizationFailed => Some(format!("{request} due to cluster authorization error")),
                ErrorCode::InvalidProducerEpoch => Some(format!("{request} due an invalid producer epoch")),
                ErrorCode::TransactionCoordinatorFenced => Some(format!(
                    "{request} since the provided coordinator epoch {coordinator_epoch} has been fenced by the active coordinator"
                )),
                other => Some(format!("{request} due to unexpected error: {}", other.message())),
            }
        })
    })?;
    answer::did("abort", "transaction", name);
    Ok(())
}

async fn find_hanging(cluster: &Cluster, own: &Namespace, out: &mut dyn Write) -> Result<(), Stop> {
    let broker: Option<i32> = own.number("--broker-id");
    let only: Option<i32> = own.number("--partition");
    let topic = own.value("--topic");
    if topic.is_none() && broker.is_none() {
        return Err(Stop::Failure(
            "The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search"
                .to_owned(),
        ));
    }
    if topic.is_none() && only.is_some() {
        return Err(Stop::Failure("The --partition argument requires --topic to be provided".to_owned()));
    }
    let partitions: Vec<At> = match (topic, only) {
        (Some(topic), Some(partition)) => vec![(topic.to_owned(), partition)],
        _ => {
            let names: Vec<String> = topic.into_iter().map(str::to_owned).collect();
            transactions::partitions_to_search(cluster, &names, broker).await.map_err(|error| {
                let what = match names.len() {
                    0 => "Failed to list topics".to_owned(),
                    n => format!("Failed to describe {n} topics"),
                };
                failed(&what, &error, "listTopics", |_| None)
            })?
        }
    };
    let oldest = own.number::<i64>("--max-transaction-timeout").unwrap_or(15) * 60_000;
    let now = millis();
    let mut found = transactions::find_hanging(cluster, &partitions, broker, oldest, now).await.map_err(|error| {
        let on = broker.map_or_else(|| "Optional.empty".to_owned(), |id| format!("Optional[{id}]"));
        let what = format!("Failed to describe producers for {} partitions on broker {on}", partitions.len());
        failed(&what, &error, "describeProducers", |_| None)
    })?;
    hash_map_order_of_longs(&mut found, |hanging| hanging.producer.producer_id);
    answer::rows("hanging_transactions", &found);
    Ok(out.write_all(hanging_text(&found, now).as_bytes())?)
}

fn hanging_text(found: &[Hanging], now: i64) -> String {
    let headers = [
        "Topic",
        "Partition",
        "ProducerId",
        "ProducerEpoch",
        "CoordinatorEpoch",
        "StartOffset",
        "LastTimestamp",
        "Duration(min)",
    ];
    let row = |Hanging { topic, partition, producer: p }: &Hanging| {
        [
            topic.clone(),
            partition.to_string(),
            p.producer_id.to_string(),
            p.producer_epoch.to_string(),
            p.coordinator_epoch.to_string(),
            p.transaction_start.unwrap_or(-1).to_string(),
            p.last_timestamp_ms.to_string(),
            ((now - p.last_timestamp_ms) / 60_000).to_string(),
        ]
    };
    table(headers, found.iter().map(row).collect())
}

async fn terminate(cluster: &Cluster, id: &str) -> Result<(), Stop> {
    transactions::terminate(cluster, id).await.map_err(|error| {
        let what = format!("Failed to force terminate transactionalId `{id}`");
        failed(&what, &error, "fenceProducer", |code| {
            let request = format!("InitProducerId request for transactionalId `{id}` failed due to");
            Some(match code {
                ErrorCode::ClusterAuthorizationFailed => format!("{request} cluster authorization failure"),
                ErrorCode::TransactionalIdAuthorizationFailed => {
                    format!("{request} transactional ID authorization failure")
                }
                _ => format!("{request} unexpected error"),
            })
        })
    })?;
    answer::did("terminate", "transaction", id);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::argparse_commands::Declined;
    use super::*;

    fn parsed(line: &str) -> Result<Line, Declined> {
        TOOL.parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn usage_names_the_way_to_the_command() {
        let Err(Declined::Wrong { text, message }) = parsed("--bootstrap-server a:1 abort --topic x") else { panic!() };
        assert_eq!(message, "argument --partition is required");
        assert!(
            text.starts_with(
                "usage: kafka-transactions.sh --bootstrap-server host:port abort [-h]\n                             --topic TOPIC --partition PARTITION\n"
            ),
            "{text}"
        );
        let Err(Declined::Wrong { message, .. }) = parsed("list") else { panic!() };
        assert_eq!(message, "argument --bootstrap-server is required");
    }

    #[test]
    fn hanging_transactions_stand_in_a_table_of_tabs() {
        let producer = transactions::Producer {
            producer_id: 3,
            producer_epoch: 1,
            coordinator_epoch: 0,
            last_sequence: 4,
            last_timestamp_ms: 60_000,
            transaction_start: Some(12),
        };
        let text = hanging_text(&[Hanging { topic: "t".into(), partition: 0, producer }], 1_260_000);
        assert_eq!(
            text.lines().nth(1).unwrap(),
            "t    \t0        \t3         \t1            \t0               \t12         \t60000        \t20           \t"
        );
    }
}
