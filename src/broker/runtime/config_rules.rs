//! The controller's rules of configuration, read from the table of settings.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::broker::state::controller::{ConfigRules, Refusal};
use crate::broker::state::metadata::{ConfigKind, ConfigResource, MetadataImage};
use crate::config::{
    BrokerConfig, ConfigRefusal, Scope, Type, describe, table, validate_broker_config, validate_group_config,
    validate_topic_configs,
};
use crate::model::{BrokerId, ErrorCode};
use crate::wire::messages::create_topics::CreatableTopicConfigs;

/// The rules of the table, with this node's properties file below the dynamic settings.
#[derive(Debug)]
pub struct TableRules {
    config: ArcSwap<BrokerConfig>,
    node_id: BrokerId,
}

pub(crate) fn scope_of(kind: ConfigKind) -> Scope {
    match kind {
        ConfigKind::Topic => Scope::Topic,
        ConfigKind::Broker => Scope::Broker,
        ConfigKind::ClientMetrics => Scope::ClientMetrics,
        ConfigKind::Group => Scope::Group,
    }
}

/// A broker's settings with what the image sets dynamically laid over them. Dynamic values were checked when they were
/// set; should one be bad all the same, the file's hold.
pub(crate) fn with_dynamic(config: &BrokerConfig, image: &MetadataImage, node: BrokerId) -> BrokerConfig {
    let set = |resource: ConfigResource| image.config(&resource).cloned().unwrap_or_default();
    let (all, own) = (set(ConfigResource::all_brokers()), set(ConfigResource::broker(node)));
    if all.is_empty() && own.is_empty() {
        return config.clone();
    }
    let laid = config.with_dynamic(
        all.iter().map(|(name, value)| (name.as_str(), value.as_str())),
        own.iter().map(|(name, value)| (name.as_str(), value.as_str())),
    );
    laid.unwrap_or_else(|error| {
        tracing::warn!("dynamic settings do not fit together and are passed over: {error}");
        config.clone()
    })
}

impl TableRules {
    /// Rules with this node's settings.
    pub fn new(config: BrokerConfig) -> Arc<TableRules> {
        let node_id = config.node_id();
        Arc::new(TableRules { config: ArcSwap::from_pointee(config), node_id })
    }
}

fn refusal(kind: ConfigKind, why: &ConfigRefusal) -> Refusal {
    // Kafka answers bad broker settings as bad requests (KAFKA-13609).
    let code = if kind == ConfigKind::Broker { ErrorCode::InvalidRequest } else { ErrorCode::InvalidConfig };
    Refusal::new(code, why.to_string())
}

impl ConfigRules for TableRules {
    fn validate(&self, resource: &ConfigResource, values: &BTreeMap<String, String>) -> Result<(), Refusal> {
        let pairs = || values.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let checked = match resource.kind {
            ConfigKind::Topic => validate_topic_configs(pairs()),
            ConfigKind::Group => pairs().try_for_each(|(name, value)| validate_group_config(name, value)),
            ConfigKind::Broker => {
                let for_all = resource.name.is_empty();
                pairs().try_for_each(|(name, value)| validate_broker_config(name, value, for_all))
            }
            ConfigKind::ClientMetrics => {
                let unknown = pairs().find(|(name, _)| table::find(Scope::ClientMetrics, name).is_none());
                if let Some((name, _)) = unknown {
                    let text = format!("Unknown client metrics configuration: {name}");
                    return Err(Refusal::new(ErrorCode::InvalidConfig, text));
                }
                Ok(())
            }
        };
        checked.map_err(|why| refusal(resource.kind, &why))
    }

    fn is_list(&self, kind: ConfigKind, name: &str) -> bool {
        let name = if kind == ConfigKind::Broker { table::listener_base_name(name).unwrap_or(name) } else { name };
        table::find(scope_of(kind), name).is_some_and(|setting| setting.kind == Type::List)
    }

    fn default_value(&self, kind: ConfigKind, name: &str) -> Option<String> {
        let setting = table::find(scope_of(kind), name)?;
        let config = self.config.load();
        let broker_name = if kind == ConfigKind::Broker { Some(setting.name) } else { setting.synonym };
        match broker_name.and_then(|name| config.value(name)) {
            Some(value) => Some(value.to_java()),
            None => setting.default.map(str::to_owned),
        }
    }

    fn topic_configs(&self, image: &MetadataImage, overrides: &BTreeMap<String, String>) -> Vec<CreatableTopicConfigs> {
        let config = with_dynamic(&self.config.load(), image, self.node_id);
        let mut entries =
            describe::describe_topic(&config, overrides.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        entries
            .into_iter()
            .map(|entry| CreatableTopicConfigs {
                name: entry.name,
                value: entry.value,
                read_only: entry.read_only,
                config_source: entry.source as i8,
                is_sensitive: entry.is_sensitive,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_settles_what_is_a_list_and_what_holds_by_default() {
        let rules = TableRules::new(BrokerConfig::standalone());
        assert!(rules.is_list(ConfigKind::Topic, "cleanup.policy"));
        assert!(!rules.is_list(ConfigKind::Topic, "retention.ms"));
        assert_eq!(rules.default_value(ConfigKind::Topic, "retention.bytes").as_deref(), Some("-1"));
        let configs = rules.topic_configs(&MetadataImage::default(), &BTreeMap::new());
        assert!(configs.len() > 20 && configs.is_sorted_by(|a, b| a.name <= b.name));
    }

    #[test]
    fn refusals_carry_kafkas_codes() {
        let rules = TableRules::new(BrokerConfig::standalone());
        let values = BTreeMap::from([("retention.ms".to_owned(), "soon".to_owned())]);
        assert_eq!(rules.validate(&ConfigResource::topic("t"), &values).unwrap_err().code, ErrorCode::InvalidConfig);
        let values = BTreeMap::from([("process.roles".to_owned(), "broker".to_owned())]);
        let refused = rules.validate(&ConfigResource::broker(BrokerId(1)), &values).unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidRequest);
    }
}
