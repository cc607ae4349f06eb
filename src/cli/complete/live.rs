//! Names from the cluster that the line means, asked for in a moment and kept for a few more.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use super::Candidate;
use super::line::{Asked, Live};
use crate::cli::connect::{Connect, block_on};
use crate::client::{Cluster, Topics};
use crate::ops::configs::{self, Resource};
use crate::ops::groups;
use crate::ops::profiles::Profiles;

/// Nobody waits longer for a completion.
const PATIENCE: Duration = Duration::from_millis(900);
/// So long the names that were found count: who presses the key again wants them at once.
const FRESH: Duration = Duration::from_secs(5);

/// How the line reaches its cluster, read as commands read it.
#[derive(Debug, Parser)]
struct Reach {
    #[command(flatten)]
    connect: Connect,
}

/// The names of a kind; none when they cannot be had.
pub(super) fn candidates(kind: Live, asked: &Asked) -> Vec<Candidate> {
    if kind == Live::Profile {
        return profiles().unwrap_or_default();
    }
    let Some(cluster) = cluster(asked) else { return Vec::new() };
    let subject = subject(asked);
    let place = place(&cluster, kind, subject.as_ref());
    if let Some(kept) = place.as_deref().and_then(read) {
        return kept;
    }
    let limited = async { tokio::time::timeout(PATIENCE, ask(&cluster, kind, subject)).await };
    let Ok(Ok(Some(found))) = block_on(limited) else { return Vec::new() };
    if let Some(place) = place {
        write(&place, &found);
    }
    found
}

fn profiles() -> Option<Vec<Candidate>> {
    let names = Profiles::of_user().ok()?.names().ok()?;
    Some(names.into_iter().map(|name| Candidate::new(name, "")).collect())
}

fn cluster(asked: &Asked) -> Option<Cluster> {
    let mut words = vec!["complete".to_owned()];
    for option in ["bootstrap-server", "profile", "command-config"] {
        if let Some((_, value)) = asked.given.iter().rev().find(|(name, _)| name == option) {
            words.push(format!("--{option}={value}"));
        }
    }
    let (mut config, _) = Reach::try_parse_from(words).ok()?.connect.settings().ok()?;
    config.set_timeout(PATIENCE);
    Some(Cluster::new(config))
}

/// What the settings on the line belong to.
fn subject(asked: &Asked) -> Option<Resource> {
    let value = |option: &str| asked.given.iter().find(|(name, _)| name == option).map(|(_, value)| value.as_str());
    match (value("entity-type"), value("entity-name")) {
        (Some("topics"), Some(name)) => return Some(Resource::topic(name)),
        (Some("brokers"), Some(id)) => return id.parse().ok().map(|id| Resource::broker(Some(id))),
        (Some("groups"), Some(name)) => return Some(Resource::group(name)),
        _ => {}
    }
    if let Some(name) = value("topic") {
        return Some(Resource::topic(name));
    }
    if let Some(name) = value("group") {
        return Some(Resource::group(name));
    }
    if let Some(name) = value("client-metrics") {
        return Some(Resource::client_metrics(name));
    }
    if let Some(id) = value("broker-logger") {
        return id.parse().ok().map(Resource::broker_logger);
    }
    value("broker").map(|id| Resource::broker(id.parse().ok()))
}

async fn ask(cluster: &Cluster, kind: Live, subject: Option<Resource>) -> Option<Vec<Candidate>> {
    match kind {
        Live::Topic => {
            let metadata = cluster.metadata(Topics::All).await.ok()?;
            let topics = metadata.topics.into_values();
            let about = |n: usize| format!("{n} partition{}", if n == 1 { "" } else { "s" });
            Some(topics.map(|topic| Candidate::new(topic.name, &about(topic.partitions.len()))).collect())
        }
        Live::Group => {
            let (mut found, _) = groups::list(cluster, &[], &[]).await.ok()?;
            found.sort();
            Some(found.into_iter().map(|group| Candidate::new(group.group, &group.state)).collect())
        }
        Live::Broker => {
            let metadata = cluster.metadata(Topics::None).await.ok()?;
            let brokers = metadata.brokers.into_values();
            Some(brokers.map(|broker| Candidate::new(broker.id.to_string(), &broker.address())).collect())
        }
        Live::ConfigKey => {
            let subject = match subject {
                Some(subject) => subject,
                // Of a topic that is yet to be made any other one tells the names.
                None => {
                    let metadata = cluster.metadata(Topics::All).await.ok()?;
                    metadata.topics.keys().next().map(|name| Resource::topic(name))?
                }
            };
            let described = configs::describe(cluster, &[subject], false).await.ok()?;
            let entries = described.into_iter().next()?.result.ok()?;
            let shown = |value: Option<String>| value.unwrap_or_default();
            Some(
                entries
                    .into_iter()
                    .filter(|entry| !entry.read_only)
                    .map(|entry| Candidate::new(entry.name, &shown(entry.value)))
                    .collect(),
            )
        }
        Live::Profile => None,
    }
}

/// Where names are kept: a file for each cluster and kind.
fn place(cluster: &Cluster, kind: Live, subject: Option<&Resource>) -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")))?;
    let about = match (kind, subject) {
        (Live::ConfigKey, Some(subject)) => format!("{:?}-{}", subject.kind, subject.name),
        _ => String::new(),
    };
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' };
    let name: String =
        format!("{}-{kind:?}-{about}", cluster.config().bootstrap.join(",")).chars().map(plain).take(200).collect();
    Some(home.join("logbus").join("complete").join(name))
}

fn read(place: &std::path::Path) -> Option<Vec<Candidate>> {
    let age = fs::metadata(place).ok()?.modified().ok()?.elapsed().ok()?;
    if age > FRESH {
        return None;
    }
    let text = fs::read_to_string(place).ok()?;
    let line = |line: &str| line.split_once('\t').map(|(value, about)| Candidate::new(value, about));
    Some(text.lines().filter_map(line).collect())
}

/// Keeps what was found; that it cannot be kept is no reason to speak.
fn write(place: &std::path::Path, found: &[Candidate]) {
    let text: String = found.iter().map(|c| format!("{}\t{}\n", c.value, c.about)).collect();
    let beside = place.with_extension(std::process::id().to_string());
    let kept = place.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&beside, text));
    if kept.and_then(|()| fs::rename(&beside, place)).is_err() {
        let _ = fs::remove_file(&beside);
    }
}
