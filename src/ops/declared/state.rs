//! Reading a cluster into the form of a file.

use std::collections::{BTreeMap, BTreeSet};

use super::diff::Kind;
use super::spec::{Declared, DeclaredConfigs, DeclaredTopic, Scalar};
use super::{quotas, users};
use crate::client::{ClientError, Cluster, Topics};
use crate::model::ErrorCode;
use crate::ops::configs::{self, ConfigEntry, Resource, Source};
use crate::ops::{OpsError, Result, groups, topics};

/// Partitions asked for at once.
const PAGE: i32 = 2_000;

/// Which parts of a cluster to read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kinds {
    /// Topics.
    pub topics: bool,
    /// Settings of brokers and groups.
    pub configs: bool,
    /// Quotas.
    pub quotas: bool,
    /// Users.
    pub users: bool,
    /// The cluster's own topics too.
    pub internal: bool,
    /// Leave out quotas and users where the cluster does not serve them, instead of failing.
    pub lenient: bool,
}

impl Kinds {
    /// Those that a file speaks of.
    pub fn of(declared: &Declared) -> Kinds {
        Kinds {
            topics: declared.topics.is_some(),
            configs: declared.configs.is_some(),
            quotas: declared.quotas.is_some(),
            users: declared.users.is_some(),
            internal: true,
            lenient: false,
        }
    }
}

/// What a cluster has.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// In the form of a file.
    pub now: Declared,
    /// Settings whose values the cluster keeps to itself.
    pub secrets: BTreeSet<(Kind, String, String)>,
    /// Parts that it does not serve.
    pub silent: Vec<String>,
}

/// Reads a cluster.
///
/// # Errors
/// [`OpsError`] when the cluster cannot be asked, or does not serve what was asked for.
pub async fn read(cluster: &Cluster, kinds: Kinds) -> Result<Read> {
    let metadata = cluster.metadata(Topics::None).await?;
    let mut read = Read::default();
    read.now.cluster = metadata.cluster_id;
    if kinds.topics {
        read.now.topics = Some(read_topics(cluster, kinds.internal).await?);
    }
    if kinds.configs {
        let ids: Vec<i32> = metadata.brokers.keys().copied().collect();
        read.now.configs = Some(read_configs(cluster, &ids, &mut read.secrets).await?);
    }
    if kinds.quotas {
        read.now.quotas = told("quotas", quotas::read(cluster).await, kinds.lenient, &mut read.silent)?;
    }
    if kinds.users {
        read.now.users = told("users", users::read(cluster).await, kinds.lenient, &mut read.silent)?;
    }
    Ok(read)
}

fn told<T>(what: &str, answer: Result<T>, lenient: bool, silent: &mut Vec<String>) -> Result<Option<T>> {
    match answer {
        Err(OpsError::Client(e)) if lenient && is_unserved(&e) => {
            silent.push(format!("{what} are left out: {e}"));
            Ok(None)
        }
        answer => answer.map(Some),
    }
}

/// Whether the cluster has no such thing, as opposed to a failure.
fn is_unserved(e: &ClientError) -> bool {
    matches!(e, ClientError::Unsupported { .. })
        || matches!(e.code(), Some(ErrorCode::UnsupportedVersion | ErrorCode::ClusterAuthorizationFailed))
}

async fn read_topics(cluster: &Cluster, internal: bool) -> Result<BTreeMap<String, DeclaredTopic>> {
    let mut found = BTreeMap::new();
    for (name, described) in topics::describe(cluster, None, PAGE).await? {
        let Ok(topic) = described else { continue };
        if topic.internal && !internal {
            continue;
        }
        let value = |c: &ConfigEntry| Some((c.name.clone(), Scalar(c.value.clone()?)));
        let declared = DeclaredTopic {
            partitions: i32::try_from(topic.partitions.len()).ok(),
            replication_factor: i16::try_from(topic.replication_factor()).ok(),
            configs: topic.overrides().filter_map(value).collect(),
        };
        found.insert(name, declared);
    }
    Ok(found)
}

async fn read_configs(
    cluster: &Cluster,
    brokers: &[i32],
    secrets: &mut BTreeSet<(Kind, String, String)>,
) -> Result<DeclaredConfigs> {
    let (listed, _) = groups::list(cluster, &[], &[]).await?;
    let mut resources = vec![Resource::broker(None)];
    resources.extend(brokers.iter().map(|&id| Resource::broker(Some(id))));
    resources.extend(listed.iter().map(|g| Resource::group(&g.group)));
    let mut found = DeclaredConfigs::default();
    for one in configs::describe(cluster, &resources, false).await? {
        let Ok(entries) = one.result else { continue };
        let name = one.resource.name.clone();
        let mut own = |kind: Kind, shown: &str, source: Source| -> BTreeMap<String, Scalar> {
            let mine = entries.iter().filter(|e| e.source == source);
            mine.filter_map(|e| match (&e.value, e.sensitive) {
                (Some(value), false) => Some((e.name.clone(), Scalar(value.clone()))),
                _ => {
                    secrets.insert((kind, shown.to_owned(), e.name.clone()));
                    None
                }
            })
            .collect()
        };
        match (one.resource.kind, name.as_str()) {
            (configs::ResourceType::Broker, "") => {
                found.all_brokers = own(Kind::Broker, "all", Source::DynamicBrokerDefault);
            }
            (configs::ResourceType::Broker, id) => {
                let settings = own(Kind::Broker, id, Source::DynamicBroker);
                if !settings.is_empty() {
                    found.brokers.insert(name, settings);
                }
            }
            (_, group) => {
                let settings = own(Kind::Group, group, Source::Group);
                if !settings.is_empty() {
                    found.groups.insert(name, settings);
                }
            }
        }
    }
    Ok(found)
}
