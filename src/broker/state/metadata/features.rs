//! Features: what this build supports, what a new cluster begins with, and which version of each record that means.

use crate::wire::records::metadata::{FeatureLevelRecord, MetadataRecord};

/// `metadata.version`, the feature that settles the versions of metadata records.
pub const METADATA_VERSION_FEATURE: &str = "metadata.version";
/// Dynamic voters (KIP-853). Its level lives in the log's control records, not among the finalized features.
pub const KRAFT_FEATURE: &str = "kraft.version";
/// The transaction protocol (KIP-890).
pub const TRANSACTION_FEATURE: &str = "transaction.version";
/// The consumer group protocol (KIP-848).
pub const GROUP_FEATURE: &str = "group.version";
/// Eligible leader replicas (KIP-966).
pub const ELR_FEATURE: &str = "eligible.leader.replicas.version";
/// Share groups (KIP-932).
pub const SHARE_FEATURE: &str = "share.version";
/// Streams groups (KIP-1071).
pub const STREAMS_FEATURE: &str = "streams.version";

/// A range of levels of one feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeatureRange {
    /// The feature.
    pub name: &'static str,
    /// Lowest level; 0 is "not enabled".
    pub min: i16,
    /// Highest level.
    pub max: i16,
}

/// What brokers and controllers of this build support: the ranges of Apache Kafka 4.3.
pub const SUPPORTED_FEATURES: [FeatureRange; 7] = [
    FeatureRange { name: ELR_FEATURE, min: 0, max: 1 },
    FeatureRange { name: GROUP_FEATURE, min: 0, max: 1 },
    FeatureRange { name: KRAFT_FEATURE, min: 0, max: 1 },
    FeatureRange { name: METADATA_VERSION_FEATURE, min: 7, max: 30 },
    FeatureRange { name: SHARE_FEATURE, min: 0, max: 1 },
    FeatureRange { name: STREAMS_FEATURE, min: 0, max: 1 },
    FeatureRange { name: TRANSACTION_FEATURE, min: 0, max: 2 },
];

/// The supported range of a feature.
pub fn supported_feature(name: &str) -> Option<FeatureRange> {
    SUPPORTED_FEATURES.into_iter().find(|range| range.name == name)
}

/// The records that `kafka-storage format` of Kafka 4.3 puts into `bootstrap.checkpoint`.
pub fn bootstrap_records() -> Vec<MetadataRecord> {
    let level = |name: &str, feature_level| {
        MetadataRecord::FeatureLevelRecord(FeatureLevelRecord { name: name.to_owned(), feature_level })
    };
    vec![
        level(METADATA_VERSION_FEATURE, 30),
        level(ELR_FEATURE, 1),
        level(GROUP_FEATURE, 1),
        level(SHARE_FEATURE, 1),
        level(STREAMS_FEATURE, 1),
        level(TRANSACTION_FEATURE, 2),
    ]
}

/// The schema version in which a record is written under a level of `metadata.version` (`MetadataVersion`).
pub fn record_version(record: &MetadataRecord, metadata_version: i16) -> i16 {
    let stepped = |steps: &[(i16, i16)]| {
        steps.iter().rev().find(|(level, _)| metadata_version >= *level).map_or(0, |(_, version)| *version)
    };
    match record {
        MetadataRecord::RegisterBrokerRecord(_) => stepped(&[(7, 1), (8, 2), (17, 3), (30, 4)]),
        MetadataRecord::PartitionRecord(_) | MetadataRecord::PartitionChangeRecord(_) => stepped(&[(17, 1), (23, 2)]),
        MetadataRecord::BrokerRegistrationChangeRecord(_) => stepped(&[(7, 1), (17, 2), (30, 3)]),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::records::metadata::{PartitionRecord, RegisterBrokerRecord};

    #[test]
    fn record_versions_follow_the_metadata_version() {
        let broker = MetadataRecord::RegisterBrokerRecord(RegisterBrokerRecord::default());
        let partition = MetadataRecord::PartitionRecord(PartitionRecord::default());
        assert_eq!([7, 8, 16, 17, 29, 30].map(|level| record_version(&broker, level)), [1, 2, 2, 3, 3, 4]);
        assert_eq!([7, 16, 17, 22, 23, 30].map(|level| record_version(&partition, level)), [0, 0, 1, 1, 2, 2]);
    }
}
