//! Vocabulary: newtypes with invariants, and Kafka's error codes. Pure values: no I/O, no protocol, no policy.

mod base64;
mod error_code;
mod ids;
mod offset;
mod properties;
mod scram;
mod topic;

pub use base64::{base64_decode, base64_encode};
pub use error_code::ErrorCode;
pub use ids::{BrokerId, ProducerEpoch, ProducerId, Sequence, Uuid, UuidParseError};
pub use offset::{LeaderEpoch, Offset, TimestampMs};
pub use properties::Properties;
pub use scram::ScramMechanism;
pub use topic::{PartitionId, TopicName, TopicNameError, TopicPartition, java_string_hash, partition_for_key};
