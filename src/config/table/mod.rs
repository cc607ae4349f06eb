//! The rows, a file a theme, and the ways to find one.

mod admin;
mod client_metrics;
mod group;
mod groups;
mod log;
mod metadata;
mod node;
mod quotas;
mod replication;
mod security;
mod tiered;
mod topic;
mod transactions;

use super::setting::{Scope, Setting};

/// A theme of settings: its heading, what it holds, its rows.
pub type Theme = (&'static str, &'static [Setting]);

/// The broker's settings by theme.
pub const BROKER: &[Theme] = &[
    ("Node and listeners", node::ROWS),
    ("Partition logs", log::ROWS),
    ("Replication", replication::ROWS),
    ("Offsets and groups", groups::ROWS),
    ("Transactions", transactions::ROWS),
    ("Controllers and metadata", metadata::ROWS),
    ("Security", security::ROWS),
    ("Quotas", quotas::ROWS),
    ("Admin daemon and metrics", admin::ROWS),
    ("Tiered storage", tiered::ROWS),
];
/// A topic's settings.
pub const TOPIC: &[Theme] = &[("Topics", topic::ROWS)];
/// A group's settings.
pub const GROUP: &[Theme] = &[("Groups", group::ROWS)];
/// The settings of a client metrics subscription.
pub const CLIENT_METRICS: &[Theme] = &[("Client metrics subscriptions", client_metrics::ROWS)];

/// The themes of a scope.
pub const fn themes(scope: Scope) -> &'static [Theme] {
    match scope {
        Scope::Broker => BROKER,
        Scope::Topic => TOPIC,
        Scope::Group => GROUP,
        Scope::ClientMetrics => CLIENT_METRICS,
    }
}

/// Every setting of a scope, in the order of the documentation.
pub fn all(scope: Scope) -> impl Iterator<Item = &'static Setting> {
    themes(scope).iter().flat_map(|(_, rows)| *rows)
}

/// The setting of that name.
pub fn find(scope: Scope, name: &str) -> Option<&'static Setting> {
    all(scope).find(|setting| setting.name == name)
}

/// The known name that a misspelt one was most likely meant to be: at most a third of it wrong.
pub fn nearest(scope: Scope, name: &str) -> Option<&'static str> {
    let (distance, setting) =
        all(scope).map(|setting| (edit_distance(name, setting.name), setting)).min_by_key(|(distance, _)| *distance)?;
    (distance <= name.len() / 3).then_some(setting.name)
}

/// Insertions, deletions and replacements that turn one text into the other (Levenshtein).
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// The names under which a broker looks up a setting, best first (`DynamicBrokerConfig.brokerConfigSynonyms`).
pub fn broker_synonyms(name: &str) -> Vec<String> {
    const CHAINS: [&[&str]; 4] = [
        &["log.roll.ms", "log.roll.hours"],
        &["log.roll.jitter.ms", "log.roll.jitter.hours"],
        &["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
        &["log.flush.interval.ms", "log.flush.scheduler.interval.ms"],
    ];
    if let Some(chain) = CHAINS.iter().find(|chain| chain.contains(&name)) {
        // The scheduler's pause lends its value to the flush interval and has no other name itself.
        if name != "log.flush.scheduler.interval.ms" {
            return chain.iter().map(|&name| name.to_owned()).collect();
        }
    }
    match listener_base_name(name) {
        Some(base) => vec![name.to_owned(), base.to_owned()],
        None => vec![name.to_owned()],
    }
}

/// The setting behind `listener.name.<listener>.[<mechanism>.]<setting>`, if the name has that form.
pub fn listener_base_name(name: &str) -> Option<&str> {
    /// Settings that may also carry a SASL mechanism before their name.
    const BY_MECHANISM: [&str; 4] = [
        "sasl.jaas.config",
        "sasl.login.callback.handler.class",
        "sasl.login.class",
        "sasl.server.callback.handler.class",
    ];
    let (_, rest) = name.strip_prefix("listener.name.")?.split_once('.')?;
    Some(BY_MECHANISM.into_iter().find(|base| rest.ends_with(base)).unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::config::setting::{Importance, Type, Update};
    use crate::config::value::{Value, java_double};

    const SCOPES: [(Scope, &str); 4] = [
        (Scope::Broker, "broker"),
        (Scope::Topic, "topic"),
        (Scope::Group, "group"),
        (Scope::ClientMetrics, "client_metrics"),
    ];

    #[test]
    fn names_are_unique_within_a_scope_and_every_row_has_its_sentence() {
        for (scope, label) in SCOPES {
            let mut seen = HashSet::new();
            for setting in all(scope) {
                assert!(seen.insert(setting.name), "{label} {} twice", setting.name);
                assert!(setting.doc.ends_with('.'), "{label} {}: {:?}", setting.name, setting.doc);
            }
        }
    }

    #[test]
    fn every_default_is_a_legal_value_of_its_type() {
        for (scope, _) in SCOPES {
            for setting in all(scope) {
                if let Some(text) = setting.default {
                    let value = Value::parse(setting, text).unwrap();
                    let shown = value.to_java();
                    assert!(shown == text, "{}: {text} reads back as {shown}", setting.name);
                }
            }
        }
    }

    #[test]
    fn synonyms_name_settings_of_the_broker() {
        for scope in [Scope::Topic, Scope::Group] {
            for setting in all(scope) {
                if let Some(synonym) = setting.synonym {
                    assert!(find(Scope::Broker, synonym).is_some(), "{} -> {synonym}", setting.name);
                }
            }
        }
    }

    /// `tests/golden/kafka-settings.tsv` is the table of Apache Kafka 4.3.1, read out of its `ConfigDef`s.
    #[test]
    fn kafkas_settings_have_kafkas_types_defaults_ranges_and_update_modes() {
        let golden = include_str!("../../../tests/golden/kafka-settings.tsv");
        let mut ours_unseen: HashSet<(&str, &str)> =
            SCOPES.iter().flat_map(|&(scope, label)| all(scope).map(move |s| (label, s.name))).collect();
        for line in golden.lines().skip(1) {
            let fields: Vec<&str> = line.split('\t').collect();
            let [scope, name, kind, default, importance, update, valid, internal] = fields[..] else {
                panic!("{line}")
            };
            let (scope_value, label) = SCOPES.iter().find(|(_, label)| *label == scope).unwrap();
            let setting = find(*scope_value, name).unwrap_or_else(|| panic!("no row for {scope} {name}"));
            assert_eq!(setting.kind.name(), kind, "{name}");
            let ours = if setting.required { "<REQUIRED>" } else { setting.default.unwrap_or("(none)") };
            assert_eq!(ours, default, "{name}");
            let ours = match setting.importance {
                Importance::High => "HIGH",
                Importance::Medium => "MEDIUM",
                Importance::Low => "LOW",
            };
            assert_eq!(ours, importance, "{name}");
            if *scope_value == Scope::Broker {
                let ours = match setting.update {
                    Update::ReadOnly => "read-only",
                    Update::PerBroker => "per-broker",
                    Update::ClusterWide => "cluster-wide",
                };
                assert_eq!(ours, update, "{name}");
            }
            assert_eq!(setting.internal.to_string(), internal, "{name}");
            if valid.starts_with('[') && matches!(setting.kind, Type::Int | Type::Long | Type::Short) {
                assert_eq!(setting.valid.to_string(), valid, "{name}");
            }
            ours_unseen.remove(&(*label, name));
        }
        let mut own: Vec<_> = ours_unseen.into_iter().collect();
        own.sort_unstable();
        assert_eq!(
            own,
            [
                ("broker", "log.cache.bytes"),
                ("broker", "log.retention.disk.usage.percent"),
                ("broker", "logbus.admin.listener")
            ]
        );
    }

    #[test]
    fn a_misspelt_name_finds_the_one_that_was_meant() {
        assert_eq!(nearest(Scope::Broker, "log.retenton.hours"), Some("log.retention.hours"));
        assert_eq!(nearest(Scope::Broker, "num.partition"), Some("num.partitions"));
        assert_eq!(nearest(Scope::Broker, "my.own.plugin.switch"), None);
    }

    #[test]
    fn listener_prefixes_lead_to_the_setting_behind_them() {
        assert_eq!(listener_base_name("listener.name.internal.ssl.keystore.location"), Some("ssl.keystore.location"));
        assert_eq!(listener_base_name("listener.name.ext.scram-sha-256.sasl.jaas.config"), Some("sasl.jaas.config"));
        assert_eq!(listener_base_name("ssl.keystore.location"), None);
        assert_eq!(broker_synonyms("log.retention.hours")[0], "log.retention.ms");
    }

    #[test]
    fn doubles_print_as_java_prints_them() {
        for (number, text) in
            [(0.5, "0.5"), (1.0, "1.0"), (f64::MAX, "1.7976931348623157E308"), (1e7, "1.0E7"), (0.0001, "1.0E-4")]
        {
            assert_eq!(java_double(number), text);
        }
    }
}
