//! Identities: brokers, producers, and Kafka's 128-bit ids.

use std::fmt;
use std::str::FromStr;

/// A broker or controller node id (`node.id`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BrokerId(pub i32);

impl BrokerId {
    /// "No broker", as the protocol writes it: a partition without leader, a consumer in `replica_id`.
    pub const NONE: BrokerId = BrokerId(-1);

    /// The raw value as the wire carries it.
    pub const fn get(self) -> i32 {
        self.0
    }
}

impl fmt::Display for BrokerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A producer's id (KIP-98); -1 marks a batch of a producer without idempotence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ProducerId(pub i64);

impl ProducerId {
    /// A batch without idempotence.
    pub const NONE: ProducerId = ProducerId(-1);

    /// The raw value as the wire and the disk carry it.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for ProducerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The epoch that fences older instances of one producer id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ProducerEpoch(pub i16);

impl ProducerEpoch {
    /// No epoch.
    pub const NONE: ProducerEpoch = ProducerEpoch(-1);

    /// The raw value as the wire and the disk carry it.
    pub const fn get(self) -> i16 {
        self.0
    }
}

/// A sequence number of an idempotent producer: 0 to 2^31-1, then 0 again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Sequence(pub i32);

impl Sequence {
    /// A batch without idempotence.
    pub const NONE: Sequence = Sequence(-1);

    /// The raw value as the wire and the disk carry it.
    pub const fn get(self) -> i32 {
        self.0
    }

    /// The sequence `n` records later, wrapping as `DefaultRecordBatch.incrementSequence` does.
    #[must_use]
    pub const fn advance(self, n: i32) -> Sequence {
        if self.0 > i32::MAX - n { Sequence(n - (i32::MAX - self.0) - 1) } else { Sequence(self.0 + n) }
    }
}

/// A 128-bit id as Kafka prints it: 22 characters of URL-safe base64 without padding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Uuid(pub u128);

/// A text that is not a Kafka id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id: expected 22 characters of URL-safe base64, as `logbus storage random-uuid` prints")]
pub struct UuidParseError(pub String);

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Uuid {
    /// The id that stands for "none" on the wire.
    pub const ZERO: Uuid = Uuid(0);
    /// The topic id of `__cluster_metadata` (`Uuid.METADATA_TOPIC_ID`).
    pub const METADATA_TOPIC: Uuid = Uuid(1);

    /// A random id that is neither reserved nor begins with a dash, so that it can stand on a command line
    /// (`Uuid.randomUuid` of Kafka).
    pub fn random() -> Uuid {
        loop {
            let id = Uuid(uuid::Uuid::new_v4().as_u128());
            if id.0 > 100 && !id.to_string().starts_with('-') {
                return id;
            }
        }
    }

    /// Whether this is the zero id.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0u8; 22];
        for (i, slot) in text.iter_mut().enumerate() {
            // 128 bits are 21 sextets and two bits; the last sextet is padded with four zero bits.
            let sextet = if i < 21 { self.0 >> (122 - 6 * i) } else { self.0 << 4 };
            *slot = BASE64[(sextet & 0x3f) as usize];
        }
        f.pad(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Uuid {
    type Err = UuidParseError;

    fn from_str(text: &str) -> Result<Uuid, UuidParseError> {
        let bad = || UuidParseError(text.to_owned());
        let body = text.trim_end_matches('=');
        if body.len() != 22 {
            return Err(bad());
        }
        let mut id = 0u128;
        for (i, b) in body.bytes().enumerate() {
            let sextet = BASE64.iter().position(|&c| c == b).ok_or_else(bad)? as u128;
            id = if i < 21 { (id << 6) | sextet } else { (id << 2) | (sextet >> 4) };
        }
        Ok(Uuid(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_as_java_prints_them_and_read_back() {
        assert_eq!(Uuid::ZERO.to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(Uuid::METADATA_TOPIC.to_string(), "AAAAAAAAAAAAAAAAAAAAAQ");
        let id = Uuid::random();
        assert_eq!(id.to_string().parse::<Uuid>(), Ok(id));
        assert!("short".parse::<Uuid>().is_err());
    }

    #[test]
    fn sequences_wrap_to_zero_after_the_largest_int() {
        assert_eq!(Sequence(i32::MAX).advance(1), Sequence(0));
        assert_eq!(Sequence(i32::MAX - 1).advance(3), Sequence(1));
        assert_eq!(Sequence(5).advance(2), Sequence(7));
    }
}
