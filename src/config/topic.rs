//! A topic's settings as a partition needs them: its overrides over the broker's values.

use super::broker::BrokerConfig;
use super::setting::Scope;
use super::table;
use super::value::Value;

/// What happens to old segments; both may hold, or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CleanupPolicy {
    /// Delete segments past their retention.
    pub delete: bool,
    /// Keep only the newest record of each key.
    pub compact: bool,
}

/// Codec of stored batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum TopicCompression {
    /// What the producer chose.
    Producer,
    Uncompressed,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

/// Whose clock stamps records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampType {
    /// The producer's.
    CreateTime,
    /// The broker's.
    LogAppendTime,
}

/// A topic's effective settings. Times are milliseconds, sizes bytes.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct TopicConfig {
    pub segment_bytes: u32,
    pub segment_ms: i64,
    pub segment_jitter_ms: i64,
    pub segment_index_bytes: u32,
    pub index_interval_bytes: u32,
    pub preallocate: bool,
    /// Records between two forced flushes; `i64::MAX` leaves flushing to the operating system.
    pub flush_messages: i64,
    pub flush_ms: i64,
    /// -1 is no bound.
    pub retention_bytes: i64,
    /// -1 is for ever.
    pub retention_ms: i64,
    pub file_delete_delay_ms: i64,
    pub cleanup_policy: CleanupPolicy,
    pub delete_retention_ms: i64,
    pub min_compaction_lag_ms: i64,
    pub max_compaction_lag_ms: i64,
    pub min_cleanable_dirty_ratio: f64,
    pub max_message_bytes: u32,
    pub compression: TopicCompression,
    pub compression_gzip_level: i32,
    pub compression_lz4_level: i32,
    pub compression_zstd_level: i32,
    pub timestamp_type: TimestampType,
    pub timestamp_before_max_ms: i64,
    pub timestamp_after_max_ms: i64,
    pub min_insync_replicas: u32,
    pub unclean_leader_election: bool,
    pub leader_throttled_replicas: Vec<String>,
    pub follower_throttled_replicas: Vec<String>,
}

impl TopicConfig {
    /// Lays overrides over the broker's values.
    ///
    /// An override that is no legal value is passed over: it was checked before it was recorded, so only a later
    /// release could have written it, and a partition must not go offline for that.
    pub fn new<'a>(broker: &BrokerConfig, overrides: impl IntoIterator<Item = (&'a str, &'a str)>) -> TopicConfig {
        let own: Vec<(&'static str, Value)> = overrides
            .into_iter()
            .filter_map(|(name, text)| {
                let setting = table::find(Scope::Topic, name)?;
                Some((setting.name, Value::parse(setting, text).ok()?))
            })
            .collect();
        let read = Reader { broker, own };
        let cleanup = read.list("cleanup.policy");
        TopicConfig {
            segment_bytes: match read.own("internal.segment.bytes") {
                Some(Value::Int(bytes)) => unsigned(i64::from(*bytes)),
                _ => unsigned(read.number("segment.bytes")),
            },
            segment_ms: read.number("segment.ms"),
            segment_jitter_ms: read.number("segment.jitter.ms"),
            segment_index_bytes: unsigned(read.number("segment.index.bytes")),
            index_interval_bytes: unsigned(read.number("index.interval.bytes")),
            preallocate: read.flag("preallocate"),
            flush_messages: read.number("flush.messages"),
            flush_ms: read.number("flush.ms"),
            retention_bytes: read.number("retention.bytes"),
            retention_ms: read.number("retention.ms"),
            file_delete_delay_ms: read.number("file.delete.delay.ms"),
            cleanup_policy: CleanupPolicy {
                delete: cleanup.iter().any(|policy| policy == "delete"),
                compact: cleanup.iter().any(|policy| policy == "compact"),
            },
            delete_retention_ms: read.number("delete.retention.ms"),
            min_compaction_lag_ms: read.number("min.compaction.lag.ms"),
            max_compaction_lag_ms: read.number("max.compaction.lag.ms"),
            min_cleanable_dirty_ratio: match read.value("min.cleanable.dirty.ratio") {
                Some(Value::Double(ratio)) => ratio,
                _ => 0.5,
            },
            max_message_bytes: unsigned(read.number("max.message.bytes")),
            compression: match read.text("compression.type").as_str() {
                "uncompressed" => TopicCompression::Uncompressed,
                "gzip" => TopicCompression::Gzip,
                "snappy" => TopicCompression::Snappy,
                "lz4" => TopicCompression::Lz4,
                "zstd" => TopicCompression::Zstd,
                _ => TopicCompression::Producer,
            },
            compression_gzip_level: level(read.number("compression.gzip.level")),
            compression_lz4_level: level(read.number("compression.lz4.level")),
            compression_zstd_level: level(read.number("compression.zstd.level")),
            timestamp_type: match read.text("message.timestamp.type").as_str() {
                "LogAppendTime" => TimestampType::LogAppendTime,
                _ => TimestampType::CreateTime,
            },
            timestamp_before_max_ms: read.number("message.timestamp.before.max.ms"),
            timestamp_after_max_ms: read.number("message.timestamp.after.max.ms"),
            min_insync_replicas: unsigned(read.number("min.insync.replicas")),
            unclean_leader_election: read.flag("unclean.leader.election.enable"),
            leader_throttled_replicas: read.list("leader.replication.throttled.replicas"),
            follower_throttled_replicas: read.list("follower.replication.throttled.replicas"),
        }
    }
}

/// The effective value of a topic's setting when the topic does not set it (`LogConfig` from the broker's values).
pub(super) fn inherited(broker: &BrokerConfig, name: &str) -> Option<Value> {
    let long = |ms: i64| Some(Value::Long(ms));
    let setting = table::find(Scope::Topic, name)?;
    match setting.synonym {
        Some("log.retention.ms") => long(broker.log_retention_ms()),
        Some("log.roll.ms") => long(broker.log_roll_ms()),
        Some("log.roll.jitter.ms") => long(broker.log_roll_jitter_ms()),
        Some("log.flush.interval.ms") => long(broker.log_flush_interval_ms()),
        Some(synonym) => broker.value(synonym).cloned(),
        None => setting.default.and_then(|text| Value::parse(setting, text).ok()),
    }
}

struct Reader<'b> {
    broker: &'b BrokerConfig,
    own: Vec<(&'static str, Value)>,
}

impl Reader<'_> {
    fn own(&self, name: &str) -> Option<&Value> {
        self.own.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    fn value(&self, name: &str) -> Option<Value> {
        self.own(name).cloned().or_else(|| inherited(self.broker, name))
    }

    fn number(&self, name: &str) -> i64 {
        match self.value(name) {
            Some(Value::Long(v)) => v,
            Some(Value::Int(v)) => i64::from(v),
            _ => 0,
        }
    }

    fn flag(&self, name: &str) -> bool {
        self.value(name) == Some(Value::Boolean(true))
    }

    fn text(&self, name: &str) -> String {
        match self.value(name) {
            Some(Value::Text(text)) => text,
            _ => String::new(),
        }
    }

    fn list(&self, name: &str) -> Vec<String> {
        match self.value(name) {
            Some(Value::List(items)) => items,
            _ => Vec::new(),
        }
    }
}

fn unsigned(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

fn level(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Properties;

    #[test]
    fn a_topic_without_overrides_has_kafkas_defaults() {
        let topic = TopicConfig::new(&BrokerConfig::standalone(), []);
        assert_eq!(topic.segment_bytes, 1 << 30);
        assert_eq!(topic.retention_ms, 604_800_000);
        assert_eq!(topic.retention_bytes, -1);
        assert_eq!(topic.max_message_bytes, 1_048_588);
        assert_eq!(topic.cleanup_policy, CleanupPolicy { delete: true, compact: false });
        assert_eq!(topic.compression, TopicCompression::Producer);
        assert_eq!(topic.timestamp_type, TimestampType::CreateTime);
        assert_eq!((topic.flush_messages, topic.flush_ms), (i64::MAX, i64::MAX));
        assert_eq!(topic.segment_ms, 604_800_000);
    }

    #[test]
    fn overrides_go_before_the_broker_and_the_broker_before_the_default() {
        let file = Properties::parse_str("log.retention.minutes=1\nlog.segment.bytes=2097152\ncompression.type=zstd\n");
        let (broker, _) = BrokerConfig::from_properties(&file).unwrap();
        let topic = TopicConfig::new(&broker, [("retention.ms", "5"), ("cleanup.policy", "compact,delete")]);
        assert_eq!(topic.retention_ms, 5);
        assert_eq!(topic.segment_bytes, 2_097_152);
        assert_eq!(topic.compression, TopicCompression::Zstd);
        assert_eq!(topic.cleanup_policy, CleanupPolicy { delete: true, compact: true });
        assert_eq!(TopicConfig::new(&broker, []).retention_ms, 60_000);
    }

    #[test]
    fn an_override_of_a_later_release_does_not_take_the_topic_down() {
        let topic = TopicConfig::new(&BrokerConfig::standalone(), [("retention.ms", "soon"), ("new.setting", "1")]);
        assert_eq!(topic.retention_ms, 604_800_000);
    }

    #[test]
    fn tests_may_roll_segments_below_the_floor() {
        let topic = TopicConfig::new(&BrokerConfig::standalone(), [("internal.segment.bytes", "1000")]);
        assert_eq!(topic.segment_bytes, 1000);
    }
}
