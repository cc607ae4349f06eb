//! The cluster's metadata as every broker sees it: an immutable image, and the records that turn one image into the next.
//!
//! An image is a handful of reference counts: cloning it is cheap, and applying a record copies only the branch that
//! changes (`shards`). So the published image, the controller's not yet committed tip and a snapshot being written share
//! nearly all of their memory. Nothing here knows where records come from or where they are kept.

mod apply;
mod changes;
mod cluster;
mod features;
mod image;
mod loader;
mod shards;
mod snapshot;
mod topics;

pub use apply::ApplyError;
pub use changes::{LocalChange, MetadataChanges};
pub use cluster::{BrokerRegistration, Endpoint, security_protocol_name};
pub use features::{
    ELR_FEATURE, FeatureRange, GROUP_FEATURE, KRAFT_FEATURE, METADATA_VERSION_FEATURE, SHARE_FEATURE, STREAMS_FEATURE,
    SUPPORTED_FEATURES, TRANSACTION_FEATURE, bootstrap_records, record_version, supported_feature,
};
pub use image::{ConfigKind, ConfigResource, Features, LogPosition, MetadataImage};
pub use loader::{LoadError, MetadataLoader, MetadataUpdate};
pub use shards::Shards;
pub use snapshot::image_records;
pub use topics::{DirectoryId, Exceptions, PartitionImage, RecoveryState, Replicas, TopicImage};
