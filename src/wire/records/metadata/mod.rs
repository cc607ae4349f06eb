//! Records of `__cluster_metadata`, one file a type, and the enum over all of them.

mod abort_transaction_record;
mod access_control_entry_record;
mod begin_transaction_record;
mod broker_registration_change_record;
mod clear_elr_record;
mod client_quota_record;
mod config_record;
mod delegation_token_record;
mod end_transaction_record;
mod feature_level_record;
mod fence_broker_record;
mod no_op_record;
mod partition_change_record;
mod partition_record;
mod producer_ids_record;
mod register_broker_record;
mod register_controller_record;
mod remove_access_control_entry_record;
mod remove_delegation_token_record;
mod remove_topic_record;
mod remove_user_scram_credential_record;
mod topic_record;
mod unfence_broker_record;
mod unregister_broker_record;
mod user_scram_credential_record;
mod zk_migration_record;

pub use abort_transaction_record::*;
pub use access_control_entry_record::*;
pub use begin_transaction_record::*;
pub use broker_registration_change_record::*;
pub use clear_elr_record::*;
pub use client_quota_record::*;
pub use config_record::*;
pub use delegation_token_record::*;
pub use end_transaction_record::*;
pub use feature_level_record::*;
pub use fence_broker_record::*;
pub use no_op_record::*;
pub use partition_change_record::*;
pub use partition_record::*;
pub use producer_ids_record::*;
pub use register_broker_record::*;
pub use register_controller_record::*;
pub use remove_access_control_entry_record::*;
pub use remove_delegation_token_record::*;
pub use remove_topic_record::*;
pub use remove_user_scram_credential_record::*;
pub use topic_record::*;
pub use unfence_broker_record::*;
pub use unregister_broker_record::*;
pub use user_scram_credential_record::*;
pub use zk_migration_record::*;

use bytes::Bytes;

use crate::wire::codec::{DecodeError, Put as _, Reader, Writer};
use crate::wire::schema::Message as _;

/// The frame around every metadata record (`MetadataRecordSerde`): frame version 1, type, version, body.
const FRAME_VERSION: u32 = 1;

macro_rules! metadata_records {
    ($($ty:literal $variant:ident $name:literal;)*) => {
        /// A record of the metadata log.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs)] // one variant a schema
        pub enum MetadataRecord { $($variant($variant)),* }

        $(impl From<$variant> for MetadataRecord {
            fn from(record: $variant) -> MetadataRecord {
                MetadataRecord::$variant(record)
            }
        })*

        impl MetadataRecord {
            /// The type's number.
            pub const fn type_code(&self) -> u32 {
                match self { $(MetadataRecord::$variant(_) => $ty),* }
            }

            /// The type's name, as Kafka's tools print it.
            pub const fn type_name(&self) -> &'static str {
                match self { $(MetadataRecord::$variant(_) => $name),* }
            }

            /// The newest version of the type's schema.
            pub fn newest_version(&self) -> i16 {
                match self { $(MetadataRecord::$variant(_) => *$variant::VERSIONS.end()),* }
            }

            fn write_body(&self, out: &mut Writer, version: i16) {
                match self { $(MetadataRecord::$variant(record) => record.write(out, version)),* }
            }

            fn read_body(ty: u32, version: i16, input: &mut Reader) -> Result<MetadataRecord, DecodeError> {
                match ty {
                    $($ty => $variant::read(input, version).map(MetadataRecord::$variant),)*
                    _ => Err(DecodeError::Unknown(format!("metadata record type {ty} is not known"))),
                }
            }

            /// The body as Kafka's metadata decoder prints it.
            pub fn data_json(&self, version: i16) -> serde_json::Value {
                match self { $(MetadataRecord::$variant(record) => record.to_json(version)),* }
            }
        }
    };
}

metadata_records! {
    0 RegisterBrokerRecord "REGISTER_BROKER_RECORD";
    1 UnregisterBrokerRecord "UNREGISTER_BROKER_RECORD";
    2 TopicRecord "TOPIC_RECORD";
    3 PartitionRecord "PARTITION_RECORD";
    4 ConfigRecord "CONFIG_RECORD";
    5 PartitionChangeRecord "PARTITION_CHANGE_RECORD";
    7 FenceBrokerRecord "FENCE_BROKER_RECORD";
    8 UnfenceBrokerRecord "UNFENCE_BROKER_RECORD";
    9 RemoveTopicRecord "REMOVE_TOPIC_RECORD";
    10 DelegationTokenRecord "DELEGATION_TOKEN_RECORD";
    11 UserScramCredentialRecord "USER_SCRAM_CREDENTIAL_RECORD";
    12 FeatureLevelRecord "FEATURE_LEVEL_RECORD";
    14 ClientQuotaRecord "CLIENT_QUOTA_RECORD";
    15 ProducerIdsRecord "PRODUCER_IDS_RECORD";
    17 BrokerRegistrationChangeRecord "BROKER_REGISTRATION_CHANGE_RECORD";
    18 AccessControlEntryRecord "ACCESS_CONTROL_ENTRY_RECORD";
    19 RemoveAccessControlEntryRecord "REMOVE_ACCESS_CONTROL_ENTRY_RECORD";
    20 NoOpRecord "NO_OP_RECORD";
    21 ZkMigrationStateRecord "ZK_MIGRATION_STATE_RECORD";
    22 RemoveUserScramCredentialRecord "REMOVE_USER_SCRAM_CREDENTIAL_RECORD";
    23 BeginTransactionRecord "BEGIN_TRANSACTION_RECORD";
    24 EndTransactionRecord "END_TRANSACTION_RECORD";
    25 AbortTransactionRecord "ABORT_TRANSACTION_RECORD";
    26 RemoveDelegationTokenRecord "REMOVE_DELEGATION_TOKEN_RECORD";
    27 RegisterControllerRecord "REGISTER_CONTROLLER_RECORD";
    28 ClearElrRecord "CLEAR_ELR_RECORD";
}

impl MetadataRecord {
    /// The record as a value of the metadata log, in `version` of its schema.
    pub fn to_value(&self, version: i16) -> Bytes {
        let mut out = Writer::new();
        out.put_uvarint(FRAME_VERSION);
        out.put_uvarint(self.type_code());
        out.put_uvarint(version as u32);
        self.write_body(&mut out, version);
        out.into()
    }

    /// Reads a value of the metadata log; the second part is the version it was written in.
    ///
    /// # Errors
    /// When the frame, type or version is unknown, or the body is broken.
    pub fn from_value(value: Bytes) -> Result<(MetadataRecord, i16), DecodeError> {
        let mut input = Reader::new(value);
        let frame = input.uvarint()?;
        if frame != FRAME_VERSION {
            return Err(DecodeError::Unknown(format!("metadata frame version {frame} is not known")));
        }
        let ty = input.uvarint()?;
        let version = input.uvarint()?;
        let version = i16::try_from(version).map_err(|_| {
            DecodeError::Unknown(format!("version {version} of metadata record type {ty} is not known"))
        })?;
        Ok((Self::read_body(ty, version, &mut input)?, version))
    }

    /// `{"type":…,"version":…,"data":…}`, as `kafka-dump-log.sh --cluster-metadata-decoder` prints it.
    pub fn to_json(&self, version: i16) -> serde_json::Value {
        serde_json::json!({"type": self.type_name(), "version": version, "data": self.data_json(version)})
    }
}
