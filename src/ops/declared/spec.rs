//! The form of the file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ops::{OpsError, Result};

/// Everything that a file can say. A part that is absent is not compared at all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// The id of the cluster that it is for; no other is touched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Beginnings of the names of topics that this file alone decides about: only these are deleted by pruning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owns: Vec<String>,
    /// Topics by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topics: Option<BTreeMap<String, DeclaredTopic>>,
    /// Settings of brokers and groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configs: Option<DeclaredConfigs>,
    /// Quotas of clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quotas: Option<Vec<DeclaredQuota>>,
    /// Users with SCRAM credentials, by name and mechanism.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<BTreeMap<String, BTreeMap<String, DeclaredUser>>>,
    /// Named so that it can be refused by its name.
    #[serde(skip_serializing)]
    acls: Option<serde_json::Value>,
}

/// A topic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredTopic {
    /// Number of partitions; the cluster's default where the topic has to be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partitions: Option<i32>,
    /// Replicas of each partition; the cluster's default where the topic has to be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_factor: Option<i16>,
    /// Settings of its own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub configs: BTreeMap<String, Scalar>,
}

/// Settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredConfigs {
    /// Of all brokers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub all_brokers: BTreeMap<String, Scalar>,
    /// Of single brokers, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub brokers: BTreeMap<String, BTreeMap<String, Scalar>>,
    /// Of groups, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, BTreeMap<String, Scalar>>,
}

/// A quota: what it limits, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredQuota {
    /// `user`, `client-id` or `ip`, each with its name; null is the default.
    pub entity: BTreeMap<String, Option<String>>,
    /// `producer_byte_rate`, `consumer_byte_rate`, `request_percentage`, …
    #[serde(serialize_with = "plain_numbers")]
    pub limits: BTreeMap<String, f64>,
}

/// Whole numbers without a fraction, as people write them.
fn plain_numbers<S: serde::Serializer>(limits: &BTreeMap<String, f64>, out: S) -> std::result::Result<S::Ok, S::Error> {
    out.collect_map(limits.iter().map(|(name, &value)| {
        let whole = value.fract() == 0.0 && value.abs() < 9e15;
        (name, if whole { serde_json::Value::from(value as i64) } else { serde_json::Value::from(value) })
    }))
}

/// The name of a quota's entity, as a key.
pub type Quota = BTreeMap<String, Option<String>>;

/// A SCRAM credential. The password is never in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredUser {
    /// How costly a guess is; 4096 at least.
    pub iterations: i32,
    /// The environment variable that holds the password when the credential has to be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_env: Option<String>,
}

/// The value of a setting: written as it is in YAML, kept as the text that Kafka knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar(pub String);

impl From<&str> for Scalar {
    fn from(text: &str) -> Scalar {
        Scalar(text.to_owned())
    }
}

impl Serialize for Scalar {
    fn serialize<S: serde::Serializer>(&self, out: S) -> std::result::Result<S::Ok, S::Error> {
        // A number that is written as it would be read back stays a number.
        match (self.0.parse::<i64>(), self.0.as_str()) {
            (Ok(n), text) if n.to_string() == text => out.serialize_i64(n),
            (_, "true") => out.serialize_bool(true),
            (_, "false") => out.serialize_bool(false),
            (_, text) => out.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> std::result::Result<Scalar, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Scalar;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text, a number, true or false")
            }
            fn visit_bool<E>(self, v: bool) -> std::result::Result<Scalar, E> {
                Ok(Scalar(v.to_string()))
            }
            fn visit_i64<E>(self, v: i64) -> std::result::Result<Scalar, E> {
                Ok(Scalar(v.to_string()))
            }
            fn visit_u64<E>(self, v: u64) -> std::result::Result<Scalar, E> {
                Ok(Scalar(v.to_string()))
            }
            fn visit_f64<E>(self, v: f64) -> std::result::Result<Scalar, E> {
                Ok(Scalar(v.to_string()))
            }
            fn visit_str<E>(self, v: &str) -> std::result::Result<Scalar, E> {
                Ok(Scalar(v.to_owned()))
            }
        }
        input.deserialize_any(Visitor)
    }
}

impl Declared {
    /// Reads a file.
    ///
    /// # Errors
    /// [`OpsError::Invalid`] with line and column of what cannot be read, or naming what cannot be declared.
    pub fn parse(text: &str) -> Result<Declared> {
        let declared: Declared = serde_saphyr::from_str(text).map_err(|e| {
            let shown = e.to_string();
            OpsError::Invalid(shown.lines().next().unwrap_or_default().to_owned())
        })?;
        declared.check()?;
        Ok(declared)
    }

    fn check(&self) -> Result<()> {
        let bad = |text: String| Err(OpsError::Invalid(text));
        if self.acls.is_some() {
            return bad("`acls` cannot be declared yet; `kafka-acls` changes them".into());
        }
        for (name, topic) in self.topics.iter().flatten() {
            if topic.partitions.is_some_and(|n| n < 1) || topic.replication_factor.is_some_and(|n| n < 1) {
                return bad(format!("topic {name}: partitions and replication_factor are 1 at least"));
            }
        }
        for id in self.configs.iter().flat_map(|configs| configs.brokers.keys()) {
            if id.parse::<i32>().is_err() {
                return bad(format!("configs.brokers: `{id}` is no broker id"));
            }
        }
        for quota in self.quotas.iter().flatten() {
            let kinds: Vec<&str> = quota.entity.keys().map(String::as_str).collect();
            if !matches!(kinds[..], ["user"] | ["client-id"] | ["client-id", "user"] | ["ip"]) {
                return bad(format!("quotas: {kinds:?} is none of user, client-id, both of them, ip"));
            }
        }
        for (user, mechanisms) in self.users.iter().flatten() {
            for name in mechanisms.keys() {
                if crate::model::ScramMechanism::from_name(name).is_none() {
                    return bad(format!("user {user}: `{name}` is neither SCRAM-SHA-256 nor SCRAM-SHA-512"));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_kafka_writes_them() {
        let declared = Declared::parse(
            "topics:\n  clicks:\n    partitions: 6\n    configs:\n      retention.ms: 604800000\n      \
             unclean.leader.election.enable: false\n      min.cleanable.dirty.ratio: 0.5\n      \
             cleanup.policy: 'compact,delete'\n      retention.bytes: -1\n",
        )
        .unwrap();
        let topics = declared.topics.unwrap();
        let configs: Vec<&str> = topics["clicks"].configs.values().map(|v| v.0.as_str()).collect();
        assert_eq!(configs, ["compact,delete", "0.5", "-1", "604800000", "false"]);
        assert_eq!((topics["clicks"].partitions, topics["clicks"].replication_factor), (Some(6), None));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let error = |text: &str| Declared::parse(text).unwrap_err().to_string();
        assert!(error("topics:\n  t:\n    partition: 6\n").contains("partition"));
        assert!(error("topics: {t: {partitions: 0}}").starts_with("topic t: "));
        assert!(error("acls: []\n").contains("kafka-acls"));
        assert!(error("users: {a: {PLAIN: {iterations: 4096}}}").starts_with("user a: `PLAIN`"));
        assert!(error("quotas: [{entity: {group: x}, limits: {}}]").starts_with("quotas: "));
    }
}
