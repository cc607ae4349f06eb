//! What AlterConfigs and CreateTopics accept, with the texts that Kafka refuses with.

use super::setting::{Scope, Update};
use super::table;
use super::value::{Value, ValueError};

/// Why a setting may not be changed as asked; prints the message that Kafka sends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigRefusal {
    /// No topic setting of that name.
    #[error("Unknown topic config name: {0}")]
    UnknownTopic(String),
    /// No group setting of that name.
    #[error("Unknown group config name: {0}")]
    UnknownGroup(String),
    /// A broker's setting that needs a restart.
    #[error("Cannot update these configs dynamically: [{0}]")]
    ReadOnly(String),
    /// A setting of single brokers, given for all of them.
    #[error("Cannot update these configs at default cluster level, broker id must be specified: [{0}]")]
    PerBrokerOnly(String),
    /// The value is wrong.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// Two values that contradict each other.
    #[error("conflict topic config setting min.compaction.lag.ms ({least}) > max.compaction.lag.ms({most})")]
    CompactionLags {
        /// The value of min.compaction.lag.ms.
        least: i64,
        /// The value of max.compaction.lag.ms.
        most: i64,
    },
}

/// Checks one setting of a topic.
///
/// # Errors
/// The refusal, in Kafka's words.
pub fn validate_topic_config(name: &str, value: &str) -> Result<(), ConfigRefusal> {
    let setting = table::find(Scope::Topic, name).ok_or_else(|| ConfigRefusal::UnknownTopic(name.to_owned()))?;
    Value::parse(setting, value)?;
    Ok(())
}

/// Checks all overrides of a topic, each and against each other.
///
/// # Errors
/// The first refusal, in Kafka's words.
pub fn validate_topic_configs<'a>(
    overrides: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<(), ConfigRefusal> {
    let (mut least, mut most) = (0, i64::MAX);
    for (name, value) in overrides {
        validate_topic_config(name, value)?;
        match name {
            "min.compaction.lag.ms" => least = value.trim().parse().unwrap_or(least),
            "max.compaction.lag.ms" => most = value.trim().parse().unwrap_or(most),
            _ => {}
        }
    }
    if least > most { Err(ConfigRefusal::CompactionLags { least, most }) } else { Ok(()) }
}

/// Checks one setting of a group.
///
/// # Errors
/// The refusal, in Kafka's words.
pub fn validate_group_config(name: &str, value: &str) -> Result<(), ConfigRefusal> {
    let setting = table::find(Scope::Group, name).ok_or_else(|| ConfigRefusal::UnknownGroup(name.to_owned()))?;
    Value::parse(setting, value)?;
    Ok(())
}

/// Checks a change of a broker's setting while it runs; `for_all` is the cluster-wide default.
///
/// A name that no setting has is accepted, as Kafka does: it may belong to a plugin.
///
/// # Errors
/// The refusal, in Kafka's words.
pub fn validate_broker_config(name: &str, value: &str, for_all: bool) -> Result<(), ConfigRefusal> {
    let is_listener_override = table::listener_base_name(name).is_some();
    let base = table::listener_base_name(name).unwrap_or(name);
    let Some(setting) = table::find(Scope::Broker, base) else { return Ok(()) };
    match setting.update {
        Update::ReadOnly => return Err(ConfigRefusal::ReadOnly(name.to_owned())),
        Update::PerBroker if for_all => return Err(ConfigRefusal::PerBrokerOnly(name.to_owned())),
        Update::ClusterWide if for_all && is_listener_override => {
            return Err(ConfigRefusal::PerBrokerOnly(name.to_owned()));
        }
        _ => {}
    }
    Value::parse(setting, value)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(name: &str, value: &str) -> String {
        validate_topic_config(name, value).unwrap_err().to_string()
    }

    #[test]
    fn refusals_are_kafkas_sentences() {
        for (name, value, said) in [
            ("retention.ms", "x", "Invalid value x for configuration retention.ms: Not a number of type LONG"),
            ("retention.ms", "-2", "Invalid value -2 for configuration retention.ms: Value must be at least -1"),
            ("retention.ms", "", "Invalid value  for configuration retention.ms: Not a number of type LONG"),
            (
                "segment.bytes",
                "100",
                "Invalid value 100 for configuration segment.bytes: Value must be at least 1048576",
            ),
            (
                "segment.bytes",
                "99999999999",
                "Invalid value 99999999999 for configuration segment.bytes: Not a number of type INT",
            ),
            (
                "cleanup.policy",
                "foo",
                "Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete",
            ),
            ("cleanup.policy", "delete,", "Configuration 'cleanup.policy' values must not be empty."),
            (
                "preallocate",
                "yes",
                "Invalid value yes for configuration preallocate: Expected value to be either true or false",
            ),
            (
                "compression.type",
                "gzip2",
                "Invalid value gzip2 for configuration compression.type: \
                 String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer",
            ),
            (
                "compression.gzip.level",
                "0",
                "Invalid value 0 for configuration compression.gzip.level: \
                 Value must be between 1 and 9 or equal to -1",
            ),
            (
                "compression.lz4.level",
                "18",
                "Invalid value 18 for configuration compression.lz4.level: Value must be no more than 17",
            ),
            (
                "min.cleanable.dirty.ratio",
                "-1",
                "Invalid value -1.0 for configuration min.cleanable.dirty.ratio: Value must be at least 0",
            ),
            (
                "leader.replication.throttled.replicas",
                "x",
                "Invalid value [x] for configuration leader.replication.throttled.replicas: \
                 leader.replication.throttled.replicas must be the literal '*' or a list of replicas in the following \
                 format: [partitionId]:[brokerId],[partitionId]:[brokerId],...",
            ),
            ("foo", "x", "Unknown topic config name: foo"),
        ] {
            assert_eq!(refusal(name, value), said);
        }
    }

    #[test]
    fn what_kafka_takes_is_taken() {
        for (name, value) in [
            ("retention.ms", " 5 "),
            ("retention.ms", "+5"),
            ("cleanup.policy", ""),
            ("cleanup.policy", "delete,delete"),
            ("cleanup.policy", "compact,delete"),
            ("preallocate", "TRUE"),
            ("min.cleanable.dirty.ratio", "0.5f"),
            ("leader.replication.throttled.replicas", "*"),
            ("leader.replication.throttled.replicas", "1:2,3:4"),
            ("internal.segment.bytes", "5"),
        ] {
            assert_eq!(validate_topic_config(name, value), Ok(()), "{name}={value}");
        }
    }

    #[test]
    fn compaction_lags_must_not_cross() {
        let said = validate_topic_configs([("min.compaction.lag.ms", "5"), ("max.compaction.lag.ms", "2")]);
        assert_eq!(
            said.unwrap_err().to_string(),
            "conflict topic config setting min.compaction.lag.ms (5) > max.compaction.lag.ms(2)"
        );
    }

    #[test]
    fn a_running_broker_changes_only_what_may_change() {
        assert!(validate_broker_config("log.cleaner.threads", "2", true).is_ok());
        assert!(validate_broker_config("log.cleaner.threads", "-1", true).is_err());
        assert!(matches!(validate_broker_config("num.partitions", "2", false), Err(ConfigRefusal::ReadOnly(_))));
        let listeners = "PLAINTEXT://h:1";
        assert!(matches!(validate_broker_config("listeners", listeners, true), Err(ConfigRefusal::PerBrokerOnly(_))));
        assert!(validate_broker_config("listeners", listeners, false).is_ok());
        assert!(validate_broker_config("plugin.switch", "on", true).is_ok());
    }
}
