//! Settings of topics, brokers, groups and clients' metrics: reading them with where they come from, changing some.

use serde::Serialize;

use crate::client::{ClientError, Cluster, Target, Topics};
use crate::model::ErrorCode;
use crate::ops::cluster::{Side, administrator};
use crate::ops::{Refusal, Result};
use crate::wire::messages::describe_configs::{DescribeConfigsRequest, DescribeConfigsResource};
use crate::wire::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};
use crate::wire::messages::list_config_resources::ListConfigResourcesRequest;

/// What a setting belongs to (`ConfigResource.Type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceType {
    /// A topic.
    Topic = 2,
    /// A broker; the empty name is the cluster-wide default.
    Broker = 4,
    /// A broker's log levels.
    BrokerLogger = 8,
    /// A subscription of client metrics (KIP-714).
    ClientMetrics = 16,
    /// A group (KIP-848).
    Group = 32,
}

/// Something that has settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Resource {
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: ResourceType,
    /// Its name.
    pub name: String,
}

impl Resource {
    /// A topic.
    pub fn topic(name: &str) -> Resource {
        Resource { kind: ResourceType::Topic, name: name.to_owned() }
    }

    /// A broker by id, or the default of all brokers.
    pub fn broker(id: Option<i32>) -> Resource {
        Resource { kind: ResourceType::Broker, name: id.map(|id| id.to_string()).unwrap_or_default() }
    }

    /// A group.
    pub fn group(name: &str) -> Resource {
        Resource { kind: ResourceType::Group, name: name.to_owned() }
    }

    /// The loggers of one broker.
    pub fn broker_logger(id: i32) -> Resource {
        Resource { kind: ResourceType::BrokerLogger, name: id.to_string() }
    }

    /// A subscription of client metrics.
    pub fn client_metrics(name: &str) -> Resource {
        Resource { kind: ResourceType::ClientMetrics, name: name.to_owned() }
    }

    /// Settings and loggers of one broker are answered by that broker alone.
    fn target(&self) -> Target<'static> {
        match self.kind {
            ResourceType::Broker | ResourceType::BrokerLogger => self.name.parse().map_or(Target::Any, Target::Broker),
            _ => Target::Any,
        }
    }
}

impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.kind, self.name.as_str()) {
            (ResourceType::Topic, name) => write!(f, "topic {name}"),
            (ResourceType::Broker, "") => write!(f, "default of all brokers"),
            (ResourceType::Broker, name) => write!(f, "broker {name}"),
            (ResourceType::BrokerLogger, name) => write!(f, "loggers of broker {name}"),
            (ResourceType::ClientMetrics, name) => write!(f, "client metrics {name}"),
            (ResourceType::Group, name) => write!(f, "group {name}"),
        }
    }
}

/// Where a value comes from (`ConfigEntry.ConfigSource`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Source {
    Unknown,
    Topic,
    DynamicBroker,
    DynamicBrokerDefault,
    StaticBroker,
    Default,
    DynamicBrokerLogger,
    ClientMetrics,
    Group,
}

impl Source {
    /// From the number on the wire.
    pub const fn from_id(id: i8) -> Source {
        match id {
            1 => Source::Topic,
            2 => Source::DynamicBroker,
            3 => Source::DynamicBrokerDefault,
            4 => Source::StaticBroker,
            5 => Source::Default,
            6 => Source::DynamicBrokerLogger,
            7 => Source::ClientMetrics,
            8 => Source::Group,
            _ => Source::Unknown,
        }
    }

    /// The name that Kafka's tools print.
    pub const fn kafka_name(self) -> &'static str {
        match self {
            Source::Unknown => "UNKNOWN",
            Source::Topic => "DYNAMIC_TOPIC_CONFIG",
            Source::DynamicBroker => "DYNAMIC_BROKER_CONFIG",
            Source::DynamicBrokerDefault => "DYNAMIC_DEFAULT_BROKER_CONFIG",
            Source::StaticBroker => "STATIC_BROKER_CONFIG",
            Source::Default => "DEFAULT_CONFIG",
            Source::DynamicBrokerLogger => "DYNAMIC_BROKER_LOGGER_CONFIG",
            Source::ClientMetrics => "DYNAMIC_CLIENT_METRICS_CONFIG",
            Source::Group => "DYNAMIC_GROUP_CONFIG",
        }
    }

    /// A word for a person.
    pub const fn word(self) -> &'static str {
        match self {
            Source::Unknown => "unknown",
            Source::Topic => "topic",
            Source::DynamicBroker => "broker",
            Source::DynamicBrokerDefault => "all brokers",
            Source::StaticBroker => "file",
            Source::Default => "default",
            Source::DynamicBrokerLogger => "logger",
            Source::ClientMetrics => "client metrics",
            Source::Group => "group",
        }
    }
}

/// A setting and where its value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigEntry {
    /// The name.
    pub name: String,
    /// The value; `None` when it is null or secret.
    pub value: Option<String>,
    /// Where the value comes from.
    pub source: Source,
    /// Whether it is a secret.
    pub sensitive: bool,
    /// Whether it can only be set in the broker's file.
    pub read_only: bool,
    /// The values it would have if the nearer ones were unset, nearest first.
    pub synonyms: Vec<Synonym>,
}

/// One of the places a value may come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Synonym {
    /// The name there.
    pub name: String,
    /// The value there.
    pub value: Option<String>,
    /// The place.
    pub source: Source,
}

/// Refuses a broker that is not there: a request to it would wait for it to come.
async fn check_registered(cluster: &Cluster, target: Target<'_>) -> Result<()> {
    match target {
        Target::Broker(id) if !cluster.metadata(Topics::None).await?.brokers.contains_key(&id) => {
            let message = Some("no such broker is registered, or it is fenced".to_owned());
            Err(ClientError::refused(format!("broker {id}"), ErrorCode::BrokerIdNotRegistered, message).into())
        }
        _ => Ok(()),
    }
}

/// The settings of one resource, or why they cannot be read.
#[derive(Clone, Debug)]
pub struct ResourceConfigs {
    /// What they belong to.
    pub resource: Resource,
    /// In the broker's order.
    pub result: Result<Vec<ConfigEntry>, Refusal>,
}

/// Reads all settings of some resources.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked.
pub async fn describe(cluster: &Cluster, resources: &[Resource], synonyms: bool) -> Result<Vec<ResourceConfigs>> {
    describe_at(cluster, Side::Brokers, resources, synonyms).await
}

/// The same from either side: controllers answer for their own cluster as brokers do.
///
/// # Errors
/// As [`describe`].
pub async fn describe_at(
    cluster: &Cluster,
    side: Side,
    resources: &[Resource],
    synonyms: bool,
) -> Result<Vec<ResourceConfigs>> {
    let cluster = &administrator(cluster, side).await?;
    let target_of = |resource: &Resource| if side == Side::Brokers { resource.target() } else { Target::Any };
    let mut described = Vec::with_capacity(resources.len());
    // One request for all that any broker can answer, one each for brokers.
    let (own, shared): (Vec<_>, Vec<_>) = resources.iter().partition(|r| matches!(target_of(r), Target::Broker(_)));
    let batches = own.into_iter().map(|r| vec![r]).chain((!shared.is_empty()).then_some(shared));
    for batch in batches {
        let target = batch.first().map_or(Target::Any, |r| target_of(r));
        check_registered(cluster, target).await?;
        let resource = |r: &&Resource| DescribeConfigsResource {
            resource_type: r.kind as i8,
            resource_name: r.name.clone(),
            configuration_keys: None,
        };
        let request = DescribeConfigsRequest {
            resources: batch.iter().map(resource).collect(),
            include_synonyms: synonyms,
            include_documentation: false,
        };
        let response = cluster.request(target, &request).await?;
        for r in response.results {
            let Some(resource) = batch.iter().find(|b| b.kind as i8 == r.resource_type && b.name == r.resource_name)
            else {
                continue;
            };
            let entries = r.configs.into_iter().map(|c| ConfigEntry {
                name: c.name,
                value: c.value,
                source: Source::from_id(c.config_source),
                sensitive: c.is_sensitive,
                read_only: c.read_only,
                synonyms: c
                    .synonyms
                    .into_iter()
                    .map(|s| Synonym { name: s.name, value: s.value, source: Source::from_id(s.source) })
                    .collect(),
            });
            let result = Refusal::check(r.error_code, r.error_message).map(|()| entries.collect());
            described.push(ResourceConfigs { resource: (*resource).clone(), result });
        }
    }
    Ok(described)
}

/// What to do with one setting (KIP-339).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Give it a value.
    Set(String),
    /// Fall back to the next place.
    Unset,
    /// Add elements to a list.
    Append(String),
    /// Take elements out of a list.
    Subtract(String),
}

/// Changes settings of one resource, all or none; with `validate_only` only asks whether it could be done.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked or says no.
pub async fn alter(
    cluster: &Cluster,
    resource: &Resource,
    changes: &[(String, Change)],
    validate_only: bool,
) -> Result<()> {
    alter_at(cluster, Side::Brokers, resource, changes, validate_only).await
}

/// The same from either side.
///
/// # Errors
/// As [`alter`].
pub async fn alter_at(
    cluster: &Cluster,
    side: Side,
    resource: &Resource,
    changes: &[(String, Change)],
    validate_only: bool,
) -> Result<()> {
    let cluster = &administrator(cluster, side).await?;
    let config = |(name, change): &(String, Change)| {
        let (config_operation, value) = match change {
            Change::Set(value) => (0, Some(value.clone())),
            Change::Unset => (1, None),
            Change::Append(value) => (2, Some(value.clone())),
            Change::Subtract(value) => (3, Some(value.clone())),
        };
        AlterableConfig { name: name.clone(), config_operation, value }
    };
    let request = IncrementalAlterConfigsRequest {
        resources: vec![AlterConfigsResource {
            resource_type: resource.kind as i8,
            resource_name: resource.name.clone(),
            configs: changes.iter().map(config).collect(),
        }],
        validate_only,
    };
    let target = match (side, resource.target()) {
        (Side::Controllers, _) => Target::Any,
        (Side::Brokers, Target::Any) => Target::Controller,
        (Side::Brokers, own) => own,
    };
    check_registered(cluster, target).await?;
    let response = cluster.request(target, &request).await?;
    for r in response.responses {
        Refusal::check(r.error_code, r.error_message)
            .map_err(|refusal| refusal.about(format!("cannot change the settings of {resource}")))?;
    }
    Ok(())
}

/// The names of all resources of one kind that have settings of their own (KIP-1142; before it of client metrics alone).
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked or says no.
pub async fn list(cluster: &Cluster, kind: ResourceType) -> Result<Vec<String>> {
    let request = ListConfigResourcesRequest { resource_types: vec![kind as i8] };
    let answer = cluster.request(Target::Any, &request).await?;
    ClientError::check(answer.error_code, None, || "cannot list what has settings".into())?;
    let of_kind = answer.config_resources.into_iter().filter(|r| r.resource_type == kind as i8);
    Ok(of_kind.map(|r| r.resource_name).collect())
}
