//! What `kafka-configs.sh` asks of a cluster, and what it prints.

use std::collections::BTreeSet;
use std::io::Write;

use serde_json::json;

use super::answer;
use super::cluster::{Failure, block_on, client_config, load};
use super::configs::{Changes, Plan, plan, refused, said};
use super::java;
use super::jopt::Options;
use super::usage::{Stop, Streams};
use crate::client::{ClientError, Cluster, Properties, Topics};
use crate::model::{ErrorCode, ScramMechanism, TopicName};
use crate::ops::cluster::{Side, nodes};
use crate::ops::configs::{self, Change, ConfigEntry, Resource, ResourceType, Source};
use crate::ops::quotas::{self, EntityType, Filter, Part, Quotas};
use crate::ops::{OpsError, groups, scram};

/// Turns what was thrown into how the tool ends.
type Failed<'a> = &'a dyn Fn(String) -> Stop;

/// The cluster, the side from which it is asked, and how its refusals end the tool.
struct Tool<'a> {
    cluster: Cluster,
    side: Side,
    failed: Failed<'a>,
}

pub(super) fn run(options: &Options, failed: Failed<'_>, streams: &mut Streams<'_>) -> Result<(), Stop> {
    let thrown = |failure: Failure| failed(failure.to_string());
    let properties = match options.value("command-config").map_err(said)? {
        Some(file) => load(file).map_err(thrown)?,
        None => Properties::default(),
    };
    let (side, list) = match options.value("bootstrap-controller").map_err(said)? {
        Some(list) => (Side::Controllers, Some(list)),
        None => (Side::Brokers, options.value("bootstrap-server").map_err(said)?),
    };
    let config = client_config(list, &properties).map_err(thrown)?;
    let tool = Tool { cluster: Cluster::new(config), side, failed };
    let plan = plan(options, |file| load(file).map_err(thrown))?;
    block_on(async {
        match &plan.changes {
            Some(changes) => tool.alter(&plan, changes, streams.out).await,
            None => tool.describe(&plan, streams.out).await,
        }
    })
}

/// The kind of resources with their settings.
const RESOURCES: &str = "resource-configs";
/// The kind of clients with their quotas, and users with their credentials.
const CLIENTS: &str = "client-configs";

#[derive(serde::Serialize)]
struct Configured<'a> {
    #[serde(flatten)]
    resource: Resource,
    configs: &'a [ConfigEntry],
}

/// The singular of a type, as the tool makes it.
fn singular(kind: &str) -> &str {
    kind.strip_suffix('s').unwrap_or(kind)
}

fn resource(kind: &str, name: &str) -> Resource {
    let kind = match kind {
        "topics" => ResourceType::Topic,
        "brokers" => ResourceType::Broker,
        "broker-loggers" => ResourceType::BrokerLogger,
        "client-metrics" => ResourceType::ClientMetrics,
        _ => ResourceType::Group,
    };
    Resource { kind, name: name.to_owned() }
}

impl Tool<'_> {
    /// An exception that a future held.
    fn thrown(&self, error: &OpsError, call: &str) -> Stop {
        self.held(match error {
            // Java waits a minute for a broker of that id to come, and then says so.
            OpsError::Client(ClientError::Refused { code: ErrorCode::BrokerIdNotRegistered, .. }) => Failure::of(
                "org.apache.kafka.common.errors.TimeoutException",
                format!("Timed out waiting for a node assignment. Call: {call}"),
            ),
            error => Failure::of_error(error, call),
        })
    }

    fn held(&self, failure: Failure) -> Stop {
        (self.failed)(format!("java.util.concurrent.ExecutionException: {failure}"))
    }

    /// Controllers answer for settings and nodes alone (KIP-919).
    fn brokers_only(&self) -> Result<(), Stop> {
        match self.side {
            Side::Brokers => Ok(()),
            Side::Controllers => Err(self.held(Failure::of(
                "org.apache.kafka.common.errors.UnsupportedEndpointTypeException",
                "This Admin API is not yet supported when communicating directly with the controller quorum.",
            ))),
        }
    }

    async fn alter(&self, plan: &Plan, changes: &Changes, out: &mut dyn Write) -> Result<(), Stop> {
        let (kind, name) = (plan.types[0].as_str(), plan.names[0].as_str());
        match kind {
            "users" | "clients" => self.alter_client(plan, changes).await?,
            "ips" => {
                let names = changes.set.iter().map(|(key, _)| key).chain(&changes.unset);
                let strange: Vec<&str> =
                    names.map(String::as_str).filter(|key| *key != "connection_creation_rate").collect();
                if !strange.is_empty() {
                    return refused(format!(
                        "Only connection quota configs can be added for 'ips' using --bootstrap-server. Unexpected config names: {}",
                        strange.join(",")
                    ));
                }
                self.alter_quotas(plan, changes).await?;
            }
            _ => self.alter_resource(kind, name, changes).await?,
        }
        answer::did("alter", singular(kind), if name.is_empty() { "(default)" } else { name });
        if name.is_empty() {
            writeln!(out, "Completed updating default config for {kind} in the cluster.")?;
        } else {
            writeln!(out, "Completed updating config for {} {name}.", singular(kind))?;
        }
        Ok(())
    }

    async fn alter_resource(&self, kind: &str, name: &str, changes: &Changes) -> Result<(), Stop> {
        if kind == "broker-loggers" {
            let known: BTreeSet<String> =
                self.entries(kind, name, true).await?.into_iter().map(|entry| entry.name).collect();
            let names = changes.unset.iter().chain(changes.set.iter().map(|(key, _)| key));
            let strange: Vec<&str> = names.filter(|name| !known.contains(*name)).map(String::as_str).collect();
            if !strange.is_empty() {
                return refused(format!("Invalid broker logger(s): {}", strange.join(",")));
            }
        }
        let set = changes.set.iter().map(|(key, value)| (key.clone(), Change::Set(value.clone())));
        let unset = changes.unset.iter().map(|key| (key.clone(), Change::Unset));
        let all: Vec<(String, Change)> = set.chain(unset).collect();
        match configs::alter_at(&self.cluster, self.side, &resource(kind, name), &all, false).await {
            Ok(()) => Ok(()),
            Err(OpsError::Client(ClientError::Unsupported { .. })) => refused(
                "The INCREMENTAL_ALTER_CONFIGS API is not supported by the cluster. The API is supported starting from version 2.3.0. You may want to use an older version of this tool to interact with your cluster, or upgrade your brokers to version 2.3.0 or newer to avoid this error.",
            ),
            Err(error) => Err(self.thrown(&error, "incrementalAlterConfigs")),
        }
    }

    /// Quotas of users and clients, or credentials of users.
    async fn alter_client(&self, plan: &Plan, changes: &Changes) -> Result<(), Stop> {
        let is_scram = |key: &str| ScramMechanism::from_name(key).is_some();
        let added = |wanted: &dyn Fn(&str) -> bool| {
            changes.set.iter().map(|(key, _)| key.as_str()).filter(|key| wanted(key)).collect::<Vec<_>>()
        };
        let deleted = |wanted: &dyn Fn(&str) -> bool| {
            changes.unset.iter().map(String::as_str).filter(|key| wanted(key)).collect::<Vec<_>>()
        };
        let strange = |key: &str| !is_quota(key) && !is_scram(key);
        let of_client = plan.types[0] == "clients" || plan.types.len() == 2;
        let (kind, and_scram) = if of_client { ("clients", "") } else { ("users", " and SCRAM credential") };
        let (mut bad_add, mut bad_delete) = (added(&strange), deleted(&strange));
        if of_client {
            bad_add.extend(added(&is_scram));
            bad_delete.extend(deleted(&is_scram));
        }
        let (bad_add, bad_delete) = (bad_add.join(", "), bad_delete.join(", "));
        if !bad_add.is_empty() {
            return refused(format!(
                "Only quota{and_scram} configs can be added for '{kind}' using --bootstrap-server. Unexpected config names: Set({bad_add})"
            ));
        }
        if !bad_delete.is_empty() {
            return refused(format!(
                "Only quota{and_scram} configs can be deleted for '{kind}' using --bootstrap-server. Unexpected config names: ArrayBuffer({bad_delete})"
            ));
        }
        let has_quota = !added(&is_quota).is_empty() || !deleted(&is_quota).is_empty();
        if !of_client && (!added(&is_scram).is_empty() || !deleted(&is_scram).is_empty()) {
            if plan.names.iter().any(String::is_empty) {
                return refused(
                    "The use of --entity-default or --user-defaults is not allowed with User SCRAM Credentials using --bootstrap-server.",
                );
            }
            if has_quota {
                return refused(
                    "Cannot alter both quota and SCRAM credential configs simultaneously for 'users' using --bootstrap-server.",
                );
            }
        }
        if has_quota { self.alter_quotas(plan, changes).await } else { self.alter_scram(&plan.names[0], changes).await }
    }

    async fn alter_quotas(&self, plan: &Plan, changes: &Changes) -> Result<(), Stop> {
        let filters = filters(plan)?;
        let old = self.quotas(&filters).await?;
        let known = |key: &String| old.first().is_some_and(|q| q.values.iter().any(|v| v.name == **key));
        let invalid: Vec<&str> = changes.unset.iter().filter(|key| !known(key)).map(String::as_str).collect();
        if !invalid.is_empty() {
            return refused(format!("Invalid config(s): {}", invalid.join(",")));
        }
        let mut all = Vec::new();
        for (key, text) in &changes.set {
            let Some(value) = java::parse_double(text) else {
                return refused(format!("Cannot parse quota configuration value for {key}: {text}"));
            };
            all.push((key.clone(), Some(value)));
        }
        all.extend(changes.unset.iter().map(|key| (key.clone(), None)));
        let part = |(kind, filter): &(EntityType, Filter)| Part {
            kind: *kind,
            name: match filter {
                Filter::Named(name) => Some(name.clone()),
                Filter::Default | Filter::Any => None,
            },
        };
        let entity: Vec<Part> = filters.iter().map(part).collect();
        quotas::alter(&self.cluster, &entity, &all, false)
            .await
            .map_err(|error| self.thrown(&error, "alterClientQuotas"))
    }

    async fn alter_scram(&self, user: &str, changes: &Changes) -> Result<(), Stop> {
        let mechanisms = |key: &String| ScramMechanism::from_name(key);
        let mut all: Vec<scram::Change> =
            changes.unset.iter().filter_map(mechanisms).map(scram::Change::Delete).collect();
        for (key, text) in &changes.set {
            if let Some(mechanism) = mechanisms(key) {
                let (iterations, password) = credential(mechanism, text).map_err(Stop::Failure)?;
                all.push(scram::Change::Set { mechanism, iterations, password: password.as_bytes().to_vec() });
            }
        }
        self.brokers_only()?;
        scram::alter(&self.cluster, user, &all).await.map_err(|error| self.thrown(&error, "alterUserScramCredentials"))
    }

    async fn describe(&self, plan: &Plan, out: &mut dyn Write) -> Result<(), Stop> {
        match plan.types[0].as_str() {
            "users" | "clients" | "ips" => self.describe_client(plan, out).await,
            kind => self.describe_resources(kind, plan, out).await,
        }
    }

    async fn describe_resources(&self, kind: &str, plan: &Plan, out: &mut dyn Write) -> Result<(), Stop> {
        answer::of(RESOURCES);
        let names = match plan.names.first() {
            Some(name) => {
                if kind == "topics"
                    && let Err(problem) = TopicName::new(name)
                {
                    return refused(format!("Topic name is invalid: {problem}"));
                }
                let is_default = kind.starts_with("broker") && name.is_empty();
                let known = self.names(kind, Some(name)).await?;
                if !is_default && !known.contains(name) {
                    answer::missing(format!("there is no {} {name}", singular(kind)));
                    writeln!(out, "The {} '{name}' doesn't exist and doesn't have dynamic config.", singular(kind))?;
                    return Ok(());
                }
                vec![name.clone()]
            }
            None => {
                let mut names = self.names(kind, None).await?;
                if kind == "brokers" {
                    names.push(String::new());
                }
                names
            }
        };
        for name in names {
            if name.is_empty() {
                writeln!(out, "Default configs for {kind} in the cluster are:")?;
            } else {
                let which = if plan.all { "All" } else { "Dynamic" };
                writeln!(out, "{which} configs for {} {name} are:", singular(kind))?;
            }
            let entries = self.entries(kind, &name, plan.all).await?;
            answer::row(RESOURCES, || Configured { resource: resource(kind, &name), configs: &entries });
            for entry in &entries {
                let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "null".to_owned());
                let synonym =
                    |s: &configs::Synonym| format!("{}:{}={}", s.source.kafka_name(), s.name, shown(&s.value));
                let synonyms: Vec<String> = entry.synonyms.iter().map(synonym).collect();
                writeln!(
                    out,
                    "  {}={} sensitive={} synonyms={{{}}}",
                    entry.name,
                    shown(&entry.value),
                    entry.sensitive,
                    synonyms.join(", ")
                )?;
            }
        }
        Ok(())
    }

    /// Every name of a type; for groups those with settings count too, and are asked for only when `wanted` is not yet
    /// found.
    async fn names(&self, kind: &str, wanted: Option<&String>) -> Result<Vec<String>, Stop> {
        match kind {
            "topics" => {
                self.brokers_only()?;
                let metadata = self.cluster.metadata(Topics::All).await;
                let metadata = metadata.map_err(|error| self.thrown(&error.into(), "listTopics"))?;
                let mut names: Vec<String> = metadata.topics.into_keys().collect();
                java::hash_map_order(&mut names, |name| name);
                Ok(names)
            }
            "brokers" | "broker-loggers" => {
                let found = nodes(&self.cluster, self.side, false).await;
                let found = found.map_err(|error| self.thrown(&error, "listNodes"))?;
                let mut ids: Vec<i32> = found.nodes.iter().map(|node| node.id).collect();
                java::number_set_order(&mut ids);
                Ok(ids.iter().map(i32::to_string).collect())
            }
            "client-metrics" => {
                self.brokers_only()?;
                let listed = configs::list(&self.cluster, ResourceType::ClientMetrics).await;
                listed.map_err(|error| self.thrown(&error, "listConfigResources"))
            }
            _ => {
                self.brokers_only()?;
                let listed = groups::list(&self.cluster, &[], &[]).await;
                let (listed, silent) = listed.map_err(|error| self.thrown(&error, "listGroups"))?;
                if let Some((_, refusal)) = silent.into_iter().next() {
                    return Err(self.held(refusal.into()));
                }
                let mut names: Vec<String> = listed.into_iter().map(|group| group.group).collect();
                if wanted.is_some_and(|wanted| names.contains(wanted)) {
                    return Ok(names);
                }
                match configs::list(&self.cluster, ResourceType::Group).await {
                    Ok(more) => {
                        let more: Vec<String> = more.into_iter().filter(|name| !names.contains(name)).collect();
                        names.extend(more);
                    }
                    // Brokers before 4.1 list client metrics alone.
                    Err(OpsError::Client(ClientError::Unsupported { .. })) => {}
                    Err(error) => return Err(self.thrown(&error, "listConfigResources")),
                }
                Ok(names)
            }
        }
    }

    /// The settings of one, sorted; without `all` those set there.
    async fn entries(&self, kind: &str, name: &str, all: bool) -> Result<Vec<ConfigEntry>, Stop> {
        let own = match (kind, name) {
            ("topics", _) => Some(Source::Topic),
            ("brokers", "") => Some(Source::DynamicBrokerDefault),
            ("brokers", _) => Some(Source::DynamicBroker),
            ("client-metrics", _) => Some(Source::ClientMetrics),
            ("groups", _) => Some(Source::Group),
            _ => None,
        };
        let described = configs::describe_at(&self.cluster, self.side, &[resource(kind, name)], true).await;
        let described = described.map_err(|error| self.thrown(&error, "describeConfigs"))?;
        let mut entries = Vec::new();
        for one in described {
            let listed = one.result.map_err(|refusal| self.thrown(&refusal.about(name), "describeConfigs"))?;
            entries.extend(listed.into_iter().filter(|entry| all || own.is_none_or(|own| entry.source == own)));
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    async fn quotas(&self, filters: &[(EntityType, Filter)]) -> Result<Vec<Quotas>, Stop> {
        self.brokers_only()?;
        let found = quotas::describe(&self.cluster, filters, true).await;
        let mut found = found.map_err(|error| self.thrown(&error, "describeClientQuotas"))?;
        java::quota_map_order(&mut found);
        for quotas in &mut found {
            java::hash_map_order_sized(&mut quotas.values, |quota| &quota.name);
        }
        Ok(found)
    }

    async fn describe_client(&self, plan: &Plan, out: &mut dyn Write) -> Result<(), Stop> {
        answer::of(CLIENTS);
        for quotas in self.quotas(&filters(plan)?).await? {
            answer::row(CLIENTS, || &quotas);
            let part = |part: &Part| {
                let kind = match part.kind {
                    EntityType::User => "user-principal",
                    EntityType::ClientId => "client-id",
                    EntityType::Ip => "ip",
                };
                match &part.name {
                    Some(name) => format!("{kind} '{name}'"),
                    None => format!("the default {kind}"),
                }
            };
            let entity: Vec<String> = quotas.entity.iter().map(part).collect();
            let value = |q: &quotas::Quota| format!("{}={}", q.name, java::double(q.value));
            let values: Vec<String> = quotas.values.iter().map(value).collect();
            writeln!(out, "Quota configs for {} are {}", entity.join(", "), values.join(", "))?;
        }
        let with_clients = plan.types.iter().any(|kind| kind == "clients");
        if with_clients || plan.types[0] == "ips" || plan.names.iter().any(String::is_empty) {
            return Ok(());
        }
        let users = scram::describe(&self.cluster, &plan.names).await;
        for user in users.map_err(|error| self.thrown(&error, "describeUserScramCredentials"))? {
            match user.credentials {
                Ok(credentials) => {
                    answer::row(CLIENTS, || json!({"user": user.name, "credentials": credentials}));
                    let shown = |c: &scram::Credential| format!("{}=iterations={}", c.mechanism, c.iterations);
                    let all: Vec<String> = credentials.iter().map(shown).collect();
                    writeln!(
                        out,
                        "SCRAM credential configs for user-principal '{}' are {}",
                        user.name,
                        all.join(", ")
                    )?;
                }
                Err(refusal) => writeln!(
                    out,
                    "Error retrieving SCRAM credential configs for user-principal '{}': ExecutionException: {}",
                    user.name,
                    Failure::from(refusal)
                )?,
            }
        }
        Ok(())
    }
}

fn is_quota(key: &str) -> bool {
    matches!(key, "producer_byte_rate" | "consumer_byte_rate" | "request_percentage" | "controller_mutation_rate")
}

/// The filter for each type; a type without a name means all.
fn filters(plan: &Plan) -> Result<Vec<(EntityType, Filter)>, Stop> {
    if plan.names.len() > plan.types.len() {
        return refused("More entity names specified than entity types");
    }
    let filter = |(at, kind): (usize, &String)| {
        let kind = match kind.as_str() {
            "users" => EntityType::User,
            "clients" => EntityType::ClientId,
            _ => EntityType::Ip,
        };
        let filter = match plan.names.get(at).map(String::as_str) {
            Some("") => Filter::Default,
            Some(name) => Filter::Named(name.to_owned()),
            None => Filter::Any,
        };
        (kind, filter)
    };
    Ok(plan.types.iter().enumerate().map(filter).collect())
}

/// Reads `[iterations=N,]password=P`.
fn credential(mechanism: ScramMechanism, text: &str) -> Result<(i32, &str), String> {
    let invalid = || format!("Invalid credential property {}={text}", mechanism.name().replace('-', "_"));
    let (iterations, password) = match text.strip_prefix("iterations=") {
        Some(rest) => {
            let (number, rest) = rest.split_once(',').ok_or_else(invalid)?;
            if !number.strip_prefix('-').unwrap_or(number).bytes().all(|digit| digit.is_ascii_digit()) {
                return Err(invalid());
            }
            (Some(number), rest)
        }
        None => (None, text),
    };
    let password = password.strip_prefix("password=").ok_or_else(invalid)?;
    let least = ScramMechanism::MIN_ITERATIONS;
    let iterations = match iterations {
        None | Some("-1") => least,
        Some(number) => number.parse().map_err(|_| format!("For input string: \"{number}\""))?,
    };
    if iterations < least {
        return Err(format!(
            "Iterations {iterations} is less than the minimum {least} required for {}",
            mechanism.name()
        ));
    }
    Ok((iterations, password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_a_password_and_maybe_iterations() {
        let read = |text| credential(ScramMechanism::Sha256, text);
        assert_eq!(read("password=p,q=r"), Ok((4096, "p,q=r")));
        assert_eq!(read("iterations=8192,password="), Ok((8192, "")));
        assert_eq!(read("iterations=-1,password=p"), Ok((4096, "p")));
        assert_eq!(
            read("iterations=100,password=p").unwrap_err(),
            "Iterations 100 is less than the minimum 4096 required for SCRAM-SHA-256"
        );
        assert_eq!(read("pw=p").unwrap_err(), "Invalid credential property SCRAM_SHA_256=pw=p");
        assert_eq!(read("iterations=,password=p").unwrap_err(), "For input string: \"\"");
    }

    #[test]
    fn a_type_without_a_name_means_all_of_it() {
        let plan =
            Plan { types: vec!["users".into(), "clients".into()], names: vec!["u".into()], all: false, changes: None };
        let expected = [(EntityType::User, Filter::Named("u".into())), (EntityType::ClientId, Filter::Any)];
        assert_eq!(filters(&plan).unwrap(), expected);
    }
}
