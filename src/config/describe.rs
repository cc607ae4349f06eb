//! The answers of DescribeConfigs: every setting with its value and where the value comes from.

use super::broker::BrokerConfig;
use super::setting::{Scope, Setting, Type};
use super::table;
use super::topic::inherited;
use super::value::Value;

/// Where a value comes from; the number is the one DescribeConfigs sends (`ConfigSource`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Source {
    Topic = 1,
    DynamicBroker = 2,
    DynamicDefaultBroker = 3,
    StaticBroker = 4,
    Default = 5,
    ClientMetrics = 7,
    Group = 8,
}

/// Rates that Kafka knows only as dynamic settings: they are listed when they are set.
const ONLY_DYNAMIC: [&str; 3] = [
    "leader.replication.throttled.rate",
    "follower.replication.throttled.rate",
    "replica.alter.log.dirs.io.max.bytes.per.second",
];

/// One setting of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEntry {
    /// The setting's name.
    pub name: String,
    /// The value as text; `None` for null and for secrets.
    pub value: Option<String>,
    /// Where the value comes from.
    pub source: Source,
    /// Whether the value is a secret.
    pub is_sensitive: bool,
    /// Whether the value is the built-in default.
    pub is_default: bool,
    /// Whether only a restart changes it.
    pub read_only: bool,
    /// Its type; `None` for names that no row has.
    pub kind: Option<Type>,
    /// One sentence, for those who ask for documentation.
    pub doc: Option<&'static str>,
    /// Every value that could apply, best first.
    pub synonyms: Vec<Synonym>,
}

/// A value that applies, or would if a better one went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synonym {
    /// The name under which it is set.
    pub name: String,
    /// The value; `None` for secrets.
    pub value: Option<String>,
    /// Where it is set.
    pub source: Source,
}

/// A topic's settings over the broker's (`ConfigHelper.createTopicConfigEntry`).
pub fn describe_topic<'a>(
    broker: &BrokerConfig,
    overrides: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Vec<ConfigEntry> {
    let overrides: Vec<(&str, &str)> = overrides.into_iter().collect();
    let below = |setting: &Setting| setting.synonym.map(|name| synonyms_of_broker(broker, name)).unwrap_or_default();
    describe_owned(Scope::Topic, Source::Topic, &overrides, below, |setting| inherited(broker, setting.name))
}

/// A group's settings over the broker's.
pub fn describe_group<'a>(
    broker: &BrokerConfig,
    overrides: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Vec<ConfigEntry> {
    let overrides: Vec<(&str, &str)> = overrides.into_iter().collect();
    let below = |setting: &Setting| match setting.synonym {
        Some(name) => synonyms_of_broker(broker, name),
        None => default_synonym(setting).into_iter().collect(),
    };
    describe_owned(Scope::Group, Source::Group, &overrides, below, |setting| match setting.synonym {
        Some(name) => broker.value(name).cloned(),
        None => setting.default.and_then(|text| Value::parse(setting, text).ok()),
    })
}

/// The settings of a client metrics subscription.
pub fn describe_client_metrics<'a>(overrides: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<ConfigEntry> {
    let overrides: Vec<(&str, &str)> = overrides.into_iter().collect();
    let below = |setting: &Setting| default_synonym(setting).into_iter().collect();
    describe_owned(Scope::ClientMetrics, Source::ClientMetrics, &overrides, below, |setting| {
        setting.default.and_then(|text| Value::parse(setting, text).ok())
    })
}

/// A broker's settings. `for_all` answers for the cluster-wide default: only what is set there.
pub fn describe_broker(broker: &BrokerConfig, for_all: bool) -> Vec<ConfigEntry> {
    if for_all {
        let set = broker.layer(Source::DynamicDefaultBroker);
        return set.keys().map(|name| broker_entry(broker, name, true)).collect();
    }
    let mut names: Vec<&str> = table::all(Scope::Broker)
        .filter(|setting| {
            let is_hidden = setting.internal || ONLY_DYNAMIC.contains(&setting.name);
            !is_hidden || broker.raw(setting.name).is_some()
        })
        .map(|setting| setting.name)
        .collect();
    for source in [Source::DynamicBroker, Source::StaticBroker] {
        for name in broker.layer(source).keys() {
            if table::find(Scope::Broker, name).is_none() && !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
    names.into_iter().map(|name| broker_entry(broker, name, false)).collect()
}

fn broker_entry(broker: &BrokerConfig, name: &str, for_all: bool) -> ConfigEntry {
    let setting = table::find(Scope::Broker, table::listener_base_name(name).unwrap_or(name));
    // What nobody knows may be a secret.
    let is_sensitive = setting.is_none_or(Setting::is_sensitive);
    let mut synonyms = synonyms_of_broker(broker, name);
    if is_sensitive {
        synonyms.iter_mut().for_each(|synonym| synonym.value = None);
    }
    if for_all {
        synonyms.retain(|synonym| synonym.source == Source::DynamicDefaultBroker);
    }
    let source = synonyms.first().map_or(Source::Default, |synonym| synonym.source);
    let value = match broker.value(name) {
        _ if for_all => broker.layer(Source::DynamicDefaultBroker).get(name).cloned(),
        Some(value) => Some(value.to_java()),
        None => broker.raw(name).map(str::to_owned),
    };
    ConfigEntry {
        name: name.to_owned(),
        value: if is_sensitive { None } else { value },
        source,
        is_sensitive,
        is_default: source == Source::Default,
        read_only: setting.is_none_or(Setting::is_read_only),
        kind: setting.map(|setting| setting.kind),
        doc: setting.map(|setting| setting.doc),
        synonyms,
    }
}

fn describe_owned(
    scope: Scope,
    own_source: Source,
    overrides: &[(&str, &str)],
    below: impl Fn(&Setting) -> Vec<Synonym>,
    inherited: impl Fn(&Setting) -> Option<Value>,
) -> Vec<ConfigEntry> {
    let own = |name: &str| overrides.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    table::all(scope)
        .filter(|setting| !setting.internal || own(setting.name).is_some())
        .map(|setting| {
            let set = own(setting.name).map(|text| {
                let value = Value::parse(setting, text).map_or_else(|_| text.to_owned(), |value| value.to_java());
                (!setting.is_sensitive()).then_some(value)
            });
            let mut synonyms = below(setting);
            if let Some(value) = &set {
                let name = setting.name.to_owned();
                synonyms.insert(0, Synonym { name, value: value.clone(), source: own_source });
            }
            let source = synonyms.first().map_or(Source::Default, |synonym| synonym.source);
            ConfigEntry {
                name: setting.name.to_owned(),
                value: set.unwrap_or_else(|| inherited(setting).map(|value| value.to_java())),
                source,
                is_sensitive: setting.is_sensitive(),
                is_default: source == Source::Default,
                read_only: false,
                kind: Some(setting.kind),
                doc: Some(setting.doc),
                synonyms,
            }
        })
        .collect()
}

/// Kafka's list of values for a broker's setting (`ConfigHelper.configSynonyms`): all names by layer, without what comes
/// before the first entry under the name itself.
fn synonyms_of_broker(broker: &BrokerConfig, name: &str) -> Vec<Synonym> {
    let names = table::broker_synonyms(name);
    let mut synonyms = Vec::new();
    for source in [Source::DynamicBroker, Source::DynamicDefaultBroker, Source::StaticBroker] {
        for name in &names {
            if let Some(value) = broker.layer(source).get(name) {
                synonyms.push(Synonym { name: name.clone(), value: Some(value.clone()), source });
            }
        }
    }
    for name in &names {
        synonyms.extend(table::find(Scope::Broker, name).and_then(default_synonym));
    }
    let first = synonyms.iter().position(|synonym| synonym.name == name).unwrap_or(synonyms.len());
    synonyms.split_off(first)
}

fn default_synonym(setting: &Setting) -> Option<Synonym> {
    let value = setting.default?.to_owned();
    Some(Synonym { name: setting.name.to_owned(), value: Some(value), source: Source::Default })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Properties;

    fn broker(text: &str) -> BrokerConfig {
        BrokerConfig::from_properties(&Properties::parse_str(text)).unwrap().0
    }

    fn entry(entries: Vec<ConfigEntry>, name: &str) -> ConfigEntry {
        entries.into_iter().find(|entry| entry.name == name).unwrap()
    }

    #[test]
    fn a_topics_value_carries_the_chain_it_won_against() {
        let broker = broker("log.segment.bytes=2097152");
        let e = entry(describe_topic(&broker, [("segment.bytes", "1048576")]), "segment.bytes");
        assert_eq!((e.value.as_deref(), e.source), (Some("1048576"), Source::Topic));
        let chain: Vec<_> = e.synonyms.iter().map(|s| (s.name.as_str(), s.value.as_deref(), s.source)).collect();
        assert_eq!(
            chain,
            [
                ("segment.bytes", Some("1048576"), Source::Topic),
                ("log.segment.bytes", Some("2097152"), Source::StaticBroker),
                ("log.segment.bytes", Some("1073741824"), Source::Default),
            ]
        );
    }

    #[test]
    fn every_setting_is_listed_with_type_and_sentence_and_internal_ones_only_when_set() {
        let entries = describe_topic(&BrokerConfig::standalone(), []);
        assert_eq!(entries.len(), 33);
        assert!(entries.iter().all(|e| e.kind.is_some() && e.doc.is_some() && e.is_default));
        let entries = describe_topic(&BrokerConfig::standalone(), [("internal.segment.bytes", "10")]);
        assert_eq!(entries.len(), 34);
    }

    #[test]
    fn secrets_are_described_without_their_value() {
        let e = entry(describe_broker(&broker("ssl.key.password=x"), false), "ssl.key.password");
        assert!(e.is_sensitive && e.value.is_none() && e.synonyms.iter().all(|s| s.value.is_none()));
        let e = entry(describe_broker(&broker("plugin.key=x"), false), "plugin.key");
        assert!(e.is_sensitive && e.value.is_none() && e.kind.is_none());
    }

    #[test]
    fn the_cluster_wide_default_shows_only_what_is_set_there() {
        let broker = BrokerConfig::standalone().with_dynamic([("log.cleaner.threads", "2")], []).unwrap();
        let entries = describe_broker(&broker, true);
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].value.as_deref(), entries[0].source), (Some("2"), Source::DynamicDefaultBroker));
        let e = entry(describe_broker(&broker, false), "log.cleaner.threads");
        assert_eq!(e.synonyms.len(), 2);
        assert!(!e.read_only);
    }

    #[test]
    fn a_groups_setting_falls_back_to_the_brokers() {
        let broker = broker("group.consumer.session.timeout.ms=50000");
        let e = entry(describe_group(&broker, []), "consumer.session.timeout.ms");
        assert_eq!((e.value.as_deref(), e.source), (Some("50000"), Source::StaticBroker));
    }
}
