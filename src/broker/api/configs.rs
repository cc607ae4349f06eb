//! DescribeConfigs (32), AlterConfigs (33), IncrementalAlterConfigs (44) and ListConfigResources (74).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dispatch::Call;
use crate::broker::runtime::broker::Broker;
use crate::broker::runtime::config_rules::with_dynamic;
use crate::broker::state::controller::{AlterConfigs, ConfigEdit, ConfigOp, Refusal};
use crate::broker::state::metadata::{ConfigKind, ConfigResource, MetadataImage};
use crate::config::describe::{self, ConfigEntry};
use crate::model::{ErrorCode, TopicName};
use crate::wire::messages::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResourceResult, DescribeConfigsResponse,
    DescribeConfigsResult, DescribeConfigsSynonym,
};
use crate::wire::messages::list_config_resources::{
    ConfigResource as ListedResource, ListConfigResourcesRequest, ListConfigResourcesResponse,
};
use crate::wire::messages::{alter_configs, incremental_alter_configs};

/// Loggers of a JVM broker; logbus has none to configure.
const BROKER_LOGGER: i8 = 8;

fn invalid(text: impl Into<String>) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, text)
}

/// Serves DescribeConfigs: every setting of each resource, or those asked for.
pub async fn describe(broker: Arc<Broker>, _: Call, request: DescribeConfigsRequest) -> DescribeConfigsResponse {
    let image = broker.metadata.image();
    let results = request.resources.into_iter().map(|resource| {
        let described = entries(&broker, &image, &resource);
        let wanted = resource.configuration_keys.filter(|keys| !keys.is_empty());
        let (error, configs) = match described {
            Ok(entries) => (None, entries),
            Err(refusal) => (Some(refusal), Vec::new()),
        };
        let configs = configs
            .into_iter()
            .filter(|entry| wanted.as_ref().is_none_or(|keys| keys.contains(&entry.name)))
            .map(|entry| described_entry(entry, request.include_synonyms, request.include_documentation))
            .collect();
        DescribeConfigsResult {
            error_code: error.as_ref().map_or(0, |refusal| refusal.code.code()),
            error_message: error.map(|refusal| refusal.text()),
            resource_type: resource.resource_type,
            resource_name: resource.resource_name,
            configs,
        }
    });
    DescribeConfigsResponse { results: results.collect(), ..DescribeConfigsResponse::default() }
}

fn entries(
    broker: &Broker,
    image: &MetadataImage,
    resource: &DescribeConfigsResource,
) -> Result<Vec<ConfigEntry>, Refusal> {
    let name = resource.resource_name.as_str();
    if resource.resource_type == BROKER_LOGGER {
        return Err(invalid("This broker has no loggers to describe."));
    }
    let Some(kind) = ConfigKind::from_code(resource.resource_type) else {
        return Err(invalid("Unsupported resource type: UNKNOWN"));
    };
    let config = with_dynamic(&broker.config, image, broker.id);
    let set = image.config(&ConfigResource::new(kind, name)).cloned().unwrap_or_default();
    let overrides = set.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    match kind {
        ConfigKind::Topic => {
            TopicName::new(name).map_err(|reason| {
                Refusal::new(ErrorCode::InvalidTopicException, format!("Topic name is invalid: {reason}"))
            })?;
            if image.topic(name).is_none() {
                return Err(ErrorCode::UnknownTopicOrPartition.into());
            }
            Ok(describe::describe_topic(&config, overrides))
        }
        ConfigKind::Broker if name.is_empty() => Ok(describe::describe_broker(&config, true)),
        ConfigKind::Broker => match name.parse::<i32>() {
            Ok(id) if id == broker.id.get() => Ok(describe::describe_broker(&config, false)),
            Ok(id) => {
                Err(invalid(format!("Unexpected broker id, expected {} or empty string, but received {id}", broker.id)))
            }
            Err(_) => Err(invalid(format!("Broker id must be an integer, but it is: {name}"))),
        },
        ConfigKind::Group if name.is_empty() => Err(invalid("Group name must not be empty")),
        ConfigKind::Group => Ok(describe::describe_group(&config, overrides)),
        ConfigKind::ClientMetrics if name.is_empty() => {
            Err(invalid("Client metrics subscription name must not be empty"))
        }
        ConfigKind::ClientMetrics => Ok(describe::describe_client_metrics(overrides)),
    }
}

fn described_entry(entry: ConfigEntry, synonyms: bool, documentation: bool) -> DescribeConfigsResourceResult {
    let told = |synonym: describe::Synonym| DescribeConfigsSynonym {
        name: synonym.name,
        value: synonym.value,
        source: synonym.source as i8,
    };
    DescribeConfigsResourceResult {
        name: entry.name,
        value: entry.value,
        read_only: entry.read_only,
        config_source: entry.source as i8,
        is_sensitive: entry.is_sensitive,
        synonyms: if synonyms { entry.synonyms.into_iter().map(told).collect() } else { Vec::new() },
        config_type: entry.kind.map_or(0, |kind| kind as i8),
        documentation: documentation.then_some(entry.doc).flatten().map(str::to_owned),
    }
}

/// One resource of either alter request, in the newer one's words.
struct Change {
    kind: i8,
    name: String,
    /// Name, operation and value.
    configs: Vec<(String, i8, Option<String>)>,
}

type Outcome = (Result<(), Refusal>, i8, String);

/// Checks what needs no controller, sends the rest there, and gives the results in the order asked.
async fn alter(broker: &Broker, changes: Vec<Change>, validate_only: bool, replace_all: bool) -> Vec<Outcome> {
    let mut times: BTreeMap<(i8, String), usize> = BTreeMap::new();
    for change in &changes {
        *times.entry((change.kind, change.name.clone())).or_default() += 1;
    }
    let mut outcomes: Vec<Option<Result<(), Refusal>>> = Vec::new();
    let mut sent = Vec::new();
    for change in &changes {
        let checked = if times[&(change.kind, change.name.clone())] > 1 {
            Err(invalid("Each resource must appear at most once."))
        } else {
            check(broker, change, replace_all)
        };
        match checked {
            Ok(alteration) => {
                sent.push(alteration);
                outcomes.push(None);
            }
            Err(refusal) => outcomes.push(Some(Err(refusal))),
        }
    }
    let count = sent.len();
    let decided = if sent.is_empty() {
        Vec::new()
    } else {
        match broker.controller.alter_configs(sent, validate_only).await {
            Ok(done) => {
                let wait = broker.metadata.wait_served(done.offset);
                let _ = tokio::time::timeout(std::time::Duration::from_secs(5), wait).await;
                done.answer
            }
            Err(refusal) => vec![Err(refusal); count],
        }
    };
    let mut decided = decided.into_iter();
    changes
        .into_iter()
        .zip(outcomes)
        .map(|(change, early)| {
            let outcome = early.or_else(|| decided.next()).unwrap_or_else(|| Err(ErrorCode::UnknownServerError.into()));
            (outcome, change.kind, change.name)
        })
        .collect()
}

fn check(broker: &Broker, change: &Change, replace_all: bool) -> Result<AlterConfigs, Refusal> {
    if change.kind == BROKER_LOGGER {
        return Err(invalid("This broker has no loggers to alter."));
    }
    let Some(kind) = ConfigKind::from_code(change.kind) else {
        return Err(invalid(format!("Unknown resource type {}", change.kind)));
    };
    let mut names: Vec<&str> = change.configs.iter().map(|(name, ..)| name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(invalid("Error due to duplicate config keys"));
    }
    let nulls: Vec<&str> = change
        .configs
        .iter()
        .filter(|(_, op, value)| value.is_none() && ConfigOp::from_code(*op) != Some(ConfigOp::Delete))
        .map(|(name, ..)| name.as_str())
        .collect();
    if !nulls.is_empty() {
        return Err(invalid(format!("Null value not supported for : {}", nulls.join(", "))));
    }
    if kind == ConfigKind::Broker && !change.name.is_empty() {
        match change.name.parse::<i32>() {
            Ok(id) if id == broker.id.get() => {}
            Ok(id) => return Err(invalid(format!("Unexpected broker id, expected {}, but received {id}", broker.id))),
            Err(_) => return Err(invalid(format!("Node id must be an integer, but it is: {}", change.name))),
        }
    }
    let edits = change.configs.iter().map(|(name, op, value)| {
        let op = ConfigOp::from_code(*op).ok_or_else(|| invalid(format!("Unknown operations type {op}")))?;
        Ok(ConfigEdit { name: name.clone(), op, value: value.clone() })
    });
    let resource = ConfigResource::new(kind, &change.name);
    Ok(AlterConfigs { resource, edits: edits.collect::<Result<_, Refusal>>()?, replace_all })
}

fn told(outcome: &Result<(), Refusal>) -> (i16, Option<String>) {
    match outcome {
        Ok(()) => (0, None),
        Err(refusal) => (refusal.code.code(), Some(refusal.text())),
    }
}

/// Serves IncrementalAlterConfigs.
pub async fn alter_incrementally(
    broker: Arc<Broker>,
    _: Call,
    request: incremental_alter_configs::IncrementalAlterConfigsRequest,
) -> incremental_alter_configs::IncrementalAlterConfigsResponse {
    use incremental_alter_configs::{AlterConfigsResourceResponse, IncrementalAlterConfigsResponse};
    let changes = request.resources.into_iter().map(|resource| Change {
        kind: resource.resource_type,
        name: resource.resource_name,
        configs: resource.configs.into_iter().map(|c| (c.name, c.config_operation, c.value)).collect(),
    });
    let outcomes = alter(&broker, changes.collect(), request.validate_only, false).await;
    let responses = outcomes.into_iter().map(|(outcome, resource_type, resource_name)| {
        let (error_code, error_message) = told(&outcome);
        AlterConfigsResourceResponse { error_code, error_message, resource_type, resource_name }
    });
    IncrementalAlterConfigsResponse { responses: responses.collect(), ..IncrementalAlterConfigsResponse::default() }
}

/// Serves AlterConfigs, which replaces everything that was set.
pub async fn alter_all(
    broker: Arc<Broker>,
    _: Call,
    request: alter_configs::AlterConfigsRequest,
) -> alter_configs::AlterConfigsResponse {
    use alter_configs::{AlterConfigsResourceResponse, AlterConfigsResponse};
    let changes = request.resources.into_iter().map(|resource| Change {
        kind: resource.resource_type,
        name: resource.resource_name,
        configs: resource.configs.into_iter().map(|c| (c.name, 0, c.value)).collect(),
    });
    let outcomes = alter(&broker, changes.collect(), request.validate_only, true).await;
    let responses = outcomes.into_iter().map(|(outcome, resource_type, resource_name)| {
        let (error_code, error_message) = told(&outcome);
        AlterConfigsResourceResponse { error_code, error_message, resource_type, resource_name }
    });
    AlterConfigsResponse { responses: responses.collect(), ..AlterConfigsResponse::default() }
}

/// Serves ListConfigResources; version 0 knew client metrics alone.
pub async fn list_resources(
    broker: Arc<Broker>,
    call: Call,
    request: ListConfigResourcesRequest,
) -> ListConfigResourcesResponse {
    let image = broker.metadata.image();
    let all: Vec<i8> = ConfigKind::ALL.iter().map(|kind| kind.code()).collect();
    let kinds = match (call.version, request.resource_types.is_empty()) {
        (0, _) => vec![ConfigKind::ClientMetrics.code()],
        (_, true) => all,
        (_, false) => request.resource_types,
    };
    if kinds.iter().any(|kind| ConfigKind::from_code(*kind).is_none() && *kind != BROKER_LOGGER) {
        let error_code = ErrorCode::UnsupportedVersion.code();
        return ListConfigResourcesResponse { error_code, ..ListConfigResourcesResponse::default() };
    }
    let mut listed = Vec::new();
    for kind in kinds.into_iter().filter_map(ConfigKind::from_code) {
        let mut names: Vec<String> = match kind {
            ConfigKind::Topic => image.topics().map(|topic| topic.name.to_string()).collect(),
            ConfigKind::Broker => image.brokers().map(|broker| broker.id.to_string()).collect(),
            ConfigKind::ClientMetrics | ConfigKind::Group => {
                image.configs().filter(|(r, _)| r.kind == kind).map(|(r, _)| r.name.to_string()).collect()
            }
        };
        names.sort();
        let resource_type = kind.code();
        listed.extend(names.into_iter().map(|resource_name| ListedResource { resource_name, resource_type }));
    }
    ListConfigResourcesResponse { config_resources: listed, ..ListConfigResourcesResponse::default() }
}
