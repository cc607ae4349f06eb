//! Topics, partitions, and the two hashes that place keys and groups.

use std::fmt;
use std::sync::Arc;

/// The index of a partition in its topic.
pub type PartitionId = i32;

/// A legal topic name (`Topic.validate`): 1 to 249 of `[a-zA-Z0-9._-]`, neither `.` nor `..`. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName(Arc<str>);

/// Why a name cannot be a topic's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicNameError {
    /// The empty string.
    #[error("the empty string is not allowed")]
    Empty,
    /// `.` or `..`.
    #[error("'{0}' is not allowed")]
    Dots(String),
    /// More than 249 characters: a partition directory must fit in a file name.
    #[error("the length of '{0}' is longer than the max allowed length 249")]
    TooLong(String),
    /// A character outside the set.
    #[error("'{0}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'")]
    BadCharacter(String),
}

impl TopicName {
    /// Checks and takes a name.
    ///
    /// # Errors
    /// The rule that the name breaks, in the words of Kafka's own message.
    pub fn new(name: &str) -> Result<TopicName, TopicNameError> {
        if name.is_empty() {
            return Err(TopicNameError::Empty);
        }
        if name == "." || name == ".." {
            return Err(TopicNameError::Dots(name.to_owned()));
        }
        if name.len() > 249 {
            return Err(TopicNameError::TooLong(name.to_owned()));
        }
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) {
            return Err(TopicNameError::BadCharacter(name.to_owned()));
        }
        Ok(TopicName(Arc::from(name)))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether Kafka treats the topic as internal.
    pub fn is_internal(&self) -> bool {
        matches!(&*self.0, "__consumer_offsets" | "__transaction_state" | "__share_group_state")
    }

    /// Whether two different names would share a metric name (`Topic.hasCollision`): `.` and `_` look alike there.
    pub fn collides_with(&self, other: &TopicName) -> bool {
        let same = |a: u8, b: u8| a == b || (matches!(a, b'.' | b'_') && matches!(b, b'.' | b'_'));
        self.0.len() == other.0.len() && self.0.bytes().zip(other.0.bytes()).all(|(a, b)| same(a, b))
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for TopicName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for TopicName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// One partition of one topic; prints as `topic-0`, the name of its directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic.
    pub topic: TopicName,
    /// The partition's index.
    pub partition: PartitionId,
}

impl TopicPartition {
    /// Pairs the two.
    pub const fn new(topic: TopicName, partition: PartitionId) -> TopicPartition {
        TopicPartition { topic, partition }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// Java's `String.hashCode`: places groups and transactional ids on their coordinator's partition.
pub fn java_string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0i32, |h, unit| h.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// The partition that the Java client's default partitioner gives a key: murmur2, sign bit masked.
pub fn partition_for_key(key: &[u8], partitions: i32) -> PartitionId {
    (murmur2(key) & 0x7fff_ffff) % partitions.max(1)
}

/// `Utils.murmur2` of the Java client: seed 0x9747b28c, 32 bits.
fn murmur2(data: &[u8]) -> i32 {
    const M: u32 = 0x5bd1_e995;
    let mut h: u32 = 0x9747_b28c ^ (data.len() as u32);
    let mut chunks = data.chunks_exact(4);
    for chunk in &mut chunks {
        let mut k = u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]).wrapping_mul(M);
        k ^= k >> 24;
        h = h.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    let tail = chunks.remainder();
    if !tail.is_empty() {
        for (i, &b) in tail.iter().enumerate() {
            h ^= u32::from(b) << (8 * i);
        }
        h = h.wrapping_mul(M);
    }
    h ^= h >> 13;
    h = h.wrapping_mul(M);
    (h ^ (h >> 15)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn murmur2_agrees_with_the_java_clients_own_test_vectors() {
        for (key, hash) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(key.as_bytes()), hash, "{key}");
        }
    }

    #[test]
    fn java_hash_agrees_with_string_hash_code() {
        assert_eq!(java_string_hash("hello"), 99_162_322);
        assert_eq!(java_string_hash("polygenelubricants"), i32::MIN);
    }

    #[test]
    fn topic_names_follow_kafkas_rule() {
        assert!(TopicName::new("a.b_c-9").is_ok());
        assert!(TopicName::new("..").is_err());
        assert!(TopicName::new("a b").is_err());
        assert!(TopicName::new(&"x".repeat(250)).is_err());
        let (a, b) = (TopicName::new("a.b").unwrap(), TopicName::new("a_b").unwrap());
        assert!(a.collides_with(&b));
    }
}
