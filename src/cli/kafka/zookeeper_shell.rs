//! `zookeeper-shell.sh`, for runbooks from before KRaft: the paths under which ZooKeeper held what they read, answered
//! from the cluster itself. The address is that of a broker.
//!
//! Times of registration are not in the protocol, so the `timestamp` of ZooKeeper's JSON is left out.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde_json::{Map, Value, json};

use super::answer;
use super::cluster::{Failure, block_on};
use super::usage::{Stop, Streams};
use crate::client::{Broker, ClientConfig, Cluster, Properties, Topics};
use crate::ops::cluster::Side;
use crate::ops::configs::{self, Resource};
use crate::ops::topics::{self, DescribedTopic};
use crate::ops::{OpsError, quorum};

/// Partitions asked for at once.
const PAGE: i32 = 2_000;

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let Some((address, command)) = address_and_command(args) else {
        let usage = "USAGE: zookeeper-shell.sh zookeeper_host:port[/path] [-zk-tls-config-file file] [args...]";
        return Err(Stop::Failure(usage.to_owned()));
    };
    // Whoever keeps everything below a path of its own has one cluster there, and so has the address.
    let servers = address.split('/').next().unwrap_or_default();
    let config = ClientConfig::from_properties(Some(servers), &Properties::default())
        .map_err(|error| Stop::Failure(error.to_string()))?;
    let cluster = Cluster::new(config);
    writeln!(streams.out, "Connecting to {address}")?;
    if !command.is_empty() {
        writeln!(streams.out, "\nWATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null")?;
        return obey(&cluster, command, streams);
    }
    writeln!(streams.out, "Welcome to ZooKeeper!\nJLine support is disabled")?;
    streams.out.flush()?;
    for line in std::io::stdin().lock().lines() {
        let words: Vec<String> = line?.split_whitespace().map(str::to_owned).collect();
        match words.first().map(String::as_str) {
            None => {}
            Some("quit") => break,
            Some(_) => match obey(&cluster, &words, streams) {
                // One answer that is no does not end the session.
                Err(Stop::Failure(message)) => {
                    answer::trouble("", &message);
                    writeln!(streams.err, "{message}")?;
                }
                other => other?,
            },
        }
        streams.out.flush()?;
    }
    Ok(())
}

fn address_and_command(args: &[String]) -> Option<(&str, &[String])> {
    let address = args.first().filter(|word| !word.starts_with('-'))?;
    let rest = match args.get(1).map(String::as_str) {
        Some("-zk-tls-config-file" | "--zk-tls-config-file") => args.get(3..).unwrap_or_default(),
        _ => &args[1..],
    };
    Some((address, rest))
}

fn obey(cluster: &Cluster, words: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let path = words.iter().skip(1).find(|word| word.starts_with('/')).map(|path| path.trim_end_matches('/'));
    let missing = || Stop::Failure(format!("Node does not exist: {}", path.filter(|p| !p.is_empty()).unwrap_or("/")));
    match (words[0].as_str(), path) {
        ("ls" | "ls2", Some(path)) => {
            let children =
                ask(cluster, |cluster| async move { children(&cluster, path).await })?.ok_or_else(missing)?;
            Ok(writeln!(streams.out, "[{}]", children.join(", "))?)
        }
        ("get", Some(path)) => {
            let value = ask(cluster, |cluster| async move { value(&cluster, path).await })?.ok_or_else(missing)?;
            Ok(writeln!(streams.out, "{value}")?)
        }
        ("stat", Some(path)) => {
            let there = ask(cluster, |cluster| async move { children(&cluster, path).await })?;
            let there = match there {
                Some(children) => Some(children.len()),
                None => ask(cluster, |cluster| async move { value(&cluster, path).await })?.map(|_| 0),
            };
            Ok(writeln!(streams.out, "numChildren = {}", there.ok_or_else(missing)?)?)
        }
        ("ls" | "ls2" | "get" | "stat", None) => Err(Stop::Failure(format!("{} path", words[0]))),
        (other, _) => Err(Stop::Failure(format!(
            "{other} is not supported: only ls, get and stat are, as nothing is stored in ZooKeeper any more"
        ))),
    }
}

fn ask<'a, T, F>(cluster: &'a Cluster, question: impl FnOnce(Cluster) -> F) -> Result<T, Stop>
where
    F: Future<Output = crate::ops::Result<T>> + 'a,
{
    let answer = question(cluster.clone());
    block_on(async { Ok(answer.await) })?
        .map_err(|error: OpsError| Stop::Failure(Failure::of_error(&error, "listNodes").message))
}

fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !part.is_empty()).collect()
}

/// The names below a path; `None` where nothing can be.
async fn children(cluster: &Cluster, path: &str) -> crate::ops::Result<Option<Vec<String>>> {
    let fixed = |names: &[&str]| Some(names.iter().map(|&name| name.to_owned()).collect());
    Ok(match parts(path).as_slice() {
        [] => fixed(&["brokers", "cluster", "config", "controller", "controller_epoch"]),
        ["brokers"] => fixed(&["ids", "topics"]),
        ["cluster"] => fixed(&["id"]),
        ["config"] => fixed(&["topics"]),
        ["brokers", "ids"] => {
            let brokers = cluster.metadata(Topics::None).await?.brokers;
            Some(brokers.keys().map(i32::to_string).collect())
        }
        ["brokers" | "config", "topics"] => Some(cluster.metadata(Topics::All).await?.topics.into_keys().collect()),
        ["brokers", "topics", name] => topic(cluster, name).await?.map(|_| vec!["partitions".to_owned()]),
        ["brokers", "topics", name, "partitions"] => {
            topic(cluster, name).await?.map(|topic| topic.partitions.iter().map(|p| p.partition.to_string()).collect())
        }
        ["brokers", "topics", name, "partitions", index] => topic(cluster, name)
            .await?
            .filter(|topic| topic.partitions.iter().any(|p| p.partition.to_string() == *index))
            .map(|_| vec!["state".to_owned()]),
        _ => None,
    })
}

/// What stands at a path; `None` where nothing does.
async fn value(cluster: &Cluster, path: &str) -> crate::ops::Result<Option<String>> {
    Ok(match parts(path).as_slice() {
        ["brokers", "ids", id] => {
            let brokers = cluster.metadata(Topics::None).await?.brokers;
            match id.parse::<i32>().ok().and_then(|id| brokers.get(&id)) {
                Some(broker) => Some(registration(broker, &settings(cluster, broker.id).await?).to_string()),
                None => None,
            }
        }
        ["brokers", "topics", name] => topic(cluster, name).await?.map(|topic| assignment(&topic).to_string()),
        ["brokers", "topics", name, "partitions", index, "state"] => {
            let epoch = quorum::describe(cluster, Side::Brokers).await?.leader_epoch;
            topic(cluster, name).await?.and_then(|topic| state(&topic, index, epoch)).map(|state| state.to_string())
        }
        ["config", "topics", name] => topic(cluster, name).await?.map(|topic| {
            let own = topic.overrides().map(|c| (c.name.clone(), json!(c.value.clone().unwrap_or_default())));
            json!({"version": 1, "config": own.collect::<Map<String, Value>>()}).to_string()
        }),
        ["controller"] => {
            let leader = quorum::describe(cluster, Side::Brokers).await?.leader_id;
            Some(json!({"version": 1, "brokerid": leader}).to_string())
        }
        ["controller_epoch"] => Some(quorum::describe(cluster, Side::Brokers).await?.leader_epoch.to_string()),
        ["cluster", "id"] => {
            let id = quorum::describe(cluster, Side::Brokers).await?.cluster_id;
            Some(json!({"version": "1", "id": id}).to_string())
        }
        // A directory's own value is null, as ZooKeeper prints it.
        _ => children(cluster, path).await?.map(|_| "null".to_owned()),
    })
}

async fn topic(cluster: &Cluster, name: &str) -> crate::ops::Result<Option<DescribedTopic>> {
    let found = topics::describe(cluster, Some(&[name.to_owned()]), PAGE).await?;
    Ok(found.into_iter().find_map(|(_, topic)| topic.ok()))
}

async fn settings(cluster: &Cluster, id: i32) -> crate::ops::Result<BTreeMap<String, String>> {
    let described = configs::describe(cluster, &[Resource::broker(Some(id))], false).await?;
    let entries = described.into_iter().filter_map(|d| d.result.ok()).flatten();
    Ok(entries.filter_map(|entry| Some((entry.name, entry.value?))).collect())
}

/// `/brokers/ids/N`. The listeners are those of the broker's settings, where they may be read; the one that the cluster
/// told otherwise.
fn registration(broker: &Broker, settings: &BTreeMap<String, String>) -> Value {
    let list = |name: &str| -> Vec<&str> {
        let words = settings.get(name).map(String::as_str).unwrap_or_default().split(',').map(str::trim);
        words.filter(|word| !word.is_empty()).collect()
    };
    let advertised = list("advertised.listeners");
    let all = if advertised.is_empty() { list("listeners") } else { advertised };
    let controllers = list("controller.listener.names");
    let protocols: BTreeMap<&str, &str> =
        list("listener.security.protocol.map").into_iter().filter_map(|pair| pair.split_once(':')).collect();
    let mut endpoints: Vec<(String, String)> = Vec::new();
    for listener in all {
        let Some((name, address)) = listener.split_once("://") else { continue };
        if !controllers.contains(&name) {
            let host = if address.starts_with(':') { broker.host.as_str() } else { "" };
            endpoints.push((name.to_owned(), format!("{host}{address}")));
        }
    }
    if endpoints.is_empty() {
        endpoints.push(("PLAINTEXT".to_owned(), broker.address()));
    }
    let map: Map<String, Value> = endpoints
        .iter()
        .map(|(name, _)| (name.clone(), json!(protocols.get(name.as_str()).copied().unwrap_or(name))))
        .collect();
    let addresses: Vec<String> = endpoints.iter().map(|(name, address)| format!("{name}://{address}")).collect();
    let mut json = json!({
        "listener_security_protocol_map": map,
        "endpoints": addresses,
        "jmx_port": -1,
        "features": {},
        "host": broker.host,
        "port": broker.port,
        "version": 5,
    });
    if let (Some(rack), Some(fields)) = (&broker.rack, json.as_object_mut()) {
        fields.insert("rack".to_owned(), json!(rack));
    }
    json
}

/// `/brokers/topics/T`.
fn assignment(topic: &DescribedTopic) -> Value {
    let partitions: Map<String, Value> =
        topic.partitions.iter().map(|p| (p.partition.to_string(), json!(p.replicas))).collect();
    json!({
        "removing_replicas": {},
        "partitions": partitions,
        "topic_id": topic.id.to_string(),
        "adding_replicas": {},
        "version": 3,
    })
}

/// `/brokers/topics/T/partitions/P/state`.
fn state(topic: &DescribedTopic, index: &str, controller_epoch: i32) -> Option<Value> {
    let p = topic.partitions.iter().find(|p| p.partition.to_string() == index)?;
    Some(json!({
        "controller_epoch": controller_epoch,
        "leader": p.leader.unwrap_or(-1),
        "version": 1,
        "leader_epoch": p.leader_epoch,
        "isr": p.isr,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_is_what_zookeeper_held() {
        let broker = Broker { id: 1, host: "kafka1".into(), port: 9092, rack: Some("r1".into()) };
        let settings = [
            ("advertised.listeners", "PLAINTEXT://kafka1:9092,SECURE://kafka1:9093"),
            ("listener.security.protocol.map", "SECURE:SASL_SSL,PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
        ];
        let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(
            registration(&broker, &settings).to_string(),
            "{\"listener_security_protocol_map\":{\"PLAINTEXT\":\"PLAINTEXT\",\"SECURE\":\"SASL_SSL\"},\
             \"endpoints\":[\"PLAINTEXT://kafka1:9092\",\"SECURE://kafka1:9093\"],\"jmx_port\":-1,\"features\":{},\
             \"host\":\"kafka1\",\"port\":9092,\"version\":5,\"rack\":\"r1\"}"
        );
        let topic = DescribedTopic {
            name: "t".into(),
            id: crate::model::Uuid(1),
            internal: false,
            partitions: vec![topics::DescribedPartition {
                leader: Some(2),
                leader_epoch: 7,
                replicas: vec![1, 2],
                isr: vec![2],
                ..Default::default()
            }],
            configs: Vec::new(),
        };
        assert_eq!(
            state(&topic, "0", 4).unwrap().to_string(),
            "{\"controller_epoch\":4,\"leader\":2,\"version\":1,\"leader_epoch\":7,\"isr\":[2]}"
        );
        assert_eq!(state(&topic, "1", 4), None);
    }

    #[test]
    fn the_address_may_end_in_a_path_and_the_command_follows() {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let args = words("zk:2181/kafka -zk-tls-config-file f ls /brokers/ids");
        assert_eq!(address_and_command(&args), Some(("zk:2181/kafka", &words("ls /brokers/ids")[..])));
        assert_eq!(address_and_command(&[]), None);
    }
}
