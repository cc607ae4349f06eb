//! Dynamic configuration.

use std::collections::{BTreeMap, BTreeSet};

use super::decision::{Context, Decision, Refusal};
use crate::broker::state::metadata::{ConfigKind, ConfigResource, ELR_FEATURE};
use crate::model::{BrokerId, ErrorCode, TopicName};
use crate::wire::records::metadata::{ClearElrRecord, ConfigRecord, MetadataRecord};

const MIN_ISR: &str = "min.insync.replicas";
const MAX_VALUE: usize = 32_767;

/// What to do with one setting (`AlterConfigOp.OpType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigOp {
    /// Set it.
    Set,
    /// Take it away, so that the default holds.
    Delete,
    /// Add to a list.
    Append,
    /// Take from a list.
    Subtract,
}

impl ConfigOp {
    /// The operation for its number in a request.
    pub const fn from_code(code: i8) -> Option<ConfigOp> {
        match code {
            0 => Some(ConfigOp::Set),
            1 => Some(ConfigOp::Delete),
            2 => Some(ConfigOp::Append),
            3 => Some(ConfigOp::Subtract),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            ConfigOp::Set => "SET",
            ConfigOp::Delete => "DELETE",
            ConfigOp::Append => "APPEND",
            ConfigOp::Subtract => "SUBTRACT",
        }
    }
}

/// One setting to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEdit {
    /// Its name.
    pub name: String,
    /// What to do.
    pub op: ConfigOp,
    /// The value, for all but `Delete`.
    pub value: Option<String>,
}

/// What to change on one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterConfigs {
    /// The resource.
    pub resource: ConfigResource,
    /// Its settings.
    pub edits: Vec<ConfigEdit>,
    /// The old API: settings that are not named go away.
    pub replace_all: bool,
}

/// Decides a request to alter configuration; every resource has its own result, in the order asked.
pub fn alter_configs(
    ctx: &Context<'_>,
    changes: &[AlterConfigs],
    validate_only: bool,
) -> Decision<Vec<Result<(), Refusal>>> {
    let mut records = Vec::new();
    let answer = changes
        .iter()
        .map(|change| {
            let edits = if change.replace_all { replacing(ctx, change) } else { change.edits.clone() };
            records.append(&mut resource_records(ctx, &change.resource, &edits, false)?);
            Ok(())
        })
        .collect();
    Decision { records, answer }.dry(validate_only)
}

fn replacing(ctx: &Context<'_>, change: &AlterConfigs) -> Vec<ConfigEdit> {
    let named: BTreeSet<&str> = change.edits.iter().map(|edit| edit.name.as_str()).collect();
    let current = ctx.image.config(&change.resource).into_iter().flat_map(|values| values.keys());
    let gone = current.filter(|name| !named.contains(name.as_str())).map(|name| ConfigEdit {
        name: name.clone(),
        op: ConfigOp::Delete,
        value: None,
    });
    change.edits.iter().cloned().chain(gone).collect()
}

/// The records that carry out `edits` on one resource, after checking the configuration that would result.
pub(super) fn resource_records(
    ctx: &Context<'_>,
    resource: &ConfigResource,
    edits: &[ConfigEdit],
    newly_created: bool,
) -> Result<Vec<MetadataRecord>, Refusal> {
    check_name(resource)?;
    let current = ctx.image.config(resource).map_or_else(BTreeMap::new, |values| (**values).clone());
    let mut next = current.clone();
    let mut records = Vec::new();
    for edit in edits {
        let before = current.get(&edit.name);
        let after = edited(ctx, resource, edit, before)?;
        match &after {
            Some(value) => next.insert(edit.name.clone(), value.clone()),
            None => next.remove(&edit.name),
        };
        // A broker reloads files that its settings name when a record arrives, even one that changes nothing (KAFKA-14136).
        if before != after.as_ref() || resource.kind == ConfigKind::Broker {
            records.push(MetadataRecord::ConfigRecord(ConfigRecord {
                resource_type: resource.kind.code(),
                resource_name: resource.name.to_string(),
                name: edit.name.clone(),
                value: after.clone(),
            }));
        }
        if edit.name == MIN_ISR && before != after.as_ref() {
            min_isr_changes(ctx, resource, after.as_deref(), newly_created, &mut records)?;
        }
    }
    ctx.rules.validate(resource, &next)?;
    if !newly_created {
        check_exists(ctx, resource)?;
    }
    Ok(records)
}

fn edited(
    ctx: &Context<'_>,
    resource: &ConfigResource,
    edit: &ConfigEdit,
    before: Option<&String>,
) -> Result<Option<String>, Refusal> {
    let given = edit.value.as_deref().unwrap_or_default();
    let after = match edit.op {
        ConfigOp::Set => given.to_owned(),
        ConfigOp::Delete => return Ok(None),
        ConfigOp::Append | ConfigOp::Subtract => {
            if !ctx.rules.is_list(resource.kind, &edit.name) {
                let text = format!("Can't {} to key {} because its type is not LIST.", edit.op.name(), edit.name);
                return Err(Refusal::new(ErrorCode::InvalidConfig, text));
            }
            let start =
                before.cloned().or_else(|| ctx.rules.default_value(resource.kind, &edit.name)).unwrap_or_default();
            let mut parts: Vec<&str> = start.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
            for value in given.split(',').map(str::trim) {
                if edit.op == ConfigOp::Subtract {
                    parts.retain(|part| *part != value);
                } else if !parts.contains(&value) {
                    parts.push(value);
                }
            }
            parts.join(",")
        }
    };
    if after.len() > MAX_VALUE {
        let text = "The configuration value cannot be added because it exceeds the maximum value size of 32767 bytes.";
        return Err(Refusal::new(ErrorCode::InvalidConfig, text));
    }
    Ok(Some(after))
}

/// Eligible leaders were chosen under the old minimum: when it changes they are chosen anew, and while the feature is on
/// there is one minimum for the whole cluster.
fn min_isr_changes(
    ctx: &Context<'_>,
    resource: &ConfigResource,
    after: Option<&str>,
    newly_created: bool,
    records: &mut Vec<MetadataRecord>,
) -> Result<(), Refusal> {
    if ctx.image.features().level(ELR_FEATURE) == 0 || newly_created {
        return Ok(());
    }
    let refuse = |text: &str| Err(Refusal::new(ErrorCode::InvalidConfig, text));
    match (resource.kind, resource.name.is_empty()) {
        (ConfigKind::Topic, _) => {
            let topic_name = resource.name.to_string();
            records.push(MetadataRecord::ClearElrRecord(ClearElrRecord { topic_name }));
        }
        (ConfigKind::Broker, false) => {
            return refuse("Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
        }
        (ConfigKind::Broker, true) if after.is_none() => {
            return refuse("Cluster-level min.insync.replicas cannot be removed while ELR is enabled.");
        }
        (ConfigKind::Broker, true) => records.push(MetadataRecord::ClearElrRecord(ClearElrRecord::default())),
        _ => {}
    }
    Ok(())
}

fn check_name(resource: &ConfigResource) -> Result<(), Refusal> {
    let invalid = |text: &str| Err(Refusal::new(ErrorCode::InvalidRequest, text));
    match resource.kind {
        ConfigKind::Topic if resource.name.is_empty() => invalid("Default topic resources are not allowed."),
        ConfigKind::Topic => TopicName::new(&resource.name).map(drop).map_err(|reason| {
            Refusal::new(ErrorCode::InvalidTopicException, format!("Topic name is invalid: {reason}"))
        }),
        ConfigKind::Broker if resource.name.is_empty() => Ok(()),
        ConfigKind::Broker => match resource.name.parse::<i32>() {
            Err(_) => invalid("Unable to parse broker name as a base 10 number."),
            Ok(id) if id < 0 => invalid("Invalid negative broker ID."),
            Ok(_) => Ok(()),
        },
        ConfigKind::Group if resource.name.is_empty() => invalid("Default group resources are not allowed."),
        ConfigKind::ClientMetrics if resource.name.is_empty() => invalid("Subscription name can't be empty"),
        ConfigKind::Group | ConfigKind::ClientMetrics => Ok(()),
    }
}

fn check_exists(ctx: &Context<'_>, resource: &ConfigResource) -> Result<(), Refusal> {
    match resource.kind {
        ConfigKind::Topic if ctx.image.topic(&resource.name).is_none() => {
            let text = format!("The topic '{}' does not exist.", resource.name);
            Err(Refusal::new(ErrorCode::UnknownTopicOrPartition, text))
        }
        ConfigKind::Broker if !resource.name.is_empty() => {
            let id = resource.name.parse().map_or(BrokerId::NONE, BrokerId);
            if ctx.image.broker(id).is_none() && ctx.image.controller(id).is_none() {
                let text = format!("No node with id {id} found.");
                return Err(Refusal::new(ErrorCode::BrokerIdNotRegistered, text));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn edit(name: &str, op: ConfigOp, value: &str) -> ConfigEdit {
        ConfigEdit { name: name.into(), op, value: (op != ConfigOp::Delete).then(|| value.into()) }
    }

    fn alter(
        cluster: &mut Cluster,
        resource: ConfigResource,
        edits: Vec<ConfigEdit>,
        replace_all: bool,
    ) -> Result<(), Refusal> {
        let change = AlterConfigs { resource, edits, replace_all };
        let decision = alter_configs(&cluster.ctx(), &[change], false);
        cluster.apply(&decision.records);
        decision.answer.into_iter().next().unwrap()
    }

    fn value(cluster: &Cluster, name: &str) -> Option<String> {
        cluster.image.config(&ConfigResource::topic("t"))?.get(name).cloned()
    }

    #[test]
    fn set_append_subtract_and_delete_do_what_they_say() {
        let mut cluster = Cluster::of(1);
        cluster.create("t", 1, 1);
        let topic = || ConfigResource::topic("t");
        alter(&mut cluster, topic(), vec![edit("retention.ms", ConfigOp::Set, "5")], false).unwrap();
        assert_eq!(value(&cluster, "retention.ms").as_deref(), Some("5"));
        alter(&mut cluster, topic(), vec![edit("cleanup.policy", ConfigOp::Append, "compact")], false).unwrap();
        assert_eq!(value(&cluster, "cleanup.policy").as_deref(), Some("delete,compact"));
        alter(&mut cluster, topic(), vec![edit("cleanup.policy", ConfigOp::Subtract, "delete")], false).unwrap();
        assert_eq!(value(&cluster, "cleanup.policy").as_deref(), Some("compact"));
        alter(&mut cluster, topic(), vec![edit("retention.ms", ConfigOp::Delete, "")], false).unwrap();
        assert_eq!(value(&cluster, "retention.ms"), None);
        let refused = alter(&mut cluster, topic(), vec![edit("retention.ms", ConfigOp::Append, "1")], false);
        assert_eq!(
            refused.unwrap_err(),
            Refusal::new(ErrorCode::InvalidConfig, "Can't APPEND to key retention.ms because its type is not LIST.")
        );
    }

    #[test]
    fn the_old_api_takes_away_what_it_does_not_name() {
        let mut cluster = Cluster::of(1);
        cluster.create("t", 1, 1);
        let both = vec![edit("retention.ms", ConfigOp::Set, "5"), edit("cleanup.policy", ConfigOp::Set, "compact")];
        alter(&mut cluster, ConfigResource::topic("t"), both, true).unwrap();
        alter(&mut cluster, ConfigResource::topic("t"), vec![edit("retention.ms", ConfigOp::Set, "6")], true).unwrap();
        assert_eq!(value(&cluster, "retention.ms").as_deref(), Some("6"));
        assert_eq!(value(&cluster, "cleanup.policy"), None);
    }

    #[test]
    fn what_does_not_exist_cannot_be_configured() {
        let mut cluster = Cluster::of(1);
        let set = || vec![edit("retention.ms", ConfigOp::Set, "5")];
        let code = |result: Result<(), Refusal>| result.unwrap_err().code;
        assert_eq!(
            alter(&mut cluster, ConfigResource::topic("t"), set(), false).unwrap_err(),
            Refusal::new(ErrorCode::UnknownTopicOrPartition, "The topic 't' does not exist.")
        );
        assert_eq!(code(alter(&mut cluster, ConfigResource::topic(""), set(), false)), ErrorCode::InvalidRequest);
        assert_eq!(
            code(alter(&mut cluster, ConfigResource::broker(BrokerId(9)), set(), false)),
            ErrorCode::BrokerIdNotRegistered
        );
        assert!(alter(&mut cluster, ConfigResource::all_brokers(), set(), false).is_ok());
    }

    #[test]
    fn a_new_minimum_of_replicas_in_sync_clears_the_eligible_leaders() {
        let mut cluster = Cluster::of(1);
        cluster.create("t", 1, 1);
        let change = |resource, edits| AlterConfigs { resource, edits, replace_all: false };
        let topic = change(ConfigResource::topic("t"), vec![edit(MIN_ISR, ConfigOp::Set, "2")]);
        let decision = alter_configs(&cluster.ctx(), &[topic], false);
        assert!(matches!(&decision.records[1], MetadataRecord::ClearElrRecord(r) if r.topic_name == "t"));
        let broker = change(ConfigResource::broker(BrokerId(1)), vec![edit(MIN_ISR, ConfigOp::Set, "2")]);
        let refused = alter_configs(&cluster.ctx(), &[broker], false).answer.remove(0).unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidConfig);
    }
}
