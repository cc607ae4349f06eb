//! A topic's settings, as its partitions use them.

use std::sync::Arc;

use crate::broker::state::partition::IsrRules;
use crate::broker::state::produce::ProduceRules;
use crate::broker::state::replication::ThrottledReplicas;
use crate::config::{self, BrokerConfig, TopicCompression, TopicConfig};
use crate::log::LogConfig;
use crate::wire::batch::TimestampType;
use crate::wire::compression::{Codec, Compression};

/// What a produced batch may decompress to where its records must be looked at: with the codec's own buffers less than
/// 64 MiB, and less than readers take ([`crate::wire::compression::DEFAULT_DECOMPRESSED_LIMIT`]).
const DECOMPRESSED_LIMIT: usize = 48 << 20;

/// The settings of a topic, in the form that its partitions use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionConfig {
    /// What the log room needs.
    pub log: Arc<LogConfig>,
    /// What a produced batch must be.
    pub produce: ProduceRules,
    /// `min.insync.replicas`.
    pub min_insync: usize,
    /// `replica.lag.time.max.ms`.
    pub max_lag_ms: i64,
    /// `leader.replication.throttled.replicas`.
    pub leader_throttled: ThrottledReplicas,
    /// `follower.replication.throttled.replicas`.
    pub follower_throttled: ThrottledReplicas,
    /// `cleanup.policy` contains `delete`.
    pub deletes: bool,
}

impl PartitionConfig {
    /// Who counts as in sync, and how many must be.
    pub const fn isr_rules(&self) -> IsrRules {
        IsrRules { min_insync: self.min_insync, max_lag_ms: self.max_lag_ms }
    }

    /// The settings of a topic, over those of the broker.
    pub fn from_topic(topic: &TopicConfig, broker: &BrokerConfig) -> PartitionConfig {
        let positive = |n: i64| (n >= 0).then_some(n);
        let finite = |n: i64| (n != i64::MAX).then_some(n);
        let level = |codec: Codec, level: i32| Some(Compression { codec, level });
        PartitionConfig {
            log: Arc::new(LogConfig {
                segment_bytes: u64::from(topic.segment_bytes),
                segment_ms: topic.segment_ms,
                segment_jitter_ms: topic.segment_jitter_ms,
                index_interval_bytes: topic.index_interval_bytes,
                segment_index_bytes: topic.segment_index_bytes,
                retention_ms: positive(topic.retention_ms),
                retention_bytes: u64::try_from(topic.retention_bytes).ok(),
                delete_old_segments: topic.cleanup_policy.delete,
                flush_messages: finite(topic.flush_messages).and_then(|n| u64::try_from(n).ok()),
                flush_ms: finite(topic.flush_ms),
                file_delete_delay_ms: topic.file_delete_delay_ms,
                producer_id_expiration_ms: i64::from(broker.producer_id_expiration_ms()),
                preallocate: topic.preallocate,
            }),
            produce: ProduceRules {
                max_message_bytes: topic.max_message_bytes as usize,
                segment_bytes: topic.segment_bytes as usize,
                compression: match topic.compression {
                    TopicCompression::Producer => None,
                    TopicCompression::Uncompressed => Some(Compression::NONE),
                    TopicCompression::Snappy => Some(Compression::of(Codec::Snappy)),
                    TopicCompression::Gzip => level(Codec::Gzip, topic.compression_gzip_level),
                    TopicCompression::Lz4 => level(Codec::Lz4, topic.compression_lz4_level),
                    TopicCompression::Zstd => level(Codec::Zstd, topic.compression_zstd_level),
                },
                timestamp_type: match topic.timestamp_type {
                    config::TimestampType::CreateTime => TimestampType::CreateTime,
                    config::TimestampType::LogAppendTime => TimestampType::LogAppendTime,
                },
                timestamp_before_max_ms: topic.timestamp_before_max_ms,
                timestamp_after_max_ms: topic.timestamp_after_max_ms,
                compacted: topic.cleanup_policy.compact,
                decompressed_limit: DECOMPRESSED_LIMIT,
            },
            min_insync: topic.min_insync_replicas as usize,
            max_lag_ms: broker.replica_lag_time_max_ms(),
            leader_throttled: ThrottledReplicas::read(&topic.leader_throttled_replicas),
            follower_throttled: ThrottledReplicas::read(&topic.follower_throttled_replicas),
            deletes: topic.cleanup_policy.delete,
        }
    }
}
