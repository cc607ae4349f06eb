//! The API keys: name, versions that Kafka 4.3 serves, first flexible version.

use std::ops::RangeInclusive;

use super::schema::NEVER_FLEXIBLE;

/// One row an API, in the order of its key.
macro_rules! api_keys {
    ($($key:literal $name:ident $from:literal ..= $to:literal flexible $flexible:expr;)*) => {
        /// An API of the protocol (`ApiKeys`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(i16)]
        #[allow(missing_docs)] // the table below is the documentation
        pub enum ApiKey { $($name = $key),* }

        impl ApiKey {
            /// Every API, by key.
            pub const ALL: &'static [ApiKey] = &[$(ApiKey::$name),*];

            /// The API of a key from the wire.
            pub const fn from_code(key: i16) -> Option<ApiKey> {
                match key { $($key => Some(ApiKey::$name),)* _ => None }
            }

            /// Its name in the schema, `Produce`.
            pub const fn name(self) -> &'static str {
                match self { $(ApiKey::$name => stringify!($name)),* }
            }

            /// The versions that Kafka 4.3 has of it.
            pub const fn versions(self) -> RangeInclusive<i16> {
                match self { $(ApiKey::$name => $from..=$to),* }
            }

            /// The first version with compact lengths and tagged fields.
            pub const fn flexible_from(self) -> i16 {
                match self { $(ApiKey::$name => $flexible),* }
            }
        }
    };
}

api_keys! {
    0 Produce 3..=13 flexible 9;
    1 Fetch 4..=18 flexible 12;
    2 ListOffsets 1..=11 flexible 6;
    3 Metadata 0..=13 flexible 9;
    8 OffsetCommit 2..=10 flexible 8;
    9 OffsetFetch 1..=10 flexible 6;
    10 FindCoordinator 0..=6 flexible 3;
    11 JoinGroup 0..=9 flexible 6;
    12 Heartbeat 0..=4 flexible 4;
    13 LeaveGroup 0..=5 flexible 4;
    14 SyncGroup 0..=5 flexible 4;
    15 DescribeGroups 0..=6 flexible 5;
    16 ListGroups 0..=5 flexible 3;
    17 SaslHandshake 0..=1 flexible NEVER_FLEXIBLE;
    18 ApiVersions 0..=4 flexible 3;
    19 CreateTopics 2..=7 flexible 5;
    20 DeleteTopics 1..=6 flexible 4;
    21 DeleteRecords 0..=2 flexible 2;
    22 InitProducerId 0..=5 flexible 2;
    23 OffsetForLeaderEpoch 2..=4 flexible 4;
    24 AddPartitionsToTxn 0..=5 flexible 3;
    25 AddOffsetsToTxn 0..=4 flexible 3;
    26 EndTxn 0..=5 flexible 3;
    27 WriteTxnMarkers 1..=2 flexible 1;
    28 TxnOffsetCommit 0..=5 flexible 3;
    29 DescribeAcls 1..=3 flexible 2;
    30 CreateAcls 1..=3 flexible 2;
    31 DeleteAcls 1..=3 flexible 2;
    32 DescribeConfigs 1..=4 flexible 4;
    33 AlterConfigs 0..=2 flexible 2;
    34 AlterReplicaLogDirs 1..=2 flexible 2;
    35 DescribeLogDirs 1..=5 flexible 2;
    36 SaslAuthenticate 0..=2 flexible 2;
    37 CreatePartitions 0..=3 flexible 2;
    38 CreateDelegationToken 1..=3 flexible 2;
    39 RenewDelegationToken 1..=2 flexible 2;
    40 ExpireDelegationToken 1..=2 flexible 2;
    41 DescribeDelegationToken 1..=3 flexible 2;
    42 DeleteGroups 0..=2 flexible 2;
    43 ElectLeaders 0..=2 flexible 2;
    44 IncrementalAlterConfigs 0..=1 flexible 1;
    45 AlterPartitionReassignments 0..=1 flexible 0;
    46 ListPartitionReassignments 0..=0 flexible 0;
    47 OffsetDelete 0..=0 flexible NEVER_FLEXIBLE;
    48 DescribeClientQuotas 0..=1 flexible 1;
    49 AlterClientQuotas 0..=1 flexible 1;
    50 DescribeUserScramCredentials 0..=0 flexible 0;
    51 AlterUserScramCredentials 0..=0 flexible 0;
    52 Vote 0..=2 flexible 0;
    53 BeginQuorumEpoch 0..=1 flexible 1;
    54 EndQuorumEpoch 0..=1 flexible 1;
    55 DescribeQuorum 0..=2 flexible 0;
    56 AlterPartition 2..=3 flexible 0;
    57 UpdateFeatures 0..=2 flexible 0;
    58 Envelope 0..=0 flexible 0;
    59 FetchSnapshot 0..=1 flexible 0;
    60 DescribeCluster 0..=2 flexible 0;
    61 DescribeProducers 0..=0 flexible 0;
    62 BrokerRegistration 0..=4 flexible 0;
    63 BrokerHeartbeat 0..=2 flexible 0;
    64 UnregisterBroker 0..=0 flexible 0;
    65 DescribeTransactions 0..=0 flexible 0;
    66 ListTransactions 0..=2 flexible 0;
    67 AllocateProducerIds 0..=0 flexible 0;
    68 ConsumerGroupHeartbeat 0..=1 flexible 0;
    69 ConsumerGroupDescribe 0..=1 flexible 0;
    70 ControllerRegistration 0..=0 flexible 0;
    71 GetTelemetrySubscriptions 0..=0 flexible 0;
    72 PushTelemetry 0..=0 flexible 0;
    73 AssignReplicasToDirs 0..=0 flexible 0;
    74 ListConfigResources 0..=1 flexible 0;
    75 DescribeTopicPartitions 0..=0 flexible 0;
    76 ShareGroupHeartbeat 1..=1 flexible 0;
    77 ShareGroupDescribe 1..=1 flexible 0;
    78 ShareFetch 1..=2 flexible 0;
    79 ShareAcknowledge 1..=2 flexible 0;
    80 AddRaftVoter 0..=1 flexible 0;
    81 RemoveRaftVoter 0..=0 flexible 0;
    82 UpdateRaftVoter 0..=0 flexible 0;
    83 InitializeShareGroupState 0..=0 flexible 0;
    84 ReadShareGroupState 0..=0 flexible 0;
    85 WriteShareGroupState 0..=1 flexible 0;
    86 DeleteShareGroupState 0..=0 flexible 0;
    87 ReadShareGroupStateSummary 0..=1 flexible 0;
    88 StreamsGroupHeartbeat 0..=0 flexible 0;
    89 StreamsGroupDescribe 0..=0 flexible 0;
    90 DescribeShareGroupOffsets 0..=1 flexible 0;
    91 AlterShareGroupOffsets 0..=0 flexible 0;
    92 DeleteShareGroupOffsets 0..=0 flexible 0;
}

impl ApiKey {
    /// Whether brokers answer it to clients; the others are spoken among brokers and controllers.
    pub const fn is_for_clients(self) -> bool {
        !matches!(
            self,
            ApiKey::Vote
                | ApiKey::BeginQuorumEpoch
                | ApiKey::EndQuorumEpoch
                | ApiKey::AlterPartition
                | ApiKey::Envelope
                | ApiKey::FetchSnapshot
                | ApiKey::BrokerRegistration
                | ApiKey::BrokerHeartbeat
                | ApiKey::AllocateProducerIds
                | ApiKey::ControllerRegistration
                | ApiKey::AssignReplicasToDirs
                | ApiKey::UpdateRaftVoter
        )
    }

    /// The number on the wire.
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// Whether `version` has compact lengths and tagged fields.
    pub const fn is_flexible(self, version: i16) -> bool {
        version >= self.flexible_from()
    }

    /// The version of the request header that goes with a request version.
    pub const fn request_header_version(self, version: i16) -> i16 {
        if self.is_flexible(version) { 2 } else { 1 }
    }

    /// The version of the response header that goes with a request version. ApiVersions answers always with version 0,
    /// so that a client can read the refusal of a version it guessed (KIP-511).
    pub const fn response_header_version(self, version: i16) -> i16 {
        if self.is_flexible(version) && !matches!(self, ApiKey::ApiVersions) { 1 } else { 0 }
    }
}

impl std::fmt::Display for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
