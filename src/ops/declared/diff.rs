//! The difference between a file and a cluster, as changes that each know their step.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::spec::{Declared, DeclaredTopic, DeclaredUser, Quota, Scalar};
use super::state::Read;
use crate::model::ScramMechanism;
use crate::ops::configs::Resource;
use crate::ops::topics::NewTopic;

/// What is done to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is not there.
    Create,
    /// It is otherwise.
    Change,
    /// It is there, is not in the file, and pruning was asked for.
    Delete,
}

/// What kind of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Kind {
    Topic,
    Broker,
    Group,
    Quota,
    User,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// What is done.
    pub action: Action,
    /// To what kind of thing.
    pub kind: Kind,
    /// To which.
    pub name: String,
    /// To which side of it: `partitions`, the name of a setting; empty for the whole.
    pub what: String,
    /// How it is.
    pub now: Option<String>,
    /// How it shall be.
    pub wanted: Option<String>,
    /// Why it cannot be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impossible: Option<String>,
    #[serde(skip)]
    pub(super) step: Step,
}

/// What has to be asked of the cluster.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    CreateTopic { partitions: Option<i32>, replication_factor: Option<i16>, configs: Vec<(String, String)> },
    AddPartitions(i32),
    DeleteTopic,
    Config { resource: Resource, value: Option<String> },
    Quota { entity: Quota, value: Option<f64> },
    User { mechanism: ScramMechanism, wanted: Option<DeclaredUser> },
    None,
}

impl Change {
    pub(super) fn new_topic(&self) -> Option<NewTopic> {
        let Step::CreateTopic { partitions, replication_factor, configs } = &self.step else { return None };
        Some(NewTopic {
            name: self.name.clone(),
            partitions: *partitions,
            replication_factor: *replication_factor,
            assignment: Vec::new(),
            configs: configs.clone(),
        })
    }
}

/// Compares. With `prune`, what the cluster has and the file does not name is to be deleted: topics only below the
/// names that the file owns, settings only of things that the file names.
pub fn diff(wanted: &Declared, read: &Read, prune: bool) -> Vec<Change> {
    let mut changes = Vec::new();
    let now = &read.now;
    if let (Some(wanted_topics), Some(now_topics)) = (&wanted.topics, &now.topics) {
        topics(wanted_topics, now_topics, prune, &mut changes);
        if prune {
            let owned = |name: &str| wanted.owns.iter().any(|prefix| name.starts_with(prefix.as_str()));
            let gone = now_topics.keys().filter(|name| !wanted_topics.contains_key(*name) && owned(name));
            changes.extend(gone.map(|name| Change {
                now: Some(format!("{} partitions", now_topics[name].partitions.unwrap_or_default())),
                step: Step::DeleteTopic,
                ..change(Action::Delete, Kind::Topic, name, "")
            }));
        }
    }
    if let (Some(wanted), Some(now)) = (&wanted.configs, &now.configs) {
        let none = BTreeMap::new();
        let mut of = |kind, name: &str, resource: &Resource, wanted, now| {
            configs(kind, name, resource, wanted, now, prune, &mut changes);
        };
        of(Kind::Broker, "all", &Resource::broker(None), &wanted.all_brokers, &now.all_brokers);
        for (id, settings) in &wanted.brokers {
            let resource = Resource::broker(id.parse().ok());
            of(Kind::Broker, id, &resource, settings, now.brokers.get(id).unwrap_or(&none));
        }
        for (name, settings) in &wanted.groups {
            of(Kind::Group, name, &Resource::group(name), settings, now.groups.get(name).unwrap_or(&none));
        }
    }
    quotas(wanted, now, prune, &mut changes);
    users(wanted, now, prune, &mut changes);
    for change in &mut changes {
        if read.secrets.contains(&(change.kind, change.name.clone(), change.what.clone())) {
            change.impossible = Some("it is a secret, which cannot be compared".into());
        }
    }
    changes.sort_by(|a, b| (a.kind, &a.name, a.action).cmp(&(b.kind, &b.name, b.action)));
    changes
}

fn change(action: Action, kind: Kind, name: &str, what: &str) -> Change {
    Change {
        action,
        kind,
        name: name.to_owned(),
        what: what.to_owned(),
        now: None,
        wanted: None,
        impossible: None,
        step: Step::None,
    }
}

fn topics(
    wanted: &BTreeMap<String, DeclaredTopic>,
    now: &BTreeMap<String, DeclaredTopic>,
    prune: bool,
    changes: &mut Vec<Change>,
) {
    for (name, topic) in wanted {
        let Some(there) = now.get(name) else {
            changes.push(Change {
                wanted: Some(shape(topic)),
                step: Step::CreateTopic {
                    partitions: topic.partitions,
                    replication_factor: topic.replication_factor,
                    configs: topic.configs.iter().map(|(name, value)| (name.clone(), value.0.clone())).collect(),
                },
                ..change(Action::Create, Kind::Topic, name, "")
            });
            continue;
        };
        if let (Some(wanted), Some(count)) = (topic.partitions, there.partitions)
            && wanted != count
        {
            changes.push(Change {
                now: Some(count.to_string()),
                wanted: Some(wanted.to_string()),
                impossible: (wanted < count).then(|| "partitions cannot be taken away".to_owned()),
                step: Step::AddPartitions(wanted),
                ..change(Action::Change, Kind::Topic, name, "partitions")
            });
        }
        if let (Some(wanted), Some(factor)) = (topic.replication_factor, there.replication_factor)
            && wanted != factor
        {
            changes.push(Change {
                now: Some(factor.to_string()),
                wanted: Some(wanted.to_string()),
                impossible: Some(format!(
                    "it copies data: `logbus topics alter {name} --replication-factor {wanted}` does it under a throttle"
                )),
                ..change(Action::Change, Kind::Topic, name, "replication_factor")
            });
        }
        configs(Kind::Topic, name, &Resource::topic(name), &topic.configs, &there.configs, prune, changes);
    }
}

/// A topic in a few words.
fn shape(topic: &DeclaredTopic) -> String {
    let count = topic.partitions.map_or("default".to_owned(), |n| n.to_string());
    let factor = topic.replication_factor.map_or("default".to_owned(), |n| n.to_string());
    let head = [format!("partitions={count}"), format!("replication_factor={factor}")];
    let rest = topic.configs.iter().map(|(name, value)| format!("{name}={}", value.0));
    head.into_iter().chain(rest).collect::<Vec<_>>().join(", ")
}

fn configs(
    kind: Kind,
    name: &str,
    resource: &Resource,
    wanted: &BTreeMap<String, Scalar>,
    now: &BTreeMap<String, Scalar>,
    prune: bool,
    changes: &mut Vec<Change>,
) {
    let keys: BTreeSet<&String> = wanted.keys().chain(now.keys().filter(|_| prune)).collect();
    for key in keys {
        let (value, there) = (wanted.get(key), now.get(key));
        if value == there {
            continue;
        }
        changes.push(Change {
            now: there.map(|v| v.0.clone()),
            wanted: value.map(|v| v.0.clone()),
            step: Step::Config { resource: resource.clone(), value: value.map(|v| v.0.clone()) },
            ..change(if value.is_some() { Action::Change } else { Action::Delete }, kind, name, key)
        });
    }
}

/// `user alice, client-id app`; `<default>` stands for every one without a quota of its own.
fn quota_name(entity: &Quota) -> String {
    let part = |(kind, name): (&String, &Option<String>)| format!("{kind} {}", name.as_deref().unwrap_or("<default>"));
    entity.iter().rev().map(part).collect::<Vec<_>>().join(", ")
}

fn quotas(wanted: &Declared, now: &Declared, prune: bool, changes: &mut Vec<Change>) {
    let (Some(wanted), Some(now)) = (&wanted.quotas, &now.quotas) else { return };
    let none = BTreeMap::new();
    let of = |all: &[super::DeclaredQuota]| -> BTreeMap<Quota, BTreeMap<String, f64>> {
        all.iter().map(|quota| (quota.entity.clone(), quota.limits.clone())).collect()
    };
    let (wanted, now) = (of(wanted), of(now));
    let entities: BTreeSet<&Quota> = wanted.keys().chain(now.keys().filter(|_| prune)).collect();
    for entity in entities {
        let (limits, there) = (wanted.get(entity).unwrap_or(&none), now.get(entity).unwrap_or(&none));
        let keys: BTreeSet<&String> = limits.keys().chain(there.keys().filter(|_| prune)).collect();
        for key in keys {
            let (value, current) = (limits.get(key), there.get(key));
            if value == current {
                continue;
            }
            let action = match (value, current) {
                (None, _) => Action::Delete,
                (Some(_), None) => Action::Create,
                _ => Action::Change,
            };
            changes.push(Change {
                now: current.map(f64::to_string),
                wanted: value.map(f64::to_string),
                step: Step::Quota { entity: entity.clone(), value: value.copied() },
                ..change(action, Kind::Quota, &quota_name(entity), key)
            });
        }
    }
}

fn users(wanted: &Declared, now: &Declared, prune: bool, changes: &mut Vec<Change>) {
    let (Some(wanted), Some(now)) = (&wanted.users, &now.users) else { return };
    let none = BTreeMap::new();
    let names: BTreeSet<&String> = wanted.keys().chain(now.keys().filter(|_| prune)).collect();
    for name in names {
        let (credentials, there) = (wanted.get(name).unwrap_or(&none), now.get(name).unwrap_or(&none));
        let mechanisms: BTreeSet<&String> = credentials.keys().chain(there.keys().filter(|_| prune)).collect();
        for mechanism in mechanisms {
            let (value, current) = (credentials.get(mechanism), there.get(mechanism));
            // The password itself cannot be compared: one that is there with as many iterations is taken for it.
            if value.map(|v| v.iterations) == current.map(|v| v.iterations) {
                continue;
            }
            let Some(number) = ScramMechanism::from_name(mechanism) else { continue };
            let action = match (value, current) {
                (None, _) => Action::Delete,
                (Some(_), None) => Action::Create,
                _ => Action::Change,
            };
            let no_password = value.is_some_and(|v| v.password_env.is_none());
            changes.push(Change {
                now: current.map(|v| format!("iterations={}", v.iterations)),
                wanted: value.map(|v| format!("iterations={}", v.iterations)),
                impossible: no_password
                    .then(|| "`password_env` has to name an environment variable with the password".to_owned()),
                step: Step::User { mechanism: number, wanted: value.cloned() },
                ..change(action, Kind::User, name, mechanism)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTER: &str = "
topics:
  a: {partitions: 3, replication_factor: 1, configs: {retention.ms: 1000, cleanup.policy: compact}}
  team.old: {partitions: 1, replication_factor: 1}
  other: {partitions: 1, replication_factor: 1}
quotas:
  - {entity: {user: alice}, limits: {producer_byte_rate: 10, consumer_byte_rate: 5}}
users:
  alice: {SCRAM-SHA-256: {iterations: 4096}}
configs:
  all_brokers: {log.retention.ms: 5}
";

    fn now() -> Read {
        Read { now: Declared::parse(CLUSTER).unwrap(), secrets: BTreeSet::new(), silent: Vec::new() }
    }

    fn lines(file: &str, prune: bool) -> Vec<String> {
        let changes = diff(&Declared::parse(file).unwrap(), &now(), prune);
        let show = |v: &Option<String>| v.clone().unwrap_or_else(|| "-".into());
        changes
            .iter()
            .map(|c| format!("{:?} {} {}: {} -> {}", c.action, c.name, c.what, show(&c.now), show(&c.wanted)))
            .collect()
    }

    #[test]
    fn a_file_that_says_what_is_there_changes_nothing() {
        assert_eq!(lines(CLUSTER, false), [""; 0]);
        assert_eq!(lines(CLUSTER, true), [""; 0]);
        assert_eq!(lines("topics: {a: {}}", false), [""; 0], "what a file does not say is left as it is");
    }

    #[test]
    fn only_what_differs_is_changed() {
        let file = "topics: {a: {partitions: 6, configs: {retention.ms: 2000}}, new: {partitions: 2}}";
        assert_eq!(
            lines(file, false),
            [
                "Change a partitions: 3 -> 6",
                "Change a retention.ms: 1000 -> 2000",
                "Create new : - -> partitions=2, replication_factor=default",
            ]
        );
    }

    #[test]
    fn pruning_deletes_what_the_file_owns_and_nothing_else() {
        let file = "owns: [team.]\ntopics: {a: {configs: {retention.ms: 1000}}}\nquotas: []";
        assert_eq!(lines(file, false), [""; 0]);
        assert_eq!(
            lines(file, true),
            [
                "Delete a cleanup.policy: compact -> -",
                "Delete team.old : 1 partitions -> -",
                "Delete user alice consumer_byte_rate: 5 -> -",
                "Delete user alice producer_byte_rate: 10 -> -",
            ]
        );
    }

    #[test]
    fn what_cannot_be_done_says_why() {
        let impossible = |file: &str| {
            let changes = diff(&Declared::parse(file).unwrap(), &now(), false);
            changes.into_iter().next().and_then(|c| c.impossible)
        };
        assert_eq!(impossible("topics: {a: {partitions: 2}}").unwrap(), "partitions cannot be taken away");
        assert!(impossible("topics: {a: {replication_factor: 3}}").unwrap().contains("topics alter a"));
        assert!(impossible("users: {bob: {SCRAM-SHA-512: {iterations: 4096}}}").unwrap().contains("password_env"));
        assert_eq!(impossible("users: {alice: {SCRAM-SHA-256: {iterations: 8192, password_env: P}}}"), None);
    }
}
